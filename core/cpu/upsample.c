/* upsample: the nearest number, out[y][x] = in[y H / H'][x W / W'], rounded
 * down as PyTorch's interpolate(mode="nearest") does. */
#include "core/cpu/cpu.h"

/* in (N,C,H,W), out (N,C,H',W'). */
static void run(const vsg_call *call) {
  const long *in = &call->in_shape[0].dim[2], *out = &call->shape.dim[2];
  long planes = call->shape.dim[0] * call->shape.dim[1];
  long work = vsg_shape_numel(&call->shape, 0);
#pragma omp parallel for if (work >= VSG_CPU_PARALLEL)
  for (long p = 0; p < planes; p++) {
    float *to = call->out + p * out[0] * out[1];
    for (long y = 0; y < out[0]; y++) {
      const float *row = call->in[0] + (p * in[0] + y * in[0] / out[0]) * in[1];
      for (long x = 0; x < out[1]; x++) *to++ = row[x * in[1] / out[1]];
    }
  }
}

const vsg_kernel vsg_cpu_upsample = {.run = run};
