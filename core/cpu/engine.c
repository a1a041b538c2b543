/* The reference engine: plans the memory and calls the kernels in order. */
#include <cblas.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
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
  float *at;                /* its numbers during a run */
} step;

typedef struct cpu_plan {
  vsg_plan plan;
  vsg_request request;
  step *step;   /* one per node */
  float *arena; /* batch times what one image needs */
  float *scratch;
  const float **in; /* room for the inputs of any node */
  vsg_shape *in_shape;
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
  free(p->step);
  free(p->arena);
  free(p->scratch);
  free(p->in);
  free(p->in_shape);
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

/* count floats, aligned; *out stays NULL for none. They are not cleared: a
 * batch smaller than planned then never touches its pages. */
static vsg_status allocate(float **out, cpu_plan *p, size_t count,
                           vsg_error *err) {
  enum { LINE = 64 };
  size_t bytes = (count * sizeof **out + LINE - 1) / LINE * LINE;
  if (count == 0) return VSG_OK;
  if (count > PTRDIFF_MAX / sizeof **out) {
    return vsg_fail(err, VSG_MEMORY, "plan: %zu numbers are too many", count);
  }
  *out = aligned_alloc(LINE, bytes);
  p->plan.bytes += bytes;
  return *out ? VSG_OK : vsg_fail_memory(err, "plan", bytes);
}

/* Gives results their places and the rest of the needed nodes theirs in the
 * arena, sized for the whole batch. */
static vsg_status plan_memory(cpu_plan *p, size_t *size, size_t *offset,
                              vsg_error *err) {
  enum { LINE = 16 }; /* floats of a cache line */
  const vsg_request *r = &p->request;
  size_t batch = (size_t)r->shape[0].dim[0], total;
  for (int i = 0; i < r->graph->nodes; i++) {
    size_t count = (size_t)vsg_shape_numel(&r->shape[i], 1);
    bool own = r->needed[i] && p->step[i].kernel && p->step[i].result < 0;
    size[i] = own ? (count + LINE - 1) / LINE * LINE : 0;
  }
  if (vsg_memory_plan(offset, &total, r->graph, r->needed, size, err)) {
    return err->code;
  }
  for (int i = 0; i < r->graph->nodes; i++) p->step[i].offset = offset[i];
  return allocate(&p->arena, p, total * batch, err);
}

/* Kernels, and the scratch memory of the one that needs most. */
static vsg_status plan_steps(cpu_plan *p, const vsg_engine *engine,
                             vsg_error *err) {
  const vsg_request *r = &p->request;
  size_t most = 0;
  for (int i = 0; i < r->graph->nodes; i++) {
    const vsg_node *node = &r->graph->node[i];
    p->step[i].result = -1;
    if (!node->layer || !r->needed[i]) continue;
    p->step[i].kernel = choose(engine, node->layer->id);
    for (int k = 0; k < node->inputs; k++) {
      p->in_shape[k] = r->shape[node->input[k]];
    }
    if (p->step[i].kernel->scratch) {
      size_t n = p->step[i].kernel->scratch(node, p->in_shape, &r->shape[i]);
      if (n > most) most = n;
    }
  }
  for (int i = r->results - 1; i >= 0; i--) p->step[r->result[i]].result = i;
  return allocate(&p->scratch, p, most, err);
}

static vsg_status prepare(vsg_plan **out, const vsg_engine *engine,
                          const vsg_request *request, vsg_error *err) {
  size_t nodes = (size_t)request->graph->nodes;
  cpu_plan *p = calloc(1, sizeof *p);
  size_t *size = calloc(2 * nodes, sizeof *size);
  int most = 1;
  vsg_status status;
  if (p) {
    for (size_t i = 0; i < nodes; i++) {
      int inputs = request->graph->node[i].inputs;
      if (inputs > most) most = inputs;
    }
    p->plan.engine = engine;
    p->request = *request;
    p->step = calloc(nodes, sizeof *p->step);
    p->in = calloc((size_t)most, sizeof *p->in);
    p->in_shape = calloc((size_t)most, sizeof *p->in_shape);
  }
  if (!p || !size || !p->step || !p->in || !p->in_shape) {
    status = vsg_fail_memory(err, "plan", nodes * sizeof *p->step);
  } else {
    status = plan_steps(p, engine, err);
    if (!status) status = plan_memory(p, size, size + nodes, err);
  }
  free(size);
  if (status && p) free_plan(&p->plan);
  if (!status) *out = &p->plan;
  return status;
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

static void run_step(cpu_plan *p, int i, long n, float *const *result) {
  const vsg_request *r = &p->request;
  const vsg_node *node = &r->graph->node[i];
  step *s = &p->step[i];
  vsg_call call = {.node = node,
                   .in_shape = p->in_shape,
                   .in = p->in,
                   .shape = r->shape[i],
                   .scratch = p->scratch};
  call.shape.dim[0] = n;
  call.out =
      s->result >= 0 ? result[s->result] : p->arena + s->offset * (size_t)n;
  for (int k = 0; k < node->inputs; k++) {
    p->in[k] = p->step[node->input[k]].at;
    p->in_shape[k] = r->shape[node->input[k]];
    p->in_shape[k].dim[0] = n;
  }
  s->kernel->run(&call);
  s->at = call.out;
}

/* Results that no step wrote into: inputs of the graph asked for as results,
 * and nodes asked for more than once. */
static void copy_results(const cpu_plan *p, long n, float *const *result) {
  const vsg_request *r = &p->request;
  for (int i = 0; i < r->results; i++) {
    const float *from = p->step[r->result[i]].at;
    size_t count =
        (size_t)n * (size_t)vsg_shape_numel(&r->shape[r->result[i]], 1);
    if (from != result[i]) memcpy(result[i], from, count * sizeof *from);
  }
}

static vsg_status run_steps(cpu_plan *p, long n, const float *const *input,
                            float *const *result, vsg_error *err) {
  const vsg_graph *g = p->request.graph;
  for (int i = 0; i < g->nodes; i++) {
    if (!g->node[i].layer) {
      /* Nothing writes to an input; the cast lets one field serve both. */
      p->step[i].at = (float *)*input++;
    } else if (p->step[i].kernel) {
      if (vsg_cancel_check("run", err)) return err->code;
      run_step(p, i, n, result);
    }
  }
  copy_results(p, n, result);
  return VSG_OK;
}

static vsg_status run(vsg_plan *plan, long n, const float *const *input,
                      float *const *result, vsg_error *err) {
  cpu_plan *p = (cpu_plan *)plan; /* plan is its first member */
  int blas = openblas_get_num_threads(), omp = omp_get_max_threads();
  vsg_status status;
  if (p->request.threads > 0) {
    openblas_set_num_threads(p->request.threads);
    omp_set_num_threads(p->request.threads);
  }
  status = run_steps(p, n, input, result, err);
  if (p->request.threads > 0) {
    openblas_set_num_threads(blas);
    omp_set_num_threads(omp);
  }
  return status;
}

const vsg_engine vsg_cpu_reference = {.name = "reference",
                                      .device = "cpu",
                                      .prepare = prepare_reference,
                                      .run = run,
                                      .free = free_plan};

const vsg_engine vsg_cpu_naive = {.name = "naive",
                                  .device = "cpu",
                                  .prepare = prepare_naive,
                                  .run = run,
                                  .free = free_plan};
