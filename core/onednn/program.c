/* Building a program: nodes become steps in the graph's order, each group at
 * its last node's turn. See program.h. */
#include "core/onednn/program.h"

#include <stdlib.h>
#include <string.h>

#include "core/graph/memory.h"

vsg_status vsg_dnn_check(dnnl_status_t status, const char *what,
                         vsg_error *err) {
  if (status == dnnl_success) return VSG_OK;
  if (status == dnnl_out_of_memory) return vsg_fail_memory(err, what, 0);
  return vsg_fail(err, VSG_DEVICE, "%s: oneDNN says %d", what, (int)status);
}

bool vsg_dnn_can(dnnl_cpu_isa_t isa) {
  return ((int)dnnl_get_effective_cpu_isa() & (int)isa) == (int)isa;
}

/* Room for one more of size each; at is a pointer to an array. */
static vsg_status grow(void *at, int count, int *room, size_t each,
                       vsg_error *err) {
  void **array = at;
  if (count < *room) return VSG_OK;
  int wanted = *room ? 2 * *room : 32;
  void *larger = realloc(*array, (size_t)wanted * each);
  if (!larger) return vsg_fail_memory(err, "plan", (size_t)wanted * each);
  *array = larger;
  *room = wanted;
  return VSG_OK;
}

/* ---- layouts ---- */

dnnl_format_tag_t vsg_dnn_plain(int dims) {
  static const dnnl_format_tag_t plain[] = {
      dnnl_format_tag_undef, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde};
  return plain[dims];
}

dnnl_format_tag_t vsg_dnn_blocked(const vsg_dnn_program *p,
                                  const vsg_shape *shape) {
  bool wide = vsg_dnn_can(dnnl_cpu_isa_avx512_core);
  if (shape->dims != 4) return vsg_dnn_plain(shape->dims);
  if (p->shared->request->precision == VSG_PRECISION_int8) return dnnl_acdb;
  return wide ? dnnl_aBcd16b : dnnl_aBcd8b;
}

vsg_status vsg_dnn_describe(dnnl_memory_desc_t *out, const vsg_shape *shape,
                            int images, dnnl_data_type_t type,
                            dnnl_format_tag_t tag, vsg_error *err) {
  dnnl_dims_t dims;
  for (int i = 0; i < shape->dims; i++) dims[i] = shape->dim[i];
  if (images > 0) dims[0] = images;
  return vsg_dnn_check(
      dnnl_memory_desc_init_by_tag(out, shape->dims, dims, type, tag), "plan",
      err);
}

vsg_status vsg_dnn_describe_plain(dnnl_memory_desc_t *out,
                                  const vsg_shape *shape, int images,
                                  vsg_error *err) {
  return vsg_dnn_describe(out, shape, images, dnnl_f32,
                          vsg_dnn_plain(shape->dims), err);
}

const dnnl_memory_desc_t *vsg_dnn_layout(const vsg_dnn_program *p, int node) {
  return &p->value[p->primary[node]].md;
}

/* ---- values ---- */

static vsg_status new_value(int *value, vsg_dnn_program *p, int node,
                            const dnnl_memory_desc_t *md, vsg_error *err) {
  if (grow(&p->value, p->values, &p->values_room, sizeof *p->value, err)) {
    return err->code;
  }
  *value = p->values++;
  p->value[*value] =
      (vsg_dnn_value){.md = *md,
                      .buffer = -1,
                      .input = -1,
                      .result = -1,
                      .scale = vsg_dnn_scale(p->shared, node, md->data_type)};
  return VSG_OK;
}

/* A value with a new buffer that the next step writes. */
static vsg_status new_buffered(int *value, vsg_dnn_program *p, int node,
                               const dnnl_memory_desc_t *md, vsg_error *err) {
  if (grow(&p->buffer, p->buffers, &p->buffers_room, sizeof *p->buffer, err) ||
      new_value(value, p, node, md, err)) {
    return err->code;
  }
  p->value[*value].buffer = p->buffers;
  p->buffer[p->buffers++] =
      (vsg_dnn_buffer){.bytes = dnnl_memory_desc_get_size(md),
                       .first = p->steps,
                       .last = p->steps};
  return VSG_OK;
}

