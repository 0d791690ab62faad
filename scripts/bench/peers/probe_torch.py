"""PyTorch's own L-BFGS on the full batch, with strong Wolfe line search."""

import time

import torch


class TorchPeer:
    """`width` columns are computed, of which the first are the classes: the rest make the product's width even.

    Each evaluation is taken down: a point of the line search that is lower than all before it counts, though the
    optimizer may not have accepted it.
    """

    def __init__(self, problem, width, history=10):
        torch.set_num_threads(2)
        self.x, self.y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
        self.classes, self.width, self.history = problem.classes, max(width, problem.classes), history
        self.version = torch.__version__

    def fit(self, l2, target, limit):
        weight = torch.zeros(self.x.shape[1], self.width, requires_grad=True)
        bias = torch.zeros(self.classes, requires_grad=True)
        optimizer = torch.optim.LBFGS(
            [weight, bias],
            max_iter=1,
            max_eval=25,
            tolerance_grad=0,
            tolerance_change=0,
            history_size=self.history,
            line_search_fn="strong_wolfe",
        )
        curve, start = [], time.perf_counter()

        def closure():
            optimizer.zero_grad()
            z = (self.x @ weight)[:, : self.classes] + bias
            loss = torch.nn.functional.cross_entropy(z, self.y) + l2 / 2 * weight.square().sum()
            loss.backward()
            curve.append((time.perf_counter() - start, loss.item()))
            return loss

        best = float("inf")
        for _ in range(100_000):
            optimizer.step(closure)
            lowest = min(value for _, value in curve)
            idle = 0 if lowest < best else idle + 1
            best = lowest
            # Where float32 allows no more, steps go on without an end.
            if best <= target or curve[-1][0] > limit or idle > 20:
                break
        return curve, weight.detach()[:, : self.classes].T.numpy(), bias.detach().numpy()
