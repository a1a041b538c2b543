"""facenet-pytorch's MTCNN, all photos in one call, as its examples recommend for photos of one size."""
import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image

import protocol


def detect(job):
    torch.set_num_threads(job["threads"])
    detector = MTCNN(keep_all=True, min_face_size=job["min_face"], device="cpu")
    photos = [np.array(Image.open(path).convert("RGB")) for path in job["photos"]]
    last = {}

    def run():
        last["boxes"] = detector.detect(np.stack(photos))[0]

    def output():
        rows = [[i + 1, *box] for i, boxes in enumerate(last["boxes"]) if boxes is not None for box in boxes]
        return np.array(rows, np.float64).reshape(-1, 5)

    return protocol.Task(run, output, "facenet-pytorch 2.6.0, PyTorch %s" % torch.__version__.split("+")[0])


if __name__ == "__main__":
    protocol.serve({"detect": detect})
