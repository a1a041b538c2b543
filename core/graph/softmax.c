/* softmax: exp(x) / sum(exp(x)) along an axis. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"axis", VSG_INTEGER, 1, 1, "axis, the batch not counted", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

const vsg_layer vsg_layer_softmax = {
    .id = VSG_LAYER_softmax,
    .name = "softmax",
    .about = "exp(x) / sum(exp(x)) along an axis",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = vsg_shape_along};
