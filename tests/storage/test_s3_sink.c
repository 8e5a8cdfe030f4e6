// SPDX-License-Identifier: GPL-3.0-or-later
// An S3 object written in parts: whole or not at all, and nothing left of what was given up.
#include "storage/sink.h"

#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#include "loopback.h"
#include "sys/clock.h"
#include "test.h"

enum { PART = 65536 };

struct script {
    struct loopback_fault fault;
    const char *method, *part_of_target; // of the requests that get it
    int count;                           // how many of them
    int puts, parts, posts;
    size_t part_bytes[16]; // by number
    struct cancel *cancel;
};

static void play(void *context, const struct loopback_request *r, struct loopback_fault *fault)
{
    struct script *s = context;
    const char *number = strstr(r->target, "partNumber=");
    s->puts += strcmp(r->method, "PUT") == 0 && !number;
    s->posts += strcmp(r->method, "POST") == 0;
    s->parts += number != NULL;
    if (number)
        s->part_bytes[atoi(number + 11) % 16] = r->body_bytes;
    if (s->count > 0 && strcmp(r->method, s->method) == 0 && strstr(r->target, s->part_of_target)) {
        s->count--;
        *fault = s->fault;
        if (s->cancel)
            cancel_fire(s->cancel);
    }
}

struct writing {
    struct loopback *l;
    struct storage *storage;
    struct sink *sink;
    struct byte_sink *door;
};

static void begin(struct writing *w, struct script *s)
{
    struct error err = {0};
    w->l = loopback_start(play, s);
    w->storage = s->fault.stall ? loopback_impatient_storage(w->l) : loopback_storage(w->l);
    assert_int_equal(sink_open(w->storage, "s3://bucket/film.mp4", s->cancel, &w->sink, &err), OK);
    w->door = sink_bytes(w->sink);
}

static void end(struct writing *w)
{
    sink_free(w->sink);
    assert_int_equal(loopback_uploads(w->l), 0);
    storage_free(w->storage);
    loopback_stop(w->l);
}

// Writes [from, to) in odd pieces.
static enum status write_range(struct writing *w, size_t from, size_t to, struct error *err)
{
    uint8_t room[10007];
    enum status status = OK;
    while (status == OK && from < to) {
        size_t n = to - from < sizeof room ? to - from : sizeof room;
        for (size_t i = 0; i < n; i++)
            room[i] = loopback_byte(from + i);
        status = w->door->write_at(w->door, (int64_t)from, room, n, err);
        from += n;
    }
    return status;
}

static void assert_stored(struct writing *w, size_t n)
{
    size_t got = 0;
    const uint8_t *bytes = loopback_find(w->l, "/bucket/film.mp4", &got);
    assert_non_null(bytes);
    assert_int_equal(got, n);
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != loopback_byte(i))
            fail_msg("byte %zu is wrong", i);
    }
}

static void assert_absent(struct writing *w)
{
    size_t got = 0;
    assert_null(loopback_find(w->l, "/bucket/film.mp4", &got));
}

static enum status store(struct writing *w, size_t n, struct error *err)
{
    uint64_t size = 0;
    enum status status = write_range(w, 0, n, err);
    if (status == OK)
        status = sink_commit(w->sink, &size, err);
    if (status == OK)
        assert_int_equal(size, n);
    return status;
}

static void objects_of_every_size_come_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, PART - 1, PART, PART + 1, 2 * PART, 5 * PART + 17};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error err = {0};
        struct script s = {0};
        struct writing w;
        begin(&w, &s);
        assert_int_equal(store(&w, sizes[i], &err), OK);
        assert_int_equal(sink_bytes_written(w.sink), sizes[i]);
        assert_stored(&w, sizes[i]);
        assert_int_equal(s.puts, sizes[i] <= PART);
        end(&w);
    }
}

// Answers once the sink has counted all of the body but its last byte.
struct patient {
    struct transfer_watch watch; // first member: a watch is its patient
    struct sink *sink;
    sem_t moved;
    uint64_t counted; // when the answer was given
};

static void nothing(struct transfer_watch *watch)
{
    (void)watch;
}

static void post(struct transfer_watch *watch)
{
    (void)sem_post(&((struct patient *)watch)->moved);
}

static void wait_for_count(void *context, const struct loopback_request *r,
                           struct loopback_fault *fault)
{
    struct patient *p = context;
    struct timespec until;
    (void)fault;
    if (strcmp(r->method, "PUT") != 0)
        return;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    while (sink_bytes_written(p->sink) + 1 < r->body_bytes && sem_timedwait(&p->moved, &until) == 0)
        continue;
    p->counted = sink_bytes_written(p->sink);
}

