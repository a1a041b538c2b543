/* batch_norm: (x - mean) / sqrt(var + eps) * gamma + beta. */
#include <math.h>

#include "core/cpu/cpu.h"

/* in (N,C,plane), slots (C), out like in. gamma / sqrt(var + eps) is one number
 * a channel, made in f64. */
static void run(const vsg_call *call) {
  const float *gamma = vsg_call_slot(call, "gamma");
  const float *beta = vsg_call_slot(call, "beta");
  const float *mean = vsg_call_slot(call, "mean");
  const float *var = vsg_call_slot(call, "var");
  double eps = vsg_node_number(call->node, "eps");
  long N = call->shape.dim[0], C = call->shape.dim[1];
  long plane = vsg_call_plane(call);
#pragma omp parallel for collapse(2) if (N * C * plane >= VSG_CPU_PARALLEL)
  for (long n = 0; n < N; n++) {
    for (long c = 0; c < C; c++) {
      const float *in = call->in[0] + (n * C + c) * plane;
      float *out = call->out + (n * C + c) * plane;
      float m = mean[c], b = beta ? beta[c] : 0;
      float k = (float)((gamma ? gamma[c] : 1) / sqrt(var[c] + eps));
      for (long i = 0; i < plane; i++) out[i] = (in[i] - m) * k + b;
    }
  }
}

const vsg_kernel vsg_cpu_batch_norm = {.run = run};
