// SPDX-License-Identifier: GPL-3.0-or-later
// report_html.c — see report_html.h.
#include "analysis/report_html.h"

#include <stdio.h>

#include "analysis/chart.h"
#include "analysis/findings.h"
#include "analysis/report_plots.h"
#include "base/text.h"

// ---- colours ----

struct colour {
    const char *light, *dark; // of the shape, on a light and on a dark page
    const char *on;           // of a word on it
};

// One for each phase. Neighbours in a job differ in lightness as well as in hue, so that the bars
// can be read without telling hues apart.
static const struct colour phase_colours[PHASE_COUNT] = {
    [PHASE_QUEUE] = {"#b8bec9", "#5b6472", "#1c2026"},
    [PHASE_STARTUP] = {"#8d95a5", "#7a8494", "#ffffff"},
    [PHASE_DOWNLOAD] = {"#2f6bb3", "#4d8bd6", "#ffffff"},
    [PHASE_INIT] = {"#9cc4ee", "#a9cff5", "#12202f"},
    [PHASE_OVERLAY] = {"#e3b341", "#e3b341", "#2a2002"},
    [PHASE_PROCESS] = {"#d1662a", "#e07a40", "#ffffff"},
    [PHASE_UPSCALE] = {"#0f766e", "#1f9d92", "#ffffff"},
    [PHASE_ENCODE] = {"#b79be8", "#c3aaf0", "#22133f"},
    [PHASE_CONCAT] = {"#7a5236", "#a3765a", "#ffffff"},
    [PHASE_MERGE] = {"#e59aa8", "#eba8b4", "#3a1119"},
    [PHASE_UPLOAD] = {"#3a873a", "#45983f", "#ffffff"},
    [PHASE_FINALIZE] = {"#cfd4dc", "#454d5a", "#1c2026"},
};

static const struct colour type_colours[EXPORT_TYPE_COUNT] = {
    [EXPORT_FRAMING_AI] = {"#0f766e", "#2bb3a6", ""},
    [EXPORT_MULTI_CLIP] = {"#2f6bb3", "#6aa5ea", ""},
    [EXPORT_OVERLAY] = {"#b7791f", "#e3b341", ""},
    [EXPORT_ANNOTATE_COMPILATION] = {"#b03a5b", "#ee7f9b", ""},
    [EXPORT_DETECT_PLAYERS] = {"#6d4fb3", "#b79be8", ""},
    [EXPORT_EXTRACT_CLIP] = {"#57606a", "#a8b1bd", ""},
};

static const char style[] =
    ":root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--ink:#1c2026;--soft:#5a6472;"
    "--line:#dfe3e9;--warn:#8a4b00;--warn-page:#fff5e6;--bad:#b3261e;--bad-page:#fdecea}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#12151a;--card:#1a1f26;--ink:#e8ebf0;"
    "--soft:#9aa5b4;--line:#2c343f;--warn:#f3c27a;--warn-page:#2b2215;--bad:#ff9d94;"
    "--bad-page:#331b19}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\n"
    "main{max-width:920px;margin:0 auto;padding:40px 20px 60px}\n"
    "h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}"
    "h2{font-size:20px;margin:0 0 14px}h3{font-size:16px;margin:0}\n"
    ".lead{color:var(--soft);margin:0 0 28px}"
    "section,.card{background:var(--card);border:1px solid var(--line);border-radius:12px}\n"
    "section{padding:22px 24px;margin:0 0 20px}"
    ".cards{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));"
    "margin:0 0 20px}.card{padding:16px 18px;border-top:4px solid var(--line)}\n"
    ".card p{margin:2px 0;color:var(--soft);font-size:14px}"
    ".card .big{font-size:26px;color:var(--ink);font-variant-numeric:tabular-nums;margin:6px 0 "
    "2px}\n"
    "ul.findings{list-style:none;margin:0;padding:0}"
    ".findings li{background:var(--warn-page);border-left:4px solid var(--warn);border-radius:6px;"
    "padding:9px 14px;margin:0 0 8px;font-size:15px}.findings b{color:var(--warn)}\n"
    ".findings li.bad{background:var(--bad-page);border-color:var(--bad)}.findings .bad b{"
    "color:var(--bad)}\n"
    "@media screen and (max-width:600px){figure{overflow-x:auto}figure svg{width:40rem}}\n"
    "figure{margin:0}svg{display:block;width:100%;height:auto;overflow:visible}"
    "figcaption{color:var(--soft);font-size:14px;margin-top:10px}\n"
    "svg text{fill:var(--ink);font-size:12px;font-variant-numeric:tabular-nums}"
    "svg text.name{font-size:13px;font-weight:600}svg text.tick,svg text.unit{fill:var(--soft);"
    "font-size:11.5px}svg text.value{font-weight:600}svg "
    "text.alarm{fill:var(--bad);font-weight:600}"
    "svg text.on{font-size:11.5px;font-weight:600}\n"
    "line.grid{stroke:var(--line)}line.diagonal{stroke:var(--soft);stroke-width:1.5}"
    "line.aside{stroke:var(--soft);stroke-dasharray:4 "
    "5}line.stem{stroke:var(--line);stroke-width:2}"
    "line.mark{stroke:var(--bad);stroke-width:2}\n"
    ".seg{stroke:var(--card);stroke-width:1}.range{opacity:.35}.dot{fill-opacity:.8;"
    "stroke:var(--card);stroke-width:.8}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}"
    "th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}\n"
    "details{margin:0 0 10px}summary{cursor:pointer;font-weight:600}.scroll{overflow-x:auto;"
    "margin-top:8px}\n"
    "footer{color:var(--soft);font-size:13px}code{font-size:.92em}"
    "@media print{body{background:#fff}section,.card{break-inside:avoid}}\n";

