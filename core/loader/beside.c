/* Bytes of tensors in other files; see beside.h. */
#include "core/loader/beside.h"

enum {
  SPARE_BYTES = 16 << 20, /* that tensors may share of small files */
  SHARES_MOST = 4         /* of large ones */
};

vsg_status vsg_beside_take(const unsigned char **out, vsg_beside *all,
                           const vsg_file *file, uint64_t offset, size_t size,
                           const vsg_reader *r, vsg_error *err) {
  if (offset > file->size || size > file->size - offset) {
    return vsg_read_fail(r, err,
                         "%zu bytes from %llu of a file beside it of %zu", size,
                         (unsigned long long)offset, file->size);
  }
  all->taken += size; /* each below 2^63, and checked every time */
  if (all->taken / SHARES_MOST > all->bytes + SPARE_BYTES) {
    return vsg_read_fail(r, err,
                         "tensors of over %d times the %zu bytes beside it",
                         SHARES_MOST, all->bytes);
  }
  *out = size ? file->data + offset : (const unsigned char *)""; /* any bytes */
  return VSG_OK;
}
