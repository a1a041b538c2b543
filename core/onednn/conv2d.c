/* Convolutions and dense layers: a primitive for a whole group.
 *
 * With 8 bits the sums are of whole numbers: src of scale a, weights of a
 * factor b[c] a channel. The result in scale d is (sum + bias / (a b[c])) * a
 * b[c] / d, to which the residual of scale r is added times r / d; before an
 * activation d is left out, and what the activation gives is divided by it. */
#include <stdlib.h>
#include <string.h>

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
  int node, group;
  const vsg_node *root;
  dnnl_data_type_t type;                      /* of src */
  dnnl_memory_desc_t src, dst, weights, bias; /* with layouts left open */
  dnnl_memory_desc_t plain;                   /* of the weights */
  bool has_bias, winograd;                    /* winograd: may be used */
} described;

static vsg_status describe_weights(described *out, vsg_error *err) {
  const vsg_node *root = out->root;
  vsg_shape shape = root->slot[0].shape, bias = {.dims = 1};
  dnnl_data_type_t type = vsg_dnn_is_byte(out->type) ? dnnl_s8 : out->type;
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
                           int group, dnnl_data_type_t type, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *root = &r->graph->node[p->shared->fusion.group[group].root];
  const vsg_shape *src = &r->shape[root->input[0]], *dst = &r->shape[node];
  /* Photos have three channels: a layout of their own, by the primitive. */
  bool few = src->dims == 4 && src->dim[1] < FEW_CHANNELS;
  *out = (described){.winograd = r->passes & VSG_PASS_winograd,
                     .node = node,
                     .group = group,
                     .root = root,
                     .type = type,
                     .has_bias = has_bias(p, group)};
  if (vsg_dnn_describe(&out->src, src, p->images, type,
                       few ? dnnl_format_tag_any : vsg_dnn_blocked(p, src),
                       err) ||
      vsg_dnn_describe(&out->dst, dst, p->images,
                       type == dnnl_f32 ? type : p->shared->type[node],
                       vsg_dnn_blocked(p, dst), err)) {
    return err->code;
  }
  return describe_weights(out, err);
}

/* The type in which the residual is added. */
static dnnl_data_type_t residual_type(const vsg_dnn_program *p,
                                      const described *t) {
  dnnl_data_type_t type = t->dst.data_type;
  int residual = p->shared->fusion.group[t->group].residual;
  return vsg_dnn_is_byte(type) ? p->shared->byte[residual] : type;
}

/* The attributes of a group's primitive. */
static vsg_status attributes(dnnl_primitive_attr_t *out, vsg_dnn_program *p,
                             const described *t, vsg_error *err) {
  vsg_dnn_shared *s = p->shared;
  const vsg_group *g = &s->fusion.group[t->group];
  vsg_dnn_ending e = {.sum = g->residual >= 0,
                      .sum_scale = 1,
                      .activation = g->activation,
                      .scale = 1};
  if (e.sum) e.sum_type = residual_type(p, t);
  if (!vsg_dnn_is_byte(t->type)) return vsg_dnn_attributes(out, p, &e, err);
  const float *weight;
  if (vsg_dnn_factors(&weight, s, t->group, err)) return err->code;
  long channels = t->root->slot[0].shape.dim[0];
  float *factor = malloc((size_t)channels * sizeof *factor);
  if (!factor) return vsg_fail_memory(err, "plan", sizeof *factor);
  float after = 1 / vsg_dnn_scale(s, t->node, t->dst.data_type);
  float sums = vsg_dnn_scale(s, t->root->input[0], t->type);
  if (e.sum) e.sum_scale = vsg_dnn_scale(s, g->residual, e.sum_type);
  if (e.activation < 0) {
    sums *= after;
    e.sum_scale *= after;
  } else {
    e.scale = after;
  }
  for (long c = 0; c < channels; c++) factor[c] = weight[c] * sums;
  e.factor = factor;
  e.factors = (int)channels;
  vsg_status status = vsg_dnn_attributes(out, p, &e, err);
  free(factor);
  return status;
}

/* The primitive's step: inputs in its layouts, its result over the residual. */
static vsg_status add_step(vsg_dnn_program *p, const described *t,
                           dnnl_primitive_desc_t pd, vsg_error *err) {
  const vsg_group *g = &p->shared->fusion.group[t->group];
  const dnnl_memory_desc_t *md[3];
  dnnl_memory_desc_t before;
  const vsg_dnn_weights *weights, *bias = NULL;
  vsg_dnn_step *step;
  int src, dst;
  md[0] = dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0);
  md[1] = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
  md[2] = dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0);
  before = *md[2];
  if (g->residual >= 0) before.data_type = residual_type(p, t);
  if (vsg_dnn_want(&src, p, t->root->input[0], md[0], err) ||
      vsg_dnn_pack(&weights, p->shared, t->group, t->type, &t->plain, md[1],
                   err) ||
      (t->has_bias &&
       vsg_dnn_pack_bias(&bias, p->shared, t->group, t->type, &t->bias, err)) ||
      (g->residual >= 0 ? vsg_dnn_make_over(&dst, p, t->node, g->residual,
                                            &before, md[2], src, err)
                        : vsg_dnn_make(&dst, p, t->node, md[2], err)) ||
      vsg_dnn_step_new(&step, p, t->node, err)) {
    dnnl_primitive_desc_destroy(pd);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  vsg_dnn_arg_weights(step, DNNL_ARG_WEIGHTS, weights);
  if (bias) vsg_dnn_arg_weights(step, DNNL_ARG_BIAS, bias);
  return vsg_dnn_primitive(p, step, pd, err);
}

