/* Plans and runs of the oneDNN engine.
 *
 * A batch is shared among workers, one image stream each: oneDNN then uses one
 * thread in each and they meet once a run. What is left of it is computed image
 * by image, all threads inside a layer. So a plan has three programs at most.
 * They use the same memory, for one runs at a time; when input sizes are known
 * they are all made ahead, and nobody needs the graph's weights any more. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/available.h"
#include "core/base/pages.h"
#include "core/graph/thin.h"
#include "core/onednn/program.h"

typedef enum role {
  CHUNKS, /* several images, on every worker */
  ONES,   /* one image, on every worker */
  ALONE,  /* one image, on one worker of all threads */
  ROLES
} role;

typedef struct entry {
  int images, workers; /* workers 0: the plan has no use for the role */
  vsg_dnn_program *program;
  vsg_dnn_worker *worker;
} entry;

/* A worker's memory, the same for all programs. */
typedef struct block {
  char *at;
  size_t bytes;
} block;

typedef struct dnn_plan {
  vsg_plan plan;
  vsg_thinned thinned; /* holds the request */
  vsg_dnn_shared shared;
  entry entry[ROLES];
  block *block;          /* one per thread */
  dnnl_stream_t *stream; /* one per thread */
} dnn_plan;

/* ---- programs ---- */

static void free_entry(entry *e) {
  for (int i = 0; e->worker && i < e->workers; i++) {
    vsg_dnn_worker_free(&e->worker[i], e->program);
  }
  free(e->worker);
  vsg_dnn_program_free(e->program);
}

/* Images that a program takes at most. Large weights are read from memory once
 * a program, above all Winograd's, which fp32 alone has: of 4, 8, 16 these are
 * the best for ResNet-50 by 5 to 8 %. Weights that the caches hold are read as
 * often as one likes, and then so many of a map should be there, too:
 * MobileFaceNet takes 4 images instead of 16, 6 % faster. */
static int chunk_of(const vsg_request *r) {
  enum { CHUNK = 8, CHUNK_FP32 = 16, SMALL = 8 << 20 /* bytes */ };
  int most = r->precision == VSG_PRECISION_fp32 ? CHUNK_FP32 : CHUNK;
  size_t map = 0;
  for (int i = 0; i < r->graph->nodes; i++) {
    size_t bytes = (size_t)vsg_shape_numel(&r->shape[i], 1) * sizeof(float);
    if (r->needed[i] && bytes > map) map = bytes;
  }
  if (vsg_graph_bytes(r->graph) >= SMALL) return most;
  while (most > 1 && (size_t)most * map > SMALL) most /= 2;
  return most;
}

static void choose_roles(dnn_plan *p) {
  int threads = p->shared.threads, chunk = chunk_of(p->shared.request);
  long share = p->shared.request->shape[0].dim[0] / threads;
  if (share < chunk) chunk = (int)share;
  if (chunk > 1) p->entry[CHUNKS] = (entry){chunk, threads, NULL, NULL};
  if (chunk > 0 && threads > 1) {
    p->entry[ONES] = (entry){1, threads, NULL, NULL};
  }
  p->entry[ALONE] = (entry){1, 1, NULL, NULL};
}

static vsg_status make_program(entry *e, dnn_plan *p, vsg_error *err) {
  int before = omp_get_max_threads();
  int threads = e->workers > 1 ? 1 : p->shared.threads;
  e->worker = calloc((size_t)e->workers, sizeof *e->worker);
  if (!e->worker) return vsg_fail_memory(err, "plan", sizeof *e->worker);
  omp_set_num_threads(threads);
  vsg_status status =
      vsg_dnn_program_new(&e->program, &p->shared, e->images, threads, err);
  omp_set_num_threads(before);
  p->plan.weights = p->shared.weight_bytes;
  if (status) {
    free(e->worker);
    e->worker = NULL;
  }
  return status;
}

/* Larger blocks for the program's workers, where theirs are too small. What was
 * in them is of no use between runs. */
