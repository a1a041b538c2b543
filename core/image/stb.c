/* BMP, GIF (its first frame) and TGA by stb_image; alpha is dropped. JPEG,
 * PNG and PNM have codecs of their own (pnm.c says what is wrong with
 * stb_image's). Its PSD reader converts floats out of range, its HDR is no
 * picture for us, and nobody here uses its PIC.
 *
 * stb_image takes zeros for what is missing at the end of a file. Here it reads
 * through callbacks, which notice that. */
#include <string.h>

#include "core/image/codec.h"

#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_TGA
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
/* Much of what the header declares is left out by the lines above; gcc looks at
 * the state of this warning only at the end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

typedef struct source {
  vsg_reader *reader;
  const char *ahead; /* stb_image's own buffer, filled ahead of its needs */
  bool cut_short;
} source;

static int on_read(void *user, char *data, int size) {
  source *s = user; /* decode passes one */
  size_t n = s->reader->size - s->reader->at;
  if (n > (size_t)size) n = (size_t)size;
  if (!s->ahead) s->ahead = data; /* the first call fills that buffer */
  if (n == 0 || (n < (size_t)size && data != s->ahead)) s->cut_short = true;
  memcpy(data, s->reader->data + s->reader->at, n);
  s->reader->at += n;
  return (int)n;
}

/* Skipping over the end is no fault: some writers leave out the last padding.
 * A negative n gives back what was read ahead. */
static void on_skip(void *user, int n) {
  vsg_reader *r = ((source *)user)->reader; /* decode passes one */
  if (n < 0) {
    r->at -= (size_t)-n < r->at ? (size_t)-n : r->at;
  } else {
    r->at += (size_t)n < r->size - r->at ? (size_t)n : r->size - r->at;
  }
}

static int on_end(void *user) {
  const vsg_reader *r = ((source *)user)->reader; /* decode passes one */
  return r->at == r->size;
}

static const stbi_io_callbacks callbacks = {on_read, on_skip, on_end};

vsg_status vsg_stb_decode(vsg_tensor **out, vsg_picture *p, vsg_reader *r,
                          vsg_error *err) {
  int width, height, channels, w, h;
  source s = {.reader = r};
  if (!stbi_info_from_callbacks(&callbacks, &s, &width, &height, &channels)) {
    r->at = 0;
    return vsg_read_fail(r, err, "no JPEG, PNG, BMP, GIF, TGA or PNM");
  }
  if (vsg_codec_new(out, p, r, (size_t)width, (size_t)height, err)) {
    return err->code;
  }
  r->at = 0;
  s = (source){.reader = r};
  unsigned char *pixels =
      stbi_load_from_callbacks(&callbacks, &s, &w, &h, &channels, 3);
  if (pixels && !s.cut_short && w == width && h == height) {
    memcpy(vsg_tensor_data(*out), pixels, vsg_tensor_bytes(*out));
  } else {
    vsg_read_fail(r, err, "%s",
                  s.cut_short ? "the file ends too early"
                  : pixels    ? "the size changes"
                              : stbi_failure_reason());
    vsg_tensor_free(*out);
    *out = NULL;
  }
  stbi_image_free(pixels);
  return *out ? VSG_OK : err->code;
}
