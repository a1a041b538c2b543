/* softmax: exp(x) / sum(exp(x)) along an axis. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"axis", VSG_INTEGER, 1, 1, "axis, the batch not counted", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

/* Axis 1 is the first after the batch: C of (N,C,H,W). */
static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  long axis = vsg_node_integer(node, "axis");
  if (axis >= in->dims) {
    return vsg_layer_fail(err, node,
                          "axis is %ld, the input has %d beside the batch",
                          axis, in->dims - 1);
  }
  *out = *in;
  return VSG_OK;
}

const vsg_layer vsg_layer_softmax = {
    .id = VSG_LAYER_softmax,
    .name = "softmax",
    .about = "exp(x) / sum(exp(x)) along an axis",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape};
