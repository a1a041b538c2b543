/* A node on the reference engine's kernel, among steps of oneDNN: its inputs
 * and its result are plain numbers. */
#include "core/onednn/program.h"

static const vsg_kernel *const kernels[VSG_LAYER_COUNT] = {
#define VSG_LAYER(name) [VSG_LAYER_##name] = &vsg_cpu_##name,
#include "core/graph/layers.def"
#undef VSG_LAYER
};

/* A step has so many args; one is the result. */
enum { MOST_INPUTS = VSG_DNN_ARGS - 1 };

/* at: the inputs, then the result. */
static void run(const vsg_dnn_step *step, void *const *at, float *scratch) {
  const vsg_request *r = step->request;
  const vsg_node *node = &r->graph->node[step->node];
  vsg_shape shape[MOST_INPUTS];
  const float *in[MOST_INPUTS];
  vsg_call call = {.node = node,
                   .in_shape = shape,
                   .in = in,
                   .shape = r->shape[step->node],
                   .out = at[node->inputs],
                   .scratch = scratch};
  call.shape.dim[0] = step->images;
  for (int i = 0; i < node->inputs; i++) {
    shape[i] = r->shape[node->input[i]];
    shape[i].dim[0] = step->images;
    in[i] = at[i];
  }
  step->kernel->run(&call);
}

static size_t scratch_of(const vsg_dnn_program *p, const vsg_kernel *kernel,
                         int node) {
  const vsg_request *r = p->shared->request;
  const vsg_node *n = &r->graph->node[node];
  vsg_shape in[MOST_INPUTS], out = r->shape[node];
  if (!kernel->scratch) return 0;
  for (int i = 0; i < n->inputs; i++) {
    in[i] = r->shape[n->input[i]];
    in[i].dim[0] = p->images;
  }
  out.dim[0] = p->images;
  return kernel->scratch(n, in, &out) * sizeof(float);
}

vsg_status vsg_dnn_reference(vsg_dnn_program *p, int node, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *n = &r->graph->node[node];
  const vsg_kernel *kernel = kernels[n->layer->id];
  dnnl_memory_desc_t md;
  vsg_dnn_step *step;
  int src[MOST_INPUTS], dst;
  if (n->inputs > MOST_INPUTS) {
    return vsg_fail(err, VSG_UNSUPPORTED, "onednn: '%.100s' has %d inputs",
                    n->name, n->inputs);
  }
  for (int i = 0; i < n->inputs; i++) {
    if (vsg_dnn_want_plain(&src[i], p, n->input[i], err)) return err->code;
  }
  if (vsg_dnn_describe_plain(&md, &r->shape[node], p->images, err) ||
      vsg_dnn_make(&dst, p, node, &md, err) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    return err->code;
  }
  p->plain[node] = dst;
  for (int i = 0; i < n->inputs; i++) {
    vsg_dnn_arg(p, step, DNNL_ARG_MULTIPLE_SRC + i, src[i]);
  }
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  step->kernel = kernel;
  step->run = run;
  step->impl = "reference";
  size_t bytes = scratch_of(p, kernel, node);
  if (bytes > p->scratch) p->scratch = bytes;
  return VSG_OK;
}
