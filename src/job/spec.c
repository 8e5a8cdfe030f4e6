// SPDX-License-Identifier: GPL-3.0-or-later
// spec.c — the fields that all exports share, and the table of what each adds.
#include "job/spec.h"

#include <assert.h>
#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/spec_fields.h"
#include "job/spec_kind.h"

// An export without a row is known by name only.
static const struct spec_kind *const kinds[EXPORT_TYPE_COUNT] = {
    [EXPORT_FRAMING_AI] = &spec_kind_framing,   [EXPORT_DETECT_PLAYERS] = &spec_kind_detect,
    [EXPORT_EXTRACT_CLIP] = &spec_kind_extract, [EXPORT_ANNOTATE_COMPILATION] = &spec_kind_annotate,
    [EXPORT_MULTI_CLIP] = &spec_kind_multi,     [EXPORT_OVERLAY] = &spec_kind_overlay,
};

static const char *const quality_names[] = {[QUALITY_FAST] = "fast", [QUALITY_BEST] = "best"};
static_assert(sizeof(quality_names) / sizeof(quality_names[0]) == QUALITY_COUNT, "a name each");

const char *quality_name(enum quality quality)
{
    assert((unsigned)quality < QUALITY_COUNT);
    return quality_names[quality];
}

// Is the common field `key` one of this export's?
static bool has_field(const struct spec *spec, const char *key)
{
    for (const char *const *field = kinds[spec->type]->fields; *field; field++) {
        if (strcmp(*field, key) == 0)
            return true;
    }
    return false;
}

// ---- reading ----

static enum status read_type(const struct jr *root, enum export_type *ret, struct error *err)
{
    struct buffer names BUFFER_AUTO;
    buffer_init(&names, 512);
    for (int i = 0; i < EXPORT_TYPE_COUNT; i++)
        buffer_printf(&names, "%s%s", i ? ", " : "", export_info((enum export_type)i)->name);
    struct jr member;
    const char *name;
    if (jr_require(root, "type", buffer_string(&names), &member, err) != OK ||
        jr_string(&member, SPEC_MAX_NAME_BYTES, &name, err) != OK)
        return ERR_INVALID;
    if (!export_type_from_name(name, ret))
        return jr_expected(&member, err, "one of %s", buffer_string(&names));
    if (!kinds[*ret])
        return error_set(err, ERR_INVALID, "type: %s is not supported yet", name);
    return OK;
}

// A copy of a text that is not empty; absent leaves *ret as it is.
static enum status read_name(const struct jr *root, const char *key, const char *expected,
                             char **ret, struct error *err)
{
    struct jr member;
    const char *text;
    if (!jr_get(root, key, &member))
        return OK;
    if (jr_string(&member, SPEC_MAX_NAME_BYTES, &text, err) != OK)
        return ERR_INVALID;
    if (text[0] == '\0')
        return jr_expected(&member, err, "%s", expected);
    *ret = mem_strdup(text);
    return OK;
}

static enum status read_places(const struct jr *root, struct spec *spec, struct error *err)
{
    static const char place[] = "a path, a URL or an object key";
    struct jr member;
    if ((has_field(spec, "input") && jr_require(root, "input", place, &member, err) != OK) ||
        (!kinds[spec->type]->output_optional &&
         jr_require(root, "output", place, &member, err) != OK) ||
        read_name(root, "input", place, &spec->input, err) != OK ||
        read_name(root, "output", place, &spec->output, err) != OK)
        return ERR_INVALID;
    if (spec->input && spec->output && strcmp(spec->input, spec->output) == 0)
        return error_set(err, ERR_INVALID, "output: must not be the same as input");
    return OK;
}

static enum status read_quality(const struct jr *root, enum quality *ret, struct error *err)
{
    struct jr member;
    const char *name;
    if (!jr_get(root, "quality", &member))
        return OK;
    if (jr_string(&member, SPEC_MAX_NAME_BYTES, &name, err) != OK)
        return ERR_INVALID;
    for (int i = 0; i < QUALITY_COUNT; i++) {
        if (strcmp(quality_names[i], name) == 0) {
            *ret = (enum quality)i;
            return OK;
        }
    }
    return jr_expected(&member, err, "\"fast\" or \"best\"");
}

static enum status read_time(const struct jr *root, struct spec *spec, struct error *err)
{
    struct jr member;
    if (jr_get(root, "trim", &member) && read_trim(&member, &spec->trim, err) != OK)
        return ERR_INVALID;
    if (jr_get(root, "segments", &member) &&
        read_segments(&member, &spec->segments, &spec->segment_count, err) != OK)
        return ERR_INVALID;
    spec->has_fps = jr_get(root, "fps", &member);
    return spec->has_fps ? read_fps(&member, &spec->fps, err) : OK;
}

