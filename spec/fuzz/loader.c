/* Fuzzes the loaders through the door that visage.loader uses: no bytes may
 * crash one, leak, or take long. --only=FORMAT, a name of loaders.def. */
#include "core/loader/loader.h"

#include "spec/fuzz/only.h"

static const char *format_of(const uint8_t *data, size_t size) {
  const vsg_loader *loader = vsg_loader_of(data, size);
  return loader ? loader->name : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsg_weights *weights;
  vsg_error err;
  if (!only_this(format_of(data, size))) return 0;
  if (vsg_loader_read_memory(&weights, "fuzz", data, size, &err) == VSG_OK) {
    only_read();
    vsg_weights_free(weights);
  }
  return 0;
}
