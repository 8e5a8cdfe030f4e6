// SPDX-License-Identifier: GPL-3.0-or-later
// spec_multi.c — the fields of multi_clip: the clips in order, and how one becomes the next.
#include <string.h>

#include "job/spec_clip.h"
#include "job/spec_kind.h"

enum { DEFAULT_WIDTH_PX = 810, DEFAULT_HEIGHT_PX = 1440, MAX_TRANSITION_S = 60 };
static const double default_transition_s = 0.5;

static const char *const fields[] = {"type",  "output",      "clips",   "transition", "fps",
                                     "audio", "output_size", "quality", "model",      NULL};

// ---- the transition ----

static enum status read_transition(const struct jr *v, struct transition *ret, struct error *err)
{
    static const char *const known[] = {"type", "duration", NULL};
    struct jr type;
    const char *name = NULL;
    if (jr_only(v, known, err) != OK ||
        jr_require(v, "type", "\"cut\", \"fade\" or \"dissolve\"", &type, err) != OK ||
        jr_string(&type, SPEC_MAX_NAME_BYTES, &name, err) != OK)
        return ERR_INVALID;
    if (!transition_from_name(name, &ret->type))
        return jr_expected(&type, err, "\"cut\", \"fade\" or \"dissolve\"");
    ret->duration_s = default_transition_s;
    if (jr_get_number(v, "duration", 0, MAX_TRANSITION_S, &ret->duration_s, err) != OK)
        return ERR_INVALID;
    if (ret->type == TRANSITION_CUT)
        ret->duration_s = 0;
    return OK;
}

static void write_transition(struct transition transition, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_string(w, "type", transition_name(transition.type));
    jw_key_number(w, "duration", transition.duration_s, 9);
    jw_object_end(w);
}

// ---- the whole ----

static enum status read_clips(const struct jr *v, struct spec *spec, struct error *err)
{
    struct spec_multi *multi = &spec->part.multi;
    if (jr_array(v, 1, SPEC_MAX_CLIPS, err) != OK)
        return ERR_INVALID;
    multi->clips = mem_zeroed(jr_size(v), sizeof(*multi->clips));
    for (size_t i = 0; i < jr_size(v); i++) {
        struct jr element = jr_at(v, i);
        multi->clip_count = i + 1; // so that done() releases what was read of it
        if (spec_clip_read(&element, &multi->clips[i], err) != OK)
            return ERR_INVALID;
        if (strcmp(multi->clips[i].input, spec->output) == 0)
            return error_set(err, ERR_INVALID, "output: must not be the input of clips[%zu]", i);
    }
    return OK;
}

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct jr clips;
    struct jr transition;
    if (jr_require(root, "clips", "an array of clips", &clips, err) != OK ||
        read_clips(&clips, spec, err) != OK)
        return ERR_INVALID;
    if (!jr_get(root, "transition", &transition))
        return OK;
    return read_transition(&transition, &spec->part.multi.transition, err);
}

static void write(const struct spec *spec, struct json_writer *w)
{
    const struct spec_multi *multi = &spec->part.multi;
    jw_key(w, "clips");
    jw_array_begin(w);
    for (size_t i = 0; i < multi->clip_count; i++)
        spec_clip_write(&multi->clips[i], w);
    jw_array_end(w);
    jw_key(w, "transition");
    write_transition(multi->transition, w);
}

static void done(struct spec *spec)
{
    struct spec_multi *multi = &spec->part.multi;
    for (size_t i = 0; i < multi->clip_count; i++)
        spec_clip_done(&multi->clips[i]);
    free(multi->clips);
}

const struct spec_kind spec_kind_multi = {
    .fields = fields,
    .default_output_size = {DEFAULT_WIDTH_PX, DEFAULT_HEIGHT_PX},
    .parse = parse,
    .write = write,
    .done = done,
};
