/* HDF5: chunked datasets; see h5.h and h5_format.h. Section III.A.1 of the
 * specification for the tree of chunks, IV.A.2.l for the filters. */
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/base/size.h"
#include "core/loader/h5_format.h"
#include "core/loader/inflate.h"

enum { CHECKSUM = 4 }; /* bytes that fletcher32 adds */

typedef struct chunk {
  long start[VSG_MAX_DIMS];
  uint64_t address;
  uint32_t stored, skipped; /* bytes; filters that were left out, as bits */
} chunk;

typedef struct chunks {
  chunk *list; /* owned */
  size_t count, room, stored;
} chunks;

/* Chunks come in the order of their first elements, so none comes twice. */
static vsg_status check_chunk(const chunks *all, const chunk *c,
                              const vsg_h5_dataset *d, const vsg_reader *r,
                              vsg_error *err) {
  bool later = all->count == 0;
  for (int i = 0; i < d->space.dims; i++) {
    if (c->start[i] >= d->space.shape[i] || c->start[i] % d->chunk[i] != 0) {
      return vsg_read_fail(r, err, "hdf5: a chunk outside the dataset");
    }
  }
  for (int i = 0; i < d->space.dims && !later; i++) {
    long before = all->list[all->count - 1].start[i];
    if (c->start[i] < before) break;
    later = c->start[i] > before;
  }
  if (!later) return vsg_read_fail(r, err, "hdf5: chunks out of order");
  return VSG_OK;
}

/* A key of the tree: where the chunk lies in the dataset. */
static vsg_status read_key(chunk *c, const vsg_h5_dataset *d, vsg_reader *r,
                           vsg_error *err) {
  uint64_t start;
  if (vsg_read_u32(&c->stored, r, err)) return err->code;
  if (vsg_read_u32(&c->skipped, r, err)) return err->code;
  for (int i = 0; i <= d->space.dims; i++) { /* the last counts bytes: 0 */
    if (vsg_read_u64(&start, r, err)) return err->code;
    if (start > PTRDIFF_MAX) {
      return vsg_read_fail(r, err, "hdf5: a chunk outside the dataset");
    }
    if (i < d->space.dims) c->start[i] = (long)start;
  }
  return vsg_read_u64(&c->address, r, err);
}

static vsg_status add_chunk(chunks *all, const chunk *c,
                            const vsg_h5_dataset *d, const vsg_reader *r,
                            vsg_error *err) {
  if (check_chunk(all, c, d, r, err)) return err->code;
  if (!vsg_size_add(&all->stored, all->stored, c->stored) ||
      all->stored > r->size) {
    return vsg_read_fail(r, err, "hdf5: chunks of more bytes than the file");
  }
  void *list = all->list; /* vsg_list_grow's type */
  if (vsg_list_grow(&list, all->count, &all->room, sizeof *c, r->name, err)) {
    return err->code;
  }
  all->list = list;
  all->list[all->count++] = *c;
  return VSG_OK;
}

