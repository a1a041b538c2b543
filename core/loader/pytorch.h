/* Names for what a checkpoint's pickle holds; see pytorch_names.c. */
#ifndef VSG_LOADER_PYTORCH_H
#define VSG_LOADER_PYTORCH_H

#include "core/base/error.h"
#include "core/loader/loader.h"
#include "core/loader/pickle.h"

/* Gives the tensors below root, whose storages are read, and the plain values
 * to out, their names behind prefix. */
vsg_status vsg_pytorch_name(vsg_weights *out, const vsg_pickle *pickle,
                            vsg_pickle_ref root, const char *prefix,
                            vsg_error *err);

#endif