vsg_status vsg_dnn_make(int *value, vsg_dnn_program *p, int node,
                        const dnnl_memory_desc_t *md, vsg_error *err) {
  if (new_buffered(value, p, node, md, err)) return err->code;
  p->primary[node] = *value;
  return VSG_OK;
}

/* A step that puts value from into value to. */
static vsg_status reorder(vsg_dnn_program *p, int node, int from, int to,
                          vsg_error *err) {
  dnnl_primitive_desc_t pd;
  dnnl_primitive_attr_t attr;
  vsg_dnn_step *step;
  const vsg_dnn_value *a = &p->value[from], *b = &p->value[to];
  float factor = a->scale / b->scale;
  vsg_dnn_ending ending = {
      .factors = factor != 1, .factor = &factor, .activation = -1};
  if (vsg_dnn_attributes(&attr, p, &ending, err)) return err->code;
  dnnl_status_t status = dnnl_reorder_primitive_desc_create(
      &pd, &a->md, p->shared->engine, &b->md, p->shared->engine, attr);
  dnnl_primitive_attr_destroy(attr);
  if (vsg_dnn_check(status, "plan, reorder", err)) return err->code;
  if (vsg_dnn_step_new(&step, p, node, err)) {
    dnnl_primitive_desc_destroy(pd);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_FROM, from);
  vsg_dnn_arg(p, step, DNNL_ARG_TO, to);
  if (vsg_dnn_primitive(p, step, pd, err)) return err->code;
  step->impl = "reorder";
  return VSG_OK;
}

vsg_status vsg_dnn_want(int *value, vsg_dnn_program *p, int node,
                        const dnnl_memory_desc_t *md, vsg_error *err) {
  *value = p->primary[node];
  if (dnnl_memory_desc_equal(&p->value[*value].md, md)) return VSG_OK;
  int plain = p->plain[node];
  if (plain >= 0 && dnnl_memory_desc_equal(&p->value[plain].md, md)) {
    *value = plain;
    return VSG_OK;
  }
  int from = *value;
  if (new_buffered(value, p, node, md, err)) return err->code;
  return reorder(p, node, from, *value, err);
}

vsg_status vsg_dnn_want_plain(int *value, vsg_dnn_program *p, int node,
                              vsg_error *err) {
  dnnl_memory_desc_t md;
  const vsg_shape *shape = &p->shared->request->shape[node];
  if (vsg_dnn_describe_plain(&md, shape, p->images, err) ||
      vsg_dnn_want(value, p, node, &md, err)) {
    return err->code;
  }
  p->plain[node] = *value;
  return VSG_OK;
}

bool vsg_dnn_last(const vsg_dnn_program *p, int node, int turn) {
  return p->shared->last_use[node] <= turn &&
         p->value[p->primary[node]].buffer >= 0;
}

vsg_status vsg_dnn_make_over(int *value, vsg_dnn_program *p, int node,
                             int other, const dnnl_memory_desc_t *before,
                             const dnnl_memory_desc_t *md, int busy,
                             vsg_error *err) {
  int from;
  if (vsg_dnn_want(&from, p, other, before, err)) return err->code;
  bool own = from != p->primary[other] && from != p->plain[other];
  bool free_now = vsg_dnn_last(p, other, node);
  if (busy >= 0 && p->value[from].buffer == p->value[busy].buffer) {
    free_now = own = false;
  }
  if (!own && !free_now) {
    int copy;
    if (new_buffered(&copy, p, other, before, err) ||
        reorder(p, other, from, copy, err)) {
      return err->code;
    }
    from = copy;
  }
  if (new_value(value, p, node, md, err)) return err->code;
  p->value[*value].buffer = p->value[from].buffer;
  p->primary[node] = *value;
  return VSG_OK;
}

/* ---- steps ---- */

vsg_status vsg_dnn_step_new(vsg_dnn_step **out, vsg_dnn_program *p, int node,
                            vsg_error *err) {
  if (grow(&p->step, p->steps, &p->steps_room, sizeof *p->step, err)) {
    return err->code;
  }
  *out = &p->step[p->steps++];
  **out = (vsg_dnn_step){
      .node = node, .images = p->images, .request = p->shared->request};
  return VSG_OK;
}

