/* Compiling and running; see net.h. Everything here is the same for all
 * engines: which nodes are needed, checks of what comes in, plans by size. */
#include "core/graph/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/graph/ahead.h"

enum { MAX_PLANS = 16 };

/* A plan and the input shapes it is for. */
typedef struct entry {
  vsg_plan *plan;
  vsg_shape *input; /* one per input of the graph, N = the net's batch */
  vsg_shape *shape; /* one per node */
} entry;

struct vsg_net {
  vsg_graph *graph;
  const vsg_engine *engine;
  long batch;
  int threads;
  unsigned passes;
  vsg_precision precision;
  vsg_range *range; /* or NULL */
  int inputs;       /* of the graph */
  bool *needed;
  int results;
  int *result; /* places of nodes: outputs, then taps */
  int plans;
  entry plan[MAX_PLANS]; /* the most recently used first */
};

int vsg_net_results(const vsg_net *net) { return net->results; }
int vsg_net_outputs(const vsg_net *net) { return net->graph->outputs; }
int vsg_net_result(const vsg_net *net, int i) { return net->result[i]; }
const vsg_graph *vsg_net_graph(const vsg_net *net) { return net->graph; }
long vsg_net_batch(const vsg_net *net) { return net->batch; }
const vsg_engine *vsg_net_engine(const vsg_net *net) { return net->engine; }
vsg_precision vsg_net_precision(const vsg_net *net) { return net->precision; }
int vsg_net_plans(const vsg_net *net) { return net->plans; }
bool vsg_net_needs(const vsg_net *net, int node) { return net->needed[node]; }

bool vsg_net_step(vsg_step *out, const vsg_net *net, int i) {
  return net->plans > 0 && net->engine->step &&
         net->engine->step(out, net->plan[0].plan, i);
}

bool vsg_net_part(vsg_part *out, const vsg_net *net, int i) {
  return net->plans > 0 && net->engine->part(out, net->plan[0].plan, i);
}

size_t vsg_net_bytes(const vsg_net *net) {
  size_t bytes = 0;
  for (int i = 0; i < net->plans; i++) bytes += net->plan[i].plan->bytes;
  return bytes;
}

size_t vsg_net_weights(const vsg_net *net) {
  size_t bytes = vsg_graph_bytes(net->graph);
  for (int i = 0; i < net->plans; i++) bytes += net->plan[i].plan->weights;
  return bytes;
}

static void free_entry(entry *e) {
  if (e->plan) e->plan->engine->free(e->plan);
  free(e->input);
  free(e->shape);
}

void vsg_net_free(vsg_net *net) {
  if (!net) return;
  for (int i = 0; i < net->plans; i++) free_entry(&net->plan[i]);
  vsg_graph_free(net->graph);
  free(net->range);
  free(net->needed);
  free(net->result);
  free(net);
}

/* ---- compiling ---- */

