"""Golden for `age_templates --embeddings`: age_embeddings.json, by numpy.

Made by numpy 1.26.4 (requirements-torch.txt). Run: python spec/golden/age_embeddings.py; no photo, no network.

99 subjects x 20 photos x 2,048 numbers, all from one stream, PCG64(2018).random, minus 0.5, in this order: identity
(99, 2048), noise (1980, 2048), age (2048). A photo is identity + noise + a * age for the first ten (young) of a subject,
- a * age for the last ten (mature), a = 0.5. Templates: five consecutive photos each, plain mean; similarity: cosine in
float64. With equal variances the age effect D is near 2 a^2 / (1 + 1/5 + a^2), so a^2 = 1.2 D / (2 - D).

JSON keys: offset (a), sample (checks of the embeddings), pairings.NAME: subjects (cells row by row), mean, effect.
"""
import numpy as np

from common import rng, write_json

SUBJECTS, PHOTOS, D, OFFSET = 99, 20, 2048, 0.5
YOUNG1, YOUNG2, MATURE1, MATURE2 = range(4)
CROSS = [(YOUNG1, MATURE1), (YOUNG1, MATURE2), (YOUNG2, MATURE1), (YOUNG2, MATURE2)]
PAIRINGS = {
    "reproduction": [[(YOUNG1, YOUNG2)], [(YOUNG1, MATURE1)], [(MATURE2, YOUNG2)], [(MATURE1, MATURE2)]],
    "paper": [[(YOUNG1, YOUNG2)], [(YOUNG1, MATURE2)], [(MATURE1, YOUNG2)], [(MATURE1, MATURE2)]],
    "all_cross": [[(YOUNG1, YOUNG2)], CROSS, CROSS, [(MATURE1, MATURE2)]],
}


def embeddings():
    stream = rng(2018)
    identity = stream.random((SUBJECTS, D)) - 0.5
    noise = stream.random((SUBJECTS * PHOTOS, D)) - 0.5
    age = stream.random(D) - 0.5
    x = np.repeat(identity, PHOTOS, axis=0) + noise
    sign = np.where(np.arange(SUBJECTS * PHOTOS) % PHOTOS < PHOTOS // 2, OFFSET, -OFFSET)
    return x + sign[:, None] * age


def cosine(a, b):
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def main():
    x = embeddings()
    pooled = x.reshape(SUBJECTS, 4, 5, D).mean(axis=2)
    out = {}
    for name, cells in PAIRINGS.items():
        per = [[float(np.mean([cosine(t[i], t[j]) for i, j in couples])) for couples in cells] for t in pooled]
        mean = np.mean(per, axis=0)
        out[name] = {"subjects": per, "mean": mean.tolist(), "effect": float((mean[0] + mean[3] - mean[1] - mean[2]) / 2)}
        print(name, out[name]["mean"], out[name]["effect"])
    write_json("age_embeddings.json", {
        "made_by": "spec/golden/age_embeddings.py", "versions": {"numpy": np.__version__}, "offset": OFFSET,
        "sample": {"first": x[0, :4].tolist(), "last": x[-1, -4:].tolist(), "sum": float(x.sum())}, "pairings": out})


if __name__ == "__main__":
    main()
