/* Convolutions and dense layers: a primitive for a whole group. */
#include "core/graph/window.h"
#include "core/onednn/program.h"

/* Is there anything to add to the sums of a group? */
static bool has_bias(const vsg_dnn_program *p, int group) {
  const vsg_graph *g = p->shared->request->graph;
  const vsg_fusion *f = &p->shared->fusion;
  int root = f->group[group].root;
  if (vsg_node_flag(&g->node[root], "bias")) return true;
  for (int i = root + 1; i <= f->group[group].last; i++) {
    if (f->member[i] != group) continue;
    if (g->node[i].layer->id == VSG_LAYER_batch_norm ||
        g->node[i].layer->id == VSG_LAYER_scale) {
      return true;
    }
  }
  return false;
}

enum { FEW_CHANNELS = 8 };

/* What a step of a group is made of. */
typedef struct described {
  dnnl_memory_desc_t src, dst, weights, bias; /* with layouts left open */
  dnnl_memory_desc_t plain;                   /* of the weights */
  bool has_bias;
} described;

static vsg_status describe_weights(described *out, const vsg_node *root,
                                   dnnl_data_type_t type, vsg_error *err) {
  vsg_shape shape = root->slot[0].shape, bias = {.dims = 1};
  bias.dim[0] = shape.dim[0];
  if (shape.dims == 4 && vsg_node_integer(root, "groups") > 1) {
    long groups = vsg_node_integer(root, "groups");
    shape.dims = 5;
    for (int i = 4; i > 0; i--) shape.dim[i] = shape.dim[i - 1];
    shape.dim[0] = groups;
    shape.dim[1] /= groups;
  }
  if (vsg_dnn_describe(&out->weights, &shape, 0, type, dnnl_format_tag_any,
                       err) ||
      vsg_dnn_describe_plain(&out->plain, &shape, 0, err) ||
      vsg_dnn_describe_plain(&out->bias, &bias, 0, err)) {
    return err->code;
  }
  return VSG_OK;
}

static vsg_status describe(described *out, const vsg_dnn_program *p, int node,
                           int group, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *root = &r->graph->node[p->shared->fusion.group[group].root];
  const vsg_shape *src = &r->shape[root->input[0]], *dst = &r->shape[node];
  /* Photos have three channels: a layout of their own, by the primitive. */
  bool few = src->dims == 4 && src->dim[1] < FEW_CHANNELS;
  /* Vectors are few numbers, and a convolution of them is little work. */
  bool map = vsg_dnn_is_map(dst),
       few_sums = src->dims == 4 && !vsg_dnn_is_map(src);
  dnnl_data_type_t type = few_sums ? dnnl_f32 : p->shared->type;
  out->has_bias = has_bias(p, group);
  if (vsg_dnn_describe(&out->src, src, p->images, type,
                       few ? dnnl_format_tag_any : vsg_dnn_blocked(src), err) ||
      vsg_dnn_describe(&out->dst, dst, p->images, map ? type : dnnl_f32,
                       vsg_dnn_blocked(dst), err)) {
    return err->code;
  }
  return describe_weights(out, root, type, err);
}

/* The primitive's step: inputs in its layouts, its result over the residual. */
static vsg_status add_step(vsg_dnn_program *p, int node, int group,
                           const described *parts, dnnl_primitive_desc_t pd,
                           vsg_error *err) {
  const vsg_group *g = &p->shared->fusion.group[group];
  const vsg_node *root = &p->shared->request->graph->node[g->root];
  const dnnl_memory_desc_t *md[3];
  const vsg_dnn_weights *weights, *bias = NULL;
  vsg_dnn_step *step;
  int src, dst;
  md[0] = dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0);
  md[1] = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
  md[2] = dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0);
  if (vsg_dnn_want(&src, p, root->input[0], md[0], err) ||
      vsg_dnn_pack(&weights, p->shared, group, false, &parts->plain, md[1],
                   err) ||
      (parts->has_bias && vsg_dnn_pack(&bias, p->shared, group, true,
                                       &parts->bias, &parts->bias, err)) ||
      (g->residual >= 0
           ? vsg_dnn_make_over(&dst, p, node, g->residual, md[2], src, err)
           : vsg_dnn_make(&dst, p, node, md[2], err)) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    dnnl_primitive_desc_destroy(pd);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  vsg_dnn_arg_weights(step, DNNL_ARG_WEIGHTS, weights);
  if (bias) vsg_dnn_arg_weights(step, DNNL_ARG_BIAS, bias);
  return vsg_dnn_primitive(p, step, pd, err);
}

