/* Which codec reads a file; see image.h. */
#include <string.h>

#include "core/image/codec.h"

static const struct codec {
  const char *magic; /* the file's first bytes */
  size_t length;
  const char *name;
  vsg_codec_decode *decode;
} codecs[] = {
    {"\xff\xd8\xff", 3, "jpeg", vsg_jpeg_decode},
    {"\x89PNG\r\n\x1a\n", 8, "png", vsg_png_decode},
    {"P5", 2, "pnm", vsg_pnm_decode},
    {"P6", 2, "pnm", vsg_pnm_decode},
    {"", 0, "stb", vsg_stb_decode}, /* TGA has no first bytes of its own */
};

static const struct codec *codec_of(const unsigned char *data, size_t size) {
  const struct codec *codec = codecs;
  while (size < codec->length ||
         memcmp(data, codec->magic, codec->length) != 0) {
    codec++;
  }
  return codec;
}

const char *vsg_image_codec(const unsigned char *data, size_t size) {
  return codec_of(data, size)->name;
}

/* No codec here packs more pixels into a byte: deflated 1-bit PNG reaches 8256.
 * Small pictures are let through, for a GIF's canvas may be mostly empty. */
enum { PIXELS_PER_BYTE = 1 << 14, ALWAYS_ALLOWED = 1 << 20 };

vsg_status vsg_codec_new(vsg_tensor **out, const vsg_picture *p,
                         const vsg_reader *r, size_t width, size_t height,
                         vsg_error *err) {
  *out = NULL;
  if (width == 0 || height == 0) {
    return vsg_read_fail(r, err, "a picture of %zux%zu pixels", width, height);
  }
  if (width > (size_t)p->most_pixels / height) {
    return vsg_read_fail(r, err, "%zux%zu pixels, the limit is %ld", width,
                         height, p->most_pixels);
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
                            size_t size, const char *name, vsg_decoding how,
                            vsg_error *err) {
  vsg_reader r = {data, size, 0, name};
  vsg_picture p = {how.most_pixels, how.fast_dct, 1};
  *out = NULL;
  if (size == 0) return vsg_read_fail(&r, err, "the file is empty");
  if (codec_of(data, size)->decode(out, &p, &r, err)) return err->code;
  if (!how.exif || p.orientation == 1) return VSG_OK;
  return turn_upright(out, p.orientation, err);
}

vsg_status vsg_image_load(vsg_tensor **out, const char *path, vsg_decoding how,
                          vsg_error *err) {
  vsg_file file;
  vsg_status status;
  *out = NULL;
  if (vsg_file_open(&file, path, err)) return err->code;
  status = vsg_image_decode(out, file.data, file.size, path, how, err);
  vsg_file_close(&file);
  return status;
}
