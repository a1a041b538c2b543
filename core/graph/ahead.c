/* Folding ahead; see ahead.h. */
#include "core/graph/ahead.h"

#include <stdlib.h>

/* A norm and what it is folded into. */
typedef struct place {
  int affine;
  int reader; /* of its numbers: the root, or a flatten before that */
  int root;
} place;

/* TensorFlow's padding of a kernel of 1 is none. */
static bool is_padded(const vsg_node *root) {
  if (!vsg_node_is_a(root, VSG_LAYER_conv2d)) return false;
  const vsg_value *pad = vsg_node_value(root, "pad");
  const double *kernel = vsg_node_value(root, "kernel")->number;
  if (pad->text) return kernel[0] > 1 || kernel[1] > 1;
  for (int i = 0; i < pad->count; i++) {
    if (pad->number[i] > 0) return true;
  }
  return false;
}

/* The pass "fold" finds it behind a layer with weights. */
static bool goes_back(const vsg_graph *g, const int *readers, int affine) {
  int i = affine;
  do {
    i = g->node[i].input[0];
    if (readers[i] != 1) return false;
  } while (vsg_fuse_is_affine(&g->node[i]));
  return vsg_fuse_has_weights(&g->node[i]);
}

static bool find(place *out, const vsg_graph *g, const int *readers, int root,
                 unsigned passes) {
  int i = g->node[root].input[0];
  *out = (place){.root = root, .reader = root};
  if (vsg_node_is_a(&g->node[root], VSG_LAYER_linear) &&
      vsg_node_is_a(&g->node[i], VSG_LAYER_flatten) && readers[i] == 1) {
    out->reader = i;
    i = g->node[i].input[0];
  }
  out->affine = i;
  return vsg_fuse_is_affine(&g->node[i]) && readers[i] == 1 &&
         !((passes & VSG_PASS_fold) && goes_back(g, readers, i));
}

/* How many weights of a result follow each other for one channel. */
static long run_of(const vsg_graph *g, const place *p) {
  const vsg_node *reader = &g->node[p->reader];
  const vsg_shape *weight = &g->node[p->root].slot[0].shape;
  if (weight->dims == 4) return weight->dim[2] * weight->dim[3];
  if (p->reader != p->root && vsg_node_is(reader, "order", "hwc")) return 1;
  return weight->dim[1] / g->node[p->affine].shape.dim[1];
}

/* weight = from with the factors; bias gets what the offsets add to it. A
 * convolution's groups have channels of their own. */
static void multiply(float *weight, float *bias, const float *from,
                     const vsg_graph *g, const place *p, const double *factor,
                     const double *offset) {
  const vsg_node *root = &g->node[p->root];
  const vsg_shape *shape = &root->slot[0].shape;
  long channels = g->node[p->affine].shape.dim[1], run = run_of(g, p);
  long runs = vsg_shape_numel(shape, 1) / run, groups = 1;
  if (shape->dims == 4) groups = vsg_node_integer(root, "groups");
  for (long o = 0; o < shape->dim[0]; o++) {
    long first = o / (shape->dim[0] / groups) * (channels / groups);
    double sum = bias[o];
    for (long r = 0; r < runs; r++) {
      long c = (first + r) % channels;
      for (long i = 0; i < run; i++, from++) {
        sum += *from * offset[c];
        *weight++ = (float)(*from * factor[c]);
      }
    }
    bias[o] = (float)sum;
  }
}

/* The root with a weight and a bias of its own. */
static vsg_status own_weights(vsg_tensor **weight, vsg_node *root,
                              vsg_error *err) {
  const vsg_shape *shape = &root->slot[0].shape;
  if (!vsg_node_flag(root, "bias")) {
    root->value[vsg_param_find(root->layer, "bias")].number[0] = 1;
    if (vsg_node_slot(root, "bias", shape->dim[0], 0, 0, 0, err)) {
      return err->code;
    }
  }
  vsg_tensor *bias;
  if (vsg_tensor_new(&bias, VSG_f32, 1, shape->dim, err)) return err->code;
  if (root->slot[1].tensor) {
    const float *from = vsg_tensor_data(root->slot[1].tensor);
    float *to = vsg_tensor_data(bias);
    for (long o = 0; o < shape->dim[0]; o++) to[o] = from[o];
  }
  vsg_tensor_free(root->slot[1].tensor);
  root->slot[1].tensor = bias;
  return vsg_tensor_new(weight, VSG_f32, shape->dims, shape->dim, err);
}

/* *done is false when the offsets cannot be folded. */
static vsg_status fold(bool *done, vsg_graph *g, const place *p,
                       vsg_error *err) {
  vsg_node *root = &g->node[p->root];
  const vsg_node *affine = &g->node[p->affine];
  long channels = affine->shape.dim[1];
  double *factor = calloc(2 * (size_t)channels, sizeof *factor);
  if (!factor) {
    return vsg_fail_memory(err, "compile",
                           2 * (size_t)channels * sizeof *factor);
  }
  double *offset = factor + channels;
  vsg_fuse_affine(factor, offset, affine);
  *done = true;
  for (long c = 0; c < channels && is_padded(root); c++) {
    *done = *done && offset[c] == 0;
  }
  vsg_tensor *weight;
  if (*done && own_weights(&weight, root, err)) {
    free(factor);
    return err->code;
  }
  if (*done) {
    multiply(vsg_tensor_data(weight), vsg_tensor_data(root->slot[1].tensor),
             vsg_tensor_data(root->slot[0].tensor), g, p, factor, offset);
    vsg_tensor_free(root->slot[0].tensor);
    root->slot[0].tensor = weight;
    g->node[p->reader].input[0] = affine->input[0];
  }
  free(factor);
  return VSG_OK;
}

/* How many needed nodes read each, and how many results it is. */
static vsg_status count_readers(int **out, const vsg_graph *g,
                                const bool *needed, const int *result,
                                int results, vsg_error *err) {
  *out = calloc((size_t)g->nodes, sizeof **out);
  if (!*out) return vsg_fail_memory(err, "compile", sizeof **out);
  for (int i = 0; i < g->nodes; i++) {
    for (int k = 0; needed[i] && k < g->node[i].inputs; k++) {
      (*out)[g->node[i].input[k]]++;
    }
  }
  for (int i = 0; i < results; i++) (*out)[result[i]]++;
  return VSG_OK;
}

vsg_status vsg_fold_ahead(vsg_graph *g, bool *needed, const int *result,
                          int results, unsigned passes, vsg_error *err) {
  int *readers;
  place p;
  if (!(passes & VSG_PASS_ahead)) return VSG_OK;
  if (count_readers(&readers, g, needed, result, results, err)) {
    return err->code;
  }
  for (int i = 0; i < g->nodes; i++) {
    bool done = needed[i] && vsg_fuse_has_weights(&g->node[i]);
    while (done && find(&p, g, readers, i, passes)) {
      if (fold(&done, g, &p, err)) {
        free(readers);
        return err->code;
      }
      needed[p.affine] = needed[p.affine] && !done;
    }
  }
  free(readers);
  return VSG_OK;
}