static void bytes_are_counted_while_they_are_on_their_way(void **state)
{
    (void)state;
    struct error err = {0};
    struct patient p = {.watch = {.work = nothing, .rest = nothing, .moved = post}};
    struct writing w = {.l = loopback_start(wait_for_count, &p)};
    (void)sem_init(&p.moved, 0, 0);
    w.storage = loopback_storage(w.l);
    assert_int_equal(sink_open(w.storage, "s3://bucket/film.mp4", NULL, &w.sink, &err), OK);
    w.door = sink_bytes(w.sink);
    p.sink = w.sink;
    sink_watch(w.sink, &p.watch);
    assert_int_equal(store(&w, PART - 1, &err), OK);
    assert_int_equal(p.counted, PART - 2); // the last byte waited for the answer
    assert_int_equal(sink_bytes_written(w.sink), PART - 1);
    end(&w);
    (void)sem_destroy(&p.moved);
}

static void nothing_is_seen_before_the_commit(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct writing w;
    begin(&w, &s);
    assert_int_equal(write_range(&w, 0, 4 * PART, &err), OK);
    assert_absent(&w);
    end(&w);
}

static void the_head_may_be_written_again_and_goes_last(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct writing w;
    uint64_t size = 0;
    static const uint8_t wrong[PART + 1000];
    begin(&w, &s);
    sink_expect(w.sink, &(struct sink_expectation){.head_bytes = PART + 1000});
    assert_int_equal(w.door->write_at(w.door, 0, wrong, sizeof wrong, &err), OK);
    assert_int_equal(write_range(&w, PART + 1000, 6 * PART, &err), OK);
    assert_int_equal(write_range(&w, 0, PART + 1000, &err), OK);
    assert_int_equal(s.part_bytes[1] + s.part_bytes[2], 0);
    assert_int_equal(sink_commit(w.sink, &size, &err), OK);
    assert_stored(&w, 6 * PART);
    end(&w);
}

static void a_head_that_comes_last_leaves_room(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct writing w;
    uint64_t size = 0;
    begin(&w, &s);
    sink_expect(w.sink, &(struct sink_expectation){.head_bytes = 1000});
    assert_int_equal(write_range(&w, 1000, 3 * PART + 5, &err), OK);
    assert_int_equal(write_range(&w, 0, 1000, &err), OK);
    assert_int_equal(sink_commit(w.sink, &size, &err), OK);
    assert_stored(&w, 3 * PART + 5);
    end(&w);
}

static void parts_are_equal_but_for_the_last(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct writing w;
    begin(&w, &s);
    assert_int_equal(store(&w, 4 * PART + 9, &err), OK);
    for (int i = 1; i <= 4; i++)
        assert_int_equal(s.part_bytes[i], PART);
    assert_int_equal(s.part_bytes[5], 9);
    assert_int_equal(s.parts, 5);
    end(&w);
}

static void parts_grow_when_ten_thousand_would_not_do(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct writing w;
    begin(&w, &s);
    sink_expect(w.sink, &(struct sink_expectation){.most_bytes = (int64_t)18 << 30});
    assert_int_equal(store(&w, (3 << 20) + 1, &err), OK);
    assert_int_equal(s.puts, 0);
    assert_int_equal(s.part_bytes[1] % (1 << 20), 0);
    assert_true((int64_t)s.part_bytes[1] * 10000 > (int64_t)18 << 30);
    end(&w);
}

static void a_write_behind_the_head_that_goes_back_is_refused(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {0};
    struct writing w;
    begin(&w, &s);
    assert_int_equal(write_range(&w, 0, 4 * PART, &err), OK);
    assert_int_equal(write_range(&w, 2 * PART, 2 * PART + 1, &err), ERR_INTERNAL);
    end(&w);
}

static void whatever_passes_by_itself_does_no_harm(void **state)
{
    (void)state;
    static const struct loopback_fault faults[] = {
        {.status = "503 Slow Down"},
        {.status = "500 Internal Server Error"},
        {.close = true},
        {.silent = true},
        {.stall = true},
        {.other_tag = true},
    };
    static const char *const requests[][2] = {{"POST", "uploads"},
                                              {"PUT", "partNumber=2&"},
                                              {"PUT", "partNumber=1&"},
                                              {"POST", "uploadId="},
                                              {"HEAD", "film"}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        for (size_t k = 0; k < sizeof requests / sizeof requests[0]; k++) {
            struct error err = {0};
            struct script s = {.fault = faults[i],
                               .method = requests[k][0],
                               .part_of_target = requests[k][1],
                               .count = 1};
            if (faults[i].other_tag && strcmp(requests[k][0], "PUT") != 0)
                continue; // that is somebody else's object
            struct writing w;
            begin(&w, &s);
            assert_int_equal(store(&w, 3 * PART + 5, &err), OK);
            assert_stored(&w, 3 * PART + 5);
            end(&w);
        }
    }
}

