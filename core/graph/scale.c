/* scale: x * gamma + beta per channel. in (N,C) or (N,C,H,W), every slot (C).
 * Caffe's Scale layer, dlib's affine layer. */
#include "core/graph/graph.h"

static const vsg_param params[] = {{"bias", VSG_FLAG, 1, 0, "adds beta", NULL},
                                   {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status slots(vsg_node *node, const vsg_shape *in, vsg_error *err) {
  if (vsg_node_slot(node, "gamma", in->dim[1], 0, 0, 0, err)) return err->code;
  if (!vsg_node_flag(node, "bias")) return VSG_OK;
  return vsg_node_slot(node, "beta", in->dim[1], 0, 0, 0, err);
}

const vsg_layer vsg_layer_scale = {
    .id = VSG_LAYER_scale,
    .name = "scale",
    .about = "multiplies each channel and adds to it",
    .tensors = "gamma, beta (C)",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = vsg_shape_same,
    .slots = slots};