static void colours(struct buffer *out, bool dark)
{
    for (int k = 0; k < PHASE_COUNT; k++)
        buffer_printf(out, ".p-%s{fill:%s}", phase_info((enum phase)k)->name,
                      dark ? phase_colours[k].dark : phase_colours[k].light);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const char *name = export_info((enum export_type)type)->name;
        const char *fill = dark ? type_colours[type].dark : type_colours[type].light;
        buffer_printf(out, ".t-%s{fill:%s}.card.t-%s{border-top-color:%s}", name, fill, name, fill);
    }
    buffer_text(out, "\n");
}

static void head(struct buffer *out)
{
    buffer_text(out, "<!doctype html>\n<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n"
                     "<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<title>Headway: where the time goes</title>\n<style>\n");
    buffer_text(out, style);
    colours(out, false);
    buffer_text(out, "@media(prefers-color-scheme:dark){");
    colours(out, true);
    buffer_text(out, "}\n");
    for (int k = 0; k < PHASE_COUNT; k++)
        buffer_printf(out, "svg text.on.p-%s{fill:%s}", phase_info((enum phase)k)->name,
                      phase_colours[k].on);
    buffer_text(out, "\n</style></head>\n<body><main>\n");
}

// ---- summary ----

static void dates(const struct samples *s, int64_t *ret_first, int64_t *ret_last)
{
    *ret_first = *ret_last = 0;
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = s->all[i].b.record.at_ms;
        if (at <= 0)
            continue;
        *ret_first = *ret_first == 0 || at < *ret_first ? at : *ret_first;
        *ret_last = at > *ret_last ? at : *ret_last;
    }
}

static void lead(const struct analysis *a, struct buffer *out)
{
    int64_t first_ms, last_ms;
    char from[TEXT_TIME];
    char to[TEXT_TIME];
    dates(a->samples, &first_ms, &last_ms);
    buffer_printf(out,
                  "<h1>Where the time goes</h1>\n<p class=\"lead\">%zu records of finished exports",
                  a->samples->count);
    if (first_ms > 0)
        buffer_printf(out, ", %.10s to %.10s", text_time(from, first_ms), text_time(to, last_ms));
    if (a->samples->broken > 0)
        buffer_printf(out, ", and %llu lines that could not be read",
                      (unsigned long long)a->samples->broken);
    buffer_text(out, ".</p>\n");
}

// "4.21 s", "3.5 min"
static void duration(double s, char dst[static 24])
{
    if (s < 120)
        (void)snprintf(dst, 24, "%.3g s", s);
    else if (s < 7200)
        (void)snprintf(dst, 24, "%.1f min", s / 60);
    else
        (void)snprintf(dst, 24, "%.1f h", s / 3600);
}

static void card(const struct type_report *r, struct buffer *out)
{
    char total[24];
    const struct export_info *info = export_info(r->type);
    duration(r->total.median, total);
    buffer_printf(out,
                  "<div class=\"card t-%s\"><h3>%s</h3><p><code>%s</code></p>"
                  "<p class=\"big\">%s</p><p>median of %zu run%s",
                  info->name, info->label, info->name, total, r->usable, r->usable == 1 ? "" : "s");
    if (r->cold > 0 && r->warm > 0)
        buffer_printf(out, ", %zu of them cold", r->cold);
    buffer_text(out, "</p>");
    if (r->frame.n > 0)
        buffer_printf(out, "<p>%.3g s per frame</p>", r->frame.median);
    if (r->foreseen.n > 0)
        buffer_printf(out, "<p>foreseen with an error of %.0f %%</p>", 100 * r->foreseen.off);
    buffer_text(out, "</div>\n");
}

