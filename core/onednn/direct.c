/* Convolutions of small networks for images of any size: three input channels,
 * or a few dozen, a PReLU behind them. oneDNN makes code for each size, has no
 * fast PReLU, and takes minutes of photos of different sizes to earn that back;
 * these loops are compiled once. Where the size is known oneDNN is faster, with
 * a pass for the PReLU: R-Net by 7 % and O-Net by 30 %.
 *
 * Results go to blocks of 16 channels (as oneDNN's aBcd16b), or, where there
 * are few, to plain numbers. A tile is up to 12 places of a row by 1 or 2
 * blocks: its sums stay in registers over all taps. A row is shared out evenly,
 * for a tile of few places waits for its own sums: beside tiles of 6 and a rest
 * R-Net is 1.25 times as fast, O-Net 1.2, P-Net 1.07. */
#include <stdlib.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/graph/window.h"
#include "core/onednn/program.h"

enum {
  BLOCK = 16,
  PLACES = 12,      /* of a tile at most, with AVX-512's registers */
  PLACES_FEW = 6,   /* with fewer registers */
  MOST_TAPS = 1152, /* input channels times places of the kernel */
  FEW = 8           /* results that are written as plain numbers */
};

/* What the rows of one convolution share. */
typedef struct work {
  long taps, step;           /* step: between neighbours of a row, numbers */
  const long *offset;        /* of each tap from the place's first */
  const float *weight;       /* (blocks, taps, 16) */
  const float *bias, *slope; /* (blocks, 16); slope is NULL without PReLU */
  long width, plane;         /* of the result; plane: from block to block */
  long channels;             /* of the result when it is plain, else 0 */
  long most;                 /* places of a tile */
} work;

/* Sums of places * blocks vectors; out has a block's results `next` numbers
 * after the other's. Inlined for each number of places and blocks, so that
 * they are registers. */
static inline __attribute__((always_inline)) void tile(
    float *out, long next, const float *in, const work *w, long block,
    const int places, const int blocks, const long step) {
  vsg_lanes sum[PLACES][2];
  const float *k = w->weight + block * w->taps * BLOCK;
  long second = blocks > 1 ? w->taps * BLOCK : 0;
  for (int p = 0; p < places; p++) {
    for (int b = 0; b < blocks; b++) {
      sum[p][b] = *(const vsg_lanes *)(w->bias + (block + b) * BLOCK);
    }
  }
  for (long t = 0; t < w->taps; t++, k += BLOCK) {
    const float *at = in + w->offset[t];
    vsg_lanes a = *(const vsg_lanes *)k, c = *(const vsg_lanes *)(k + second);
    for (int p = 0; p < places; p++) {
      sum[p][0] += at[p * step] * a;
      if (blocks > 1) sum[p][1] += at[p * step] * c;
    }
  }
  for (int b = 0; w->slope && b < blocks; b++) {
    vsg_lanes slope = *(const vsg_lanes *)(w->slope + (block + b) * BLOCK);
    for (int p = 0; p < places; p++) { /* where the sign is set, x * slope */
      vsg_bits negative = (vsg_bits)sum[p][b] >> 31;
      vsg_bits steep = (vsg_bits)(sum[p][b] * slope);
      sum[p][b] =
          (vsg_lanes)((negative & steep) | (~negative & (vsg_bits)sum[p][b]));
    }
  }
  for (int p = 0; p < places; p++) {
    for (int b = 0; b < blocks; b++) {
      *(vsg_lanes *)(out + b * next + p * BLOCK) = sum[p][b];
    }
  }
}

/* The tile for so many places, 1 to PLACES. */
static inline __attribute__((always_inline)) void tile_of(
    float *out, long next, const float *in, const work *w, long block,
    long places, const int blocks, const long step) {
  switch (places) {
#define X(n)                                        \
  case n:                                           \
    tile(out, next, in, w, block, n, blocks, step); \
    break;
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#undef X
  }
}

