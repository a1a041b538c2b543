/* Depthwise 3x3 convolutions with the PReLU before them and the one behind
 * them in one pass: oneDNN has no fast PReLU, and a pass of its own over the
 * map takes as long as the convolution. Sums are of f32, whatever type the maps
 * are kept in, and so are the weights. MobileFaceNet's 16 of them with their 32
 * PReLUs take 0.22 ms of an image where oneDNN's and passes took 0.38.
 *
 * Three rows of the input, of 16 channels, wait as f32 in the first cache with
 * the PReLU done; a row of results is made of them in tiles of 7 places. Whole
 * numbers need no scale here: both PReLUs leave one alone, so the weights and
 * the bias hold it. */
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/graph/window.h"
#include "core/onednn/program.h"

enum {
  BLOCK = 16,
  KERNEL = 3,
  PLACES = 7,         /* MobileFaceNet's rows are multiples of it */
  MOST_COLUMNS = 256, /* of the input, with padding */
  TAPS = KERNEL * KERNEL,
  LINE = 64 /* bytes */
};

/* 16 numbers of the other types. Bytes go by way of halves: gcc takes steps of
 * more than twice a number's size one by one. */
typedef uint16_t halves __attribute__((vector_size(32), aligned(2), may_alias));
typedef int16_t signed_halves
    __attribute__((vector_size(32), aligned(2), may_alias));
typedef int8_t signed_bytes
    __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint8_t unsigned_bytes
    __attribute__((vector_size(16), aligned(1), may_alias));

/* What a block of channels is computed with. */
typedef struct numbers {
  vsg_lanes weight[TAPS], bias;
  vsg_lanes before, after; /* slopes; 1 where there is no PReLU */
} numbers;

/* A map: numbers between places, rows, blocks of channels, and images. */
typedef struct map {
  char *at;
  dnnl_data_type_t type;
  long place, row, block, image;
} map;

/* ---- 16 numbers ---- */

/* x * slope where the sign is set. */
static inline __attribute__((always_inline)) void prelu(
    vsg_lanes *x, const vsg_lanes *slope) {
  vsg_bits negative = (vsg_bits)*x >> 31, steep = (vsg_bits)(*x * *slope);
  *x = (vsg_lanes)((negative & steep) | (~negative & (vsg_bits)*x));
}

static inline __attribute__((always_inline)) void load(vsg_lanes *out,
                                                       const char *in,
                                                       dnnl_data_type_t type) {
  if (type == dnnl_bf16) {
    *out = (vsg_lanes)(__builtin_convertvector(*(const halves *)in, vsg_bits)
                       << 16);
  } else if (type == dnnl_s8) {
    signed_halves h =
        __builtin_convertvector(*(const signed_bytes *)in, signed_halves);
    *out = __builtin_convertvector(__builtin_convertvector(h, vsg_bits),
                                   vsg_lanes);
  } else if (type == dnnl_u8) {
    halves h = __builtin_convertvector(*(const unsigned_bytes *)in, halves);
    *out = __builtin_convertvector(__builtin_convertvector(h, vsg_bits),
                                   vsg_lanes);
  } else {
    *out = *(const vsg_lanes *)in;
  }
}

/* All bits where x is NaN: above infinity, but for its sign. */
#define NAN_BITS(x) ((0x7f800000 - ((x)&0x7fffffff)) >> 31)

/* To the nearest, to even between two, as vsg_dnn_narrow does. */
static inline __attribute__((always_inline)) void store_bf16(
    char *out, const vsg_lanes *x) {
  vsg_bits bits = (vsg_bits)*x, none = NAN_BITS(bits);
  vsg_bits rounded = bits + 0x7fff + ((bits >> 16) & 1);
  rounded = (rounded & ~none) | ((bits | 0x400000) & none);
  *(halves *)out = __builtin_convertvector(rounded >> 16, halves);
}

