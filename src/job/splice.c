// SPDX-License-Identifier: GPL-3.0-or-later
// splice.c — see splice.h.
#include "job/splice.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const names[] = {
    [TRANSITION_CUT] = "cut",
    [TRANSITION_FADE] = "fade",
    [TRANSITION_DISSOLVE] = "dissolve",
};
static_assert(sizeof(names) / sizeof(names[0]) == TRANSITION_TYPE_COUNT, "a name each");

const char *transition_name(enum transition_type type)
{
    assert((unsigned)type < TRANSITION_TYPE_COUNT);
    return names[type];
}

bool transition_from_name(const char *name, enum transition_type *ret)
{
    for (int i = 0; i < TRANSITION_TYPE_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = (enum transition_type)i;
            return true;
        }
    }
    return false;
}

// Frames of an inner edge: of both clips at once in a dissolve, of each in a fade.
static uint64_t edge_frames(struct transition transition, struct rational fps)
{
    uint64_t length = (uint64_t)llround(transition.duration_s * rational_value(fps));
    switch (transition.type) {
    case TRANSITION_FADE:
        return (length + 1) / 2;
    case TRANSITION_DISSOLVE:
        return length;
    default:
        return 0;
    }
}

// A clip must hold its transitions: a whole one at each edge of a dissolve, half of one of a fade;
// no clip may be shorter than one.
static enum status check_length(struct transition transition, const struct splice_place *place,
                                size_t i, struct rational fps, struct error *err)
{
    double lasts_s = (double)place->frames / rational_value(fps);
    bool dissolves = transition.type == TRANSITION_DISSOLVE;
    uint64_t needed = place->fade_in + place->fade_out;
    uint64_t one = dissolves ? needed
                             : (uint64_t)llround(transition.duration_s * rational_value(fps));
    if (place->frames >= one || needed == 0)
        return OK;
    bool both = dissolves && place->fade_in > 0 && place->fade_out > 0;
    return error_set(err, ERR_INVALID,
                     "clips[%zu]: lasts %.6g s, shorter than %s of %.6g s (transition.duration)", i,
                     lasts_s, both ? "its two transitions" : "its transition",
                     transition.duration_s);
}

enum status splice_build(struct transition transition, struct rational fps, const uint64_t *frames,
                         size_t count, struct splice *ret, struct error *err)
{
    assert(count >= 1);
    uint64_t edge = edge_frames(transition, fps);
    *ret = (struct splice){.type = transition.type, .count = count};
    ret->places = mem_zeroed(count, sizeof(*ret->places));
    for (size_t i = 0; i < count; i++) {
        struct splice_place *place = &ret->places[i];
        *place = (struct splice_place){
            .frames = frames[i],
            .fade_in = i > 0 ? edge : 0,
            .fade_out = i + 1 < count ? edge : 0,
        };
        enum status status = check_length(transition, place, i, fps, err);
        if (status != OK) {
            splice_done(ret);
            return status;
        }
        bool overlaps = transition.type == TRANSITION_DISSOLVE && i > 0;
        place->first = ret->frames - (overlaps ? edge : 0);
        ret->frames = place->first + frames[i];
    }
    return OK;
}

void splice_done(struct splice *splice)
{
    free(splice->places);
    *splice = (struct splice){0};
}

// The share of frame `k` of a fade over `length` frames from nothing. A dissolve is sampled at the
// middle of each frame, so that both shares make 1; a fade begins with one truly black frame.
static double rise(enum transition_type type, uint64_t k, uint64_t length)
{
    if (k >= length)
        return 1;
    double at = (double)k + (type == TRANSITION_DISSOLVE ? 0.5 : 0);
    return at / (double)length;
}

double splice_share(const struct splice *splice, size_t i, uint64_t at)
{
    const struct splice_place *place = &splice->places[i];
    assert(at >= place->first && at - place->first < place->frames);
    uint64_t k = at - place->first;
    return fmin(rise(splice->type, k, place->fade_in),
                rise(splice->type, place->frames - 1 - k, place->fade_out));
}
