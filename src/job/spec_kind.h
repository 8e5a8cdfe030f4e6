// SPDX-License-Identifier: GPL-3.0-or-later
// spec_kind.h — what an export adds to the common fields of a spec. For spec.c and spec_*.c only.
#pragma once

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/spec.h"

struct spec_kind {
    const char *const *fields;              // every field that may stand in such a spec; NULL ends
    struct output_size default_output_size; // when none is asked for
    bool output_optional;                   // the result line may carry the answer alone
    // Reads the fields of spec->part; the common ones are read already. May leave a half-filled
    // part on failure: done() is called in any case.
    enum status (*parse)(const struct jr *root, struct spec *spec, struct error *err);
    // Writes them as members of the object that is open.
    void (*write)(const struct spec *spec, struct json_writer *w);
    void (*done)(struct spec *spec); // releases spec->part
};

extern const struct spec_kind spec_kind_framing;
extern const struct spec_kind spec_kind_detect;
extern const struct spec_kind spec_kind_extract;
extern const struct spec_kind spec_kind_annotate;
extern const struct spec_kind spec_kind_multi;
extern const struct spec_kind spec_kind_overlay;
