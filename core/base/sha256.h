/* SHA-256 of memory and of files, by OpenSSL. */
#ifndef VSG_BASE_SHA256_H
#define VSG_BASE_SHA256_H

#include <stddef.h>

#include "core/base/error.h"

/* 64 hexadecimal digits and the end. */
enum { VSG_SHA256_TEXT = 65 };

/* out = the lower-case digits of the hash of size bytes at data. */
vsg_status vsg_sha256(char out[VSG_SHA256_TEXT], const void *data, size_t size,
                      vsg_error *err);

/* out = the hash of a file's bytes, read in pieces. VSG_IO with the system's
 * reason when it cannot be read; polls the cancel flag. */
vsg_status vsg_sha256_file(char out[VSG_SHA256_TEXT], const char *path,
                           vsg_error *err);

#endif
