// SPDX-License-Identifier: GPL-3.0-or-later
// spec_flags.c — see spec_flags.h.
#include "cli/spec_flags.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/spec.h"
#include "sys/file.h"

struct flag {
    const char *name, *argument, *field, *help;
    // Writes the field's value; false when `text` has not the form of `argument`.
    bool (*write)(struct json_writer *w, const char *text);
};

// ---- the forms ----

// Reads `n` finite numbers separated by the character `separator`, and nothing else.
static bool numbers(const char *text, char separator, int n, double *ret)
{
    for (int i = 0; i < n; i++) {
        char *end = NULL;
        ret[i] = strtod(text, &end);
        if (end == text || !isfinite(ret[i]) || *end != (i + 1 < n ? separator : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

static bool write_text(struct json_writer *w, const char *text)
{
    jw_string(w, text);
    return true;
}

static bool write_number(struct json_writer *w, const char *text)
{
    double value = 0;
    if (!numbers(text, ',', 1, &value))
        return false;
    jw_number(w, value, 9);
    return true;
}

static bool write_fps(struct json_writer *w, const char *text)
{
    return strchr(text, '/') ? write_text(w, text) : write_number(w, text);
}

static bool write_range(struct json_writer *w, const char *text)
{
    double range[2];
    if (!numbers(text, ',', 2, range))
        return false;
    jw_object_begin(w);
    jw_key_number(w, "start", range[0], 9);
    jw_key_number(w, "end", range[1], 9);
    jw_object_end(w);
    return true;
}

// Numbers with commas between them, as many as there are.
static bool write_list(struct json_writer *w, const char *text)
{
    jw_array_begin(w);
    for (char *end = NULL;; text = end + 1) {
        double value = strtod(text, &end);
        if (end == text || !isfinite(value) || (*end != ',' && *end != '\0'))
            return false;
        jw_number(w, value, 9);
        if (*end == '\0')
            break;
    }
    jw_array_end(w);
    return true;
}

static bool write_size(struct json_writer *w, const char *text)
{
    double size[2];
    if (!numbers(text, 'x', 2, size))
        return false;
    jw_object_begin(w);
    jw_key_number(w, "width", size[0], 9);
    jw_key_number(w, "height", size[1], 9);
    jw_object_end(w);
    return true;
}

static bool write_crop(struct json_writer *w, const char *text)
{
    static const char *const keys[] = {"x", "y", "width", "height"};
    double crop[4];
    if (!numbers(text, ',', 4, crop))
        return false;
    jw_array_begin(w);
    jw_object_begin(w);
    jw_key_number(w, "time", 0, 0);
    for (int i = 0; i < 4; i++)
        jw_key_number(w, keys[i], crop[i], 9);
    jw_object_end(w);
    jw_array_end(w);
    return true;
}

static bool write_yes_no(struct json_writer *w, const char *text)
{
    bool yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0)
        return false;
    jw_bool(w, yes);
    return true;
}

static const struct flag flags_table[] = {
    {"input", "FILE", "input", "The source video: a path or file:// URL", write_text},
    {"output", "FILE", "output", "Where the film goes", write_text},
    {"trim", "START,END", "trim", "The part of the source to use, in seconds", write_range},
    {"crop", "X,Y,W,H", "keyframes",
     "A crop that stays where it is, in source pixels (a moving one: --spec)", write_crop},
    {"rotation", "DEGREES", "rotation", "Turn the picture, counter-clockwise", write_number},
    {"size", "WxH", "output_size", "Size of the film in pixels, even numbers", write_size},
    {"fps", "RATE", "fps", "Frames a second of the film: 25 or 30000/1001 (default: the source's)",
     write_fps},
    {"audio", "yes|no", "audio", "Keep the sound (default: yes)", write_yes_no},
    {"quality", "fast|best", "quality", "Effort of the encoder (default: fast)", write_text},
    {"model", "NAME", "model",
     "The network that enlarges: x4fast (default), animevideov3, x4plus, or a .param file",
     write_text},
    {"timestamps", "T,T,…", "timestamps", "detect_players: when to look, in seconds", write_list},
    {"threshold", "NUMBER", "threshold", "detect_players: the least confidence, 0 to 1",
     write_number},
    {"annotated", "FILE", "annotated", "detect_players: where a picture with the boxes goes",
     write_text},
};
static_assert(sizeof(flags_table) / sizeof(flags_table[0]) == SPEC_FLAG_COUNT, "as declared");

void spec_flags_options(struct argp_option options[static SPEC_FLAG_COUNT])
{
    for (int i = 0; i < SPEC_FLAG_COUNT; i++) {
        const struct flag *flag = &flags_table[i];
        options[i] = (struct argp_option){
            .name = flag->name,
            .key = SPEC_FLAG_FIRST_KEY + i,
            .arg = flag->argument,
            .doc = flag->help,
        };
    }
}

bool spec_flags_take(struct spec_flags *flags, int key, const char *argument)
{
    int i = key - SPEC_FLAG_FIRST_KEY;
    if (i < 0 || i >= SPEC_FLAG_COUNT)
        return false;
    flags->values[i] = argument;
    return true;
}

// Is the field given by a flag or the command line's type?
static bool is_replaced(const struct spec_flags *flags, const char *type, const char *field)
{
    if (type && strcmp(field, "type") == 0)
        return true;
    for (int i = 0; i < SPEC_FLAG_COUNT; i++) {
        if (flags->values[i] && strcmp(flags_table[i].field, field) == 0)
            return true;
    }
    return false;
}

static enum status copy_base(const struct spec_flags *flags, const char *type, const char *text,
                             size_t n, struct json_writer *w, struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    enum status status = jr_parse(text, n, &doc, err);
    if (status != OK)
        return status;
    struct jr root = jr_root(doc);
    status = jr_object(&root, err);
    if (status != OK)
        return status;
    struct jr member;
    for (void *iter = NULL; jr_next(&root, &iter, &member);) {
        if (is_replaced(flags, type, member.key))
            continue;
        struct buffer value BUFFER_AUTO;
        buffer_init(&value, n + 64);
        jr_dump(&member, &value);
        jw_key(w, member.key);
        jw_raw(w, buffer_string(&value));
    }
    return OK;
}

enum status spec_flags_write(const struct spec_flags *flags, const char *type,
                             const char *base_text, size_t base_bytes, struct buffer *out,
                             struct error *err)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    if (type)
        jw_key_string(&w, "type", type);
    for (int i = 0; i < SPEC_FLAG_COUNT; i++) {
        const char *text = flags->values[i];
        if (!text)
            continue;
        const struct flag *flag = &flags_table[i];
        jw_key(&w, flag->field);
        if (!flag->write(&w, text))
            return error_set(err, ERR_USAGE, "--%s: expected %s, got \"%s\"", flag->name,
                             flag->argument, text);
    }
    if (base_text) {
        enum status status = copy_base(flags, type, base_text, base_bytes, &w, err);
        if (status != OK)
            return status;
    }
    jw_object_end(&w);
    return OK;
}

const char *spec_flags_source(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

enum status spec_flags_read(const struct spec_flags *flags, const char *type, const char *path,
                            struct buffer *out, struct error *err)
{
    struct buffer base BUFFER_AUTO;
    buffer_init(&base, SPEC_MAX_TEXT_BYTES);
    enum status status = OK;
    if (path && strcmp(path, "-") == 0)
        status = file_read_fd(STDIN_FILENO, "standard input", NULL, &base, err);
    else if (path)
        status = file_read(path, &base, err);
    if (status != OK)
        return status;
    status = spec_flags_write(flags, type, path ? buffer_string(&base) : NULL, base.size, out, err);
    if (status != OK && status != ERR_USAGE && path)
        return error_wrap(err, "%s", spec_flags_source(path));
    return status;
}
