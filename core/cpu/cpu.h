/* The reference engine: one readable kernel per layer, the specification that
 * faster engines are tested against. One file core/cpu/NAME.c per layer.
 *
 * Two engines share the kernels. "reference" computes what is a matrix product
 * on OpenBLAS; "naive" has loops everywhere, with sums in f64: what the other's
 * convolutions are checked against, and far too slow for more. */
#ifndef VSG_CPU_CPU_H
#define VSG_CPU_CPU_H

#include "core/graph/engine.h"

extern const vsg_engine vsg_cpu_reference;
extern const vsg_engine vsg_cpu_naive;

/* One node on one batch. Numbers are contiguous; shapes are concrete and fit
 * the layer, for the graph has checked them. */
typedef struct vsg_call {
  const vsg_node *node;
  const vsg_shape *in_shape; /* one per input, as in */
  const float *const *in;
  vsg_shape shape; /* of out */
  float *out;      /* never overlaps an input */
  float *scratch;  /* as many floats as the kernel asked for */
} vsg_call;

typedef struct vsg_kernel {
  void (*run)(const vsg_call *call);
  /* (optional) Floats of scratch memory for the largest batch. */
  size_t (*scratch)(const vsg_node *node, const vsg_shape *in,
                    const vsg_shape *out);
} vsg_kernel;

/* Loops over fewer numbers than this run on one thread: waking the others and
 * waiting for them takes as long as 10 to 100 thousand additions, and far
 * longer when another program has their cores. */
enum { VSG_CPU_PARALLEL = 1 << 16 };

#define VSG_LAYER(name) extern const vsg_kernel vsg_cpu_##name;
#include "core/graph/layers.def"
#undef VSG_LAYER

/* Loops instead of matrix products, for "naive"; direct convolution is also
 * what "reference" uses where every group has one channel. */
extern const vsg_kernel vsg_cpu_conv2d_direct;
extern const vsg_kernel vsg_cpu_linear_direct;

/* The numbers of the node's slot; NULL when it has no such slot. */
const float *vsg_call_slot(const vsg_call *call, const char *name);

/* The numbers per channel of one image: H * W of (N,C,H,W), 1 of (N,C). */
long vsg_call_plane(const vsg_call *call);

#endif
