/* The cancel flag; see cancel.h. */
#include "core/base/cancel.h"

#include <stdatomic.h>

static atomic_bool cancel_flag;

void vsg_cancel_set(bool on) { atomic_store(&cancel_flag, on); }

bool vsg_cancelled(void) { return atomic_load(&cancel_flag); }

vsg_status vsg_cancel_check(const char *operation, vsg_error *err) {
  if (vsg_cancelled()) {
    return vsg_fail(err, VSG_CANCELLED, "%s: interrupted", operation);
  }
  return VSG_OK;
}
