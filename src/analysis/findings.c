// SPDX-License-Identifier: GPL-3.0-or-later
// findings.c — see findings.h. One function looks for one thing.
#include "analysis/findings.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "job/drift_news.h"

static const double mixture_points = 2;  // difference of a share between cold and warm runs
static const double mixture_frame = 0.1; // of the seconds per frame
static const double absorbing_correlation = 0.95;
static const double absorbing_share = 0.05; // a smaller phase absorbs nothing of interest
enum { ABSORBING_SAMPLES = 5, MIXTURE_SAMPLES = 3 };

const char *finding_name(enum finding_kind kind)
{
    static const char *const names[] = {
        [FINDING_UNSOUND] = "unsound",     [FINDING_FEW] = "few",
        [FINDING_MISSING] = "missing",     [FINDING_CIRCULAR] = "circular",
        [FINDING_ABSORBING] = "absorbing", [FINDING_MIXTURE] = "mixture",
        [FINDING_DRIFT] = "drift",
    };
    static_assert(sizeof(names) / sizeof(names[0]) == FINDING_KIND_COUNT, "a name for each kind");
    assert((unsigned)kind < FINDING_KIND_COUNT);
    return names[kind];
}

static void add(struct type_report *r, enum finding_kind kind, const char *text)
{
    assert(r->finding_count < ANALYSIS_FINDINGS);
    struct finding *f = &r->findings[r->finding_count++];
    f->kind = kind;
    (void)text_copy(f->text, sizeof(f->text), text);
}

static const char *name_of(enum phase k)
{
    return phase_info(k)->name;
}

// ---- one thing each ----

static void look_for_flaws(struct type_report *r)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 600);
    if (r->sound == r->count)
        return;
    buffer_printf(&text, "%zu of %zu records teach nothing:", r->count - r->sound, r->count);
    const char *comma = "";
    for (int i = RECORD_SOUND + 1; i < RECORD_FLAW_COUNT; i++) {
        if (r->flaws[i] == 0)
            continue;
        buffer_printf(&text, "%s %zu %s", comma, r->flaws[i],
                      record_flaw_name((enum record_flaw)i));
        comma = ",";
    }
    add(r, FINDING_UNSOUND, buffer_string(&text));
}

static void look_for_few(struct type_report *r)
{
    char text[160];
    if (r->usable >= ANALYSIS_FEW)
        return;
    (void)snprintf(text, sizeof(text),
                   "%s%zu sample%s: fewer than %d say little about the next run",
                   r->usable ? "only " : "", r->usable, r->usable == 1 ? "" : "s", ANALYSIS_FEW);
    add(r, FINDING_FEW, text);
}

// Every export fetches and stores something. Of the other phases it may have no need, and then
// none of its records has them.
static bool always_there(enum phase k)
{
    return k == PHASE_DOWNLOAD || k == PHASE_UPLOAD;
}

static void look_for_missing(struct type_report *r)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 600);
    const struct export_info *info = export_info(r->type);
    for (int i = 0; i < info->phase_count; i++) {
        enum phase k = info->phases[i];
        size_t present = r->seconds[k].n;
        if (present == r->usable || (present == 0 && !always_there(k)))
            continue;
        buffer_printf(&text, "%s%s in %zu of %zu records", text.size ? ", " : "", name_of(k),
                      r->usable - present, r->usable);
    }
    if (text.size == 0)
        return;
    char whole[640];
    (void)snprintf(whole, sizeof(whole), "phases are missing, as in runs that were cut short: %s",
                   buffer_string(&text));
    add(r, FINDING_MISSING, whole);
}

static void look_for_circles(struct type_report *r, const struct named_weights *sets,
                             size_t set_count)
{
    struct circular circular;
    char text[640];
    if (!circular_check(r->samples, r->count, sets, set_count, &circular))
        return;
    r->circular = true;
    circular_text(&circular, r->samples, text, sizeof(text));
    add(r, FINDING_CIRCULAR, text);
}

