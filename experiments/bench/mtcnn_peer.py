"""mtcnn 0.1.1, the detector of the reproduction: photo by photo, for it takes no more."""
import cv2
import numpy as np
import tensorflow as tf
from mtcnn.mtcnn import MTCNN
from PIL import Image

import protocol


def detect(job):
    cv2.setNumThreads(job["threads"])
    tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(1)
    detector = MTCNN(min_face_size=job["min_face"])
    photos = [np.array(Image.open(path).convert("RGB")) for path in job["photos"]]
    last = {}

    def run():
        last["faces"] = [detector.detect_faces(photo) for photo in photos]

    def output():
        rows = [[i + 1, x, y, x + w, y + h] for i, faces in enumerate(last["faces"])
                for x, y, w, h in (face["box"] for face in faces)]
        return np.array(rows, np.float64).reshape(-1, 5)

    return protocol.Task(run, output, "mtcnn 0.1.1, TensorFlow %s" % tf.__version__)


if __name__ == "__main__":
    protocol.serve({"detect": detect})
