/* avg_pool: the mean under a window, summed in f64. */
#include "core/cpu/cpu.h"
#include "core/graph/window.h"

/* How many numbers of the window at y, x lie in the image or its padding; the
 * overhang that ceil allows is neither. */
static long padded_count(const vsg_window *w, long y, long x) {
  const long place[2] = {y, x};
  long count = 1;
  for (int i = 0; i < 2; i++) {
    long from = place[i] * w->stride[i] - w->before[i];
    long to = from + w->kernel[i], end = w->in[i] + w->after[i];
    count *= (to < end ? to : end) - from;
  }
  return count;
}

static double sum_window(const float *in, const vsg_window *w,
                         const long from[2], const long to[2]) {
  double sum = 0;
  for (long y = from[0]; y < to[0]; y++) {
    for (long x = from[1]; x < to[1]; x++) sum += in[y * w->in[1] + x];
  }
  return sum;
}

/* in (N,C,H,W), out (N,C,H',W'). */
static void run(const vsg_call *call) {
  vsg_window w;
  vsg_error unused; /* the graph has computed this window before */
  bool count_pad = vsg_node_flag(call->node, "count_pad");
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
        long count = count_pad ? padded_count(&w, y, x)
                               : (to[0] - from[0]) * (to[1] - from[1]);
        *out++ = (float)(sum_window(in, &w, from, to) / (double)count);
      }
    }
  }
}

const vsg_kernel vsg_cpu_avg_pool = {.run = run};
