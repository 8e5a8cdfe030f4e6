// SPDX-License-Identifier: GPL-3.0-or-later
// doctor_store.c — see doctor_store.h.
//
// The checks go through the same doors as exports (source.h, sink.h), so that what passes here
// works there. They stand in the order in which a fault shows itself best: who cannot be reached
// cannot list, who cannot write has nothing to read.
#include "cli/doctor_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/location.h"
#include "storage/object.h"
#include "storage/sink.h"
#include "storage/source.h"
#include "sys/clock.h"

enum {
    SMALL_BYTES = 70000,
    RANGE_AT = 40000,
    RANGE_BYTES = 1000,
    LARGE_BYTES = (5 << 20) + 1, // two parts
    LEFTOVER_S = 24 * 3600,
    MAX_NAMED = 120, // characters of names of leftovers in a sentence
};

static const struct store_check_info rows[STORE_CHECK_COUNT] = {
    [STORE_KEYS] = {"store_keys", "Store: keys"},
    [STORE_REACH] = {"store_reach", "  reach"},
    [STORE_LIST] = {"store_list", "  list"},
    [STORE_WRITE] = {"store_write", "  write"},
    [STORE_READ] = {"store_read", "  read"},
    [STORE_RANGE] = {"store_range", "  range"},
    [STORE_PARTS] = {"store_parts", "  parts"},
    [STORE_DELETE] = {"store_delete", "  delete"},
    [STORE_LEFTOVERS] = {"store_leftovers", "  leftovers"},
};

const struct store_check_info *store_check_info(enum store_check check)
{
    return &rows[check];
}

struct trial {
    struct storage *storage;
    const char *where;
    char *small, *large;  // the objects
    unsigned char *bytes; // LARGE_BYTES that they hold
    bool clean;
};

// ---- single checks ----

static bool stop_at_once(void *context, const char *name, const struct object_info *info)
{
    (void)context;
    (void)name;
    (void)info;
    return false;
}

// Are there keys? An address can be signed before anybody is reached.
static enum status keys(struct trial *t, struct error *err)
{
    char *url AUTO(mem_free) = NULL;
    enum status status = object_presign(t->storage, t->small, "GET", 60, &url, err);
    return status == ERR_PERMISSION ? status : OK; // of a folder: it has no such address
}

static enum status list(struct trial *t, struct error *err)
{
    return object_list(t->storage, t->where, NULL, stop_at_once, NULL, err);
}

static enum status store(struct trial *t, const char *where, size_t n, struct error *err)
{
    struct sink *sink AUTO(sink_free) = NULL;
    enum status status = sink_open(t->storage, where, NULL, &sink, err);
    uint64_t size = 0;
    if (status == OK) {
        struct byte_sink *bytes = sink_bytes(sink);
        status = bytes->write_at(bytes, 0, t->bytes, n, err);
    }
    if (status == OK)
        status = sink_commit(sink, &size, err);
    return status;
}

// Reads `n` bytes at `offset` of the object, and compares.
static enum status compare(struct trial *t, const char *where, size_t offset, size_t n,
                           struct error *err)
{
    struct source *source AUTO(source_free) = NULL;
    enum status status = source_open(t->storage, where, NULL, &source, err);
    if (status != OK)
        return status;
    struct byte_source *bytes = source_bytes(source);
    unsigned char *read AUTO(mem_free) = mem_zeroed(n, 1);
    size_t got = 1;
    for (size_t done = 0; got > 0 && done < n; done += got) {
        status = bytes->read_at(bytes, (int64_t)(offset + done), read + done, n - done, &got, err);
        if (status != OK)
            return status;
    }
    if (memcmp(read, t->bytes + offset, n) != 0)
        return error_set(err, ERR_IO, "what is read is not what was written");
    return OK;
}

static enum status write_small(struct trial *t, struct error *err)
{
    return store(t, t->small, SMALL_BYTES, err);
}

static enum status read_small(struct trial *t, struct error *err)
{
    return compare(t, t->small, 0, SMALL_BYTES, err);
}

static enum status read_range(struct trial *t, struct error *err)
{
    return compare(t, t->small, RANGE_AT, RANGE_BYTES, err);
}

static enum status write_large(struct trial *t, struct error *err)
{
    enum status status = store(t, t->large, LARGE_BYTES, err);
    return status == OK ? compare(t, t->large, LARGE_BYTES - RANGE_BYTES, RANGE_BYTES, err)
                        : status;
}

static enum status remove_both(struct trial *t, struct error *err)
{
    enum status status = object_remove(t->storage, t->small, NULL, err);
    if (status == OK)
        status = object_remove(t->storage, t->large, NULL, err);
    struct object_info info;
    if (status == OK && object_head(t->storage, t->small, NULL, &info, NULL) != ERR_NOT_FOUND)
        status = error_set(err, ERR_IO, "an object that was removed is still there");
    return status;
}

