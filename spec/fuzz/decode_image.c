/* Fuzzes the image codecs: any bytes give an image or an error with a text, and
 * nothing is read or written where it should not be. --only=CODEC, a name that
 * vsg_image_codec gives. */
#include <stdlib.h>
#include <string.h>

#include "core/image/image.h"
#include "spec/fuzz/only.h"

/* A byte stands for up to 16,384 pixels; what is larger only takes long. */
enum { PIXELS_MOST = 1 << 22 };

/* What was decoded: whole, upright, and fit to be written. */
static void check_image(const vsg_tensor *image) {
  vsg_bytes bytes;
  vsg_error err;
  if (image->dims != 3 || image->shape[2] != 3) abort();
  if (vsg_tensor_numel(image) > 1 << 16) return; /* encoding would take long */
  if (vsg_image_encode(&bytes, image, "png", 1, &err)) abort();
  vsg_bytes_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsg_decoding how = {.exif = true, .most_pixels = PIXELS_MOST};
  vsg_tensor *image;
  vsg_error err;
  if (!only_this(vsg_image_codec(data, size))) return 0;
  if (vsg_image_decode(&image, data, size, "fuzz", how, &err)) {
    if (image || !strstr(err.text, "fuzz")) abort();
    return 0;
  }
  only_read();
  check_image(image);
  vsg_tensor_free(image);
  return 0;
}
