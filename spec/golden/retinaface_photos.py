"""What RetinaFace MobileNet-0.25 with its real weights finds in every photo of the data folder: retinaface_photos.json.

Environment: torch
Made by PyTorch 1.12.1, numpy 1.26 (requirements-torch.txt). The network is retinaface.py's. What is around it is written
out here from the steps of detect.py in biubug6/Pytorch_Retinaface (its priors, decoding with variances 0.1 and 0.2 and
suppression with both edges counted), in numpy and in its precision, f32; equal scores stay in the order of the priors,
which numpy's argsort leaves open there. Run: python spec/golden/retinaface_photos.py
Options as in detect.py: the photo in its own size, confidence_threshold 0.02, top_k 5000, nms_threshold 0.4,
keep_top_k 750, vis_thres 0.6.

JSON: photos.FILE: one row a face, see photos.py. unsure.FILE: for some photos what there is above
confidence_threshold: count, sum of the scores, the first 20 rows.
"""
import numpy as np
import torch

import photos
from retinaface import network

MEAN = np.float32([104, 117, 123])  # of blue, green, red
SIZES, STEPS = ((16, 32), (64, 128), (256, 512)), (8, 16, 32)
SOME = ("photos/multiface.jpg", "photos/no-faces.jpg", "people/test/obama_and_biden.jpg",
        "vggface2/samples/tight/n007241/0268_02.jpg")


def priors(height, width):
    """(P, 4) centre and size, in fractions of the image."""
    out = []
    for sizes, step in zip(SIZES, STEPS):
        for y in range(-(-height // step)):
            for x in range(-(-width // step)):
                out += [((x + .5) * step / width, (y + .5) * step / height, s / width, s / height) for s in sizes]
    return np.float32(out)


def suppress(boxes, overlap):
    x1, y1, x2, y2 = boxes.T
    area, order, kept = (x2 - x1 + 1) * (y2 - y1 + 1), np.arange(len(boxes)), []
    while len(order):
        i, rest = order[0], order[1:]
        kept.append(i)
        w = np.maximum(0, np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]) + 1)
        h = np.maximum(0, np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]) + 1)
        inter = w * h
        order = rest[inter / (area[i] + area[rest] - inter) <= overlap]
    return kept


def main():
    torch.set_num_threads(1)
    net, unsure = network(), {}

    def answers(image):
        height, width = image.shape[:2]
        x = np.float32(image[:, :, ::-1]) - MEAN
        with torch.no_grad():
            classes, offsets, marks = net(torch.from_numpy(x.transpose(2, 0, 1)[None].copy()))
        score = torch.softmax(classes.reshape(-1, 2), 1)[:, 1].numpy()
        offsets, marks, p = offsets.reshape(-1, 4).numpy(), marks.reshape(-1, 5, 2).numpy(), priors(height, width)
        size = p[:, 2:] * np.exp(offsets[:, 2:] * np.float32(.2))
        low = p[:, :2] + offsets[:, :2] * np.float32(.1) * p[:, 2:] - size / 2
        boxes = np.concatenate([low, low + size], 1) * np.float32([width, height, width, height])
        points = (p[:, None, :2] + marks * np.float32(.1) * p[:, None, 2:]) * np.float32([width, height])
        sure = np.where(score > .02)[0]
        order = sure[np.argsort(-score[sure], kind="stable")][:5000]
        kept = order[suppress(boxes[order], .4)][:750]
        return [(boxes[i], score[i], points[i]) for i in kept]

    def detect(image, f):
        found = answers(image)
        if f in SOME:
            unsure[f] = {"count": len(found), "scores": float(sum(float(s) for _, s, _ in found)),
                         "first": [photos.row(*r) for r in found[:20]]}
        return [r for r in found if r[1] >= .6]
    photos.write("retinaface_photos.json", "spec/golden/retinaface_photos.py", {"torch": torch.__version__}, detect,
                 unsure=unsure)


if __name__ == "__main__":
    main()
