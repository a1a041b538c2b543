/* l2_normalize: x / max(||x||, eps), the norm taken along an axis; PyTorch's
 * rule. TensorFlow's l2_normalize with epsilon e is this with eps = sqrt(e). */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"axis", VSG_INTEGER, 1, 1, "axis, the batch not counted", NULL},
    {"eps", VSG_NUMBER, 1e-12, 0, "least norm to divide by", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

const vsg_layer vsg_layer_l2_normalize = {
    .id = VSG_LAYER_l2_normalize,
    .name = "l2_normalize",
    .about = "divides by the Euclidean norm along an axis",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = vsg_shape_along};
