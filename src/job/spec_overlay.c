// SPDX-License-Identifier: GPL-3.0-or-later
// spec_overlay.c — the fields of overlay: the effect, regions with their ellipses, texts.
#include <assert.h>
#include <string.h>

#include "job/spec_fields.h"
#include "job/spec_kind.h"

static const char *const fields[] = {
    "type",         "input",   "output", "trim",        "audio",        "quality", "effect",
    "dim_strength", "regions", "texts",  "video_width", "video_height", NULL};

static const char *const effects[] = {
    [REGION_DARK_OVERLAY] = "dark_overlay",
    [REGION_BRIGHTNESS_BOOST] = "brightness_boost",
    [REGION_ORIGINAL] = "original",
};
static_assert(sizeof(effects) / sizeof(effects[0]) == REGION_EFFECT_COUNT, "a name each");

static const char *const aligns[] = {
    [SPEC_TEXT_LEFT] = "left", [SPEC_TEXT_CENTER] = "center", [SPEC_TEXT_RIGHT] = "right"};
static_assert(sizeof(aligns) / sizeof(aligns[0]) == SPEC_TEXT_ALIGN_COUNT, "a name each");

#define DEFAULT_DIM 0.15
static const struct region_keyframe default_keyframe = {
    .fill_opacity = 0.15, .stroke_opacity = 1, .rgb = 0xFFFFFF};
static const struct spec_text default_text = {.size_px = 48, .rgb = 0xFFFFFF, .shadow = true};

// ---- reading ----

// One of `names`, or nothing; *ret becomes its place among them.
static enum status read_choice(const struct jr *v, const char *key, const char *const *names,
                               int count, int *ret, struct error *err)
{
    struct jr member;
    const char *text;
    if (!jr_get(v, key, &member))
        return OK;
    if (jr_string(&member, SPEC_MAX_NAME_BYTES, &text, err) != OK)
        return ERR_INVALID;
    struct buffer known BUFFER_AUTO;
    buffer_init(&known, 512);
    for (int i = 0; i < count; i++) {
        buffer_printf(&known, "%s\"%s\"", i ? ", " : "", names[i]);
        if (strcmp(names[i], text) == 0) {
            *ret = i;
            return OK;
        }
    }
    return jr_expected(&member, err, "one of %s", buffer_string(&known));
}

// "start" and "end", of which the second is later.
static enum status read_stretch(const struct jr *v, double *ret_start_s, double *ret_end_s,
                                struct error *err)
{
    if (require_number(v, "start", 0, SPEC_MAX_TIME_S, ret_start_s, err) != OK ||
        require_number(v, "end", 0, SPEC_MAX_TIME_S, ret_end_s, err) != OK)
        return ERR_INVALID;
    if (*ret_end_s <= *ret_start_s)
        return not_greater(v, "end", "start", *ret_start_s, *ret_end_s, err);
    return OK;
}

static enum status read_place(const struct jr *v, double *ret_x, double *ret_y, struct error *err)
{
    const double most = SPEC_MAX_CROP_PX;
    if (require_number(v, "x", -most, most, ret_x, err) != OK)
        return ERR_INVALID;
    return require_number(v, "y", -most, most, ret_y, err);
}

static enum status read_ellipse(const struct jr *v, struct region_keyframe *ret, struct error *err)
{
    static const char *const known[] = {
        "time", "x", "y", "radius_x", "radius_y", "fill_opacity", "stroke_opacity", "color", NULL};
    *ret = default_keyframe;
    if (jr_only(v, known, err) != OK ||
        require_number(v, "time", -1, SPEC_MAX_TIME_S + 1, &ret->time_s, err) != OK ||
        read_place(v, &ret->x, &ret->y, err) != OK ||
        require_number(v, "radius_x", 1, SPEC_MAX_CROP_PX, &ret->radius_x, err) != OK ||
        require_number(v, "radius_y", 1, SPEC_MAX_CROP_PX, &ret->radius_y, err) != OK ||
        jr_get_number(v, "fill_opacity", 0, 1, &ret->fill_opacity, err) != OK ||
        jr_get_number(v, "stroke_opacity", 0, 1, &ret->stroke_opacity, err) != OK)
        return ERR_INVALID;
    return get_colour(v, "color", &ret->rgb, err);
}