static vsg_status grow_blocks(dnn_plan *p, const entry *e, vsg_error *err) {
  size_t bytes = vsg_dnn_worker_bytes(e->program), more = 0;
  for (int i = 0; i < e->workers; i++) {
    if (p->block[i].bytes < bytes) more += bytes - p->block[i].bytes;
  }
  if (vsg_available_check("plan", more, err)) return err->code;
  for (int i = 0; i < e->workers; i++) {
    block *b = &p->block[i];
    if (b->bytes >= bytes) continue;
    free(b->at);
    p->plan.bytes -= b->bytes;
    *b = (block){vsg_pages(bytes), bytes};
    if (!b->at) {
      b->bytes = 0;
      return vsg_fail_memory(err, "plan", bytes);
    }
    p->plan.bytes += bytes;
  }
  return VSG_OK;
}

/* Makes what the program lacks to be run. */
static vsg_status ready(dnn_plan *p, entry *e, vsg_error *err) {
  if (!e->program && make_program(e, p, err)) return err->code;
  if (grow_blocks(p, e, err)) return err->code;
  for (int i = 0; i < e->workers; i++) {
    if (vsg_dnn_worker_bind(&e->worker[i], e->program, p->block[i].at, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* True when a kernel of the reference engine reads the node's tensors. */
static bool read_by_kernels(const dnn_plan *p, int node) {
  for (const entry *e = p->entry; e < p->entry + ROLES; e++) {
    for (int i = 0; e->program && i < e->program->steps; i++) {
      const vsg_dnn_step *s = &e->program->step[i];
      if (s->kernel && s->node == node) return true;
    }
  }
  return false;
}

/* ---- plans ---- */

static void free_plan(vsg_plan *plan) {
  dnn_plan *p = (dnn_plan *)plan; /* plan is its first member */
  for (int i = 0; i < ROLES; i++) free_entry(&p->entry[i]);
  for (int i = 0; p->stream && i < p->shared.threads; i++) {
    if (p->stream[i]) dnnl_stream_destroy(p->stream[i]);
  }
  for (int i = 0; p->block && i < p->shared.threads; i++) free(p->block[i].at);
  for (int i = 0; i < p->shared.weights; i++) {
    if (p->shared.weight[i]->memory) {
      dnnl_memory_destroy(p->shared.weight[i]->memory);
    }
    free(p->shared.weight[i]);
  }
  for (int i = 0; p->shared.factor && i < p->shared.request->graph->nodes;
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
  free(p->block);
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

/* What there is one of per thread. */
static vsg_status make_threads(dnn_plan *p, vsg_error *err) {
  size_t threads = (size_t)p->shared.threads;
  p->block = calloc(threads, sizeof *p->block);
  p->stream = calloc(threads, sizeof *p->stream);
  if (!p->block || !p->stream) {
    return vsg_fail_memory(err, "plan", threads * sizeof *p->block);
  }
  for (size_t i = 0; i < threads; i++) {
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
  s->threads = r->threads > 0 ? r->threads : omp_get_max_threads();
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

/* Of the thinned graph's tensors those that have been packed. */
static void let_go(dnn_plan *p) {
  vsg_graph *g = p->thinned.graph;
  for (int i = 0; g && i < g->nodes; i++) {
    if (!read_by_kernels(p, i)) vsg_graph_unset(g, i);
  }
}

static vsg_status prepare(vsg_plan **out, const vsg_request *request,
                          vsg_error *err) {
  dnn_plan *p = calloc(1, sizeof *p);
  if (!p) return vsg_fail_memory(err, "plan", sizeof *p);
  p->plan.engine = &vsg_onednn;
  p->thinned.request = *request;
  vsg_status status = VSG_OK;
  if (request->passes & VSG_PASS_thin) {
    status = vsg_thin(&p->thinned, request, err);
  }
  if (!status) status = make_shared(p, err);
  if (!status) status = make_threads(p, err);
  if (!status) choose_roles(p);
  /* The one that needs most memory comes first. */
  for (int i = 0; request->only && !status && i < ROLES; i++) {
    if (p->entry[i].workers > 0) status = ready(p, &p->entry[i], err);
  }
  if (request->only && !status) let_go(p);
  if (status) {
    free_plan(&p->plan);
    return status;
  }
  *out = &p->plan;
  return VSG_OK;
}

/* ---- running ---- */

/* Each worker runs the program so many times, on images of its own. One worker
 * is no parallel region, not even an inactive one: libgomp would start new
 * threads for each layer inside it. */
static vsg_status run_worker(const dnn_plan *p, const entry *e, int worker,
                             long rounds, const vsg_dnn_batch *t, long first,
                             vsg_error *err) {
  first += worker * rounds * e->images;
  for (long i = 0; i < rounds; i++, first += e->images) {
    if (vsg_dnn_worker_run(&e->worker[worker], e->program, p->stream[worker], t,
                           first, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status run_workers(const dnn_plan *p, const entry *e, long rounds,
                              const vsg_dnn_batch *t, long first,
                              vsg_error *err) {
  vsg_status status = VSG_OK;
#pragma omp parallel for num_threads(e->workers)
  for (int i = 0; i < e->workers; i++) {
    vsg_error own;
    if (run_worker(p, e, i, rounds, t, first, &own)) {
#pragma omp critical
      {
        *err = own;
        status = own.code;
      }
    }
  }
  return status;
}

static vsg_status run(vsg_plan *plan, long n, const float *const *input,
                      float *const *result, vsg_error *err) {
  dnn_plan *p = (dnn_plan *)plan; /* plan is its first member */
  vsg_dnn_batch t = {input, result};
  int before = omp_get_max_threads();
  long first = 0;
  for (int i = 0; i < ROLES; i++) {
    entry *e = &p->entry[i];
    long each = (long)e->images * e->workers;
    long rounds = each > 0 ? (n - first) / each : 0;
    if (rounds == 0) continue;
    if (ready(p, e, err)) return err->code;
    omp_set_num_threads(p->shared.threads);
    vsg_status status = e->workers > 1
                            ? run_workers(p, e, rounds, &t, first, err)
                            : run_worker(p, e, 0, rounds, &t, first, err);
    omp_set_num_threads(before);
    if (status) return status;
    first += rounds * each;
  }
  return VSG_OK;
}

/* ---- what a plan tells ---- */

/* Steps are those of the program for most images. */
static bool step(vsg_step *out, const vsg_plan *plan, int i) {
  const dnn_plan *p = (const dnn_plan *)plan; /* plan is its first member */
  const entry *e = p->entry;
  while (e < p->entry + ROLES && !e->program) e++;
  if (e == p->entry + ROLES || i >= e->program->steps) return false;
  const vsg_dnn_step *s = &e->program->step[i];
  int node = p->thinned.graph ? p->thinned.origin[s->node] : s->node;
  *out = (vsg_step){.node = node, .by = s->impl};
  return true;
}

static bool part(vsg_part *out, const vsg_plan *plan, int i) {
  const dnn_plan *p = (const dnn_plan *)plan; /* plan is its first member */
  for (const entry *e = p->entry; e < p->entry + ROLES; e++) {
    if (!e->program || i-- > 0) continue;
    *out = (vsg_part){.images = e->images,
                      .workers = e->workers,
                      .threads = e->program->threads,
                      .activations = e->program->arena,
                      .scratch = e->program->scratchpad + e->program->scratch};
    return true;
  }
  return false;
}

/* A thinned graph has references of its own to what is read. */
static bool reads(const vsg_plan *plan, int node) {
  const dnn_plan *p = (const dnn_plan *)plan; /* plan is its first member */
  return !p->thinned.graph && read_by_kernels(p, node);
}

const vsg_engine vsg_onednn = {.name = "onednn",
                               .device = "cpu",
                               .passes = VSG_PASS_ALL,
                               .has = has,
                               .step = step,
                               .part = part,
                               .reads = reads,
                               .prepare = prepare,
                               .run = run,
                               .free = free_plan};
