"""Goldens of softmax layers at the minimum, softmax_head.json, by scikit-learn's LogisticRegression.

Made with requirements-metrics.txt. Run: python spec/golden/softmax_head.py; no photo, no network.

Features: 2 u - 1 of PCG64(11).random, 30 x 4, and 0.8 k added to column k of class k, the second column times 10; row i
(from 0) is of class i mod 3. With the decay d, C = 1 / (30 d). "scaled": features through StandardScaler first.
"""
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from common import rng, write_json


def features():
    x, y = rng(11).random((30, 4)) * 2 - 1, np.arange(30) % 3
    x[np.arange(30), y] += 0.8 * y
    x[:, 1] *= 10
    return x, y


def fitted(decay):
    return LogisticRegression(C=1 / (30 * decay), solver="newton-cg", tol=1e-7, max_iter=10000)


def main():
    x, y = features()
    out = {"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "plain": [], "scaled": []}
    for decay in (0.5, 0.01):
        model = fitted(decay).fit(x, y)
        out["plain"].append({"decay": decay, "weight": model.coef_.tolist(), "bias": model.intercept_.tolist()})
        pipeline = make_pipeline(StandardScaler(), fitted(decay)).fit(x, y)
        p = pipeline.predict_proba(x)
        out["scaled"].append({
            "decay": decay, "probabilities": p.tolist(), "loss": float(-np.log(p[np.arange(30), y]).mean())})
    write_json("softmax_head.json", out)


if __name__ == "__main__":
    main()
