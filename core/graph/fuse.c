/* Finding groups; see fuse.h. */
#include "core/graph/fuse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(name, about) #name,
    VSG_PASSES(X)
#undef X
        NULL};

const char *vsg_pass_name(int place) { return names[place]; }

unsigned vsg_pass_find(const char *name) {
  for (int i = 0; names[i]; i++) {
    if (strcmp(names[i], name) == 0) return 1u << i;
  }
  return 0;
}

/* What finding them looks at. */
typedef struct search {
  const vsg_graph *graph;
  const vsg_shape *shape;
  int *readers; /* needed nodes that read each node, and once more per result */
  int *reader;  /* one of the nodes that read it */
  unsigned passes;
} search;

bool vsg_fuse_has_weights(const vsg_node *node) {
  return vsg_node_is_a(node, VSG_LAYER_conv2d) ||
         vsg_node_is_a(node, VSG_LAYER_linear);
}

static bool is_root(const vsg_node *node) {
  return vsg_fuse_has_weights(node) || vsg_node_is_a(node, VSG_LAYER_mul);
}

bool vsg_fuse_is_affine(const vsg_node *node) {
  return vsg_node_is_a(node, VSG_LAYER_batch_norm) ||
         vsg_node_is_a(node, VSG_LAYER_scale);
}

static bool is_activation(const vsg_node *node) {
  return vsg_node_is_a(node, VSG_LAYER_relu) ||
         vsg_node_is_a(node, VSG_LAYER_clip) ||
         vsg_node_is_a(node, VSG_LAYER_sigmoid);
}

static bool same_shape(const vsg_shape *a, const vsg_shape *b) {
  if (a->dims != b->dims) return false;
  for (int i = 0; i < a->dims; i++) {
    if (a->dim[i] != b->dim[i]) return false;
  }
  return true;
}

/* The other input of an add that can join after node, or -1. */
static int other_of(const search *s, const vsg_node *add, int node) {
  int other = add->input[0] == node ? add->input[1] : add->input[0];
  bool equal = same_shape(&s->shape[node], &s->shape[other]);
  return other != node && equal ? other : -1;
}

/* The next node joins the group when it can; then it is the group's last. */
static bool join(const search *s, vsg_fusion *f, int group) {
  vsg_group *g = &f->group[group];
  const vsg_graph *graph = s->graph;
  int next = s->reader[g->last];
  if (s->readers[g->last] != 1 || next < 0 || f->member[next] >= 0)
    return false;
  const vsg_node *node = &graph->node[next];
  if (g->activation >= 0) return false;
  if (vsg_fuse_is_affine(node) && vsg_fuse_has_weights(&graph->node[g->root])) {
    if (!(s->passes & VSG_PASS_fold) || g->residual >= 0) return false;
  } else if (vsg_node_is_a(node, VSG_LAYER_add)) {
    int other = other_of(s, node, g->last);
    if (!(s->passes & VSG_PASS_residual) || g->residual >= 0 || other < 0) {
      return false;
    }
    g->residual = other;
  } else if (is_activation(node)) {
    if (!(s->passes & VSG_PASS_activation)) return false;
    g->activation = next;
  } else {
    return false;
  }
  f->member[next] = group;
  g->last = next;
  return true;
}

static int by_last(const void *a, const void *b) {
  return ((const vsg_group *)a)->last - ((const vsg_group *)b)->last;
}

/* Later roots first: of two convolutions that are added the later one takes the
 * add, and the other is there by then. */
static void find_groups(const search *s, const bool *needed, vsg_fusion *f) {
  for (int i = s->graph->nodes - 1; i >= 0; i--) {
    if (!needed[i] || !is_root(&s->graph->node[i])) continue;
    f->group[f->groups] =
        (vsg_group){.root = i, .last = i, .residual = -1, .activation = -1};
    f->member[i] = f->groups;
    while (join(s, f, f->groups)) continue;
    f->groups++;
  }
  qsort(f->group, (size_t)f->groups, sizeof *f->group, by_last);
  /* The readers have done their work: now the new place of each group. */
  for (int i = 0; i < f->groups; i++) {
    s->readers[f->member[f->group[i].root]] = i;
  }
  for (int i = 0; i < s->graph->nodes; i++) {
    if (f->member[i] >= 0) f->member[i] = s->readers[f->member[i]];
  }
}

static void count_readers(search *s, const bool *needed, const int *result,
                          int results) {
  const vsg_graph *g = s->graph;
  for (int i = 0; i < g->nodes; i++) s->reader[i] = -1;
  for (int i = 0; i < g->nodes; i++) {
    for (int k = 0; needed[i] && k < g->node[i].inputs; k++) {
      s->readers[g->node[i].input[k]]++;
      s->reader[g->node[i].input[k]] = i;
    }
  }
  for (int i = 0; i < results; i++) s->readers[result[i]]++;
}

