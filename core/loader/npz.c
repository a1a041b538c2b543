/* Reading numpy's .npz: a zip archive of NAME.npy, stored (numpy.savez) or
 * deflated (numpy.savez_compressed). Entries of other names are not numpy's and
 * are refused. */
#include <stdlib.h>
#include <string.h>

#include "core/loader/loader.h"
#include "core/loader/npy.h"
#include "core/loader/zip.h"

static const char suffix[] = ".npy";

/* The first four bytes of an archive, and of an empty one without and with
 * zip64. */
static bool sniff(const unsigned char *data, size_t size) {
  static const char *const marks[] = {"PK\3\4", "PK\5\6", "PK\6\6"};
  for (int i = 0; i < 3 && size >= 4; i++) {
    if (memcmp(data, marks[i], 4) == 0) return true;
  }
  return false;
}

/* Adds the array of the entry, whose name ends with the suffix. */
static vsg_status add_array(vsg_weights *out, const vsg_zip *z,
                            const vsg_zip_entry *entry, vsg_error *err) {
  vsg_reader r;
  unsigned char *block;
  vsg_status status;
  if (vsg_zip_unpack(&r, &block, z, entry, err)) return err->code;
  status = vsg_npy_add(out, &r, entry->name,
                       entry->name_length - (sizeof suffix - 1), err);
  free(block);
  return status;
}

static vsg_status read_entry(vsg_weights *out, const vsg_zip *z,
                             const vsg_zip_entry *entry, vsg_error *err) {
  size_t tail = sizeof suffix - 1, length = entry->name_length;
  int shown = length < 80 ? (int)length : 80;
  if (length <= tail ||
      memcmp(entry->name + length - tail, suffix, tail) != 0) {
    return vsg_read_fail(&z->archive, err,
                         "the archive holds '%.*s', only NAME.npy wanted",
                         shown, entry->name);
  }
  if (add_array(out, z, entry, err)) {
    vsg_error inner = *err;
    return vsg_fail(err, inner.code, "%s (in %.*s)", inner.text, shown,
                    entry->name);
  }
  return VSG_OK;
}

static vsg_status read_npz(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  vsg_zip z;
  vsg_status status = VSG_OK;
  if (vsg_zip_open(&z, r, err)) return err->code;
  for (size_t i = 0; i < z.count && !status; i++) {
    status = read_entry(out, &z, &z.entries[i], err);
  }
  vsg_zip_close(&z);
  return status;
}

const vsg_loader vsg_loader_npz = {"npz", sniff, read_npz};