static enum status read_look(const struct jr *root, struct spec *spec, struct error *err)
{
    struct jr member;
    spec->audio = true;
    spec->output_size = kinds[spec->type]->default_output_size;
    if (jr_get_bool(root, "audio", &spec->audio, err) != OK)
        return ERR_INVALID;
    if (jr_get(root, "output_size", &member) &&
        read_output_size(&member, &spec->output_size, err) != OK)
        return ERR_INVALID;
    if (read_quality(root, &spec->quality, err) != OK)
        return ERR_INVALID;
    return read_name(root, "model", "a model's name or a path", &spec->model, err);
}

static enum status read_spec(const struct jr *root, struct spec *spec, struct error *err)
{
    const struct spec_kind *kind = kinds[spec->type];
    if (jr_only(root, kind->fields, err) != OK || read_places(root, spec, err) != OK ||
        read_time(root, spec, err) != OK || read_look(root, spec, err) != OK)
        return ERR_INVALID;
    return kind->parse(root, spec, err);
}

enum status spec_parse(const char *text, size_t n, struct spec **ret, struct error *err)
{
    *ret = NULL;
    if (n > SPEC_MAX_TEXT_BYTES)
        return error_set(err, ERR_LIMIT, "the spec has %zu bytes, more than %d", n,
                         SPEC_MAX_TEXT_BYTES);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    if (jr_parse(text, n, &doc, err) != OK)
        return error_wrap(err, "the spec");
    struct jr root = jr_root(doc);
    enum export_type type;
    if (jr_kind(&root) != JR_OBJECT)
        return jr_expected(&root, err, "a spec, which is an object");
    if (read_type(&root, &type, err) != OK)
        return ERR_INVALID;
    AUTO(spec_free) struct spec *spec = mem_new(struct spec);
    spec->type = type;
    if (read_spec(&root, spec, err) != OK)
        return ERR_INVALID;
    *ret = spec;
    spec = NULL;
    return OK;
}

void spec_free(struct spec *spec)
{
    if (!spec)
        return;
    kinds[spec->type]->done(spec);
    free(spec->input);
    free(spec->output);
    free(spec->segments);
    free(spec->model);
    free(spec);
}

// ---- writing and asking ----

static void write_time(const struct spec *spec, struct json_writer *w)
{
    if (has_field(spec, "trim")) {
        jw_key(w, "trim");
        write_trim(&spec->trim, w);
    }
    if (has_field(spec, "segments")) {
        jw_key(w, "segments");
        write_segments(spec->segments, spec->segment_count, w);
    }
    if (spec->has_fps) {
        jw_key(w, "fps");
        write_fps(spec->fps, w);
    }
}

static void write_look(const struct spec *spec, struct json_writer *w)
{
    if (has_field(spec, "audio"))
        jw_key_bool(w, "audio", spec->audio);
    if (has_field(spec, "output_size")) {
        jw_key(w, "output_size");
        write_output_size(spec->output_size, w);
    }
    if (has_field(spec, "quality"))
        jw_key_string(w, "quality", quality_name(spec->quality));
    if (spec->model)
        jw_key_string(w, "model", spec->model);
}

void spec_write(const struct spec *spec, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_string(&w, "type", export_info(spec->type)->name);
    if (spec->input)
        jw_key_string(&w, "input", spec->input);
    if (spec->output)
        jw_key_string(&w, "output", spec->output);
    write_time(spec, &w);
    write_look(spec, &w);
    kinds[spec->type]->write(spec, &w);
    jw_object_end(&w);
}

// ---- clips ----

size_t spec_clip_count(const struct spec *spec)
{
    if (spec->type == EXPORT_MULTI_CLIP)
        return spec->part.multi.clip_count;
    assert(spec->type == EXPORT_FRAMING_AI);
    return 1;
}

struct spec_clip spec_clip_at(const struct spec *spec, size_t i)
{
    assert(i < spec_clip_count(spec));
    if (spec->type == EXPORT_MULTI_CLIP)
        return spec->part.multi.clips[i];
    return (struct spec_clip){
        .input = spec->input,
        .trim = spec->trim,
        .segments = spec->segments,
        .segment_count = spec->segment_count,
        .keyframes = spec->part.framing.keyframes,
        .keyframe_count = spec->part.framing.keyframe_count,
        .rotation_deg = spec->part.framing.rotation_deg,
    };
}