vsg_status vsg_fuse(vsg_fusion *out, const vsg_graph *g, const vsg_shape *shape,
                    const bool *needed, const int *result, int results,
                    unsigned passes, vsg_error *err) {
  size_t nodes = (size_t)g->nodes + 1;
  search s = {.graph = g,
              .shape = shape,
              .readers = calloc(nodes, sizeof *s.readers),
              .reader = calloc(nodes, sizeof *s.reader),
              .passes = passes};
  *out = (vsg_fusion){.member = malloc(nodes * sizeof *out->member),
                      .group = calloc(nodes, sizeof *out->group)};
  bool whole = s.readers && s.reader && out->member && out->group;
  if (whole) {
    for (int i = 0; i < g->nodes; i++) out->member[i] = -1;
    count_readers(&s, needed, result, results);
    find_groups(&s, needed, out);
  }
  free(s.readers);
  free(s.reader);
  if (whole) return VSG_OK;
  vsg_fusion_free(out);
  return vsg_fail_memory(err, "plan", nodes * sizeof *out->group);
}

void vsg_fusion_free(vsg_fusion *fusion) {
  free(fusion->member);
  free(fusion->group);
  *fusion = (vsg_fusion){0};
}

/* ---- weights ---- */

static const float *slot(const vsg_node *node, const char *name) {
  for (int i = 0; i < node->slots; i++) {
    if (strcmp(node->slot[i].name, name) == 0) {
      return vsg_tensor_data(node->slot[i].tensor);
    }
  }
  return NULL;
}

/* batch_norm: gamma (x - mean) / sqrt(var + eps) + beta; scale: gamma x + beta.
 */
void vsg_fuse_affine(double *factor, double *offset, const vsg_node *node) {
  const float *gamma = slot(node, "gamma"), *beta = slot(node, "beta");
  const float *mean = slot(node, "mean"), *var = slot(node, "var");
  double eps = var ? vsg_node_number(node, "eps") : 0;
  long channels = node->shape.dim[1];
  for (long c = 0; c < channels; c++) {
    double k = gamma ? gamma[c] : 1;
    if (var) k /= sqrt(var[c] + eps);
    factor[c] = k;
    offset[c] = (beta ? beta[c] : 0) - (mean ? mean[c] * k : 0);
  }
}

/* The root's own bias and the folded nodes after it, in order: factor and
 * offset have a number per channel. True when there is anything to add. */
static bool compose(double *factor, double *offset, double *one,
                    const vsg_graph *g, const vsg_fusion *f, int group) {
  const vsg_node *root = &g->node[f->group[group].root];
  const float *bias = slot(root, "bias");
  long channels = root->slot[0].shape.dim[0];
  bool any = bias != NULL;
  for (long c = 0; c < channels; c++) {
    factor[c] = 1;
    offset[c] = bias ? bias[c] : 0;
  }
  for (int i = f->group[group].root; i <= f->group[group].last; i++) {
    if (f->member[i] != group || !vsg_fuse_is_affine(&g->node[i])) continue;
    vsg_fuse_affine(one, one + channels, &g->node[i]);
    any = true;
    for (long c = 0; c < channels; c++) {
      factor[c] *= one[c];
      offset[c] = offset[c] * one[c] + one[channels + c];
    }
  }
  return any;
}

/* The root's numbers times the factors, to be freed; NULL without memory. */
static float *scaled(const vsg_node *root, const double *factor) {
  const float *from = vsg_tensor_data(root->slot[0].tensor);
  size_t channels = (size_t)root->slot[0].shape.dim[0];
  size_t each = (size_t)vsg_shape_numel(&root->slot[0].shape, 1);
  float *weight = malloc(channels * each * sizeof *weight);
  for (size_t c = 0; weight && c < channels; c++) {
    for (size_t i = 0; i < each; i++) {
      weight[c * each + i] = (float)(from[c * each + i] * factor[c]);
    }
  }
  return weight;
}

vsg_status vsg_fuse_weights(float **weight, float **bias, const vsg_graph *g,
                            const vsg_fusion *fusion, int group,
                            vsg_error *err) {
  const vsg_node *root = &g->node[fusion->group[group].root];
  size_t channels = (size_t)root->slot[0].shape.dim[0];
  double *factor = calloc(4 * channels, sizeof *factor);
  *bias = malloc(channels * sizeof **bias);
  bool whole = factor && *bias, any = false;
  if (whole) {
    double *offset = factor + channels;
    any = compose(factor, offset, factor + 2 * channels, g, fusion, group);
    for (size_t c = 0; c < channels; c++) (*bias)[c] = (float)offset[c];
    if (weight) whole = (*weight = scaled(root, factor)) != NULL;
  }
  free(factor);
  if (!whole || !any) {
    free(*bias);
    *bias = NULL;
  }
  if (whole) return VSG_OK;
  if (weight) *weight = NULL;
  return vsg_fail_memory(err, "plan", vsg_tensor_bytes(root->slot[0].tensor));
}
