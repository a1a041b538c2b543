/* zero_pad: zeros around the image and zero channels after the last one. */
#include <string.h>

#include "core/cpu/cpu.h"

/* in (N,C,H,W), out (N,C+channels,top+H+bottom,left+W+right). */
static void run(const vsg_call *call) {
  const vsg_shape *in = &call->in_shape[0], *out = &call->shape;
  long top = vsg_node_integer(call->node, "top");
  long left = vsg_node_integer(call->node, "left");
  const float *from = call->in[0];
  memset(call->out, 0, (size_t)vsg_shape_numel(out, 0) * sizeof *call->out);
  for (long n = 0; n < in->dim[0]; n++) {
    for (long c = 0; c < in->dim[1]; c++) {
      float *plane =
          call->out + (n * out->dim[1] + c) * out->dim[2] * out->dim[3];
      for (long y = 0; y < in->dim[2]; y++, from += in->dim[3]) {
        memcpy(plane + (top + y) * out->dim[3] + left, from,
               (size_t)in->dim[3] * sizeof *from);
      }
    }
  }
}

const vsg_kernel vsg_cpu_zero_pad = {.run = run};
