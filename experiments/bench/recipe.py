"""From photos to the mean matrix of age templates, as the Keras reproduction of VGGFace2's experiment describes it:

the published box with its corner moved into the photo; resized to 224x224, whatever its aspect; BGR less the means;
the embedding; the plain mean of five embeddings; cosines [y1 y2, y1 m1; m2 y2, m1 m2]; the mean over the subjects.
"""
import json
import time

import numpy as np
from PIL import Image

import protocol

SIDE = 224
MEAN = np.array([91.4953, 103.8827, 131.0912], np.float32)  # VGGFace2's, blue first


def crop(pixels, box):
    x1, y1, x2, y2 = box
    x, y = max(int(x1), 0), max(int(y1), 0)
    return pixels[y:y + int(y2 - y1), x:x + int(x2 - x1)]


def prepared(face):
    """(3, SIDE, SIDE) f32 of a face's pixels."""
    resized = Image.fromarray(face).resize((SIDE, SIDE), Image.BICUBIC)
    return (np.asarray(resized, np.float32)[:, :, ::-1] - MEAN).transpose(2, 0, 1)


def read(path):
    return np.asarray(Image.open(path).convert("RGB"))


def cosine(a, b):
    return np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


def matrix(embeddings):
    """The mean over subjects; embeddings (subjects, 20, D)."""
    y1, y2, m1, m2 = (embeddings[:, i:i + 5].astype(np.float64).mean(axis=1) for i in range(0, 20, 5))
    cells = [[(y1, y2), (y1, m1)], [(m2, y2), (m1, m2)]]
    return np.array([[np.mean([cosine(a, b) for a, b in zip(*cell)]) for cell in row] for row in cells])


def subjects(job):
    with open(job["photos"]) as f:
        return json.load(f)


def task(job, embed, about):
    """The recipe in batches; embed: (n, 3, SIDE, SIDE) f32 -> (n, D). The last batch is filled up, for networks that
    are compiled for one size."""
    people, last = subjects(job), {}
    photos = [photo for one in people for photo in one["photos"]]

    def batch(chosen, seconds):
        started = time.perf_counter()
        faces = [prepared(crop(read(photo["path"]), photo["box"])) for photo in chosen]
        faces += [faces[0]] * (job["batch"] - len(chosen))
        x = np.ascontiguousarray(np.stack(faces))
        seconds["decode"] += time.perf_counter() - started
        started = time.perf_counter()
        y = embed(x)[:len(chosen)]
        seconds["embed"] += time.perf_counter() - started
        return y

    def run():
        seconds = {"decode": 0.0, "embed": 0.0}
        rows = [batch(photos[i:i + job["batch"]], seconds) for i in range(0, len(photos), job["batch"])]
        last["matrix"] = matrix(np.concatenate(rows).reshape(len(people), 20, -1))
        last["seconds"] = seconds

    return protocol.Task(run, lambda: last["matrix"], about, lambda: last["seconds"])
