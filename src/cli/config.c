// SPDX-License-Identifier: GPL-3.0-or-later
// config.c — see config.h.
#include "cli/config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void config_init(struct config *c, const struct config_row *rows, size_t count, void *target)
{
    assert(count <= CONFIG_MAX_ROWS);
    *c = (struct config){.rows = rows, .count = count, .target = target};
}

void config_done(struct config *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->texts[i]);
    *c = (struct config){0};
}

void config_options(const struct config *c, struct argp_option *options, char (*help)[CONFIG_HELP])
{
    for (size_t i = 0; i < c->count; i++) {
        const struct config_row *row = &c->rows[i];
        if (row->standard)
            (void)snprintf(help[i], CONFIG_HELP, "%s (default: %s)", row->help, row->standard);
        else
            (void)snprintf(help[i], CONFIG_HELP, "%s", row->help);
        options[i] = (struct argp_option){
            row->name, CONFIG_FIRST_KEY + (int)i, row->argument, 0, help[i], 0};
    }
}

bool config_take(struct config *c, int key, const char *argument)
{
    int i = key - CONFIG_FIRST_KEY;
    if (i < 0 || (size_t)i >= c->count)
        return false;
    c->flags[i] = argument;
    return true;
}

// ---- values ----

static int64_t factor_of(char suffix)
{
    static const struct {
        char suffix;
        int64_t factor;
    } factors[] = {{'k', 1000}, {'M', 1000000}, {'G', 1000000000}, {'T', INT64_C(1000000000000)}};
    for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
        if (factors[i].suffix == suffix)
            return factors[i].factor;
    }
    return 0;
}

// False when the text is not a number in the row's bounds.
static bool read_number(const struct config_row *row, const char *text, int64_t *ret)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool has_digits = text[0] == '-' ? isdigit((unsigned char)text[1])
                                     : isdigit((unsigned char)text[0]);
    int64_t factor = 1;
    if (row->kind == CONFIG_BYTES && *end != '\0')
        factor = factor_of(*end++);
    if (!has_digits || errno != 0 || *end != '\0' || factor == 0 || value > INT64_MAX / factor)
        return false;
    *ret = value * factor;
    return *ret >= row->min && *ret <= row->max;
}

// `source` is for the message: "--max-jobs", "HEADWAY_MAX_JOBS", "serve.ini: max-jobs".
static enum status set(struct config *c, size_t i, const char *source, const char *text,
                       struct error *err)
{
    const struct config_row *row = &c->rows[i];
    char *at = (char *)c->target + row->offset;
    if (row->kind == CONFIG_TEXT) {
        *(const char **)(void *)at = text[0] ? text : NULL;
        return OK;
    }
    if (read_number(row, text, (int64_t *)(void *)at))
        return OK;
    return error_set(err, ERR_USAGE, "%s: expected a number from %lld to %lld%s, got %s", source,
                     (long long)row->min, (long long)row->max,
                     row->kind == CONFIG_BYTES ? " (k, M, G and T may follow)" : "", text);
}

// ---- sources ----

static enum status apply_defaults(struct config *c, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < c->count && status == OK; i++) {
        const struct config_row *row = &c->rows[i];
        char *at = (char *)c->target + row->offset;
        if (row->standard)
            status = set(c, i, row->name, row->standard, err);
        else if (row->kind == CONFIG_TEXT)
            *(const char **)(void *)at = NULL;
        else
            *(int64_t *)(void *)at = 0;
    }
    return status;
}

struct file_reader {
    struct config *config;
    const char *path;
    struct error *err;
};

// The library's: 0 is a failure. Sections are headings for people.
static int on_line(void *user, const char *section, const char *name, const char *value)
{
    (void)section;
    struct file_reader *reader = user;
    struct config *c = reader->config;
    char source[256];
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(c->rows[i].name, name) != 0)
            continue;
        free(c->texts[i]);
        c->texts[i] = mem_strdup(value);
        (void)snprintf(source, sizeof(source), "%s: %s", reader->path, name);
        return set(c, i, source, c->texts[i], reader->err) == OK;
    }
    (void)error_set(reader->err, ERR_USAGE, "%s: there is no option %s", reader->path, name);
    return 0;
}

static enum status apply_file(struct config *c, const char *path, struct error *err)
{
    struct error cause = {0};
    struct file_reader reader = {c, path, &cause};
    int line = ini_parse(path, on_line, &reader);
    if (line == 0)
        return OK;
    if (line < 0)
        return error_set_errno(err, errno ? errno : ENOENT, "read %s", path);
    if (cause.status == OK)
        return error_set(err, ERR_USAGE, "%s: line %d: expected name = value", path, line);
    *err = cause;
    return cause.status;
}

static enum status apply_environment(struct config *c, struct error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        char name[64] = "HEADWAY_";
        size_t n = strlen(name);
        for (const char *p = c->rows[i].name; *p && n + 1 < sizeof(name); p++)
            name[n++] = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
        name[n] = '\0';
        const char *text = getenv(name);
        if (text && set(c, i, name, text, err) != OK)
            return ERR_USAGE;
    }
    return OK;
}

static enum status apply_flags(struct config *c, struct error *err)
{
    char source[64];
    for (size_t i = 0; i < c->count; i++) {
        (void)snprintf(source, sizeof(source), "--%s", c->rows[i].name);
        if (c->flags[i] && set(c, i, source, c->flags[i], err) != OK)
            return ERR_USAGE;
    }
    return OK;
}

enum status config_apply(struct config *c, const char *path, struct error *err)
{
    enum status status = apply_defaults(c, err);
    assert(status == OK); // the table is ours
    if (path)
        status = apply_file(c, path, err);
    if (status == OK)
        status = apply_environment(c, err);
    return status == OK ? apply_flags(c, err) : status;
}
