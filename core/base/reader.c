/* A bounds-checked reader of bytes; see reader.h. */
#include "core/base/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

vsg_status vsg_read_fail(const vsg_reader *r, vsg_error *err,
                         const char *format, ...) {
  char text[VSG_ERROR_TEXT / 2];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return vsg_fail(err, VSG_FORMAT, "%s: offset %zu: %s", r->name, r->at, text);
}

vsg_status vsg_read_bytes(const unsigned char **out, vsg_reader *r, size_t n,
                          vsg_error *err) {
  if (n > r->size - r->at) {
    return vsg_read_fail(r, err, "%zu bytes wanted, %zu left", n,
                         r->size - r->at);
  }
  *out = r->data + r->at;
  r->at += n;
  return VSG_OK;
}

vsg_status vsg_read_u8(uint8_t *out, vsg_reader *r, vsg_error *err) {
  const unsigned char *p;
  if (vsg_read_bytes(&p, r, 1, err)) return err->code;
  *out = p[0];
  return VSG_OK;
}

/* Little endian, n <= 8 bytes. */
static vsg_status read_little(uint64_t *out, vsg_reader *r, size_t n,
                              vsg_error *err) {
  const unsigned char *p;
  uint64_t value = 0;
  if (vsg_read_bytes(&p, r, n, err)) return err->code;
  for (size_t i = 0; i < n; i++) value |= (uint64_t)p[i] << (8 * i);
  *out = value;
  return VSG_OK;
}

vsg_status vsg_read_u16(uint16_t *out, vsg_reader *r, vsg_error *err) {
  uint64_t value;
  if (read_little(&value, r, 2, err)) return err->code;
  *out = (uint16_t)value;
  return VSG_OK;
}

vsg_status vsg_read_u32(uint32_t *out, vsg_reader *r, vsg_error *err) {
  uint64_t value;
  if (read_little(&value, r, 4, err)) return err->code;
  *out = (uint32_t)value;
  return VSG_OK;
}

vsg_status vsg_read_u64(uint64_t *out, vsg_reader *r, vsg_error *err) {
  return read_little(out, r, 8, err);
}

vsg_status vsg_read_line(const char **out, size_t *length, vsg_reader *r,
                         vsg_error *err) {
  size_t left = r->size - r->at;
  const unsigned char *start = r->data + r->at;
  const unsigned char *end = left ? memchr(start, '\n', left) : NULL;
  if (!end) return vsg_read_fail(r, err, "no end of line in %zu bytes", left);
  *out = (const char *)start; /* text is bytes here */
  *length = (size_t)(end - start);
  r->at += *length + 1;
  return VSG_OK;
}

vsg_status vsg_read_seek(vsg_reader *r, size_t offset, vsg_error *err) {
  if (offset > r->size) {
    return vsg_read_fail(r, err, "seek to %zu in a file of %zu bytes", offset,
                         r->size);
  }
  r->at = offset;
  return VSG_OK;
}

vsg_status vsg_file_open(vsg_file *out, const char *path, vsg_error *err) {
  struct stat info;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  *out = (vsg_file){0};
  if (fd < 0) {
    return vsg_fail(err, VSG_IO, "%s: %s", path, strerror(errno));
  }
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(fd);
    return vsg_fail(err, VSG_IO, "%s: not a regular file", path);
  }
  if (info.st_size > 0) {
    void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
      int why = errno;
      close(fd);
      return vsg_fail(err, VSG_IO, "%s: %s", path, strerror(why));
    }
    *out = (vsg_file){map, (size_t)info.st_size};
  }
  close(fd);
  return VSG_OK;
}

void vsg_file_close(vsg_file *file) {
  if (file->data) munmap(file->data, file->size);
  *file = (vsg_file){0};
}
