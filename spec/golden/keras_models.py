"""VGG16, ResNet-50 and SE-ResNet-50 as keras-vggface 0.6 builds them, written from its models.py in legacy Keras 2.15.

Layer names are the checkpoints' names; layers that have none there are named as visage's nodes, for spec/parity. `momentum` is only used to calibrate batch-norm statistics.
"""
from keras import layers as L
from keras.models import Model

WIDTHS = {2: (64, 64, 256), 3: (128, 128, 512), 4: (256, 256, 1024), 5: (512, 512, 2048)}
BLOCKS = {2: 3, 3: 4, 4: 6, 5: 3}


def resnet50(squeeze=False, include_top=False, momentum=0.99, size=224, classes=8631, eps=None, pool="valid",
             strided="reduce"):
    """squeeze=False: ResNet-50, BN eps 1e-3; True: SE-ResNet-50, eps 1e-4. Without top: max pooling, 2048 numbers. eps,
    pool and strided ("reduce" or "3x3") break a rule, for negative controls."""
    eps = eps or (1e-4 if squeeze else 1e-3)

    def conv_bn(x, out, kernel, name, stride=1, padding="valid"):
        x = L.Conv2D(out, kernel, strides=stride, padding=padding, use_bias=False, name=name)(x)
        return L.BatchNormalization(epsilon=eps, momentum=momentum, name=name + "/bn")(x)

    def relu(x, name):
        return L.Activation("relu", name=name + "/relu")(x)

    def excite(x, out, name):
        s = L.Reshape((1, 1, out), name=name + "_se_pool")(L.GlobalAveragePooling2D()(x))
        s = relu(L.Conv2D(out // 16, 1, name=name + "_1x1_down")(s), name + "_1x1_down")
        s = L.Activation("sigmoid", name=name + "_1x1_up/sigmoid")(L.Conv2D(out, 1, name=name + "_1x1_up")(s))
        return L.multiply([x, s], name=name + "_scale")

    image = L.Input((size, size, 3))
    x = relu(conv_bn(image, 64, 7, "conv1/7x7_s2", 2, "same"), "conv1/7x7_s2")
    x = L.MaxPooling2D(3, strides=2, padding=pool, name="pool1")(x)
    for stage, (a, b, c) in WIDTHS.items():
        for block in range(1, BLOCKS[stage] + 1):
            name = "conv%d_%d" % (stage, block)
            stride = 2 if block == 1 and stage > 2 else 1
            first = stride if strided == "reduce" else 1
            y = relu(conv_bn(x, a, 1, name + "_1x1_reduce", first), name + "_1x1_reduce")
            y = relu(conv_bn(y, b, 3, name + "_3x3", stride // first, "same"), name + "_3x3")
            y = conv_bn(y, c, 1, name + "_1x1_increase")
            if squeeze:
                y = excite(y, c, name)
            skip = conv_bn(x, c, 1, name + "_1x1_proj", stride) if block == 1 else x
            x = L.Activation("relu", name=name)(L.add([y, skip], name=name + "_add"))
    x = L.AveragePooling2D((7, 7), name="avg_pool")(x)
    if include_top:
        x = L.Dense(classes, activation="softmax", name="classifier")(L.Flatten()(x))
    else:
        x = L.GlobalMaxPooling2D()(x)
    return Model(image, x, name="vggface_senet50" if squeeze else "vggface_resnet50")


def vgg16(include_top=True, size=224, classes=2622):
    x = image = L.Input((size, size, 3))
    for block, (out, n) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        for i in range(1, n + 1):
            x = L.Conv2D(out, 3, activation="relu", padding="same", name="conv%d_%d" % (block, i))(x)
        x = L.MaxPooling2D(2, strides=2, name="pool%d" % block)(x)
    if include_top:
        x = L.Flatten(name="flatten")(x)
        for name, out, act in (("fc6", 4096, "relu"), ("fc7", 4096, "relu"), ("fc8", classes, "softmax")):
            x = L.Activation(act, name=name + "/" + act)(L.Dense(out, name=name)(x))
    return Model(image, x, name="vggface_vgg16")
