/* PNM: raw PGM (P5) and PPM (P6) after netpbm's pgm(5) and ppm(5): a text
 * header of width, height and largest value, then the values, of two bytes, big
 * endian, where the largest value needs two. They are scaled to 0..255. A file
 * may hold more pictures; the first is read. (stb_image reads beyond its buffer
 * for two-byte values, and takes what is missing from a short file out of
 * uninitialised memory.) */
#include <ctype.h>

#include "core/image/codec.h"

enum { LARGEST_VALUE = 65535 };

/* The next character that is in no comment ("#" to the end of the line). */
static vsg_status next_character(uint8_t *out, vsg_reader *r, vsg_error *err) {
  if (vsg_read_u8(out, r, err)) return err->code;
  while (*out == '#') {
    while (*out != '\n' && *out != '\r') {
      if (vsg_read_u8(out, r, err)) return err->code;
    }
  }
  return VSG_OK;
}

/* A number in 1..most after white space, and the one character behind it. */
static vsg_status next_number(size_t *out, vsg_reader *r, const char *what,
                              size_t most, vsg_error *err) {
  uint8_t c;
  size_t value = 0;
  do {
    if (next_character(&c, r, err)) return err->code;
  } while (isspace(c));
  while (isdigit(c) && value <= most) {
    value = value * 10 + (size_t)(c - '0');
    if (next_character(&c, r, err)) return err->code;
  }
  if (value < 1 || value > most || !isspace(c)) {
    return vsg_read_fail(r, err, "%s is not a number from 1 to %zu", what,
                         most);
  }
  *out = value;
  return VSG_OK;
}

/* Value i of bytes, scaled and rounded. */
static uint8_t value_at(const unsigned char *bytes, size_t i, size_t largest) {
  size_t value =
      largest < 256 ? bytes[i] : (size_t)bytes[2 * i] << 8 | bytes[2 * i + 1];
  if (value > largest) value = largest;
  return (uint8_t)((value * 255 + largest / 2) / largest);
}

vsg_status vsg_pnm_decode(vsg_tensor **out, vsg_picture *p, vsg_reader *r,
                          vsg_error *err) {
  size_t width, height, largest, values;
  size_t channels = r->data[1] == '6' ? 3 : 1;
  const unsigned char *bytes;
  r->at = 2; /* behind the magic number, which decode.c has seen */
  if (next_number(&width, r, "the width", VSG_IMAGE_MAX_PIXELS, err) ||
      next_number(&height, r, "the height", VSG_IMAGE_MAX_PIXELS, err) ||
      next_number(&largest, r, "the largest value", LARGEST_VALUE, err)) {
    return err->code;
  }
  /* Neither factor is above 2^28, so this cannot overflow. */
  values = width * height * channels;
  if (vsg_read_bytes(&bytes, r, values * (largest < 256 ? 1 : 2), err) ||
      vsg_codec_new(out, p, r, width, height, err)) {
    return err->code;
  }
  uint8_t *to = vsg_tensor_data(*out);
  for (size_t i = 0; i < width * height * 3; i++) {
    to[i] = value_at(bytes, i / (3 / channels), largest);
  }
  return VSG_OK;
}
