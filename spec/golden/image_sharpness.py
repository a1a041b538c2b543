"""The variance of the Laplacian by OpenCV: image_sharpness.json.

Made by OpenCV 4.10 and numpy 1.26 (requirements-image.txt). Run: python spec/golden/image_sharpness.py

variance[]: source, value of cv2.Laplacian(cv2.cvtColor(source, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var(). Sources, H,W,3 u8, as
in image.py: noise = floor(PCG64(7).random((37, 53, 3)) * 256), big the same with PCG64(8), (300, 401, 3), gradient; and of
the noise its first row, column, pixel and 2x2 pixels (row, column, pixel, two).
"""
import cv2
import numpy as np

from common import pixels, write_json


def gradient(h=37, w=53):
    y, x = np.mgrid[:h, :w]
    return np.stack([x * 255 // (w - 1), y * 255 // (h - 1), (x + y) * 255 // (w + h - 2)], 2).astype(np.uint8)


def variance(x):
    return float(cv2.Laplacian(cv2.cvtColor(np.ascontiguousarray(x), cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def main():
    noise = pixels(7, (37, 53, 3))
    cases = {"noise": noise, "big": pixels(8, (300, 401, 3)), "gradient": gradient(), "row": noise[:1],
             "column": noise[:, :1], "pixel": noise[:1, :1], "two": noise[:2, :2]}
    write_json("image_sharpness.json", {
        "made_by": "spec/golden/image_sharpness.py", "versions": {"opencv": cv2.__version__, "numpy": np.__version__},
        "variance": [{"source": k, "value": variance(v)} for k, v in cases.items()]})


if __name__ == "__main__":
    main()
