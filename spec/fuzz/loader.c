/* Fuzzes every loader through the door that visage.loader uses: no bytes may
 * crash it, leak, or take long.
 * Seeds: spec/golden/pytorch/*.pt spec/golden/*.h5 spec/golden/h5/*.h5
 * Seeds: spec/golden/keras3.keras spec/golden/image.npz
 * Seeds: spec/fuzz/seeds/tiny.npy spec/fuzz/seeds/tiny.dat */
#include "core/loader/loader.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsg_weights *weights = NULL;
  vsg_error err;
  if (vsg_loader_read_memory(&weights, "fuzz", data, size, &err) == VSG_OK) {
    vsg_weights_free(weights);
  }
  return 0;
}
