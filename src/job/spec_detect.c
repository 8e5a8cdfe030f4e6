// SPDX-License-Identifier: GPL-3.0-or-later
// spec_detect.c — the fields of detect_players: when to look, from which confidence on, the
// picture.
#include <string.h>

#include "job/spec_fields.h"
#include "job/spec_kind.h"

#define DEFAULT_THRESHOLD 0.5

static const char *const fields[] = {"type",      "input",     "output", "timestamps",
                                     "threshold", "annotated", NULL};

// At least the first frame.
static enum status read_timestamps(const struct jr *root, struct spec_detect *part,
                                   struct error *err)
{
    struct jr list;
    bool given = jr_get(root, "timestamps", &list);
    if (given && jr_array(&list, 1, SPEC_MAX_TIMESTAMPS, err) != OK)
        return ERR_INVALID;
    part->timestamp_count = given ? jr_size(&list) : 1;
    part->timestamps_s = mem_zeroed(part->timestamp_count, sizeof(*part->timestamps_s));
    for (size_t i = 0; given && i < part->timestamp_count; i++) {
        struct jr moment = jr_at(&list, i);
        if (jr_number(&moment, 0, SPEC_MAX_TIME_S, &part->timestamps_s[i], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static enum status read_annotated(const struct jr *root, struct spec *spec, struct error *err)
{
    static const char place[] = "a path, a URL or an object key";
    struct spec_detect *part = &spec->part.detect;
    struct jr member;
    const char *text;
    if (!jr_get(root, "annotated", &member))
        return OK;
    if (jr_string(&member, SPEC_MAX_NAME_BYTES, &text, err) != OK)
        return ERR_INVALID;
    if (text[0] == '\0')
        return jr_expected(&member, err, "%s", place);
    if (strcmp(text, spec->input) == 0 || (spec->output && strcmp(text, spec->output) == 0))
        return error_set(err, ERR_INVALID, "annotated: must not be the same as input or output");
    if (part->timestamp_count != 1)
        return error_set(err, ERR_INVALID,
                         "annotated: a picture is drawn for one timestamp, and there are %zu",
                         part->timestamp_count);
    part->annotated = mem_strdup(text);
    return OK;
}

static enum status parse(const struct jr *root, struct spec *spec, struct error *err)
{
    struct spec_detect *part = &spec->part.detect;
    part->threshold = DEFAULT_THRESHOLD;
    if (read_timestamps(root, part, err) != OK ||
        jr_get_number(root, "threshold", 0, 1, &part->threshold, err) != OK)
        return ERR_INVALID;
    return read_annotated(root, spec, err);
}

static void write(const struct spec *spec, struct json_writer *w)
{
    const struct spec_detect *part = &spec->part.detect;
    jw_key(w, "timestamps");
    jw_array_begin(w);
    for (size_t i = 0; i < part->timestamp_count; i++)
        jw_number(w, part->timestamps_s[i], 9);
    jw_array_end(w);
    jw_key_number(w, "threshold", part->threshold, 9);
    if (part->annotated)
        jw_key_string(w, "annotated", part->annotated);
}

static void done(struct spec *spec)
{
    free(spec->part.detect.timestamps_s);
    free(spec->part.detect.annotated);
}

const struct spec_kind spec_kind_detect = {
    .fields = fields,
    .output_optional = true,
    .parse = parse,
    .write = write,
    .done = done,
};
