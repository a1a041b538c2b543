/* concat: inputs one after another along an axis. */
#include <string.h>

#include "core/cpu/cpu.h"

/* Every input is (outer, its own size of axis and inner), and so is out. */
static void run(const vsg_call *call) {
  int axis = (int)vsg_node_integer(call->node, "axis");
  long row = vsg_shape_numel(&call->shape, axis);
  long outer = vsg_shape_numel(&call->shape, 0) / row;
  float *to = call->out;
  for (int k = 0; k < call->node->inputs; k++) {
    long part = vsg_shape_numel(&call->in_shape[k], axis);
    for (long o = 0; o < outer; o++) {
      memcpy(to + o * row, call->in[k] + o * part, (size_t)part * sizeof *to);
    }
    to += part;
  }
}

const vsg_kernel vsg_cpu_concat = {.run = run};
