"""ONNX models as ONNX Runtime runs them: onnx_models.json, onnx_models.npz, and the models in onnx/.

Environment: onnx
Made by PyTorch 1.12.1 (torch.onnx.export), onnx 1.23 (its helper and version converter), ONNX Runtime 1.23, numpy 1.26
(requirements-onnx.txt). Run: python spec/golden/onnx_models.py; the MobileFaceNet from ../shared/weights.

onnx/NAME.onnx: networks of onnx_nets.py without their weights: those are external data in weights.npy, one array of f32 in
  numpy's format, whose 128 bytes of header are counted in the offsets. Weights come from the stream PCG64(seed), in the
  file's order: low + (high - low) * random() in f64, rounded to f32; `numbers` has count, low and high of each tensor, by
  what it is for, so that batch norms have gamma, beta, mean and var of their own.
onnx/ops/NAME.onnx: operators one by one, with their weights; tiny is a small network of several.
onnx_models.json: networks[] {name, opset, seed, numbers, input {seed, shape}: random() * 2 - 1 as f32, outputs}; ops[]
  {name, opset, input {seed, shape}, outputs}; mobilefacenet[] {input, output: 128 values} of the shared
  MobileFaceNet.onnx.
onnx_models.npz: NAME/OUTPUT of every output.
"""
import io
import os

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper, version_converter

import onnx_nets
from common import HERE, WEIGHTS, rng, save_npz, write_json

FOLDER = os.path.join(HERE, "onnx")
HEADER = 128  # numpy's, of one axis


# ---- seeded weights ----

def ranges(model):
    """(low, high) of each tensor of weights, by the operator that takes it."""
    found = {}
    shapes = {t.name: list(t.dims) for t in model.graph.initializer}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name not in shapes:
                continue
            shape = shapes[name]
            fan = np.prod(shape[1:]) if node.op_type == "Conv" else max(shape or [1])
            bound = (4.5 / fan) ** 0.5 if place == 1 else 0.2
            if node.op_type == "BatchNormalization":
                found[name] = [None, (0.6, 1.2), (-0.4, 0.4), (-0.3, 0.3), (0.6, 1.5)][place]
            elif node.op_type == "PRelu":
                found[name] = (0, 0.5)
            elif node.op_type in ("Conv", "Gemm", "MatMul"):
                found[name] = (-bound, bound)
    return found


def seeded(model, seed):
    """Replaces the float tensors by seeded ones: the model with their values, and what each is drawn from."""
    stream, bounds, numbers = rng(seed), ranges(model), []
    for t in model.graph.initializer:
        if t.name in bounds:
            low, high = (round(float(v), 4) for v in bounds[t.name])
            count = int(np.prod(t.dims))
            values = stream.random(count) * (high - low) + low
            t.CopyFrom(numpy_helper.from_array(values.astype(np.float32).reshape(t.dims), t.name))
            numbers.append((t.name, count, low, high))
    return numbers


def outside(model, numbers):
    """Moves the values of the tensors to where weights.npy will have them."""
    offset, named = HEADER, {t.name: t for t in model.graph.initializer}
    for name, count, _, _ in numbers:
        t = named[name]
        t.ClearField("raw_data")
        t.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "weights.npy"), ("offset", offset), ("length", 4 * count)):
            entry = t.external_data.add()
            entry.key, entry.value = key, str(value)
        offset += 4 * count


# ---- running ----

def noise(seed, shape):
    return (rng(seed).random(shape) * 2 - 1).astype(np.float32)


def run(model, x):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x})))


def write(name, model):
    path = os.path.join(FOLDER, name + ".onnx")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(model.SerializeToString())


# ---- networks ----

def distinct(net):
    """Parameters of their own: the exporter joins tensors that are equal."""
    torch.manual_seed(1)
    for module in net.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d)):
            for t in (module.weight, module.bias, module.running_mean, module.running_var):
                torch.nn.init.uniform_(t, 0.5, 1.5)
        elif isinstance(module, torch.nn.PReLU):
            torch.nn.init.uniform_(module.weight)
    return net


def export(net, shape, opset, convert=None, keep_bn=False, **options):
    """What torch.onnx.export gives; convert: brought to a newer opset by onnx's converter."""
    net.eval()
    buffer = io.BytesIO()
    mode = torch.onnx.TrainingMode.PRESERVE if keep_bn else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(net, torch.zeros(shape), buffer, opset_version=opset, training=mode, input_names=["data"], **options)
    model = onnx.load_from_string(buffer.getvalue())
    for node in model.graph.node:
        node.ClearField("doc_string")
    return version_converter.convert_version(model, convert) if convert else model


