"""Environment: matlab
What imResample of Piotr Dollar's Matlab toolbox makes of small images: image_pdollar.npz.

Made by the toolbox's own channels/private/imResampleMex.cpp (github.com/pdollar/toolbox at e873326), compiled by g++
into a library and called from Python (requirements-matlab.txt); matlab.py says where it is looked for. imResample.m
only hands an image of the wanted size back as it is. Run: python spec/golden/image_pdollar.py
Sources, as in image.py: noise = floor(PCG64(7).random((37, 53, 3)) * 256), even with PCG64(9), (36, 52, 3), as single.

image_pdollar.npz: SOURCE/WxH, f32
"""
import numpy as np

from common import pixels, save_npz
from matlab import resampler

SOURCES = {"noise": pixels(7, (37, 53, 3)), "even": pixels(9, (36, 52, 3))}
SIZES = {"noise": [(24, 24), (31, 22), (54, 9), (7, 40), (53, 20), (1, 1), (2, 37)],
         "even": [(26, 18), (13, 9), (26, 12), (13, 12), (17, 18)]}


def main():
    resample = resampler()
    save_npz("image_pdollar.npz", {"%s/%dx%d" % (source, *size): resample(SOURCES[source].astype(np.float32), *size)
                                   for source, sizes in SIZES.items() for size in sizes})


if __name__ == "__main__":
    main()
