/* clip: min(max(x, low), high); NaN stays NaN. */
#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  const float low = (float)vsg_node_number(call->node, "low");
  const float high = (float)vsg_node_number(call->node, "high");
  const float *in = call->in[0];
  float *out = call->out;
  long count = vsg_shape_numel(&call->shape, 0);
#pragma omp parallel for simd if (parallel : count >= VSG_CPU_PARALLEL)
  for (long i = 0; i < count; i++) {
    float x = in[i] < low ? low : in[i];
    out[i] = x > high ? high : x;
  }
}

const vsg_kernel vsg_cpu_clip = {.run = run};
