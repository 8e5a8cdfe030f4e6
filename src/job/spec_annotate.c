// SPDX-License-Identifier: GPL-3.0-or-later
// spec_annotate.c — the fields of annotate_compilation: the moments of a game and what is said
// of them.
#include "job/spec_fields.h"
#include "job/spec_kind.h"

enum {
    MAX_MOMENTS = 10000,
    MAX_NAME_BYTES = 1024,
    MAX_NOTES_BYTES = 16384,
    MAX_TAGS = 64,
    MAX_TAG_BYTES = 256,
    DEFAULT_RATING = 3,
};

static const char *const fields[] = {"type",  "input",   "output", "fps",
                                     "audio", "quality", "clips",  NULL};
static const char *const moment_fields[] = {"start",  "end",  "name", "notes",
                                            "rating", "tags", NULL};

static enum status read_text(const struct jr *v, const char *key, size_t max_bytes, char **ret,
                             struct error *err)
{
    const char *text = "";
    if (jr_get_string(v, key, max_bytes, &text, err) != OK)
        return ERR_INVALID;
    *ret = mem_strdup(text);
    return OK;
}

static enum status read_tags(const struct jr *v, struct spec_moment *ret, struct error *err)
{
    struct jr tags;
    if (!jr_get(v, "tags", &tags))
        return OK;
    if (jr_array(&tags, 0, MAX_TAGS, err) != OK)
        return ERR_INVALID;
    ret->tags = mem_zeroed(jr_size(&tags), sizeof(*ret->tags));
    for (; ret->tag_count < jr_size(&tags); ret->tag_count++) {
        struct jr tag = jr_at(&tags, ret->tag_count);
        const char *text;
        if (jr_string(&tag, MAX_TAG_BYTES, &text, err) != OK)
            return ERR_INVALID;
        ret->tags[ret->tag_count] = mem_strdup(text);
    }
    return OK;
}

static enum status read_moment(const struct jr *v, struct spec_moment *ret, struct error *err)
{
    int64_t rating = DEFAULT_RATING;
    if (jr_object(v, err) != OK || jr_only(v, moment_fields, err) != OK ||
        require_number(v, "start", 0, SPEC_MAX_TIME_S, &ret->start_s, err) != OK ||
        require_number(v, "end", 0, SPEC_MAX_TIME_S, &ret->end_s, err) != OK)
        return ERR_INVALID;
    if (!(ret->end_s > ret->start_s))
        return not_greater(v, "end", "start", ret->start_s, ret->end_s, err);
    if (read_text(v, "name", MAX_NAME_BYTES, &ret->name, err) != OK ||
        read_text(v, "notes", MAX_NOTES_BYTES, &ret->notes, err) != OK ||
        jr_get_integer(v, "rating", SPEC_MIN_RATING, SPEC_MAX_RATING, &rating, err) != OK)
        return ERR_INVALID;
    ret->rating = (int)rating;
    return read_tags(v, ret, err);
}

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct spec_annotate *annotate = &spec->part.annotate;
    struct jr clips;
    if (jr_require(root, "clips", "a list of moments", &clips, err) != OK ||
        jr_array(&clips, 1, MAX_MOMENTS, err) != OK)
        return ERR_INVALID;
    annotate->moments = mem_zeroed(jr_size(&clips), sizeof(*annotate->moments));
    while (annotate->count < jr_size(&clips)) {
        struct jr clip = jr_at(&clips, annotate->count);
        if (read_moment(&clip, &annotate->moments[annotate->count++], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static void write_moment(const struct spec_moment *m, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_number(w, "start", m->start_s, SPEC_DECIMALS);
    jw_key_number(w, "end", m->end_s, SPEC_DECIMALS);
    jw_key_string(w, "name", m->name);
    jw_key_string(w, "notes", m->notes);
    jw_key_int(w, "rating", m->rating);
    jw_key(w, "tags");
    jw_array_begin(w);
    for (size_t i = 0; i < m->tag_count; i++)
        jw_string(w, m->tags[i]);
    jw_array_end(w);
    jw_object_end(w);
}

static void write(const struct spec *spec, struct json_writer *w)
{
    jw_key(w, "clips");
    jw_array_begin(w);
    for (size_t i = 0; i < spec->part.annotate.count; i++)
        write_moment(&spec->part.annotate.moments[i], w);
    jw_array_end(w);
}

static void done(struct spec *spec)
{
    struct spec_annotate *annotate = &spec->part.annotate;
    for (size_t i = 0; i < annotate->count; i++) {
        struct spec_moment *m = &annotate->moments[i];
        for (size_t k = 0; k < m->tag_count; k++)
            free(m->tags[k]);
        free(m->tags);
        free(m->name);
        free(m->notes);
    }
    free(annotate->moments);
}

const struct spec_kind spec_kind_annotate = {
    .fields = fields,
    .parse = parse,
    .write = write,
    .done = done,
};