void vsg_dnn_arg(vsg_dnn_program *p, vsg_dnn_step *step, int key, int value) {
  int buffer = p->value[value].buffer;
  step->arg[step->args].key = key;
  step->arg[step->args].type = p->value[value].md.data_type;
  step->arg[step->args].scale = p->value[value].scale;
  step->arg[step->args++].value = value;
  if (buffer >= 0) p->buffer[buffer].last = (int)(step - p->step);
}

void vsg_dnn_arg_weights(vsg_dnn_step *step, int key,
                         const vsg_dnn_weights *weights) {
  step->arg[step->args].key = key;
  step->arg[step->args].value = -1;
  step->arg[step->args++].weights = weights;
}

vsg_status vsg_dnn_primitive(vsg_dnn_program *p, vsg_dnn_step *step,
                             dnnl_primitive_desc_t pd, vsg_error *err) {
  const dnnl_memory_desc_t *md =
      dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
  size_t bytes = md ? dnnl_memory_desc_get_size(md) : 0;
  if (bytes > p->scratchpad) p->scratchpad = bytes;
  dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &step->impl);
  vsg_status status = vsg_dnn_check(dnnl_primitive_create(&step->primitive, pd),
                                    "plan, primitive", err);
  dnnl_primitive_desc_destroy(pd);
  return status;
}

/* ---- building ---- */

/* The part that builds a layer; NULL: the reference engine. */
static vsg_dnn_build *const builders[VSG_LAYER_COUNT] = {
    [VSG_LAYER_conv2d] = vsg_dnn_conv2d,
    [VSG_LAYER_linear] = vsg_dnn_linear,
    [VSG_LAYER_max_pool] = vsg_dnn_pool,
    [VSG_LAYER_avg_pool] = vsg_dnn_pool,
    [VSG_LAYER_global_pool] = vsg_dnn_pool,
    [VSG_LAYER_relu] = vsg_dnn_eltwise,
    [VSG_LAYER_clip] = vsg_dnn_eltwise,
    [VSG_LAYER_sigmoid] = vsg_dnn_eltwise,
    [VSG_LAYER_add] = vsg_dnn_add,
    [VSG_LAYER_concat] = vsg_dnn_concat,
    [VSG_LAYER_batch_norm] = vsg_dnn_affine,
    [VSG_LAYER_scale] = vsg_dnn_affine,
    [VSG_LAYER_prelu] = vsg_dnn_prelu,
    [VSG_LAYER_mul] = vsg_dnn_mul,
};

static vsg_status add_input(vsg_dnn_program *p, int node, int place,
                            vsg_error *err) {
  dnnl_memory_desc_t md;
  const vsg_shape *shape = &p->shared->request->shape[node];
  if (vsg_dnn_describe_plain(&md, shape, p->images, err) ||
      new_value(&p->primary[node], p, node, &md, err)) {
    return err->code;
  }
  p->value[p->primary[node]].input = place;
  p->plain[node] = p->primary[node];
  return VSG_OK;
}

static vsg_status add_node(vsg_dnn_program *p, int node, int group,
                           vsg_error *err) {
  const vsg_graph *g = p->shared->request->graph;
  int root = group >= 0 ? p->shared->fusion.group[group].root : node;
  vsg_dnn_build *build = builders[g->node[root].layer->id];
  bool done = false;
  if (build && build(&done, p, node, group, err)) return err->code;
  if (done) return VSG_OK;
  /* What no primitive takes is computed node by node. */
  for (int i = root; i <= node; i++) {
    if (group >= 0 && p->shared->fusion.member[i] != group) continue;
    if (vsg_dnn_reference(p, i, err)) return err->code;
  }
  return VSG_OK;
}

static void copy(const vsg_dnn_step *step, void *const *at, float *scratch) {
  (void)scratch;
  memcpy(at[1], at[0], dnnl_memory_desc_get_size(&step->md));
}

/* A value's numbers put into another one's memory as they lie: a reorder would
 * take longer to make than to run. */
