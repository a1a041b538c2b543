/* Walking two inputs; see broadcast.h. */
#include "core/cpu/broadcast.h"

/* Steps of an input for each axis of the result, 0 where it is repeated. */
static void steps_of(long step[VSG_MAX_DIMS], const vsg_shape *in) {
  long numbers = 1;
  for (int i = in->dims - 1; i >= 0; i--) {
    step[i] = in->dim[i] == 1 ? 0 : numbers;
    numbers *= in->dim[i];
  }
}

/* Where the line that begins at result number `line * width` reads from. */
static long start_of(const long step[VSG_MAX_DIMS], const vsg_shape *out,
                     int last, long line) {
  long at = 0;
  for (int i = last - 1; i >= 0; i--) {
    at += line % out->dim[i] * step[i];
    line /= out->dim[i];
  }
  return at;
}

/* True when this input is read as one line from axis i of the result on: with
 * step 1, or the same number repeated. */
static bool is_line(const vsg_shape *in, const vsg_shape *out, int i) {
  long count = vsg_shape_numel(in, i);
  return count == 1 || count == vsg_shape_numel(out, i);
}

void vsg_cpu_broadcast(const vsg_call *call, vsg_lines *lines) {
  const vsg_shape *a = &call->in_shape[0], *b = &call->in_shape[1];
  const vsg_shape *out = &call->shape;
  long a_step[VSG_MAX_DIMS], b_step[VSG_MAX_DIMS];
  int last = out->dims - 1; /* first axis of a line */
  long width, count;
  steps_of(a_step, a);
  steps_of(b_step, b);
  while (last > 2 && is_line(a, out, last - 1) && is_line(b, out, last - 1)) {
    last--;
  }
  width = vsg_shape_numel(out, last);
  count = vsg_shape_numel(out, 0) / width;
#pragma omp parallel for if (count * width >= VSG_CPU_PARALLEL)
  for (long line = 0; line < count; line++) {
    lines(call->out + line * width,
          call->in[0] + start_of(a_step, out, last, line),
          call->in[1] + start_of(b_step, out, last, line), width,
          vsg_shape_numel(a, last) == width, vsg_shape_numel(b, last) == width);
  }
}
