/* flatten: a copy, in the order of the axes that was asked for. */
#include <string.h>

#include "core/cpu/cpu.h"

/* in (N,C,plane), out (N,plane,C). */
static void channels_last(float *out, const float *in, long N, long C,
                          long plane) {
  for (long n = 0; n < N; n++) {
    for (long i = 0; i < plane; i++) {
      for (long c = 0; c < C; c++) *out++ = in[(n * C + c) * plane + i];
    }
  }
}

static void run(const vsg_call *call) {
  const vsg_shape *in = &call->in_shape[0];
  if (vsg_node_is(call->node, "order", "hwc")) {
    channels_last(call->out, call->in[0], in->dim[0], in->dim[1],
                  vsg_shape_numel(in, 2));
  } else {
    memcpy(call->out, call->in[0],
           (size_t)vsg_shape_numel(in, 0) * sizeof *call->out);
  }
}

const vsg_kernel vsg_cpu_flatten = {.run = run};
