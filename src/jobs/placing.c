// SPDX-License-Identifier: GPL-3.0-or-later
// placing.c — see placing.h.
#include "jobs/placing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "job/object_key.h"
#include "storage/stray.h"

static enum status place(char **name, const char *field, const char *root, const char *user,
                         struct error *err)
{
    char *where;
    if (!*name)
        return OK;
    if (object_key_location(root, user, *name, &where, err) != OK)
        return error_wrap(err, "%s", field);
    free(*name);
    *name = where;
    return OK;
}

static enum status place_clips(struct spec_multi *multi, const char *root, const char *user,
                               struct error *err)
{
    char field[48];
    enum status status = OK;
    for (size_t i = 0; i < multi->clip_count && status == OK; i++) {
        (void)snprintf(field, sizeof(field), "clips[%zu].input", i);
        status = place(&multi->clips[i].input, field, root, user, err);
    }
    return status;
}

enum status placing_apply(struct spec *spec, const char *root, const char *user, struct error *err)
{
    if (spec->model && strchr(spec->model, '/'))
        return error_set(err, ERR_INVALID, "model: expected the name of a network, got the path %s",
                         spec->model);
    enum status status = place(&spec->input, "input", root, user, err);
    if (status == OK)
        status = place(&spec->output, "output", root, user, err);
    if (status == OK && spec->type == EXPORT_MULTI_CLIP)
        status = place_clips(&spec->part.multi, root, user, err);
    if (status == OK && spec->type == EXPORT_DETECT_PLAYERS)
        status = place(&spec->part.detect.annotated, "annotated", root, user, err);
    return status;
}

void placing_hide(const char *root, const char *user, char *text)
{
    struct buffer place BUFFER_AUTO;
    buffer_init(&place, strlen(root) + strlen(user) + 3);
    buffer_printf(&place, "%s/%s/", root, user);
    for (char *at = text; (at = strstr(at, buffer_string(&place)));)
        memmove(at, at + place.size, strlen(at + place.size) + 1);
}

// Every folder of the path behind the first `from` bytes.
static enum status make_folders(const char *path, size_t from, struct error *err)
{
    char *copy AUTO(mem_free) = mem_strdup(path);
    for (char *slash = strchr(copy + from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (copy[0] != '\0' && mkdir(copy, 0700) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "make the folder %s", copy);
        *slash = '/';
    }
    return OK;
}

// What the spec writes beside its output; NULL: nothing.
static const char *second_output(const struct spec *spec)
{
    return spec->type == EXPORT_DETECT_PLAYERS ? spec->part.detect.annotated : NULL;
}

enum status placing_make_folders(const struct spec *spec, const char *root, struct error *err)
{
    enum status status = OK;
    const char *second = second_output(spec);
    if (strstr(root, "://"))
        return OK;
    if (spec->output)
        status = make_folders(spec->output, strlen(root), err);
    if (status == OK && second)
        status = make_folders(second, strlen(root), err);
    return status;
}

static void remove_folders(const char *path, size_t from)
{
    char *copy AUTO(mem_free) = mem_strdup(path);
    for (char *slash; (slash = strrchr(copy, '/')) && slash > copy + from;) {
        *slash = '\0';
        if (rmdir(copy) != 0 && errno != ENOENT)
            return; // there is something in it
    }
}

void placing_remove_folders(const struct spec *spec, const char *root)
{
    const char *second = second_output(spec);
    if (strstr(root, "://"))
        return;
    if (spec->output)
        remove_folders(spec->output, strlen(root));
    if (second)
        remove_folders(second, strlen(root));
}

void placing_remove_strays(const struct spec *spec, pid_t worker)
{
    const char *second = second_output(spec);
    if (spec->output)
        (void)stray_remove(spec->output, worker);
    if (second)
        (void)stray_remove(second, worker);
}
