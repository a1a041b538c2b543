/* Loops of our own over numbers that oneDNN has laid out in blocks of channels,
 * where it has no primitive or none that is fast: a factor and an offset per
 * channel, PReLU, and the end of a squeeze-excite block (a product with a
 * number per channel, a residual, an activation) in one pass.
 *
 * A layout is n images of blocks of `block` channels: block numbers at each
 * place of a plane. Plain (N,C,H,W) has blocks of one channel. Padding channels
 * hold zeros before and after. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/onednn/program.h"

typedef struct layout {
  long blocks, block, plane; /* per image */
} layout;

/* True when md is one of those layouts, without gaps. */
static bool layout_of(layout *out, const dnnl_memory_desc_t *md) {
  const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
  long plane = 1, block;
  if (md->format_kind != dnnl_blocked || md->ndims < 2) return false;
  if (b->inner_nblks > 1 || (b->inner_nblks == 1 && b->inner_idxs[0] != 1)) {
    return false;
  }
  block = b->inner_nblks == 1 ? (long)b->inner_blks[0] : 1;
  for (int i = md->ndims - 1; i >= 2; i--) {
    if (b->strides[i] != plane * block) return false;
    plane *= (long)md->dims[i];
  }
  *out = (layout){.blocks = (long)md->padded_dims[1] / block,
                  .block = block,
                  .plane = plane};
  return b->strides[1] == plane * block &&
         b->strides[0] == plane * (long)md->padded_dims[1];
}

/* Numbers per channel, zeros for those of padding. */
static float *padded(const layout *l, int arrays) {
  return calloc((size_t)(arrays * l->blocks * l->block), sizeof(float));
}

/* A step on the numbers of the node's first input, in place where nobody reads
 * them later. */
static vsg_status over_input(vsg_dnn_step **out, vsg_dnn_program *p, int node,
                             float *constant, vsg_error *err) {
  int input = p->shared->request->graph->node[node].input[0], dst;
  int src = p->primary[input];
  dnnl_memory_desc_t md = *vsg_dnn_layout(p, input);
  if ((vsg_dnn_last(p, input, node)
           ? vsg_dnn_make_over(&dst, p, node, input, &md, -1, err)
           : vsg_dnn_make(&dst, p, node, &md, err)) ||
      vsg_dnn_step_new(out, p, node, err)) {
    free(constant);
    return err->code;
  }
  vsg_dnn_arg(p, *out, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, *out, DNNL_ARG_DST, dst);
  (*out)->md = md;
  (*out)->constant = constant;
  (*out)->impl = "visage: channels";
  return VSG_OK;
}

#define EVERY_PROCESSOR \
  __attribute__((target_clones("avx512f", "avx2,fma", "default")))

/* ---- factor and offset ---- */

/* y = x * factor + offset, both (plane, block). y may be x. */
EVERY_PROCESSOR static void affine_block(float *y, const float *x,
                                         const float *factor,
                                         const float *offset, long plane,
                                         long block) {
  for (long i = 0; i < plane; i++) {
    for (long c = 0; c < block; c++) {
      y[i * block + c] = x[i * block + c] * factor[c] + offset[c];
    }
  }
}

EVERY_PROCESSOR static void affine_plane(float *y, const float *x, float factor,
                                         float offset, long plane) {
  for (long i = 0; i < plane; i++) y[i] = x[i] * factor + offset;
}

static void run_affine(const vsg_dnn_step *step, float *const *at,
                       float *scratch) {
  layout l;
  (void)scratch;
  layout_of(&l, &step->md);
  long channels = l.blocks * l.block;
#pragma omp parallel for collapse(2) if (channels * l.plane > VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    for (long b = 0; b < l.blocks; b++) {
      long from = (n * l.blocks + b) * l.plane * l.block;
      const float *k = step->constant + b * l.block;
      if (l.block == 1) {
        affine_plane(at[1] + from, at[0] + from, k[0], k[channels], l.plane);
      } else {
        affine_block(at[1] + from, at[0] + from, k, k + channels, l.plane,
                     l.block);
      }
    }
  }
}

vsg_status vsg_dnn_affine(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  const vsg_node *n = &p->shared->request->graph->node[node];
  long C = n->slot[0].shape.dim[0];
  layout l;
  vsg_dnn_step *step;
  (void)group;
  if (!layout_of(&l, vsg_dnn_layout(p, n->input[0]))) return VSG_OK;
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

EVERY_PROCESSOR static void prelu_block(float *y, const float *x,
                                        const float *slope, long plane,
                                        long block) {
  for (long i = 0; i < plane; i++) {
    for (long c = 0; c < block; c++) {
      float v = x[i * block + c];
      y[i * block + c] = v > 0 ? v : v * slope[c];
    }
  }
}

EVERY_PROCESSOR static void prelu_plane(float *y, const float *x, float slope,
                                        long plane) {
  for (long i = 0; i < plane; i++) y[i] = x[i] > 0 ? x[i] : x[i] * slope;
}

static void run_prelu(const vsg_dnn_step *step, float *const *at,
                      float *scratch) {
  layout l;
  (void)scratch;
  layout_of(&l, &step->md);
#pragma omp parallel for collapse(2) if (l.blocks * l.block * l.plane > \
                                         VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    for (long b = 0; b < l.blocks; b++) {
      long from = (n * l.blocks + b) * l.plane * l.block;
      const float *slope = step->constant + b * l.block;
      if (l.block == 1) {
        prelu_plane(at[1] + from, at[0] + from, slope[0], l.plane);
      } else {
        prelu_block(at[1] + from, at[0] + from, slope, l.plane, l.block);
      }
    }
  }
}

