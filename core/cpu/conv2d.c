/* conv2d as a matrix product: the windows of a strip of rows become columns
 * (im2col), and OpenBLAS multiplies weight (out, C*kh*kw) with them. A 1x1
 * convolution of stride 1 is the product of weight and image as it lies. */
#include <cblas.h>
#include <string.h>

#include "core/cpu/cpu.h"
#include "core/graph/window.h"

/* Floats of columns at a time, 4 MB: large enough for long products, small
 * enough that the columns are still in cache when they are read. */
enum { STRIP = 1 << 20 };

/* What all parts of one convolution share. */
typedef struct geometry {
  vsg_window w;
  long groups, channels, out; /* channels and out of one group */
  long depth;                 /* rows of the column matrix: channels*kh*kw */
  long rows;                  /* rows of the result in a strip */
} geometry;

static geometry geometry_of(const vsg_node *node, const vsg_shape *in,
                            const vsg_shape *out) {
  geometry g;
  vsg_error unused; /* the graph has computed this window before */
  vsg_window_of(&g.w, node, in, &unused);
  g.groups = vsg_node_integer(node, "groups");
  g.channels = in->dim[1] / g.groups;
  g.out = out->dim[1] / g.groups;
  g.depth = g.channels * g.w.kernel[0] * g.w.kernel[1];
  g.rows = STRIP / (g.depth * g.w.out[1]);
  if (g.rows < 1) g.rows = 1;
  if (g.rows > g.w.out[0]) g.rows = g.w.out[0];
  return g;
}

static bool is_plain(const vsg_window *w) {
  for (int i = 0; i < 2; i++) {
    if (w->kernel[i] != 1 || w->stride[i] != 1) return false;
    if (w->before[i] != 0 || w->after[i] != 0) return false;
  }
  return true;
}

static bool is_depthwise(const geometry *g) {
  return g->groups > 1 && g->channels == 1;
}

static size_t scratch(const vsg_node *node, const vsg_shape *in,
                      const vsg_shape *out) {
  geometry g = geometry_of(node, in, out);
  if (is_plain(&g.w) || is_depthwise(&g)) return 0;
  return (size_t)(g.depth * g.rows * g.w.out[1]);
}

/* One row of the column matrix for one row of results: the inputs under tap kx
 * of row `in` for each result x; zeros where the window hangs over. */
static void fill_row(float *out, const float *in, const vsg_window *w,
                     long kx) {
  long stride = w->stride[1], shift = kx * w->dilation[1] - w->before[1];
  long x = 0, end = w->out[1];
  for (; x < end && x * stride + shift < 0; x++) out[x] = 0;
  while (end > x && (end - 1) * stride + shift >= w->in[1]) out[--end] = 0;
  if (stride == 1 && end > x) {
    memcpy(out + x, in + x + shift, (size_t)(end - x) * sizeof *out);
  } else {
    for (; x < end; x++) out[x] = in[x * stride + shift];
  }
}

/* in (channels,H,W) to columns (depth, rows*outW) for result rows y0..y1. */
static void columns(float *out, const float *in, const geometry *g, long y0,
                    long y1) {
  const vsg_window *w = &g->w;
  long taps = w->kernel[0] * w->kernel[1], width = w->out[1];
#pragma omp parallel for if (g->depth * (y1 - y0) * width >= VSG_CPU_PARALLEL)
  for (long row = 0; row < g->depth; row++) {
    long c = row / taps, ky = row % taps / w->kernel[1];
    long kx = row % w->kernel[1];
    float *to = out + row * (y1 - y0) * width;
    for (long y = y0; y < y1; y++, to += width) {
      long from = y * w->stride[0] + ky * w->dilation[0] - w->before[0];
      if (from < 0 || from >= w->in[0]) {
        memset(to, 0, (size_t)width * sizeof *to);
      } else {
        fill_row(to, in + (c * w->in[0] + from) * w->in[1], w, kx);
      }
    }
  }
}

/* One group of one image: out (out, outH*outW) += weight (out, depth) times
 * columns, strip by strip; beta 0 overwrites instead. */
static void group(float *out, const float *in, const float *weight,
                  const geometry *g, float beta, float *scratch_memory) {
  long pixels = g->w.out[0] * g->w.out[1];
  bool plain = is_plain(&g->w);
  for (long y = 0; y < g->w.out[0]; y += g->rows) {
    long end = y + g->rows < g->w.out[0] ? y + g->rows : g->w.out[0];
    long start = y * g->w.out[1], count = (end - y) * g->w.out[1];
    const float *cols = plain ? in + start : scratch_memory;
    if (!plain) columns(scratch_memory, in, g, y, end);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)g->out,
                (int)count, (int)g->depth, 1, weight, (int)g->depth, cols,
                (int)(plain ? pixels : count), beta, out + start, (int)pixels);
  }
}

/* in (N,C,H,W), weight (out,C/groups,kh,kw), bias (out), out (N,out,H',W'). */
static void run(const vsg_call *call) {
  geometry g = geometry_of(call->node, &call->in_shape[0], &call->shape);
  const float *weight = vsg_call_slot(call, "weight");
  const float *bias = vsg_call_slot(call, "bias");
  long in_step = g.channels * g.w.in[0] * g.w.in[1];
  long pixels = g.w.out[0] * g.w.out[1], out_step = g.out * pixels;
  if (is_depthwise(&g)) {
    vsg_cpu_conv2d_direct.run(call);
    return;
  }
  for (long i = 0; i < call->shape.dim[0] * g.groups; i++) {
    long k = i % g.groups; /* the group */
    float *out = call->out + i * out_step;
    for (long o = 0; bias && o < g.out; o++) {
      for (long p = 0; p < pixels; p++) {
        out[o * pixels + p] = bias[k * g.out + o];
      }
    }
    group(out, call->in[0] + i * in_step, weight + k * g.out * g.depth, &g,
          bias ? 1 : 0, call->scratch);
  }
}

const vsg_kernel vsg_cpu_conv2d = {.run = run, .scratch = scratch};
