/* The reference engine: plans the memory and calls the kernels in order. */
#include <cblas.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/available.h"
#include "core/base/cancel.h"
#include "core/base/size.h"
#include "core/cpu/cpu.h"
#include "core/graph/memory.h"

typedef const vsg_kernel *kernel_table[VSG_LAYER_COUNT];

static const kernel_table reference_kernels = {
#define VSG_LAYER(name) [VSG_LAYER_##name] = &vsg_cpu_##name,
#include "core/graph/layers.def"
#undef VSG_LAYER
};

/* One node of the plan. */
typedef struct step {
  const vsg_kernel *kernel; /* NULL: an input, nothing to compute */
  size_t offset;            /* of its numbers in the arena, floats an image */
  int result;               /* place among the results that holds them, or -1 */
} step;

/* What one thread needs to compute its part of a batch. */
typedef struct worker {
  float *scratch;   /* part of the plan's */
  const float **at; /* per node: its numbers */
  const float **in; /* of the node at hand, one per input */
  vsg_shape *in_shape;
} worker;

/* A batch is split among the workers, each of which computes all nodes for its
 * images: then threads meet once a run instead of twice a node. A single image
 * has one worker, and the kernels use the threads. */
typedef struct cpu_plan {
  vsg_plan plan;
  vsg_request request;
  step *step;           /* one per node */
  size_t per_image;     /* floats of the arena */
  size_t scratch_bytes; /* of one worker */
  float *arena;         /* batch times per_image */
  float *scratch;
  int threads, workers;
  worker *worker;
} cpu_plan;

/* ---- what kernels use ---- */

const float *vsg_call_slot(const vsg_call *call, const char *name) {
  for (int i = 0; i < call->node->slots; i++) {
    const vsg_slot *slot = &call->node->slot[i];
    if (strcmp(slot->name, name) == 0) return vsg_tensor_data(slot->tensor);
  }
  return NULL;
}

long vsg_call_plane(const vsg_call *call) {
  return vsg_shape_numel(&call->shape, 2);
}

/* ---- plans ---- */

static void free_plan(vsg_plan *plan) {
  cpu_plan *p = (cpu_plan *)plan; /* plan is its first member */
  for (int i = 0; p->worker && i < p->workers; i++) {
    free(p->worker[i].at);
    free(p->worker[i].in);
    free(p->worker[i].in_shape);
  }
  free(p->worker);
  free(p->step);
  free(p->arena);
  free(p->scratch);
  free(p);
}

/* The kernel of a layer in the engine's own way of computing it. */
static const vsg_kernel *choose(const vsg_engine *engine, vsg_layer_id id) {
  if (engine == &vsg_cpu_naive && id == VSG_LAYER_conv2d) {
    return &vsg_cpu_conv2d_direct;
  }
  if (engine == &vsg_cpu_naive && id == VSG_LAYER_linear) {
    return &vsg_cpu_linear_direct;
  }
  return reference_kernels[id];
}

/* count times each floats, aligned; *out stays NULL for none. They are not
 * cleared: a batch smaller than planned then never touches its pages. */
static vsg_status allocate(float **out, cpu_plan *p, size_t count, size_t each,
                           vsg_error *err) {
  enum { ALIGNMENT = 64 };
  size_t bytes;
  if (!vsg_size_mul(&bytes, count, each) ||
      !vsg_size_mul(&bytes, bytes, sizeof **out) || bytes > PTRDIFF_MAX / 2) {
    return vsg_fail(err, VSG_MEMORY, "plan: %zu times %zu numbers are too many",
                    count, each);
  }
  if (bytes == 0) return VSG_OK;
  bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (vsg_available_check("plan", bytes, err)) return err->code;
  *out = aligned_alloc(ALIGNMENT, bytes);
  p->plan.bytes += bytes;
  return *out ? VSG_OK : vsg_fail_memory(err, "plan", bytes);
}

/* Gives the needed nodes that are no results places in the arena, sized for the
 * whole batch. */
