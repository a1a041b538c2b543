/* The fast engine for processors, on oneDNN (libdnnl 2.6 or later). Built only
 * where its header is found. */
#ifndef VSG_ONEDNN_ONEDNN_H
#define VSG_ONEDNN_ONEDNN_H

#include "core/graph/engine.h"

extern const vsg_engine vsg_onednn;

#endif
