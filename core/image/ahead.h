/* Photos decoded ahead of their use, on threads of their own: put in and taken
 * out in one order, at most a bounded number of pixels waiting in between.
 *
 * Its threads sleep while there is nothing to do, and call neither OpenMP nor
 * BLAS. One thread puts and takes. How far ahead photos are put is the
 * caller's choice. */
#ifndef VSG_IMAGE_AHEAD_H
#define VSG_IMAGE_AHEAD_H

#include "core/base/sha256.h"
#include "core/image/image.h"

/* No further photo is begun while those that wait to be taken hold so many
 * bytes, but for the next one to be taken. */
enum { VSG_AHEAD_BYTES = 1 << 28 };

typedef struct vsg_ahead vsg_ahead;

/* *out decodes on so many threads, 1 or more; free with vsg_ahead_free. On
 * failure *out is NULL. */
vsg_status vsg_ahead_new(vsg_ahead **out, int threads, vsg_error *err);

/* Waits for its threads, which finish the photos they have begun. NULL is fine.
 */
void vsg_ahead_free(vsg_ahead *ahead);

/* Appends the file at path; with hash, its bytes are hashed, too. path is
 * copied. */
vsg_status vsg_ahead_put(vsg_ahead *ahead, const char *path, vsg_decoding how,
                         bool hash, vsg_error *err);

/* *out is the photo put first of those that were not taken, once it is decoded;
 * fails as vsg_image_load does, with VSG_ARGUMENT when none was put, and with
 * VSG_CANCELLED, after which it can still be taken. */
vsg_status vsg_ahead_take(vsg_tensor **out, vsg_ahead *ahead, vsg_error *err);

/* The sha256 of the file of the photo taken last, decoded or not, and its
 * bytes; false when it could not be read, or hashed it was not to be. */
bool vsg_ahead_file(char sha256[VSG_SHA256_TEXT], size_t *bytes,
                    const vsg_ahead *ahead);

/* How long its threads have read and decoded the photos that were taken: the
 * sum over the threads. */
double vsg_ahead_seconds(const vsg_ahead *ahead);

#endif
