/* Which nodes are computed in one step. A group is a root (a convolution, a
 * dense layer or a product) and the nodes after it that an engine can do while
 * the root's numbers are at hand: per-channel factors folded into the weights,
 * a residual added, an activation. Nothing is changed: a graph and its groups
 * say the same thing. Each pass can be left out by its name.
 *
 * A node joins a group only when it alone reads what the group computes so far
 * and nobody wants that as a result. */
#ifndef VSG_GRAPH_FUSE_H
#define VSG_GRAPH_FUSE_H

#include "core/graph/graph.h"

/* The passes, as bits: VSG_PASS_fold, ... The last two are ways in which an
 * engine may compute a step. */
#define VSG_PASSES(X)                                                         \
  X(fold, "batch_norm and scale into the weights before them")                \
  X(ahead, "the same into the weights after them; see ahead.h")               \
  X(residual, "an add of two equal shapes into one of its inputs")            \
  X(activation, "relu, clip or sigmoid into what they are applied to")        \
  X(thin, "places that only strides would skip are not computed; see thin.h") \
  X(winograd, "convolutions of 3x3 by Winograd's algorithm")                  \
  X(own, "loops of the engine's own where its library has some too")

typedef enum vsg_pass_place {
#define X(name, about) VSG_PASS_PLACE_##name,
  VSG_PASSES(X)
#undef X
      VSG_PASS_COUNT
} vsg_pass_place;

enum {
#define X(name, about) VSG_PASS_##name = 1 << VSG_PASS_PLACE_##name,
  VSG_PASSES(X)
#undef X
      VSG_PASS_ALL = (1 << VSG_PASS_COUNT) - 1
};

typedef struct vsg_group {
  int root;       /* a node */
  int last;       /* the node whose numbers the group computes; root itself when
                     nothing joined */
  int residual;   /* the node that is added, or -1 */
  int activation; /* the node, or -1 */
} vsg_group;

typedef struct vsg_fusion {
  int *member; /* per node: the group it belongs to, or -1 */
  int groups;
  vsg_group *group; /* in the order of their last nodes */
} vsg_fusion;

/* Groups of the needed nodes by those passes; *out is to be freed. result holds
 * the places of nodes whose numbers are wanted. */
vsg_status vsg_fuse(vsg_fusion *out, const vsg_graph *g, const vsg_shape *shape,
                    const bool *needed, const int *result, int results,
                    unsigned passes, vsg_error *err);

void vsg_fusion_free(vsg_fusion *fusion);

/* The weights of a group whose root is a convolution or dense layer, with the
 * factors of its folded nodes: weight has the root's shape, bias is (out). Both
 * are to be freed; *bias is NULL when there is nothing to add. Without weight
 * (NULL) the bias alone is made. Sums are f64. */
vsg_status vsg_fuse_weights(float **weight, float **bias, const vsg_graph *g,
                            const vsg_fusion *fusion, int group,
                            vsg_error *err);

/* True for a convolution or dense layer; for a batch_norm or scale. */
bool vsg_fuse_has_weights(const vsg_node *node);
bool vsg_fuse_is_affine(const vsg_node *node);

/* y = x * factor + offset of a batch_norm or scale node, per channel (C). */
void vsg_fuse_affine(double *factor, double *offset, const vsg_node *node);

/* The bit of the pass of that name, or 0. */
unsigned vsg_pass_find(const char *name);
/* The name of a pass by its place, NULL after the last. */
const char *vsg_pass_name(int place);

#endif
