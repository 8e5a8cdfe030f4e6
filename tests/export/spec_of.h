// SPDX-License-Identifier: GPL-3.0-or-later
// spec_of.h — the spec of a framing_ai export from a few of its fields.
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include "job/spec.h"
#include "test.h"

// `fmt` makes what stands behind the type: "\"input\":\"%s\", …". Free with spec_free().
static inline struct spec *PRINTF_LIKE(1, 2) spec_of(const char *fmt, ...)
{
    char fields[2048];
    char text[2304];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fields, sizeof(fields), fmt, args);
    va_end(args);
    (void)snprintf(text, sizeof(text), "{\"type\":\"framing_ai\",%s}", fields);
    struct error err;
    struct spec *spec = NULL;
    if (spec_parse(text, strlen(text), &spec, &err) != OK)
        fail_msg("%s: %s", err.text, text);
    return spec;
}
