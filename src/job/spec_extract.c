// SPDX-License-Identifier: GPL-3.0-or-later
// spec_extract.c — the fields of extract_clip: from when to when, and whether packets are copied.
//
// The range may be said as trim too, as every other export has it; it is written that way.
#include "job/spec_fields.h"
#include "job/spec_kind.h"

static const char *const fields[] = {"type", "input",      "output", "trim",    "start",
                                     "end",  "copy_codec", "audio",  "quality", NULL};

static enum status read_range(const struct jr *root, struct trim *ret, struct error *err)
{
    struct jr end;
    if (jr_get_number(root, "start", 0, SPEC_MAX_TIME_S, &ret->start_s, err) != OK)
        return ERR_INVALID;
    ret->has_end = jr_get(root, "end", &end);
    if (!ret->has_end)
        return OK;
    if (jr_number(&end, 0, SPEC_MAX_TIME_S, &ret->end_s, err) != OK)
        return ERR_INVALID;
    if (ret->end_s <= ret->start_s)
        return not_greater(root, "end", "start", ret->start_s, ret->end_s, err);
    return OK;
}

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct jr member;
    struct jr trim;
    bool has_trim = jr_get(root, "trim", &trim);
    bool has_range = jr_get(root, "start", &member) || jr_get(root, "end", &member);
    if (has_trim && has_range)
        return jr_expected(&trim, err, "either trim or start and end");
    if (has_range && read_range(root, &spec->trim, err) != OK)
        return ERR_INVALID;
    spec->part.extract.copy_codec = true;
    return jr_get_bool(root, "copy_codec", &spec->part.extract.copy_codec, err);
}

static void write(const struct spec *spec, struct json_writer *w)
{
    jw_key_bool(w, "copy_codec", spec->part.extract.copy_codec);
}

static void done(struct spec *spec)
{
    (void)spec; // nothing of its own
}

const struct spec_kind spec_kind_extract = {
    .fields = fields,
    .parse = parse,
    .write = write,
    .done = done,
};
