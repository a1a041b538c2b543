"""Golden IR of version 10: openvino/tiny_v10.{xml,bin}, by the last converter that wrote it, and openvino_v10.npz.

Environment: openvino2021
Made by the Model Optimizer and the runtime of OpenVINO 2021.4.2, Python 3.8 (requirements-openvino2021.txt).
Run: python spec/golden/openvino_v10.py

The network is openvino_tiny.py's, its constants in fp16, (x - mean) / scale of the input inside; the .npz has its two
outputs, by name, for that module's image. The converter numbers its constants anew in every run.
"""
import os
import subprocess
import sys
import tempfile

import onnx
from openvino.inference_engine import IECore

from common import HERE, save_npz
from openvino_tiny import image, model


def main():
    folder = os.path.join(HERE, "openvino")
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "tiny.onnx")
        onnx.save(model(), path)
        # MO's own program, beside the interpreter that runs this.
        subprocess.run([os.path.join(os.path.dirname(sys.executable), "mo"), "--input_model", path,
                        "--model_name", "tiny_v10", "--output_dir", work, "--data_type", "FP16",
                        "--mean_values", "data[127.5,127.5,127.5]", "--scale_values", "data[64,64,64]"], check=True)
        for end in ("xml", "bin"):
            with open(os.path.join(work, "tiny_v10." + end), "rb") as f:
                data = f.read()
            with open(os.path.join(folder, "tiny_v10." + end), "wb") as f:
                f.write(data)
    core = IECore()
    net = core.load_network(core.read_network(os.path.join(folder, "tiny_v10.xml")), "CPU", {"ENFORCE_BF16": "NO"})
    save_npz("openvino_v10.npz", net.infer({"data": image()}))


if __name__ == "__main__":
    main()