// ---- leftovers ----

struct leftovers {
    size_t count;
    int64_t before_ms;
    char names[MAX_NAMED];
};

static bool on_upload(void *context, const struct object_upload *upload)
{
    struct leftovers *l = context;
    if (upload->begun_ms > l->before_ms)
        return true;
    size_t used = strlen(l->names);
    if (used + strlen(upload->name) + sizeof(", …") < sizeof(l->names))
        (void)snprintf(l->names + used, sizeof(l->names) - used, "%s%s", used ? ", " : "",
                       upload->name);
    l->count++;
    return true;
}

static void check_leftovers(struct trial *t, struct finding *f)
{
    struct error err = {0};
    size_t removed = 0;
    struct leftovers l = {.before_ms = clock_wall_ms() - LEFTOVER_S * INT64_C(1000)};
    enum status status = OK;
    if (t->clean)
        status = object_abort_uploads(t->storage, t->where, LEFTOVER_S, NULL, &removed, &err);
    if (status == OK)
        status = object_uploads(t->storage, t->where, NULL, on_upload, &l, &err);
    char text[sizeof(f->text)] = "no upload that died";
    if (removed > 0)
        (void)snprintf(text, sizeof(text), "%zu uploads that died were removed", removed);
    if (status == OK && l.count > 0)
        status = error_set(&err, ERR_CONFLICT,
                           "%zu uploads were begun more than a day ago and never ended (%s): "
                           "--remove-leftovers removes them",
                           l.count, l.names);
    finding_set(f, status, &err, text);
}

// ---- all of them ----

static void not_tried(struct finding *f, const char *why)
{
    f->ok = false;
    (void)snprintf(f->text, sizeof(f->text), "not tried: %s", why);
}

// A failure of these is the way to the store, not what it thinks of us.
static bool is_of_the_way(enum status status)
{
    return status == ERR_UNAVAILABLE || status == ERR_TIMEOUT || status == ERR_IO;
}

static const struct {
    enum store_check check, needs; // itself: nothing
    enum status (*run)(struct trial *t, struct error *err);
    const char *good;
} steps[] = {
    {STORE_WRITE, STORE_WRITE, write_small, "a small object in one piece"},
    {STORE_READ, STORE_WRITE, read_small, "the bytes that were written"},
    {STORE_RANGE, STORE_WRITE, read_range, "a part of an object"},
    {STORE_PARTS, STORE_WRITE, write_large, "a larger object in parts"},
    {STORE_DELETE, STORE_WRITE, remove_both, "what was written is gone again"},
};

static void none_tried(struct finding ret[static STORE_CHECK_COUNT], int first, const char *why)
{
    for (int i = first; i < STORE_CHECK_COUNT; i++)
        not_tried(&ret[i], why);
}

static void try_all(struct trial *t, struct finding ret[static STORE_CHECK_COUNT])
{
    struct error err = {0};
    finding_set(&ret[STORE_KEYS], keys(t, &err), &err, "there are some, or none are needed");
    if (!ret[STORE_KEYS].ok) {
        none_tried(ret, STORE_REACH, "there are no keys");
        return;
    }
    enum status status = list(t, &err);
    finding_set(&ret[STORE_LIST], status, &err, "what is there");
    finding_set(&ret[STORE_REACH], is_of_the_way(status) ? status : OK, &err, t->where);
    if (!ret[STORE_REACH].ok) {
        none_tried(ret, STORE_LIST, "the store is not reached");
        return;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct finding *f = &ret[steps[i].check];
        if (steps[i].needs != steps[i].check && !ret[steps[i].needs].ok)
            not_tried(f, "nothing could be written");
        else
            finding_set(f, steps[i].run(t, &err), &err, steps[i].good);
    }
    if (ret[STORE_LIST].ok)
        check_leftovers(t, &ret[STORE_LEFTOVERS]);
    else
        not_tried(&ret[STORE_LEFTOVERS], "nothing could be listed");
}

void doctor_store(struct storage *storage, const char *where, bool clean,
                  struct finding ret[static STORE_CHECK_COUNT])
{
    char name[64];
    (void)snprintf(name, sizeof(name), ".headway-doctor-%d-%" PRId64, (int)getpid(),
                   clock_wall_ms());
    struct trial t = {.storage = storage, .where = where, .clean = clean};
    t.small = location_below(where, name);
    (void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "-large");
    t.large = location_below(where, name);
    t.bytes = mem_zeroed(LARGE_BYTES, 1);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        t.bytes[i] = (unsigned char)((i * 2654435761U) >> 13);
    try_all(&t, ret);
    free(t.bytes);
    free(t.large);
    free(t.small);
}
