"""Caffe's messages for Google's protobuf, as far as the goldens need them; not a golden itself.

Names and numbers of the fields are those of src/caffe/proto/caffe.proto of Caffe 1.0. OpenCV has its own copy of them and
reads what is written here, which checks them.
"""
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

F = descriptor_pb2.FieldDescriptorProto
KINDS = {"int": F.TYPE_INT32, "long": F.TYPE_INT64, "uint": F.TYPE_UINT32, "bool": F.TYPE_BOOL, "float": F.TYPE_FLOAT,
         "double": F.TYPE_DOUBLE, "text": F.TYPE_STRING}
ENUMS = {
    "Phase": {"TRAIN": 0, "TEST": 1},
    "PoolMethod": {"MAX": 0, "AVE": 1, "STOCHASTIC": 2},
    "EltwiseOp": {"PROD": 0, "SUM": 1, "MAX": 2},
    "LayerType": {"CONCAT": 3, "CONVOLUTION": 4, "DATA": 5, "DROPOUT": 6, "FLATTEN": 8, "INNER_PRODUCT": 14,
                  "POOLING": 17, "RELU": 18, "SIGMOID": 19, "SOFTMAX": 20, "SPLIT": 22, "ELTWISE": 25},
}
# name -> [(number, name, kind, repeated and packed)]; a kind that is none of KINDS is an enum or a message.
REPEATED, PACKED = 1, 2
MESSAGES = {
    "BlobShape": [(1, "dim", "long", PACKED)],
    "BlobProto": [(1, "num", "int", 0), (2, "channels", "int", 0), (3, "height", "int", 0), (4, "width", "int", 0),
                  (5, "data", "float", PACKED), (7, "shape", "BlobShape", 0), (8, "double_data", "double", PACKED)],
    "NetStateRule": [(1, "phase", "Phase", 0)],
    "BatchNormParameter": [(1, "use_global_stats", "bool", 0), (3, "eps", "float", 0)],
    "BiasParameter": [(1, "axis", "int", 0)],
    "ConcatParameter": [(2, "axis", "int", 0)],
    "ConvolutionParameter": [
        (1, "num_output", "uint", 0), (2, "bias_term", "bool", 0), (3, "pad", "uint", REPEATED),
        (4, "kernel_size", "uint", REPEATED), (5, "group", "uint", 0), (6, "stride", "uint", REPEATED),
        (9, "pad_h", "uint", 0), (10, "pad_w", "uint", 0), (11, "kernel_h", "uint", 0), (12, "kernel_w", "uint", 0),
        (13, "stride_h", "uint", 0), (14, "stride_w", "uint", 0), (18, "dilation", "uint", REPEATED)],
    "DropoutParameter": [(1, "dropout_ratio", "float", 0)],
    "EltwiseParameter": [(1, "operation", "EltwiseOp", 0), (2, "coeff", "float", REPEATED)],
    "FlattenParameter": [(1, "axis", "int", 0)],
    "InnerProductParameter": [(1, "num_output", "uint", 0), (2, "bias_term", "bool", 0), (6, "transpose", "bool", 0)],
    "InputParameter": [(1, "shape", "BlobShape", REPEATED)],
    "PoolingParameter": [
        (1, "pool", "PoolMethod", 0), (2, "kernel_size", "uint", 0), (3, "stride", "uint", 0), (4, "pad", "uint", 0),
        (5, "kernel_h", "uint", 0), (6, "kernel_w", "uint", 0), (7, "stride_h", "uint", 0), (8, "stride_w", "uint", 0),
        (9, "pad_h", "uint", 0), (10, "pad_w", "uint", 0), (12, "global_pooling", "bool", 0)],
    "PReLUParameter": [(2, "channel_shared", "bool", 0)],
    "ReLUParameter": [(1, "negative_slope", "float", 0)],
    "ReshapeParameter": [(1, "shape", "BlobShape", 0), (2, "axis", "int", 0), (3, "num_axes", "int", 0)],
    "ScaleParameter": [(1, "axis", "int", 0), (4, "bias_term", "bool", 0)],
    "SoftmaxParameter": [(2, "axis", "int", 0)],
    "LayerParameter": [
        (1, "name", "text", 0), (2, "type", "text", 0), (3, "bottom", "text", REPEATED), (4, "top", "text", REPEATED),
        (7, "blobs", "BlobProto", REPEATED), (8, "include", "NetStateRule", REPEATED),
        (10, "phase", "Phase", 0), (104, "concat_param", "ConcatParameter", 0),
        (106, "convolution_param", "ConvolutionParameter", 0), (108, "dropout_param", "DropoutParameter", 0),
        (110, "eltwise_param", "EltwiseParameter", 0), (117, "inner_product_param", "InnerProductParameter", 0),
        (121, "pooling_param", "PoolingParameter", 0), (123, "relu_param", "ReLUParameter", 0),
        (125, "softmax_param", "SoftmaxParameter", 0), (131, "prelu_param", "PReLUParameter", 0),
        (133, "reshape_param", "ReshapeParameter", 0), (135, "flatten_param", "FlattenParameter", 0),
        (139, "batch_norm_param", "BatchNormParameter", 0), (141, "bias_param", "BiasParameter", 0),
        (142, "scale_param", "ScaleParameter", 0), (143, "input_param", "InputParameter", 0)],
    "V1LayerParameter": [
        (2, "bottom", "text", REPEATED), (3, "top", "text", REPEATED), (4, "name", "text", 0),
        (5, "type", "LayerType", 0), (6, "blobs", "BlobProto", REPEATED), (9, "concat_param", "ConcatParameter", 0),
        (10, "convolution_param", "ConvolutionParameter", 0), (12, "dropout_param", "DropoutParameter", 0),
        (17, "inner_product_param", "InnerProductParameter", 0), (19, "pooling_param", "PoolingParameter", 0),
        (24, "eltwise_param", "EltwiseParameter", 0), (30, "relu_param", "ReLUParameter", 0),
        (32, "include", "NetStateRule", REPEATED), (39, "softmax_param", "SoftmaxParameter", 0)],
    "NetParameter": [
        (1, "name", "text", 0), (2, "layers", "V1LayerParameter", REPEATED), (3, "input", "text", REPEATED),
        (4, "input_dim", "int", REPEATED), (8, "input_shape", "BlobShape", REPEATED),
        (100, "layer", "LayerParameter", REPEATED)],
}


