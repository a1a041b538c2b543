/* Sliding windows; see window.h. */
#include "core/graph/window.h"

#include "core/graph/graph.h"

/* Places and padding along one axis whose input size is known. */
static void same_tf(vsg_window *w, int axis, long extent) {
  long total;
  w->out[axis] = (w->in[axis] + w->stride[axis] - 1) / w->stride[axis];
  total = (w->out[axis] - 1) * w->stride[axis] + extent - w->in[axis];
  if (total < 0) total = 0;
  w->before[axis] = total / 2;
  w->after[axis] = total - total / 2;
}

static void places(vsg_window *w, int axis, long extent, bool ceil_mode) {
  long stride = w->stride[axis];
  long padded = w->in[axis] + w->before[axis] + w->after[axis];
  long room = padded - extent;
  w->out[axis] = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode &&
      (w->out[axis] - 1) * stride >= w->in[axis] + w->before[axis]) {
    w->out[axis]--;
  }
}

vsg_status vsg_window_of(vsg_window *out, const vsg_node *node,
                         const vsg_shape *in, vsg_error *err) {
  const vsg_value *pad = vsg_node_value(node, "pad");
  bool ceil_mode = vsg_node_has(node, "ceil") && vsg_node_flag(node, "ceil");
  if (vsg_layer_wants_dims(node, in, 4, err)) return err->code;
  for (int i = 0; i < 2; i++) {
    long extent; /* of the window: its kernel spread by dilation */
    out->kernel[i] = (long)vsg_node_value(node, "kernel")->number[i];
    out->stride[i] = (long)vsg_node_value(node, "stride")->number[i];
    out->dilation[i] = vsg_node_has(node, "dilation")
                           ? (long)vsg_node_value(node, "dilation")->number[i]
                           : 1;
    out->before[i] = (long)pad->number[2 * i];
    out->after[i] = (long)pad->number[2 * i + 1];
    out->in[i] = in->dim[2 + i];
    out->out[i] = VSG_OPEN;
    if (out->in[i] == VSG_OPEN) continue;
    extent = (out->kernel[i] - 1) * out->dilation[i] + 1;
    if (pad->text) {
      same_tf(out, i, extent);
    } else if (out->in[i] + out->before[i] + out->after[i] < extent) {
      return vsg_layer_fail(
          err, node, "a window of %ld does not fit the %s %ld padded by %ld",
          extent, i ? "width" : "height", out->in[i],
          out->before[i] + out->after[i]);
    } else {
      places(out, i, extent, ceil_mode);
    }
  }
  return VSG_OK;
}

vsg_status vsg_window_pool(vsg_window *out, vsg_shape *shape,
                           const vsg_node *node, const vsg_shape *in,
                           vsg_error *err) {
  if (vsg_window_of(out, node, in, err)) return err->code;
  for (int i = 0; i < 2; i++) {
    if (out->before[i] >= out->kernel[i] || out->after[i] >= out->kernel[i]) {
      return vsg_layer_fail(
          err, node, "a padding of %ld must be smaller than the kernel, %ld",
          out->before[i] > out->after[i] ? out->before[i] : out->after[i],
          out->kernel[i]);
    }
  }
  *shape = *in;
  shape->dim[2] = out->out[0];
  shape->dim[3] = out->out[1];
  return VSG_OK;
}

void vsg_window_clip(long from[2], long to[2], const vsg_window *w, long y,
                     long x) {
  const long place[2] = {y, x};
  for (int i = 0; i < 2; i++) {
    from[i] = place[i] * w->stride[i] - w->before[i];
    to[i] = from[i] + w->kernel[i];
    if (from[i] < 0) from[i] = 0;
    if (to[i] > w->in[i]) to[i] = w->in[i];
  }
}
