/* What is the same for all engines; see engine.h. */
#include "core/graph/engine.h"

#include <stdio.h>
#include <string.h>

static bool has(const vsg_engine *engine, vsg_precision precision) {
  return engine->has ? engine->has(precision) : precision == VSG_PRECISION_fp32;
}

vsg_status vsg_engine_check(const vsg_engine *engine, vsg_precision precision,
                            vsg_error *err) {
  char all[64] = "";
  if (has(engine, precision)) return VSG_OK;
  for (int i = 0; i < VSG_PRECISION_COUNT; i++) {
    size_t at = strlen(all);
    if (!has(engine, (vsg_precision)i)) continue;
    snprintf(all + at, sizeof all - at, "%s%s", at ? ", " : "",
             vsg_precision_name((vsg_precision)i));
  }
  return vsg_fail(err, VSG_DEVICE,
                  "compile: engine %s has no %s on this machine; it has %s",
                  engine->name, vsg_precision_name(precision), all);
}
