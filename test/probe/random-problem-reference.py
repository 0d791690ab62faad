"""Judges softmax probes in float64, one JSON line for each on standard input: the problem's files, and a probe over its
standardised features. Answers with what the probe scores, its objective, and the lowest objective that L-BFGS finds
beginning at the probe and at zero: the optimum is not above it."""

import json
import sys

import numpy as np
from scipy.optimize import minimize

NEAR = 1e-9


def standardised(values):
    values = values.astype(np.float64)
    shifted = values - values[0]
    mean, deviation = shifted.mean(axis=0), shifted.std(axis=0)
    varies = deviation > 3e-7 * np.abs(mean + values[0])
    return (shifted - mean) * np.where(varies, 1 / np.where(varies, deviation, 1), 0)


def objective(position, z, labels, classes, l2):
    weight = position[: -classes].reshape(-1, classes)
    logits = z @ weight + position[-classes:]
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    total = p.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    value = (np.log(total[:, 0]) - logits[rows, labels]).mean() + l2 / 2 * (weight * weight).sum()
    p /= total
    p[rows, labels] = 0
    p[rows, labels] = -p.sum(axis=1)
    p /= len(labels)
    gradient = np.concatenate([(z.T @ p + l2 * weight).ravel(), p.sum(axis=0)])
    return value, gradient


def judge(given):
    rows, features, classes, l2 = (given[key] for key in ("rows", "features", "classes", "l2"))
    values = np.fromfile(given["values"], np.float32).reshape(rows, features)
    labels = np.fromfile(given["labels"], np.int32)
    probe = np.fromfile(given["probe"], np.float64)
    z = standardised(values)
    counted = labels >= 0
    z, labels = np.ascontiguousarray(z[counted]), labels[counted]
    work = (z, labels, classes, l2)
    logits = z @ probe[: -classes].reshape(-1, classes) + probe[-classes:]
    truth = logits[np.arange(len(labels)), labels]
    apart = np.abs(logits - truth[:, None])
    apart[np.arange(len(labels)), labels] = np.inf
    ranks = (logits > truth[:, None]).sum(axis=1)
    own = objective(probe, *work)[0]
    lowest = own
    options = {"maxiter": given["steps"], "maxcor": 30, "ftol": 0, "gtol": 0}
    for start in (probe, np.zeros_like(probe)):
        found = minimize(objective, start, args=work, jac=True, method="L-BFGS-B", options=options)
        lowest = min(lowest, found.fun)
    return {
        "loss": own - l2 / 2 * (probe[:-classes] ** 2).sum(),
        "errors": int((ranks > 0).sum()),
        "top5Errors": int((ranks >= 5).sum()),
        "doubtful": int((apart.min(axis=1) < NEAR).sum()),
        "objective": own,
        "lowest": lowest,
    }


for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))), flush=True)