static inline __attribute__((always_inline)) void tile_any(
    float *out, long next, const float *in, const work *w, long block,
    long places, int blocks) {
  if (w->step == BLOCK && blocks == 2) {
    tile_of(out, next, in, w, block, places, 2, BLOCK);
  } else if (w->step == BLOCK) {
    tile_of(out, next, in, w, block, places, 1, BLOCK);
  } else if (w->step == 1) {
    tile_of(out, next, in, w, block, places, 1, 1);
  } else {
    tile_of(out, next, in, w, block, places, 1, w->step);
  }
}

/* A row of 1 or 2 blocks from `block` on: out is its place in the first. */
VSG_EVERY_PROCESSOR static void row(float *out, const float *in, const work *w,
                                    long block, int blocks) {
  float few[PLACES * BLOCK];
  long places;
  for (long x = 0; x < w->width; x += places) {
    long rest = w->width - x, tiles = (rest + w->most - 1) / w->most;
    places = (rest + tiles - 1) / tiles;
    float *to = w->channels ? few : out + x * BLOCK;
    tile_any(to, w->plane, in + x * w->step, w, block, places, blocks);
    for (long c = 0; c < w->channels; c++) {
      for (long p = 0; p < places; p++) {
        out[c * w->plane + x + p] = few[p * BLOCK + c];
      }
    }
  }
}

/* ---- pieces ---- */

static long blocks_of(long channels) { return (channels + BLOCK - 1) / BLOCK; }

/* Offsets of the taps, in the order of the weights: channels, rows, columns. */
static void find_offsets(long *out, const vsg_window *w, long channels,
                         const vsg_dnn_piece *in) {
  for (long c = 0; c < channels; c++) {
    long first = c / in->block * in->plane + c % in->block;
    for (long y = 0; y < w->kernel[0]; y++) {
      for (long x = 0; x < w->kernel[1]; x++) {
        *out++ = first + y * in->row + x * in->block;
      }
    }
  }
}

void vsg_dnn_convolve(const vsg_dnn_step *step, const vsg_dnn_piece *out,
                      const vsg_dnn_piece *in, long height, long width) {
  const vsg_node *root = &step->request->graph->node[step->root];
  const vsg_shape *shape = &root->slot[0].shape;
  long offset[MOST_TAPS], blocks = blocks_of(shape->dim[0]);
  bool many = vsg_dnn_can(dnnl_cpu_isa_avx512_core); /* registers */
  long pair = in->block == BLOCK && many ? 2 : 1;
  long pairs = (blocks + pair - 1) / pair;
  find_offsets(offset, &step->window, shape->dim[1], in);
  work k = {.taps = vsg_shape_numel(shape, 1),
            .step = in->block,
            .offset = offset,
            .weight = step->constant,
            .width = width,
            .plane = out->plane,
            .channels = step->plain ? shape->dim[0] : 0,
            .most = many ? PLACES : PLACES_FEW};
  k.bias = k.weight + blocks * k.taps * BLOCK;
  if (step->activated) k.slope = k.bias + blocks * BLOCK;
#pragma omp parallel for if (k.taps * height * width * blocks > \
                             VSG_CPU_PARALLEL)
  for (long i = 0; i < pairs * height; i++) {
    long b = i / height * pair, y = i % height;
    row(out->at + b * out->plane + y * out->row, in->at + y * in->row, &k, b,
        blocks - b < pair ? 1 : (int)pair);
  }
}

vsg_dnn_piece vsg_dnn_whole(float *at, const vsg_shape *shape, long block,
                            long image) {
  long row = shape->dim[3] * block, plane = shape->dim[2] * row;
  long each = (shape->dim[1] + block - 1) / block * plane;
  return (vsg_dnn_piece){at + image * each, block, row, plane};
}

/* at: in, out. */
static void run(const vsg_dnn_step *step, void *const *at, float *scratch) {
  const vsg_request *r = step->request;
  const vsg_shape *out = &r->shape[step->node];
  const vsg_shape *in = &r->shape[r->graph->node[step->root].input[0]];
  (void)scratch;
  for (long n = 0; n < step->images; n++) {
    vsg_dnn_piece from = vsg_dnn_whole(at[0], in, step->block, n);
    vsg_dnn_piece to = vsg_dnn_whole(at[1], out, step->plain ? 1 : BLOCK, n);
    vsg_dnn_convolve(step, &to, &from, out->dim[2], out->dim[3]);
  }
}

