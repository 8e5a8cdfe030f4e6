// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_viewer.c — any bytes as what a server sends to a watcher: server-sent events, in them
// snapshots.
//
// The events must be the same in any split, and a snapshot that can be read must be written and
// read again.
#include "fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/sse.h"
#include "job/snapshot_json.h"

enum { MAX = 4096 };

static bool gather(void *context, const char *data, size_t n)
{
    struct buffer *all = context;
    buffer_append(all, data, n);
    buffer_append(all, "\0", 1);
    return true;
}

static bool read_snapshot(void *context, const char *data, size_t n)
{
    struct job_snapshot *s = context;
    if (snapshot_json_apply(s, data, n, NULL) != OK) {
        *s = (struct job_snapshot){0};
        return true;
    }
    struct job_snapshot again = {0};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(s, &text);
    enum status status = text.overflow ? OK
                                       : snapshot_json_apply(&again, text.data, text.size, NULL);
    assert(status == OK);
    (void)status;
    return true;
}

// The first byte of a stretch says how long it is, so the input chooses the splits.
static void feed(struct sse *sse, const char *bytes, size_t size, bool whole)
{
    for (size_t at = 0; at < size;) {
        size_t n = whole ? size : (size_t)1 + (unsigned char)bytes[at] % 97;
        n = n < size - at ? n : size - at;
        bool more = sse_bytes(sse, bytes + at, n);
        assert(more);
        (void)more;
        at += n;
    }
    sse_done(sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct buffer in_one BUFFER_AUTO;
    struct buffer in_many BUFFER_AUTO;
    struct sse sse;
    struct job_snapshot snapshot = {0};
    buffer_init(&in_one, 2 * size + 2);
    buffer_init(&in_many, 2 * size + 2);
    sse_init(&sse, MAX, gather, &in_one);
    feed(&sse, bytes, size, true);
    sse_init(&sse, MAX, gather, &in_many);
    feed(&sse, bytes, size, false);
    assert(in_one.size == in_many.size);
    assert(in_one.size == 0 || memcmp(in_one.data, in_many.data, in_one.size) == 0);
    sse_init(&sse, MAX, read_snapshot, &snapshot);
    feed(&sse, bytes, size, false);
    return 0;
}
