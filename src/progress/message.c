// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/message.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

static void say(char *dst, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void say(char *dst, size_t size, const char *fmt, ...)
{
    char text[4 * MESSAGE_SIZE];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    (void)text_copy(dst, size, text);
}

// -- what it does

static const char *ordinal_suffix(uint32_t n)
{
    uint32_t tens = n % 100;
    if (tens >= 11 && tens <= 13)
        return "th";
    switch (n % 10) {
    case 1:
        return "st";
    case 2:
        return "nd";
    case 3:
        return "rd";
    default:
        return "th";
    }
}

// "45 of 128 MB": both in the unit of the total.
static void say_bytes(char *dst, size_t size, const char *label, const struct phase_view *view)
{
    char done[16];
    char total[16];
    if (!view->has_total || view->total_units == 0) {
        say(dst, size, view->done_units > 0 ? "%s %s" : "%s", label,
            text_bytes(done, view->done_units));
        return;
    }
    static const struct {
        double bytes;
        const char *unit;
    } scales[] = {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}};
    text_bytes(total, view->total_units);
    for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
        double scaled = (double)view->total_units / scales[i].bytes;
        if (scaled < 1)
            continue;
        int decimals = scaled < 10 ? 1 : 0;
        say(dst, size, "%s %.*f of %.*f %s", label, decimals,
            (double)view->done_units / scales[i].bytes, decimals, scaled, scales[i].unit);
        return;
    }
    say(dst, size, "%s %" PRIu64 " of %s", label, view->done_units, total);
}

static void say_frames(char *dst, size_t size, const struct snapshot *s, const char *label)
{
    const struct phase_view *view = &s->phases[s->phase];
    if (!view->has_total || view->total_units == 0)
        say(dst, size, "%s", label);
    else if (s->items > 1)
        say(dst, size, "Processing clip %" PRIu32 "/%" PRIu32 ": frame %" PRIu64 "/%" PRIu64,
            s->item > 0 ? s->item : 1, s->items, view->done_units, view->total_units);
    else
        say(dst, size, "%s frame %" PRIu64 "/%" PRIu64, label, view->done_units, view->total_units);
}

static void say_phase(char *dst, size_t size, const struct snapshot *s,
                      const struct message_context *context)
{
    const char *label = phase_info(s->phase)->label;
    switch (s->phase) {
    case PHASE_QUEUE:
        if (context->queue_position > 0)
            say(dst, size, "Waiting for a worker (%" PRIu32 "%s in line)", context->queue_position,
                ordinal_suffix(context->queue_position));
        else
            say(dst, size, "Waiting for a worker");
        return;
    case PHASE_STARTUP:
        if (s->attempt > 1 && context->max_attempts > 0)
            say(dst, size, "Retrying (%" PRIu32 " of %" PRIu32 ")…", s->attempt,
                context->max_attempts);
        else
            say(dst, size,
                s->attempt > 1 ? "Retrying…"
                : context->gpu ? "Starting GPU…"
                               : "Starting worker…");
        return;
    case PHASE_DOWNLOAD:
    case PHASE_UPLOAD:
        say_bytes(dst, size, label, &s->phases[s->phase]);
        return;
    case PHASE_PROCESS:
    case PHASE_UPSCALE:
        say_frames(dst, size, s, label);
        return;
    case PHASE_ENCODE: // of several clips, and nothing before it that counts their frames
        if (s->items > 1 && s->phases[PHASE_UPSCALE].state == PHASE_ABSENT)
            say_frames(dst, size, s, label);
        else
            say(dst, size, "%s", label);
        return;
    default:
        say(dst, size, "%s", label);
    }
}

const char *message_phase(char *dst, size_t size, const struct snapshot *s,
                          const struct message_context *context)
{
    static const struct message_context nothing;
    static const char *const endings[] = {
        [OUTCOME_COMPLETE] = "Done",
        [OUTCOME_FAILED] = "Failed",
        [OUTCOME_CANCELLED] = "Cancelled",
    };
    _Static_assert(sizeof(endings) / sizeof(endings[0]) == OUTCOME_COUNT, "one for each outcome");
    if (s->ended)
        say(dst, size, "%s", endings[s->outcome]);
    else
        say_phase(dst, size, s, context != NULL ? context : &nothing);
    return dst;
}

// -- how long it takes

// Rounded to what a person can use: 1 s below a minute, 10 s below ten minutes, then minutes.
static void say_duration(char *dst, size_t size, double seconds)
{
    long s = lround(seconds);
    if (s >= 60)
        s = lround(seconds / (s < 600 ? 10 : 60)) * (s < 600 ? 10 : 60);
    if (s >= 3600)
        say(dst, size, "%ld h %ld min", s / 3600, s % 3600 / 60);
    else if (s >= 600 || (s >= 60 && s % 60 == 0))
        say(dst, size, "%ld min", s / 60);
    else if (s >= 60)
        say(dst, size, "%ld min %ld s", s / 60, s % 60);
    else
        say(dst, size, "%ld s", s);
}

struct scale {
    double seconds;
    const char *unit;
};

// One unit for both ends of a range.
static struct scale scale_of(double seconds)
{
    if (seconds >= 5400)
        return (struct scale){3600, "h"};
    if (seconds >= 90)
        return (struct scale){60, "min"};
    return (struct scale){1, "s"};
}

static long whole(double seconds, struct scale scale)
{
    long n = lround(seconds / scale.seconds);
    if (scale.seconds < 2 && n > 10)
        n = (n + 2) / 5 * 5;
    return n > 1 ? n : 1;
}

const char *message_eta(char *dst, size_t size, const struct snapshot *s)
{
    static const double narrow = 1.25; // high / low that deserves one number
    static const double wide = 2.2;    // and that which needs an upper end
    static const double few_s = 5;
    double low = fmax((double)s->eta_low_ns * 1e-9, 0.1);
    double high = (double)s->eta_high_ns * 1e-9;
    double middle = (double)s->eta_ns * 1e-9;
    say(dst, size, "%s", "");
    if (!s->has_eta || s->ended || high <= 0)
        return dst;
    struct scale scale = scale_of(high);
    long low_n = whole(low, scale);
    long middle_n = whole(middle, scale);
    long high_n = whole(high, scale);
    if (high < few_s)
        say(dst, size, "a few seconds");
    else if (high < narrow * low || low_n == high_n)
        say_duration(dst, size, middle);
    else if (high < wide * low)
        say(dst, size, "%ld–%ld %s", low_n, high_n, scale.unit);
    else if (middle_n == high_n)
        say(dst, size, "at most %ld %s", high_n, scale.unit);
    else
        say(dst, size, "about %ld %s, at most %ld %s", middle_n, scale.unit, high_n, scale.unit);
    return dst;
}
