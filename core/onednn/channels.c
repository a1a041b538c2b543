/* Loops of our own over numbers that oneDNN has laid out in blocks of channels,
 * where it has no primitive or none that is fast: a factor and an offset per
 * channel, PReLU, and the end of a squeeze-excite block (a product with a
 * number per channel, a residual, an activation) in one pass.
 *
 * A layout is n images of blocks of `block` channels: block numbers at each
 * place of a plane. Plain (N,C,H,W) has blocks of one channel, (N,H,W,C) one
 * block of all. Padding channels hold zeros before and after.
 *
 * The loops compute with f32, on tiles small enough for the first cache where
 * the numbers are of another type. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/onednn/numbers.h"
#include "core/onednn/program.h"

enum { TILE = 2048 }; /* numbers */

bool vsg_dnn_blocks_of(vsg_dnn_blocks *out, const dnnl_memory_desc_t *md) {
  const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
  long plane = 1, block = 1;
  if (md->format_kind != dnnl_blocked || md->ndims < 2) return false;
  if (b->inner_nblks > 1 || (b->inner_nblks == 1 && b->inner_idxs[0] != 1)) {
    return false;
  }
  for (int i = 2; i < md->ndims; i++) plane *= (long)md->dims[i];
  bool last = b->inner_nblks == 0 && plane > 1 && b->strides[1] == 1;
  if (b->inner_nblks == 1) block = (long)b->inner_blks[0];
  if (last) block = (long)md->dims[1];
  long each = block;
  for (int i = md->ndims - 1; i >= 2; i--) {
    if (md->dims[i] > 1 && b->strides[i] != each) return false;
    each *= (long)md->dims[i];
  }
  *out = (vsg_dnn_blocks){.blocks = (long)md->padded_dims[1] / block,
                          .block = block,
                          .plane = plane};
  return block <= TILE && (last || b->strides[1] == each) &&
         b->strides[0] == plane * (long)md->padded_dims[1];
}

static size_t type_bytes(dnnl_data_type_t type) {
  if (vsg_dnn_is_byte(type)) return 1;
  return type == dnnl_bf16 ? 2 : sizeof(float);
}

/* Numbers per channel, zeros for those of padding. */
static float *padded(const vsg_dnn_blocks *l, int arrays) {
  return calloc((size_t)(arrays * l->blocks * l->block), sizeof(float));
}

/* A step on the numbers of the node's first input, in place where nobody reads
 * them later. */
static vsg_status over_input(vsg_dnn_step **out, vsg_dnn_program *p, int node,
                             float *constant, vsg_error *err) {
  int input = p->shared->request->graph->node[node].input[0], dst;
  int src = p->primary[input];
  dnnl_memory_desc_t before = *vsg_dnn_layout(p, input), md = before;
  md.data_type = p->shared->type[node];
  bool fits = type_bytes(md.data_type) == type_bytes(before.data_type);
  if ((fits && vsg_dnn_last(p, input, node)
           ? vsg_dnn_make_over(&dst, p, node, input, &before, &md, -1, err)
           : vsg_dnn_make(&dst, p, node, &md, err)) ||
      vsg_dnn_step_new(out, p, node, err)) {
    free(constant);
    return err->code;
  }
  vsg_dnn_arg(p, *out, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, *out, DNNL_ARG_DST, dst);
  (*out)->md = md;
  (*out)->before = md.data_type;
  (*out)->constant = constant;
  (*out)->impl = "visage: channels";
  return VSG_OK;
}

/* ---- loops ---- */

/* y = f(x, k), both of `places` times `block` numbers; k are the block's own.
 */
typedef void tile_function(float *y, const float *x, const float *k,
                           const vsg_dnn_step *step, long places, long block);

/* The numbers of that type from `from` on: themselves, or as f32 in the tile.
 */
static float *tile_of(float *tile, void *numbers, dnnl_data_type_t type,
                      float scale, long from, long n, bool filled) {
  if (type == dnnl_f32) return (float *)numbers + from;
  if (filled) {
    char *at = (char *)numbers + (size_t)from * type_bytes(type);
    vsg_dnn_widen(tile, at, type, scale, n);
  }
  return tile;
}

