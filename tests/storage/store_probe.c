// SPDX-License-Identifier: GPL-3.0-or-later
// store_probe.c — the storage floor as a program, for tests that bring a real server.
//
// Reads commands from standard input, a JSON object a line, and answers each with a line:
// {"status":"ok",…} or {"status":"not_found","text":…,"detail":…,"retryable":false}. The store
// comes from the environment, as everywhere. One source and one sink may be open at a time;
// bytes travel through files, so that the test computes sums without trusting this program.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "storage/object.h"
#include "storage/sink.h"
#include "storage/source.h"
#include "storage/storage.h"

enum { CHUNK = 1 << 20, MAX_WHERE = 8192 };

struct probe {
    struct storage *storage;
    struct source *source;
    struct sink *sink;
    unsigned char *chunk;
};

// What a command is given, each field optional, and where it answers.
struct request {
    const char *where, *file, *method;
    int64_t offset, n, chunk, head, seconds;
    struct json_writer *answer;
};

// ---- reading ----

static enum status do_open(struct probe *p, const struct request *r, struct error *err)
{
    source_free(p->source);
    p->source = NULL;
    enum status status = source_open(p->storage, r->where, NULL, &p->source, err);
    if (status == OK)
        jw_key_int(r->answer, "size", source_bytes(p->source)->size_bytes);
    return status;
}

// Reads `n` bytes at `offset` into `file`, in reads of at most `chunk` bytes.
static enum status do_read(struct probe *p, const struct request *r, struct error *err)
{
    struct byte_source *bytes = source_bytes(p->source);
    FILE *f = fopen(r->file, "wb");
    if (!f)
        return error_set(err, ERR_IO, "cannot write %s", r->file);
    int64_t done = 0;
    size_t got = 1;
    enum status status = OK;
    while (status == OK && got > 0 && done < r->n) {
        size_t want = (size_t)(r->n - done < r->chunk ? r->n - done : r->chunk);
        status = bytes->read_at(bytes, r->offset + done, p->chunk, want, &got, err);
        if (status == OK && fwrite(p->chunk, 1, got, f) != got)
            status = error_set(err, ERR_IO, "cannot write %s", r->file);
        done += status == OK ? (int64_t)got : 0;
    }
    (void)fclose(f);
    jw_key_int(r->answer, "n", done);
    jw_key_uint(r->answer, "counted", source_bytes_read(p->source));
    return status;
}

static enum status do_close(struct probe *p, const struct request *r, struct error *err)
{
    (void)r;
    (void)err;
    source_free(p->source);
    p->source = NULL;
    return OK;
}

static enum status do_size(struct probe *p, const struct request *r, struct error *err)
{
    uint64_t size = 0;
    enum status status = object_size(p->storage, r->where, 0, NULL, &size, err);
    if (status == OK)
        jw_key_uint(r->answer, "size", size);
    return status;
}

// ---- writing ----

static enum status do_create(struct probe *p, const struct request *r, struct error *err)
{
    sink_free(p->sink);
    p->sink = NULL;
    enum status status = sink_open(p->storage, r->where, NULL, &p->sink, err);
    if (status == OK)
        sink_expect(p->sink, &(struct sink_expectation){.head_bytes = r->head});
    return status;
}

// Writes `file` at `offset`, in writes of at most `chunk` bytes.
static enum status do_write(struct probe *p, const struct request *r, struct error *err)
{
    struct byte_sink *bytes = sink_bytes(p->sink);
    FILE *f = fopen(r->file, "rb");
    if (!f)
        return error_set(err, ERR_IO, "cannot read %s", r->file);
    int64_t at = r->offset;
    size_t got = 0;
    enum status status = OK;
    while (status == OK && (got = fread(p->chunk, 1, (size_t)r->chunk, f)) > 0) {
        status = bytes->write_at(bytes, at, p->chunk, got, err);
        at += (int64_t)got;
    }
    (void)fclose(f);
    return status;
}

static enum status do_commit(struct probe *p, const struct request *r, struct error *err)
{
    uint64_t size = 0;
    enum status status = sink_commit(p->sink, &size, err);
    jw_key_uint(r->answer, "size", size);
    jw_key_uint(r->answer, "written", sink_bytes_written(p->sink));
    return status;
}

static enum status do_abandon(struct probe *p, const struct request *r, struct error *err)
{
    (void)r;
    (void)err;
    sink_free(p->sink);
    p->sink = NULL;
    return OK;
}

// ---- objects as a whole ----

static enum status do_head(struct probe *p, const struct request *r, struct error *err)
{
    struct object_info info = {0};
    enum status status = object_head(p->storage, r->where, NULL, &info, err);
    if (status != OK)
        return status;
    jw_key_uint(r->answer, "size", info.size_bytes);
    jw_key_int(r->answer, "modified_ms", info.modified_ms);
    jw_key_string(r->answer, "tag", info.tag);
    return OK;
}

static bool on_object(void *context, const char *name, const struct object_info *info)
{
    struct json_writer *w = context;
    jw_object_begin(w);
    jw_key_string(w, "name", name);
    jw_key_uint(w, "size", info->size_bytes);
    jw_key_string(w, "tag", info->tag);
    jw_object_end(w);
    return true;
}

