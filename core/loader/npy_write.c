/* Writing numpy's .npy and .npz; see npy.h and, for the formats, npy.c and
 * zip.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/writer.h"
#include "core/loader/npy.h"

/* ---- .npy ---- */

enum {
  PREFIX = 10,    /* magic, version, length */
  ALIGNMENT = 64, /* the elements begin at a multiple, as numpy writes them */
  HEADER_ROOM = 512,
};

/* Fills header with prefix and text; *length is their sum. */
static vsg_status make_header(char header[HEADER_ROOM], size_t *length,
                              const vsg_tensor *t, vsg_error *err) {
  static const char *const descr[VSG_DTYPE_COUNT] = {
      [VSG_u8] = "|u1",  [VSG_i32] = "<i4", [VSG_i64] = "<i8",
      [VSG_f16] = "<f2", [VSG_f32] = "<f4", [VSG_f64] = "<f8",
  };
  char shape[VSG_SHAPE_TEXT];
  size_t n;
  if (!descr[t->dtype]) {
    return vsg_fail(err, VSG_DTYPE, "npy: numpy has no %s; convert to f32",
                    vsg_dtype_name(t->dtype));
  }
  n = PREFIX + (size_t)snprintf(header + PREFIX, HEADER_ROOM - PREFIX,
                                "{'descr': '%s', 'fortran_order': False, "
                                "'shape': %s, }",
                                descr[t->dtype],
                                vsg_shape_text(shape, t->dims, t->shape));
  *length = (n + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  memset(header + n, ' ', *length - n);
  header[*length - 1] = '\n';
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)((*length - PREFIX) & 0xff);
  header[9] = (char)((*length - PREFIX) >> 8);
  return VSG_OK;
}

/* t is contiguous. */
static vsg_status write_array(vsg_writer *w, const vsg_tensor *t,
                              vsg_error *err) {
  char header[HEADER_ROOM];
  size_t length;
  if (make_header(header, &length, t, err)) return err->code;
  if (vsg_write(w, header, length, err)) return err->code;
  return vsg_write(w, vsg_tensor_data(t), vsg_tensor_bytes(t), err);
}

vsg_status vsg_npy_write(const char *path, const vsg_tensor *t,
                         vsg_error *err) {
  vsg_writer w;
  vsg_tensor *lying;
  vsg_status status;
  if (vsg_tensor_contiguous(&lying, t, err)) return err->code;
  status = vsg_writer_open(&w, path, err);
  if (!status) {
    status = vsg_writer_close(&w, write_array(&w, lying, err), err);
  }
  vsg_tensor_free(lying);
  return status;
}

/* ---- .npz ---- */

/* Every number goes into zip64 fields, so that there is one layout for small
 * and large files; APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3. */
enum {
  VERSION = 45,               /* the first with zip64 */
  UNIX_VERSION = 3 << 8 | 45, /* attributes are Unix's */
  UTF8_NAMES = 1 << 11,
  FIRST_DATE = 0x21, /* 1980-01-01: equal tensors give equal files */
  NAME_MOST = 65535 - 4,
};
static const uint32_t FULL32 = 0xffffffff, MODE = 0100644u << 16;

typedef struct field {
  uint64_t value;
  int bytes;
} field;

