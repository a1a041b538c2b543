/* max_pool: the largest number under a window, padding never among them. NaN
 * under a window makes its result NaN, as in PyTorch. */
#include <math.h>

#include "core/cpu/cpu.h"
#include "core/graph/window.h"

/* The window's part inside the image begins at from and ends before to. */
static float largest(const float *in, const vsg_window *w, const long from[2],
                     const long to[2]) {
  float best = -INFINITY;
  for (long y = from[0]; y < to[0]; y++) {
    for (long x = from[1]; x < to[1]; x++) {
      float v = in[y * w->in[1] + x];
      if (v > best || isnan(v)) best = v;
    }
  }
  return best;
}

/* in (N,C,H,W), out (N,C,H',W'). */
static void run(const vsg_call *call) {
  vsg_window w;
  vsg_error unused; /* the graph has computed this window before */
  long planes = call->shape.dim[0] * call->shape.dim[1];
  long work = vsg_shape_numel(&call->in_shape[0], 0);
  vsg_window_of(&w, call->node, &call->in_shape[0], &unused);
#pragma omp parallel for if (work >= VSG_CPU_PARALLEL)
  for (long p = 0; p < planes; p++) {
    const float *in = call->in[0] + p * w.in[0] * w.in[1];
    float *out = call->out + p * w.out[0] * w.out[1];
    for (long y = 0; y < w.out[0]; y++) {
      for (long x = 0; x < w.out[1]; x++) {
        long from[2], to[2];
        vsg_window_clip(from, to, &w, y, x);
        *out++ = largest(in, &w, from, to);
      }
    }
  }
}

const vsg_kernel vsg_cpu_max_pool = {.run = run};