/* The nearest whole number from low to high; NaN becomes low. */
static inline __attribute__((always_inline)) void whole(vsg_bits *out,
                                                        const vsg_lanes *x,
                                                        float low, float high) {
  const float shift = 12582912; /* 1.5 x 2^23: floats there are one apart */
  const int shift_bits = 0x4b400000;
  vsg_bits below = ((vsg_bits)(*x - low) >> 31) | NAN_BITS((vsg_bits)*x);
  vsg_bits above = (vsg_bits)(high - *x) >> 31 & ~below;
  vsg_bits sum = (vsg_bits)(*x + shift) - shift_bits;
  *out = (sum & ~(below | above)) | ((int)low & below) | ((int)high & above);
}

static inline __attribute__((always_inline)) void store(char *out,
                                                        const vsg_lanes *x,
                                                        dnnl_data_type_t type) {
  vsg_bits n;
  if (type == dnnl_bf16) {
    store_bf16(out, x);
  } else if (type == dnnl_s8) {
    whole(&n, x, INT8_MIN, INT8_MAX);
    *(signed_bytes *)out = __builtin_convertvector(
        __builtin_convertvector(n, signed_halves), signed_bytes);
  } else if (type == dnnl_u8) {
    whole(&n, x, 0, UINT8_MAX);
    *(unsigned_bytes *)out = __builtin_convertvector(
        __builtin_convertvector(n, halves), unsigned_bytes);
  } else {
    *(vsg_lanes *)out = *x;
  }
}

static size_t bytes_of(dnnl_data_type_t type) {
  return type == dnnl_f32 ? 4 : type == dnnl_bf16 ? 2 : 1;
}

/* ---- rows ---- */

static inline __attribute__((always_inline)) void load_row_of(
    float *out, const char *in, const numbers *k, long width, size_t step,
    dnnl_data_type_t type) {
  for (long x = 0; x < width; x++) {
    vsg_lanes v;
    load(&v, in + (size_t)x * step, type);
    prelu(&v, &k->before);
    *(vsg_lanes *)(out + x * BLOCK) = v;
  }
}

/* step: bytes between neighbours. */
VSG_EVERY_PROCESSOR static void load_row(float *out, const char *in,
                                         const numbers *k, long width,
                                         size_t step, dnnl_data_type_t type) {
  switch (type) {
    case dnnl_bf16:
      load_row_of(out, in, k, width, step, dnnl_bf16);
      break;
    case dnnl_s8:
      load_row_of(out, in, k, width, step, dnnl_s8);
      break;
    case dnnl_u8:
      load_row_of(out, in, k, width, step, dnnl_u8);
      break;
    default:
      load_row_of(out, in, k, width, step, dnnl_f32);
  }
}

/* So many neighbours of a row of results; in: the rows' first places. Inlined
 * for each number, stride and type, so that sums and weights are registers. */
static inline __attribute__((always_inline)) void tile(
    char *out, const float *const in[KERNEL], long first, const numbers *k,
    size_t step, const int places, const int stride, dnnl_data_type_t type) {
  vsg_lanes sum[PLACES];
  for (int p = 0; p < places; p++) sum[p] = k->bias;
#pragma GCC unroll 9
  for (int t = 0; t < TAPS; t++) {
    const float *at = in[t / KERNEL] + (first * stride + t % KERNEL) * BLOCK;
    for (int p = 0; p < places; p++) {
      sum[p] += *(const vsg_lanes *)(at + p * stride * BLOCK) * k->weight[t];
    }
  }
  for (int p = 0; p < places; p++) {
    prelu(&sum[p], &k->after);
    store(out + (size_t)(first + p) * step, &sum[p], type);
  }
}

static inline __attribute__((always_inline)) void tiles(
    char *out, const float *const in[KERNEL], const numbers *k, long width,
    size_t step, const int stride, dnnl_data_type_t type) {
  long x = 0;
  for (; x + PLACES <= width; x += PLACES) {
    tile(out, in, x, k, step, PLACES, stride, type);
  }
  for (; x < width; x++) tile(out, in, x, k, step, 1, stride, type);
}

