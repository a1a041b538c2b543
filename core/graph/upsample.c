/* upsample: each number repeated over a larger map, (N,C,H,W): its size is a
 * multiple, or that of a second input, as in a feature pyramid (Lin et al.
 * 2017, section 3) over maps of odd sizes. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"scale", VSG_INTEGER, 2, 1,
     "times as high and wide, without a second input", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

/* Sizes and parameters are below INT_MAX, so the product fits. */
static long grown(long size, long scale) {
  return size == VSG_OPEN ? VSG_OPEN : size * scale;
}

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  long scale = vsg_node_integer(node, "scale");
  for (int i = 0; i < node->inputs; i++) {
    if (vsg_layer_wants_dims(node, &in[i], 4, err)) return err->code;
  }
  *out = in[0];
  for (int i = 2; i < 4; i++) {
    out->dim[i] = node->inputs == 2 ? in[1].dim[i] : grown(in[0].dim[i], scale);
  }
  return VSG_OK;
}

const vsg_layer vsg_layer_upsample = {
    .id = VSG_LAYER_upsample,
    .name = "upsample",
    .about = "each number repeated over a larger map, nearest neighbour",
    .least_inputs = 1,
    .most_inputs = 2,
    .params = params,
    .shape = shape};
