/* Layers that are one primitive of oneDNN on the layout that is there. */
#include <math.h>

#include "core/graph/window.h"
#include "core/onednn/program.h"

/* ---- pools ---- */

/* Padding below and to the right such that oneDNN, which rounds the number of
 * places down, finds as many as there are: ceil's overhang is padding to it. */
static void padding(dnnl_dims_t after, const vsg_window *w, bool *overhang) {
  *overhang = false;
  for (int i = 0; i < 2; i++) {
    long needed =
        (w->out[i] - 1) * w->stride[i] + w->kernel[i] - w->in[i] - w->before[i];
    after[i] = w->after[i];
    if (needed > w->after[i]) {
      after[i] = needed;
      *overhang = true;
    }
  }
}

/* A global pool's window is the whole image. */
static vsg_status window(vsg_window *w, const vsg_node *node,
                         const vsg_shape *in, vsg_error *err) {
  if (node->layer->id != VSG_LAYER_global_pool) {
    return vsg_window_of(w, node, in, err);
  }
  for (int i = 0; i < 2; i++) {
    w->in[i] = w->kernel[i] = in->dim[2 + i];
    w->stride[i] = w->out[i] = 1;
    w->before[i] = w->after[i] = 0;
  }
  return VSG_OK;
}

static dnnl_alg_kind_t algorithm(const vsg_node *node) {
  if (node->layer->id == VSG_LAYER_max_pool) return dnnl_pooling_max;
  if (node->layer->id == VSG_LAYER_global_pool) {
    return vsg_node_is(node, "mode", "avg") ? dnnl_pooling_avg_exclude_padding
                                            : dnnl_pooling_max;
  }
  return vsg_node_flag(node, "count_pad") ? dnnl_pooling_avg_include_padding
                                          : dnnl_pooling_avg_exclude_padding;
}

/* The layout of an input of the node as it lies, in f32 where it has 8 bits
 * that the node's step cannot keep: it must be able to, and the node have their
 * scale. */
static dnnl_memory_desc_t layout(const vsg_dnn_program *p, int node, int input,
                                 bool able) {
  dnnl_memory_desc_t md = *vsg_dnn_layout(p, input);
  bool alike = p->shared->byte[node] == md.data_type &&
               p->shared->scale[node] == p->shared->scale[input];
  if (vsg_dnn_is_byte(md.data_type) && !(able && alike)) {
    md.data_type = dnnl_f32;
  }
  return md;
}

/* One primitive on the value of the node's first input in that layout. */
static vsg_status unary(vsg_dnn_program *p, int node,
                        const dnnl_memory_desc_t *md, dnnl_primitive_desc_t pd,
                        vsg_error *err) {
  int src, dst;
  vsg_dnn_step *step;
  if (vsg_dnn_want(&src, p, p->shared->request->graph->node[node].input[0], md,
                   err) ||
      vsg_dnn_make(&dst, p, node,
                   dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0),
                   err) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    dnnl_primitive_desc_destroy(pd);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  return vsg_dnn_primitive(p, step, pd, err);
}

vsg_status vsg_dnn_pool(bool *done, vsg_dnn_program *p, int node, int group,
                        vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *n = &r->graph->node[node];
  dnnl_pooling_desc_t d;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  dnnl_memory_desc_t dst;
  dnnl_dims_t stride, kernel, before, after;
  vsg_window w;
  bool overhang;
  if (n->layer->id == VSG_LAYER_global_pool && vsg_node_is(n, "mode", "avg") &&
      vsg_dnn_mean(done, p, node, group, err)) {
    return err->code;
  }
  if (*done) return VSG_OK;
  if (window(&w, n, &r->shape[n->input[0]], err) ||
      vsg_dnn_direct_pool(done, p, node, &w, err)) {
    return err->code;
  }
  if (*done) return VSG_OK;
  padding(after, &w, &overhang);
  for (int i = 0; i < 2; i++) {
    stride[i] = w.stride[i];
    kernel[i] = w.kernel[i];
    before[i] = w.before[i];
  }
  /* oneDNN would count the overhang as padding. */
  if (overhang && algorithm(n) == dnnl_pooling_avg_include_padding) {
    return VSG_OK;
  }
  dnnl_memory_desc_t src =
      layout(p, node, n->input[0], algorithm(n) == dnnl_pooling_max);
  if (vsg_dnn_describe(&dst, &r->shape[node], p->images, src.data_type,
                       dnnl_format_tag_any, err) ||
      vsg_dnn_attributes(&attr, p, NULL, err)) {
    return err->code;
  }
  dnnl_status_t status =
      dnnl_pooling_forward_desc_init(&d, dnnl_forward_inference, algorithm(n),
                                     &src, &dst, stride, kernel, before, after);
  if (!status) {
    status = dnnl_primitive_desc_create(&pd, &d, attr, p->shared->engine, NULL);
  }
  dnnl_primitive_attr_destroy(attr);
  *done = status == dnnl_success;
  return *done ? unary(p, node, &src, pd, err) : VSG_OK;
}

