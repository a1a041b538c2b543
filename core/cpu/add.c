/* add: the sum of two inputs, element by element. */
#include "core/cpu/broadcast.h"
#include "core/cpu/cpu.h"

static void add_lines(float *out, const float *a, const float *b, long count,
                      long a_step, long b_step) {
  if (a_step == 1 && b_step == 1) { /* the common case, which vectorises */
    for (long i = 0; i < count; i++) out[i] = a[i] + b[i];
  } else {
    for (long i = 0; i < count; i++) out[i] = a[i * a_step] + b[i * b_step];
  }
}

static void run(const vsg_call *call) { vsg_cpu_broadcast(call, add_lines); }

const vsg_kernel vsg_cpu_add = {.run = run};
