"""IJB's protocols by the rules of two published evaluators: ijb.json.

Made by numpy and scikit-learn (requirements-metrics.txt), after ox-vgg/vgg_face2's standard_evaluation/ijb_evaluation.py and
deepinsight/insightface's recognition/_evaluation_/ijb/ijb_evals.py. Run: python spec/golden/ijb.py.

60 subjects, s = 1 .. 60; template s of three faces is enrolled in G1 (s <= 30) or G2; probes 100 k + s, k = 1 .. 3, have
4 + (s + k) % 4 faces. Face i = 0, 1, ... of template t belongs to medium 10 t + i // 2. Of PCG64(31): centres (60, 16), noise
(N, 16), lengths (N), scores (N), drawn in this order; a face is (centre - 0.5 + 1.6 (noise - 0.5)) (0.5 + length) as f32, its
score floor(1000 u) / 1000. Faces are in the order of the templates: enrolled ones, then the probes of k = 1, 2, 3. Pairs: every
enrolled template with every probe. N: insightface's faces in length one; D: times the detector's scores.
"""
import numpy as np
from sklearn.metrics import auc, roc_curve

from common import rng, write_json

FARS, FPIRS = [1e-4, 1e-3, 1e-2, 1e-1], [0.01, 0.1]

templates = [(s, s, 3) for s in range(1, 61)] + [(100 * k + s, s, 4 + (s + k) % 4) for k in (1, 2, 3) for s in range(1, 61)]
owner = np.concatenate([[t] * n for t, _, n in templates])
subject = np.concatenate([[s] * n for _, s, n in templates])
medium = np.concatenate([10 * t + np.arange(n) // 2 for t, _, n in templates])
N = len(owner)
stream = rng(31)
centre, noise, length = stream.random((60, 16)), stream.random((N, 16)), stream.random(N)
score = np.floor(stream.random(N) * 1000) / 1000
faces = ((centre[subject - 1] - 0.5 + (noise - 0.5) * 1.6) * (length + 0.5)[:, None]).astype(np.float32).astype(np.float64)


def unit(x):
    return x / np.sqrt((x ** 2).sum(-1, keepdims=True))


def vggface2(rows, media):
    rows = unit(rows)
    return sum(unit(rows[media == m].sum(0)) for m in np.unique(media))


def insightface(rows, media):
    return sum(rows[media == m].mean(0) for m in np.unique(media))


def pooled(rule, rows):
    return {t: unit(rule(rows[owner == t], medium[owner == t])) for t, _, _ in templates}


def one_to_one(found):
    """InsightFace: the nearest point of scikit-learn's curve, which leaves some out; of equal ones the largest TAR."""
    enrolled, probes = templates[:60], templates[60:]
    scores = np.array([found[a] @ found[b] for a, _, _ in enrolled for b, _, _ in probes])
    same = np.array([s == r for _, s, _ in enrolled for _, r, _ in probes])
    fpr, tpr, _ = roc_curve(same, scores)
    fpr, tpr = fpr[::-1], tpr[::-1]
    at_most = []
    for far in FARS:
        impostor = np.sort(scores[~same])[::-1]
        at_most.append(float((scores[same] > impostor[int(np.floor(far * len(impostor) + 1e-9))]).mean()))
    return {"tar": [float(tpr[np.argmin(abs(fpr - f))]) for f in FARS], "auc": float(auc(fpr[::-1], tpr[::-1])),
            "at_most": at_most, "first": scores[:4].tolist(), "sum": float(scores.sum())}


def one_to_many(found, gallery):
    names = np.array([s for _, s, _ in gallery])
    top, ranks, mates = [], [], []
    for t, s, _ in templates[60:]:
        row = np.array([found[t] @ found[g] for g, _, _ in gallery])
        if s not in names:
            top.append(row.max())
            continue
        mates.append(row[names == s][0])
        ranks.append(int((row[names != s] >= mates[-1]).sum()) + 1)
    top, ranks, mates = np.sort(top)[::-1], np.array(ranks), np.array(mates)
    # InsightFace's threshold and strict comparison.
    limits = [top[max(int(len(top) * f) - 1, 0)] for f in FPIRS]
    return {"ranks": [float((ranks <= r).mean()) for r in (1, 5, 10)],
            "tpir": [float(((ranks == 1) & (mates > limit)).mean()) for limit in limits], "threshold": [float(x) for x in limits]}


def measured(rule, rows):
    found = pooled(rule, rows)
    galleries = [one_to_many(found, templates[:30]), one_to_many(found, templates[30:60])]
    return {"one_to_one": one_to_one(found), "G1": galleries[0], "G2": galleries[1],
            "mean_tpir": [float(np.mean([g["tpir"][k] for g in galleries])) for k in range(2)]}


weighed = score[:, None]
write_json("ijb.json", {
    "faces": N, "fars": FARS, "fpirs": FPIRS, "face": faces[100].tolist(), "score": float(score[100]),
    "vggface2": measured(vggface2, faces),
    "N0D0": measured(insightface, faces), "N0D1": measured(insightface, faces * weighed),
    "N1D0": measured(insightface, unit(faces)), "N1D1": measured(insightface, unit(faces) * weighed),
})
