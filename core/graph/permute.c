/* permute: axes in another order. order {2, 3, 1} makes (N,H,W,C) of (N,C,H,W):
 * axis i of the result is axis order[i] of the input, the batch not counted. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"order", VSG_LIST, VSG_REQUIRED, 1, "the input's axes, batch not counted",
     NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  const vsg_value *order = vsg_node_value(node, "order");
  bool used[VSG_MAX_DIMS] = {false};
  *out = *in;
  if (order->count != in->dims - 1) {
    return vsg_layer_fail(err, node,
                          "order has %d axes, the input %d beside the batch",
                          order->count, in->dims - 1);
  }
  for (int i = 0; i < order->count; i++) {
    long from = (long)order->number[i];
    if (from >= in->dims || used[from]) {
      return vsg_layer_fail(err, node, "order names axis %ld %s", from,
                            from >= in->dims ? "of too few" : "twice");
    }
    used[from] = true;
    out->dim[i + 1] = in->dim[from];
  }
  return VSG_OK;
}

const vsg_layer vsg_layer_permute = {.id = VSG_LAYER_permute,
                                     .name = "permute",
                                     .about = "axes in another order",
                                     .least_inputs = 1,
                                     .most_inputs = 1,
                                     .params = params,
                                     .shape = shape};
