// SPDX-License-Identifier: GPL-3.0-or-later
// An S3 object read by ranges: right bytes whatever the store does, and no more than are needed.
#include "storage/source.h"

#include <pthread.h>
#include <stdio.h>

#include "loopback.h"
#include "sys/clock.h"
#include "test.h"

enum { SIZE = 3000000, BLOCK = 65536 };

// Faults of some requests, and what was asked for.
struct script {
    struct loopback_fault fault;
    int first, count; // requests that get the fault
    int64_t asked_bytes;
    bool unpinned; // a range but the first was asked for without its tag
    struct cancel *cancel;
};

static void play(void *context, const struct loopback_request *r, struct loopback_fault *fault)
{
    struct script *s = context;
    char range[64] = "";
    char tag[64];
    long long from = 0;
    long long to = -1;
    if (loopback_header(r, "range", range, sizeof range) &&
        sscanf(range, "bytes=%lld-%lld", &from, &to) == 2)
        s->asked_bytes += (to < SIZE ? to : SIZE - 1) - from + 1;
    s->unpinned |= r->number > 0 && !loopback_header(r, "if-match", tag, sizeof tag);
    if (r->number >= s->first && r->number < s->first + s->count) {
        *fault = s->fault;
        if (s->cancel)
            cancel_fire(s->cancel);
    }
}

struct reading {
    struct loopback *l;
    struct storage *storage;
    struct source *source;
    struct byte_source *door;
};

static void begin(struct reading *r, struct script *s, size_t size)
{
    struct error err = {0};
    r->l = loopback_start(play, s);
    r->storage = s->fault.stall ? loopback_impatient_storage(r->l) : loopback_storage(r->l);
    loopback_object(r->l, "/bucket/film", size);
    assert_int_equal(source_open(r->storage, "s3://bucket/film", s->cancel, &r->source, &err), OK);
    r->door = source_bytes(r->source);
    assert_int_equal(r->door->size_bytes, size);
}

static void end(struct reading *r)
{
    source_free(r->source);
    storage_free(r->storage);
    loopback_stop(r->l);
}

static enum status read_range(struct reading *r, int64_t from, int64_t to, struct error *err)
{
    uint8_t room[100000];
    enum status status = OK;
    while (status == OK && from < to) {
        size_t want = to - from < (int64_t)sizeof room ? (size_t)(to - from) : sizeof room;
        size_t got = 0;
        status = r->door->read_at(r->door, from, room, want, &got, err);
        assert_true(status != OK || got == want);
        for (size_t i = 0; status == OK && i < got; i++) {
            if (room[i] != loopback_byte((size_t)from + i))
                fail_msg("byte %lld is wrong", (long long)from + (long long)i);
        }
        from += (int64_t)got;
    }
    return status;
}

static void all_bytes_come_right_once_and_pinned(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1, SIZE};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error err = {0};
        struct script s = {0};
        struct reading r;
        begin(&r, &s, sizes[i]);
        assert_int_equal(read_range(&r, 0, (int64_t)sizes[i], &err), OK);
        assert_int_equal(read_range(&r, 0, (int64_t)sizes[i], &err), OK);
        assert_int_equal(source_bytes_read(r.source), sizes[i]);
        if (sizes[i] == SIZE)
            assert_in_range(s.asked_bytes, SIZE, SIZE);
        assert_false(s.unpinned);
        end(&r);
    }
}

static void an_empty_object_is_empty(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct reading r;
    uint8_t byte;
    size_t got = 1;
    begin(&r, &s, 0);
    assert_int_equal(r.door->read_at(r.door, 0, &byte, 1, &got, &err), OK);
    assert_int_equal(got, 0);
    end(&r);
}

static void what_is_expected_comes_ahead_and_no_more(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct reading r;
    begin(&r, &s, SIZE);
    r.door->expect(r.door, 1000000, 1500000);
    source_ahead(r.source);
    assert_int_equal(read_range(&r, 1000000, 1500000, &err), OK);
    assert_true(source_sated(r.source));
    assert_in_range(s.asked_bytes, 500000 + 2 * BLOCK, 500000 + 4 * BLOCK);
    end(&r);
}

static void a_single_read_asks_for_its_blocks_alone(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct reading r;
    begin(&r, &s, SIZE);
    assert_int_equal(read_range(&r, 2000000, 2000010, &err), OK);
    assert_int_equal(s.asked_bytes, 3 * BLOCK);
    assert_int_equal(source_bytes_read(r.source), 3 * BLOCK);
    end(&r);
}

static void whatever_passes_by_itself_does_no_harm(void **state)
{
    (void)state;
    static const struct loopback_fault faults[] = {
        {.status = "503 Slow Down"}, {.status = "500 Internal Server Error"}, {.close = true},
        {.break_after = 1},          {.break_after = BLOCK + 1000},           {.stall = true},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        for (int first = 0; first < 4; first += 3) {
            struct error err = {0};
            struct script s = {.fault = faults[i], .first = first, .count = 2};
            struct reading r;
            begin(&r, &s, SIZE);
            assert_int_equal(read_range(&r, 0, SIZE, &err), OK);
            end(&r);
        }
    }
}