static vsg_status find_results(vsg_net *net, const vsg_net_options *options,
                               vsg_error *err) {
  const vsg_graph *g = net->graph;
  size_t bytes = ((size_t)g->outputs + (size_t)options->taps) * sizeof(int);
  if (g->outputs == 0) {
    return vsg_fail(err, VSG_ARGUMENT, "compile: graph '%.100s' has no output",
                    g->name);
  }
  net->result = malloc(bytes);
  if (!net->result) return vsg_fail_memory(err, "compile", bytes);
  memcpy(net->result, g->output, (size_t)g->outputs * sizeof(int));
  net->results = g->outputs;
  for (int i = 0; i < options->taps; i++) {
    int *place = &net->result[net->results++];
    if (vsg_graph_need(place, g, options->tap[i], "compile: taps", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* Marks what the results depend on; inputs of a node come before it. */
static vsg_status find_needed(vsg_net *net, vsg_error *err) {
  const vsg_graph *g = net->graph;
  net->needed = calloc((size_t)g->nodes, sizeof *net->needed);
  if (!net->needed) return vsg_fail_memory(err, "compile", (size_t)g->nodes);
  for (int i = 0; i < net->results; i++) net->needed[net->result[i]] = true;
  for (int i = g->nodes - 1; i >= 0; i--) {
    const vsg_node *node = &g->node[i];
    net->inputs += !node->layer;
    for (int k = 0; net->needed[i] && k < node->inputs; k++) {
      net->needed[node->input[k]] = true;
    }
  }
  return VSG_OK;
}

/* Makes the plan for those input shapes (N = batch) in *out. */
static vsg_status make_entry(entry *out, const vsg_net *net,
                             const vsg_shape *input, bool only,
                             vsg_error *err) {
  const vsg_graph *g = net->graph;
  size_t bytes = (size_t)net->inputs * sizeof *input;
  *out = (entry){.input = malloc(bytes + 1),
                 .shape = calloc((size_t)g->nodes, sizeof *out->shape)};
  vsg_request request = {.graph = g,
                         .shape = out->shape,
                         .needed = net->needed,
                         .result = net->result,
                         .results = net->results,
                         .threads = net->threads,
                         .passes = net->passes,
                         .precision = net->precision,
                         .range = net->range,
                         .only = only};
  if (!out->input || !out->shape) {
    free_entry(out);
    return vsg_fail_memory(err, "plan", bytes);
  }
  memcpy(out->input, input, bytes);
  if (vsg_graph_shapes(out->shape, g, input, err) ||
      net->engine->prepare(&out->plan, &request, err)) {
    free_entry(out);
    return err->code;
  }
  return VSG_OK;
}

static bool same_shapes(const vsg_shape *a, const vsg_shape *b, int count) {
  for (int i = 0; i < count; i++) {
    if (a[i].dims != b[i].dims) return false;
    for (int d = 0; d < a[i].dims; d++) {
      if (a[i].dim[d] != b[i].dim[d]) return false;
    }
  }
  return true;
}

/* The plan for those shapes, made if there is none, first in the list. */
static vsg_status find_plan(const entry **out, vsg_net *net,
                            const vsg_shape *input, vsg_error *err) {
  entry found;
  int i = 0;
  while (i < net->plans &&
         !same_shapes(net->plan[i].input, input, net->inputs)) {
    i++;
  }
  if (i < net->plans) {
    found = net->plan[i];
  } else {
    if (make_entry(&found, net, input, false, err)) return err->code;
    if (net->plans == MAX_PLANS) {
      free_entry(&net->plan[--i]);
    } else {
      net->plans++;
    }
  }
  memmove(&net->plan[1], &net->plan[0], (size_t)i * sizeof net->plan[0]);
  net->plan[0] = found;
  *out = &net->plan[0];
  return VSG_OK;
}

/* The tensors that the net's only plan does not read. */
static void let_go(vsg_net *net) {
  const vsg_plan *plan = net->plan[0].plan;
  for (int i = 0; i < net->graph->nodes; i++) {
    bool read = !plan->engine->reads || plan->engine->reads(plan, i);
    if (!read || !net->needed[i]) vsg_graph_unset(net->graph, i);
  }
}

/* Plans ahead when every input size is known. */
static vsg_status plan_known(vsg_net *net, vsg_error *err) {
  vsg_shape *input = calloc((size_t)net->inputs + 1, sizeof *input);
  vsg_status status = VSG_OK;
  int k = 0;
  if (!input) return vsg_fail_memory(err, "compile", sizeof *input);
  for (int i = 0; i < net->graph->nodes; i++) {
    const vsg_node *node = &net->graph->node[i];
    if (node->layer) continue;
    input[k] = node->shape;
    input[k].dim[0] = net->batch;
    if (vsg_shape_numel(&input[k], 1) == VSG_OPEN) break;
    k++;
  }
  if (k == net->inputs) {
    status = make_entry(&net->plan[0], net, input, true, err);
    net->plans = status ? 0 : 1;
    if (!status) let_go(net);
  }
  free(input);
  return status;
}

/* A copy of the ranges, where int8 needs them. */
static vsg_status take_ranges(vsg_net *net, const vsg_range *range,
                              vsg_error *err) {
  size_t bytes = (size_t)net->graph->nodes * sizeof *range;
  bool any = false;
  if (net->precision != VSG_PRECISION_int8) return VSG_OK;
  for (int i = 0; range && i < net->graph->nodes; i++) {
    any = any || range[i].high >= range[i].low;
  }
  if (!any) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "compile: int8 wants the ranges of the nodes' numbers, as "
                    "nn.calibrate finds them");
  }
  net->range = malloc(bytes);
  if (!net->range) return vsg_fail_memory(err, "compile", bytes);
  memcpy(net->range, range, bytes);
  return VSG_OK;
}

vsg_status vsg_net_new(vsg_net **out, const vsg_graph *g,
                       const vsg_engine *engine, const vsg_net_options *options,
                       vsg_error *err) {
  vsg_net *net = calloc(1, sizeof *net);
  *out = NULL;
  if (!net) return vsg_fail_memory(err, "compile", sizeof *net);
  net->engine = engine;
  net->batch = options->batch;
  net->threads = options->threads;
  net->passes = options->passes & engine->passes;
  net->precision = options->precision;
  if (net->precision != VSG_PRECISION_fp32) net->passes &= ~VSG_PASS_ahead;
  if (vsg_engine_check(engine, net->precision, err) ||
      vsg_graph_clone(&net->graph, g, err) ||
      take_ranges(net, options->range, err) ||
      find_results(net, options, err) || find_needed(net, err) ||
      vsg_graph_complete(net->graph, net->needed, err) ||
      vsg_fold_ahead(net->graph, net->needed, net->result, net->results,
                     net->passes, err) ||
      plan_known(net, err)) {
    vsg_net_free(net);
    return err->code;
  }
  *out = net;
  return VSG_OK;
}

/* ---- running ---- */

/* Checks one input against the graph's; its shape with N = batch is *out. */
static vsg_status check_input(vsg_shape *out, const vsg_net *net,
                              const vsg_node *node, const vsg_tensor *t, long n,
                              vsg_error *err) {
  char came[VSG_SHAPE_TEXT], wanted[VSG_SHAPE_TEXT];
  bool fits = t->dims == node->shape.dims;
  *out = node->shape;
  for (int i = 1; fits && i < t->dims; i++) {
    fits = vsg_size_unify(&out->dim[i], t->shape[i]) && t->shape[i] > 0;
  }
  if (!fits) {
    return vsg_fail(err, VSG_SHAPE, "run: input '%.100s' is %s, wants %s",
                    node->name, vsg_shape_text(came, t->dims, t->shape),
                    vsg_shape_name(wanted, &node->shape));
  }
  if (t->dtype != VSG_f32) {
    return vsg_fail(err, VSG_DTYPE, "run: input '%.100s' is %s, wants f32",
                    node->name, vsg_dtype_name(t->dtype));
  }
  if (t->shape[0] != n) {
    return vsg_fail(err, VSG_SHAPE,
                    "run: input '%.100s' has %ld images, the first input %ld",
                    node->name, t->shape[0], n);
  }
  if (n > net->batch) {
    return vsg_fail(err, VSG_SHAPE,
                    "run: a batch of %ld images, compiled for at most %ld", n,
                    net->batch);
  }
  out->dim[0] = net->batch;
  return VSG_OK;
}

/* Checks all inputs, makes them contiguous in own[] and fills shape[]. */
static vsg_status take_inputs(vsg_tensor **own, vsg_shape *shape,
                              const vsg_net *net, vsg_tensor *const *inputs,
                              vsg_error *err) {
  int k = 0;
  for (int i = 0; i < net->graph->nodes; i++) {
    const vsg_node *node = &net->graph->node[i];
    if (node->layer) continue;
    long n = inputs[0]->dims > 0 ? inputs[0]->shape[0] : 0;
    if (check_input(&shape[k], net, node, inputs[k], n, err)) return err->code;
    if (vsg_tensor_contiguous(&own[k], inputs[k], err)) return err->code;
    k++;
  }
  return VSG_OK;
}

/* New tensors for the results of a batch of n. */
static vsg_status make_results(vsg_tensor **result, const vsg_net *net,
                               const entry *e, long n, vsg_error *err) {
  for (int i = 0; i < net->results; i++) {
    vsg_shape shape = e->shape[net->result[i]];
    shape.dim[0] = n;
    if (vsg_tensor_new(&result[i], VSG_f32, shape.dims, shape.dim, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* Runs the plan on tensors that fit it. */
static vsg_status run_plan(vsg_tensor **result, const vsg_net *net,
                           const entry *e, vsg_tensor *const *own,
                           vsg_error *err) {
  const float **input = calloc((size_t)net->inputs + 1, sizeof *input);
  float **output = calloc((size_t)net->results, sizeof *output);
  vsg_status status = VSG_OK;
  if (!input || !output) {
    status = vsg_fail_memory(err, "run", sizeof *input);
  } else {
    for (int i = 0; i < net->inputs; i++) input[i] = vsg_tensor_data(own[i]);
    for (int i = 0; i < net->results; i++) {
      output[i] = vsg_tensor_data(result[i]);
    }
    if (own[0]->shape[0] > 0) { /* an empty batch gives empty results */
      status =
          e->plan->engine->run(e->plan, own[0]->shape[0], input, output, err);
    }
  }
  free(input);
  free(output);
  return status;
}

vsg_status vsg_net_run(vsg_tensor **result, vsg_net *net,
                       vsg_tensor *const *inputs, int count, vsg_error *err) {
  vsg_tensor **own;
  vsg_shape *shape;
  const entry *e;
  vsg_status status = VSG_OK;
  for (int i = 0; i < net->results; i++) result[i] = NULL;
  if (count != net->inputs) {
    return vsg_fail(err, VSG_ARGUMENT, "run: got %d inputs, wants %d", count,
                    net->inputs);
  }
  own = calloc((size_t)count + 1, sizeof *own);
  shape = calloc((size_t)count + 1, sizeof *shape);
  if (!own || !shape) {
    status = vsg_fail_memory(err, "run", sizeof *shape);
  } else if (take_inputs(own, shape, net, inputs, err) ||
             find_plan(&e, net, shape, err) ||
             make_results(result, net, e, own[0]->shape[0], err) ||
             run_plan(result, net, e, own, err)) {
    status = err->code;
    for (int i = 0; i < net->results; i++) {
      vsg_tensor_free(result[i]);
      result[i] = NULL;
    }
  }
  for (int i = 0; own && i < count; i++) vsg_tensor_free(own[i]);
  free(own);
  free(shape);
  return status;
}
