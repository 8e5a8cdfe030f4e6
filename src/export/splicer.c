// SPDX-License-Identifier: GPL-3.0-or-later
// splicer.c — see splicer.h.
#include "export/splicer.h"

enum status splicer_init(struct splicer *s, const struct splice *splice, struct film_out *film,
                         struct output_size size, struct error *err)
{
    *s = (struct splicer){.splice = splice, .film = film};
    return mixer_new(size.width, size.height, &s->mixer, err);
}

void splicer_done(struct splicer *s)
{
    for (int i = 0; i < 2; i++)
        picture_unref(s->held[i].picture);
    mixer_free(s->mixer);
    *s = (struct splicer){0};
}

static bool shown(const struct splicer *s, size_t clip)
{
    return clip < s->splice->count && s->splice->places[clip].first <= s->next;
}

// Is the picture of `clip` for the next frame here?
static bool here(const struct splicer *s, size_t clip)
{
    const struct held *held = &s->held[clip % 2];
    return held->picture && held->clip == clip && s->next < held->end;
}

// Shows the next frame of the film, of whose parts all are here.
static enum status show(struct splicer *s, struct error *err)
{
    const struct picture *picture = s->held[s->clip % 2].picture;
    const struct picture *other = NULL;
    if (shown(s, s->clip + 1))
        other = s->held[(s->clip + 1) % 2].picture;
    double share = splice_share(s->splice, s->clip, s->next);
    struct picture *mixed AUTO(picture_unref) = NULL;
    enum status status = OK;
    if (share < 1)
        status = mixer_mix(s->mixer, picture, other, share, &mixed, err);
    if (status == OK)
        status = film_out_picture(s->film, mixed ? mixed : picture, 1, err);
    s->next++;
    return status;
}

enum status splicer_frame(struct splicer *s, const struct frame *frame, struct error *err)
{
    struct held *held = &s->held[frame->clip % 2];
    picture_unref(held->picture);
    *held = (struct held){.clip = frame->clip, .end = frame->at + frame->repeats};
    enum status status = film_out_scale(s->film, &frame->image, &held->picture, err);
    while (status == OK && s->next < s->splice->frames) {
        const struct splice_place *place = &s->splice->places[s->clip];
        if (s->next >= place->first + place->frames)
            s->clip++;
        if (!here(s, s->clip) || (shown(s, s->clip + 1) && !here(s, s->clip + 1)))
            break;
        status = show(s, err);
    }
    return status;
}

enum status splicer_check(const struct splicer *s, struct error *err)
{
    if (s->next == s->splice->frames)
        return OK;
    return error_set(err, ERR_INTERNAL, "the film has %llu of its %llu frames",
                     (unsigned long long)s->next, (unsigned long long)s->splice->frames);
}
