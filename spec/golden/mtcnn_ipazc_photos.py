"""Environment: keras
What mtcnn 0.1.1 (ipazc) finds in every photo of the data folder: mtcnn_ipazc_photos.json.

Made as mtcnn_ipazc.py says (requirements-keras.txt), which has the stages of some of them. Run: python spec/golden/mtcnn_ipazc_photos.py

JSON: photos.FILE: one row a face, see photos.py, in the package's order, before it cuts fractions off.
"""
import cv2
import tensorflow as tf
from mtcnn.mtcnn import MTCNN

import mtcnn_ipazc
import photos


def main():
    mtcnn_ipazc.tapped(MTCNN)
    detector = mtcnn_ipazc.quiet(MTCNN())

    def detect(image, _):
        found = mtcnn_ipazc.detect(detector, image)
        return [(f["corners"], f["confidence"], f["points"]) for f in found["faces"]]
    photos.write("mtcnn_ipazc_photos.json", "spec/golden/mtcnn_ipazc_photos.py",
                 {"mtcnn": "0.1.1", "tensorflow": tf.__version__, "opencv": cv2.__version__}, detect)


if __name__ == "__main__":
    main()
