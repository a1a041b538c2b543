/* linear: in (N,F) times weight (out,F) transposed, plus bias (out). Also
 * called dense, inner product, fully connected. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"out", VSG_INTEGER, VSG_REQUIRED, 1, "features of the result", NULL},
    {"bias", VSG_FLAG, 1, 0, "adds a number per feature", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  if (vsg_layer_wants_dims(node, in, 2, err)) return err->code;
  *out = *in;
  out->dim[1] = vsg_node_integer(node, "out");
  return VSG_OK;
}

static vsg_status slots(vsg_node *node, const vsg_shape *in, vsg_error *err) {
  long features = vsg_node_integer(node, "out");
  if (vsg_node_slot(node, "weight", features, in->dim[1], 0, 0, err)) {
    return err->code;
  }
  if (!vsg_node_flag(node, "bias")) return VSG_OK;
  return vsg_node_slot(node, "bias", features, 0, 0, 0, err);
}

static double work(const vsg_node *node, const vsg_shape *in,
                   const vsg_shape *out) {
  (void)node;
  return (double)in->dim[1] * (double)out->dim[1];
}

const vsg_layer vsg_layer_linear = {
    .id = VSG_LAYER_linear,
    .name = "linear",
    .about = "every result is a weighted sum of all inputs",
    .tensors = "weight (out,F), bias (out)",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape,
    .slots = slots,
    .work = work};