static void cards(const struct analysis *a, struct buffer *out)
{
    buffer_text(out, "<div class=\"cards\">\n");
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (a->types[type].usable > 0)
            card(&a->types[type], out);
    }
    buffer_text(out, "</div>\n");
}

// ---- findings ----

static void list_findings(const struct analysis *a, struct buffer *out)
{
    int n = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        n += a->types[type].finding_count;
    if (n == 0)
        return;
    buffer_text(out, "<section><h2>What not to believe</h2><ul class=\"findings\">\n");
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        for (int i = 0; i < r->finding_count; i++) {
            enum finding_kind kind = r->findings[i].kind;
            bool bad = kind == FINDING_CIRCULAR || kind == FINDING_DRIFT;
            buffer_printf(out, "<li%s><b>%s:</b> ", bad ? " class=\"bad\"" : "",
                          export_info(r->type)->name);
            chart_escape(out, r->findings[i].text);
            buffer_text(out, ".</li>\n");
        }
    }
    buffer_text(out, "</ul></section>\n");
}

// ---- tables ----

static void phase_row(const struct type_report *r, enum phase k, struct buffer *out)
{
    const struct spread *s = &r->seconds[k];
    buffer_printf(out,
                  "<tr><td>%s</td><td>%.1f %%</td><td>± %.1f</td><td>%.3f s</td>"
                  "<td>%.3f–%.3f</td><td>%zu</td></tr>\n",
                  phase_info(k)->name, 100 * r->shares.mean[k], 100 * shares_spread(&r->shares, k),
                  s->median, s->low, s->high, s->n);
}

static void table(const struct type_report *r, struct buffer *out)
{
    buffer_printf(
        out,
        "<details><summary>%s</summary><div class=\"scroll\"><table><thead><tr>"
        "<th scope=\"col\">phase</th><th scope=\"col\">share</th><th scope=\"col\">spread</th>"
        "<th scope=\"col\">median</th><th scope=\"col\">8 in 10</th><th scope=\"col\">runs</th>"
        "</tr></thead><tbody>\n",
        export_info(r->type)->name);
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (r->seconds[k].n > 0)
            phase_row(r, (enum phase)k, out);
    }
    buffer_printf(out,
                  "<tr><td>whole</td><td></td><td></td><td>%.3f s</td><td>%.3f–%.3f</td>"
                  "<td>%zu</td></tr>\n</tbody></table></div></details>\n",
                  r->total.median, r->total.low, r->total.high, r->total.n);
}

static void tables(const struct analysis *a, struct buffer *out)
{
    buffer_text(out, "<section><h2>The figures</h2>\n");
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (a->types[type].usable > 0)
            table(&a->types[type], out);
    }
    buffer_text(out, "</section>\n");
}

// ---- whole ----

static const struct {
    const char *heading;
    bool (*draw)(const struct analysis *a, struct buffer *out);
} plots[] = {
    {"Where the work is", plot_shares},
    {"Seconds per frame", plot_frames},
    {"Expected against actual", plot_estimates},
    {"Drift over time", plot_drift},
    {"Cold against warm", plot_cold},
};
enum { PLOTS = sizeof(plots) / sizeof(plots[0]) };

void report_html(const struct analysis *a, struct buffer *out)
{
    char date[TEXT_TIME];
    head(out);
    lead(a, out);
    cards(a, out);
    list_findings(a, out);
    for (int i = 0; i < PLOTS; i++) {
        struct buffer figure BUFFER_AUTO;
        buffer_init(&figure, out->max);
        if (!plots[i].draw(a, &figure))
            continue;
        buffer_printf(out, "<section><h2>%s</h2>\n", plots[i].heading);
        buffer_append(out, buffer_string(&figure), figure.size);
        buffer_text(out, "</section>\n");
    }
    tables(a, out);
    buffer_printf(out,
                  "<footer>Made by <code>headway analyze</code> %s on %s.</footer>\n"
                  "</main></body></html>\n",
                  HEADWAY_VERSION, text_time(date, a->at_ms));
}
