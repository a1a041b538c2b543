/* The network's nodes: building, finding, setting weights; see graph.h. */
#include "core/graph/graph.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"

/* ---- life ---- */

vsg_status vsg_graph_new(vsg_graph **out, const char *name, vsg_error *err) {
  vsg_graph *g = calloc(1, sizeof *g);
  *out = NULL;
  if (!g) return vsg_fail_memory(err, "graph", sizeof *g);
  g->name = strdup(name);
  if (!g->name) {
    free(g);
    return vsg_fail_memory(err, "graph", strlen(name));
  }
  *out = g;
  return VSG_OK;
}

static void free_node(vsg_node *node) {
  for (int i = 0; i < node->slots; i++) vsg_tensor_free(node->slot[i].tensor);
  free(node->input);
  free(node->name);
}

void vsg_graph_free(vsg_graph *g) {
  if (!g) return;
  for (int i = 0; i < g->nodes; i++) free_node(&g->node[i]);
  free(g->node);
  free(g->output);
  free(g->name);
  free(g);
}

void vsg_graph_unset(vsg_graph *g, int node) {
  for (int i = 0; i < g->node[node].slots; i++) {
    vsg_slot *slot = &g->node[node].slot[i];
    vsg_tensor_free(slot->tensor);
    slot->tensor = NULL;
  }
}

/* Makes *out own copies of what from owns; on failure frees them. */
static vsg_status copy_node(vsg_node *out, const vsg_node *from,
                            vsg_error *err) {
  size_t bytes = (size_t)from->inputs * sizeof *from->input;
  *out = *from;
  out->name = strdup(from->name);
  out->input =
      malloc(bytes + 1); /* never zero bytes, whose result may be NULL */
  for (int i = 0; i < out->slots; i++) out->slot[i].tensor = NULL;
  if (!out->name || !out->input) {
    free_node(out);
    return vsg_fail_memory(err, "graph", bytes);
  }
  memcpy(out->input, from->input, bytes);
  for (int i = 0; i < out->slots; i++) {
    const vsg_tensor *t = from->slot[i].tensor;
    if (t && vsg_tensor_view(&out->slot[i].tensor, t, err)) {
      free_node(out);
      return err->code;
    }
  }
  return VSG_OK;
}

vsg_status vsg_graph_clone(vsg_graph **out, const vsg_graph *g,
                           vsg_error *err) {
  vsg_graph *copy;
  if (vsg_graph_new(&copy, g->name, err)) return err->code;
  *out = NULL;
  copy->node = calloc((size_t)g->nodes + 1, sizeof *copy->node);
  copy->output = calloc((size_t)g->outputs + 1, sizeof *copy->output);
  if (!copy->node || !copy->output) {
    vsg_graph_free(copy);
    return vsg_fail_memory(err, "graph", (size_t)g->nodes * sizeof *g->node);
  }
  for (; copy->nodes < g->nodes; copy->nodes++) {
    if (copy_node(&copy->node[copy->nodes], &g->node[copy->nodes], err)) {
      vsg_graph_free(copy);
      return err->code;
    }
  }
  for (; copy->outputs < g->outputs; copy->outputs++) {
    copy->output[copy->outputs] = g->output[copy->outputs];
  }
  *out = copy;
  return VSG_OK;
}

/* ---- building ---- */

/* Appends *node, whose parts g then owns; *out is its place. */
static vsg_status append(int *out, vsg_graph *g, const vsg_node *node,
                         vsg_error *err) {
  size_t bytes = ((size_t)g->nodes + 1) * sizeof *g->node;
  vsg_node *grown = realloc(g->node, bytes);
  if (!grown) return vsg_fail_memory(err, "graph", bytes);
  g->node = grown;
  g->node[g->nodes] = *node;
  *out = g->nodes++;
  return VSG_OK;
}

/* A name of its own: the given one, or "LAYER#n" with the first n that is
 * free. *out is allocated. */
static vsg_status own_name(char **out, const vsg_graph *g, const char *layer,
                           const char *given, vsg_error *err) {
  char made[64];
  int n = 0;
  int taken = given ? vsg_graph_find(g, given) : -1;
  if (taken >= 0) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: the %s at place %d is called '%s'",
                    layer, vsg_node_layer(&g->node[taken]), taken + 1, given);
  }
  for (int i = 0; i < g->nodes; i++) {
    n += strcmp(vsg_node_layer(&g->node[i]), layer) == 0;
  }
  do {
    snprintf(made, sizeof made, "%s#%d", layer, ++n);
  } while (vsg_graph_find(g, made) >= 0);
  *out = strdup(given ? given : made);
  return *out ? VSG_OK : vsg_fail_memory(err, "graph", sizeof made);
}

