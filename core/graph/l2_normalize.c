/* l2_normalize: x / max(||x||, eps), the norm taken along an axis; PyTorch's
 * rule. TensorFlow's l2_normalize with epsilon e is this with eps = sqrt(e). */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"axis", VSG_INTEGER, 1, 1, "axis, the batch not counted", NULL},
    {"eps", VSG_NUMBER, 1e-12, 0, "least norm to divide by", NULL},
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

const vsg_layer vsg_layer_l2_normalize = {
    .id = VSG_LAYER_l2_normalize,
    .name = "l2_normalize",
    .about = "divides by the Euclidean norm along an axis",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape};