def networks():
    dynamic = {"dynamic_axes": {"data": {0: "batch"}}}
    open_size = {"dynamic_axes": {"data": {0: "batch", 2: "height", 3: "width"}}}
    unfolded = {"do_constant_folding": False}
    small = (1, 3, 64, 64)
    return (
        ("mobilenet_v2_7", onnx_nets.mobilenet_v2(4), small, 7, {"keep_bn": True, "keep_initializers_as_inputs": True}),
        ("mobilenet_v2_21", onnx_nets.mobilenet_v2(4), small, 15, {"convert": 21, **dynamic}),
        ("resnet50_9", onnx_nets.resnet50(), small, 9, {}),
        ("senet50_13", onnx_nets.SEResNet50(8), small, 13, {"keep_bn": True}),
        ("senet50_expand_11", onnx_nets.SEResNet50(8, True), small, 11, {**unfolded, **dynamic}),
        ("iresnet50_11", onnx_nets.IResNet50(16, 32, 64), (1, 3, 32, 32), 11, {"keep_bn": True, **dynamic}),
        ("retinaface_9", onnx_nets.RetinaFace(), small, 9, {}),
        ("retinaface_11", onnx_nets.RetinaFace(), (1, 3, 72, 88), 11, {**unfolded, **open_size}),
        ("retinaface_18", onnx_nets.RetinaFace(), small, 16, {"convert": 18, **dynamic}),
    )


def network(name, net, shape, opset, options, seed):
    options = dict(options)
    model = export(distinct(net), shape, opset, options.pop("convert", None), options.pop("keep_bn", False), **options)
    numbers = seeded(model, seed)
    outputs = run(model, noise(seed + 1, shape))
    outside(model, numbers)
    write(name, model)
    return {"name": name, "opset": model.opset_import[0].version, "seed": seed, "numbers": [n[1:] for n in numbers],
            "input": {"seed": seed + 1, "shape": list(shape)}, "outputs": list(outputs)}, outputs


# ---- operators ----

