"""Decoding, resizing and warping by Pillow, OpenCV, scipy and scikit-image: image.json, image.npz, images/*.

Made by Pillow 10.4 (its own libjpeg-turbo), OpenCV 4.10, scipy 1.17, scikit-image 0.24, numpy 1.26
(requirements-image.txt). Run: python spec/golden/image.py; photos from $VISAGE_DATA or ../shared/data.

Synthetic sources, H,W,3 u8: noise = floor(PCG64(7).random((37, 53, 3)) * 256); big the same with PCG64(8),
(300, 401, 3); even with PCG64(9), (36, 52, 3); small = noise[0:15, 0:11];
gradient (37, 53, 3) = [x*255 // 52, y*255 // 36, (x+y)*255 // 88].

image.json
  pillow[]: source, filter, size [w, h], sha256 and first 24 bytes of the u8 result, which must be equal
  pillow_grey: noise channel 1 alone as mode L, bicubic to 24x24
  decode.FILE: photos of the data folder: size, sha256 of RGB (no EXIF rotation)
  images.FILE: images/FILE: size, sha256 of RGB as stored, `upright` after EXIF rotation where there is one.
    Alpha is dropped, palettes are looked up, 16 bits keep the high byte
    (Pillow itself clips 16-bit grey at 255 in convert("RGB"); we do not).
  similarity[]: from, to (5 points), matrix 2x3 least squares (Umeyama 1991, scikit-image)
image.npz
  pillow/SOURCE/FILTER/WxH      u8, two of the above in full
  cv2_u8/SOURCE/MODE/WxH        u8, MODE area | linear
  cv2_f64/SOURCE/area/WxH       f64 input, as mtcnn 0.1.1 does; stored as f32
  warp/matrix                   2x3 f64, source -> target, target 30x24
  warp/SOURCE/cv2 | exact       cv2.warpAffine bilinear, zeros outside (its coordinates have 5 fraction bits);
                                scipy map_coordinates order 1 in f64, stored as f32
  images/FILE                   u8 RGB of images/FILE, as stored; equal ones once, under the first name
"""
import glob
import os

import cv2
import numpy as np
import PIL
import scipy
import skimage
from PIL import Image, ImageOps, features
from scipy.ndimage import map_coordinates
from skimage.transform import SimilarityTransform

from common import DATA, HERE, pixels, rng, save_npz, sha256, write_json

FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
SIZES = {"noise": [(224, 224), (24, 24), (17, 29), (106, 74), (53, 37), (54, 36), (100, 20), (20, 100), (1, 37),
                   (53, 1), (1, 1), (3, 200)],
         "gradient": [(224, 224), (24, 24), (53, 20)], "big": [(224, 224), (112, 96), (48, 48), (401, 7)],
         "even": [(26, 18), (104, 72)]}
CV2 = {"noise": [(24, 24), (48, 30), (12, 12)], "even": [(26, 18), (13, 9)], "small": [(24, 24), (22, 30)],
       "gradient": [(24, 24), (56, 30)]}
WARP = [[0.62, -0.21, 6.5], [0.21, 0.62, -1.25]]
# MobileFaceNet's 5-point template, W 96 x H 112.
TEMPLATE = [[30.2946, 51.6963], [65.5318, 51.5014], [48.0252, 71.7366], [33.5493, 92.3655], [62.7299, 92.2041]]


