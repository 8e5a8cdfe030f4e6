// SPDX-License-Identifier: GPL-3.0-or-later
// spec_framing.c — the fields of framing_ai: keyframes of the crop, rotation.
#include "job/spec_fields.h"
#include "job/spec_kind.h"

enum { DEFAULT_WIDTH_PX = 810, DEFAULT_HEIGHT_PX = 1440, MAX_ROTATION_DEG = 360 };

static const char *const fields[] = {"type",     "input",       "output",  "trim",  "segments",
                                     "fps",      "audio",       "quality", "model", "keyframes",
                                     "rotation", "output_size", NULL};

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct spec_framing *framing = &spec->part.framing;
    struct jr keyframes;
    if (jr_get(root, "keyframes", &keyframes) &&
        read_keyframes(&keyframes, &framing->keyframes, &framing->keyframe_count, err) != OK)
        return ERR_INVALID;
    return jr_get_number(root, "rotation", -MAX_ROTATION_DEG, MAX_ROTATION_DEG,
                         &framing->rotation_deg, err);
}

static void write(const struct spec *spec, struct json_writer *w)
{
    const struct spec_framing *framing = &spec->part.framing;
    jw_key(w, "keyframes");
    write_keyframes(framing->keyframes, framing->keyframe_count, w);
    jw_key_number(w, "rotation", framing->rotation_deg, 9);
}

static void done(struct spec *spec)
{
    free(spec->part.framing.keyframes);
}

const struct spec_kind spec_kind_framing = {
    .fields = fields,
    .default_output_size = {DEFAULT_WIDTH_PX, DEFAULT_HEIGHT_PX},
    .parse = parse,
    .write = write,
    .done = done,
};
