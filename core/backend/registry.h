/* The engines of this build: the only place that names them. */
#ifndef VSG_BACKEND_REGISTRY_H
#define VSG_BACKEND_REGISTRY_H

#include "core/graph/engine.h"

/* All engines, NULL last; a device's first one is its default. */
extern const vsg_engine *const vsg_engines[];

/* The engine of that name on that device. device "auto" is the best one there
 * is; engine NULL is the device's default. What this build or machine does not
 * have fails with VSG_DEVICE: never another device in its place. */
vsg_status vsg_engine_find(const vsg_engine **out, const char *device,
                           const char *engine, vsg_error *err);

#endif