# Values of an enum lie in the scope around it, so each enum but the shared one is inside the message that uses it.
OWNER = {"PoolMethod": "PoolingParameter", "EltwiseOp": "EltwiseParameter", "LayerType": "V1LayerParameter"}


def type_name(kind):
    return ".golden." + (OWNER[kind] + "." if kind in OWNER else "") + kind


def net_class():
    """The class of a net, made of the tables above."""
    f = descriptor_pb2.FileDescriptorProto(name="golden.proto", package="golden", syntax="proto2")
    scopes = {name: f.message_type.add(name=name) for name in MESSAGES}
    for name, values in ENUMS.items():
        e = (scopes[OWNER[name]] if name in OWNER else f).enum_type.add(name=name)
        for key, number in values.items():
            e.value.add(name=key, number=number)
    for name, fields in MESSAGES.items():
        for number, key, kind, how in fields:
            field = scopes[name].field.add(name=key, number=number,
                                           label=F.LABEL_REPEATED if how else F.LABEL_OPTIONAL)
            if kind in KINDS:
                field.type = KINDS[kind]
            else:
                field.type = F.TYPE_ENUM if kind in ENUMS else F.TYPE_MESSAGE
                field.type_name = type_name(kind)
            field.options.packed = how == PACKED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(f)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("golden.NetParameter"))


NetParameter = net_class()


def add_blob(layer, values, legacy=False):
    """One more blob of the layer; legacy writes its shape as num, channels, height, width, 1 in front."""
    blob = layer.blobs.add()
    if legacy:
        shape = (1,) * (4 - values.ndim) + values.shape
        blob.num, blob.channels, blob.height, blob.width = shape
    else:
        blob.shape.dim.extend(values.shape)
    blob.data.extend(np.asarray(values).ravel().tolist())


def doubled(net):
    """The net with the same numbers as doubles, which Caffe reads and OpenCV does not."""
    other = NetParameter()
    other.CopyFrom(net)
    for layer in list(other.layer) + list(other.layers):
        for blob in layer.blobs:
            blob.double_data.extend(blob.data)
            del blob.data[:]
    return other


def deployed(net):
    """The net for OpenCV, which does not leave out layers of the training phase and ignores InnerProduct's transpose."""
    other = NetParameter()
    other.CopyFrom(net)
    for layers in (other.layer, other.layers):
        kept = [layer for layer in layers if all(rule.phase for rule in layer.include)]
        del layers[:]
        layers.extend(kept)
    for layer in list(other.layer) + list(other.layers):
        if layer.inner_product_param.transpose:
            blob = layer.blobs[0]
            turned = np.reshape(blob.data, blob.shape.dim).T
            blob.shape.dim[:], blob.data[:] = turned.shape, turned.ravel().tolist()
            layer.inner_product_param.ClearField("transpose")
    return other


def text_of(net):
    """The net as a prototxt: without its blobs."""
    bare = NetParameter()
    bare.CopyFrom(net)
    for layer in list(bare.layer) + list(bare.layers):
        del layer.blobs[:]
    return text_format.MessageToString(bare)
