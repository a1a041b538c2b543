/* zlib's inflate, for bytes whose unpacked length is known beforehand, or is
 * told by the first of them. */
#ifndef VSG_LOADER_INFLATE_H
#define VSG_LOADER_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/reader.h"

/* Bytes that one deflated byte can become at most; what claims more is lying.
 */
enum { VSG_DEFLATE_MOST = 1032 };

/* Fills block[0, size) from the bytes that r has left, all of one stream; raw:
 * without zlib's header and checksum, as in zip archives. A stream that is
 * broken or of another length is VSG_FORMAT. */
vsg_status vsg_inflate(unsigned char *block, size_t size, const vsg_reader *r,
                       bool raw, vsg_error *err);

/* Fills block[0, size) with the first bytes of a stream with zlib's header; a
 * stream of fewer is VSG_FORMAT. */
vsg_status vsg_inflate_head(unsigned char *block, size_t size,
                            const vsg_reader *r, vsg_error *err);

#endif