static vsg_status check_count(const vsg_layer *layer, int inputs,
                              vsg_error *err) {
  int least = layer->least_inputs, most = layer->most_inputs;
  if (inputs >= least && inputs <= most) return VSG_OK;
  if (most == VSG_ANY_INPUTS) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: got %d inputs, wants %d or more",
                    layer->name, inputs, least);
  }
  return vsg_fail(err, VSG_ARGUMENT, "%s: got %d inputs, wants %d", layer->name,
                  inputs, least);
}

/* Per-image sizes stay below INT_MAX numbers: kernels hand them to BLAS as
 * int, and products with a batch fit a long. */
static vsg_status check_size(const vsg_node *node, const vsg_shape *shape,
                             vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  long n = 1;
  for (int i = 1; i < shape->dims; i++) {
    long size = shape->dim[i] == VSG_OPEN ? 1 : shape->dim[i];
    if (!vsg_long_mul(&n, n, size) || n > INT_MAX) {
      return vsg_layer_fail(err, node, "result %s is too large",
                            vsg_shape_name(text, shape));
    }
  }
  return VSG_OK;
}

vsg_status vsg_graph_input(int *out, vsg_graph *g, const char *name,
                           const vsg_shape *shape, vsg_error *err) {
  vsg_node node = {.shape = *shape};
  if (own_name(&node.name, g, "input", name, err)) return err->code;
  if (check_size(&node, shape, err)) {
    free_node(&node);
    return err->code;
  }
  node.input = malloc(1); /* so that every node owns one */
  if (!node.input || append(out, g, &node, err)) {
    free_node(&node);
    return vsg_fail_memory(err, "graph", sizeof node);
  }
  return VSG_OK;
}

/* The shapes of a node's inputs: from shape, which has one per node of the
 * graph, or the graph's own when shape is NULL. Allocated; NULL: no memory. */
static vsg_shape *input_shapes(const vsg_graph *g, const vsg_node *node,
                               const vsg_shape *shape) {
  vsg_shape *in = malloc((size_t)node->inputs * sizeof *in);
  for (int i = 0; in && i < node->inputs; i++) {
    int from = node->input[i];
    in[i] = shape ? shape[from] : g->node[from].shape;
  }
  return in;
}

/* Shapes and slots of a new node whose inputs are in the graph. */
static vsg_status fit(vsg_node *node, const vsg_graph *g, vsg_error *err) {
  const vsg_layer *layer = node->layer;
  vsg_shape *in = input_shapes(g, node, NULL);
  if (!in) return vsg_fail_memory(err, "graph", sizeof *in);
  vsg_status status = layer->shape(&node->shape, node, in, err);
  if (!status) status = check_size(node, &node->shape, err);
  if (!status && layer->slots) status = layer->slots(node, in, err);
  free(in);
  return status;
}