static vsg_status plan_memory(cpu_plan *p, vsg_error *err) {
  enum { LINE = 16 }; /* floats of a cache line */
  const vsg_request *r = &p->request;
  size_t nodes = (size_t)r->graph->nodes;
  size_t *size = calloc(2 * nodes, sizeof *size), *offset;
  if (!size) return vsg_fail_memory(err, "plan", 2 * nodes * sizeof *size);
  offset = size + nodes;
  for (size_t i = 0; i < nodes; i++) {
    size_t count = (size_t)vsg_shape_numel(&r->shape[i], 1);
    if (p->step[i].kernel && p->step[i].result < 0) {
      size[i] = (count + LINE - 1) / LINE * LINE;
    }
  }
  vsg_status status =
      vsg_memory_plan(offset, &p->per_image, r->graph, r->needed, size, err);
  for (size_t i = 0; !status && i < nodes; i++) p->step[i].offset = offset[i];
  free(size);
  if (status) return status;
  return allocate(&p->arena, p, (size_t)r->shape[0].dim[0], p->per_image, err);
}

/* Kernels, results, and the scratch memory of the kernel that needs most. */
static vsg_status plan_steps(cpu_plan *p, vsg_error *err) {
  enum { LINE = 16 };
  const vsg_request *r = &p->request;
  vsg_shape *in = p->worker[0].in_shape;
  size_t most = 0;
  for (int i = 0; i < r->graph->nodes; i++) {
    const vsg_node *node = &r->graph->node[i];
    p->step[i].result = -1;
    if (!node->layer || !r->needed[i]) continue;
    p->step[i].kernel = choose(p->plan.engine, node->layer->id);
    if (!p->step[i].kernel->scratch) continue;
    for (int k = 0; k < node->inputs; k++) in[k] = r->shape[node->input[k]];
    size_t n = p->step[i].kernel->scratch(node, in, &r->shape[i]);
    if (n > most) most = n;
  }
  for (int i = r->results - 1; i >= 0; i--) p->step[r->result[i]].result = i;
  most = (most + LINE - 1) / LINE * LINE;
  p->scratch_bytes = most * sizeof(float);
  if (allocate(&p->scratch, p, (size_t)p->workers, most, err)) {
    return err->code;
  }
  for (int i = 0; i < p->workers; i++) {
    p->worker[i].scratch = p->scratch + (size_t)i * most;
  }
  return VSG_OK;
}

/* As many workers as threads, but no more than images. */
static vsg_status plan_workers(cpu_plan *p, vsg_error *err) {
  const vsg_graph *g = p->request.graph;
  long batch = p->request.shape[0].dim[0];
  int threads = p->request.threads;
  size_t nodes = (size_t)g->nodes, most = 1;
  if (threads == 0) threads = omp_get_max_threads();
  p->threads = threads;
  p->workers = threads < batch ? threads : (int)batch;
  p->step = calloc(nodes, sizeof *p->step);
  p->worker = calloc((size_t)p->workers, sizeof *p->worker);
  if (!p->step || !p->worker) return vsg_fail_memory(err, "plan", nodes);
  for (size_t i = 0; i < nodes; i++) {
    if ((size_t)g->node[i].inputs > most) most = (size_t)g->node[i].inputs;
  }
  for (int i = 0; i < p->workers; i++) {
    worker *w = &p->worker[i];
    w->at = calloc(nodes, sizeof *w->at);
    w->in = calloc(most, sizeof *w->in);
    w->in_shape = calloc(most, sizeof *w->in_shape);
    if (!w->at || !w->in || !w->in_shape) {
      return vsg_fail_memory(err, "plan", nodes * sizeof *w->at);
    }
  }
  return VSG_OK;
}

static vsg_status prepare(vsg_plan **out, const vsg_engine *engine,
                          const vsg_request *request, vsg_error *err) {
  cpu_plan *p = calloc(1, sizeof *p);
  if (!p) return vsg_fail_memory(err, "plan", sizeof *p);
  p->plan.engine = engine;
  p->request = *request;
  if (plan_workers(p, err) || plan_steps(p, err) || plan_memory(p, err)) {
    free_plan(&p->plan);
    return err->code;
  }
  *out = &p->plan;
  return VSG_OK;
}

static vsg_status prepare_reference(vsg_plan **out, const vsg_request *request,
                                    vsg_error *err) {
  return prepare(out, &vsg_cpu_reference, request, err);
}

static vsg_status prepare_naive(vsg_plan **out, const vsg_request *request,
                                vsg_error *err) {
  return prepare(out, &vsg_cpu_naive, request, err);
}

/* ---- running ---- */

/* A part of the batch: n images from first on. */
typedef struct part {
  long first, n;
  const float *const *input; /* of the whole batch, as are the results */
  float *const *result;
} part;

