// SPDX-License-Identifier: GPL-3.0-or-later
// spec_clip.c — one clip of a spec, read, written and held against its source.
#include "job/spec_clip.h"

#include <math.h>

#include "job/spec_fields.h"

// ---- reading ----

static enum status read_text(const struct jr *v, const char *key, size_t max_bytes, char **ret,
                             struct error *err)
{
    const char *text = NULL;
    if (jr_get_string(v, key, max_bytes, &text, err) != OK)
        return ERR_INVALID;
    if (text)
        *ret = mem_strdup(text);
    return OK;
}

static enum status read_input(const struct jr *v, struct spec_clip *ret, struct error *err)
{
    static const char place[] = "a path, a URL or an object key";
    struct jr input;
    if (jr_require(v, "input", place, &input, err) != OK ||
        read_text(v, "input", SPEC_MAX_NAME_BYTES, &ret->input, err) != OK)
        return ERR_INVALID;
    return ret->input[0] ? OK : jr_expected(&input, err, "%s", place);
}

// The part that both want; the one that is not there wants all.
static enum status read_part(const struct jr *v, struct trim *ret, struct error *err)
{
    struct jr member;
    struct trim range = {0};
    if (jr_get(v, "source_range", &member) && read_trim(&member, &range, err) != OK)
        return ERR_INVALID;
    bool has_trim = jr_get(v, "trim", &member);
    if (has_trim && read_trim(&member, ret, err) != OK)
        return ERR_INVALID;
    ret->start_s = fmax(ret->start_s, range.start_s);
    if (range.has_end)
        ret->end_s = ret->has_end ? fmin(ret->end_s, range.end_s) : range.end_s;
    ret->has_end |= range.has_end;
    if (ret->has_end && ret->end_s <= ret->start_s)
        return jr_expected(&member, err, "a part of source_range");
    return OK;
}

static enum status read_crop(const struct jr *v, struct spec_clip *ret, struct error *err)
{
    struct jr keyframes;
    if (jr_get(v, "keyframes", &keyframes) &&
        read_keyframes(&keyframes, &ret->keyframes, &ret->keyframe_count, err) != OK)
        return ERR_INVALID;
    return jr_get_number(v, "rotation", -SPEC_MAX_ROTATION_DEG, SPEC_MAX_ROTATION_DEG,
                         &ret->rotation_deg, err);
}

enum status spec_clip_read(const struct jr *v, struct spec_clip *ret, struct error *err)
{
    static const char *const fields[] = {"input",    "name",      "source_range", "trim",
                                         "segments", "keyframes", "rotation",     NULL};
    struct jr segments;
    if (jr_only(v, fields, err) != OK || read_input(v, ret, err) != OK ||
        read_text(v, "name", SPEC_MAX_CLIP_NAME_BYTES, &ret->name, err) != OK ||
        read_part(v, &ret->trim, err) != OK)
        return ERR_INVALID;
    if (jr_get(v, "segments", &segments) &&
        read_segments(&segments, &ret->segments, &ret->segment_count, err) != OK)
        return ERR_INVALID;
    return read_crop(v, ret, err);
}

// ---- the rest ----

void spec_clip_write(const struct spec_clip *clip, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_string(w, "input", clip->input);
    if (clip->name)
        jw_key_string(w, "name", clip->name);
    jw_key(w, "trim");
    write_trim(&clip->trim, w);
    jw_key(w, "segments");
    write_segments(clip->segments, clip->segment_count, w);
    jw_key(w, "keyframes");
    write_keyframes(clip->keyframes, clip->keyframe_count, w);
    jw_key_number(w, "rotation", clip->rotation_deg, 9);
    jw_object_end(w);
}

void spec_clip_done(struct spec_clip *clip)
{
    free(clip->input);
    free(clip->name);
    free(clip->segments);
    free(clip->keyframes);
    *clip = (struct spec_clip){0};
}

enum status spec_clip_check(const struct spec_clip *clip, int width_px, int height_px,
                            struct error *err)
{
    for (size_t i = 0; i < clip->keyframe_count; i++) {
        const struct crop_keyframe *k = &clip->keyframes[i];
        if (k->x < width_px && k->y < height_px && k->x + k->width > 0 && k->y + k->height > 0)
            continue;
        return error_set(err, ERR_INVALID,
                         "keyframes[%zu]: the crop, %.6g×%.6g at (%.6g, %.6g), lies entirely "
                         "outside the source, which is %d×%d",
                         i, k->width, k->height, k->x, k->y, width_px, height_px);
    }
    return OK;
}
