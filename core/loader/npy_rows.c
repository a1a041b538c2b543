/* Rows of an .npy that may be greater than memory; see npy.h. They are read,
 * not mapped: a file that shrinks meanwhile is an error and no signal. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/size.h"
#include "core/loader/npy.h"

/* The system reads ahead no more than about so much at a call. */
enum { AHEAD = 1 << 20 };

static vsg_status check(vsg_npy_rows *out, const vsg_reader *r,
                        vsg_error *err) {
  const vsg_npy_header *h = &out->header;
  size_t bytes;
  if (h->dims == 0 || (h->fortran && h->dims > 1)) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: %s has no rows that lie together", r->name,
                    h->dims == 0 ? "a number" : "Fortran's order");
  }
  if (!vsg_size_mul(&bytes, h->count, out->type->bytes) ||
      bytes != r->size - r->at) {
    return vsg_read_fail(r, err, "%zu bytes came, %zu elements of %zu wanted",
                         r->size - r->at, h->count, out->type->bytes);
  }
  out->start = r->at;
  out->row = h->shape[0] > 0 ? bytes / (size_t)h->shape[0] : 0;
  return VSG_OK;
}

static vsg_status read_head(vsg_npy_rows *out, const char *path,
                            vsg_error *err) {
  vsg_file file;
  if (vsg_file_open(&file, path, err)) return err->code;
  vsg_reader r = {file.data, file.size, 0, path};
  vsg_status status = vsg_npy_read_header(&out->header, &r, err);
  if (!status) status = vsg_npy_type(&out->type, &out->header, &r, err);
  if (!status) status = check(out, &r, err);
  vsg_file_close(&file);
  return status;
}

vsg_status vsg_npy_rows_open(vsg_npy_rows **out, const char *path,
                             vsg_error *err) {
  vsg_npy_rows *r = calloc(1, sizeof *r);
  *out = NULL;
  if (!r) return vsg_fail_memory(err, "rows", sizeof *r);
  r->file = -1;
  if (!(r->path = strdup(path))) {
    vsg_fail_memory(err, "rows", strlen(path));
  } else if (read_head(r, path, err) == VSG_OK) {
    r->file = open(path, O_RDONLY | O_CLOEXEC);
    if (r->file < 0) vsg_fail(err, VSG_IO, "%s: %s", path, strerror(errno));
  }
  if (r->file < 0) {
    vsg_npy_rows_close(r);
    return err->code;
  }
  *out = r;
  return VSG_OK;
}

static vsg_status read_bytes(unsigned char *out, const vsg_npy_rows *r,
                             size_t at, size_t bytes, vsg_error *err) {
  while (bytes > 0) {
    ssize_t n = pread(r->file, out, bytes, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return vsg_fail(err, VSG_IO, "%s: %s", r->path, strerror(errno));
    }
    if (n == 0) {
      return vsg_fail(err, VSG_IO, "%s: ends at offset %zu by now", r->path,
                      at);
    }
    out += n;
    at += (size_t)n;
    bytes -= (size_t)n;
  }
  return VSG_OK;
}

/* Fills t from the file; what has to be changed on the way is read apart. */
static vsg_status fill(vsg_tensor *t, const vsg_npy_rows *r, size_t at,
                       size_t bytes, vsg_error *err) {
  bool swap = r->header.descr[0] == '>';
  if (!r->type->widen && !swap) {
    return read_bytes(vsg_tensor_data(t), r, at, bytes, err);
  }
  unsigned char *raw = malloc(bytes + 1);
  if (!raw) return vsg_fail_memory(err, "rows", bytes);
  vsg_status status = read_bytes(raw, r, at, bytes, err);
  if (!status) status = vsg_element_fill(t, r->type, swap, raw, err);
  free(raw);
  return status;
}

vsg_status vsg_npy_rows_read(vsg_tensor **out, const vsg_npy_rows *r,
                             long first, long count, vsg_error *err) {
  const vsg_npy_header *h = &r->header;
  long shape[VSG_MAX_DIMS];
  *out = NULL;
  if (first < 0 || count < 0 || first > h->shape[0] - count) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "rows: %ld from row %ld on, the file has %ld", count,
                    first + 1, h->shape[0]);
  }
  memcpy(shape, h->shape, sizeof shape);
  shape[0] = count;
  if (vsg_tensor_new(out, r->type->dtype, h->dims, shape, err)) {
    return err->code;
  }
  size_t at = r->start + (size_t)first * r->row;
  size_t bytes = (size_t)count * r->row;
  if (fill(*out, r, at, bytes, err)) {
    vsg_tensor_free(*out);
    *out = NULL;
    return err->code;
  }
  /* Only advice; what lies behind the end is no error. */
  for (size_t i = 0; i < bytes; i += AHEAD) {
    posix_fadvise(r->file, (off_t)(at + bytes + i), AHEAD, POSIX_FADV_WILLNEED);
  }
  return VSG_OK;
}

void vsg_npy_rows_close(vsg_npy_rows *r) {
  if (!r) return;
  if (r->file >= 0) close(r->file);
  free(r->path);
  free(r);
}
