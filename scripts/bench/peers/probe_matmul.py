"""The two products of a pass over the rows, by numpy: X W, and X' R with R as wide as W."""

import time

import numpy as np


class MatmulPeer:
    def __init__(self, problem):
        self.x, self.version = problem.x, np.__version__

    def answer(self, command):
        rows, features = self.x.shape
        weight = np.ones((features, command["products"]), np.float32)
        residual, seconds = np.ones((rows, command["products"]), np.float32), []
        forward, backward = np.empty_like(residual), np.empty_like(weight)
        for _ in range(command["repetitions"]):
            start = time.perf_counter()
            np.matmul(self.x, weight, out=forward)
            np.matmul(self.x.T, residual, out=backward)
            seconds.append(time.perf_counter() - start)
        return {"seconds": min(seconds)}