static inline __attribute__((always_inline)) void row_of(
    char *out, const float *const in[KERNEL], const numbers *k, long width,
    size_t step, long stride, dnnl_data_type_t type) {
  if (stride == 1) {
    tiles(out, in, k, width, step, 1, type);
  } else {
    tiles(out, in, k, width, step, 2, type);
  }
}

VSG_EVERY_PROCESSOR static void row(char *out, const float *const in[KERNEL],
                                    const numbers *k, long width, size_t step,
                                    long stride, dnnl_data_type_t type) {
  switch (type) {
    case dnnl_bf16:
      row_of(out, in, k, width, step, stride, dnnl_bf16);
      break;
    case dnnl_s8:
      row_of(out, in, k, width, step, stride, dnnl_s8);
      break;
    case dnnl_u8:
      row_of(out, in, k, width, step, stride, dnnl_u8);
      break;
    default:
      row_of(out, in, k, width, step, stride, dnnl_f32);
  }
}

/* ---- maps ---- */

/* A row of padding. */
static const _Alignas(LINE) float nothing[MOST_COLUMNS * BLOCK];

/* One block of channels of one image: rows [from, to). */
static void convolve(const map *out, const map *in, const vsg_window *w,
                     const numbers *k, long from, long to) {
  _Alignas(LINE) float ring[KERNEL][MOST_COLUMNS * BLOCK];
  size_t in_bytes = bytes_of(in->type), out_bytes = bytes_of(out->type);
  long columns = (w->out[1] - 1) * w->stride[1] + KERNEL, loaded = 0;
  long left = w->before[1], right = columns - left - w->in[1];
  for (long i = 0; i < KERNEL * BLOCK; i++) {
    long y = i / BLOCK, c = i % BLOCK;
    if (left > 0) ring[y][c] = 0;
    if (right > 0) ring[y][(columns - 1) * BLOCK + c] = 0;
  }
  for (long y = from; y < to; y++) {
    const float *rows[KERNEL];
    long first = y * w->stride[0] - w->before[0];
    for (long i = first; i < first + KERNEL; i++) {
      bool inside = i >= 0 && i < w->in[0];
      rows[i - first] = inside ? ring[i % KERNEL] : nothing;
      if (!inside || i < loaded) continue;
      load_row(ring[i % KERNEL] + left * BLOCK,
               in->at + (size_t)(i * in->row) * in_bytes, k,
               right < 0 ? w->in[1] + right : w->in[1],
               (size_t)in->place * in_bytes, in->type);
      loaded = i + 1;
    }
    row(out->at + (size_t)(y * out->row) * out_bytes, rows, k, w->out[1],
        (size_t)out->place * out_bytes, w->stride[1], out->type);
  }
}

static map map_of(void *at, dnnl_data_type_t type, const vsg_dnn_blocks *l,
                  long width) {
  return (map){.at = at,
               .type = type,
               .place = l->block,
               .row = l->block * width,
               .block = l->blocks > 1 ? l->plane * BLOCK : BLOCK,
               .image = l->blocks * l->block * l->plane};
}

/* The same map from a block of an image on. */
static map from_block(const map *m, long image, long block) {
  map out = *m;
  out.at += (size_t)(image * m->image + block * m->block) * bytes_of(m->type);
  return out;
}

