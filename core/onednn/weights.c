/* Weights in the layouts of primitives, packed once for all programs of a plan;
 * and what a group adds to a primitive. */
#include <omp.h>
#include <stdlib.h>

#include "core/base/available.h"
#include "core/base/pages.h"
#include "core/onednn/program.h"

/* ---- post-ops ---- */

dnnl_alg_kind_t vsg_dnn_activation(float *alpha, float *beta,
                                   const vsg_node *node) {
  *alpha = *beta = 0;
  if (node->layer->id == VSG_LAYER_sigmoid) return dnnl_eltwise_logistic;
  if (node->layer->id == VSG_LAYER_clip) {
    *alpha = (float)vsg_node_number(node, "low");
    *beta = (float)vsg_node_number(node, "high");
    return dnnl_eltwise_clip;
  }
  *alpha = (float)vsg_node_number(node, "slope");
  return dnnl_eltwise_relu;
}

static dnnl_status_t append(dnnl_post_ops_t ops, const vsg_graph *g,
                            const vsg_dnn_ending *e) {
  dnnl_status_t status = dnnl_success;
  float alpha, beta;
  if (e->sum) {
    status = dnnl_post_ops_append_sum_v2(ops, e->sum_scale, e->sum_type);
  }
  if (status || e->activation < 0) return status;
  dnnl_alg_kind_t kind =
      vsg_dnn_activation(&alpha, &beta, &g->node[e->activation]);
  return dnnl_post_ops_append_eltwise(ops, e->scale, kind, alpha, beta);
}

vsg_status vsg_dnn_attributes(dnnl_primitive_attr_t *out,
                              const vsg_dnn_program *p,
                              const vsg_dnn_ending *ending, vsg_error *err) {
  dnnl_post_ops_t ops;
  if (vsg_dnn_check(dnnl_primitive_attr_create(out), "plan", err)) {
    return err->code;
  }
  dnnl_status_t status =
      dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
  if (!status && ending) status = dnnl_post_ops_create(&ops);
  if (!status && ending) {
    status = append(ops, p->shared->request->graph, ending);
    if (!status) status = dnnl_primitive_attr_set_post_ops(*out, ops);
    dnnl_post_ops_destroy(ops);
  }
  if (!status && ending && ending->factors > 0) {
    int mask = ending->factors > 1 ? 1 << 1 : 0; /* channels are axis 1 */
    status = dnnl_primitive_attr_set_output_scales(*out, ending->factors, mask,
                                                   ending->factor);
  }
  if (status) dnnl_primitive_attr_destroy(*out);
  return vsg_dnn_check(status, "plan, attributes", err);
}

/* ---- packing ---- */

static const vsg_dnn_weights *find(const vsg_dnn_shared *s,
                                   const vsg_dnn_weights *like) {
  for (int i = 0; i < s->weights; i++) {
    const vsg_dnn_weights *w = s->weight[i];
    if (w->node == like->node && w->bias == like->bias &&
        w->reads == like->reads && dnnl_memory_desc_equal(&w->md, &like->md)) {
      return w;
    }
  }
  return NULL;
}

enum { SLAB = 32 << 20 };

/* How large a slab is: as large as what is packed, or several. */
static size_t slab_bytes(const vsg_graph *g, size_t least) {
  size_t bytes = vsg_graph_bytes(g);
  if (bytes > SLAB) bytes = SLAB;
  return bytes < least ? least : bytes;
}

/* Memory for weights, which the plan frees. */
static void *reserve(vsg_dnn_shared *s, size_t bytes) {
  bytes = vsg_dnn_lines(bytes);
  if (s->slabs == 0 || bytes > s->slab_bytes - s->slab_used) {
    size_t size = slab_bytes(s->request->graph, bytes);
    void *larger = realloc(s->slab, (size_t)(s->slabs + 1) * sizeof *s->slab);
    if (!larger) return NULL;
    s->slab = larger;
    s->slab[s->slabs] = vsg_pages(size);
    if (!s->slab[s->slabs]) return NULL;
    s->slabs++;
    s->slab_used = 0;
    s->slab_bytes = size;
  }
  s->slab_used += bytes;
  return s->slab[s->slabs - 1] + s->slab_used - bytes;
}

static vsg_status add(vsg_dnn_weights **out, vsg_dnn_shared *s,
                      const vsg_dnn_weights *like, vsg_error *err) {
  if (s->weights == s->weights_room) {
    int room = s->weights_room ? 2 * s->weights_room : 64;
    void *larger = realloc(s->weight, (size_t)room * sizeof(void *));
    if (!larger) return vsg_fail_memory(err, "plan", sizeof(void *));
    s->weight = larger;
    s->weights_room = room;
  }
  vsg_dnn_weights *w = calloc(1, sizeof *w);
  if (!w) return vsg_fail_memory(err, "plan", sizeof *w);
  *w = *like;
  size_t bytes = dnnl_memory_desc_get_size(&w->md);
  if (vsg_available_check("plan, weights", bytes, err)) {
    free(w);
    return err->code;
  }
  void *at = reserve(s, bytes);
  if (!at) {
    free(w);
    return vsg_fail_memory(err, "plan, weights", bytes);
  }
  if (vsg_dnn_check(dnnl_memory_create(&w->memory, &w->md, s->engine, at),
                    "plan, weights", err)) {
    free(w);
    return err->code;
  }
  s->weight[s->weights++] = w;
  s->weight_bytes += bytes;
  *out = w;
  return VSG_OK;
}

