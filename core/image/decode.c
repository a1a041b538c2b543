/* Which codec reads a file; see image.h. */
#include <string.h>

#include "core/image/codec.h"

static const struct codec {
  const char *magic; /* the file's first bytes */
  size_t length;
  vsg_codec_decode *decode;
} codecs[] = {
    {"\xff\xd8\xff", 3, vsg_jpeg_decode},
    {"\x89PNG\r\n\x1a\n", 8, vsg_png_decode},
    {"P5", 2, vsg_pnm_decode},
    {"P6", 2, vsg_pnm_decode},
    {"", 0, vsg_stb_decode}, /* TGA has no first bytes of its own */
};

/* No codec here packs more pixels into a byte: deflated 1-bit PNG reaches 8256.
 * Small pictures are let through, for a GIF's canvas may be mostly empty. */
enum { PIXELS_PER_BYTE = 1 << 14, ALWAYS_ALLOWED = 1 << 20 };

vsg_status vsg_codec_new(vsg_tensor **out, const vsg_reader *r, size_t width,
                         size_t height, vsg_error *err) {
  *out = NULL;
  if (width == 0 || height == 0) {
    return vsg_read_fail(r, err, "a picture of %zux%zu pixels", width, height);
  }
  if (width > VSG_IMAGE_MAX_PIXELS / height) {
    return vsg_read_fail(r, err, "%zux%zu pixels, the limit is %d", width,
                         height, VSG_IMAGE_MAX_PIXELS);
  }
  if (width * height > ALWAYS_ALLOWED &&
      width * height / PIXELS_PER_BYTE > r->size) {
    return vsg_read_fail(r, err, "%zux%zu pixels, too many for %zu bytes",
                         width, height, r->size);
  }
  return vsg_image_new(out, VSG_u8, (long)width, (long)height, r->name, err);
}

/* Replaces *image by its upright form. */
static vsg_status turn_upright(vsg_tensor **image, int orientation,
                               vsg_error *err) {
  vsg_tensor *upright;
  vsg_status status = vsg_image_orient(&upright, *image, orientation, err);
  vsg_tensor_free(*image);
  *image = upright;
  return status;
}

vsg_status vsg_image_decode(vsg_tensor **out, const unsigned char *data,
                            size_t size, const char *name, bool exif,
                            vsg_error *err) {
  vsg_reader r = {data, size, 0, name};
  const struct codec *codec = codecs;
  int orientation = 1;
  *out = NULL;
  if (size == 0) return vsg_read_fail(&r, err, "the file is empty");
  while (size < codec->length ||
         memcmp(data, codec->magic, codec->length) != 0) {
    codec++;
  }
  if (codec->decode(out, &orientation, &r, err)) return err->code;
  if (exif && orientation != 1) return turn_upright(out, orientation, err);
  return VSG_OK;
}

vsg_status vsg_image_load(vsg_tensor **out, const char *path, bool exif,
                          vsg_error *err) {
  vsg_file file;
  vsg_status status;
  *out = NULL;
  if (vsg_file_open(&file, path, err)) return err->code;
  status = vsg_image_decode(out, file.data, file.size, path, exif, err);
  vsg_file_close(&file);
  return status;
}
