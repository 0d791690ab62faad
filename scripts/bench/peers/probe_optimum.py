"""The optimum of a problem, by a solver that shares nothing with strata: scipy's L-BFGS-B in float64.

usage: probe_optimum.py FOLDER LABELS L2,L2,... OUT [--tolerance 1e-5] [--seconds 500]
It minimises over variables scaled by the curvature at W = 0, in the eigenbasis of the features' second moments, from
the largest l2 to the smallest, each from the one before. OUT is a JSON object by l2: `objective`, and `gap`, by which
that may lie above the true optimum: ||grad_W F||^2 / (2 l2), which holds where `slope`, sum |dF/db|, is zero. The
solver goes on until gap is `tolerance` of the objective, or for `seconds` at each l2.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from probe_data import Problem
from scipy.optimize import minimize

BLOCK = 8192


class Objective:
    """F over (features + 1, classes) float64 weights in the eigenbasis, the bias last; keeps the last gradient."""

    def __init__(self, problem):
        self.x, self.y, self.classes = problem.x, problem.y, problem.classes
        self.moments, self.axes = np.linalg.eigh(self.x.T @ self.x / len(self.y))

    def at(self, position, l2):
        weights = position[:-1]
        product, loss, slope = np.zeros_like(weights), 0.0, np.zeros(self.classes)
        turned = self.axes @ weights
        for start in range(0, len(self.y), BLOCK):
            x, y = self.x[start : start + BLOCK], self.y[start : start + BLOCK]
            z = x @ turned + position[-1]
            z -= z.max(axis=1, keepdims=True)
            rows = np.arange(len(y))
            picked = z[rows, y].sum()
            np.exp(z, out=z)
            sums = z.sum(axis=1)
            loss += np.log(sums).sum() - picked
            z /= sums[:, None]
            z[rows, y] -= 1
            product += x.T @ z
            slope += z.sum(axis=0)
        count = len(self.y)
        gradient = np.vstack([self.axes.T @ product / count + l2 * weights, slope / count])
        return loss / count + l2 / 2 * (weights**2).sum(), gradient

    def scaling(self, l2):
        curvature = np.append(np.maximum(self.moments, 0) / self.classes + l2, 1 / self.classes)
        return 1 / np.sqrt(curvature)[:, None]


def solve(objective, position, l2, options):
    """Minimises from `position`; returns the position and what is known of it."""
    scale, until, found = objective.scaling(l2), time.monotonic() + options.seconds, {}

    def value(scaled):
        position = scaled.reshape(scale.shape[0], -1) * scale
        f, gradient = objective.at(position, l2)
        if f <= found.get("objective", np.inf):
            gap = (gradient[:-1] ** 2).sum() / (2 * l2)
            found.update(objective=f, gap=gap, slope=np.abs(gradient[-1]).sum(), position=position)
        return f, (gradient * scale).ravel()

    def stop(_):
        if found["gap"] <= options.tolerance * found["objective"] or time.monotonic() > until:
            raise StopIteration

    limits = {"maxiter": 100_000, "maxfun": 100_000, "ftol": 0, "gtol": 0, "maxcor": 30}
    minimize(value, (position / scale).ravel(), jac=True, method="L-BFGS-B", options=limits, callback=stop)
    return found.pop("position"), {name: float(number) for name, number in found.items()}


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("folder")
    parser.add_argument("labels")
    parser.add_argument("l2")
    parser.add_argument("out", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--seconds", type=float, default=500)
    options = parser.parse_args()
    objective = Objective(Problem(options.folder, options.labels, np.float64))
    position = np.zeros((objective.x.shape[1] + 1, objective.classes))
    results = {}
    for l2 in sorted(map(float, options.l2.split(",")), reverse=True):
        position, results[l2] = solve(objective, position, l2, options)
    options.out.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