static enum status check_ellipse(const struct jr *v, const struct region *region, size_t i,
                                 struct error *err)
{
    const struct region_keyframe *k = &region->keyframes[i];
    if (i > 0 && k->time_s <= k[-1].time_s)
        return not_greater(v, "time", "that of the keyframe before it", k[-1].time_s, k->time_s,
                           err);
    // Rounded numbers are not to fail at the very limit.
    const double slack_s = REGION_SLACK_S + 1e-9;
    if (k->time_s >= region->start_s - slack_s && k->time_s <= region->end_s + slack_s)
        return OK;
    struct jr member = {.parent = v, .key = "time"};
    char where[164];
    jr_path(&member, where, sizeof(where));
    return error_set(err, ERR_INVALID,
                     "%s: must lie within the region (%.9g to %.9g), %.2g s outside at most, "
                     "got %.9g",
                     where, region->start_s, region->end_s, REGION_SLACK_S, k->time_s);
}

static enum status read_ellipses(const struct jr *v, struct region *region, struct error *err)
{
    struct jr list;
    if (!jr_get(v, "keyframes", &list))
        return OK;
    if (jr_array(&list, 0, REGION_MAX_KEYFRAMES, err) != OK)
        return ERR_INVALID;
    size_t count = jr_size(&list);
    region->keyframes = mem_zeroed(count, sizeof(*region->keyframes));
    for (size_t i = 0; i < count; i++) {
        struct jr element = jr_at(&list, i);
        if (read_ellipse(&element, &region->keyframes[i], err) != OK ||
            check_ellipse(&element, region, i, err) != OK)
            return ERR_INVALID;
    }
    region->keyframe_count = count;
    return OK;
}

static enum status read_region(const struct jr *v, struct region *ret, struct error *err)
{
    static const char *const known[] = {"start", "end", "keyframes", NULL};
    if (jr_only(v, known, err) != OK || read_stretch(v, &ret->start_s, &ret->end_s, err) != OK)
        return ERR_INVALID;
    return read_ellipses(v, ret, err);
}

static enum status overlaps(size_t i, const struct region *regions, struct error *err)
{
    return error_set(err, ERR_INVALID,
                     "regions[%zu].start: must not lie before the end of the region before it "
                     "(%.9g), got %.9g",
                     i, regions[i - 1].end_s, regions[i].start_s);
}

static enum status read_regions(const struct jr *root, struct spec_overlay *ret, struct error *err)
{
    struct jr list;
    if (!jr_get(root, "regions", &list))
        return OK;
    if (jr_array(&list, 0, REGION_MAX_COUNT, err) != OK)
        return ERR_INVALID;
    size_t count = jr_size(&list);
    ret->regions = mem_zeroed(count, sizeof(*ret->regions));
    ret->region_count = count; // a half-read one is released with the rest
    for (size_t i = 0; i < count; i++) {
        struct jr element = jr_at(&list, i);
        if (read_region(&element, &ret->regions[i], err) != OK)
            return ERR_INVALID;
        if (i > 0 && ret->regions[i].start_s < ret->regions[i - 1].end_s)
            return overlaps(i, ret->regions, err);
    }
    return OK;
}

static enum status read_words(const struct jr *v, char **ret, struct error *err)
{
    struct jr member;
    const char *text;
    if (jr_require(v, "text", "words", &member, err) != OK ||
        jr_string(&member, SPEC_MAX_TEXT_WORDS_BYTES, &text, err) != OK)
        return ERR_INVALID;
    if (text[0] == '\0')
        return jr_expected(&member, err, "words");
    *ret = mem_strdup(text);
    return OK;
}

static enum status read_text(const struct jr *v, struct spec_text *ret, struct error *err)
{
    static const char *const known[] = {"start", "end",   "text",  "x",      "y",
                                        "size",  "color", "align", "shadow", NULL};
    *ret = default_text;
    int align = SPEC_TEXT_LEFT;
    if (jr_only(v, known, err) != OK || read_stretch(v, &ret->start_s, &ret->end_s, err) != OK ||
        read_place(v, &ret->x, &ret->y, err) != OK || read_words(v, &ret->text, err) != OK ||
        jr_get_number(v, "size", 4, 1000, &ret->size_px, err) != OK ||
        get_colour(v, "color", &ret->rgb, err) != OK ||
        read_choice(v, "align", aligns, SPEC_TEXT_ALIGN_COUNT, &align, err) != OK)
        return ERR_INVALID;
    ret->align = (enum spec_text_align)align;
    return jr_get_bool(v, "shadow", &ret->shadow, err);
}