/* ---- building ---- */

const char vsg_dnn_direct_name[] = "visage: direct";

static bool is_every_place(const vsg_window *w) {
  for (int i = 0; i < 2; i++) {
    if (w->stride[i] != 1 || w->dilation[i] != 1 || w->before[i] != 0 ||
        w->after[i] != 0) {
      return false;
    }
  }
  return true;
}

/* Weights (out,C,kh,kw) as (blocks, C*kh*kw, 16), bias and slopes, zeros for
 * the channels that fill the last block. */
static vsg_status pack(float **out, vsg_dnn_program *p, int group,
                       const vsg_node *activation, vsg_error *err) {
  const vsg_graph *g = p->shared->request->graph;
  const vsg_node *root = &g->node[p->shared->fusion.group[group].root];
  const vsg_shape *shape = &root->slot[0].shape;
  long channels = shape->dim[0], taps = vsg_shape_numel(shape, 1);
  long padded = blocks_of(channels) * BLOCK;
  size_t count = (size_t)(padded * (taps + 2));
  float *weight, *bias;
  if (vsg_fuse_weights(&weight, &bias, g, &p->shared->fusion, group, err)) {
    return err->code;
  }
  *out = calloc(count, sizeof **out);
  for (long c = 0; *out && c < channels; c++) {
    float *to = *out + c / BLOCK * taps * BLOCK + c % BLOCK;
    for (long t = 0; t < taps; t++) to[t * BLOCK] = weight[c * taps + t];
    if (bias) (*out)[padded * taps + c] = bias[c];
  }
  free(weight);
  free(bias);
  if (!*out) return vsg_fail_memory(err, "plan", count * sizeof **out);
  if (activation) {
    memcpy(*out + padded * (taps + 1),
           vsg_tensor_data(activation->slot[0].tensor),
           (size_t)channels * sizeof **out);
  }
  return VSG_OK;
}

vsg_status vsg_dnn_direct(bool *done, vsg_dnn_program *p, int node, int group,
                          const vsg_window *w, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_group *g = &p->shared->fusion.group[group];
  const vsg_node *root = &r->graph->node[g->root];
  int input = root->input[0], prelu = vsg_dnn_prelu_after(p, node), dst;
  const dnnl_memory_desc_t *src = vsg_dnn_layout(p, input);
  const vsg_shape *weights = &root->slot[0].shape;
  bool alone = w->kernel[0] * w->kernel[1] == 1 && weights->dim[0] <= FEW;
  dnnl_memory_desc_t md, from = *src;
  vsg_dnn_blocks l;
  vsg_dnn_step *step;
  if (!(r->passes & VSG_PASS_own) || !vsg_dnn_is_open(r) || g->residual >= 0 ||
      g->activation >= 0 || !is_every_place(w) ||
      (alone ? prelu >= 0 : prelu < 0 || w->kernel[0] * w->kernel[1] == 1) ||
      vsg_node_integer(root, "groups") != 1 ||
      vsg_shape_numel(weights, 1) > MOST_TAPS || from.data_type != dnnl_f32 ||
      p->shared->type[node] != dnnl_f32 || !vsg_dnn_blocks_of(&l, &from)) {
    return VSG_OK;
  }
  float *constant;
  *done = true;
  if (vsg_dnn_describe(&md, &r->shape[node], p->images, dnnl_f32,
                       alone ? dnnl_abcd : dnnl_aBcd16b, err) ||
      vsg_dnn_make(&dst, p, node, &md, err) ||
      pack(&constant, p, group, prelu >= 0 ? &r->graph->node[prelu] : NULL,
           err)) {
    return err->code;
  }
  if (vsg_dnn_step_new(&step, p, prelu >= 0 ? prelu : node, err)) {
    free(constant);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, p->primary[input]);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  if (prelu >= 0) p->primary[prelu] = dst;
  step->root = g->root;
  step->window = *w;
  step->block = l.block;
  step->plain = alone;
  step->activated = prelu >= 0;
  step->constant = constant;
  step->impl = vsg_dnn_direct_name;
  step->run = run;
  return VSG_OK;
}
