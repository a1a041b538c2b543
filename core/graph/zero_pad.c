/* zero_pad: zeros around the image and zero channels after the last one,
 * (N,C,H,W). dlib's residual blocks add a skip with fewer channels and a
 * smaller image as if the missing numbers were zero. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"top", VSG_INTEGER, 0, 0, "rows above", NULL},
    {"bottom", VSG_INTEGER, 0, 0, "rows below", NULL},
    {"left", VSG_INTEGER, 0, 0, "columns to the left", NULL},
    {"right", VSG_INTEGER, 0, 0, "columns to the right", NULL},
    {"channels", VSG_INTEGER, 0, 0, "channels appended", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static long grown(long size, long by) {
  return size == VSG_OPEN ? VSG_OPEN : size + by;
}

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  if (vsg_layer_wants_dims(node, in, 4, err)) return err->code;
  *out = *in;
  out->dim[1] = grown(in->dim[1], vsg_node_integer(node, "channels"));
  out->dim[2] = grown(in->dim[2], vsg_node_integer(node, "top") +
                                      vsg_node_integer(node, "bottom"));
  out->dim[3] = grown(in->dim[3], vsg_node_integer(node, "left") +
                                      vsg_node_integer(node, "right"));
  return VSG_OK;
}

const vsg_layer vsg_layer_zero_pad = {
    .id = VSG_LAYER_zero_pad,
    .name = "zero_pad",
    .about = "zeros around the image and zero channels",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape};
