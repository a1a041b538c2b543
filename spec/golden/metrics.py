"""Goldens of one-to-one metrics, metrics.json, by scikit-learn, scipy, mpmath, bob.measure and pyeer.

Made with requirements-metrics.txt. Run: python spec/golden/metrics.py; no photo, no network.

Scores come from one stream, PCG64(4).random, in this order: genuine (200), impostor (1000) of the set "tied", then the
same of "fine": genuine 0.35 + 0.75 u, impostor 0.75 u; those of tied are floor(200 s) / 200, so that many are equal.
Log likelihood ratios for Cllr: 10 (s - 0.5) of fine.

JSON keys, for each set: sklearn (within it insightface, its expression on scikit-learn's ROC), bob, pyeer; then scipy;
facenet: its accuracy and VAL by its formulas over folds of fine, with scipy's interp1d.
"""
import bob.measure
import mpmath
import numpy as np
import pyeer.eer_stats as pyeer
import scipy
import sklearn
from pyeer.eer_info import get_eer_stats
from scipy import stats
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from scipy.spatial import ConvexHull
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

from common import rng, write_json

FARS = [0.0, 0.001, 0.01, 0.05, 0.1, 0.145, 0.5]
COSTS = [k / 10 for k in range(1, 10)]
COUNTS = [[1, 10], [5, 10], [9, 10], [3, 1000], [30, 1000000], [500, 1000], [100000, 1000000000]]
SHARES = [1e-300, 1e-20, 1e-8, 0.001, 0.1, 0.4, 0.5, 0.7, 0.95, 0.999999]


def sets():
    stream, out = rng(4), {}
    for name in ("tied", "fine"):
        genuine, impostor = 0.35 + 0.75 * stream.random(200), 0.75 * stream.random(1000)
        if name == "tied":
            genuine, impostor = np.floor(genuine * 200) / 200, np.floor(impostor * 200) / 200
        out[name] = (genuine, impostor)
    return out