/* ---- activations ---- */

vsg_status vsg_dnn_eltwise(bool *done, vsg_dnn_program *p, int node, int group,
                           vsg_error *err) {
  const vsg_node *n = &p->shared->request->graph->node[node];
  dnnl_eltwise_desc_t d;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  float alpha, beta;
  dnnl_alg_kind_t kind = vsg_dnn_activation(&alpha, &beta, n);
  dnnl_memory_desc_t src = layout(p, node, n->input[0], false);
  (void)group;
  if (vsg_dnn_attributes(&attr, p, NULL, err)) return err->code;
  dnnl_status_t status = dnnl_eltwise_forward_desc_init(
      &d, dnnl_forward_inference, kind, &src, alpha, beta);
  if (!status) {
    status = dnnl_primitive_desc_create(&pd, &d, attr, p->shared->engine, NULL);
  }
  dnnl_primitive_attr_destroy(attr);
  *done = status == dnnl_success;
  return *done ? unary(p, node, &src, pd, err) : VSG_OK;
}

/* ---- add ---- */

/* Two equal shapes; the second is brought to the first one's layout. */
vsg_status vsg_dnn_add(bool *done, vsg_dnn_program *p, int node, int group,
                       vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *n = &r->graph->node[node];
  const vsg_shape *a = &r->shape[n->input[0]], *b = &r->shape[n->input[1]];
  dnnl_memory_desc_t md = layout(p, node, n->input[0], false);
  dnnl_binary_desc_t d;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  vsg_dnn_step *step;
  int first, second, dst;
  (void)group;
  for (int i = 0; i < a->dims; i++) {
    if (a->dims != b->dims || a->dim[i] != b->dim[i]) return VSG_OK;
  }
  if (vsg_dnn_attributes(&attr, p, NULL, err)) return err->code;
  dnnl_status_t status =
      dnnl_binary_desc_init(&d, dnnl_binary_add, &md, &md, &md);
  if (!status) {
    status = dnnl_primitive_desc_create(&pd, &d, attr, p->shared->engine, NULL);
  }
  dnnl_primitive_attr_destroy(attr);
  if (status) return VSG_OK;
  *done = true;
  if (vsg_dnn_want(&first, p, n->input[0], &md, err) ||
      vsg_dnn_want(&second, p, n->input[1], &md, err) ||
      vsg_dnn_make(&dst, p, node, &md, err) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    dnnl_primitive_desc_destroy(pd);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC_0, first);
  vsg_dnn_arg(p, step, DNNL_ARG_SRC_1, second);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  return vsg_dnn_primitive(p, step, pd, err);
}

/* ---- concat ---- */

/* Inputs as they lie where their types are the same, else in f32. */
vsg_status vsg_dnn_concat(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  const vsg_node *n = &p->shared->request->graph->node[node];
  dnnl_memory_desc_t src[VSG_DNN_ARGS];
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  vsg_dnn_step *step;
  int value[VSG_DNN_ARGS], dst;
  (void)group;
  if (n->inputs >= VSG_DNN_ARGS) return VSG_OK;
  dnnl_data_type_t type = vsg_dnn_layout(p, n->input[0])->data_type;
  for (int i = 0; i < n->inputs; i++) {
    src[i] = layout(p, node, n->input[i], true);
    if (src[i].data_type != src[0].data_type) type = dnnl_f32;
  }
  for (int i = 0; i < n->inputs; i++) src[i].data_type = type;
  if (vsg_dnn_attributes(&attr, p, NULL, err)) return err->code;
  dnnl_status_t status = dnnl_concat_primitive_desc_create(
      &pd, NULL, n->inputs, (int)vsg_node_integer(n, "axis"), src, attr,
      p->shared->engine);
  dnnl_primitive_attr_destroy(attr);
  if (status) return VSG_OK;
  *done = true;
  for (int i = 0; i < n->inputs; i++) {
    if (vsg_dnn_want(&value[i], p, n->input[i], &src[i], err)) {
      dnnl_primitive_desc_destroy(pd);
      return err->code;
    }
  }
  if (vsg_dnn_make(&dst, p, node,
                   dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0),
                   err) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    dnnl_primitive_desc_destroy(pd);
    return err->code;
  }
  for (int i = 0; i < n->inputs; i++) {
    vsg_dnn_arg(p, step, DNNL_ARG_MULTIPLE_SRC + i, value[i]);
  }
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  return vsg_dnn_primitive(p, step, pd, err);
}
