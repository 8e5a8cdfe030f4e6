// SPDX-License-Identifier: GPL-3.0-or-later
#include "clips.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/file.h"
#include "test.h"

enum { MAX_CLIP_BYTES = 256 << 20 };

static char folder[64];
static char path[512];

void check_near(double a, double b, double tolerance, const char *what, const char *file, int line)
{
    if (fabs(a - b) <= tolerance)
        return;
    print_error("%s is %.9g, expected %.9g within %g\n", what, a, b, tolerance);
    _fail(file, line);
}

int clips_begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/headway-clips-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

int clips_end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

const char *clips_path(const char *file)
{
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

const char *clips_make(const char *file, const char *args)
{
    char command[2048];
    clips_path(file);
    if (access(path, R_OK) == 0)
        return path;
    snprintf(command, sizeof command, "cd '%s' && ffmpeg -v error -nostdin -y %s '%s' 1>&2", folder,
             args, path);
    assert_int_equal(system(command), 0);
    return path;
}

const char *clips_sample(const char *file)
{
    const char *assets = getenv("HEADWAY_ASSETS");
    snprintf(path, sizeof path, "%s/clips/%s", assets ? assets : "assets", file);
    if (access(path, R_OK) != 0) {
        print_message("# %s is not there: run make assets\n", path);
        skip();
    }
    return path;
}

static enum status read_at(struct byte_source *self, int64_t offset, void *dst, size_t n,
                           size_t *ret_n, struct error *err)
{
    struct clip *clip = (struct clip *)self;
    clip->reads++;
    if (clip->fail_at_read && clip->reads >= clip->fail_at_read)
        return error_set(err, ERR_UNAVAILABLE, "the line is dead");
    if (clip->cancel_at_read && clip->reads >= clip->cancel_at_read)
        cancel_fire(clip->cancel);
    int64_t left = offset < self->size_bytes ? self->size_bytes - offset : 0;
    *ret_n = (int64_t)n < left ? n : (size_t)left;
    if (*ret_n > 0)
        memcpy(dst, clip->bytes.data + offset, *ret_n);
    clip->bytes_read += (int64_t)*ret_n;
    return OK;
}

static void begin(struct clip *clip)
{
    *clip = (struct clip){.source = {.read_at = read_at}};
    buffer_init(&clip->bytes, MAX_CLIP_BYTES);
}

void clip_load(struct clip *clip, const char *file)
{
    struct error err = {0};
    begin(clip);
    if (file_read(file, &clip->bytes, &err) != OK)
        fail_msg("%s", err.text);
    clip->source.size_bytes = (int64_t)clip->bytes.size;
}

void clip_truncate(struct clip *clip, size_t n)
{
    clip->source.size_bytes = (int64_t)n;
}

void clip_text(struct clip *clip, const char *text, size_t n)
{
    begin(clip);
    buffer_append(&clip->bytes, text, n);
    clip->source.size_bytes = (int64_t)n;
}

void clip_done(struct clip *clip)
{
    buffer_done(&clip->bytes);
}
