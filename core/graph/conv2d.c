/* conv2d: cross-correlation with learned kernels, as every framework's
 * convolution. in (N,C,H,W), weight (out,C/groups,kh,kw), bias (out). */
#include "core/graph/graph.h"
#include "core/graph/window.h"

static const vsg_param params[] = {
    {"out", VSG_INTEGER, VSG_REQUIRED, 1, "channels of the result", NULL},
    {"kernel", VSG_PAIR, VSG_REQUIRED, 1, "height and width of the kernel",
     NULL},
    {"stride", VSG_PAIR, 1, 1, "step between places", NULL},
    {"pad", VSG_PAD, 0, 0, "zeros around the input", NULL},
    {"dilation", VSG_PAIR, 1, 1, "step between the kernel's taps", NULL},
    {"groups", VSG_INTEGER, 1, 1, "channel groups that do not mix", NULL},
    {"bias", VSG_FLAG, 1, 0, "adds a number per channel", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  vsg_window w;
  long groups = vsg_node_integer(node, "groups");
  long channels = vsg_node_integer(node, "out");
  if (vsg_window_of(&w, node, in, err)) return err->code;
  if (in->dim[1] % groups != 0 || channels % groups != 0) {
    return vsg_layer_fail(
        err, node,
        "%ld input channels and out = %ld do not divide into %ld groups",
        in->dim[1], channels, groups);
  }
  *out = *in;
  out->dim[1] = channels;
  out->dim[2] = w.out[0];
  out->dim[3] = w.out[1];
  return VSG_OK;
}

static vsg_status slots(vsg_node *node, const vsg_shape *in, vsg_error *err) {
  const double *kernel = vsg_node_value(node, "kernel")->number;
  long channels = vsg_node_integer(node, "out");
  long groups = vsg_node_integer(node, "groups");
  if (vsg_node_slot(node, "weight", channels, in->dim[1] / groups,
                    (long)kernel[0], (long)kernel[1], err)) {
    return err->code;
  }
  if (!vsg_node_flag(node, "bias")) return VSG_OK;
  return vsg_node_slot(node, "bias", channels, 0, 0, 0, err);
}

static double work(const vsg_node *node, const vsg_shape *in,
                   const vsg_shape *out) {
  (void)in;
  return (double)vsg_shape_numel(out, 1) *
         (double)vsg_shape_numel(&node->slot[0].shape, 1);
}

const vsg_layer vsg_layer_conv2d = {
    .id = VSG_LAYER_conv2d,
    .name = "conv2d",
    .about = "convolution: each result is a weighted sum over a window",
    .tensors = "weight (out,C/groups,kh,kw), bias (out)",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape,
    .slots = slots,
    .work = work};