/* The inverse of each factor, to be freed; NULL without memory. */
static float *inverses(const float *factor, long channels) {
  float *inverse = malloc((size_t)channels * sizeof *inverse);
  for (long c = 0; inverse && c < channels; c++) inverse[c] = 1 / factor[c];
  return inverse;
}

/* Attributes that divide by a factor per channel, if there are any. */
static dnnl_status_t divide(dnnl_primitive_attr_t *out,
                            const dnnl_memory_desc_t *plain,
                            const float *factor, long channels) {
  /* Channels of the result are axis 0, or axes 0 and 1 where there are groups.
   */
  int mask = plain->ndims == 5 ? 1 << 0 | 1 << 1 : 1 << 0;
  dnnl_status_t status = dnnl_primitive_attr_create(out);
  if (status || !factor) return status;
  float *inverse = inverses(factor, channels);
  status = inverse ? dnnl_primitive_attr_set_output_scales(
                         *out, channels, channels > 1 ? mask : 0, inverse)
                   : dnnl_out_of_memory;
  free(inverse);
  if (status) dnnl_primitive_attr_destroy(*out);
  return status;
}

/* Puts plain numbers into a layout. */
static vsg_status fill(const vsg_dnn_weights *to,
                       const dnnl_memory_desc_t *plain, float *numbers,
                       const_dnnl_primitive_attr_t attr, dnnl_engine_t engine,
                       vsg_error *err) {
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_t primitive = NULL;
  dnnl_stream_t stream = NULL;
  dnnl_memory_t from = NULL;
  dnnl_status_t status = dnnl_memory_create(&from, plain, engine, numbers);
  if (!status) status = dnnl_stream_create(&stream, engine, 0);
  if (!status) {
    status = dnnl_reorder_primitive_desc_create(&pd, plain, engine, &to->md,
                                                engine, attr);
  }
  if (!status) status = dnnl_primitive_create(&primitive, pd);
  if (!status) {
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to->memory}};
    status = dnnl_primitive_execute(primitive, stream, 2, args);
  }
  if (!status) status = dnnl_stream_wait(stream);
  if (primitive) dnnl_primitive_destroy(primitive);
  if (pd) dnnl_primitive_desc_destroy(pd);
  if (stream) dnnl_stream_destroy(stream);
  if (from) dnnl_memory_destroy(from);
  return vsg_dnn_check(status, "plan, weights", err);
}

static vsg_status pack(const vsg_dnn_weights **out, vsg_dnn_shared *s,
                       const vsg_dnn_weights *like,
                       const dnnl_memory_desc_t *plain, float *numbers,
                       const float *factor, vsg_error *err) {
  long channels = s->request->graph->node[like->node].slot[0].shape.dim[0];
  dnnl_primitive_attr_t attr;
  vsg_dnn_weights *made;
  if (vsg_dnn_check(divide(&attr, plain, factor, channels), "plan, weights",
                    err)) {
    return err->code;
  }
  vsg_status status = add(&made, s, like, err);
  /* The program may be for one thread. */
  int before = omp_get_max_threads();
  omp_set_num_threads(s->threads);
  if (!status) status = fill(made, plain, numbers, attr, s->engine, err);
  omp_set_num_threads(before);
  dnnl_primitive_attr_destroy(attr);
  *out = made;
  return status;
}

/* The group's weights, unless weight is NULL, and bias, to be freed; and the
 * factors of 8-bit weights. */
static vsg_status folded(float **weight, float **bias, const float **factor,
                         vsg_dnn_shared *s, int group, dnnl_data_type_t reads,
                         vsg_error *err) {
  *factor = NULL;
  if (vsg_dnn_is_byte(reads) && vsg_dnn_factors(factor, s, group, err)) {
    return err->code;
  }
  return vsg_fuse_weights(weight, bias, s->request->graph, &s->fusion, group,
                          err);
}

vsg_status vsg_dnn_pack(const vsg_dnn_weights **out, vsg_dnn_shared *s,
                        int group, dnnl_data_type_t reads,
                        const dnnl_memory_desc_t *plain,
                        const dnnl_memory_desc_t *md, vsg_error *err) {
  vsg_dnn_weights like = {
      .node = s->fusion.group[group].root, .reads = reads, .md = *md};
  const float *factor;
  float *weight, *bias;
  *out = find(s, &like);
  if (*out) return VSG_OK;
  if (folded(&weight, &bias, &factor, s, group, reads, err)) return err->code;
  vsg_status status = pack(out, s, &like, plain, weight, factor, err);
  free(weight);
  free(bias);
  return status;
}

vsg_status vsg_dnn_pack_bias(const vsg_dnn_weights **out, vsg_dnn_shared *s,
                             int group, dnnl_data_type_t reads,
                             const dnnl_memory_desc_t *md, vsg_error *err) {
  int root = s->fusion.group[group].root;
  vsg_dnn_weights like = {
      .node = root, .bias = true, .reads = reads, .md = *md};
  const float *factor;
  float *bias;
  *out = find(s, &like);
  if (*out) return VSG_OK;
  if (folded(NULL, &bias, &factor, s, group, reads, err)) return err->code;
  int input = s->request->graph->node[root].input[0];
  float scale = vsg_dnn_scale(s, input, reads);
  for (long c = 0; factor && c < md->dims[0]; c++) {
    bias[c] /= scale * factor[c];
  }
  vsg_status status = pack(out, s, &like, md, bias, NULL, err);
  free(bias);
  return status;
}
