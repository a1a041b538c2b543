/* The engines of this build; see registry.h. */
#include "core/backend/registry.h"

#include <stdio.h>
#include <string.h>

#include "core/cpu/cpu.h"
#ifdef VSG_ONEDNN
#include "core/onednn/onednn.h"
#endif

const vsg_engine *const vsg_engines[] = {
#ifdef VSG_ONEDNN
    &vsg_onednn,
#endif
    &vsg_cpu_reference, &vsg_cpu_naive, NULL};

static vsg_status no_engine(const char *device, const char *engine,
                            vsg_error *err) {
  char known[256] = "";
  for (int i = 0; vsg_engines[i]; i++) {
    size_t at = strlen(known);
    if (strcmp(vsg_engines[i]->device, device) != 0) continue;
    snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "",
             vsg_engines[i]->name);
  }
  return vsg_fail(err, VSG_DEVICE,
                  "%.100s: this build has no such engine for %s; it has %s",
                  engine, device, known);
}

vsg_status vsg_engine_find(const vsg_engine **out, const char *device,
                           const char *engine, vsg_error *err) {
  if (strcmp(device, "cuda") == 0) {
    return vsg_fail(err, VSG_DEVICE, "cuda: this build has no GPU backend");
  }
  if (strcmp(device, "auto") == 0) device = "cpu";
  if (strcmp(device, "cpu") != 0) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "no device is called '%.100s'; there are auto, cpu, cuda",
                    device);
  }
  for (int i = 0; vsg_engines[i]; i++) {
    *out = vsg_engines[i];
    if (strcmp((*out)->device, device) != 0) continue;
    if (!engine || strcmp((*out)->name, engine) == 0) return VSG_OK;
  }
  return no_engine(device, engine, err);
}
