/* SHA-256; see sha256.h. */
#include "core/base/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "core/base/cancel.h"

/* Big enough that the calls cost nothing, small enough for the stack. */
enum { PIECE = 64 * 1024 };

static vsg_status library_fail(vsg_error *err) {
  return vsg_fail(err, VSG_MEMORY, "sha256: OpenSSL refused");
}

static void write_hex(char out[VSG_SHA256_TEXT], const unsigned char *digest) {
  for (int i = 0; i < VSG_SHA256_TEXT / 2; i++) {
    snprintf(out + 2 * i, 3, "%02x", digest[i]);
  }
}

vsg_status vsg_sha256(char out[VSG_SHA256_TEXT], const void *data, size_t size,
                      vsg_error *err) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (!EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL)) {
    return library_fail(err);
  }
  write_hex(out, digest);
  return VSG_OK;
}

static vsg_status hash_stream(EVP_MD_CTX *context, FILE *file, const char *path,
                              vsg_error *err) {
  unsigned char piece[PIECE];
  size_t n;
  while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
    if (vsg_cancel_check("sha256", err)) return err->code;
    if (!EVP_DigestUpdate(context, piece, n)) return library_fail(err);
  }
  if (ferror(file)) {
    return vsg_fail(err, VSG_IO, "%s: %s", path, strerror(errno));
  }
  return VSG_OK;
}

vsg_status vsg_sha256_file(char out[VSG_SHA256_TEXT], const char *path,
                           vsg_error *err) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  vsg_status status = VSG_OK;
  FILE *file = fopen(path, "rbe");
  if (!file) return vsg_fail(err, VSG_IO, "%s: %s", path, strerror(errno));
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL)) {
    status = library_fail(err);
    goto done;
  }
  if ((status = hash_stream(context, file, path, err))) goto done;
  if (EVP_DigestFinal_ex(context, digest, NULL)) {
    write_hex(out, digest);
  } else {
    status = library_fail(err);
  }
done:
  EVP_MD_CTX_free(context);
  fclose(file);
  return status;
}
