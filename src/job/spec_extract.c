// SPDX-License-Identifier: GPL-3.0-or-later
// spec_extract.c — the fields of extract_clip: from when to when, and whether packets are copied.
#include "job/spec_fields.h"
#include "job/spec_kind.h"

static const char *const fields[] = {"type",       "input", "output",  "start", "end",
                                     "copy_codec", "audio", "quality", NULL};

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct trim *trim = &spec->trim;
    struct jr end;
    spec->part.extract.copy_codec = true;
    if (jr_get_bool(root, "copy_codec", &spec->part.extract.copy_codec, err) != OK ||
        jr_get_number(root, "start", 0, SPEC_MAX_TIME_S, &trim->start_s, err) != OK)
        return ERR_INVALID;
    trim->has_end = jr_get(root, "end", &end);
    if (!trim->has_end)
        return OK;
    if (jr_number(&end, 0, SPEC_MAX_TIME_S, &trim->end_s, err) != OK)
        return ERR_INVALID;
    if (trim->end_s <= trim->start_s)
        return not_greater(root, "end", "start", trim->start_s, trim->end_s, err);
    return OK;
}

static void write(const struct spec *spec, struct json_writer *w)
{
    jw_key_number(w, "start", spec->trim.start_s, SPEC_DECIMALS);
    if (spec->trim.has_end)
        jw_key_number(w, "end", spec->trim.end_s, SPEC_DECIMALS);
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
