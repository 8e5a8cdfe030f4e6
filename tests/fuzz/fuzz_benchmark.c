// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_benchmark.c — any bytes as lines of a log: what is understood as a record must survive
// being written and read again, and no belief of a model is moved by it to where numbers end.
#include "fuzz.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "job/benchmark.h"

static void check_record(const struct benchmark *b)
{
    struct benchmark again;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, BENCHMARK_MAX_TEXT);
    benchmark_write(b, &text);
    assert(!text.overflow);
    enum status status = benchmark_parse(text.data, text.size, &again, NULL);
    assert(status == OK);
    (void)status;
    assert(again.record.type == b->record.type);
    assert(strcmp(again.job, b->job) == 0);
    assert(record_flaw(&again.record) == record_flaw(&b->record) ||
           record_flaw(&b->record) == RECORD_NONSENSE ||
           record_flaw(&again.record) == RECORD_NONSENSE); // a time rounded to nothing
    assert(isfinite(b->record.total_s) && b->record.total_s >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;
    const char *end = at + size;
    while (at && at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        struct benchmark b;
        if (benchmark_marked(at, n) && benchmark_parse_line(at, n, &b, NULL) == OK)
            check_record(&b);
        at = stop ? stop + 1 : NULL;
    }
    return 0;
}