static void a_broken_answer_is_taken_up_where_it_broke(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {.fault = {.break_after = 100000}, .first = 1, .count = 1};
    struct reading r;
    begin(&r, &s, SIZE);
    r.door->expect(r.door, 0, SIZE);
    assert_int_equal(read_range(&r, 2 * BLOCK, SIZE, &err), OK);
    assert_in_range(s.asked_bytes, SIZE, SIZE + 256 * 1024 - 100000);
    end(&r);
}

static void more_breaks_than_attempts_are_survived_while_bytes_come(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {.fault = {.break_after = 30000}, .first = 1, .count = 12};
    struct reading r;
    begin(&r, &s, SIZE);
    assert_int_equal(read_range(&r, 1000000, 1400000, &err), OK);
    end(&r);
}

static void an_object_that_changes_is_told(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct reading r;
    begin(&r, &s, SIZE);
    loopback_object(r.l, "/bucket/film", SIZE + 1);
    assert_int_equal(read_range(&r, 1000000, 1000001, &err), ERR_CONFLICT);
    assert_string_equal(err.text,
                        "read s3://bucket/film: the object was changed while it was read");
    end(&r);
}

static void a_store_that_ignores_the_condition_is_caught(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {.fault = {.other_tag = true}, .first = 1, .count = 100};
    struct reading r;
    begin(&r, &s, SIZE);
    assert_int_equal(read_range(&r, 1000000, 1000001, &err), ERR_CONFLICT);
    end(&r);
}

static void what_stays_is_told_with_the_name(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {.fault = {.status = "403 Forbidden"}, .first = 1, .count = 100};
    struct reading r;
    begin(&r, &s, SIZE);
    assert_int_equal(read_range(&r, 1000000, 1000001, &err), ERR_PERMISSION);
    assert_non_null(strstr(err.text, "read s3://bucket/film: the store refuses access"));
    assert_int_equal(read_range(&r, 0, 1, &err), OK);
    end(&r);
}

static void a_cancel_stops_a_stalled_read_at_once(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {.fault = {.stall = true}, .first = 1, .count = 100};
    struct reading r;
    s.cancel = cancel_new();
    begin(&r, &s, SIZE);
    int64_t begin_ns = clock_now_ns();
    assert_int_equal(read_range(&r, 1000000, 1000001, &err), ERR_CANCELLED);
    assert_true(clock_now_ns() - begin_ns < 900000000);
    end(&r);
    cancel_free(s.cancel);
}

static void a_source_is_freed_while_fetches_are_under_way(void **state)
{
    (void)state;
    struct script s = {.fault = {.stall = true}, .first = 1, .count = 100};
    struct reading r;
    begin(&r, &s, SIZE);
    r.door->expect(r.door, 0, SIZE);
    source_ahead(r.source);
    assert_false(source_sated(r.source)); // two requests are on their way, more is wanted
    int64_t begin_ns = clock_now_ns();
    end(&r);
    assert_true(clock_now_ns() - begin_ns < 900000000);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct error err = {0};
    struct loopback *l = loopback_start(NULL, NULL);
    struct storage *storage = loopback_storage(l);
    struct source *source = NULL;
    assert_int_equal(source_open(storage, "s3://bucket/none", NULL, &source, &err), ERR_NOT_FOUND);
    assert_null(source);
    storage_free(storage);
    loopback_stop(l);
}

static void *read_all(void *context)
{
    struct error err = {0};
    assert_int_equal(read_range(context, 0, SIZE, &err), OK);
    return NULL;
}

static void two_readers_share_what_comes(void **state)
{
    (void)state;
    struct script s = {0};
    struct reading r;
    pthread_t threads[2];
    begin(&r, &s, SIZE);
    r.door->expect(r.door, 0, SIZE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &r), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(s.asked_bytes, SIZE);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_come_right_once_and_pinned),
        cmocka_unit_test(an_empty_object_is_empty),
        cmocka_unit_test(what_is_expected_comes_ahead_and_no_more),
        cmocka_unit_test(a_single_read_asks_for_its_blocks_alone),
        cmocka_unit_test(whatever_passes_by_itself_does_no_harm),
        cmocka_unit_test(a_broken_answer_is_taken_up_where_it_broke),
        cmocka_unit_test(more_breaks_than_attempts_are_survived_while_bytes_come),
        cmocka_unit_test(an_object_that_changes_is_told),
        cmocka_unit_test(a_store_that_ignores_the_condition_is_caught),
        cmocka_unit_test(what_stays_is_told_with_the_name),
        cmocka_unit_test(a_cancel_stops_a_stalled_read_at_once),
        cmocka_unit_test(a_source_is_freed_while_fetches_are_under_way),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(two_readers_share_what_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