vsg_status vsg_graph_add(int *out, vsg_graph *g, const vsg_layer *layer,
                         const char *name, const vsg_value *given,
                         const int *input, int inputs, vsg_error *err) {
  vsg_node node = {.layer = layer, .inputs = inputs};
  size_t bytes = (size_t)inputs * sizeof *input;
  if (check_count(layer, inputs, err)) return err->code;
  if (own_name(&node.name, g, layer->name, name, err)) return err->code;
  for (int i = 0; layer->params && layer->params[i].name; i++) {
    node.value[i] = given[i];
  }
  node.input = malloc(bytes);
  if (!node.input) {
    free_node(&node);
    return vsg_fail_memory(err, "graph", bytes);
  }
  memcpy(node.input, input, bytes);
  if (fit(&node, g, err) || append(out, g, &node, err)) {
    free_node(&node);
    return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_graph_output(vsg_graph *g, int node, vsg_error *err) {
  size_t bytes = ((size_t)g->outputs + 1) * sizeof *g->output;
  int *grown = realloc(g->output, bytes);
  if (!grown) return vsg_fail_memory(err, "graph", bytes);
  g->output = grown;
  g->output[g->outputs++] = node;
  return VSG_OK;
}

/* ---- reading ---- */

const char *vsg_node_layer(const vsg_node *node) {
  return node->layer ? node->layer->name : "input";
}

bool vsg_node_is_a(const vsg_node *node, vsg_layer_id id) {
  return node->layer && node->layer->id == id;
}

int vsg_graph_find(const vsg_graph *g, const char *name) {
  for (int i = 0; i < g->nodes; i++) {
    if (strcmp(g->node[i].name, name) == 0) return i;
  }
  return -1;
}

vsg_status vsg_graph_need(int *out, const vsg_graph *g, const char *name,
                          const char *operation, vsg_error *err) {
  char known[VSG_ERROR_TEXT / 2] = "";
  size_t at = 0;
  int i;
  *out = vsg_graph_find(g, name);
  if (*out >= 0) return VSG_OK;
  for (i = 0; i < g->nodes && at < sizeof known / 2; i++) {
    at += (size_t)snprintf(known + at, sizeof known - at, "%s%.100s",
                           i ? ", " : "", g->node[i].name);
  }
  if (i < g->nodes) {
    snprintf(known + at, sizeof known - at, " and %d more", g->nodes - i);
  }
  return vsg_fail(err, VSG_ARGUMENT,
                  "%s: no node is called '%.100s'; there are %s", operation,
                  name, known);
}

vsg_status vsg_graph_slot(vsg_slot **out, const vsg_graph *g, int node,
                          const char *slot, vsg_error *err) {
  vsg_node *n = &g->node[node];
  char known[128] = "none";
  for (int i = 0; i < n->slots; i++) {
    size_t at = i ? strlen(known) : 0;
    *out = &n->slot[i];
    if (strcmp(n->slot[i].name, slot) == 0) return VSG_OK;
    snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "",
             n->slot[i].name);
  }
  return vsg_fail(err, VSG_ARGUMENT,
                  "'%.100s' has no tensor '%.100s'; it has %s", n->name, slot,
                  known);
}

vsg_status vsg_graph_set(vsg_graph *g, int node, const char *slot,
                         const vsg_tensor *tensor, vsg_error *err) {
  char came[VSG_SHAPE_TEXT], wanted[VSG_SHAPE_TEXT];
  vsg_slot *s;
  vsg_tensor *f32, *own;
  if (vsg_graph_slot(&s, g, node, slot, err)) return err->code;
  if (tensor->dims != s->shape.dims ||
      memcmp(tensor->shape, s->shape.dim,
             (size_t)tensor->dims * sizeof tensor->shape[0]) != 0) {
    return vsg_fail(err, VSG_SHAPE, "%s.%s: tensor is %s, wants %s",
                    g->node[node].name, slot,
                    vsg_shape_text(came, tensor->dims, tensor->shape),
                    vsg_shape_text(wanted, s->shape.dims, s->shape.dim));
  }
  if (!vsg_dtype_is_float(tensor->dtype)) {
    return vsg_fail(err, VSG_DTYPE, "%s.%s: tensor is %s, wants a float",
                    g->node[node].name, slot, vsg_dtype_name(tensor->dtype));
  }
  if (vsg_tensor_to(&f32, tensor, VSG_f32, err)) return err->code;
  vsg_status status = vsg_tensor_contiguous(&own, f32, err);
  vsg_tensor_free(f32);
  if (status) return status;
  vsg_tensor_free(s->tensor);
  s->tensor = own;
  return VSG_OK;
}

vsg_status vsg_graph_complete(const vsg_graph *g, const bool *needed,
                              vsg_error *err) {
  char names[VSG_ERROR_TEXT / 2] = "", shape[VSG_SHAPE_TEXT];
  size_t at = 0;
  int missing = 0, named = 0;
  for (int i = 0; i < g->nodes; i++) {
    const vsg_node *node = &g->node[i];
    for (int k = 0; needed[i] && k < node->slots; k++) {
      const vsg_slot *slot = &node->slot[k];
      if (slot->tensor) continue;
      missing++;
      if (at > sizeof names / 2) continue;
      at += (size_t)snprintf(
          names + at, sizeof names - at, "%s%.80s.%s %s", named++ ? ", " : "",
          node->name, slot->name,
          vsg_shape_text(shape, slot->shape.dims, slot->shape.dim));
    }
  }
  if (missing == 0) return VSG_OK;
  if (missing > named) {
    snprintf(names + at, sizeof names - at, " and %d more", missing - named);
  }
  return vsg_fail(err, VSG_ARGUMENT, "compile: %d tensors are not set: %s",
                  missing, names);
}

size_t vsg_graph_bytes(const vsg_graph *g) {
  size_t bytes = 0;
  for (int i = 0; i < g->nodes; i++) {
    for (int k = 0; k < g->node[i].slots; k++) {
      const vsg_tensor *t = g->node[i].slot[k].tensor;
      if (t) bytes += vsg_tensor_bytes(t);
    }
  }
  return bytes;
}

vsg_status vsg_graph_shapes(vsg_shape *shape, const vsg_graph *g,
                            const vsg_shape *input_shape, vsg_error *err) {
  for (int i = 0; i < g->nodes; i++) {
    const vsg_node *node = &g->node[i];
    if (!node->layer) {
      shape[i] = *input_shape++;
    } else {
      vsg_shape *in = input_shapes(g, node, shape);
      if (!in) return vsg_fail_memory(err, "graph", sizeof *in);
      vsg_status status = node->layer->shape(&shape[i], node, in, err);
      free(in);
      if (status) return status;
    }
    if (check_size(node, &shape[i], err)) return err->code;
  }
  return VSG_OK;
}

double vsg_graph_work(const vsg_graph *g, int node) {
  const vsg_node *n = &g->node[node];
  if (vsg_shape_numel(&n->shape, 1) == VSG_OPEN) return -1;
  if (!n->layer || !n->layer->work) return 0;
  return n->layer->work(n, &g->node[n->input[0]].shape, &n->shape);
}
