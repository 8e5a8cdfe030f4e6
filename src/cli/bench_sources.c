// SPDX-License-Identifier: GPL-3.0-or-later
// bench_sources.c — see bench_sources.h.
#include "cli/bench_sources.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "media/reader.h"
#include "storage/source.h"

static const int usual_seconds[] = {5, 15, 60};
static const int usual_heights[] = {720, 1080};
enum { MAX_SECONDS = 3600, MIN_HEIGHT = 90, MAX_HEIGHT = 2160, QUICK_HEIGHT = 180 };

// Numbers with commas between them, each from least to most.
static enum status read_numbers(const char *name, const char *text, int least, int most, int *ret,
                                int *ret_count, struct error *err)
{
    const char *at = text;
    *ret_count = 0;
    do {
        char *end = NULL;
        long number = strtol(at, &end, 10);
        bool ends = *end == ',' || *end == '\0';
        if (end == at || !ends || number < least || number > most || *ret_count == BENCH_LISTED)
            return error_set(err, ERR_USAGE,
                             "%s: expected at most %d numbers from %d to %d with commas, got %s",
                             name, BENCH_LISTED, least, most, text);
        ret[(*ret_count)++] = (int)number;
        at = *end == ',' ? end + 1 : NULL;
    } while (at);
    return OK;
}

static enum status read_types(const char *text, bool ret[static EXPORT_TYPE_COUNT],
                              struct error *err)
{
    for (const char *at = text; at;) {
        char name[64];
        enum export_type type;
        size_t n = strcspn(at, ",");
        (void)snprintf(name, sizeof(name), "%.*s", (int)(n < 63 ? n : 63), at);
        if (!export_type_from_name(name, &type))
            return error_set(err, ERR_USAGE,
                             "--types: expected names as overlay,extract_clip, got %s", text);
        ret[type] = true;
        at = at[n] == ',' ? at + n + 1 : NULL;
    }
    return OK;
}

// A given file; its name is that of the file, as far as it can stand in the name of a cell.
static enum status look_at(const char *path, struct bench_source *ret, struct error *err)
{
    struct source *source AUTO(source_free) = NULL;
    struct reader *reader AUTO(reader_free) = NULL;
    char *copy AUTO(mem_free) = mem_strdup(path);
    enum status status = source_open(NULL, path, NULL, &source, err);
    if (status == OK)
        status = reader_open(source_bytes(source), path, NULL, &reader, err);
    if (status != OK)
        return status;
    const struct media_info *info = reader_info(reader);
    *ret = (struct bench_source){
        .width = info->width, .height = info->height, .duration_s = info->duration_s, .path = path};
    (void)text_copy(ret->name, sizeof(ret->name), basename(copy));
    return OK;
}

static void made(int height, struct bench_source *ret)
{
    *ret = (struct bench_source){.width = (height * 16 / 9 + 1) / 2 * 2, .height = height / 2 * 2};
    (void)snprintf(ret->name, sizeof(ret->name), "%dp", height);
}

static enum status read_sources(const struct bench_wishes *w, struct bench_axes *ret,
                                struct error *err)
{
    int heights[BENCH_LISTED] = {QUICK_HEIGHT};
    enum status status = OK;
    ret->source_count = w->clip_count;
    for (int i = 0; i < w->clip_count && status == OK; i++)
        status = look_at(w->clips[i], &ret->sources[i], err);
    if (status != OK || w->clip_count > 0)
        return status;
    ret->source_count = w->quick ? 1 : 2;
    if (!w->quick)
        memcpy(heights, usual_heights, sizeof(usual_heights));
    if (w->sizes)
        status = read_numbers("--sizes", w->sizes, MIN_HEIGHT, MAX_HEIGHT, heights,
                              &ret->source_count, err);
    for (int i = 0; i < ret->source_count && status == OK; i++)
        made(heights[i], &ret->sources[i]);
    return status;
}

enum status bench_sources(const struct bench_wishes *w, struct bench_axes *ret, struct error *err)
{
    *ret = (struct bench_axes){.rounds = w->rounds, .quick = w->quick};
    ret->seconds[0] = 1;
    ret->seconds_count = w->quick ? 1 : 3;
    if (!w->quick)
        memcpy(ret->seconds, usual_seconds, sizeof(usual_seconds));
    enum status status = OK;
    if (w->seconds)
        status = read_numbers("--seconds", w->seconds, 1, MAX_SECONDS, ret->seconds,
                              &ret->seconds_count, err);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        ret->types[type] = w->types == NULL;
    if (status == OK && w->types)
        status = read_types(w->types, ret->types, err);
    return status == OK ? read_sources(w, ret, err) : status;
}
