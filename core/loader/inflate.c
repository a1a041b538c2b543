/* zlib's inflate; see inflate.h. */
#include "core/loader/inflate.h"

#include <limits.h>
#include <zlib.h>

/* zlib counts in unsigned int, so both sides go by pieces. */
vsg_status vsg_inflate(unsigned char *block, size_t size, const vsg_reader *r,
                       bool raw, vsg_error *err) {
  static const size_t piece = 1 << 30;
  size_t in = r->size - r->at, made = 0;
  z_stream s = {.next_in = (unsigned char *)r->data + r->at}; /* only read */
  int rc = inflateInit2(&s, raw ? -MAX_WBITS : MAX_WBITS);
  if (rc != Z_OK) return vsg_fail_memory(err, r->name, sizeof s);
  while (rc == Z_OK) {
    uInt give = (uInt)(in < piece ? in : piece);
    uInt take = (uInt)(size - made < piece ? size - made : piece);
    s.avail_in = give;
    s.next_out = block + made;
    s.avail_out = take;
    rc = inflate(&s, Z_NO_FLUSH);
    in -= give - s.avail_in;
    made += take - s.avail_out;
  }
  inflateEnd(&s);
  if (rc == Z_MEM_ERROR) return vsg_fail_memory(err, r->name, 1 << MAX_WBITS);
  if (rc != Z_STREAM_END || made != size) {
    return vsg_read_fail(r, err, "deflated bytes end after %zu of %zu", made,
                         size);
  }
  return VSG_OK;
}

vsg_status vsg_inflate_head(unsigned char *block, size_t size,
                            const vsg_reader *r, vsg_error *err) {
  size_t in = r->size - r->at;
  z_stream s = {.next_in = (unsigned char *)r->data + r->at, /* only read */
                .avail_in = (uInt)(in < UINT_MAX ? in : UINT_MAX),
                .next_out = block,
                .avail_out = (uInt)size};
  if (inflateInit(&s) != Z_OK) return vsg_fail_memory(err, r->name, sizeof s);
  inflate(&s, Z_SYNC_FLUSH);
  inflateEnd(&s);
  if (s.avail_out == 0) return VSG_OK;
  return vsg_read_fail(r, err, "deflated bytes end after %zu of %zu",
                       size - s.avail_out, size);
}
