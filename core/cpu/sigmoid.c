/* sigmoid: 1 / (1 + exp(-x)); an overflow of exp gives the right limit, 0. */
#include <math.h>

#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  const float *in = call->in[0];
  float *out = call->out;
  long count = vsg_shape_numel(&call->shape, 0);
  for (long i = 0; i < count; i++) out[i] = 1 / (1 + expf(-in[i]));
}

const vsg_kernel vsg_cpu_sigmoid = {.run = run};
