"""Environment: facenet
What facenet-pytorch's MTCNN finds in every photo of the data folder: mtcnn_facenet.json.

Made by facenet-pytorch 2.6.0, PyTorch 1.12.1, torchvision 0.13.1 (requirements-facenet.txt), with keep_all and
otherwise its defaults: min_face_size 20, factor 0.709, thresholds 0.6 0.7 0.7, the largest box first.
O-Net's suppression sorts by numpy's argsort, whose order of equal scores is that of the list for up to 16 boxes, but
not with AVX-512, which is therefore off. (One of 342 photos changes, vggface2/train/n000004/0029_01.jpg.)
Run: python spec/golden/mtcnn_facenet.py; photos from $VISAGE_DATA or ../shared/data.

JSON: photos.FILE: one row a face, see photos.py.
"""
import os

os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
import facenet_pytorch
import torch
import torchvision

import photos


def main():
    torch.set_num_threads(1)
    detector = facenet_pytorch.MTCNN(keep_all=True)

    def detect(image, _):
        boxes, scores, points = detector.detect(image, landmarks=True)
        return [] if boxes is None else zip(boxes, scores, points)
    photos.write("mtcnn_facenet.json", "spec/golden/mtcnn_facenet.py",
                 {"facenet-pytorch": "2.6.0", "torch": torch.__version__, "torchvision": torchvision.__version__},
                 detect)


if __name__ == "__main__":
    main()
