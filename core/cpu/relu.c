/* relu: x, times slope where negative; NaN stays NaN. */
#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  const float slope = (float)vsg_node_number(call->node, "slope");
  const float *in = call->in[0];
  float *out = call->out;
  long count = vsg_shape_numel(&call->shape, 0);
#pragma omp parallel for simd if (parallel : count >= VSG_CPU_PARALLEL)
  for (long i = 0; i < count; i++) out[i] = in[i] < 0 ? slope * in[i] : in[i];
}

const vsg_kernel vsg_cpu_relu = {.run = run};
