/* The type in which each node's numbers are kept between layers, by the
 * precision: f32; bf16 for maps; or whole numbers of 8 bits times a scale, by
 * the ranges that calibration found (graph/net.h).
 *
 * int8: a number x is kept as round(x / scale), in u8 where nothing is
 * negative, else in s8, and what does not fit becomes the nearest that does.
 * Convolutions and dense layers read that and add up s32; a convolution of maps
 * of one place, as in squeeze-excite blocks, and whatever else has no way with
 * 8 bits computes with f32. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/onednn/program.h"

enum { MOST_S8 = 127, MOST_U8 = 255 };

bool vsg_dnn_is_byte(dnnl_data_type_t type) {
  return type == dnnl_s8 || type == dnnl_u8;
}

bool vsg_dnn_is_map(const vsg_shape *shape) {
  return shape->dims == 4 && shape->dim[2] * shape->dim[3] > 1;
}

static bool known(const vsg_range *range) { return range->high >= range->low; }

/* Makes both the smallest range that holds both; true when that changes one. */
static bool unite(vsg_range *a, vsg_range *b) {
  vsg_range both = {a->low < b->low ? a->low : b->low,
                    a->high > b->high ? a->high : b->high};
  bool same = a->low == b->low && a->high == b->high;
  if (same || !known(a) || !known(b)) return false;
  *a = *b = both;
  return true;
}

/* What goes through a max_pool or concat keeps its scale. */
static void tie(vsg_range *range, const vsg_request *r) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (int i = 0; i < r->graph->nodes; i++) {
      const vsg_node *node = &r->graph->node[i];
      bool tied = vsg_node_is_a(node, VSG_LAYER_max_pool) ||
                  vsg_node_is_a(node, VSG_LAYER_concat);
      for (int k = 0; r->needed[i] && tied && k < node->inputs; k++) {
        changed = unite(&range[i], &range[node->input[k]]) || changed;
      }
    }
  }
}

/* Can this node's step read 8 bits? */
static bool reads_bytes(const vsg_dnn_shared *s, int node) {
  const vsg_request *r = s->request;
  const vsg_node *n = &r->graph->node[node];
  switch (n->layer->id) {
    case VSG_LAYER_conv2d:
      return vsg_dnn_is_map(&r->shape[n->input[0]]);
    case VSG_LAYER_linear:
    case VSG_LAYER_max_pool:
    case VSG_LAYER_global_pool:
    case VSG_LAYER_concat:
    case VSG_LAYER_batch_norm:
    case VSG_LAYER_scale:
    case VSG_LAYER_prelu:
    case VSG_LAYER_mul:
      return true;
    case VSG_LAYER_add:
      return s->fusion.member[node] >= 0;
    default:
      return false;
  }
}

/* Can the step of a node, or of the group that ends there, write 8 bits? */
static bool writes_bytes(const vsg_dnn_shared *s, int node) {
  int group = s->fusion.member[node];
  int root = group >= 0 ? s->fusion.group[group].root : node;
  int residual = group >= 0 ? s->fusion.group[group].residual : -1;
  const vsg_node *n = &s->request->graph->node[root];
  if (!n->layer ||
      (residual >= 0 && s->byte[residual] == dnnl_data_type_undef)) {
    return false;
  }
  switch (n->layer->id) {
    case VSG_LAYER_conv2d:
    case VSG_LAYER_max_pool:
    case VSG_LAYER_concat:
    case VSG_LAYER_batch_norm:
    case VSG_LAYER_scale:
    case VSG_LAYER_prelu:
    case VSG_LAYER_mul:
      return true;
    default:
      return false;
  }
}

/* Results are wanted as they are: 8 bits would round them once more. */
static bool keeps_bytes(const vsg_dnn_shared *s, int node) {
  const vsg_request *r = s->request;
  bool read = false;
  if (!vsg_dnn_is_map(&r->shape[node]) || !writes_bytes(s, node)) return false;
  for (int i = 0; i < r->results; i++) {
    if (r->result[i] == node) return false;
  }
  for (int i = node + 1; !read && i < r->graph->nodes; i++) {
    const vsg_node *reader = &r->graph->node[i];
    for (int k = 0; r->needed[i] && k < reader->inputs; k++) {
      read = read || (reader->input[k] == node && reads_bytes(s, i));
    }
  }
  return read;
}

