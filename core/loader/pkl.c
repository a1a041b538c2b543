/* Plain pickles of arrays, as pickle.dump writes a dictionary of numpy's
 * (.pkl): no container, protocols 2 to 5, Python 2's too. What is in them is
 * named as in an .npy of objects; see npy.h and, for what a pickle may do,
 * pickle.h. */
#include <string.h>

#include "core/loader/npy.h"

/* PROTO and its number; numpy's name comes with the first array. */
enum {
  PROTO = 0x80,
  PROTOCOL_LEAST = 2,
  PROTOCOL_MOST = 5,
  NUMPY_WITHIN = 4096
};

static bool sniff(const unsigned char *data, size_t size) {
  static const char module[] = "multiarray";
  return size > 2 && data[0] == PROTO && data[1] >= PROTOCOL_LEAST &&
         data[1] <= PROTOCOL_MOST &&
         memmem(data, size < NUMPY_WITHIN ? size : NUMPY_WITHIN, module,
                sizeof module - 1) != NULL;
}

static vsg_status read_pkl(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  return vsg_npy_add_objects(out, r, "", err);
}

const vsg_loader vsg_loader_pkl = {"pkl", sniff, read_pkl};
