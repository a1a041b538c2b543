/* flatten: (N,C,H,W) to (N,C*H*W). The order "hwc" makes the channel the
 * fastest, as Keras flattens its (N,H,W,C): dense weights of Keras after a
 * Flatten expect it. An input (N,features) stays as it is. */
#include "core/base/size.h"
#include "core/graph/graph.h"

static const char *const orders[] = {"chw", "hwc", NULL};

static const vsg_param params[] = {
    {"order", VSG_CHOICE, 0, 0, "slowest to fastest axis of the result",
     orders},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  if (in->dims != 2 && vsg_layer_wants_dims(node, in, 4, err)) return err->code;
  out->dims = 2;
  out->dim[0] = in->dim[0];
  out->dim[1] = 1;
  for (int i = 1; i < in->dims; i++) {
    if (in->dim[i] == VSG_OPEN) {
      out->dim[1] = VSG_OPEN;
      return VSG_OK;
    }
    if (!vsg_long_mul(&out->dim[1], out->dim[1], in->dim[i])) {
      return vsg_layer_fail(err, node, "the input has too many numbers");
    }
  }
  return VSG_OK;
}

const vsg_layer vsg_layer_flatten = {.id = VSG_LAYER_flatten,
                                     .name = "flatten",
                                     .about = "one row of numbers per image",
                                     .least_inputs = 1,
                                     .most_inputs = 1,
                                     .params = params,
                                     .shape = shape};
