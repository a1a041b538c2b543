"""What dlib's face ResNet computes of photos: `dlib_descriptors.py SEED FOLDER`, for spec/parity/run.lua.

Environment: dlib (requirements-dlib.txt)
The published boxes, resized by dlib to 150x150, with the real weights, which are FOLDER/weights.dat. Writes to FOLDER
what keras_layers.py describes; layers.npz has but the input, for dlib's Python module tells nothing of the layers.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import dlib
import numpy as np

from faces import cut, faces

# dlib/dnn/input.h: what input_rgb_image subtracts and divides by.
MEAN, DIVISOR = (122.782, 117.001, 104.298), 256


def main():
    folder = sys.argv[2]
    net = dlib.face_recognition_model_v1(os.path.join(folder, "weights.dat"))
    chips = [dlib.resize_image(np.ascontiguousarray(cut(dlib.load_rgb_image(path), box)), 150, 150)
             for path, box, _ in faces()]
    y = [np.array(net.compute_face_descriptor(chip, 0), np.float32) for chip in chips]
    x = (np.stack(chips).astype(np.float32) - np.float32(MEAN)) / np.float32(DIVISOR)
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    np.savez(os.path.join(folder, "layers.npz"), data=x[:1])
    np.save(os.path.join(folder, "inputs.npy"), x)
    np.save(os.path.join(folder, "embeddings.npy"), np.stack(y))
    json.dump({"people": [person for _, _, person in faces()], "framework": "dlib " + dlib.__version__},
              open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
