// SPDX-License-Identifier: GPL-3.0-or-later
// Each part sounds one constant value, so a sample tells which parts are heard, and how loudly.
#include "media/audio_mix.h"

#include <math.h>

#include "test.h"

enum { RATE = 48000, PARTS = 3, EDGE = RATE * AUDIO_TRACK_FADE_MS / 1000 };

struct constant {
    struct audio_tape tape;
    float value;
};

struct parts {
    struct constant tapes[PARTS];
    struct audio_track *tracks[PARTS];
    struct timeline_piece pieces[PARTS];
    int opened[PARTS], closed[PARTS], open, most_open;
    enum status fails; // when the last part is opened
};

static enum status seek_anywhere(struct audio_tape *tape, double start_s, struct error *err)
{
    (void)tape, (void)start_s, (void)err;
    return OK;
}

static enum status read_constant(struct audio_tape *tape, float *dst, size_t n, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < 2 * n; i++)
        dst[i] = ((struct constant *)tape)->value;
    return OK;
}

static enum status open_part(void *context, size_t i, struct audio_track **ret, struct error *err)
{
    struct parts *p = context;
    if (p->fails != OK && i == PARTS - 1)
        return error_set(err, p->fails, "no sound today");
    p->opened[i]++;
    p->open++;
    p->most_open = p->open > p->most_open ? p->open : p->most_open;
    *ret = p->tracks[i];
    return OK;
}

static void close_part(void *context, size_t i)
{
    struct parts *p = context;
    p->closed[i]++;
    p->open--;
}

// Parts that sound 0.1, 0.2 and 0.4; silent where `silent` says so.
static void prepare(struct parts *p, const struct audio_mix_part *places, const bool *silent)
{
    *p = (struct parts){0};
    for (int i = 0; i < PARTS; i++) {
        double lasts_s = (double)(places[i].end - places[i].begin) / RATE;
        p->tapes[i] = (struct constant){{seek_anywhere, read_constant}, 0.1F * (float)(1 << i)};
        p->pieces[i] = (struct timeline_piece){0, lasts_s, 1, 0, lasts_s};
        const struct audio_track_options options = {&p->pieces[i], 1, lasts_s, RATE, 2};
        if (!silent[i])
            assert_int_equal(audio_track_new(&p->tapes[i].tape, &options, &p->tracks[i], NULL), OK);
    }
}

static void done(struct parts *p)
{
    for (int i = 0; i < PARTS; i++)
        audio_track_free(p->tracks[i]);
}

static struct audio_mix mix_of(struct parts *p, const struct audio_mix_part *places)
{
    struct audio_mix mix;
    const struct audio_mix_options options = {places, PARTS, 2, open_part, close_part, p};
    audio_mix_init(&mix, &options);
    assert_int_equal(mix.tape.seek(&mix.tape, 0, NULL), OK);
    return mix;
}

// The left channel of n samples, pulled in odd portions.
static void pull(struct audio_mix *mix, float *left, size_t n)
{
    float both[2 * 1777];
    for (size_t at = 0; at < n;) {
        size_t chunk = n - at < 1777 ? n - at : 1777;
        assert_int_equal(mix->tape.read(&mix->tape, both, chunk, NULL), OK);
        for (size_t i = 0; i < chunk; i++) {
            assert_true(both[2 * i] == both[2 * i + 1]);
            left[at + i] = both[2 * i];
        }
        at += chunk;
    }
}

static const bool all_sound[PARTS];

static void parts_without_fades_follow_one_another(void **state)
{
    (void)state;
    static const struct audio_mix_part places[PARTS] = {
        {0, 10000, 0, 0}, {10000, 15000, 0, 0}, {15000, 30000, 0, 0}};
    static float left[31000];
    struct parts p;
    prepare(&p, places, all_sound);
    struct audio_mix mix = mix_of(&p, places);
    pull(&mix, left, 31000);
    // A track's own edges are soft; between them the value is the part's.
    for (int i = EDGE; i < 10000 - EDGE; i++)
        assert_true(left[i] == 0.1F);
    for (int i = 10000 + EDGE; i < 15000 - EDGE; i++)
        assert_true(left[i] == 0.2F);
    for (int i = 15000 + EDGE; i < 30000 - EDGE; i++)
        assert_true(left[i] == 0.4F);
    for (int i = 30000; i < 31000; i++)
        assert_true(left[i] == 0);
    assert_int_equal(p.most_open, 1);
    for (int i = 0; i < PARTS; i++)
        assert_true(p.opened[i] == 1 && p.closed[i] == 1);
    done(&p);
}

static void where_parts_overlap_both_are_heard_at_shares_that_make_one(void **state)
{
    (void)state;
    static const struct audio_mix_part places[PARTS] = {
        {0, 10000, 0, 4000}, {6000, 20000, 4000, 4000}, {16000, 30000, 4000, 0}};
    static float left[30000];
    struct parts p;
    prepare(&p, places, all_sound);
    struct audio_mix mix = mix_of(&p, places);
    pull(&mix, left, 30000);
    for (int i = 6000 + EDGE; i < 10000 - EDGE; i++) {
        double share = (i - 6000 + 0.5) / 4000;
        assert_true(fabs(left[i] - (0.1 * (1 - share) + 0.2 * share)) < 1e-5);
    }
    for (int i = 10000; i < 16000; i++)
        assert_true(left[i] == 0.2F);
    assert_true(fabsf(left[18000] - 0.3F) < 1e-4F);
    assert_int_equal(p.most_open, 2);
    done(&p);
}

static void a_silent_part_leaves_its_neighbours_as_they_are(void **state)
{
    (void)state;
    static const bool silent[PARTS] = {false, true, false};
    static const struct audio_mix_part places[PARTS] = {
        {0, 10000, 0, 4000}, {6000, 20000, 4000, 4000}, {16000, 30000, 4000, 0}};
    static float left[30000];
    struct parts p;
    prepare(&p, places, silent);
    struct audio_mix mix = mix_of(&p, places);
    pull(&mix, left, 30000);
    assert_true(fabsf(left[8000] - 0.05F) < 1e-4F);
    assert_true(left[12000] == 0);
    assert_true(fabsf(left[18000] - 0.2F) < 1e-4F);
    done(&p);
}

static void a_part_that_cannot_be_opened_is_told(void **state)
{
    (void)state;
    static const struct audio_mix_part places[PARTS] = {
        {0, 1000, 0, 0}, {1000, 2000, 0, 0}, {2000, 3000, 0, 0}};
    struct parts p;
    prepare(&p, places, all_sound);
    p.fails = ERR_MEDIA;
    struct audio_mix mix = mix_of(&p, places);
    static float room[2 * 3000];
    struct error err;
    assert_int_equal(mix.tape.read(&mix.tape, room, 2000, &err), OK);
    assert_int_equal(mix.tape.read(&mix.tape, room, 1000, &err), ERR_MEDIA);
    assert_non_null(strstr(err.text, "no sound today"));
    assert_int_equal(mix.tape.seek(&mix.tape, 0, &err), ERR_INTERNAL); // forward only
    done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_without_fades_follow_one_another),
        cmocka_unit_test(where_parts_overlap_both_are_heard_at_shares_that_make_one),
        cmocka_unit_test(a_silent_part_leaves_its_neighbours_as_they_are),
        cmocka_unit_test(a_part_that_cannot_be_opened_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
