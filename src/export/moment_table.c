// SPDX-License-Identifier: GPL-3.0-or-later
// moment_table.c — see moment_table.h.
#include "export/moment_table.h"

#include <string.h>

#include "base/text.h"
#include "export/card.h"

void moment_table_head(struct buffer *out)
{
    buffer_text(out, "clip\tstart_s\tend_s\tfilm_start_s\tfilm_duration_s\trating\tnotation\tname\t"
                     "notes\ttags\tskipped\n");
}

static void put_text(const char *text, struct buffer *out)
{
    for (const char *c = text; *c; c++) {
        switch (*c) {
        case '\t':
            buffer_text(out, "\\t");
            break;
        case '\n':
            buffer_text(out, "\\n");
            break;
        case '\r':
            buffer_text(out, "\\r");
            break;
        case '\\':
            buffer_text(out, "\\\\");
            break;
        default:
            buffer_append(out, c, 1);
        }
    }
}

void moment_table_row(size_t number, const struct spec_moment *moment,
                      const struct moments_state *state, double fps, struct buffer *out)
{
    buffer_printf(out, "%zu\t%.10g\t%.10g\t", number, moment->start_s, moment->end_s);
    if (state->skipped)
        buffer_text(out, "\t\t");
    else
        buffer_printf(out, "%.10g\t%.10g\t", (double)state->first_frame / fps,
                      (double)state->frames / fps);
    buffer_printf(out, "%d\t%s\t", moment->rating, rating_info(moment->rating)->notation);
    put_text(moment->name, out);
    buffer_text(out, "\t");
    put_text(moment->notes, out);
    buffer_text(out, "\t");
    for (size_t i = 0; i < moment->tag_count; i++) {
        buffer_text(out, i ? ", " : "");
        put_text(moment->tags[i], out);
    }
    buffer_text(out, "\t");
    put_text(state->skipped ? state->skipped : "", out);
    buffer_text(out, "\n");
}

char *moment_table_name(const char *output)
{
    static const char extension[] = ".tsv";
    const char *slash = strrchr(output, '/');
    const char *dot = strrchr(slash ? slash : output, '.');
    bool has_extension = dot && dot != output && dot[-1] != '/';
    size_t stem = has_extension && !text_ends(output, extension) ? (size_t)(dot - output)
                                                                 : strlen(output);
    char *name = mem_zeroed(stem + sizeof(extension), 1);
    memcpy(name, output, stem);
    memcpy(name + stem, extension, sizeof(extension));
    return name;
}