/* at: in, out. */
static void run(const vsg_dnn_step *step, void *const *at, float *scratch) {
  const vsg_window *w = &step->window;
  vsg_dnn_blocks in = {.blocks = step->md.padded_dims[1] / step->block,
                       .block = step->block,
                       .plane = w->in[0] * w->in[1]};
  vsg_dnn_blocks out;
  (void)scratch;
  vsg_dnn_blocks_of(&out, &step->md);
  map from = map_of(at[0], step->arg[0].type, &in, w->in[1]);
  map to = map_of(at[1], step->arg[1].type, &out, w->out[1]);
  long blocks = in.blocks * in.block / BLOCK, rows = w->out[0];
  /* oneDNN's 1x1 convolutions of one image give each thread a part of its rows:
   * so do these loops, and few numbers go from one processor to another. Two
   * threads compute 1.4 times as many images so as with blocks shared. */
  bool alone = step->images == 1 && !omp_in_parallel();
  long parts = alone ? omp_get_max_threads() : 1;
#pragma omp parallel for collapse(3) if (blocks * BLOCK * in.plane * TAPS > \
                                         VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    for (long i = 0; i < parts; i++) {
      for (long b = 0; b < blocks; b++) {
        map source = from_block(&from, n, b), result = from_block(&to, n, b);
        convolve(&result, &source, w, (const numbers *)step->constant + b,
                 rows * i / parts, rows * (i + 1) / parts);
      }
    }
  }
}

/* ---- building ---- */

int vsg_dnn_reader(const vsg_dnn_program *p, int node) {
  const vsg_request *r = p->shared->request;
  int found = -1;
  if (p->shared->last_use[node] == r->graph->nodes) return -1; /* a result */
  for (int i = node + 1; i < r->graph->nodes; i++) {
    const vsg_node *n = &r->graph->node[i];
    for (int k = 0; r->needed[i] && k < n->inputs; k++) {
      if (n->input[k] != node) continue;
      if (found >= 0) return -1;
      found = i;
    }
  }
  return found;
}

int vsg_dnn_prelu_after(const vsg_dnn_program *p, int node) {
  const vsg_request *r = p->shared->request;
  int reader = vsg_dnn_reader(p, node);
  bool fits = (r->passes & VSG_PASS_activation) && reader >= 0 &&
              r->graph->node[reader].layer->id == VSG_LAYER_prelu;
  return fits ? reader : -1;
}

static bool window_fits(const vsg_window *w) {
  for (int i = 0; i < 2; i++) {
    long after = (w->out[i] - 1) * w->stride[i] + KERNEL - w->in[i];
    if (w->kernel[i] != KERNEL || w->dilation[i] != 1 || w->stride[i] > 2 ||
        w->before[i] > 1 || after - w->before[i] > 1) {
      return false;
    }
  }
  return w->stride[0] == w->stride[1] && w->in[1] + 2 <= MOST_COLUMNS;
}

/* Can these loops compute the group from numbers in that layout? */
static bool fits(const vsg_dnn_program *p, int group, const vsg_window *w,
                 const dnnl_memory_desc_t *md) {
  const vsg_group *g = &p->shared->fusion.group[group];
  const vsg_node *root = &p->shared->request->graph->node[g->root];
  const vsg_shape *weights = &root->slot[0].shape;
  vsg_dnn_blocks l;
  return (p->shared->request->passes & VSG_PASS_own) &&
         root->layer->id == VSG_LAYER_conv2d && g->residual < 0 &&
         g->activation < 0 && weights->dim[1] == 1 &&
         vsg_node_integer(root, "groups") == weights->dim[0] &&
         window_fits(w) && vsg_dnn_blocks_of(&l, md) &&
         (l.block == BLOCK || (l.blocks == 1 && l.block % BLOCK == 0));
}

bool vsg_dnn_prelu_waits(const vsg_dnn_program *p, int node) {
  const vsg_request *r = p->shared->request;
  int input = r->graph->node[node].input[0], reader = vsg_dnn_reader(p, node);
  vsg_window w;
  vsg_error err;
  if (vsg_dnn_prelu_after(p, input) != node || reader < 0) return false;
  const vsg_node *root = &r->graph->node[reader];
  int group = p->shared->fusion.member[reader];
  return root->layer->id == VSG_LAYER_conv2d &&
         !vsg_window_of(&w, root, &r->shape[node], &err) &&
         fits(p, group, &w, vsg_dnn_layout(p, input));
}

static const float *slopes(const vsg_graph *g, int node) {
  return node >= 0 ? vsg_tensor_data(g->node[node].slot[0].tensor) : NULL;
}

