/* Names of precisions; see precision.h. */
#include "core/graph/precision.h"

#include <string.h>

static const char *const names[] = {
#define X(name) #name,
    VSG_PRECISIONS(X)
#undef X
};

const char *vsg_precision_name(vsg_precision precision) {
  return names[precision];
}

bool vsg_precision_find(vsg_precision *out, const char *name) {
  for (int i = 0; i < VSG_PRECISION_COUNT; i++) {
    if (strcmp(names[i], name) == 0) {
      *out = (vsg_precision)i;
      return true;
    }
  }
  return false;
}