vsg_status vsg_dnn_prelu(bool *done, vsg_dnn_program *p, int node, int group,
                         vsg_error *err) {
  const vsg_node *n = &p->shared->request->graph->node[node];
  const vsg_slot *slope = &n->slot[0];
  layout l;
  vsg_dnn_step *step;
  (void)group;
  if (!layout_of(&l, vsg_dnn_layout(p, n->input[0]))) return VSG_OK;
  float *constant = padded(&l, 1);
  if (!constant) return vsg_fail_memory(err, "plan", sizeof *constant);
  memcpy(constant, vsg_tensor_data(slope->tensor),
         (size_t)slope->shape.dim[0] * sizeof *constant);
  if (over_input(&step, p, node, constant, err)) return err->code;
  step->run = run_prelu;
  *done = true;
  return VSG_OK;
}

/* ---- squeeze-excite ---- */

/* y (plane, block) = min(high, max(low, x * gate + y)): y holds the residual,
 * or what is overwritten where there is none. */
EVERY_PROCESSOR static void gate_block(float *y, const float *x,
                                       const float *gate, bool residual,
                                       float low, float high, long plane,
                                       long block) {
  for (long i = 0; i < plane; i++) {
    for (long c = 0; c < block; c++) {
      float v = x[i * block + c] * gate[c];
      if (residual) v += y[i * block + c];
      v = v < low ? low : v;
      y[i * block + c] = v > high ? high : v;
    }
  }
}

EVERY_PROCESSOR static void gate_plane(float *y, const float *x, float gate,
                                       bool residual, float low, float high,
                                       long plane) {
  for (long i = 0; i < plane; i++) {
    float v = x[i] * gate + (residual ? y[i] : 0);
    v = v < low ? low : v;
    y[i] = v > high ? high : v;
  }
}

/* at: y, x, gate (N,C). */
static void run_gate(const vsg_dnn_step *step, float *const *at,
                     float *scratch) {
  layout l;
  bool residual = step->residual;
  float low = (float)step->low, high = (float)step->high;
  (void)scratch;
  layout_of(&l, &step->md);
#pragma omp parallel for collapse(2) if (l.blocks * l.block * l.plane > \
                                         VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    for (long b = 0; b < l.blocks; b++) {
      long from = (n * l.blocks + b) * l.block;
      float *y = at[0] + from * l.plane;
      const float *x = at[1] + from * l.plane, *gate = at[2] + from;
      if (l.block == 1) {
        gate_plane(y, x, gate[0], residual, low, high, l.plane);
      } else {
        gate_block(y, x, gate, residual, low, high, l.plane, l.block);
      }
    }
  }
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
  layout l, of_gate;
  dnnl_memory_desc_t md;
  int x = root->input[0], gate = root->input[1], at_x, dst;
  if (vsg_shape_numel(&r->shape[x], 1) < vsg_shape_numel(&r->shape[gate], 1)) {
    x = root->input[1];
    gate = root->input[0];
  }
  const vsg_shape *one = &r->shape[gate];
  if (r->shape[x].dims != 4 || one->dim[2] != 1 || one->dim[3] != 1 ||
      one->dim[1] != r->shape[x].dim[1] ||
      !bounds(&bound,
              g->activation >= 0 ? &r->graph->node[g->activation] : NULL)) {
    return VSG_OK;
  }
  md = *vsg_dnn_layout(p, x);
  if (!layout_of(&l, &md) || !layout_of(&of_gate, vsg_dnn_layout(p, gate)) ||
      l.block != of_gate.block) {
    return VSG_OK;
  }
  *done = true;
  at_x = p->primary[x];
  if ((g->residual >= 0
           ? vsg_dnn_make_over(&dst, p, node, g->residual, &md, at_x, err)
           : vsg_dnn_make(&dst, p, node, &md, err)) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  vsg_dnn_arg(p, step, DNNL_ARG_SRC_0, at_x);
  vsg_dnn_arg(p, step, DNNL_ARG_SRC_1, p->primary[gate]);
  step->md = md;
  step->low = bound.low;
  step->high = bound.high;
  step->residual = g->residual >= 0;
  step->impl = "visage: channels";
  step->run = run_gate;
  return VSG_OK;
}