static vsg_status add_copy(vsg_dnn_program *p, int node, int from, int to,
                           vsg_error *err) {
  vsg_dnn_step *step;
  if (vsg_dnn_step_new(&step, p, node, err)) return err->code;
  vsg_dnn_arg(p, step, DNNL_ARG_FROM, from);
  vsg_dnn_arg(p, step, DNNL_ARG_TO, to);
  step->md = p->value[to].md;
  step->impl = "reorder";
  step->run = copy;
  return VSG_OK;
}

/* Results are plain numbers in the caller's memory. */
static vsg_status add_results(vsg_dnn_program *p, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  for (int i = 0; i < r->results; i++) {
    dnnl_memory_desc_t md;
    const vsg_shape *shape = &r->shape[r->result[i]];
    int value, from = p->primary[r->result[i]];
    if (vsg_dnn_describe_plain(&md, shape, p->images, err) ||
        new_value(&value, p, r->result[i], &md, err)) {
      return err->code;
    }
    p->value[value].result = i;
    bool equal = dnnl_memory_desc_equal(&p->value[from].md, &md);
    if (equal ? add_copy(p, r->result[i], from, value, err)
              : reorder(p, r->result[i], from, value, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* Puts the buffers into the arena. */
static vsg_status place_buffers(vsg_dnn_program *p, vsg_error *err) {
  size_t n = (size_t)p->buffers + 1;
  size_t *size = calloc(2 * n, sizeof *size);
  int *first = calloc(2 * n, sizeof *first);
  if (size && first) {
    for (int i = 0; i < p->buffers; i++) {
      size[i] = vsg_dnn_lines(p->buffer[i].bytes);
      first[i] = p->buffer[i].first;
      first[n + (size_t)i] = p->buffer[i].last;
    }
    vsg_memory_place(size + n, &p->arena, size, first, first + n, p->buffers);
    for (int i = 0; i < p->buffers; i++) {
      p->buffer[i].offset = size[n + (size_t)i];
    }
  }
  bool whole = size && first;
  free(size);
  free(first);
  return whole ? VSG_OK : vsg_fail_memory(err, "plan", 2 * n * sizeof *size);
}

static vsg_status add_nodes(vsg_dnn_program *p, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_fusion *f = &p->shared->fusion;
  int inputs = 0;
  for (int i = 0; i < r->graph->nodes; i++) {
    if (!r->graph->node[i].layer) {
      if (add_input(p, i, inputs++, err)) return err->code;
      continue;
    }
    int group = f->member[i];
    if (!r->needed[i] || (group >= 0 && f->group[group].last != i)) continue;
    if (add_node(p, i, group, err)) return err->code;
  }
  return VSG_OK;
}

void vsg_dnn_program_free(vsg_dnn_program *p) {
  if (!p) return;
  for (int i = 0; i < p->steps; i++) {
    if (p->step[i].primitive) dnnl_primitive_destroy(p->step[i].primitive);
    free(p->step[i].constant);
  }
  free(p->step);
  free(p->value);
  free(p->buffer);
  free(p->primary);
  free(p->plain);
  free(p);
}

vsg_status vsg_dnn_program_new(vsg_dnn_program **out, vsg_dnn_shared *shared,
                               int images, int threads, vsg_error *err) {
  vsg_dnn_program *p = calloc(1, sizeof *p);
  size_t bytes = (size_t)shared->request->graph->nodes * sizeof(int);
  if (!p) return vsg_fail_memory(err, "plan", sizeof *p);
  p->shared = shared;
  p->images = images;
  p->threads = threads;
  p->primary = malloc(bytes);
  p->plain = malloc(bytes);
  vsg_status status = VSG_OK;
  if (!p->primary || !p->plain) {
    status = vsg_fail_memory(err, "plan", bytes);
  } else {
    memset(p->primary, 0xff, bytes);
    memset(p->plain, 0xff, bytes);
    if (add_nodes(p, err) || add_results(p, err)) status = err->code;
    if (!status) vsg_dnn_chain(p);
    if (!status) status = place_buffers(p, err);
  }
  if (status) {
    vsg_dnn_program_free(p);
    return status;
  }
  *out = p;
  return VSG_OK;
}
