/* l2_normalize: x / max(||x||, eps) along an axis, the norm in f64. */
#include <math.h>

#include "core/cpu/cpu.h"

/* One line of count numbers, step apart. */
static void normalize_line(float *out, const float *in, long count, long step,
                           double eps) {
  double sum = 0, norm;
  for (long i = 0; i < count; i++) {
    sum += (double)in[i * step] * in[i * step];
  }
  norm = sqrt(sum);
  if (norm < eps) norm = eps;
  for (long i = 0; i < count; i++) {
    out[i * step] = (float)(in[i * step] / norm);
  }
}

/* in (outer,axis,inner): lines along the axis. */
static void run(const vsg_call *call) {
  int axis = (int)vsg_node_integer(call->node, "axis");
  double eps = vsg_node_number(call->node, "eps");
  long count = call->shape.dim[axis];
  long inner = vsg_shape_numel(&call->shape, axis + 1);
  long outer = vsg_shape_numel(&call->shape, 0) / (count * inner);
  for (long o = 0; o < outer; o++) {
    for (long i = 0; i < inner; i++) {
      long at = o * count * inner + i;
      normalize_line(call->out + at, call->in[0] + at, count, inner, eps);
    }
  }
}

const vsg_kernel vsg_cpu_l2_normalize = {.run = run};