static vsg_status write_fields(vsg_writer *w, const field *fields, size_t n,
                               vsg_error *err) {
  for (size_t i = 0; i < n; i++) {
    if (vsg_write_little(w, fields[i].value, fields[i].bytes, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* The number of elements of a local array; a function cannot know it. */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

typedef struct entry {
  const char *name;
  size_t name_length; /* with .npy */
  uint32_t crc;
  uint64_t size, header;
} entry;

/* t is contiguous here and in write_entry. */
static vsg_status measure(entry *e, const char *name, const vsg_tensor *t,
                          vsg_error *err) {
  char header[HEADER_ROOM];
  size_t length, n = strlen(name);
  if (n > NAME_MOST) {
    return vsg_fail(err, VSG_ARGUMENT, "npz: a name of %zu bytes, at most %d",
                    n, NAME_MOST);
  }
  if (make_header(header, &length, t, err)) return err->code;
  *e = (entry){.name = name, .name_length = n + 4};
  e->crc = (uint32_t)crc32_z(0, (const unsigned char *)header, length);
  e->size = length + vsg_tensor_bytes(t);
  e->crc = (uint32_t)crc32_z(e->crc, vsg_tensor_data(t), vsg_tensor_bytes(t));
  return VSG_OK;
}

static vsg_status write_name(vsg_writer *w, const entry *e, vsg_error *err) {
  if (vsg_write(w, e->name, e->name_length - 4, err)) return err->code;
  return vsg_write(w, ".npy", 4, err);
}

static vsg_status write_entry(vsg_writer *w, entry *e, const vsg_tensor *t,
                              vsg_error *err) {
  const field local[] = {
      {0x04034b50, 4}, {VERSION, 2},        {UTF8_NAMES, 2}, {0, 2},
      {0, 2},          {FIRST_DATE, 2},     {e->crc, 4},     {FULL32, 4},
      {FULL32, 4},     {e->name_length, 2}, {20, 2},
  };
  const field extra[] = {{1, 2}, {16, 2}, {e->size, 8}, {e->size, 8}};
  e->header = w->at;
  if (write_fields(w, local, COUNT(local), err)) return err->code;
  if (write_name(w, e, err)) return err->code;
  if (write_fields(w, extra, COUNT(extra), err)) return err->code;
  return write_array(w, t, err);
}

static vsg_status add_array(vsg_writer *w, entry *e, const char *name,
                            const vsg_tensor *t, vsg_error *err) {
  vsg_tensor *lying;
  vsg_status status;
  if (vsg_tensor_contiguous(&lying, t, err)) return err->code;
  status = measure(e, name, lying, err);
  if (!status) status = write_entry(w, e, lying, err);
  vsg_tensor_free(lying);
  return status;
}

static vsg_status write_directory_entry(vsg_writer *w, const entry *e,
                                        vsg_error *err) {
  const field central[] = {
      {0x02014b50, 4},
      {UNIX_VERSION, 2},
      {VERSION, 2},
      {UTF8_NAMES, 2},
      {0, 2},
      {0, 2},
      {FIRST_DATE, 2},
      {e->crc, 4},
      {FULL32, 4},
      {FULL32, 4},
      {e->name_length, 2},
      {28, 2},
      {0, 2},
      {0, 2},
      {0, 2},
      {MODE, 4},
      {FULL32, 4},
  };
  const field extra[] = {
      {1, 2}, {24, 2}, {e->size, 8}, {e->size, 8}, {e->header, 8}};
  if (write_fields(w, central, COUNT(central), err)) return err->code;
  if (write_name(w, e, err)) return err->code;
  return write_fields(w, extra, COUNT(extra), err);
}

static vsg_status write_ends(vsg_writer *w, uint64_t count, uint64_t start,
                             vsg_error *err) {
  const field ends[] = {
      /* the zip64 end record */
      {0x06064b50, 4},
      {44, 8},
      {UNIX_VERSION, 2},
      {VERSION, 2},
      {0, 4},
      {0, 4},
      {count, 8},
      {count, 8},
      {w->at - start, 8},
      {start, 8},
      /* its locator */
      {0x07064b50, 4},
      {0, 4},
      {w->at, 8},
      {1, 4},
      /* the end record */
      {0x06054b50, 4},
      {0, 2},
      {0, 2},
      {0xffff, 2},
      {0xffff, 2},
      {FULL32, 4},
      {FULL32, 4},
      {0, 2},
  };
  return write_fields(w, ends, COUNT(ends), err);
}

static vsg_status write_archive(vsg_writer *w, entry *entries, size_t count,
                                const char *const *names,
                                const vsg_tensor *const *tensors,
                                vsg_error *err) {
  uint64_t start;
  for (size_t i = 0; i < count; i++) {
    if (add_array(w, &entries[i], names[i], tensors[i], err)) return err->code;
  }
  start = w->at;
  for (size_t i = 0; i < count; i++) {
    if (write_directory_entry(w, &entries[i], err)) return err->code;
  }
  return write_ends(w, count, start, err);
}

vsg_status vsg_npz_write(const char *path, size_t count,
                         const char *const *names,
                         const vsg_tensor *const *tensors, vsg_error *err) {
  vsg_writer w;
  entry *entries = calloc(count + 1, sizeof *entries);
  vsg_status status;
  if (!entries) return vsg_fail_memory(err, path, count * sizeof *entries);
  if (vsg_writer_open(&w, path, err)) {
    free(entries);
    return err->code;
  }
  status = write_archive(&w, entries, count, names, tensors, err);
  status = vsg_writer_close(&w, status, err);
  free(entries);
  return status;
}
