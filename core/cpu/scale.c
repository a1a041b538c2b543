/* scale: x * gamma + beta. */
#include "core/cpu/cpu.h"

/* in (N,C,plane), gamma and beta (C), out like in. */
static void run(const vsg_call *call) {
  const float *gamma = vsg_call_slot(call, "gamma");
  const float *beta = vsg_call_slot(call, "beta");
  long N = call->shape.dim[0], C = call->shape.dim[1];
  long plane = vsg_call_plane(call);
#pragma omp parallel for collapse(2) if (N * C * plane >= VSG_CPU_PARALLEL)
  for (long n = 0; n < N; n++) {
    for (long c = 0; c < C; c++) {
      const float *in = call->in[0] + (n * C + c) * plane;
      float *out = call->out + (n * C + c) * plane;
      float b = beta ? beta[c] : 0;
      for (long i = 0; i < plane; i++) out[i] = in[i] * gamma[c] + b;
    }
  }
}

const vsg_kernel vsg_cpu_scale = {.run = run};