/* The part's images of a tensor of the whole batch. */
static size_t part_start(const cpu_plan *p, const part *t, int node) {
  return (size_t)t->first * (size_t)vsg_shape_numel(&p->request.shape[node], 1);
}

static void run_step(const cpu_plan *p, worker *w, const part *t, int i) {
  const vsg_request *r = &p->request;
  const vsg_node *node = &r->graph->node[i];
  const step *s = &p->step[i];
  float *arena = p->arena + p->per_image * (size_t)t->first;
  vsg_call call = {.node = node,
                   .in_shape = w->in_shape,
                   .in = w->in,
                   .shape = r->shape[i],
                   .scratch = w->scratch};
  call.shape.dim[0] = t->n;
  call.out = s->result >= 0 ? t->result[s->result] + part_start(p, t, i)
                            : arena + s->offset * (size_t)t->n;
  for (int k = 0; k < node->inputs; k++) {
    w->in[k] = w->at[node->input[k]];
    w->in_shape[k] = r->shape[node->input[k]];
    w->in_shape[k].dim[0] = t->n;
  }
  s->kernel->run(&call);
  w->at[i] = call.out;
}

/* Results that no step wrote into: inputs of the graph asked for as results,
 * and nodes asked for more than once. */
static void copy_results(const cpu_plan *p, const worker *w, const part *t) {
  const vsg_request *r = &p->request;
  for (int i = 0; i < r->results; i++) {
    int node = r->result[i];
    const float *from = w->at[node];
    float *to = t->result[i] + part_start(p, t, node);
    size_t count = (size_t)t->n * (size_t)vsg_shape_numel(&r->shape[node], 1);
    if (from != to) memcpy(to, from, count * sizeof *from);
  }
}

/* False when it was cancelled. */
static bool run_part(const cpu_plan *p, worker *w, const part *t) {
  const vsg_graph *g = p->request.graph;
  const float *const *input = t->input;
  for (int i = 0; i < g->nodes; i++) {
    if (!g->node[i].layer) {
      w->at[i] = *input++ + part_start(p, t, i);
    } else if (p->step[i].kernel) {
      if (vsg_cancelled()) return false;
      run_step(p, w, t, i);
    }
  }
  copy_results(p, w, t);
  return true;
}

static vsg_status run(vsg_plan *plan, long n, const float *const *input,
                      float *const *result, vsg_error *err) {
  cpu_plan *p = (cpu_plan *)plan; /* plan is its first member */
  int blas = openblas_get_num_threads(), omp = omp_get_max_threads();
  int parts = n < p->workers ? (int)n : p->workers;
  bool whole = true;
  if (p->request.threads > 0) {
    openblas_set_num_threads(p->request.threads);
    omp_set_num_threads(p->request.threads);
  }
  /* Inside, the kernels and OpenBLAS see that they run in parallel already and
   * use one thread each. */
#pragma omp parallel for num_threads(parts) if (parts > 1) reduction(&& : whole)
  for (int i = 0; i < parts; i++) {
    part t = {.first = n * i / parts, .input = input, .result = result};
    t.n = n * (i + 1) / parts - t.first;
    whole = run_part(p, &p->worker[i], &t) && whole;
  }
  if (p->request.threads > 0) {
    openblas_set_num_threads(blas);
    omp_set_num_threads(omp);
  }
  return whole ? VSG_OK : vsg_fail(err, VSG_CANCELLED, "run: interrupted");
}

/* Each worker takes its share of the batch at once. */
static bool part_of(vsg_part *out, const vsg_plan *plan, int i) {
  const cpu_plan *p = (const cpu_plan *)plan; /* plan is its first member */
  int batch = (int)p->request.shape[0].dim[0], workers = p->workers;
  if (i > 0) return false;
  *out = (vsg_part){.images = (batch + workers - 1) / workers,
                    .workers = workers,
                    .threads = workers > 1 ? 1 : p->threads,
                    .scratch = p->scratch_bytes};
  out->activations = p->per_image * sizeof(float) * (size_t)out->images;
  return true;
}

const vsg_engine vsg_cpu_reference = {.name = "reference",
                                      .device = "cpu",
                                      .part = part_of,
                                      .prepare = prepare_reference,
                                      .run = run,
                                      .free = free_plan};

const vsg_engine vsg_cpu_naive = {.name = "naive",
                                  .device = "cpu",
                                  .part = part_of,
                                  .prepare = prepare_naive,
                                  .run = run,
                                  .free = free_plan};
