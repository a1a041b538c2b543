/* Leaving out places that nobody reads; see thin.h.
 *
 * Every node has a step: of its rows and columns every step-th is computed, or
 * none with step 0. A node's readers decide it, from the last node to the
 * first; where they do not agree it is 1, and who wants fewer gets them by a
 * max_pool of one place. */
#include "core/graph/thin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/graph/fuse.h"
#include "core/graph/window.h"

/* What a node does with places. */
typedef enum kind {
  FIXED, /* it wants all of its inputs, and makes all of its numbers */
  EACH,  /* one place of a result is made of that place of its inputs */
  CONVOLUTION
} kind;

typedef struct search {
  const vsg_request *r;
  long *step;
  int *place; /* in the new graph, or -1 */
} search;

static bool is_map(const vsg_shape *shape) {
  return shape->dims == 4 && shape->dim[2] * shape->dim[3] > 1;
}

/* Maps of one size, and numbers per channel. */
static bool aligned(const vsg_request *r, const vsg_node *node, int place) {
  const vsg_shape *out = &r->shape[place];
  for (int k = 0; k < node->inputs; k++) {
    const vsg_shape *in = &r->shape[node->input[k]];
    if (in->dims != 4) return false;
    bool same = in->dim[2] == out->dim[2] && in->dim[3] == out->dim[3];
    if (is_map(in) && !same) return false;
  }
  return true;
}

/* True for a convolution of single places; *step: of which ones it reads. */
static vsg_status is_single(bool *out, long *step, const vsg_request *r,
                            int place, vsg_error *err) {
  const vsg_node *node = &r->graph->node[place];
  vsg_window w;
  *out = false;
  if (!vsg_node_is_a(node, VSG_LAYER_conv2d)) return VSG_OK;
  if (vsg_window_of(&w, node, &r->shape[node->input[0]], err)) {
    return err->code;
  }
  *out = w.stride[0] == w.stride[1];
  *step = w.stride[0];
  for (int i = 0; i < 2; i++) {
    *out = *out && w.kernel[i] == 1 && w.before[i] == 0 && w.after[i] == 0;
  }
  return VSG_OK;
}

/* The convolution of single places whose mean, per channel, a global pool
 * takes, after norms; or -1. It is also that convolution of the mean of its
 * input. Not with 8 bits, in which the mean would be rounded. */
static vsg_status averaged(int *out, const vsg_request *r, int place,
                           vsg_error *err) {
  const vsg_node *node = &r->graph->node[place];
  bool single;
  long step;
  *out = -1;
  if (!vsg_node_is_a(node, VSG_LAYER_global_pool) ||
      !vsg_node_is(node, "mode", "avg") || r->precision == VSG_PRECISION_int8) {
    return VSG_OK;
  }
  int from = node->input[0];
  while (vsg_fuse_is_affine(&r->graph->node[from])) {
    from = r->graph->node[from].input[0];
  }
  if (is_single(&single, &step, r, from, err)) return err->code;
  if (single && step == 1 && is_map(&r->shape[from])) *out = from;
  return VSG_OK;
}

static kind kind_of(const vsg_request *r, int place) {
  const vsg_node *node = &r->graph->node[place];
  if (!node->layer || !is_map(&r->shape[place])) return FIXED;
  switch (node->layer->id) {
    case VSG_LAYER_conv2d:
      return CONVOLUTION;
    case VSG_LAYER_relu:
    case VSG_LAYER_clip:
    case VSG_LAYER_sigmoid:
    case VSG_LAYER_prelu:
    case VSG_LAYER_batch_norm:
    case VSG_LAYER_scale:
    case VSG_LAYER_add:
    case VSG_LAYER_mul:
      return aligned(r, node, place) ? EACH : FIXED;
    default:
      return FIXED;
  }
}

/* A node wants a step of one of its inputs. */
static void ask(search *s, int input, long step) {
  long *of = &s->step[input];
  *of = *of == 0 || *of == step ? step : 1;
}

/* A node asks for what it reads. */
static vsg_status ask_inputs(search *s, int place, vsg_error *err) {
  const vsg_node *node = &s->r->graph->node[place];
  bool single;
  long step;
  int mean;
  if (is_single(&single, &step, s->r, place, err) ||
      averaged(&mean, s->r, place, err)) {
    return err->code;
  }
  if (mean >= 0) { /* it takes what there will be, see add_mean */
    ask(s, s->r->graph->node[mean].input[0], 1);
    return VSG_OK;
  }
  step = single ? step * s->step[place] : 1;
  if (kind_of(s->r, place) == EACH) step = s->step[place];
  for (int k = 0; k < node->inputs; k++) ask(s, node->input[k], step);
  return VSG_OK;
}

