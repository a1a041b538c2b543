/* Plans and runs of the oneDNN engine.
 *
 * A batch is shared among workers, one image stream each: oneDNN then uses one
 * thread in each and they meet once a run. A batch smaller than the number of
 * threads is computed image by image, all threads inside a layer. Each number
 * of images has its program, made when it comes first. */
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/pages.h"
#include "core/graph/thin.h"
#include "core/onednn/program.h"

enum {
  /* Images that a program takes at most, such that their activations stay in
     the caches; Winograd's weights are so large that they are to be read
     seldom. Of 4, 8, 16 the best for ResNet-50 by 5 to 8 %. */
  CHUNK = 8,
  CHUNK_FP32 = 16,
  SMALL = 1 << 23, /* bytes: weights that caches hold are read as often as one
                      likes, and then so many of a map should be there, too.
                      MobileFaceNet: 4 images instead of 16, 6 % faster */
  PROGRAMS = 4,    /* that a plan keeps */
  LINE = 64
};

/* What one worker has of a program: its memory, and oneDNN's words for it. */
typedef struct binding {
  char *arena; /* activations, then oneDNN's scratchpad, then the kernels' */
  dnnl_memory_t *memory;     /* one per value */
  dnnl_memory_t *scratchpad; /* one per step: sizes differ */
} binding;

typedef struct entry {
  vsg_dnn_program *program;
  int workers;
  binding *binding;
} entry;

typedef struct dnn_plan {
  vsg_plan plan;
  vsg_thinned thinned; /* holds the request */
  vsg_dnn_shared shared;
  int threads;
  int chunk;
  int entries;
  entry entry[PROGRAMS]; /* the most recently used first */
  dnnl_stream_t *stream; /* one per thread */
} dnn_plan;

/* ---- bindings ---- */

static void free_binding(binding *b, const vsg_dnn_program *p) {
  for (int i = 0; b->memory && i < p->values; i++) {
    if (b->memory[i]) dnnl_memory_destroy(b->memory[i]);
  }
  for (int i = 0; b->scratchpad && i < p->steps; i++) {
    if (b->scratchpad[i]) dnnl_memory_destroy(b->scratchpad[i]);
  }
  free(b->memory);
  free(b->scratchpad);
  free(b->arena);
}

static void free_entry(entry *e) {
  for (int i = 0; e->binding && i < e->workers; i++) {
    free_binding(&e->binding[i], e->program);
  }
  free(e->binding);
  vsg_dnn_program_free(e->program);
}

static size_t lines(size_t bytes) { return (bytes + LINE - 1) / LINE * LINE; }

static size_t binding_bytes(const vsg_dnn_program *p) {
  return lines(p->arena) + lines(p->scratchpad) + lines(p->scratch) + LINE;
}

