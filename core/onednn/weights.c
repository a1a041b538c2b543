/* Weights in the layouts of primitives, packed once for all programs of a plan;
 * and what a group adds to a primitive. */
#include <stdlib.h>

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

vsg_status vsg_dnn_attributes(dnnl_primitive_attr_t *out,
                              const vsg_dnn_program *p, int group, bool sum,
                              vsg_error *err) {
  const vsg_graph *g = p->shared->request->graph;
  int activation = group >= 0 ? p->shared->fusion.group[group].activation : -1;
  dnnl_post_ops_t ops;
  if (vsg_dnn_check(dnnl_primitive_attr_create(out), "plan", err)) {
    return err->code;
  }
  dnnl_status_t status =
      dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
  if (!status) status = dnnl_post_ops_create(&ops);
  if (!status) {
    if (sum) status = dnnl_post_ops_append_sum(ops, 1);
    if (!status && activation >= 0) {
      float alpha, beta;
      dnnl_alg_kind_t kind =
          vsg_dnn_activation(&alpha, &beta, &g->node[activation]);
      status = dnnl_post_ops_append_eltwise(ops, 1, kind, alpha, beta);
    }
    if (!status) status = dnnl_primitive_attr_set_post_ops(*out, ops);
    dnnl_post_ops_destroy(ops);
  }
  if (status) dnnl_primitive_attr_destroy(*out);
  return vsg_dnn_check(status, "plan, attributes", err);
}

/* ---- packing ---- */

static const vsg_dnn_weights *find(const vsg_dnn_shared *s, int node, bool bias,
                                   const dnnl_memory_desc_t *md) {
  for (int i = 0; i < s->weights; i++) {
    const vsg_dnn_weights *w = s->weight[i];
    if (w->node == node && w->bias == bias &&
        dnnl_memory_desc_equal(&w->md, md)) {
      return w;
    }
  }
  return NULL;
}

static vsg_status add(vsg_dnn_weights **out, vsg_dnn_shared *s, int node,
                      bool bias, const dnnl_memory_desc_t *md, vsg_error *err) {
  if (s->weights == s->weights_room) {
    int room = s->weights_room ? 2 * s->weights_room : 64;
    void *larger = realloc(s->weight, (size_t)room * sizeof(void *));
    if (!larger) return vsg_fail_memory(err, "plan", sizeof(void *));
    s->weight = larger;
    s->weights_room = room;
  }
  vsg_dnn_weights *w = calloc(1, sizeof *w);
  if (!w) return vsg_fail_memory(err, "plan", sizeof *w);
  *w = (vsg_dnn_weights){.node = node, .bias = bias, .md = *md};
  if (vsg_dnn_check(
          dnnl_memory_create(&w->memory, md, s->engine, DNNL_MEMORY_ALLOCATE),
          "plan, weights", err)) {
    free(w);
    return err->code;
  }
  s->weight[s->weights++] = w;
  s->weight_bytes += dnnl_memory_desc_get_size(md);
  *out = w;
  return VSG_OK;
}

/* Puts plain numbers into a layout. */
static vsg_status fill(dnnl_memory_t to, const dnnl_memory_desc_t *md,
                       const dnnl_memory_desc_t *plain, float *numbers,
                       dnnl_engine_t engine, vsg_error *err) {
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_t primitive = NULL;
  dnnl_stream_t stream = NULL;
  dnnl_memory_t from = NULL;
  dnnl_status_t status = dnnl_memory_create(&from, plain, engine, numbers);
  if (!status) status = dnnl_stream_create(&stream, engine, 0);
  if (!status) {
    status = dnnl_reorder_primitive_desc_create(&pd, plain, engine, md, engine,
                                                NULL);
  }
  if (!status) status = dnnl_primitive_create(&primitive, pd);
  if (!status) {
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    status = dnnl_primitive_execute(primitive, stream, 2, args);
  }
  if (!status) status = dnnl_stream_wait(stream);
  if (primitive) dnnl_primitive_destroy(primitive);
  if (pd) dnnl_primitive_desc_destroy(pd);
  if (stream) dnnl_stream_destroy(stream);
  if (from) dnnl_memory_destroy(from);
  return vsg_dnn_check(status, "plan, weights", err);
}

vsg_status vsg_dnn_pack(const vsg_dnn_weights **out, vsg_dnn_shared *shared,
                        int group, bool bias, const dnnl_memory_desc_t *plain,
                        const dnnl_memory_desc_t *md, vsg_error *err) {
  int root = shared->fusion.group[group].root;
  float *weight, *offset;
  vsg_dnn_weights *made = NULL;
  vsg_status status = VSG_OK;
  *out = find(shared, root, bias, md);
  if (*out) return VSG_OK;
  if (vsg_fuse_weights(&weight, &offset, shared->request->graph,
                       &shared->fusion, group, err)) {
    return err->code;
  }
  float *numbers = bias ? offset : weight;
  if (numbers &&
      (add(&made, shared, root, bias, md, err) ||
       fill(made->memory, md, plain, numbers, shared->engine, err))) {
    status = err->code;
  }
  free(weight);
  free(offset);
  *out = made;
  return status;
}
