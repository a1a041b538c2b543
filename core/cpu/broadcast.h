/* Walking two inputs of which one may have size 1 where the other has more. */
#ifndef VSG_CPU_BROADCAST_H
#define VSG_CPU_BROADCAST_H

#include "core/cpu/cpu.h"

/* Calls lines for every run of count results that is contiguous; a step is 1,
 * or 0 where the same number is repeated. */
typedef void vsg_lines(float *out, const float *a, const float *b, long count,
                       long a_step, long b_step);
void vsg_cpu_broadcast(const vsg_call *call, vsg_lines *lines);

#endif
