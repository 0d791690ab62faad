"""A bank of learning rates in PyTorch, as DINOv2's linear evaluation trains it: one SGD, a linear layer for each rate.

Here all layers lie side by side in one wide one, so that a batch is one product: faster than a layer each. Losses
are summed, so that each layer gets the gradient that it would get alone; SGD has momentum 0.9 and a parameter group
for each rate. Rows are shuffled every epoch, and the valid split's losses are computed after it, to stop by.
"""

import time

import torch


class SgdPeer:
    def __init__(self, problem):
        torch.set_num_threads(2)
        self.x, self.y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
        self.valid = [torch.from_numpy(array) for array in problem.split("valid")]
        self.classes, self.version = problem.classes, torch.__version__

    def answer(self, command):
        rates, size, epochs = command["rates"], command["batch"], command["epochs"]
        torch.manual_seed(0)
        weight = torch.zeros(self.x.shape[1], len(rates) * self.classes)
        bias = torch.zeros(len(rates) * self.classes)
        speeds = [torch.zeros_like(weight), torch.zeros_like(bias)]
        rate = torch.tensor(rates).repeat_interleave(self.classes)
        start = time.perf_counter()
        for _ in range(epochs):
            for rows in torch.randperm(len(self.y)).split(size):
                self.step(weight, bias, speeds, rate, rows)
            losses = self.valid_losses(weight, bias)
        return {"seconds": time.perf_counter() - start, "epochs": epochs, "lowest": losses.min().item()}

    def valid_losses(self, weight, bias):
        x, y = self.valid
        z = (x @ weight + bias).view(len(y), -1, self.classes)
        picked = z.gather(2, y[:, None, None].expand(-1, z.shape[1], 1))[:, :, 0]
        return (z.logsumexp(dim=2) - picked).mean(dim=0)

    def step(self, weight, bias, speeds, rate, rows):
        """The gradient of the mean loss of each layer is (softmax - onehot) / rows: written out, autograd is slower."""
        x, y = self.x[rows], self.y[rows]
        z = (x @ weight + bias).view(len(y), -1, self.classes)
        residual = torch.softmax(z, dim=2)
        residual[torch.arange(len(y)), :, y] -= 1
        residual = residual.view(len(y), -1) / len(y)
        for value, speed, gradient in zip((weight, bias), speeds, (x.T @ residual, residual.sum(dim=0)), strict=True):
            speed.mul_(0.9).add_(gradient)
            value.sub_(rate * speed)
