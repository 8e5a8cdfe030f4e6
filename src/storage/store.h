// SPDX-License-Identifier: GPL-3.0-or-later
// store.h — PRIVATE to src/storage: what a store does, and what its sources and sinks begin with.
//
// source.c, sink.c and object.c find the store of a location here and call it; file_store.c and
// s3_store.c are the two there are.
#pragma once

#include "storage/byte_count.h"
#include "storage/location.h"
#include "storage/object.h"
#include "storage/s3_client.h"
#include "storage/sink.h"
#include "storage/source.h"

// First member of a store's own source; the functions get it back.
struct source {
    struct byte_source door; // first member: a door is its source
    const struct source_class *class;
    struct byte_count count;
    atomic_bool swept;            // the door's sweep() was called
    struct transfer_watch *watch; // NULL: nobody
};

struct source_class {
    void (*release)(struct source *self);
    bool (*is_at)(const struct source *self, const struct location *at);
    void (*ahead)(struct source *self); // NULL: nothing to do, likewise the next three
    bool (*sated)(struct source *self);
    void (*rest)(struct source *self);
    enum status (*check)(const struct source *self, const char *md5, struct error *err);
};

// First member of a store's own sink.
struct sink {
    struct byte_sink door; // first member: a door is its sink
    const struct sink_class *class;
    struct sink_expectation expectation;
    struct transfer_watch *watch; // NULL: nobody
    atomic_uint_fast64_t bytes_written;
};

struct sink_class {
    enum status (*commit)(struct sink *self, uint64_t *ret_size, struct error *err);
    void (*release)(struct sink *self); // discards what was not committed
};

// Who asks for what; `where` is the name for messages.
struct store_call {
    struct storage *storage;
    const char *where;
    const struct location *at;
    struct cancel *cancel;
    int64_t deadline_ns; // of `head`, on the monotonic clock; 0: none
};

struct store {
    enum status (*open_source)(const struct store_call *call, struct source **ret,
                               struct error *err);
    enum status (*open_sink)(const struct store_call *call, struct sink **ret, struct error *err);
    enum status (*head)(const struct store_call *call, struct object_info *ret, struct error *err);
    enum status (*list)(const struct store_call *call, object_listener *listener, void *context,
                        struct error *err);
    enum status (*remove)(const struct store_call *call, struct error *err);
};

extern const struct store store_file, store_s3;

// The store of a location.
const struct store *store_of(const struct location *at);

// Tell the watch, if there is one.
static inline void watch_work(struct transfer_watch *watch)
{
    if (watch)
        watch->work(watch);
}

static inline void watch_rest(struct transfer_watch *watch)
{
    if (watch)
        watch->rest(watch);
}

static inline void watch_moved(struct transfer_watch *watch)
{
    if (watch)
        watch->moved(watch);
}

// The client of the S3 store, made by the first call. ERR_INVALID: `storage` is NULL.
enum status storage_s3(struct storage *storage, struct s3_client **ret, struct error *err);
enum status s3_source_open(const struct store_call *call, struct source **ret, struct error *err);
enum status s3_sink_open(const struct store_call *call, struct sink **ret, struct error *err);