def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def one(opset, shape, nodes, constants=(), outputs=("y",)):
    """A model of nodes (type, inputs, outputs, attributes) from input x; constants are arrays by name."""
    graph = helper.make_graph(
        [helper.make_node(kind, inputs.split(",") if inputs else [], outs.split(","), **attributes)
         for kind, inputs, outs, attributes in nodes],
        "ops", [value("x", shape)], [value(o, None) for o in outputs],
        [numpy_helper.from_array(a, n) for n, a in dict(constants).items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8 if opset < 19 else 10)
    return model, shape


def i64(*numbers):
    return np.array(numbers, np.int64)


def f32(*numbers):
    return np.array(numbers, np.float32)


def ops():
    image, row = (2, 3, 4, 6), (2, 5)
    weight = noise(60, (4, 3, 3, 3))
    channels = {"c": noise(61, (3, 1, 1)) + 2}
    return {
        "clip_7": one(7, image, [("Clip", "x", "y", {"min": -0.5, "max": 0.25})]),
        "clip_21": one(21, image, [("Clip", "x,,high", "y", {})], {"high": np.float32(0.25)}),
        "squeeze_7": one(7, image, [("GlobalAveragePool", "x", "p", {}), ("Squeeze", "p", "s", {"axes": [2, 3]}),
                                    ("Unsqueeze", "s", "y", {"axes": [1]})]),
        "squeeze_21": one(21, image, [("GlobalMaxPool", "x", "p", {}), ("Squeeze", "p,a", "s", {}),
                                      ("Unsqueeze", "s,b", "y", {})], {"a": i64(-1, 2), "b": i64(2, -1)}),
        "mean_7": one(7, image, [("ReduceMean", "x", "y", {"axes": [2, 3], "keepdims": 0})]),
        "mean_21": one(21, image, [("ReduceMean", "x,a", "m", {"keepdims": 1}), ("ReduceMax", "x,a", "n", {}),
                                   ("Sub", "m,n", "y", {})], {"a": i64(-1, -2)}),
        "pad_7": one(7, image, [("Pad", "x", "y", {"pads": [0, 0, 1, 2, 0, 1, 0, 3]})]),
        "pad_21": one(21, image, [("Pad", "x,p,,a", "y", {})], {"p": i64(1, 2, 0, 3), "a": i64(2, -1)}),
        "upsample_7": one(7, image, [("Upsample", "x", "y", {"scales": [1.0, 1.0, 3.0, 3.0], "mode": "nearest"})]),
        "upsample_9": one(9, image, [("Upsample", "x,s", "y", {})], {"s": f32(1, 1, 2, 2)}),
        "resize_10": one(10, image, [("Resize", "x,s", "y", {})], {"s": f32(1, 1, 2, 2)}),
        "resize_13": one(13, image, [("Resize", "x,,s", "y", {})], {"s": f32(1, 1, 3, 3)}),
        "resize_21": one(21, image, [("MaxPool", "x", "p", {"kernel_shape": [2, 2], "strides": [1, 1]}),
                                     ("Resize", "x,,,s", "q", {"axes": [2, 3], "nearest_mode": "floor",
                                                               "coordinate_transformation_mode": "asymmetric"}),
                                     ("Conv", "q,w", "y", {"auto_pad": "SAME_LOWER", "strides": [2, 1]})],
                         {"s": i64(8, 12), "w": weight}),
        "conv": one(7, image, [("Conv", "x,w,b", "y", {"pads": [1, 0, 2, 1], "strides": [2, 1], "dilations": [1, 2],
                                                       "kernel_shape": [3, 3]})], {"w": weight, "b": noise(62, 4)}),
        "conv_same": one(21, image, [("Conv", "x,w", "y", {"auto_pad": "SAME_UPPER", "group": 3, "strides": [2, 2]})],
                         {"w": noise(63, (3, 1, 2, 2))}),
        "pools": one(21, (2, 3, 7, 8), [
            ("AveragePool", "x", "a", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
            ("AveragePool", "x", "b", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1],
                                       "count_include_pad": 1}),
            ("MaxPool", "x", "c", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
            ("MaxPool", "x", "d", {"kernel_shape": [3, 2], "auto_pad": "SAME_LOWER", "strides": [2, 2]}),
            ("AveragePool", "x", "e", {"kernel_shape": [3, 3], "auto_pad": "VALID"}),
            ("Concat", "a,b,c,d", "y", {"axis": 1})], {}, ("y", "e")),
        "norm": one(9, image, [("BatchNormalization", "x,g,b,m,v", "y", {"epsilon": 1e-3})],
                    {"g": noise(64, 3), "b": noise(65, 3), "m": noise(66, 3), "v": noise(67, 3) + 1.5}),
        "norm_row": one(21, row, [("BatchNormalization", "x,g,b,m,v", "y", {})],
                        {"g": noise(64, 5), "b": noise(65, 5), "m": noise(66, 5), "v": noise(67, 5) + 1.5}),
        "arithmetic": one(13, image, [
            ("Add", "x,c", "a", {}), ("Sub", "c,a", "b", {}), ("Mul", "two,b", "m", {}), ("Div", "m,c", "d", {}),
            ("Sub", "d,two", "e", {}), ("Sub", "e,x", "f", {}), ("Mul", "f,x", "g", {}), ("Sum", "g,x,e", "y", {})],
            {**channels, "two": f32(2)}),
        "slopes": one(16, image, [("PRelu", "x,c", "p", {}), ("PRelu", "p,one", "q", {}),
                                  ("LeakyRelu", "q", "r", {"alpha": 0.3}), ("Sigmoid", "r", "y", {})],
                      {**channels, "one": f32(0.5)}),
        "softmax_7": one(7, row, [("Softmax", "x", "y", {})]),
        "softmax_13": one(13, (2, 3, 4, 6), [("Softmax", "x", "y", {"axis": 1}), ("Softmax", "x", "z", {})], {}, ("y", "z")),
        "gemm": one(7, row, [("Gemm", "x,w,b", "g", {"alpha": 0.5, "beta": 2.0}), ("MatMul", "g,m", "h", {}),
                             ("Add", "h,r", "y", {})],
                    {"w": noise(68, (5, 4)), "b": noise(69, (1, 4)), "m": noise(70, (4, 3)), "r": noise(71, 3)}),
        "gemm_21": one(21, row, [("Gemm", "x,w", "y", {"transB": 1})], {"w": noise(68, (4, 5))}),
        "unit": one(13, row, [("LpNormalization", "x", "y", {"axis": 1})]),
        "shapes_7": one(7, image, [
            ("Shape", "x", "s", {}), ("Constant", "", "zero", {"value": numpy_helper.from_array(np.array(0, np.int64))}),
            ("Gather", "s,zero", "n", {"axis": 0}), ("Unsqueeze", "n", "n1", {"axes": [0]}),
            ("Slice", "s", "hw", {"axes": [0], "starts": [2], "ends": [9223372036854775807]}),
            ("Constant", "", "one", {"value": numpy_helper.from_array(np.array(1, np.int64))}),
            ("Gather", "hw,zero", "h", {}), ("Mul", "h,one", "h2", {}), ("Unsqueeze", "h2", "h1", {"axes": [0]}),
            ("Constant", "", "rest", {"value": numpy_helper.from_array(i64(-1))}),
            ("Concat", "n1,h1,rest", "shape", {"axis": 0}), ("Reshape", "x,shape", "r", {}),
            ("Transpose", "r", "y", {"perm": [0, 2, 1]})]),
        "shapes_21": one(21, image, [
            ("Shape", "x", "s", {"start": 2, "end": 4}), ("Cast", "s", "f", {"to": 1}), ("Mul", "f,two", "g", {}),
            ("Floor", "g", "k", {}), ("Cast", "k", "i", {"to": 7}), ("Shape", "x", "nc", {"start": 0, "end": 2}),
            ("Concat", "nc,i", "sizes", {"axis": 0}),
            ("Resize", "x,,,sizes", "r", {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}),
            ("Identity", "r", "a", {}), ("Dropout", "a", "d", {}), ("Flatten", "d", "y", {})], {"two": f32(2)}),
        "constants_13": one(13, image, [
            ("ConstantOfShape", "three", "twos", {"value": numpy_helper.from_array(f32(2.25))}),
            ("Sqrt", "twos", "r", {}), ("Neg", "r", "n", {}), ("Gather", "table,picks", "g", {"axis": 1}),
            ("Transpose", "g", "t", {}), ("Slice", "t,from,to,along,by", "s", {}), ("Squeeze", "s,along", "v", {}),
            ("Ceil", "v", "up", {}), ("Floor", "v", "down", {}), ("Sub", "up,down", "d", {}),
            ("Concat", "n,d,v", "all", {"axis": 0}), ("Reshape", "all,shape", "c", {}), ("Transpose", "c", "rows", {}),
            ("Gather", "rows,one", "second", {"axis": 0}), ("Unsqueeze", "second,behind", "e", {}),
            ("Div", "seven,two", "whole", {}), ("Cast", "whole", "k", {"to": 1}), ("Mul", "x,e", "m", {}),
            ("Add", "m,k", "y", {})],
            {"three": i64(3), "table": noise(74, (2, 5)) * 4, "picks": i64(0, -1, 2), "from": i64(0), "to": i64(1),
             "along": i64(1), "by": i64(1), "shape": i64(3, 3), "one": np.array(-2, np.int64), "behind": i64(1, 2),
             "seven": np.array(-7, np.int64), "two": np.array(2, np.int64)}),
        "tiny": one(13, (1, 1, 4, 4), [
            ("Conv", "x,w,b", "a", {"pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}), ("Relu", "a", "r", {}),
            ("GlobalAveragePool", "r", "p", {}), ("Flatten", "p", "f", {}),
            ("Constant", "", "half", {"value": numpy_helper.from_array(f32(0.5))}), ("Mul", "f,half", "y", {})],
            {"w": noise(72, (2, 1, 3, 3)), "b": noise(73, 2)}),
    }


# ---- the shared MobileFaceNet ----

def mobilefacenet():
    """On noise: no photo of a person, and nothing computed from one, belongs here (spec/parity has faces)."""
    model = onnx.load(os.path.join(WEIGHTS, "mobilefacenet", "MobileFaceNet.onnx"))
    cases = []
    for seed in (401, 402):
        (y,) = run(model, noise(seed, (1, 3, 112, 112))).values()
        cases.append({"input": {"seed": seed, "shape": [1, 3, 112, 112]}, "output": [float(v) for v in y[0]]})
    return cases


def main():
    cases, arrays = [], {}
    for i, (name, net, shape, opset, options) in enumerate(networks()):
        case, outputs = network(name, net, shape, opset, options, 100 + 10 * i)
        cases.append(case)
        arrays.update({name + "/" + k: v for k, v in outputs.items()})
        print(name, case["opset"], {k: (v.shape, float(np.abs(v).max()), float(v.std())) for k, v in outputs.items()})
    single = []
    for i, (name, (model, shape)) in enumerate(ops().items()):
        outputs = run(model, noise(300 + i, shape))
        write("ops/" + name, model)
        single.append({"name": name, "opset": model.opset_import[0].version, "input": {"seed": 300 + i, "shape": list(shape)},
                       "outputs": list(outputs)})
        arrays.update({name + "/" + k: v for k, v in outputs.items()})
    save_npz("onnx_models.npz", arrays)
    write_json("onnx_models.json", {
        "made_by": "spec/golden/onnx_models.py",
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__},
        "networks": cases, "ops": single, "mobilefacenet": mobilefacenet()})


if __name__ == "__main__":
    main()
