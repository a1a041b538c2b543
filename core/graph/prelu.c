/* prelu: x where positive, slope * x elsewhere. in (N,C) or (N,C,H,W), slope
 * (C). He et al. 2015, eq. 1. */
#include "core/graph/graph.h"

static vsg_status slots(vsg_node *node, const vsg_shape *in, vsg_error *err) {
  return vsg_node_slot(node, "slope", in->dim[1], 0, 0, 0, err);
}

const vsg_layer vsg_layer_prelu = {
    .id = VSG_LAYER_prelu,
    .name = "prelu",
    .about = "x where positive, slope * x elsewhere, a slope per channel",
    .tensors = "slope (C)",
    .least_inputs = 1,
    .most_inputs = 1,
    .shape = vsg_shape_same,
    .slots = slots};
