/* relu: max(x, 0); NaN stays NaN. */
#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  const float *in = call->in[0];
  float *out = call->out;
  long count = vsg_shape_numel(&call->shape, 0);
#pragma omp parallel for simd if (parallel : count >= VSG_CPU_PARALLEL)
  for (long i = 0; i < count; i++) out[i] = in[i] < 0 ? 0 : in[i];
}

const vsg_kernel vsg_cpu_relu = {.run = run};
