/* global_pool: the mean or the maximum of each channel, (N,C,H,W) to (N,C,1,1).
 */
#include "core/graph/graph.h"

static const char *const modes[] = {"avg", "max", NULL};

static const vsg_param params[] = {
    {"mode", VSG_CHOICE, 0, 0, "what is kept of a channel", modes},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  if (vsg_layer_wants_dims(node, in, 4, err)) return err->code;
  *out = *in;
  out->dim[2] = out->dim[3] = 1;
  return VSG_OK;
}

const vsg_layer vsg_layer_global_pool = {
    .id = VSG_LAYER_global_pool,
    .name = "global_pool",
    .about = "the mean or the maximum of each channel",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape};
