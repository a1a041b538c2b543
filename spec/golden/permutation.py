"""Goldens of the paired permutation test, permutation.json, by scipy.stats.permutation_test.

Made with requirements-metrics.txt. Run: python spec/golden/permutation.py; no photo, no network.

Pairs come from one stream, PCG64(7).random, for each case in the order below: a (n), b (n), rounded to tenths less the
shift: many sums are equal, as ties must be counted. All 2^n deals, and for "many" 99,999 that are drawn.
"""
import numpy as np
import scipy
from scipy.stats import permutation_test

from common import rng, write_json

CASES = [("few", 10, 0.0), ("shifted", 12, 0.2), ("many", 60, 0.1)]


def mean_difference(a, b, axis):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def main():
    stream, out = rng(7), {"versions": {"numpy": np.__version__, "scipy": scipy.__version__}}
    for name, n, shift in CASES:
        a, b = np.floor(10 * stream.random(n)) / 10, np.floor(10 * stream.random(n)) / 10 - shift
        out[name] = {"n": n, "shift": shift, "difference": a.mean() - b.mean()}
        for alternative in ("two-sided", "greater", "less"):
            found = permutation_test(
                (a, b), mean_difference, permutation_type="samples", vectorized=True, alternative=alternative,
                n_resamples=99999, batch=1000, random_state=np.random.default_rng(1))
            out[name][alternative] = found.pvalue
    write_json("permutation.json", out)


if __name__ == "__main__":
    main()