/* One tile: arg 0 is x, arg 1 is y, which f reads too when it is a residual. */
static void run_tile(const vsg_dnn_step *step, void *const *at,
                     tile_function *f, const float *k, long from, long places,
                     long block) {
  float x_tile[TILE], y_tile[TILE];
  dnnl_data_type_t type = step->arg[1].type;
  long n = places * block;
  float *x = tile_of(x_tile, at[0], step->arg[0].type, step->arg[0].scale, from,
                     n, true);
  /* A residual is of as many bytes as what takes its place, or both are f32. */
  float *y = tile_of(y_tile, at[1], step->before, step->before_scale, from, n,
                     step->residual);
  f(y, x, k, step, places, block);
  if (y == y_tile) {
    char *to = (char *)at[1] + (size_t)from * type_bytes(type);
    vsg_dnn_narrow(to, y, type, step->arg[1].scale, n);
  }
}

/* k has `block` numbers per block of an image, and stride numbers per image. */
static void run_tiles(const vsg_dnn_step *step, void *const *at,
                      tile_function *f, const float *k, long stride) {
  vsg_dnn_blocks l;
  vsg_dnn_blocks_of(&l, &step->md);
  long places = TILE / l.block, tiles = (l.plane + places - 1) / places;
#pragma omp parallel for collapse(2) if (l.blocks * l.block * l.plane > \
                                         VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    for (long i = 0; i < l.blocks * tiles; i++) {
      long b = i / tiles, first = i % tiles * places;
      long count = l.plane - first < places ? l.plane - first : places;
      long from = ((n * l.blocks + b) * l.plane + first) * l.block;
      run_tile(step, at, f, k + n * stride + b * l.block, from, count, l.block);
    }
  }
}

/* ---- factor and offset ---- */

VSG_EVERY_PROCESSOR static void affine(float *y, const float *x, const float *k,
                                       const vsg_dnn_step *step, long places,
                                       long block) {
  const float *offset = k + step->md.padded_dims[1];
  if (block == 1) {
    for (long i = 0; i < places; i++) y[i] = x[i] * k[0] + offset[0];
    return;
  }
  for (long i = 0; i < places; i++) {
    for (long c = 0; c < block; c++) {
      y[i * block + c] = x[i * block + c] * k[c] + offset[c];
    }
  }
}

static void run_affine(const vsg_dnn_step *step, void *const *at,
                       float *scratch) {
  (void)scratch;
  run_tiles(step, at, affine, step->constant, 0);
}

vsg_status vsg_dnn_affine(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  const vsg_node *n = &p->shared->request->graph->node[node];
  long C = n->slot[0].shape.dim[0];
  vsg_dnn_blocks l;
  vsg_dnn_step *step;
  (void)group;
  if (!vsg_dnn_blocks_of(&l, vsg_dnn_layout(p, n->input[0]))) return VSG_OK;
  long channels = l.blocks * l.block;
  float *constant = padded(&l, 2);
  double *k = calloc((size_t)(2 * C), sizeof *k);
  if (!constant || !k) {
    free(constant);
    free(k);
    return vsg_fail_memory(err, "plan", (size_t)(2 * C) * sizeof *k);
  }
  vsg_fuse_affine(k, k + C, n);
  for (long c = 0; c < C; c++) {
    constant[c] = (float)k[c];
    constant[channels + c] = (float)k[C + c];
  }
  free(k);
  if (over_input(&step, p, node, constant, err)) return err->code;
  step->run = run_affine;
  *done = true;
  return VSG_OK;
}

/* ---- PReLU ---- */

VSG_EVERY_PROCESSOR static void prelu(float *y, const float *x,
                                      const float *slope,
                                      const vsg_dnn_step *step, long places,
                                      long block) {
  (void)step;
  if (block == 1) {
    for (long i = 0; i < places; i++) y[i] = x[i] > 0 ? x[i] : x[i] * slope[0];
    return;
  }
  for (long i = 0; i < places; i++) {
    for (long c = 0; c < block; c++) {
      float v = x[i * block + c];
      y[i * block + c] = v > 0 ? v : v * slope[c];
    }
  }
}

