"""The reproduction's own loop in Keras: photo by photo, one call of predict each; with the package mtcnn where the job
has a detector (its first face; the published box where it finds none)."""
import time

import cv2
import numpy as np
import tensorflow as tf
from mtcnn.mtcnn import MTCNN

import keras_net
import protocol
import recipe


def face_of(photo, detector, seconds):
    pixels = recipe.read(photo["path"])
    started = time.perf_counter()
    faces = detector.detect_faces(pixels) if detector else []
    seconds["detect"] += time.perf_counter() - started
    if not faces:
        return recipe.crop(pixels, photo["box"])
    x, y, w, h = faces[0]["box"]
    return pixels[y:y + h, x:x + w]


def job(job):
    if job["precision"] != "fp32":
        raise RuntimeError("no %s" % job["precision"])
    cv2.setNumThreads(job["threads"])
    tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = keras_net.load(job["model"], (3, recipe.SIDE, recipe.SIDE))
    detector = MTCNN() if job.get("detector") else None
    people, last = recipe.subjects(job), {}

    def run():
        seconds = dict.fromkeys(("decode", "detect", "embed"), 0.0)
        started, rows = time.perf_counter(), []
        for one in people:
            for photo in one["photos"]:
                x = recipe.prepared(face_of(photo, detector, seconds)).transpose(1, 2, 0)[None]
                before = time.perf_counter()
                rows.append(model.predict(x, verbose=0)[0])
                seconds["embed"] += time.perf_counter() - before
        seconds["decode"] = time.perf_counter() - started - seconds["detect"] - seconds["embed"]
        last["matrix"] = recipe.matrix(np.stack(rows).reshape(len(people), 20, -1))
        last["seconds"] = seconds

    return protocol.Task(run, lambda: last["matrix"], "Keras of TensorFlow %s, photo by photo" % tf.__version__,
                         lambda: last["seconds"])


if __name__ == "__main__":
    protocol.serve({"job": job})
