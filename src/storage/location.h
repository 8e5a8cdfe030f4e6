// SPDX-License-Identifier: GPL-3.0-or-later
// location.h — where an object is: a path or a file:// URL. Pure.
#pragma once

#include "base/error.h"
#include "base/memory.h"

// The local path that `where` names: a plain path as it is, "file:///a%20b" decoded. Any other
// scheme, a host, an empty path or a bad escape is ERR_INVALID. Free *ret.
MUST_USE enum status location_path(const char *where, char **ret, struct error *err);
