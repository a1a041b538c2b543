"""Tensor arithmetic, reductions, order, random numbers and decompositions by numpy: tensor.npz.

Made by numpy 2.4 (requirements-tensor.txt). Run: python spec/golden/tensor.py.

random/SEED: the first 8 numbers of Generator(PCG64(SEED)).random(). half/in (f64), half/out (f16).
broadcast/a (3,1,5), b (4,1), and broadcast/OP for each operation. reduce/x (3,4,5) f32, reduce/OP.AXIS with axes from 1;
var1 has ddof 1, norm1 and norm3 are p-norms. order/x (4,6) f32 with ties, NaN and both zeros; sort/argsort (stable; from 1) per axis.
matmul, svd and eigh: inputs and results in f64, no signs of vectors. integer/OP: u8 and i32 that wrap.
"""
import numpy as np

from common import rng, save_npz

arrays = {}

SEEDS = (0, 1, 42, 2**32 - 1, 2**32, 123456789012345, 2**63 - 1)
for seed in SEEDS:
    arrays["random/%d" % seed] = rng(seed).random(8)

# Half precision: around every kind of boundary, and a stream of ordinary numbers.
edges = [0.0, -0.0, 2.0**-24, 2.0**-25, np.nextafter(2.0**-25, 1), 1.5 * 2.0**-24, 2.5 * 2.0**-24, 2.0**-14, 2.0**-14 - 2.0**-25,
         65504.0, 65519.999, 65520.0, 1e9, np.inf, -np.inf, 1 + 2.0**-11, 1 + 3 * 2.0**-11, np.nextafter(1 + 2.0**-11, 2),
         np.float64(1) / 3, 2049.0, 2051.0, -1e-8]
stream = rng(5)
edges += list((stream.random(100) - 0.5) * 10.0 ** (stream.random(100) * 14 - 9))
arrays["half/in"] = np.array(edges, np.float64)
with np.errstate(over="ignore"):
    arrays["half/out"] = arrays["half/in"].astype(np.float16)

a = (stream.random((3, 1, 5)) * 4 - 2).astype(np.float32)
b = (stream.random((4, 1)) * 4 - 2).astype(np.float32)
b[1] = a[0, 0, 0]  # something for eq to find
arrays["broadcast/a"], arrays["broadcast/b"] = a, b
for name, f in dict(add=np.add, sub=np.subtract, mul=np.multiply, div=np.divide, maximum=np.maximum, minimum=np.minimum,
                    eq=np.equal, ne=np.not_equal, lt=np.less, le=np.less_equal, gt=np.greater, ge=np.greater_equal).items():
    y = f(a, b)
    arrays["broadcast/" + name] = y.astype(np.uint8) if y.dtype == bool else y
arrays["broadcast/pow"] = np.power(np.abs(a).astype(np.float64), b.astype(np.float64))

x = (stream.random((3, 4, 5)) * 2 - 1).astype(np.float32)
arrays["reduce/x"] = x
for axis in (0, 1, 2):
    wide = x.astype(np.float64)
    results = dict(sum=wide.sum(axis), mean=wide.mean(axis), var=wide.var(axis), var1=wide.var(axis, ddof=1), max=x.max(axis),
                   min=x.min(axis), argmax=x.argmax(axis) + 1, argmin=x.argmin(axis) + 1,
                   norm=np.linalg.norm(wide, axis=axis), norm1=np.linalg.norm(wide, 1, axis), norm3=np.linalg.norm(wide, 3, axis))
    for name, y in results.items():
        arrays["reduce/%s.%d" % (name, axis + 1)] = y

x = np.floor(stream.random((4, 6)) * 5).astype(np.float32)
x[1, 2], x[2, 0], x[3, 3] = np.nan, -0.0, -7
arrays["order/x"] = x
for axis in (0, 1):
    arrays["order/sort.%d" % (axis + 1)] = np.sort(x, axis, kind="stable")
    arrays["order/argsort.%d" % (axis + 1)] = np.argsort(x, axis, kind="stable") + 1
    arrays["order/max.%d" % (axis + 1)] = x.max(axis)
    arrays["order/argmin.%d" % (axis + 1)] = x.argmin(axis) + 1

p, q = stream.random((2, 1, 3, 4)), stream.random((5, 4, 2))
arrays["matmul/a"], arrays["matmul/b"], arrays["matmul/out"] = p, q, p @ q
for name, shape in dict(tall=(5, 3), wide=(3, 5)).items():
    m = stream.random(shape) - 0.5
    arrays["svd/" + name], arrays["svd/%s.s" % name] = m, np.linalg.svd(m, compute_uv=False)
m = stream.random((5, 5)) - 0.5
m = m + m.T
arrays["eigh/a"], arrays["eigh/values"] = m, np.linalg.eigvalsh(m)

u = np.array([0, 1, 127, 128, 200, 255], np.uint8)
i = np.array([-(2**31), -1, 0, 1, 46341, 2**31 - 1], np.int32)
arrays["integer/u"], arrays["integer/i"] = u, i
with np.errstate(over="ignore"):
    arrays["integer/u+u"], arrays["integer/u-1"], arrays["integer/i*i"] = u + u, u - np.uint8(1), i * i
    arrays["integer/-i"], arrays["integer/i:u8"] = -i, i.astype(np.uint8)
arrays["integer/u+i"] = u + i.astype(np.int32)

save_npz("tensor.npz", arrays)
