/* reshape: a copy. */
#include <string.h>

#include "core/cpu/cpu.h"

static void run(const vsg_call *call) {
  long count = vsg_shape_numel(&call->in_shape[0], 0);
  memcpy(call->out, call->in[0], (size_t)count * sizeof *call->out);
}

const vsg_kernel vsg_cpu_reshape = {.run = run};