def gradient(h=37, w=53):
    y, x = np.mgrid[:h, :w]
    return np.stack([x * 255 // (w - 1), y * 255 // (h - 1), (x + y) * 255 // (h + w - 2)], 2).astype(np.uint8)


SOURCES = {"noise": pixels(7, (37, 53, 3)), "big": pixels(8, (300, 401, 3)), "even": pixels(9, (36, 52, 3)),
           "gradient": gradient()}
SOURCES["small"] = SOURCES["noise"][:15, :11]


def resizes(arrays):
    out = []
    for source, sizes in SIZES.items():
        for size in sizes:
            for name, f in FILTERS.items():
                r = np.asarray(Image.fromarray(SOURCES[source]).resize(size, f))
                out.append({"source": source, "filter": name, "size": size, "sha256": sha256(r),
                            "first": r.ravel()[:24].tolist()})
                if (source, size) in (("noise", (17, 29)), ("gradient", (53, 20))):
                    arrays["pillow/%s/%s/%dx%d" % (source, name, *size)] = r
    for source, sizes in CV2.items():
        for size in sizes:
            for name, mode in (("area", cv2.INTER_AREA), ("linear", cv2.INTER_LINEAR)):
                r = cv2.resize(SOURCES[source], size, interpolation=mode)
                arrays["cv2_u8/%s/%s/%dx%d" % (source, name, *size)] = r
    for source, size in (("noise", (12, 12)), ("even", (13, 9)), ("small", (24, 24)), ("gradient", (24, 24))):
        r = cv2.resize(SOURCES[source].astype(np.float64), size, interpolation=cv2.INTER_AREA)
        arrays["cv2_f64/%s/area/%dx%d" % (source, *size)] = r.astype(np.float32)
    return out


def warps(arrays):
    m = np.array(WARP)
    arrays["warp/matrix"] = m
    back = cv2.invertAffineTransform(m)
    y, x = np.mgrid[:24, :30].astype(np.float64)
    at = [back[1, 0] * x + back[1, 1] * y + back[1, 2], back[0, 0] * x + back[0, 1] * y + back[0, 2]]
    for name in ("noise", "gradient"):
        image = SOURCES[name]
        arrays["warp/%s/cv2" % name] = cv2.warpAffine(image, m, (30, 24), flags=cv2.INTER_LINEAR)
        arrays["warp/%s/exact" % name] = np.stack([
            map_coordinates(image[..., c].astype(np.float64), at, order=1, mode="grid-constant") for c in range(3)],
            2).astype(np.float32)


def similarities():
    stream, out = rng(5), []
    to = np.array(TEMPLATE)
    for scale, angle, noise in ((1.0, 0.0, 0.0), (2.3, 0.3, 0.0), (0.4, -1.2, 3.0), (1.7, 2.8, 8.0)):
        c, s = np.cos(angle) * scale, np.sin(angle) * scale
        points = to @ np.array([[c, s], [-s, c]]) + [40, -12] + (stream.random((5, 2)) * 2 - 1) * noise
        t = SimilarityTransform()
        assert t.estimate(points, to)
        out.append({"from": points.tolist(), "to": TEMPLATE, "matrix": t.params[:2].tolist()})
    return out


def images(arrays):
    """Writes the test images and says what Pillow reads back from them."""
    folder = os.path.join(HERE, "images")
    os.makedirs(folder, exist_ok=True)
    im = Image.fromarray(gradient(19, 27))
    noise = Image.fromarray(pixels(21, (10, 16, 3)))
    grey, alpha = im.convert("L"), Image.fromarray(gradient(19, 27)[..., 1])
    rgba = im.copy()
    rgba.putalpha(alpha)
    for name, picture, options in (
            ("baseline_420.jpg", im, {"quality": 90, "subsampling": 2}),
            ("baseline_422.jpg", im, {"quality": 90, "subsampling": 1}),
            ("baseline_444.jpg", im, {"quality": 90, "subsampling": 0}),
            ("noise_420.jpg", noise, {"quality": 75, "subsampling": 2}),
            ("restart.jpg", im, {"quality": 90, "restart_marker_rows": 1}),
            ("progressive.jpg", im, {"quality": 90, "progressive": True}),
            ("grey.jpg", grey, {"quality": 90}), ("cmyk.jpg", im.convert("CMYK"), {"quality": 90}),
            ("grey.png", grey, {}), ("grey_alpha.png", rgba.convert("LA"), {}), ("bit1.png", im.convert("1"), {}),
            ("rgba.png", rgba, {}), ("palette.png", im.quantize(16), {"bits": 4}),
            ("palette_alpha.png", im.quantize(16), {"transparency": 3}),
            ("rgb.bmp", im, {}), ("palette.gif", im.quantize(32), {}), ("rgb.tga", im, {})):
        picture.save(os.path.join(folder, name), **options)
    for o in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = o
        im.save(os.path.join(folder, "exif%d.jpg" % o), quality=90, exif=exif)
    wide = (pixels(22, (6, 9, 3)).astype(np.uint16) << 8) | pixels(23, (6, 9, 3))
    cv2.imwrite(os.path.join(folder, "rgb16.png"), np.ascontiguousarray(wide[..., ::-1]))
    cv2.imwrite(os.path.join(folder, "grey16.png"), wide[..., 0])

    out = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        assert os.path.getsize(path) < 4096
        picture = Image.open(path)
        stored = np.asarray(picture.convert("RGB"))
        if name == "grey16.png":
            stored = np.repeat((wide[..., :1] >> 8).astype(np.uint8), 3, 2)
        if name == "rgb16.png":
            assert np.array_equal(stored, wide >> 8)
        out[name] = {"size": picture.size, "mode": picture.mode, "rgb": sha256(stored)}
        if name.startswith("exif"):
            out[name]["orientation"] = picture.getexif()[0x0112]
            upright = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
            out[name].update(upright=sha256(upright), upright_size=[upright.shape[1], upright.shape[0]])
        if not any(v["rgb"] == out[name]["rgb"] for k, v in out.items() if k != name):
            arrays["images/" + name] = stored
    return out


def photos():
    out = {}
    files = glob.glob(DATA + "/photos/*.jpg")
    files += [sorted(glob.glob(d + "/*.jpg"))[0] for d in glob.glob(DATA + "/lfw10/*")]
    files += sorted(glob.glob(DATA + "/people/test/*"))[:2]
    for f in sorted(files):
        rgb = np.asarray(Image.open(f).convert("RGB"))
        out[os.path.relpath(f, DATA).replace(os.sep, "/")] = {"size": [rgb.shape[1], rgb.shape[0]], "rgb": sha256(rgb)}
    return out


def main():
    arrays = {}
    grey = Image.fromarray(SOURCES["noise"][..., 1])
    write_json("image.json", {
        "made_by": "spec/golden/image.py",
        "versions": {"pillow": PIL.__version__, "libjpeg-turbo": features.version("libjpeg_turbo"),
                     "opencv": cv2.__version__, "scipy": scipy.__version__, "scikit-image": skimage.__version__},
        "sources": {k: sha256(v) for k, v in SOURCES.items()}, "pillow": resizes(arrays),
        "pillow_grey": sha256(np.asarray(grey.resize((24, 24), Image.BICUBIC))), "decode": photos(),
        "images": images(arrays), "similarity": similarities(), "warp_matrix": WARP})
    warps(arrays)
    save_npz("image.npz", arrays)
    print({k: v.shape for k, v in arrays.items()})


if __name__ == "__main__":
    main()
