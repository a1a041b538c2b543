/* Keras's HDF5 files, for keras.c, whose archives hold one. */
#ifndef VSG_LOADER_KERAS_H5_H
#define VSG_LOADER_KERAS_H5_H

#include "core/base/reader.h"
#include "core/loader/loader.h"

/* Adds the weights of the HDF5 file that begins at r's offset and ends at its
 * end. On failure out may hold some of them. */
vsg_status vsg_keras_h5_read(vsg_weights *out, const vsg_reader *r,
                             vsg_error *err);

#endif
