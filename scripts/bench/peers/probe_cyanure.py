"""Cyanure, which tells nothing on its way: it is run from the start again and again, each time for twice as long."""

import time
from importlib.metadata import version

import numpy as np
from cyanure.estimators import Classifier


class CyanurePeer:
    def __init__(self, problem):
        self.problem, self.version = problem, version("cyanure")

    def fit(self, l2, target, limit):
        """A point of the curve is a run of its own: its seconds, and the objective in float64 at its end."""
        curve, spent, seconds = [], 0.0, 0.0
        for power in range(14):
            # The next run takes up to twice as long as this one: not begun when that is beyond the limit.
            if spent + 2 * seconds > limit and curve:
                break
            model = Classifier(
                loss="multiclass-logistic", penalty="l2", lambda_1=l2, max_iter=2**power, tol=1e-9, n_threads=2,
                fit_intercept=True, verbose=False, duality_gap_interval=1000, multi_class="multinomial",
            )  # fmt: skip
            start = time.perf_counter()
            model.fit(self.problem.x, self.problem.y)
            seconds = time.perf_counter() - start
            spent += seconds
            weight, bias = self.weights(model)
            curve.append((seconds, self.problem.objective(weight, bias, l2)))
            if curve[-1][1] <= target:
                break
        return curve, weight, bias

    def weights(self, model):
        weight = np.asarray(model.coef_)
        weight = weight if weight.shape[0] == self.problem.classes else weight.T
        return weight, np.asarray(model.intercept_).ravel()