static enum status do_list(struct probe *p, const struct request *r, struct error *err)
{
    jw_key(r->answer, "objects");
    jw_array_begin(r->answer);
    enum status status = object_list(p->storage, r->where, NULL, on_object, r->answer, err);
    jw_array_end(r->answer);
    return status;
}

static bool on_upload(void *context, const struct object_upload *upload)
{
    struct json_writer *w = context;
    jw_object_begin(w);
    jw_key_string(w, "name", upload->name);
    jw_key_int(w, "begun_ms", upload->begun_ms);
    jw_object_end(w);
    return true;
}

static enum status do_uploads(struct probe *p, const struct request *r, struct error *err)
{
    jw_key(r->answer, "uploads");
    jw_array_begin(r->answer);
    enum status status = object_uploads(p->storage, r->where, NULL, on_upload, r->answer, err);
    jw_array_end(r->answer);
    return status;
}

static enum status do_abort_uploads(struct probe *p, const struct request *r, struct error *err)
{
    size_t count = 0;
    enum status status = object_abort_uploads(p->storage, r->where, r->seconds, NULL, &count, err);
    jw_key_uint(r->answer, "count", count);
    return status;
}

static enum status do_remove(struct probe *p, const struct request *r, struct error *err)
{
    return object_remove(p->storage, r->where, NULL, err);
}

static enum status do_presign(struct probe *p, const struct request *r, struct error *err)
{
    char *url AUTO(mem_free) = NULL;
    enum status status = object_presign(p->storage, r->where, r->method, r->seconds, &url, err);
    if (status == OK)
        jw_key_string(r->answer, "url", url);
    return status;
}

// ---- the commands ----

static const struct command {
    const char *name;
    enum status (*run)(struct probe *p, const struct request *r, struct error *err);
} commands[] = {
    {"open", do_open},     {"read", do_read},       {"close", do_close},
    {"size", do_size},     {"create", do_create},   {"write", do_write},
    {"commit", do_commit}, {"abandon", do_abandon}, {"head", do_head},
    {"list", do_list},     {"uploads", do_uploads}, {"abort_uploads", do_abort_uploads},
    {"remove", do_remove}, {"presign", do_presign},
};

static enum status read_request(const struct jr *line, const char **name, struct request *r,
                                struct error *err)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {{"do", name}, {"where", &r->where}, {"file", &r->file}, {"method", &r->method}};
    const struct {
        const char *key;
        int64_t min, max, *value;
    } numbers[] = {{"offset", 0, INT64_MAX / 2, &r->offset},
                   {"n", 0, INT64_MAX / 2, &r->n},
                   {"chunk", 1, CHUNK, &r->chunk},
                   {"head", 0, INT64_MAX / 2, &r->head},
                   {"seconds", 0, INT64_MAX / 2, &r->seconds}};
    enum status status = OK;
    for (size_t i = 0; status == OK && i < sizeof(texts) / sizeof(texts[0]); i++)
        status = jr_get_string(line, texts[i].key, MAX_WHERE, texts[i].value, err);
    for (size_t i = 0; status == OK && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        status = jr_get_integer(line, numbers[i].key, numbers[i].min, numbers[i].max,
                                numbers[i].value, err);
    return status;
}

static enum status obey(struct probe *p, const char *text, size_t n, struct json_writer *answer,
                        struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    enum status status = jr_parse(text, n, &doc, err);
    if (status != OK)
        return status;
    struct jr line = jr_root(doc);
    const char *name = "";
    struct request r = {.n = INT64_MAX / 2, .chunk = CHUNK, .answer = answer};
    status = read_request(&line, &name, &r, err);
    for (size_t i = 0; status == OK && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(p, &r, err);
    }
    return status == OK ? error_set(err, ERR_USAGE, "unknown command %s", name) : status;
}

static void answer_line(struct probe *p, const char *text, size_t n)
{
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 64 << 20);
    struct json_writer w;
    jw_init(&w, &out);
    struct error err = {0};
    jw_object_begin(&w);
    enum status status = obey(p, text, n, &w, &err);
    jw_key_string(&w, "status", status_info(status)->name);
    if (status != OK) {
        jw_key_string(&w, "text", err.text);
        jw_key_string(&w, "detail", err.detail);
        jw_key_bool(&w, "retryable", err.retryable);
    }
    jw_object_end(&w);
    (void)puts(buffer_string(&out));
    (void)fflush(stdout);
}

int main(void)
{
    struct probe p = {.chunk = mem_zeroed(CHUNK, 1)};
    struct error err = {0};
    if (storage_new(NULL, &p.storage, &err) != OK) {
        (void)printf("{\"status\":\"%s\"}\n", status_info(err.status)->name);
        (void)fprintf(stderr, "store_probe: %s\n", err.text);
        return status_info(err.status)->exit_code;
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n = 0;
    while ((n = getline(&line, &capacity, stdin)) > 0)
        answer_line(&p, line, (size_t)n);
    free(line);
    sink_free(p.sink);
    source_free(p.source);
    storage_free(p.storage);
    free(p.chunk);
    return 0;
}
