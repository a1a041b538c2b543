"""One-to-many search by bob.measure and pyeer: identification_bob.json.

Made with requirements-metrics.txt. Run: python spec/golden/identification_bob.py.

60 probes by 12 gallery entries of 8 subjects: scores floor(20 u) / 20 of PCG64(24).random((60, 12)), so that many tie; the n-th
entry, counted from 0, is of subject n % 8; the p-th probe is of subject floor(12 u), u of the next random(60), where 8 to 11
are strangers. cmc; dir: detection and identification rate at each threshold (row) and rank (column); alarms: false alarm rate
at each threshold. pyeer's CMC wants one entry a subject: of the first 8 entries, probes of strangers left out, scores with
u / 1000 of the next random((60, 12)) added, for pyeer leaves the order of ties to its sort.
"""
import os
import tempfile

import bob.measure
import numpy as np
from pyeer.cmc_stats import get_cmc_curve, load_scores_from_file

from common import rng, write_json

THRESHOLDS = [0.0, 0.5, 0.75, 0.85, 0.9, 0.95, 1.0]
RANKS = [1, 2, 5, 12]

stream = rng(24)
matrix = np.floor(20 * stream.random((60, 12))) / 20
probes = np.floor(12 * stream.random(60)).astype(int)
matrix_pyeer = matrix + stream.random((60, 12)) / 1000
gallery = np.arange(12) % 8

pairs = []
for row, probe in zip(matrix, probes):
    mates = gallery == probe
    pairs.append((row[~mates], row[mates] if mates.any() else None))

out = {"thresholds": THRESHOLDS, "ranks": RANKS}
out["cmc"] = [float(v) for v in bob.measure.cmc([p for p in pairs if p[1] is not None])]
out["dir"] = [[float(bob.measure.detection_identification_rate(pairs, t, r)) for r in RANKS] for t in THRESHOLDS]
out["alarms"] = [float(bob.measure.false_alarm_rate(pairs, t)) for t in THRESHOLDS]

with tempfile.TemporaryDirectory() as folder:
    scores, mates = os.path.join(folder, "scores"), os.path.join(folder, "mates")
    with open(scores, "w") as s, open(mates, "w") as m:
        for p, probe in enumerate(probes):
            if probe < 8:
                m.write("p%d g%d\n" % (p, probe))
                for n in range(8):
                    s.write("p%d g%d %.17g\n" % (p, n, matrix_pyeer[p, n]))
    out["pyeer"] = [float(v) for v in get_cmc_curve(load_scores_from_file(scores, mates), 8)]

write_json("identification_bob.json", out)
