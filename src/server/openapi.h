// SPDX-License-Identifier: GPL-3.0-or-later
// openapi.h — the description of the API for programs (OpenAPI 3.0), written from the route table.
//
// docs/openapi.json is this text; a test compares the two. Pure.
#pragma once

#include "base/buffer.h"

enum { OPENAPI_MAX = 256 * 1024 };

// Appends the document, with line ends, so that its changes can be read.
void openapi_write(struct buffer *out);
