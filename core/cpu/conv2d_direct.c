/* conv2d by its definition, summed in f64: the specification of conv2d.c. */
#include "core/cpu/cpu.h"
#include "core/graph/window.h"

/* The sum under one window. in is the first channel of its group, weight the
 * kernel of its result channel; y and x are the window's corner, which may lie
 * outside the image, where everything is 0. */
static double sum_window(const float *in, const float *weight, long channels,
                         const vsg_window *w, long y, long x) {
  double sum = 0;
  for (long c = 0; c < channels; c++) {
    for (long ky = 0; ky < w->kernel[0]; ky++) {
      long iy = y + ky * w->dilation[0];
      if (iy < 0 || iy >= w->in[0]) continue;
      for (long kx = 0; kx < w->kernel[1]; kx++) {
        long ix = x + kx * w->dilation[1];
        if (ix < 0 || ix >= w->in[1]) continue;
        sum += (double)in[(c * w->in[0] + iy) * w->in[1] + ix] *
               weight[(c * w->kernel[0] + ky) * w->kernel[1] + kx];
      }
    }
  }
  return sum;
}

/* in (N,C,H,W), weight (out,C/groups,kh,kw), bias (out), out (N,out,H',W'). */
static void run(const vsg_call *call) {
  vsg_window w;
  vsg_error unused; /* the graph has computed this window before */
  const float *weight = vsg_call_slot(call, "weight");
  const float *bias = vsg_call_slot(call, "bias");
  long groups = vsg_node_integer(call->node, "groups");
  long N = call->shape.dim[0], out = call->shape.dim[1];
  long C = call->in_shape[0].dim[1], channels = C / groups;
  double work = (double)vsg_shape_numel(&call->shape, 0) *
                (double)vsg_shape_numel(&call->node->slot[0].shape, 1);
  vsg_window_of(&w, call->node, &call->in_shape[0], &unused);
#pragma omp parallel for collapse(2) if (work >= VSG_CPU_PARALLEL)
  for (long n = 0; n < N; n++) {
    for (long o = 0; o < out; o++) {
      long first = o / (out / groups) * channels;
      const float *in = call->in[0] + (n * C + first) * w.in[0] * w.in[1];
      const float *k = weight + o * channels * w.kernel[0] * w.kernel[1];
      float *to = call->out + (n * out + o) * w.out[0] * w.out[1];
      for (long y = 0; y < w.out[0]; y++) {
        for (long x = 0; x < w.out[1]; x++) {
          double sum =
              sum_window(in, k, channels, &w, y * w.stride[0] - w.before[0],
                         x * w.stride[1] - w.before[1]);
          *to++ = (float)(bias ? sum + bias[o] : sum);
        }
      }
    }
  }
}

const vsg_kernel vsg_cpu_conv2d_direct = {.run = run};