/* The numbers of each block; zeros for the channels that fill the last one.
 * from and to: what 1 of the input and of the result stands for. */
static vsg_status pack(float **out, const vsg_dnn_program *p, int group,
                       const int prelu[2], float from, float to,
                       vsg_error *err) {
  const vsg_graph *g = p->shared->request->graph;
  int root = p->shared->fusion.group[group].root;
  long channels = g->node[root].slot[0].shape.dim[0];
  long blocks = (channels + BLOCK - 1) / BLOCK;
  const float *before = slopes(g, prelu[0]), *after = slopes(g, prelu[1]);
  float *weight, *bias;
  if (vsg_fuse_weights(&weight, &bias, g, &p->shared->fusion, group, err)) {
    return err->code;
  }
  numbers *k = aligned_alloc(LINE, (size_t)blocks * sizeof *k);
  if (k) memset(k, 0, (size_t)blocks * sizeof *k);
  for (long c = 0; k && c < channels; c++) {
    numbers *of = &k[c / BLOCK];
    for (int t = 0; t < TAPS; t++) {
      of->weight[t][c % BLOCK] = weight[c * TAPS + t] * (from / to);
    }
    if (bias) of->bias[c % BLOCK] = bias[c] / to;
    of->before[c % BLOCK] = before ? before[c] : 1;
    of->after[c % BLOCK] = after ? after[c] : 1;
  }
  free(weight);
  free(bias);
  *out = (float *)k;
  return k ? VSG_OK : vsg_fail_memory(err, "plan", sizeof *k);
}

/* The convolution before a prelu may have done it. */
static bool is_done(const vsg_dnn_program *p, int prelu) {
  for (int i = 0; i < p->steps; i++) {
    if (p->step[i].node == prelu) return true;
  }
  return false;
}

/* The prelus before and after the group that ends with the node, or -1. */
static void find_prelus(int prelu[2], const vsg_dnn_program *p, int node,
                        int group) {
  const vsg_graph *g = p->shared->request->graph;
  int input = g->node[p->shared->fusion.group[group].root].input[0];
  const vsg_node *before = &g->node[input];
  bool waits = before->layer && before->layer->id == VSG_LAYER_prelu &&
               vsg_dnn_prelu_waits(p, input) && !is_done(p, input);
  prelu[0] = waits ? input : -1;
  prelu[1] = vsg_dnn_prelu_after(p, node);
}

vsg_status vsg_dnn_depthwise(bool *done, vsg_dnn_program *p, int node,
                             int group, const vsg_window *w, vsg_error *err) {
  vsg_dnn_shared *s = p->shared;
  const vsg_request *r = s->request;
  int input = r->graph->node[s->fusion.group[group].root].input[0];
  int src = p->primary[input], dst, prelu[2];
  dnnl_memory_desc_t in = *vsg_dnn_layout(p, input), out;
  vsg_dnn_blocks l;
  vsg_dnn_step *step;
  float *constant;
  find_prelus(prelu, p, node, group);
  if ((prelu[0] < 0 && prelu[1] < 0) || !fits(p, group, w, &in)) return VSG_OK;
  int last = prelu[1] >= 0 ? prelu[1] : node;
  *done = true;
  if (vsg_dnn_describe(&out, &r->shape[last], p->images, s->type[last],
                       vsg_dnn_blocked(p, &r->shape[last]), err) ||
      vsg_dnn_make(&dst, p, last, &out, err) ||
      pack(&constant, p, group, prelu, p->value[src].scale, p->value[dst].scale,
           err)) {
    return err->code;
  }
  if (vsg_dnn_step_new(&step, p, last, err)) {
    free(constant);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  p->primary[node] = dst;
  vsg_dnn_blocks_of(&l, &in);
  step->md = out;
  step->block = l.block;
  step->window = *w;
  step->constant = constant;
  step->impl = "visage: depthwise";
  step->run = run;
  return VSG_OK;
}