static void run_prelu(const vsg_dnn_step *step, void *const *at,
                      float *scratch) {
  (void)scratch;
  run_tiles(step, at, prelu, step->constant, 0);
}

vsg_status vsg_dnn_prelu(bool *done, vsg_dnn_program *p, int node, int group,
                         vsg_error *err) {
  const vsg_node *n = &p->shared->request->graph->node[node];
  const vsg_slot *slope = &n->slot[0];
  if (p->primary[node] >= 0) { /* the convolution before it has done it */
    *done = true;
    return VSG_OK;
  }
  if (vsg_dnn_prelu_waits(p, node)) {
    p->primary[node] = p->primary[n->input[0]];
    *done = true;
    return VSG_OK;
  }
  vsg_dnn_blocks l;
  vsg_dnn_step *step;
  (void)group;
  if (!vsg_dnn_blocks_of(&l, vsg_dnn_layout(p, n->input[0]))) return VSG_OK;
  float *constant = padded(&l, 1);
  if (!constant) return vsg_fail_memory(err, "plan", sizeof *constant);
  memcpy(constant, vsg_tensor_data(slope->tensor),
         (size_t)slope->shape.dim[0] * sizeof *constant);
  if (over_input(&step, p, node, constant, err)) return err->code;
  step->run = run_prelu;
  *done = true;
  return VSG_OK;
}

/* ---- mean ---- */

/* out (block) = the sums of in (places, block), times k. */
VSG_EVERY_PROCESSOR static void sum_u8(float *out, const uint8_t *in, float k,
                                       long places, long block) {
  for (long c = 0; c < block; c++) out[c] = 0;
  for (long i = 0; i < places; i++) {
    for (long c = 0; c < block; c++) out[c] += (float)in[i * block + c];
  }
  for (long c = 0; c < block; c++) out[c] *= k;
}

VSG_EVERY_PROCESSOR static void sum_s8(float *out, const int8_t *in, float k,
                                       long places, long block) {
  for (long c = 0; c < block; c++) out[c] = 0;
  for (long i = 0; i < places; i++) {
    for (long c = 0; c < block; c++) out[c] += (float)in[i * block + c];
  }
  for (long c = 0; c < block; c++) out[c] *= k;
}

static void run_mean(const vsg_dnn_step *step, void *const *at,
                     float *scratch) {
  vsg_dnn_blocks l;
  (void)scratch;
  vsg_dnn_blocks_of(&l, &step->md);
  float k = step->arg[0].scale / (float)l.plane;
#pragma omp parallel for if (l.block * l.plane > VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    size_t from = (size_t)(n * l.plane * l.block);
    float *out = (float *)at[1] + n * l.block;
    if (step->arg[0].type == dnnl_u8) {
      sum_u8(out, (const uint8_t *)at[0] + from, k, l.plane, l.block);
    } else {
      sum_s8(out, (const int8_t *)at[0] + from, k, l.plane, l.block);
    }
  }
}

/* The mean of each channel of numbers of 8 bits, in f32: a pool of oneDNN's
 * would round it to 8 bits. */