// Correlation of the last phase's seconds with how much longer the job took than estimated (or,
// where nobody estimated, than the phases before it).
static double overrun_correlation(const struct type_report *r, enum phase last, bool told)
{
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct sample *s = &r->samples[i];
        if (!sample_usable(s) || (told && !s->b.has_estimate))
            continue;
        double a = record_own_s(&s->b.record, last);
        double b = s->b.record.total_s - (told ? s->b.estimated_s : 0);
        n++;
        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    double vx = n * xx - x * x;
    double vy = n * yy - y * y;
    return n >= ABSORBING_SAMPLES && vx > 0 && vy > 0 ? (n * xy - x * y) / sqrt(vx * vy) : 0;
}

// Where the last phase varies as the whole does and the others hardly vary, it is no measurement
// of its own work but of all that was not foreseen.
static void look_for_absorption(struct type_report *r)
{
    char text[320];
    const struct export_info *info = export_info(r->type);
    if (info->phase_count < 2)
        return;
    enum phase last = info->phases[info->phase_count - 1];
    bool told = r->estimated.n >= ABSORBING_SAMPLES;
    double others = 0;
    for (int i = 0; i < info->phase_count - 1; i++)
        others += r->seconds[info->phases[i]].deviation;
    double correlation = overrun_correlation(r, last, told);
    bool steady = told || others < 0.5 * r->seconds[last].deviation;
    if (correlation < absorbing_correlation || !steady || r->shares.mean[last] < absorbing_share ||
        r->seconds[last].deviation < 0.5 * r->total.deviation)
        return;
    (void)snprintf(
        text, sizeof(text),
        "%s absorbs the overrun: it is as much longer as the job is than %s (correlation "
        "%.2f), so its time is not that of its own work",
        name_of(last), told ? "was estimated" : "usual", correlation);
    add(r, FINDING_ABSORBING, text);
}

static void look_for_mixture(struct type_report *r)
{
    char text[400];
    double most = 0;
    int at = 0;
    for (int k = 0; k < PHASE_COUNT; k++) {
        double points = 100 * fabs(r->cold_shares.mean[k] - r->warm_shares.mean[k]);
        at = points > most ? k : at;
        most = fmax(most, points);
    }
    double cold = r->cold_frame.median;
    double warm = r->warm_frame.median;
    bool frames = cold > 0 && warm > 0 && fabs(cold / warm - 1) >= mixture_frame;
    if (r->cold < MIXTURE_SAMPLES || r->warm < MIXTURE_SAMPLES ||
        (most < mixture_points && !frames))
        return;
    int n = snprintf(
        text, sizeof(text),
        "%zu cold and %zu warm runs are mixed: %s is %.1f %% of cold ones and %.1f %% of "
        "warm ones",
        r->cold, r->warm, name_of((enum phase)at), 100 * r->cold_shares.mean[at],
        100 * r->warm_shares.mean[at]);
    if (frames && n > 0 && (size_t)n < sizeof(text))
        (void)snprintf(text + n, sizeof(text) - (size_t)n,
                       "; a frame takes %.3g s in cold ones, %.3g s in warm ones", cold, warm);
    add(r, FINDING_MIXTURE, text);
}

static void look_for_drift(struct type_report *r)
{
    for (int i = 0; i < r->drifts->count; i++) {
        char text[DRIFT_TEXT];
        char whole[DRIFT_TEXT + 16];
        drift_text(&r->drifts->all[i], text);
        (void)snprintf(whole, sizeof(whole), "drift: %s", text);
        add(r, FINDING_DRIFT, whole);
    }
}

void findings_add(struct type_report *r, const struct named_weights *sets, size_t set_count)
{
    look_for_flaws(r);
    look_for_few(r);
    look_for_missing(r);
    look_for_circles(r, sets, set_count);
    look_for_absorption(r);
    look_for_mixture(r);
    look_for_drift(r);
}