def by_sklearn(genuine, impostor):
    truth, score = np.r_[np.ones(len(genuine)), np.zeros(len(impostor))], np.r_[genuine, impostor]
    fpr, tpr, thresholds = metrics.roc_curve(truth, score, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    line = interp1d(fpr, tpr)
    corners = np.r_[np.c_[fpr, tpr], [[1, 0]]]
    upper = corners[sorted(k for k in ConvexHull(corners).vertices if k < len(fpr))]
    hull = interp1d(*upper.T)
    # bob.measure's min_cllr does not run on numpy since 1.24, and its eer_rocch is not implemented.
    with np.errstate(divide="ignore"):
        p = IsotonicRegression().fit_transform(score, truth)
        llr = np.log(p / (1 - p)) - np.log(len(genuine) / len(impostor))
    bits = np.logaddexp(0, -llr[truth == 1]).mean() + np.logaddexp(0, llr[truth == 0]).mean()
    nearest = [int(np.argmin(np.abs(fpr - f))) for f in FARS]
    return {
        "points": len(fpr), "fpr": [fpr[k] for k in range(0, len(fpr), 29)],
        "tpr": [tpr[k] for k in range(0, len(fpr), 29)], "thresholds": [thresholds[k] for k in range(29, len(fpr), 29)],
        "auc": metrics.roc_auc_score(truth, score), "mcclish": metrics.roc_auc_score(truth, score, max_fpr=0.1),
        "ap": metrics.average_precision_score(truth, score), "precision": precision[::-1][1::29].tolist(),
        "recall": recall[::-1][1::29].tolist(), "mcc": metrics.matthews_corrcoef(truth, score >= 0.6),
        "f1": metrics.f1_score(truth, score >= 0.6), "f2": metrics.fbeta_score(truth, score >= 0.6, beta=2),
        "linear_eer": brentq(lambda x: 1 - x - line(x), 0, 1, xtol=1e-15),
        "min_cllr": bits / 2 / np.log(2), "rocch_eer": brentq(lambda x: 1 - x - hull(x), 0, 1, xtol=1e-15), "nearest_far": [fpr[k] for k in nearest],
        # InsightFace's ijb evaluation: of points as near the last of the reversed curve.
        "insightface": [tpr[::-1][min(zip(abs(fpr[::-1] - f), range(len(fpr))))[1]] for f in FARS],
    }


def by_bob(genuine, impostor, other):
    m, fars = bob.measure, []
    for f in FARS:
        t = m.far_threshold(impostor, genuine, f)
        fars.append([t, *m.farfrr(impostor, genuine, t)])
    wer = [m.min_weighted_error_rate_threshold(impostor, genuine, c) for c in COSTS]
    epc = m.epc(impostor, genuine, other[1], other[0], 11, False, True)
    eer = m.eer_threshold(impostor, genuine)
    return {
        "far": fars, "eer_threshold": eer, "eer": m.eer(impostor, genuine),
        "wer": [[t, *m.farfrr(impostor, genuine, t)] for t in wer], "epc": [list(map(float, row)) for row in epc],
    }


def by_pyeer(genuine, impostor):
    s = get_eer_stats(genuine, impostor)
    fm = pyeer.calculate_roc(genuine, impostor, rates=False)
    mcc, at = pyeer.get_matthews_ccoef(fm[1], fm[2], len(genuine), len(impostor))
    return {"eer": s.eer, "low": s.eer_low, "high": s.eer_high, "threshold": s.eer_th, "d_prime": s.decidability,
            "youden": s.j_index, "youden_threshold": s.j_index_th, "mcc": mcc, "mcc_threshold": fm[0][at],
            "zero_fmr": s.fmr0, "zero_fnmr": s.fnmr0}


def binomial(k, n, p):
    p = mpmath.mpf(p)
    log = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
    return float(mpmath.exp(log + k * mpmath.log(p) + (n - k) * mpmath.log(1 - p)))


def tail(k, n, p):
    """The sum of the terms from k on, each a ratio of the one before."""
    p, term, total = mpmath.mpf(p), mpmath.mpf(binomial(k, n, p)), mpmath.mpf(0)
    while term > total * mpmath.mpf(10) ** -25:
        total, term, k = total + term, term * (n - k) / (k + 1) * p / (1 - p), k + 1
    return float(total)


def by_scipy():
    exact = [[list(stats.binomtest(k, n).proportion_ci(level, "exact")) for level in (0.9, 0.95)] for k, n in COUNTS]
    return {
        "probit": stats.norm.ppf(SHARES).tolist(), "counts": COUNTS, "exact": exact, "shares": SHARES,
        # scipy's lose nine digits at 1e9 trials.
        "binomial": [binomial(k, n, 0.9 * k / n) for k, n in COUNTS],
        "tail": [tail(k, n, 0.9 * k / n) for k, n in COUNTS],
    }


def by_facenet(genuine, impostor):
    """Fold k of 10 has every tenth score from the k-th on; squared distances are 2 - 2 s."""
    distance, same = 2 - 2 * np.r_[genuine, impostor], np.r_[np.ones(200, bool), np.zeros(1000, bool)]
    fold, rows = np.arange(1200) % 10, []
    for k in range(10):
        test, train = fold == k, fold != k
        grid = np.arange(0, 4, 0.01)
        best = grid[np.argmax([np.mean((distance[train] < t) == same[train]) for t in grid])]
        accuracy = np.mean((distance[test] < best) == same[test])
        fine = np.arange(0, 4, 0.001)
        far = np.array([np.mean(distance[train & ~same] < t) for t in fine])
        # facenet says slinear, which is the same and since scipy 1.10 refuses equal FARs.
        t = interp1d(far, fine)(0.01) if far.max() >= 0.01 else 0.0
        rows.append([best, accuracy, t, np.mean(distance[test & same] < t), np.mean(distance[test & ~same] < t)])
    return {"rows": [[float(x) for x in row] for row in rows], "mean": float(np.mean(rows, axis=0)[1]),
            "std": float(np.std(rows, axis=0)[1]), "standard_error": float(stats.sem([r[1] for r in rows]))}


def plain(x):
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return x.item() if isinstance(x, np.generic) else x


def main():
    mpmath.mp.dps = 40
    drawn = sets()
    out = {"made_by": "spec/golden/metrics.py", "fars": FARS, "costs": COSTS, "versions": {
        "numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
        "mpmath": mpmath.__version__, "bob.measure": "6.1.1", "pyeer": "0.5.6"}}
    for name, other in (("tied", "fine"), ("fine", "tied")):
        g, i = drawn[name]
        out[name] = {"sums": [g.sum(), i.sum()], "sklearn": by_sklearn(g, i), "bob": by_bob(g, i, drawn[other]),
                     "pyeer": by_pyeer(g, i)}
    g, i = drawn["fine"]
    out["cllr"] = bob.measure.calibration.cllr(10 * (i - 0.5), 10 * (g - 0.5))
    out["scipy"], out["facenet"] = by_scipy(), by_facenet(g, i)
    write_json("metrics.json", plain(out))


if __name__ == "__main__":
    main()
