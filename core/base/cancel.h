/* The cancel flag: set by a signal handler or another thread, polled by long
 * loops, which then return VSG_CANCELLED and leave no half-made result.
 *
 * It is the core's one global: a signal has no other address to write to. */
#ifndef VSG_BASE_CANCEL_H
#define VSG_BASE_CANCEL_H

#include <stdbool.h>

#include "core/base/error.h"

/* Sets or clears the flag; safe inside a signal handler. */
void vsg_cancel_set(bool on);

/* True while the flag is set. */
bool vsg_cancelled(void);

/* VSG_OK, or VSG_CANCELLED with "operation: interrupted" in err. */
vsg_status vsg_cancel_check(const char *operation, vsg_error *err);

#endif
