/* BMP, GIF (its first frame), TGA, PSD and PNM by stb_image; alpha is dropped.
 * JPEG and PNG have codecs of their own; stb_image's HDR is no picture for us,
 * and its PIC reader is left out for want of anyone who uses it. */
#include <limits.h>
#include <string.h>

#include "core/image/codec.h"

#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_TGA
#define STBI_ONLY_PSD
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
/* Much of what the header declares is left out by the lines above; gcc looks at
 * the state of this warning only at the end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

vsg_status vsg_stb_decode(vsg_tensor **out, int *orientation, vsg_reader *r,
                          vsg_error *err) {
  int width, height, channels;
  unsigned char *pixels;
  int size = r->size > INT_MAX ? INT_MAX : (int)r->size;
  (void)orientation; /* none of these formats has one */
  if (!stbi_info_from_memory(r->data, size, &width, &height, &channels)) {
    return vsg_read_fail(r, err, "no JPEG, PNG, BMP, GIF, TGA, PSD or PNM");
  }
  if (vsg_codec_new(out, r, (size_t)width, (size_t)height, err)) {
    return err->code;
  }
  pixels = stbi_load_from_memory(r->data, size, &width, &height, &channels, 3);
  if (!pixels) {
    vsg_tensor_free(*out);
    *out = NULL;
    return vsg_read_fail(r, err, "%s", stbi_failure_reason());
  }
  memcpy(vsg_tensor_data(*out), pixels, vsg_tensor_bytes(*out));
  stbi_image_free(pixels);
  return VSG_OK;
}
