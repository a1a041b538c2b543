/* The EXIF orientation of a JPEG: tag 0x0112 of the first directory of the TIFF
 * in its APP1 segment (Exif 2.3, sections 4.5 and 4.6.4). Nothing else of EXIF
 * is read; a broken one only means that there is no orientation. */
#include <string.h>

#include "core/image/codec.h"

enum {
  ENTRY_BYTES = 12,
  TAG_ORIENTATION = 0x0112,
  TYPE_SHORT = 3,
};

typedef struct tiff {
  const unsigned char *data;
  size_t size;
  bool big_endian;
} tiff;

/* The n-byte number at offset, 0 when it lies outside. */
static uint32_t number_at(const tiff *t, size_t offset, size_t n) {
  uint32_t value = 0;
  if (offset > t->size || n > t->size - offset) return 0;
  for (size_t i = 0; i < n; i++) {
    value = value << 8 | t->data[offset + (t->big_endian ? i : n - 1 - i)];
  }
  return value;
}

int vsg_exif_orientation(const unsigned char *data, size_t size) {
  tiff t;
  size_t directory, entries;
  if (size < 14 || memcmp(data, "Exif\0\0", 6) != 0) return 1;
  t = (tiff){data + 6, size - 6, data[6] == 'M'};
  if (number_at(&t, 2, 2) != 42) return 1; /* TIFF's own magic number */
  directory = number_at(&t, 4, 4);
  entries = number_at(&t, directory, 2);
  for (size_t i = 0; i < entries; i++) {
    size_t entry = directory + 2 + i * ENTRY_BYTES;
    uint32_t value = number_at(&t, entry + 8, 2);
    if (number_at(&t, entry, 2) == TAG_ORIENTATION &&
        number_at(&t, entry + 2, 2) == TYPE_SHORT) {
      return value >= 1 && value <= 8 ? (int)value : 1;
    }
  }
  return 1;
}
