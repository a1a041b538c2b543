/* Keras 3's archives (.keras): a zip of config.json, the network's definition;
 * metadata.json, the version of Keras and a date; model.weights.h5, which
 * keras_h5.c reads. Tensors are named as in a .weights.h5; the two texts become
 * the notes model_config and metadata. Nothing is built from them. */
#include <stdlib.h>
#include <string.h>

#include "core/loader/keras_h5.h"
#include "core/loader/loader.h"
#include "core/loader/zip.h"

static const vsg_zip_entry *find(const vsg_zip *z, const char *name) {
  return vsg_zip_find(z, name, strlen(name));
}

static const vsg_zip_entry *find_weights(const vsg_zip *z) {
  return find(z, "model.weights.h5");
}

static bool sniff(const unsigned char *data, size_t size) {
  vsg_reader r = {data, size, 0, "keras"};
  vsg_error ignored;
  vsg_zip z;
  bool found;
  if (size < 4 || memcmp(data, "PK\3\4", 4) != 0) return false;
  if (vsg_zip_open(&z, &r, &ignored)) return false;
  found = find_weights(&z) != NULL;
  vsg_zip_close(&z);
  return found;
}

/* An entry that need not be there becomes a note. */
static vsg_status read_note(vsg_weights *out, const vsg_zip *z,
                            const char *name, const char *key, vsg_error *err) {
  const vsg_zip_entry *entry = find(z, name);
  vsg_reader r;
  unsigned char *block;
  vsg_status status;
  if (!entry) return VSG_OK;
  if (vsg_zip_unpack(&r, &block, z, entry, err)) return err->code;
  status = vsg_weights_note(out, &r, key, strlen(key),
                            (const char *)r.data + r.at, /* text is bytes */
                            r.size - r.at, err);
  free(block);
  return status;
}

static vsg_status read_archive(vsg_weights *out, const vsg_zip *z,
                               vsg_error *err) {
  vsg_reader r;
  unsigned char *block;
  vsg_status status;
  if (read_note(out, z, "config.json", "model_config", err) ||
      read_note(out, z, "metadata.json", "metadata", err) ||
      vsg_zip_unpack(&r, &block, z, find_weights(z), err)) {
    return err->code;
  }
  status = vsg_keras_h5_read(out, &r, err);
  free(block);
  return status;
}

static vsg_status read_keras(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  vsg_zip z;
  vsg_status status;
  if (vsg_zip_open(&z, r, err)) return err->code;
  status = read_archive(out, &z, err);
  vsg_zip_close(&z);
  return status;
}

const vsg_loader vsg_loader_keras = {"keras", sniff, read_keras};
