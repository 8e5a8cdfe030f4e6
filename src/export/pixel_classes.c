// SPDX-License-Identifier: GPL-3.0-or-later
// pixel_classes.c — see pixel_classes.h.
#include "export/pixel_classes.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static const double alike = 1.2; // largest / smallest up to which all frames cost the same

static bool one_class(const struct pixel_classes *c)
{
    return (double)c->most < alike * (double)c->least;
}

// The nearest of the places, by ratio.
static int place_of(const struct pixel_classes *c, uint64_t pixels)
{
    assert(pixels >= c->least && pixels <= c->most);
    if (one_class(c))
        return 0;
    double way = log((double)pixels / (double)c->least) / log((double)c->most / (double)c->least);
    return (int)lround(way * (PLAN_MAX_CLASSES - 1));
}

void pixel_classes_widen(struct pixel_classes *c, uint64_t pixels)
{
    if (c->least == 0 || pixels < c->least)
        c->least = pixels;
    if (pixels > c->most)
        c->most = pixels;
}

void pixel_classes_count(struct pixel_classes *c, uint64_t pixels)
{
    int place = place_of(c, pixels);
    c->class_frames[place]++;
    c->class_pixels[place] += pixels;
    c->frames++;
    c->pixels += pixels;
}

void pixel_classes_finish(struct pixel_classes *c)
{
    if (c->frames == 0 || one_class(c))
        return;
    double first = (double)c->class_pixels[0] / (double)c->class_frames[0];
    for (int i = 0; i < PLAN_MAX_CLASSES; i++) {
        if (c->class_frames[i] == 0)
            continue;
        struct plan_class *named = &c->classes[c->count];
        double mean = (double)c->class_pixels[i] / (double)c->class_frames[i];
        (void)snprintf(named->name, sizeof(named->name), "x%.4g", mean / first);
        named->units = c->class_frames[i];
        c->index[i] = c->count++;
    }
}

const char *pixel_classes_name(const struct pixel_classes *c, uint64_t pixels)
{
    return c->count > 0 ? c->classes[c->index[place_of(c, pixels)]].name : NULL;
}