vsg_status vsg_dnn_mean(bool *done, vsg_dnn_program *p, int node, int group,
                        vsg_error *err) {
  const vsg_request *r = p->shared->request;
  int input = r->graph->node[node].input[0], src = p->primary[input], dst;
  dnnl_memory_desc_t md = *vsg_dnn_layout(p, input), out;
  vsg_dnn_step *step;
  vsg_dnn_blocks l;
  (void)group;
  if (!vsg_dnn_is_byte(md.data_type) || !vsg_dnn_blocks_of(&l, &md) ||
      l.blocks > 1) {
    return VSG_OK;
  }
  *done = true;
  const vsg_shape *shape = &r->shape[node];
  if (vsg_dnn_describe(&out, shape, p->images, dnnl_f32,
                       vsg_dnn_blocked(p, shape), err) ||
      vsg_dnn_make(&dst, p, node, &out, err) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  step->md = md;
  step->run = run_mean;
  step->impl = "visage: channels";
  return VSG_OK;
}

/* ---- squeeze-excite ---- */

/* y = min(high, max(low, x * gate + y)): y holds the residual, or what is
 * overwritten where there is none. */
VSG_EVERY_PROCESSOR static void gate(float *y, const float *x, const float *k,
                                     const vsg_dnn_step *step, long places,
                                     long block) {
  bool residual = step->residual, plane = block == 1;
  float low = (float)step->low, high = (float)step->high;
  for (long i = 0; plane && i < places; i++) {
    float v = x[i] * k[0] + (residual ? y[i] : 0);
    v = v < low ? low : v;
    y[i] = v > high ? high : v;
  }
  for (long i = 0; !plane && i < places; i++) {
    for (long c = 0; c < block; c++) {
      float v = x[i * block + c] * k[c];
      if (residual) v += y[i * block + c];
      v = v < low ? low : v;
      y[i * block + c] = v > high ? high : v;
    }
  }
}

/* The gate is (N,C), f32. */
static void run_gate(const vsg_dnn_step *step, void *const *at,
                     float *scratch) {
  (void)scratch;
  run_tiles(step, at, gate, at[2], (long)step->md.padded_dims[1]);
}

/* The bounds of an activation that is a clip of some kind. */
static bool bounds(vsg_dnn_step *step, const vsg_node *activation) {
  step->low = -INFINITY;
  step->high = INFINITY;
  if (!activation) return true;
  if (activation->layer->id == VSG_LAYER_relu) {
    step->low = 0;
    return vsg_node_number(activation, "slope") == 0;
  }
  if (activation->layer->id != VSG_LAYER_clip) return false;
  step->low = vsg_node_number(activation, "low");
  step->high = vsg_node_number(activation, "high");
  return true;
}

/* (N,C,H,W) times (N,C,1,1), in either order. */
vsg_status vsg_dnn_mul(bool *done, vsg_dnn_program *p, int node, int group,
                       vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_group *g = &p->shared->fusion.group[group];
  const vsg_node *root = &r->graph->node[g->root];
  vsg_dnn_step bound, *step;
  vsg_dnn_blocks l, of_gate;
  dnnl_memory_desc_t before, md, gate_md;
  int x = root->input[0], by = root->input[1], at_x, at_gate, dst;
  if (vsg_shape_numel(&r->shape[x], 1) < vsg_shape_numel(&r->shape[by], 1)) {
    x = root->input[1];
    by = root->input[0];
  }
  const vsg_shape *one = &r->shape[by];
  if (r->shape[x].dims != 4 || one->dim[2] != 1 || one->dim[3] != 1 ||
      one->dim[1] != r->shape[x].dim[1] ||
      !bounds(&bound,
              g->activation >= 0 ? &r->graph->node[g->activation] : NULL)) {
    return VSG_OK;
  }
  md = before = *vsg_dnn_layout(p, x);
  md.data_type = p->shared->type[node];
  before.data_type = vsg_dnn_is_byte(md.data_type) && g->residual >= 0
                         ? p->shared->byte[g->residual]
                         : md.data_type;
  gate_md = *vsg_dnn_layout(p, by);
  gate_md.data_type = dnnl_f32;
  if (!vsg_dnn_blocks_of(&l, &md) || !vsg_dnn_blocks_of(&of_gate, &gate_md) ||
      l.blocks * l.block != of_gate.blocks * of_gate.block) {
    return VSG_OK;
  }
  *done = true;
  at_x = p->primary[x];
  if (vsg_dnn_want(&at_gate, p, by, &gate_md, err) ||
      (g->residual >= 0 ? vsg_dnn_make_over(&dst, p, node, g->residual, &before,
                                            &md, at_x, err)
                        : vsg_dnn_make(&dst, p, node, &md, err)) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC_0, at_x);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  vsg_dnn_arg(p, step, DNNL_ARG_SRC_1, at_gate);
  step->md = md;
  step->low = bound.low;
  step->high = bound.high;
  step->residual = g->residual >= 0;
  step->before = before.data_type;
  step->before_scale =
      step->residual ? vsg_dnn_scale(p->shared, g->residual, step->before) : 1;
  step->impl = "visage: channels";
  step->run = run_gate;
  return VSG_OK;
}
