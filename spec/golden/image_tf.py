"""Environment: mtcnn1
What TensorFlow's image.resize (AREA) and image.crop_and_resize make of small images, and its decode_jpeg of photos:
image_tf.npz, image_tf.json.

Made by TensorFlow 2.21 (requirements-mtcnn1.txt). Run: python spec/golden/image_tf.py; photos from
$VISAGE_DATA or ../shared/data.
Sources, as in image.py: noise = floor(PCG64(7).random((37, 53, 3)) * 256), even with PCG64(9), (36, 52, 3), as f32,
minus 127.5, divided by 128, as mtcnn 1.0.0 does before it resizes.

image_tf.npz, all f32:
  area/SOURCE/WxH                 tf.image.resize to W x H
  crop/boxes                      x1, y1, x2, y2 in fractions of noise
  crop/WxH                        tf.image.crop_and_resize of each to W x H
image_tf.json: decode.FILE: of every eighth photo and of photos/: sha256 of the u8 RGB pixels, by the DCT that TensorFlow takes unless told otherwise (libjpeg's
JDCT_IFAST).
"""
import os

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf

import photos
from common import DATA, pixels, save_npz, sha256, write_json

SOURCES = {"noise": pixels(7, (37, 53, 3)), "even": pixels(9, (36, 52, 3))}
SIZES = {"noise": [(24, 24), (31, 22), (54, 9), (7, 40), (1, 1), (53, 37)],
         "even": [(26, 18), (13, 9)]}
# Inside; over each edge; turned round; a point; outside.
BOXES = [[.1, .2, .7, .9], [-.3, .4, .5, 1.2], [.5, -.2, 1.4, .5], [.9, .8, .2, .1], [.3, .3, .3, .3], [1.1, 0, 2, 1]]


def main():
    arrays = {"crop/boxes": np.float32(BOXES)}
    scaled = {k: (v.astype(np.float32) - 127.5) / 128 for k, v in SOURCES.items()}
    for source, sizes in SIZES.items():
        for w, h in sizes:
            small = tf.image.resize(scaled[source], (h, w), method=tf.image.ResizeMethod.AREA)
            arrays["area/%s/%dx%d" % (source, w, h)] = small.numpy()
    for w, h in ((24, 24), (5, 3), (1, 1)):
        crops = tf.image.crop_and_resize(scaled["noise"][None], np.float32(BOXES)[:, [1, 0, 3, 2]],
                                         [0] * len(BOXES), (h, w))
        arrays["crop/%dx%d" % (w, h)] = crops.numpy()
    save_npz("image_tf.npz", arrays)
    some = [f for i, f in enumerate(photos.files()) if i % 8 == 0 or f.startswith("photos/")]
    read = lambda f: tf.io.decode_jpeg(tf.io.read_file(os.path.join(DATA, f)), channels=3).numpy()
    write_json("image_tf.json", {"made_by": "spec/golden/image_tf.py", "versions": {"tensorflow": tf.__version__},
                                 "decode": {f: sha256(read(f)) for f in some}})


if __name__ == "__main__":
    main()
