"""Environment: matlab
What the original MTCNN (Zhang et al.'s own Matlab code, MTCNNv1) finds in every photo of the data folder:
mtcnn_matlab.json.

Made by the published .m files themselves (detect_face.m and what it calls, kpzhang93/MTCNN_face_detection_alignment)
under GNU Octave 7.3, which stands in for Matlab, with imResample of Piotr Dollar's toolbox compiled for it (matlab.py
says where both come from). Caffe's Matlab interface is replaced: PNet.forward and the others send their blobs to this
script, where OpenCV 4.10 runs det1..3.caffemodel (requirements-matlab.txt). Nothing of the cascade is transcribed.
Run: python spec/golden/mtcnn_matlab.py; photos from $VISAGE_DATA or ../shared/data.
Options as in demo.m: minsize 20, threshold 0.6 0.7 0.7, factor 0.709, fastresize false.

Where the code itself fails (a box wholly outside the image cannot be cut out), Octave's error is noted.

JSON: photos.FILE: one row a face, see photos.py; errors.FILE: text.
"""
import os
import subprocess
import tempfile

import cv2
import numpy as np

import photos
from common import WEIGHTS
from matlab import checkout, compile_mex

OUTPUTS = (("conv4-2", "prob1"), ("conv5-2", "prob1"), ("conv6-2", "conv6-3", "prob1"))
# The other side of the pipes. Numbers are native; arrays column-major, as both sides of Caffe's interface take them.
SERVE = """
function serve(folder)
  global from to
  from = fopen([folder '/to_octave'], 'r');
  to = fopen([folder '/to_python'], 'w');
  for i = 1:3
    net{i}.blobs = @(name) struct('reshape', @(shape) []);
    net{i}.forward = @(data) forward(i, data{1});
  end
  while true
    shape = fread(from, [1 2], 'int32');
    if isempty(shape) || shape(1) == 0, break; end
    img = reshape(fread(from, prod(shape) * 3, 'uint8=>uint8'), [shape 3]);
    try
      [boxes points] = detect_face(img, 20, net{1}, net{2}, net{3}, [0.6 0.7 0.7], false, 0.709);
      n = size(boxes, 1);
      fwrite(to, [0 n], 'int32');
      if n > 0
        fwrite(to, [double(boxes(:, 1:5)) double(points')]', 'double');
      end
    catch e
      fwrite(to, [-1 length(e.message)], 'int32');
      fwrite(to, e.message, 'char');
    end
    fflush(to);
  end
end

function out = forward(i, data)
  global from to
  fwrite(to, [i size(data, 1) size(data, 2) size(data, 3) size(data, 4)], 'int32');
  fwrite(to, single(data), 'single');
  fflush(to);
  for k = 1:fread(from, 1, 'int32')
    shape = fread(from, [1 4], 'int32');
    out{k} = single(reshape(fread(from, prod(shape), 'single=>single'), shape));
  end
end
"""


class Octave:
    """detect_face.m in a process of its own."""
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        compile_mex(self.folder.name)
        with open(os.path.join(self.folder.name, "serve.m"), "w") as f:
            f.write(SERVE)
        pipes = [os.path.join(self.folder.name, p) for p in ("to_octave", "to_python")]
        for p in pipes:
            os.mkfifo(p)
        # imResampleMex is private to its own folder; the one that was compiled here is found beside serve.m.
        paths = [os.path.join(checkout("PDOLLAR_TOOLBOX"), "channels"),
                 os.path.join(checkout("MTCNN_MATLAB"), "code", "codes", "MTCNNv1"), self.folder.name]
        script = "".join("addpath('%s');" % p for p in paths) + "serve('%s')" % self.folder.name
        self.process = subprocess.Popen(["octave-cli", "--no-gui", "--quiet", "--eval", script])
        self.out, self.back = open(pipes[0], "wb"), open(pipes[1], "rb")
        models = os.path.join(WEIGHTS, "mtcnn")
        self.nets = [cv2.dnn.readNetFromCaffe("%s/det%d.prototxt" % (models, i), "%s/det%d.caffemodel" % (models, i))
                     for i in (1, 2, 3)]
        for net in self.nets:
            net.enableWinograd(False)  # a faster convolution, but a less exact one

    def numbers(self, count, dtype):
        size = count * np.dtype(dtype).itemsize
        return np.frombuffer(self.back.read(size), dtype)

    def answer(self, which):
        shape = self.numbers(4, np.int32)
        # Column-major (rows, columns, channels, N) is row-major (N, channels, columns, rows).
        self.nets[which - 1].setInput(self.numbers(int(np.prod(shape)), np.float32).reshape(shape[::-1]))
        blobs = self.nets[which - 1].forward(OUTPUTS[which - 1])
        self.out.write(np.int32(len(blobs)).tobytes())
        for blob in blobs:
            back = blob.shape[::-1] if blob.ndim == 4 else blob.shape[::-1] + (1, 1)
            self.out.write(np.int32(back).tobytes() + np.float32(blob).tobytes())
        self.out.flush()

    def detect(self, image):
        """Rows x1, y1, x2, y2, score, five x, five y; or the text of an error."""
        self.out.write(np.int32(image.shape[:2]).tobytes() + image.transpose(2, 1, 0).tobytes())
        self.out.flush()
        while True:
            kind = int(self.numbers(1, np.int32)[0])
            if kind > 0:
                self.answer(kind)
                continue
            n = int(self.numbers(1, np.int32)[0])
            return self.back.read(n).decode() if kind < 0 else self.numbers(n * 15, np.float64).reshape(n, 15)

    def close(self):
        self.out.write(np.int32([0, 0]).tobytes())
        self.out.close()
        self.process.wait()
        self.folder.cleanup()


def main():
    cv2.setNumThreads(1)
    octave, errors = Octave(), {}

    def detect(image, f):
        rows = octave.detect(image)
        if isinstance(rows, str):
            errors[f] = rows
            return []
        return [(r[:4], r[4], zip(r[5:10], r[10:15])) for r in rows]
    version = subprocess.run(["octave-cli", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    photos.write("mtcnn_matlab.json", "spec/golden/mtcnn_matlab.py",
                 {"octave": version.split()[-1], "opencv": cv2.__version__}, detect, errors=errors)
    octave.close()


if __name__ == "__main__":
    main()