static void find_scales(vsg_dnn_shared *s, const vsg_range *range) {
  for (int i = 0; i < s->request->graph->nodes; i++) {
    float low = range[i].low, high = range[i].high;
    float most = -low > high ? -low : high;
    s->byte[i] = dnnl_data_type_undef;
    if (!known(&range[i])) continue;
    s->byte[i] = low < 0 ? dnnl_s8 : dnnl_u8;
    s->scale[i] = most > 0 ? most / (low < 0 ? MOST_S8 : MOST_U8) : 1;
  }
}

vsg_status vsg_dnn_types(vsg_dnn_shared *s, vsg_error *err) {
  const vsg_request *r = s->request;
  size_t nodes = (size_t)r->graph->nodes;
  vsg_range *range = calloc(nodes, sizeof *range);
  s->type = calloc(nodes, sizeof *s->type);
  s->byte = calloc(nodes, sizeof *s->byte);
  s->scale = calloc(nodes, sizeof *s->scale);
  s->factor = calloc(nodes, sizeof *s->factor);
  if (!range || !s->type || !s->byte || !s->scale || !s->factor) {
    free(range);
    return vsg_fail_memory(err, "plan", nodes * sizeof *range);
  }
  if (r->precision == VSG_PRECISION_int8) {
    memcpy(range, r->range, nodes * sizeof *range);
    tie(range, r);
    find_scales(s, range);
  }
  dnnl_data_type_t map =
      r->precision == VSG_PRECISION_bf16 ? dnnl_bf16 : dnnl_f32;
  for (int i = 0; i < r->graph->nodes; i++) {
    s->type[i] = vsg_dnn_is_map(&r->shape[i]) ? map : dnnl_f32;
    if (s->byte[i] && keeps_bytes(s, i)) s->type[i] = s->byte[i];
  }
  free(range);
  return VSG_OK;
}

dnnl_data_type_t vsg_dnn_reads(const vsg_dnn_shared *s, int root) {
  int input = s->request->graph->node[root].input[0];
  const vsg_shape *shape = &s->request->shape[input];
  /* A convolution of vectors is little work. */
  if (shape->dims == 4 && !vsg_dnn_is_map(shape)) return dnnl_f32;
  if (s->request->precision == VSG_PRECISION_bf16) return dnnl_bf16;
  return s->byte[input] ? s->byte[input] : dnnl_f32;
}

float vsg_dnn_scale(const vsg_dnn_shared *s, int node, dnnl_data_type_t type) {
  return vsg_dnn_is_byte(type) ? s->scale[node] : 1;
}

/* One scale per channel of the result: its largest weight is 127. */
vsg_status vsg_dnn_factors(const float **out, vsg_dnn_shared *s, int group,
                           vsg_error *err) {
  int root = s->fusion.group[group].root;
  const vsg_shape *shape = &s->request->graph->node[root].slot[0].shape;
  long channels = shape->dim[0], each = vsg_shape_numel(shape, 1);
  float *weight, *bias, *factor;
  *out = s->factor[root];
  if (*out) return VSG_OK;
  if (vsg_fuse_weights(&weight, &bias, s->request->graph, &s->fusion, group,
                       err)) {
    return err->code;
  }
  factor = malloc((size_t)channels * sizeof *factor);
  for (long c = 0; factor && c < channels; c++) {
    float most = 0;
    for (long i = 0; i < each; i++) {
      float size = fabsf(weight[c * each + i]);
      if (size > most) most = size;
    }
    factor[c] = most > 0 ? most / MOST_S8 : 1;
  }
  free(weight);
  free(bias);
  *out = s->factor[root] = factor;
  return factor ? VSG_OK : vsg_fail_memory(err, "plan", sizeof *factor);
}