/* Makes a primitive's description, or says what is the matter. */
typedef dnnl_status_t create_function(dnnl_primitive_desc_t *out,
                                      const described *t, const vsg_window *w,
                                      dnnl_primitive_attr_t attr,
                                      dnnl_engine_t engine);

/* oneDNN has slow loops for what its fast ones do not take. */
static bool is_slow(const_dnnl_primitive_desc_t pd) {
  const char *name = "";
  dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
  return strncmp(name, "ref", 3) == 0;
}

/* The group's step, with inputs of that type; *done is false where oneDNN has
 * none. */
static vsg_status build(bool *done, vsg_dnn_program *p, int node, int group,
                        dnnl_data_type_t type, const vsg_window *w,
                        create_function *create, vsg_error *err) {
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  described t;
  if (describe(&t, p, node, group, type, err) ||
      attributes(&attr, p, &t, err)) {
    return err->code;
  }
  dnnl_status_t status = create(&pd, &t, w, attr, p->shared->engine);
  dnnl_primitive_attr_destroy(attr);
  *done = status == dnnl_success;
  if (*done && vsg_dnn_is_byte(type) && is_slow(pd)) {
    dnnl_primitive_desc_destroy(pd);
    *done = false;
  }
  return *done ? add_step(p, &t, pd, err) : VSG_OK;
}

/* As the precision says, else with f32. */
static vsg_status build_any(bool *done, vsg_dnn_program *p, int node, int group,
                            const vsg_window *w, create_function *create,
                            vsg_error *err) {
  dnnl_data_type_t type =
      vsg_dnn_reads(p->shared, p->shared->fusion.group[group].root);
  if (build(done, p, node, group, type, w, create, err)) return err->code;
  if (*done || type == dnnl_f32) return VSG_OK;
  return build(done, p, node, group, dnnl_f32, w, create, err);
}

/* ---- convolution ---- */

/* Winograd's F(4x4,3x3) takes 4 of 9 multiplications; what it adds around them
 * pays from some channels on. oneDNN does not choose it by itself. Layers with
 * as many channels of results by it, beside the direct algorithm: 1.5 times as
 * fast with 32 channels at 56x56, 2.0 with 64 there, 1.9 with 128 at 28x28, 2.2
 * with 256 at 14x14, 1.6 with 512 at 7x7 and 2.3 at 14x14; 2.0 to 3.0 in VGG16
 * (one thread, experiments/bench.lua --works kernels). */
enum { WINOGRAD_LEAST = 32 };

static bool winograd_fits(const described *t, const vsg_window *w) {
  bool fits = t->winograd &&
              t->type == dnnl_f32 && /* there is none of other types */
              vsg_node_integer(t->root, "groups") == 1;
  for (int i = 0; i < 2; i++) {
    fits = fits && w->kernel[i] == 3 && w->stride[i] == 1 &&
           w->dilation[i] == 1 && w->before[i] <= 1 && w->after[i] <= 1;
  }
  const vsg_shape *shape = &t->root->slot[0].shape;
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

static dnnl_status_t create_convolution(dnnl_primitive_desc_t *out,
                                        const described *t, const vsg_window *w,
                                        dnnl_primitive_attr_t attr,
                                        dnnl_engine_t engine) {
  dnnl_status_t status = dnnl_unimplemented;
  if (winograd_fits(t, w)) {
    status = convolution(out, t, w, dnnl_convolution_winograd, attr, engine);
  }
  if (!status) return status;
  return convolution(out, t, w, dnnl_convolution_direct, attr, engine);
}

vsg_status vsg_dnn_conv2d(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *root = &r->graph->node[p->shared->fusion.group[group].root];
  vsg_window w;
  if (vsg_window_of(&w, root, &r->shape[root->input[0]], err)) {
    return err->code;
  }
  if (vsg_dnn_direct(done, p, node, group, &w, err)) return err->code;
  if (*done) return VSG_OK;
  if (vsg_dnn_depthwise(done, p, node, group, &w, err)) return err->code;
  if (*done) return VSG_OK;
  return build_any(done, p, node, group, &w, create_convolution, err);
}

/* ---- dense ---- */

static dnnl_status_t create_dense(dnnl_primitive_desc_t *out,
                                  const described *t, const vsg_window *w,
                                  dnnl_primitive_attr_t attr,
                                  dnnl_engine_t engine) {
  dnnl_inner_product_desc_t d;
  (void)w;
  dnnl_status_t status = dnnl_inner_product_forward_desc_init(
      &d, dnnl_forward_inference, &t->src, &t->weights,
      t->has_bias ? &t->bias : NULL, &t->dst);
  if (status) return status;
  return dnnl_primitive_desc_create(out, &d, attr, engine, NULL);
}

vsg_status vsg_dnn_linear(bool *done, vsg_dnn_program *p, int node, int group,
                          vsg_error *err) {
  return build_any(done, p, node, group, NULL, create_dense, err);
}