/* Levels go down to 0, so that the recursion ends. */
static vsg_status collect(chunks *all, const vsg_h5_dataset *d, vsg_h5 *h5,
                          uint64_t address, int most, vsg_error *err) {
  uint8_t type, level;
  uint16_t count;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, address, err) || vsg_h5_mark(&r, "TREE", err) ||
      vsg_read_u8(&type, &r, err) || vsg_read_u8(&level, &r, err) ||
      vsg_read_u16(&count, &r, err) || vsg_h5_skip(&r, 16, err)) {
    return err->code;
  }
  if (type != 1 || level > most) {
    return vsg_read_fail(&r, err, "hdf5: a tree of type %d and level %d", type,
                         level);
  }
  for (int i = 0; i < count; i++) {
    chunk c;
    if (vsg_h5_step(h5, &r, err) || read_key(&c, d, &r, err)) return err->code;
    if (level == 0 ? add_chunk(all, &c, d, &r, err)
                   : collect(all, d, h5, c.address, level - 1, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* All chunks of the dataset, and that none is missing. */
static vsg_status collect_all(chunks *all, const vsg_h5_dataset *d, vsg_h5 *h5,
                              vsg_error *err) {
  size_t wanted = 1;
  if (d->chunk_dims != d->space.dims || d->space.dims == 0) {
    return vsg_read_fail(&h5->file, err, "hdf5: chunks of %d axes for %d",
                         d->chunk_dims, d->space.dims);
  }
  for (int i = 0; i < d->space.dims; i++) { /* no more than the elements */
    wanted *= (size_t)((d->space.shape[i] - 1) / d->chunk[i] + 1);
  }
  if (d->address != VSG_H5_UNDEFINED &&
      collect(all, d, h5, d->address, UINT8_MAX, err)) {
    return err->code;
  }
  if (all->count != wanted) {
    return vsg_read_fail(&h5->file, err, "hdf5: %zu of %zu chunks are stored",
                         all->count, wanted);
  }
  return VSG_OK;
}

/* ---- filters, undone from the last to the first ---- */

/* Fletcher's sums over pairs of bytes, the first the higher. */
static uint32_t fletcher32(const unsigned char *data, size_t n) {
  uint32_t a = 0, b = 0;
  for (size_t i = 0; i < n; i += 2) {
    a += (uint32_t)data[i] << 8 | (i + 1 < n ? data[i + 1] : 0);
    a = (a & 0xffff) + (a >> 16);
    b += a;
    b = (b & 0xffff) + (b >> 16);
  }
  return b << 16 | a;
}

static vsg_status check_sum(vsg_reader *r, vsg_error *err) {
  size_t n = r->size - r->at;
  vsg_reader sum = *r;
  uint32_t wanted, came;
  if (n < CHECKSUM) return vsg_read_fail(r, err, "hdf5: no checksum");
  r->size -= CHECKSUM;
  sum.at = r->size;
  if (vsg_read_u32(&wanted, &sum, err)) return err->code;
  came = fletcher32(r->data + r->at, n - CHECKSUM);
  if (came != wanted) {
    return vsg_read_fail(r, err, "hdf5: checksum %08x came, %08x wanted", came,
                         wanted);
  }
  return VSG_OK;
}

/* All first bytes of the elements, all second ones, ...: back to elements. */
static void unshuffle(unsigned char *out, const unsigned char *in, size_t n,
                      size_t size) {
  size_t elements = n / size;
  for (size_t b = 0; b < size; b++) {
    for (size_t i = 0; i < elements; i++) out[i * size + b] = *in++;
  }
}

static bool has_filter(const vsg_h5_dataset *d, const chunk *c, int filter,
                       int *place) {
  for (int i = 0; i < d->filter_count; i++) {
    *place = i;
    if (d->filters[i] == filter) return !(c->skipped >> i & 1);
  }
  return false;
}

/* Unpacks a chunk into block, of chunk_bytes; spare is as long. The one order
 * that is written is shuffle, deflate, checksum. */
static vsg_status unpack(unsigned char *block, unsigned char *spare,
                         const chunk *c, const vsg_h5_dataset *d, vsg_h5 *h5,
                         vsg_error *err) {
  int shuffle = -1, deflate = -1, sum = -1;
  bool shuffled = has_filter(d, c, VSG_H5_SHUFFLE, &shuffle);
  bool deflated = has_filter(d, c, VSG_H5_DEFLATE, &deflate);
  bool summed = has_filter(d, c, VSG_H5_FLETCHER32, &sum);
  vsg_reader r, at;
  if (vsg_h5_at(&at, h5, c->address, err)) return err->code;
  if (vsg_h5_part(&r, &at, c->stored, err)) return err->code;
  if ((shuffled && deflated && shuffle > deflate) ||
      (summed &&
       ((deflated && deflate > sum) || (shuffled && shuffle > sum)))) {
    return vsg_h5_refuse(&r, "filters in an unusual order", err);
  }
  if (summed && check_sum(&r, err)) return err->code;
  if (deflated) {
    unsigned char *to = shuffled ? spare : block;
    if (vsg_inflate(to, d->chunk_bytes, &r, false, err)) return err->code;
  } else if (r.size - r.at != d->chunk_bytes) {
    return vsg_read_fail(&r, err, "hdf5: a chunk of %zu bytes, %zu wanted",
                         r.size - r.at, d->chunk_bytes);
  } else {
    memcpy(shuffled ? spare : block, r.data + r.at, d->chunk_bytes);
  }
  if (shuffled) unshuffle(block, spare, d->chunk_bytes, d->type->bytes);
  return VSG_OK;
}

/* ---- chunks into the whole ---- */

/* Copies what of the chunk lies inside the dataset, row by row. */
static void place(unsigned char *whole, const unsigned char *block,
                  const chunk *c, const vsg_h5_dataset *d) {
  size_t size = d->type->bytes;
  int last = d->space.dims - 1;
  long inside[VSG_MAX_DIMS], index[VSG_MAX_DIMS] = {0};
  int axis;
  for (int i = 0; i <= last; i++) {
    long left = d->space.shape[i] - c->start[i];
    inside[i] = left < d->chunk[i] ? left : d->chunk[i];
  }
  do {
    size_t to = 0, from = 0;
    for (int i = 0; i <= last; i++) {
      to = to * (size_t)d->space.shape[i] + (size_t)(c->start[i] + index[i]);
      from = from * (size_t)d->chunk[i] + (size_t)index[i];
    }
    memcpy(whole + to * size, block + from * size, (size_t)inside[last] * size);
    for (axis = last - 1; axis >= 0; axis--) {
      if (++index[axis] < inside[axis]) break;
      index[axis] = 0;
    }
  } while (axis >= 0);
}

/* Before memory is asked for: each chunk can come from its stored bytes, and
 * there are enough chunks for the dataset, so the file vouches for all of it.
 */
static vsg_status check_packed(const chunks *all, const vsg_h5_dataset *d,
                               const vsg_reader *r, vsg_error *err) {
  int ignored;
  for (size_t i = 0; i < all->count; i++) {
    const chunk *c = &all->list[i];
    size_t most =
        has_filter(d, c, VSG_H5_DEFLATE, &ignored) ? VSG_DEFLATE_MOST : 1;
    if (d->chunk_bytes / most > c->stored) {
      return vsg_read_fail(r, err, "hdf5: %u bytes cannot unpack to %zu",
                           c->stored, d->chunk_bytes);
    }
  }
  return VSG_OK;
}

static vsg_status unpack_all(vsg_tensor *t, const chunks *all,
                             const vsg_h5_dataset *d, vsg_h5 *h5,
                             vsg_error *err) {
  size_t size = d->space.count * d->type->bytes;
  unsigned char *whole = malloc(size);
  unsigned char *blocks = reallocarray(NULL, 2, d->chunk_bytes);
  vsg_status status = VSG_OK;
  if (!whole || !blocks) status = vsg_fail_memory(err, h5->file.name, size);
  for (size_t i = 0; i < all->count && !status; i++) {
    status = unpack(blocks, blocks + d->chunk_bytes, &all->list[i], d, h5, err);
    if (!status) place(whole, blocks, &all->list[i], d);
  }
  if (!status) status = vsg_element_fill(t, d->type, d->swap, whole, err);
  free(blocks);
  free(whole);
  return status;
}

vsg_status vsg_h5_read_chunked(vsg_tensor **out, const vsg_h5_dataset *d,
                               vsg_h5 *h5, vsg_error *err) {
  chunks all = {0};
  vsg_status status = collect_all(&all, d, h5, err);
  if (!status) status = check_packed(&all, d, &h5->file, err);
  if (!status) status = vsg_h5_take(h5, &h5->file, all.stored, err);
  if (!status) {
    status =
        vsg_tensor_new(out, d->type->dtype, d->space.dims, d->space.shape, err);
  }
  if (!status) status = unpack_all(*out, &all, d, h5, err);
  free(all.list);
  return status;
}
