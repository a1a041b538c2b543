/* Fuzzes every loader through the door that visage.loader uses: no bytes may
 * crash it, leak, or take long.
 *
 * Not .h5: what libhdf5 1.10 does with broken files is out of our hands (it
 * leaks, and reads past its buffers within seconds of fuzzing).
 * Seeds: spec/golden/pytorch/[a-z]*.pt spec/golden/image.npz */
#include "core/loader/loader.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsg_weights *weights = NULL;
  vsg_error err;
  if (vsg_loader_keras_h5.sniff(data, size)) return 0;
  if (vsg_loader_read_memory(&weights, "fuzz", data, size, &err) == VSG_OK) {
    vsg_weights_free(weights);
  }
  return 0;
}
