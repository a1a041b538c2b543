/* Fuzzes the image codecs: any bytes give an image or an error with a text, and
 * nothing is read or written where it should not be.
 * Seeds: spec/golden/images/[a-z]* spec/fuzz/seeds/[a-z]* */
#include <stdlib.h>
#include <string.h>

#include "core/image/image.h"

/* libFuzzer finds it by this name. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* What was decoded: whole, upright, and fit to be written. */
static void check_image(const vsg_tensor *image) {
  vsg_bytes bytes;
  vsg_error err;
  if (image->dims != 3 || image->shape[2] != 3) abort();
  if (vsg_tensor_numel(image) > 1 << 16) return; /* encoding would take long */
  if (vsg_image_encode(&bytes, image, "png", 1, &err)) abort();
  vsg_bytes_free(&bytes);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  vsg_tensor *image;
  vsg_error err;
  if (vsg_image_decode(&image, data, size, "fuzz", true, &err)) {
    if (image || !strstr(err.text, "fuzz")) abort();
    return 0;
  }
  check_image(image);
  vsg_tensor_free(image);
  return 0;
}
