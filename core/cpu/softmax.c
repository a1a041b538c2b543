/* softmax: exp(x) / sum(exp(x)), with the largest x taken off first so that
 * exp never overflows; the result is the same. The sum is gathered in f64 and
 * rounded to f32, so that the few values there are next to 1 are those of the
 * frameworks: which of two detections is surer, and so stays, depends on it. */
#include <math.h>

#include "core/cpu/cpu.h"

/* One line of count numbers, step apart. */
static void softmax_line(float *out, const float *in, long count, long step) {
  float most = -INFINITY;
  double sum = 0;
  for (long i = 0; i < count; i++) {
    if (in[i * step] > most) most = in[i * step];
  }
  for (long i = 0; i < count; i++) {
    out[i * step] = expf(in[i * step] - most);
    sum += out[i * step];
  }
  float total = (float)sum;
  for (long i = 0; i < count; i++) out[i * step] /= total;
}

/* in (outer,axis,inner): lines along the axis. */
static void run(const vsg_call *call) {
  int axis = (int)vsg_node_integer(call->node, "axis");
  long count = call->shape.dim[axis];
  long inner = vsg_shape_numel(&call->shape, axis + 1);
  long outer = vsg_shape_numel(&call->shape, 0) / (count * inner);
  for (long o = 0; o < outer; o++) {
    for (long i = 0; i < inner; i++) {
      long at = o * count * inner + i;
      softmax_line(call->out + at, call->in[0] + at, count, inner);
    }
  }
}

const vsg_kernel vsg_cpu_softmax = {.run = run};