/* Fills the steps; *any is true when one is not 1. */
static vsg_status find_steps(bool *any, search *s, vsg_error *err) {
  const vsg_request *r = s->r;
  for (int i = 0; i < r->results; i++) s->step[r->result[i]] = 1;
  for (int i = r->graph->nodes - 1; i >= 0; i--) {
    if (!r->needed[i]) continue;
    /* Nobody but means before it wants it: then it is not made. */
    bool unread = s->step[i] == 0;
    if (kind_of(r, i) == FIXED) s->step[i] = 1;
    *any = *any || s->step[i] != 1;
    if (r->graph->node[i].layer && !unread && ask_inputs(s, i, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* ---- the new graph ---- */

/* A name that no node of either graph has; it is never seen. */
static void fresh_name(char name[32], const vsg_thinned *t, const search *s) {
  int n = t->graph->nodes;
  do {
    snprintf(name, 32, "thin#%d", n++);
  } while (vsg_graph_find(t->graph, name) >= 0 ||
           vsg_graph_find(s->r->graph, name) >= 0);
}

/* The place of an old node's numbers in that step, by a max_pool where all of
 * them are there. */
static vsg_status take(int *out, vsg_thinned *t, const search *s, int old,
                       long step, vsg_error *err) {
  vsg_value value[VSG_MAX_PARAMS] = {{0}};
  const vsg_layer *pool = vsg_layers[VSG_LAYER_max_pool];
  *out = s->place[old];
  if (!is_map(&s->r->shape[old]) || s->step[old] == step) return VSG_OK;
  for (int i = 0; pool->params[i].name; i++) {
    if (isnan(pool->params[i].fallback)) continue;
    if (vsg_param_default(&value[i], pool, &pool->params[i], err)) {
      return err->code;
    }
  }
  value[vsg_param_find(pool, "kernel")] =
      (vsg_value){.count = 2, .number = {1, 1}};
  value[vsg_param_find(pool, "stride")] =
      (vsg_value){.count = 2, .number = {(double)step, (double)step}};
  int from = *out;
  char name[32];
  fresh_name(name, t, s);
  if (vsg_graph_add(out, t->graph, pool, name, value, &from, 1, err)) {
    return err->code;
  }
  t->origin[*out] = old;
  return VSG_OK;
}

/* The parameters of a convolution whose input and result have those steps:
 * padding is what it was, in numbers. */
static vsg_status stretch(vsg_value *value, const search *s, int old, long in,
                          vsg_error *err) {
  const vsg_node *node = &s->r->graph->node[old];
  vsg_value *stride = &value[vsg_param_find(node->layer, "stride")];
  vsg_value *pad = &value[vsg_param_find(node->layer, "pad")];
  vsg_window w;
  if (vsg_window_of(&w, node, &s->r->shape[node->input[0]], err)) {
    return err->code;
  }
  *pad = (vsg_value){.count = 4};
  for (int i = 0; i < 2; i++) {
    stride->number[i] = (double)(w.stride[i] * s->step[old] / in);
    pad->number[2 * i] = (double)w.before[i];
    pad->number[2 * i + 1] = (double)w.after[i];
  }
  return VSG_OK;
}

/* Adds a node of that layer and those tensors. */
static vsg_status add_like(int *out, vsg_thinned *t, const vsg_node *node,
                           const char *name, const vsg_value *value,
                           const int *input, vsg_error *err) {
  if (vsg_graph_add(out, t->graph, node->layer, name, value, input,
                    node->inputs, err)) {
    return err->code;
  }
  for (int k = 0; k < node->slots; k++) {
    if (vsg_graph_set(t->graph, *out, node->slot[k].name, node->slot[k].tensor,
                      err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* The mean of a map of which not all places are there: of its convolution's
 * input, and then of that what followed up to the pool. */
static vsg_status add_mean(vsg_thinned *t, search *s, int pool, int convolution,
                           vsg_error *err) {
  const vsg_graph *g = s->r->graph;
  int old = g->node[convolution].input[0], made;
  char name[32];
  fresh_name(name, t, s);
  if (add_like(&made, t, &g->node[pool], name, g->node[pool].value,
               &s->place[old], err)) {
    return err->code;
  }
  t->origin[made] = old;
  while (old != g->node[pool].input[0]) {
    int next = g->node[pool].input[0], input = made;
    while (g->node[next].input[0] != old) next = g->node[next].input[0];
    const vsg_node *node = &g->node[next];
    bool last = next == g->node[pool].input[0];
    fresh_name(name, t, s);
    if (add_like(&made, t, node, last ? g->node[pool].name : name, node->value,
                 &input, err)) {
      return err->code;
    }
    t->origin[made] = old = next;
  }
  s->place[pool] = made;
  return VSG_OK;
}

/* Adds a node as it was, but for its step and those of its inputs. */
static vsg_status add_layer(vsg_thinned *t, search *s, int old,
                            vsg_error *err) {
  const vsg_node *node = &s->r->graph->node[old];
  vsg_value value[VSG_MAX_PARAMS];
  long in = s->step[node->input[0]];
  vsg_status status = VSG_OK;
  int mean = -1;
  if (in != 1 && averaged(&mean, s->r, old, err)) return err->code;
  if (mean >= 0) return add_mean(t, s, old, mean, err);
  int *input = calloc((size_t)node->inputs + 1, sizeof *input);
  if (!input) return vsg_fail_memory(err, "plan", sizeof *input);
  memcpy(value, node->value, sizeof value);
  bool stretched = kind_of(s->r, old) == CONVOLUTION;
  if (stretched && s->step[old] * in > 1) {
    status = stretch(value, s, old, in, err);
  }
  long step = stretched ? in : s->step[old];
  for (int k = 0; !status && k < node->inputs; k++) {
    status = take(&input[k], t, s, node->input[k], step, err);
  }
  if (!status) {
    status = add_like(&s->place[old], t, node, node->name, value, input, err);
  }
  free(input);
  return status;
}

/* The shapes of the old graph's inputs are those of the new one's. */
static vsg_status find_shapes(vsg_thinned *t, const vsg_request *r,
                              vsg_error *err) {
  vsg_shape *input = calloc((size_t)r->graph->nodes + 1, sizeof *input);
  int inputs = 0;
  if (!input) return vsg_fail_memory(err, "plan", sizeof *input);
  for (int i = 0; i < r->graph->nodes; i++) {
    if (!r->graph->node[i].layer) input[inputs++] = r->shape[i];
  }
  vsg_status status = vsg_graph_shapes(t->shape, t->graph, input, err);
  free(input);
  return status;
}

static vsg_status add_nodes(vsg_thinned *t, search *s, vsg_error *err) {
  const vsg_request *r = s->r;
  if (vsg_graph_new(&t->graph, r->graph->name, err)) return err->code;
  for (int i = 0; i < r->graph->nodes; i++) {
    const vsg_node *node = &r->graph->node[i];
    s->place[i] = -1;
    if (!node->layer) {
      if (vsg_graph_input(&s->place[i], t->graph, node->name, &node->shape,
                          err)) {
        return err->code;
      }
    } else if (r->needed[i] && s->step[i] > 0 && add_layer(t, s, i, err)) {
      return err->code;
    }
    if (s->place[i] >= 0) t->origin[s->place[i]] = i;
  }
  return find_shapes(t, r, err);
}

static vsg_status rebuild(vsg_thinned *t, search *s, vsg_error *err) {
  const vsg_request *r = s->r;
  /* A node has as many new ones as it has inputs, and itself; a mean has those
   * of the nodes before it. */
  size_t most = (size_t)r->graph->nodes;
  for (int i = 0; i < r->graph->nodes; i++) {
    int mean;
    if (averaged(&mean, r, i, err)) return err->code;
    most += (size_t)r->graph->node[i].inputs;
    if (mean >= 0) most += (size_t)(i - mean);
  }
  t->shape = calloc(most, sizeof *t->shape);
  t->needed = calloc(most, sizeof *t->needed);
  t->range = calloc(most, sizeof *t->range);
  t->origin = calloc(most, sizeof *t->origin);
  t->result = calloc((size_t)r->results, sizeof *t->result);
  if (!t->shape || !t->needed || !t->range || !t->origin || !t->result) {
    return vsg_fail_memory(err, "plan", most * sizeof *t->shape);
  }
  if (add_nodes(t, s, err)) return err->code;
  for (int i = 0; i < t->graph->nodes; i++) {
    t->needed[i] = r->needed[t->origin[i]];
    if (r->range) t->range[i] = r->range[t->origin[i]];
  }
  for (int i = 0; i < r->results; i++) t->result[i] = s->place[r->result[i]];
  t->request.graph = t->graph;
  t->request.shape = t->shape;
  t->request.needed = t->needed;
  t->request.result = t->result;
  if (r->range) t->request.range = t->range;
  return VSG_OK;
}

vsg_status vsg_thin(vsg_thinned *out, const vsg_request *request,
                    vsg_error *err) {
  size_t nodes = (size_t)request->graph->nodes;
  search s = {.r = request,
              .step = calloc(nodes, sizeof *s.step),
              .place = calloc(nodes, sizeof *s.place)};
  bool any = false;
  vsg_status status = VSG_OK;
  *out = (vsg_thinned){.request = *request};
  if (!s.step || !s.place) {
    status = vsg_fail_memory(err, "plan", nodes * sizeof *s.step);
  } else {
    status = find_steps(&any, &s, err);
    if (!status && any) status = rebuild(out, &s, err);
  }
  free(s.step);
  free(s.place);
  return status;
}

void vsg_thin_free(vsg_thinned *thinned) {
  vsg_graph_free(thinned->graph);
  free(thinned->shape);
  free(thinned->needed);
  free(thinned->result);
  free(thinned->range);
  free(thinned->origin);
}
