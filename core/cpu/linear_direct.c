/* linear by its definition, summed in f64: the specification of linear.c. */
#include "core/cpu/cpu.h"

/* in (N,F), weight (O,F), bias (O), out (N,O). */
static void run(const vsg_call *call) {
  const float *weight = vsg_call_slot(call, "weight");
  const float *bias = vsg_call_slot(call, "bias");
  long N = call->shape.dim[0], O = call->shape.dim[1];
  long F = call->in_shape[0].dim[1];
  for (long n = 0; n < N; n++) {
    for (long o = 0; o < O; o++) {
      double sum = bias ? bias[o] : 0;
      for (long f = 0; f < F; f++) {
        sum += (double)call->in[0][n * F + f] * weight[o * F + f];
      }
      call->out[n * O + o] = (float)sum;
    }
  }
}

const vsg_kernel vsg_cpu_linear_direct = {.run = run};
