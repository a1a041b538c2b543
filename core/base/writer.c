/* A file that appears whole or not at all; see writer.h. */
#include "core/base/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static vsg_status fail(const vsg_writer *w, vsg_error *err) {
  return vsg_fail(err, VSG_IO, "%s: %s", w->path, strerror(errno));
}

static void release(vsg_writer *w) {
  free(w->path);
  free(w->temporary);
  *w = (vsg_writer){.file = NULL};
}

/* Renaming onto a device, a pipe or a socket would put a file in its place. Of
 * a folder rename itself says that it is one. */
static vsg_status check_target(const char *path, vsg_error *err) {
  struct stat old;
  if (stat(path, &old) == 0 && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode)) {
    return vsg_fail(err, VSG_IO,
                    "%s: not a regular file; writing would replace it", path);
  }
  return VSG_OK;
}

/* mkstemp makes files private; a new one gets what open would have given, and
 * one that replaces another keeps that one's mode. */
static mode_t final_mode(const char *path) {
  struct stat old;
  mode_t mask;
  if (stat(path, &old) == 0) return old.st_mode & 07777;
  mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

static vsg_status open_temporary(vsg_writer *w, vsg_error *err) {
  int fd = mkstemp(w->temporary);
  if (fd < 0) return fail(w, err);
  if (fchmod(fd, final_mode(w->path)) != 0 || !(w->file = fdopen(fd, "wb"))) {
    fail(w, err);
    close(fd);
    unlink(w->temporary);
    return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_writer_open(vsg_writer *out, const char *path, vsg_error *err) {
  static const char tail[] = ".XXXXXX"; /* what mkstemp fills */
  size_t length = strlen(path);
  if (check_target(path, err)) return err->code;
  *out = (vsg_writer){.path = strdup(path),
                      .temporary = malloc(length + sizeof tail)};
  if (!out->path || !out->temporary) {
    release(out);
    return vsg_fail_memory(err, path, length + sizeof tail);
  }
  memcpy(out->temporary, path, length);
  memcpy(out->temporary + length, tail, sizeof tail);
  if (open_temporary(out, err)) {
    release(out);
    return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_write(vsg_writer *w, const void *data, size_t n,
                     vsg_error *err) {
  if (n > 0 && fwrite(data, 1, n, w->file) != n) return fail(w, err);
  w->at += n;
  return VSG_OK;
}

vsg_status vsg_write_little(vsg_writer *w, uint64_t value, int bytes,
                            vsg_error *err) {
  unsigned char data[8];
  for (int i = 0; i < bytes; i++) data[i] = (unsigned char)(value >> (8 * i));
  return vsg_write(w, data, (size_t)bytes, err);
}

vsg_status vsg_writer_close(vsg_writer *w, vsg_status status, vsg_error *err) {
  /* A disk may say that it is full only when asked to keep the bytes. */
  if (!status && (fflush(w->file) != 0 || fsync(fileno(w->file)) != 0)) {
    status = fail(w, err);
  }
  if (fclose(w->file) != 0 && !status) status = fail(w, err);
  if (!status && rename(w->temporary, w->path) != 0) status = fail(w, err);
  if (status) unlink(w->temporary);
  release(w);
  return status;
}
