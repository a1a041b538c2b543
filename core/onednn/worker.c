/* What one worker needs to run a program, and how it does; see program.h. */
#include <stdint.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/onednn/program.h"

/* A block holds the activations, then oneDNN's scratchpad, then the kernels'.
 */
size_t vsg_dnn_worker_bytes(const vsg_dnn_program *p) {
  return vsg_dnn_lines(p->arena) + vsg_dnn_lines(p->scratchpad) +
         vsg_dnn_lines(p->scratch) + VSG_DNN_LINE;
}

void vsg_dnn_worker_free(vsg_dnn_worker *w, const vsg_dnn_program *p) {
  for (int i = 0; w->memory && i < p->values; i++) {
    if (w->memory[i]) dnnl_memory_destroy(w->memory[i]);
  }
  for (int i = 0; w->scratchpad && i < p->steps; i++) {
    if (w->scratchpad[i]) dnnl_memory_destroy(w->scratchpad[i]);
  }
  free(w->memory);
  free(w->scratchpad);
  *w = (vsg_dnn_worker){0};
}

/* The scratchpad of each step that has one, all at one place. */
static vsg_status bind_scratchpads(vsg_dnn_worker *w, const vsg_dnn_program *p,
                                   vsg_error *err) {
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
    if (vsg_dnn_check(
            dnnl_memory_create(&w->scratchpad[i], md, p->shared->engine,
                               w->block + vsg_dnn_lines(p->arena)),
            "plan", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status bind_values(vsg_dnn_worker *w, const vsg_dnn_program *p,
                              vsg_error *err) {
  for (int i = 0; i < p->values; i++) {
    const vsg_dnn_value *v = &p->value[i];
    void *at = v->buffer < 0 ? DNNL_MEMORY_NONE
                             : w->block + p->buffer[v->buffer].offset;
    if (vsg_dnn_check(
            dnnl_memory_create(&w->memory[i], &v->md, p->shared->engine, at),
            "plan", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

vsg_status vsg_dnn_worker_bind(vsg_dnn_worker *w, const vsg_dnn_program *p,
                               char *block, vsg_error *err) {
  if (w->block == block) return VSG_OK;
  vsg_dnn_worker_free(w, p);
  w->memory = calloc((size_t)p->values + 1, sizeof *w->memory);
  w->scratchpad = calloc((size_t)p->steps + 1, sizeof *w->scratchpad);
  w->block = block;
  vsg_status status = VSG_OK;
  if (!w->memory || !w->scratchpad) {
    status = vsg_fail_memory(err, "plan", sizeof *w->memory);
  } else if (bind_values(w, p, err) || bind_scratchpads(w, p, err)) {
    status = err->code;
  }
  if (status) vsg_dnn_worker_free(w, p);
  return status;
}

/* ---- running ---- */

/* The memory of inputs and results, which is the caller's. */
static vsg_status point(const vsg_dnn_worker *w, const vsg_dnn_program *p,
                        const vsg_dnn_batch *t, long first, vsg_error *err) {
  for (int i = 0; i < p->values; i++) {
    const vsg_dnn_value *v = &p->value[i];
    size_t each = 1;
    for (int d = 1; d < v->md.ndims; d++) each *= (size_t)v->md.dims[d];
    float *at = NULL;
    if (v->input >= 0) {
      at = (float *)(uintptr_t)(t->input[v->input] + each * (size_t)first);
    } else if (v->result >= 0) {
      at = t->result[v->result] + each * (size_t)first;
    }
    if (at && vsg_dnn_check(dnnl_memory_set_data_handle(w->memory[i], at),
                            "run", err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status run_step(const vsg_dnn_worker *w, const vsg_dnn_program *p,
                           int i, dnnl_stream_t stream, vsg_error *err) {
  const vsg_dnn_step *s = &p->step[i];
  if (s->primitive) {
    dnnl_exec_arg_t args[VSG_DNN_ARGS + 1];
    int n = s->args;
    for (int k = 0; k < n; k++) {
      args[k].arg = s->arg[k].key;
      args[k].memory = s->arg[k].value < 0 ? s->arg[k].weights->memory
                                           : w->memory[s->arg[k].value];
    }
    if (w->scratchpad[i]) {
      args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, w->scratchpad[i]};
    }
    return vsg_dnn_check(dnnl_primitive_execute(s->primitive, stream, n, args),
                         "run", err);
  }
  void *at[VSG_DNN_ARGS];
  for (int k = 0; k < s->args; k++) {
    dnnl_memory_get_data_handle(w->memory[s->arg[k].value], &at[k]);
  }
  s->run(s, at,
         (float *)(w->block + vsg_dnn_lines(p->arena) +
                   vsg_dnn_lines(p->scratchpad)));
  return VSG_OK;
}

vsg_status vsg_dnn_worker_run(const vsg_dnn_worker *w, const vsg_dnn_program *p,
                              dnnl_stream_t stream, const vsg_dnn_batch *t,
                              long first, vsg_error *err) {
  if (point(w, p, t, first, err)) return err->code;
  for (int i = 0; i < p->steps; i++) {
    if (vsg_cancelled()) {
      return vsg_fail(err, VSG_CANCELLED, "run: interrupted");
    }
    if (run_step(w, p, i, stream, err)) return err->code;
  }
  return vsg_dnn_check(dnnl_stream_wait(stream), "run", err);
}
