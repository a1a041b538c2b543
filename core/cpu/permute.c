/* permute: axis i of the result is axis order[i] of the input. */
#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  const double *order = vsg_node_value(call->node, "order")->number;
  const vsg_shape *in = &call->in_shape[0], *out = &call->shape;
  long step[VSG_MAX_DIMS]; /* of the result's axes in the input */
  long count = vsg_shape_numel(out, 0);
  step[0] = vsg_shape_numel(in, 1);
  for (int i = 1; i < out->dims; i++) {
    step[i] = vsg_shape_numel(in, (int)order[i - 1] + 1);
  }
  for (long i = 0; i < count; i++) {
    long at = 0, rest = i;
    for (int d = out->dims - 1; d >= 0; d--) {
      at += rest % out->dim[d] * step[d];
      rest /= out->dim[d];
    }
    call->out[i] = call->in[0][at];
  }
}

const vsg_kernel vsg_cpu_permute = {.run = run};
