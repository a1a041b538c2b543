"""Calibration, fusion, normalisation, ranks and average precision: identification.json.

Made by scikit-learn and scipy (requirements-metrics.txt). Run: python spec/golden/identification.py.

Scores are random() of PCG64, so visage draws the same: of seed 21 genuine (60, 2) = u + 0.4, then impostor (90, 2) = u.
logistic: LogisticRegression without and with a penalty on class-balanced, prior-weighted scores, its weights and intercept less
logit(prior); systems "one" (the first column) and "two". norm: of seed 22 scores (4, 5), a cohort (7, 5) and (4, 6): zscore's
mean and deviation (ddof 0 and 1). precision: average_precision_score of rows of seed 23, floor(8 u) / 8 (20, 15), the mates
the columns where (row + column) % 4 == 0. ranks: rankdata "max" and "min" of minus the mate's score in the same rows, the mate
in column row % 15.
"""
import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from common import rng, write_json

out = {}

stream = rng(21)
genuine, impostor = stream.random((60, 2)) + 0.4, stream.random((90, 2))
x = np.concatenate([genuine, impostor])
y = np.concatenate([np.ones(60), np.zeros(90)])


def objective(theta, columns, prior, ridge):
    """The objective by scipy, for scikit-learn has no offset of the prior."""
    s = x[:, columns] @ theta[:-1] + theta[-1]
    odds = np.log(prior / (1 - prior))
    cost = np.logaddexp(0, -(s + odds)) * (y * prior / 60) + np.logaddexp(0, s + odds) * ((1 - y) * (1 - prior) / 90)
    return cost.sum() + ridge / 2 * theta[:-1] @ theta[:-1]


out["logistic"] = []
for name, columns in (("one", [0]), ("two", [0, 1])):
    for prior in (0.5, 0.01):
        for ridge in (0, 1e-3):
            weight = np.where(y == 1, prior / 60, (1 - prior) / 90)
            model = LogisticRegression(penalty="l2" if ridge else None, C=1 / ridge if ridge else 1, solver="newton-cholesky", tol=1e-12,
                                       max_iter=1000)
            model.fit(x[:, columns], y, sample_weight=weight)
            offset = model.intercept_[0] - np.log(prior / (1 - prior))
            theta = np.append(model.coef_[0], offset)
            found = minimize(objective, theta, (columns, prior, ridge), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15})
            assert np.abs(found.x - theta).max() < 1e-4, (found.x, theta)
            out["logistic"].append({"systems": name, "prior": prior, "ridge": ridge, "weights": model.coef_[0].tolist(),
                                    "offset": float(offset), "objective": float(objective(theta, columns, prior, ridge))})

stream = rng(22)
scores, entries, probes = stream.random((4, 5)), stream.random((7, 5)), stream.random((4, 6))
out["norm"] = {}
for ddof in (0, 1):
    z = (scores - entries.mean(0)) / entries.std(0, ddof=ddof)
    t = (scores - probes.mean(1, keepdims=True)) / probes.std(1, ddof=ddof, keepdims=True)
    out["norm"]["z%d" % ddof], out["norm"]["t%d" % ddof], out["norm"]["s%d" % ddof] = z.tolist(), t.tolist(), ((z + t) / 2).tolist()
best = -np.sort(-probes, axis=1)[:, :3]
out["norm"]["top3"] = ((scores - best.mean(1, keepdims=True)) / best.std(1, keepdims=True)).tolist()

matrix = np.floor(rng(23).random((20, 15)) * 8) / 8
rows, columns = np.indices(matrix.shape)
mates = (rows + columns) % 4 == 0
out["precision"] = [float(average_precision_score(mates[i], matrix[i])) for i in range(20)]
for name, method in (("pessimistic", "max"), ("optimistic", "min")):
    out[name] = [int(rankdata(-matrix[i], method)[i % 15]) for i in range(20)]

write_json("identification.json", out)
