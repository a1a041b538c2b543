/* linear as a matrix product: out (N,O) = in (N,F) * weight (O,F)^T + bias. */
#include <cblas.h>

#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  const float *weight = vsg_call_slot(call, "weight");
  const float *bias = vsg_call_slot(call, "bias");
  long N = call->shape.dim[0], O = call->shape.dim[1];
  long F = call->in_shape[0].dim[1];
  for (long n = 0; bias && n < N; n++) {
    for (long o = 0; o < O; o++) call->out[n * O + o] = bias[o];
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)N, (int)O, (int)F,
              1, call->in[0], (int)F, weight, (int)F, bias ? 1 : 0, call->out,
              (int)O);
}

const vsg_kernel vsg_cpu_linear = {.run = run};