/* The scratchpad of each step that has one, all at one place. */
static vsg_status bind_scratchpads(binding *b, const vsg_dnn_program *p,
                                   dnnl_engine_t engine, vsg_error *err) {
  for (int i = 0; i < p->steps; i++) {
    const_dnnl_primitive_desc_t pd;
    if (!p->step[i].primitive) continue;
    if (vsg_dnn_check(
            dnnl_primitive_get_primitive_desc(p->step[i].primitive, &pd),
            "plan", err)) {
      return err->code;
    }
    const dnnl_memory_desc_t *md =
        dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    if (!md || dnnl_memory_desc_get_size(md) == 0) continue;
    if (vsg_dnn_check(dnnl_memory_create(&b->scratchpad[i], md, engine,
                                         b->arena + lines(p->arena)),
                      "plan", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status bind(binding *b, const vsg_dnn_program *p, vsg_error *err) {
  size_t bytes = binding_bytes(p);
  dnnl_engine_t engine = p->shared->engine;
  b->memory = calloc((size_t)p->values + 1, sizeof *b->memory);
  b->scratchpad = calloc((size_t)p->steps + 1, sizeof *b->scratchpad);
  b->arena = vsg_pages(bytes);
  if (!b->memory || !b->scratchpad || !b->arena) {
    return vsg_fail_memory(err, "plan", bytes);
  }
  for (int i = 0; i < p->values; i++) {
    const vsg_dnn_value *v = &p->value[i];
    void *at = v->buffer < 0 ? DNNL_MEMORY_NONE
                             : b->arena + p->buffer[v->buffer].offset;
    if (vsg_dnn_check(dnnl_memory_create(&b->memory[i], &v->md, engine, at),
                      "plan", err)) {
      return err->code;
    }
  }
  return bind_scratchpads(b, p, engine, err);
}

/* ---- plans ---- */

static void free_plan(vsg_plan *plan) {
  dnn_plan *p = (dnn_plan *)plan; /* plan is its first member */
  for (int i = 0; i < p->entries; i++) free_entry(&p->entry[i]);
  for (int i = 0; p->stream && i < p->threads; i++) {
    if (p->stream[i]) dnnl_stream_destroy(p->stream[i]);
  }
  for (int i = 0; i < p->shared.weights; i++) {
    if (p->shared.weight[i]->memory) {
      dnnl_memory_destroy(p->shared.weight[i]->memory);
    }
    free(p->shared.weight[i]);
  }
  for (int i = 0; p->shared.factor && i < p->thinned.request.graph->nodes;
       i++) {
    free(p->shared.factor[i]);
  }
  free(p->shared.factor);
  free(p->shared.type);
  free(p->shared.byte);
  free(p->shared.scale);
  free(p->shared.weight);
  for (int i = 0; i < p->shared.slabs; i++) free(p->shared.slab[i]);
  free(p->shared.slab);
  free(p->shared.last_use);
  vsg_fusion_free(&p->shared.fusion);
  if (p->shared.engine) dnnl_engine_destroy(p->shared.engine);
  free(p->stream);
  vsg_thin_free(&p->thinned);
  free(p);
}

/* A node is read for the last time at the turn of the last node that reads it;
 * all of a group have their turn with its last node. */
static void find_last_use(int *last, const vsg_request *r,
                          const vsg_fusion *f) {
  for (int i = 0; i < r->graph->nodes; i++) {
    int turn = f->member[i] >= 0 ? f->group[f->member[i]].last : i;
    if (!r->needed[i]) continue;
    for (int k = 0; k < r->graph->node[i].inputs; k++) {
      int *at = &last[r->graph->node[i].input[k]];
      if (turn > *at) *at = turn;
    }
  }
  for (int i = 0; i < r->results; i++) last[r->result[i]] = r->graph->nodes;
}

static vsg_status make_entry(entry *out, dnn_plan *p, int images, int workers,
                             vsg_error *err) {
  int before = omp_get_max_threads(), threads = workers > 1 ? 1 : p->threads;
  *out = (entry){.workers = workers};
  omp_set_num_threads(threads);
  vsg_status status =
      vsg_dnn_program_new(&out->program, &p->shared, images, threads, err);
  omp_set_num_threads(before);
  if (status) return status;
  out->binding = calloc((size_t)workers, sizeof *out->binding);
  if (!out->binding) status = vsg_fail_memory(err, "plan", sizeof(binding));
  for (int i = 0; !status && i < workers; i++) {
    status = bind(&out->binding[i], out->program, err);
  }
  if (status) free_entry(out);
  return status;
}

static void count_bytes(dnn_plan *p) {
  p->plan.bytes = p->shared.weight_bytes;
  for (int i = 0; i < p->entries; i++) {
    p->plan.bytes +=
        (size_t)p->entry[i].workers * binding_bytes(p->entry[i].program);
  }
}

/* The program for so many images a step, made if there is none; first. */
static vsg_status find_entry(const entry **out, dnn_plan *p, int images,
                             int workers, vsg_error *err) {
  entry found;
  int i = 0;
  while (i < p->entries && (p->entry[i].program->images != images ||
                            p->entry[i].workers != workers)) {
    i++;
  }
  if (i < p->entries) {
    found = p->entry[i];
  } else {
    if (make_entry(&found, p, images, workers, err)) return err->code;
    if (p->entries == PROGRAMS) {
      free_entry(&p->entry[--i]);
    } else {
      p->entries++;
    }
  }
  memmove(&p->entry[1], &p->entry[0], (size_t)i * sizeof p->entry[0]);
  p->entry[0] = found;
  count_bytes(p);
  *out = &p->entry[0];
  return VSG_OK;
}

static vsg_status make_streams(dnn_plan *p, vsg_error *err) {
  p->stream = calloc((size_t)p->threads, sizeof *p->stream);
  if (!p->stream) return vsg_fail_memory(err, "plan", sizeof *p->stream);
  for (int i = 0; i < p->threads; i++) {
    if (vsg_dnn_check(dnnl_stream_create(&p->stream[i], p->shared.engine, 0),
                      "plan", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status make_shared(dnn_plan *p, vsg_error *err) {
  const vsg_request *r = &p->thinned.request;
  vsg_dnn_shared *s = &p->shared;
  s->request = r;
  s->last_use = calloc((size_t)r->graph->nodes, sizeof *s->last_use);
  if (!s->last_use) return vsg_fail_memory(err, "plan", sizeof *s->last_use);
  if (vsg_fuse(&s->fusion, r->graph, r->shape, r->needed, r->result, r->results,
               r->passes, err) ||
      vsg_dnn_check(dnnl_engine_create(&s->engine, dnnl_cpu, 0), "plan", err)) {
    return err->code;
  }
  find_last_use(s->last_use, r, &s->fusion);
  return vsg_dnn_types(s, err);
}

/* oneDNN computes with bf16 on any AVX-512, but without instructions for it no
 * faster than with f32; sums of 8-bit products saturate without VNNI. */
static bool has(vsg_precision precision) {
  if (precision == VSG_PRECISION_bf16) {
    return vsg_dnn_can(dnnl_cpu_isa_avx512_core_bf16);
  }
  if (precision == VSG_PRECISION_int8) {
    return vsg_dnn_can(dnnl_cpu_isa_avx512_core_vnni) ||
           vsg_dnn_can(dnnl_cpu_isa_avx2_vnni);
  }
  return precision == VSG_PRECISION_fp32;
}

/* Images that a program takes at most. */
static int chunk_of(const vsg_request *r) {
  int most = r->precision == VSG_PRECISION_fp32 ? CHUNK_FP32 : CHUNK;
  size_t weights = 0, map = 0;
  for (int i = 0; i < r->graph->nodes; i++) {
    const vsg_node *n = &r->graph->node[i];
    size_t bytes = (size_t)vsg_shape_numel(&r->shape[i], 1) * sizeof(float);
    if (r->needed[i] && bytes > map) map = bytes;
    for (int k = 0; k < n->slots; k++) {
      weights += (size_t)vsg_shape_numel(&n->slot[k].shape, 0) * sizeof(float);
    }
  }
  while (weights < SMALL && most > 1 && (size_t)most * map > SMALL) most /= 2;
  return most;
}

static vsg_status prepare(vsg_plan **out, const vsg_request *request,
                          vsg_error *err) {
  dnn_plan *p = calloc(1, sizeof *p);
  const entry *e;
  if (!p) return vsg_fail_memory(err, "plan", sizeof *p);
  p->plan.engine = &vsg_onednn;
  p->thinned.request = *request;
  p->threads = request->threads > 0 ? request->threads : omp_get_max_threads();
  p->chunk = chunk_of(request);
  long batch = request->shape[0].dim[0];
  int workers = batch < p->threads ? 1 : p->threads;
  long share = workers > 1 || p->threads == 1 ? batch / workers : 1;
  if (((request->passes & VSG_PASS_thin) &&
       vsg_thin(&p->thinned, request, err)) ||
      make_shared(p, err) || make_streams(p, err) ||
      find_entry(&e, p, share > p->chunk ? p->chunk : (int)share, workers,
                 err)) {
    free_plan(&p->plan);
    return err->code;
  }
  *out = &p->plan;
  return VSG_OK;
}

/* ---- running ---- */

/* A part of the batch for one worker. */
typedef struct part {
  long first, n;
  const float *const *input; /* of the whole batch, as are the results */
  float *const *result;
} part;

/* The memory of a value, the caller's for inputs and results. */
static vsg_status point(const vsg_dnn_program *program, binding *b,
                        const part *t, long first, vsg_error *err) {
  for (int i = 0; i < program->values; i++) {
    const vsg_dnn_value *v = &program->value[i];
    size_t each = 1;
    for (int d = 1; d < v->md.ndims; d++) each *= (size_t)v->md.dims[d];
    float *at = NULL;
    if (v->input >= 0) {
      at = (float *)(uintptr_t)(t->input[v->input] + each * (size_t)first);
    } else if (v->result >= 0) {
      at = t->result[v->result] + each * (size_t)first;
    }
    if (at && vsg_dnn_check(dnnl_memory_set_data_handle(b->memory[i], at),
                            "run", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status run_step(const vsg_dnn_program *program, const binding *b,
                           int i, dnnl_stream_t stream, vsg_error *err) {
  const vsg_dnn_step *s = &program->step[i];
  if (s->primitive) {
    dnnl_exec_arg_t args[VSG_DNN_ARGS + 1];
    int n = s->args;
    for (int k = 0; k < n; k++) {
      args[k].arg = s->arg[k].key;
      args[k].memory = s->arg[k].value < 0 ? s->arg[k].weights->memory
                                           : b->memory[s->arg[k].value];
    }
    if (b->scratchpad[i]) {
      args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, b->scratchpad[i]};
    }
    return vsg_dnn_check(dnnl_primitive_execute(s->primitive, stream, n, args),
                         "run", err);
  }
  void *at[VSG_DNN_ARGS];
  for (int k = 0; k < s->args; k++) {
    dnnl_memory_get_data_handle(b->memory[s->arg[k].value], &at[k]);
  }
  s->run(
      s, at,
      (float *)(b->arena + lines(program->arena) + lines(program->scratchpad)));
  return VSG_OK;
}

static vsg_status run_chunk(const dnn_plan *p, const entry *e, int worker,
                            const part *t, long first, vsg_error *err) {
  const vsg_dnn_program *program = e->program;
  binding *b = &e->binding[worker];
  if (point(program, b, t, first, err)) return err->code;
  for (int i = 0; i < program->steps; i++) {
    if (vsg_cancelled()) {
      return vsg_fail(err, VSG_CANCELLED, "run: interrupted");
    }
    if (run_step(program, b, i, p->stream[worker], err)) return err->code;
  }
  return vsg_dnn_check(dnnl_stream_wait(p->stream[worker]), "run", err);
}

/* Every worker's part, on a thread of its own. */
static vsg_status run_workers(dnn_plan *p, const entry *e, const part *whole,
                              long first, int each, vsg_error *err) {
  vsg_status status = VSG_OK;
#pragma omp parallel for num_threads(e->workers)
  for (int i = 0; i < e->workers; i++) {
    vsg_error own;
    if (run_chunk(p, e, i, whole, first + (long)i * each, &own)) {
#pragma omp critical
      {
        *err = own;
        status = own.code;
      }
    }
  }
  return status;
}

/* Runs images from first on, `each` for every worker, with the program for so
 * many. One worker is no parallel region, not even an inactive one: libgomp
 * would start new threads for each layer inside it. */
static vsg_status run_even(dnn_plan *p, const part *whole, long first, int each,
                           int workers, vsg_error *err) {
  const entry *e;
  int before = omp_get_max_threads();
  if (find_entry(&e, p, each, workers, err)) return err->code;
  omp_set_num_threads(p->threads);
  vsg_status status = workers > 1 ? run_workers(p, e, whole, first, each, err)
                                  : run_chunk(p, e, 0, whole, first, err);
  omp_set_num_threads(before);
  return status;
}

static vsg_status run(vsg_plan *plan, long n, const float *const *input,
                      float *const *result, vsg_error *err) {
  dnn_plan *p = (dnn_plan *)plan; /* plan is its first member */
  part whole = {.n = n, .input = input, .result = result};
  long first = 0;
  while (first < n) {
    long rest = n - first;
    int workers = rest < p->threads ? 1 : p->threads;
    /* One worker of several threads takes one image at a time. */
    long each = workers == 1 && p->threads > 1 ? 1 : rest / workers;
    if (each > p->chunk) each = p->chunk;
    if (run_even(p, &whole, first, (int)each, workers, err)) return err->code;
    first += each * workers;
  }
  return VSG_OK;
}

static bool step(vsg_step *out, const vsg_plan *plan, int i) {
  const dnn_plan *p = (const dnn_plan *)plan; /* plan is its first member */
  const vsg_dnn_program *program = p->entry[0].program;
  if (i >= program->steps) return false;
  int node = program->step[i].node;
  if (p->thinned.graph) node = p->thinned.origin[node];
  *out = (vsg_step){.node = node, .by = program->step[i].impl};
  return true;
}

const vsg_engine vsg_onednn = {.name = "onednn",
                               .device = "cpu",
                               .passes = VSG_PASS_ALL,
                               .has = has,
                               .step = step,
                               .prepare = prepare,
                               .run = run,
                               .free = free_plan};
