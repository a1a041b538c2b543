/* batch_norm: (x - mean) / sqrt(var + eps) * gamma + beta per channel, with the
 * statistics that training left. in (N,C) or (N,C,H,W), every slot (C).
 * Ioffe & Szegedy 2015. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"eps", VSG_NUMBER, 1e-5, 0, "added to the variance", NULL},
    {"affine", VSG_FLAG, 1, 0, "multiplies by gamma and adds beta", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status slots(vsg_node *node, const vsg_shape *in, vsg_error *err) {
  long channels = in->dim[1];
  if (vsg_node_flag(node, "affine") &&
      (vsg_node_slot(node, "gamma", channels, 0, 0, 0, err) ||
       vsg_node_slot(node, "beta", channels, 0, 0, 0, err))) {
    return err->code;
  }
  if (vsg_node_slot(node, "mean", channels, 0, 0, 0, err)) return err->code;
  return vsg_node_slot(node, "var", channels, 0, 0, 0, err);
}

const vsg_layer vsg_layer_batch_norm = {
    .id = VSG_LAYER_batch_norm,
    .name = "batch_norm",
    .about = "normalises each channel by fixed statistics",
    .tensors = "gamma, beta, mean, var (C)",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = vsg_shape_same,
    .slots = slots};