static enum status read_texts(const struct jr *root, struct spec_overlay *ret, struct error *err)
{
    struct jr list;
    if (!jr_get(root, "texts", &list))
        return OK;
    if (jr_array(&list, 0, SPEC_MAX_TEXTS, err) != OK)
        return ERR_INVALID;
    size_t count = jr_size(&list);
    ret->texts = mem_zeroed(count, sizeof(*ret->texts));
    ret->text_count = count;
    for (size_t i = 0; i < count; i++) {
        struct jr element = jr_at(&list, i);
        if (read_text(&element, &ret->texts[i], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

// Both or neither.
static enum status read_video_size(const struct jr *root, struct spec_overlay *ret,
                                   struct error *err)
{
    struct jr member;
    bool has_width = jr_get(root, "video_width", &member);
    bool has_height = jr_get(root, "video_height", &member);
    if (!has_width && !has_height)
        return OK;
    ret->has_video_size = true;
    if (require_number(root, "video_width", 1, SPEC_MAX_CROP_PX, &ret->video_width, err) != OK)
        return ERR_INVALID;
    return require_number(root, "video_height", 1, SPEC_MAX_CROP_PX, &ret->video_height, err);
}

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct spec_overlay *overlay = &spec->part.overlay;
    int effect = REGION_DARK_OVERLAY;
    overlay->dim = DEFAULT_DIM;
    if (read_choice(root, "effect", effects, REGION_EFFECT_COUNT, &effect, err) != OK ||
        jr_get_number(root, "dim_strength", 0, 1, &overlay->dim, err) != OK ||
        read_regions(root, overlay, err) != OK || read_texts(root, overlay, err) != OK)
        return ERR_INVALID;
    overlay->effect = (enum region_effect)effect;
    return read_video_size(root, overlay, err);
}

// ---- writing ----

static void write_region(const struct region *region, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_number(w, "start", region->start_s, SPEC_DECIMALS);
    jw_key_number(w, "end", region->end_s, SPEC_DECIMALS);
    jw_key(w, "keyframes");
    jw_array_begin(w);
    for (size_t i = 0; i < region->keyframe_count; i++) {
        const struct region_keyframe *k = &region->keyframes[i];
        jw_object_begin(w);
        jw_key_number(w, "time", k->time_s, SPEC_DECIMALS);
        jw_key_number(w, "x", k->x, SPEC_DECIMALS);
        jw_key_number(w, "y", k->y, SPEC_DECIMALS);
        jw_key_number(w, "radius_x", k->radius_x, SPEC_DECIMALS);
        jw_key_number(w, "radius_y", k->radius_y, SPEC_DECIMALS);
        jw_key_number(w, "fill_opacity", k->fill_opacity, SPEC_DECIMALS);
        jw_key_number(w, "stroke_opacity", k->stroke_opacity, SPEC_DECIMALS);
        write_colour(k->rgb, "color", w);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static void write_text(const struct spec_text *text, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_number(w, "start", text->start_s, SPEC_DECIMALS);
    jw_key_number(w, "end", text->end_s, SPEC_DECIMALS);
    jw_key_string(w, "text", text->text);
    jw_key_number(w, "x", text->x, SPEC_DECIMALS);
    jw_key_number(w, "y", text->y, SPEC_DECIMALS);
    jw_key_number(w, "size", text->size_px, SPEC_DECIMALS);
    write_colour(text->rgb, "color", w);
    jw_key_string(w, "align", aligns[text->align]);
    jw_key_bool(w, "shadow", text->shadow);
    jw_object_end(w);
}

static void write(const struct spec *spec, struct json_writer *w)
{
    const struct spec_overlay *overlay = &spec->part.overlay;
    jw_key_string(w, "effect", effects[overlay->effect]);
    jw_key_number(w, "dim_strength", overlay->dim, SPEC_DECIMALS);
    jw_key(w, "regions");
    jw_array_begin(w);
    for (size_t i = 0; i < overlay->region_count; i++)
        write_region(&overlay->regions[i], w);
    jw_array_end(w);
    jw_key(w, "texts");
    jw_array_begin(w);
    for (size_t i = 0; i < overlay->text_count; i++)
        write_text(&overlay->texts[i], w);
    jw_array_end(w);
    if (!overlay->has_video_size)
        return;
    jw_key_number(w, "video_width", overlay->video_width, SPEC_DECIMALS);
    jw_key_number(w, "video_height", overlay->video_height, SPEC_DECIMALS);
}

static void done(struct spec *spec)
{
    struct spec_overlay *overlay = &spec->part.overlay;
    for (size_t i = 0; i < overlay->region_count; i++)
        free(overlay->regions[i].keyframes);
    for (size_t i = 0; i < overlay->text_count; i++)
        free(overlay->texts[i].text);
    free(overlay->regions);
    free(overlay->texts);
}

const struct spec_kind spec_kind_overlay = {
    .fields = fields,
    .parse = parse,
    .write = write,
    .done = done,
};
