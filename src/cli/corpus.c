// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/log.h"

static const uint64_t gap_ms = 1000; // between jobs that do not tell when they were submitted

static struct buffer *keep_text(struct corpus *corpus)
{
    struct buffer *text = mem_new(struct buffer);
    buffer_init(text, CORPUS_MAX_BYTES);
    corpus->texts = mem_resize(corpus->texts, corpus->text_count + 1, sizeof(void *));
    corpus->texts[corpus->text_count++] = text;
    return text;
}

static void warn(const char *name, const struct trace_reader *reader)
{
    const struct trace_counts *c = &reader->counts;
    if (c->broken > 0)
        log_line(LOG_WARN, "%s: %zu lines could not be used, the last: %s", name, c->broken,
                 reader->last_broken.text);
    if (c->backwards > 0)
        log_line(LOG_WARN, "%s: %zu lines are earlier than the one before them", name,
                 c->backwards);
    if (c->stray > 0)
        log_line(LOG_WARN, "%s: %zu lines belong to no trace", name, c->stray);
}

static enum status read_traces(struct corpus *corpus, const char *name, const struct buffer *text,
                               struct error *err)
{
    struct trace_reader reader;
    trace_reader_init(&reader, buffer_string(text), text->size);
    for (;;) {
        struct trace trace;
        bool found;
        enum status status = trace_next(&reader, &trace, &found, err);
        if (status != OK || !found) {
            trace_done(&trace);
            if (status != OK)
                return error_wrap(err, "%s", name);
            warn(name, &reader);
            return OK;
        }
        corpus->traces = mem_resize(corpus->traces, corpus->count + 1, sizeof(corpus->traces[0]));
        corpus->traces[corpus->count++] = trace;
    }
}

static enum status add_file(struct corpus *corpus, const char *path, struct error *err)
{
    bool piped = strcmp(path, "-") == 0;
    const char *name = piped ? "standard input" : path;
    struct buffer *text = keep_text(corpus);
    enum status status = piped ? file_read_fd(STDIN_FILENO, name, NULL, text, err)
                               : file_read(path, text, err);
    return status == OK ? read_traces(corpus, name, text, err) : status;
}

static int is_ndjson(const struct dirent *entry)
{
    return text_ends(entry->d_name, ".ndjson");
}

static enum status add_folder(struct corpus *corpus, const char *path, struct error *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_ndjson, alphasort);
    if (count < 0)
        return error_set_errno(err, errno, "%s", path);
    enum status status = OK;
    if (count == 0)
        status = error_set(err, ERR_NOT_FOUND, "%s: no file *.ndjson in this folder", path);
    for (int i = 0; i < count; i++) {
        char *name = NULL;
        if (status == OK && asprintf(&name, "%s/%s", path, entries[i]->d_name) > 0)
            status = add_file(corpus, name, err);
        free(name);
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum status corpus_add(struct corpus *corpus, const char *path, struct error *err)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return add_folder(corpus, path, err);
    return add_file(corpus, path, err);
}

static int by_submit(const void *a, const void *b)
{
    const struct trace *x = a;
    const struct trace *y = b;
    if (x->submit.submitted_at_ms != y->submit.submitted_at_ms)
        return x->submit.submitted_at_ms < y->submit.submitted_at_ms ? -1 : 1;
    return 0;
}

// Stable: a merge of ever longer runs of sorted traces.
static void merge_sort(struct trace *traces, struct trace *spare, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2;
    merge_sort(traces, spare, half);
    merge_sort(traces + half, spare, count - half);
    memcpy(spare, traces, half * sizeof(*traces));
    size_t i = 0;
    size_t j = half;
    for (size_t k = 0; i < half; k++) {
        bool first = j == count || by_submit(&spare[i], &traces[j]) <= 0;
        traces[k] = first ? spare[i++] : traces[j++];
    }
}

void corpus_sort(struct corpus *corpus)
{
    uint64_t end_ms = 0;
    for (size_t i = 0; i < corpus->count; i++) {
        struct trace *trace = &corpus->traces[i];
        if (trace->submit.submitted_at_ms == 0)
            trace->submit.submitted_at_ms = end_ms + gap_ms;
        end_ms = trace->submit.submitted_at_ms + (uint64_t)trace_last_ns(trace) / 1000000;
    }
    struct trace *spare AUTO(mem_free) = mem_zeroed(corpus->count, sizeof(*spare));
    merge_sort(corpus->traces, spare, corpus->count);
}

void corpus_done(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++)
        trace_done(&corpus->traces[i]);
    for (size_t i = 0; i < corpus->text_count; i++) {
        buffer_done(corpus->texts[i]);
        free(corpus->texts[i]);
    }
    free(corpus->traces);
    free(corpus->texts);
    *corpus = (struct corpus){0};
}
