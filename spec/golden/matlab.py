"""What the goldens of the original MTCNN share: its Matlab sources and Piotr Dollar's toolbox, compiled.

Not a golden itself. Two repositories are needed, as git checkouts at the commits below: those that the environment
names ($MTCNN_MATLAB, $PDOLLAR_TOOLBOX), else .venv/matlab/src/NAME, where they are cloned to. Also g++ and, for
detect_face.m, GNU Octave with mkoctfile (Debian: octave, octave-dev). Nothing of either goes into the project.
"""
import ctypes
import os
import subprocess
import tempfile

import numpy as np

from common import ROOT

SOURCES = {"MTCNN_MATLAB": ("https://github.com/kpzhang93/MTCNN_face_detection_alignment",
                            "4617f55b08846aea1b2328e9c12e48df91b3d725"),
           "PDOLLAR_TOOLBOX": ("https://github.com/pdollar/toolbox", "e87332637bbe8e8b92dd487c87567d9628404523")}

# The resampling functions without their Matlab entry: its cast of the sizes' array to int* is of the time when
# mwSize was an int.
LIBRARY = """
#include <cstdlib>
#include "imResampleMex.cpp"
extern "C" void resample_single(float *a, float *b, int ha, int hb, int wa, int wb, int d) {
  resample<float>(a, b, ha, hb, wa, wb, d, 1.0f);
}
extern "C" void resample_double(double *a, double *b, int ha, int hb, int wa, int wb, int d) {
  resample<double>(a, b, ha, hb, wa, wb, d, 1.0);
}
"""
MEX = """
#include <mex.h>
#undef MATLAB_MEX_FILE
extern "C" void resample_single(float *, float *, int, int, int, int, int);
extern "C" void resample_double(double *, double *, int, int, int, int, int);
void mexFunction(int, mxArray *out[], int, const mxArray *in[]) {
  const mwSize *from = mxGetDimensions(in[0]);
  mwSize dims[3] = {(mwSize)mxGetScalar(in[1]), (mwSize)mxGetScalar(in[2]),
                    mxGetNumberOfDimensions(in[0]) == 2 ? 1 : from[2]};
  int ha = from[0], wa = from[1], hb = dims[0], wb = dims[1], d = dims[2];
  out[0] = mxCreateNumericArray(3, dims, mxGetClassID(in[0]), mxREAL);
  if (mxIsSingle(in[0]))
    resample_single((float *)mxGetData(in[0]), (float *)mxGetData(out[0]), ha, hb, wa, wb, d);
  else
    resample_double((double *)mxGetData(in[0]), (double *)mxGetData(out[0]), ha, hb, wa, wb, d);
}
"""


def checkout(name):
    """The folder of a repository at its commit."""
    url, commit = SOURCES[name]
    path = os.environ.get(name) or os.path.join(ROOT, ".venv", "matlab", "src", name)
    if not os.path.isdir(path):
        subprocess.run(["git", "clone", "--quiet", url, path], check=True)
        subprocess.run(["git", "-C", path, "checkout", "--quiet", commit], check=True)
    head = subprocess.run(["git", "-C", path, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert head.stdout.strip() == commit, "%s is at %s, not %s" % (path, head.stdout.strip(), commit)
    return path


def compile_library(folder):
    """folder/libresample.so from the toolbox's source."""
    source, library = os.path.join(folder, "library.cpp"), os.path.join(folder, "libresample.so")
    with open(source, "w") as f:
        f.write(LIBRARY)
    include = "-I" + os.path.join(checkout("PDOLLAR_TOOLBOX"), "channels", "private")
    subprocess.run(["g++", "-O2", "-w", "-shared", "-fPIC", include, source, "-o", library], check=True)
    return library


def compile_mex(folder):
    """folder/imResampleMex.mex, which Octave calls from imResample.m."""
    compile_library(folder)
    source = os.path.join(folder, "imResampleMex.cpp")
    with open(source, "w") as f:
        f.write(MEX)
    subprocess.run(["mkoctfile", "--mex", source, "-L" + folder, "-lresample", "-Wl,-rpath," + folder,
                    "-o", os.path.join(folder, "imResampleMex.mex")], check=True, cwd=folder)


def resampler():
    """resample(image (H,W,3) f32, width, height) -> f32, by the toolbox."""
    folder = tempfile.TemporaryDirectory()
    library = ctypes.CDLL(compile_library(folder.name))
    folder.cleanup()

    def resample(image, width, height):
        columns = np.ascontiguousarray(image.transpose(2, 1, 0), np.float32)  # column-major, channel by channel
        out = np.zeros((3, width, height), np.float32)
        pointer = lambda a: a.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        library.resample_single(pointer(columns), pointer(out), image.shape[0], height, image.shape[1], width, 3)
        return out.transpose(2, 1, 0)
    return resample
