// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_lines.c — any bytes as a file of weights, and as the samples that another program says a
// bar showed of two recorded jobs.
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "job/trial.h"
#include "job/weights_file.h"

static const char jobs[] = "{\"at_ms\":0,\"submit\":{\"id\":\"a\",\"type\":\"overlay\"}}\n"
                           "{\"at_ms\":5000,\"end\":\"complete\"}\n"
                           "{\"at_ms\":0,\"submit\":{\"id\":\"b\",\"type\":\"overlay\"}}\n"
                           "{\"at_ms\":3000,\"end\":\"failed\"}\n";

static void read_samples(const char *text, size_t n)
{
    struct trace_reader reader;
    struct trace traces[2];
    struct trial trial = {0};
    struct error err = {0};
    bool found;
    trace_reader_init(&reader, jobs, sizeof(jobs) - 1);
    for (int i = 0; i < 2; i++) {
        enum status status = trace_next(&reader, &traces[i], &found, &err);
        assert(status == OK && found);
    }
    if (trial_lines(traces, 2, text, n, &trial, &err) != OK)
        assert(strncmp(err.text, "line ", 5) == 0);
    assert(trial.count + trial.censored <= 2);
    trial_done(&trial);
    trace_done(&traces[0]);
    trace_done(&traces[1]);
}

static void read_weights(const char *text, size_t n)
{
    struct weights_file f, again;
    struct error err = {0};
    struct buffer once BUFFER_AUTO;
    struct buffer twice BUFFER_AUTO;
    buffer_init(&once, WEIGHTS_FILE_MAX_BYTES);
    buffer_init(&twice, WEIGHTS_FILE_MAX_BYTES);
    if (weights_file_parse(text, n, &f, &err) != OK) {
        assert(err.text[0]);
        return;
    }
    weights_file_write(&f, &once);
    enum status status = weights_file_parse(once.data, once.size, &again, &err);
    assert(status == OK);
    weights_file_write(&again, &twice);
    assert(strcmp(once.data, twice.data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_samples((const char *)data, size);
    read_weights((const char *)data, size);
    return 0;
}
