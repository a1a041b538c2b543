/* global_pool: the mean (summed in f64) or the maximum of each channel; NaN in
 * a channel makes its result NaN. */
#include <math.h>

#include "core/cpu/cpu.h"

static float mean(const float *in, long count) {
  double sum = 0;
  for (long i = 0; i < count; i++) sum += in[i];
  return (float)(sum / (double)count);
}

static float largest(const float *in, long count) {
  float best = -INFINITY;
  for (long i = 0; i < count; i++) {
    if (in[i] > best || isnan(in[i])) best = in[i];
  }
  return best;
}

/* in (N,C,H,W), out (N,C,1,1). */
static void run(const vsg_call *call) {
  bool avg = vsg_node_is(call->node, "mode", "avg");
  long planes = call->shape.dim[0] * call->shape.dim[1];
  long count = vsg_shape_numel(&call->in_shape[0], 2);
#pragma omp parallel for if (planes * count >= VSG_CPU_PARALLEL)
  for (long p = 0; p < planes; p++) {
    const float *in = call->in[0] + p * count;
    call->out[p] = avg ? mean(in, count) : largest(in, count);
  }
}

const vsg_kernel vsg_cpu_global_pool = {.run = run};
