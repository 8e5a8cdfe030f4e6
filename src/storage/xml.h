// SPDX-License-Identifier: GPL-3.0-or-later
// xml.h — the texts of an XML document, in order, each with the names that lead to it. Pure.
//
// Made for the answers of object stores: small, flat documents. A document type, more than
// XML_MAX_DEPTH levels or a text of more than XML_MAX_TEXT bytes is refused.
#pragma once

#include <stddef.h>

#include "base/error.h"

enum { XML_MAX_DEPTH = 8, XML_MAX_TEXT = 65536 };

struct xml_visitor {
    // An element ends. `path` is "Outer/Inner" from the document's root; `text` what stands
    // directly in the element, without what it is indented by.
    void (*element)(void *context, const char *path, const char *text);
    void *context;
};

// ERR_INVALID: it is no such document; what came before was visited.
MUST_USE enum status xml_read(const char *text, size_t n, const struct xml_visitor *visitor,
                              struct error *err);