static void what_stays_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const requests[][3] = {
        {"POST", "uploads", "begin to store s3://bucket/film.mp4: "},
        {"PUT", "partNumber=2&", "store a part of s3://bucket/film.mp4: "},
        {"PUT", "partNumber=1&", "store a part of s3://bucket/film.mp4: "},
        {"POST", "uploadId=", "complete s3://bucket/film.mp4: "}};
    static const char *const statuses[] = {"403 Forbidden", "503 Slow Down"};
    for (size_t k = 0; k < sizeof requests / sizeof requests[0]; k++) {
        for (int i = 0; i < 2; i++) {
            struct error err = {0};
            struct script s = {.fault = {.status = statuses[i]},
                               .method = requests[k][0],
                               .part_of_target = requests[k][1],
                               .count = 100};
            struct writing w;
            begin(&w, &s);
            assert_int_equal(store(&w, 3 * PART + 5, &err), i ? ERR_UNAVAILABLE : ERR_PERMISSION);
            assert_int_equal(strncmp(err.text, requests[k][2], strlen(requests[k][2])), 0);
            assert_absent(&w);
            end(&w);
        }
    }
}

static void an_upload_begun_without_a_word_is_found_and_removed(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {
        .fault = {.silent = true}, .method = "POST", .part_of_target = "uploads", .count = 100};
    struct writing w;
    begin(&w, &s);
    assert_int_equal(store(&w, 3 * PART, &err), ERR_IO);
    assert_int_equal(loopback_uploads(w.l), 4);
    end(&w);
}

static void damage_on_the_way_is_sent_again_and_lasting_damage_told(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {
        .fault = {.other_tag = true}, .method = "PUT", .part_of_target = "film", .count = 100};
    struct writing w;
    begin(&w, &s);
    assert_int_equal(store(&w, 3 * PART, &err), ERR_IO);
    assert_non_null(strstr(err.text, "damaged on their way"));
    end(&w);
}

static void somebody_elses_object_is_not_taken_for_ours(void **state)
{
    (void)state;
    struct error err = {0};
    struct script s = {
        .fault = {.other_tag = true}, .method = "HEAD", .part_of_target = "film", .count = 100};
    struct writing w;
    begin(&w, &s);
    assert_int_equal(store(&w, 3 * PART, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, "somebody else has stored it meanwhile"));
    end(&w);
}

static void a_cancel_stops_a_stalled_upload_at_once(void **state)
{
    (void)state;
    static const char *const requests[][2] = {{"POST", "uploads"}, {"PUT", "partNumber=3&"}};
    for (int i = 0; i < 2; i++) {
        struct error err = {0};
        struct script s = {.fault = {.stall = true},
                           .method = requests[i][0],
                           .part_of_target = requests[i][1],
                           .count = 100};
        struct writing w;
        s.cancel = cancel_new();
        begin(&w, &s);
        int64_t begin_ns = clock_now_ns();
        assert_int_equal(store(&w, 8 * PART, &err), ERR_CANCELLED);
        end(&w);
        assert_true(clock_now_ns() - begin_ns < 900000000);
        cancel_free(s.cancel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_of_every_size_come_whole),
        cmocka_unit_test(bytes_are_counted_while_they_are_on_their_way),
        cmocka_unit_test(nothing_is_seen_before_the_commit),
        cmocka_unit_test(the_head_may_be_written_again_and_goes_last),
        cmocka_unit_test(a_head_that_comes_last_leaves_room),
        cmocka_unit_test(parts_are_equal_but_for_the_last),
        cmocka_unit_test(parts_grow_when_ten_thousand_would_not_do),
        cmocka_unit_test(a_write_behind_the_head_that_goes_back_is_refused),
        cmocka_unit_test(whatever_passes_by_itself_does_no_harm),
        cmocka_unit_test(what_stays_is_told_and_leaves_nothing),
        cmocka_unit_test(an_upload_begun_without_a_word_is_found_and_removed),
        cmocka_unit_test(damage_on_the_way_is_sent_again_and_lasting_damage_told),
        cmocka_unit_test(somebody_elses_object_is_not_taken_for_ours),
        cmocka_unit_test(a_cancel_stops_a_stalled_upload_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