/* ---- convolution ---- */

/* Winograd's F(4x4,3x3) takes 4 of 9 multiplications; what it adds around them
 * pays from some channels on. */
enum { WINOGRAD_LEAST = 32 };

static bool winograd_fits(const vsg_dnn_program *p, const vsg_node *root,
                          const vsg_window *w) {
  bool fits = p->shared->type == dnnl_f32 && /* there is none of other types */
              vsg_node_integer(root, "groups") == 1;
  for (int i = 0; i < 2; i++) {
    fits = fits && w->kernel[i] == 3 && w->stride[i] == 1 &&
           w->dilation[i] == 1 && w->before[i] <= 1 && w->after[i] <= 1;
  }
  const vsg_shape *shape = &root->slot[0].shape;
  return fits && shape->dim[0] >= WINOGRAD_LEAST &&
         shape->dim[1] >= WINOGRAD_LEAST;
}

static dnnl_status_t convolution(dnnl_primitive_desc_t *out, const described *t,
                                 const vsg_window *w, dnnl_alg_kind_t kind,
                                 dnnl_primitive_attr_t attr,
                                 dnnl_engine_t engine) {
  dnnl_convolution_desc_t d;
  dnnl_dims_t stride, dilation, before, after;
  for (int i = 0; i < 2; i++) {
    stride[i] = w->stride[i];
    dilation[i] = w->dilation[i] - 1;
    before[i] = w->before[i];
    after[i] = w->after[i];
  }
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &d, dnnl_forward_inference, kind, &t->src, &t->weights,
      t->has_bias ? &t->bias : NULL, &t->dst, stride, dilation, before, after);
  if (status) return status;
  return dnnl_primitive_desc_create(out, &d, attr, engine, NULL);
}

vsg_status vsg_dnn_conv2d(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_group *g = &p->shared->fusion.group[group];
  const vsg_node *root = &r->graph->node[g->root];
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  vsg_window w;
  described parts;
  if (vsg_window_of(&w, root, &r->shape[root->input[0]], err) ||
      describe(&parts, p, node, group, err) ||
      vsg_dnn_attributes(&attr, p, group, g->residual >= 0, err)) {
    return err->code;
  }
  dnnl_status_t status = dnnl_unimplemented;
  if (winograd_fits(p, root, &w)) {
    status = convolution(&pd, &parts, &w, dnnl_convolution_winograd, attr,
                         p->shared->engine);
  }
  if (status) {
    status = convolution(&pd, &parts, &w, dnnl_convolution_direct, attr,
                         p->shared->engine);
  }
  dnnl_primitive_attr_destroy(attr);
  *done = status == dnnl_success;
  return *done ? add_step(p, node, group, &parts, pd, err) : VSG_OK;
}

/* ---- dense ---- */

vsg_status vsg_dnn_linear(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  const vsg_group *g = &p->shared->fusion.group[group];
  dnnl_inner_product_desc_t d;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  described parts;
  if (describe(&parts, p, node, group, err) ||
      vsg_dnn_attributes(&attr, p, group, g->residual >= 0, err)) {
    return err->code;
  }
  dnnl_status_t status = dnnl_inner_product_forward_desc_init(
      &d, dnnl_forward_inference, &parts.src, &parts.weights,
      parts.has_bias ? &parts.bias : NULL, &parts.dst);
  if (!status) {
    status = dnnl_primitive_desc_create(&pd, &d, attr, p->shared->engine, NULL);
  }
  dnnl_primitive_attr_destroy(attr);
  *done = status == dnnl_success;
  return *done ? add_step(p, node, group, &parts, pd, err) : VSG_OK;
}
