// SPDX-License-Identifier: GPL-3.0-or-later
// weights_file.c — see weights_file.h.
#include "job/weights_file.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"

enum { VERSION = 1, DECIMALS = 3 };
static const double slack = 1e-6; // of percents that were rounded

// ---- writing ----

static void write_type(const struct weights_file *f, enum export_type type, struct buffer *out)
{
    const struct export_info *info = export_info(type);
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_uint(&w, "samples", f->samples[type]);
    jw_key(&w, "phases");
    jw_object_begin(&w);
    for (int i = 0; i < info->phase_count; i++) {
        const struct weight *weight = &f->set.weights[type][info->phases[i]];
        if (!weight->has_range)
            continue;
        jw_key(&w, phase_info(info->phases[i])->name);
        jw_array_begin(&w);
        jw_number(&w, weight->start_percent, DECIMALS);
        jw_number(&w, weight->end_percent, DECIMALS);
        jw_array_end(&w);
    }
    jw_object_end(&w);
    jw_object_end(&w);
}

void weights_file_write(const struct weights_file *f, struct buffer *out)
{
    char date[TEXT_TIME];
    const char *comma = "";
    buffer_printf(out,
                  "{\"headway_weights\":%d,\n \"date\":\"%s\",\n \"at_ms\":%lld,\n \"types\":{",
                  VERSION, text_time(date, f->at_ms), (long long)f->at_ms);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (f->samples[type] == 0)
            continue;
        buffer_printf(out, "%s\n  \"%s\":", comma, export_info((enum export_type)type)->name);
        write_type(f, (enum export_type)type, out);
        comma = ",";
    }
    buffer_text(out, "}}\n");
}

// ---- reading ----

static enum status read_range(const struct jr *v, double from, struct weight *ret,
                              struct error *err)
{
    if (jr_array(v, 2, 2, err) != OK)
        return ERR_INVALID;
    struct jr start = jr_at(v, 0);
    struct jr end = jr_at(v, 1);
    ret->has_range = true;
    if (jr_number(&start, from - slack, 100, &ret->start_percent, err) != OK)
        return ERR_INVALID;
    return jr_number(&end, ret->start_percent, 100 + slack, &ret->end_percent, err);
}

static enum status read_type(const struct jr *v, enum export_type type, struct weights_file *ret,
                             struct error *err)
{
    struct jr phases;
    int64_t samples = 0;
    double from = 0;
    const struct export_info *info = export_info(type);
    if (jr_object(v, err) != OK ||
        jr_get_integer(v, "samples", 0, INT64_C(1) << 52, &samples, err) != OK ||
        jr_require(v, "phases", "an object of ranges", &phases, err) != OK ||
        jr_object(&phases, err) != OK)
        return ERR_INVALID;
    ret->samples[type] = (uint64_t)samples;
    for (int i = 0; i < info->phase_count; i++) {
        struct jr range;
        struct weight *weight = &ret->set.weights[type][info->phases[i]];
        if (!jr_get(&phases, phase_info(info->phases[i])->name, &range))
            continue;
        if (read_range(&range, from, weight, err) != OK)
            return ERR_INVALID;
        from = weight->end_percent;
    }
    return OK;
}

static enum status read_types(const struct jr *v, struct weights_file *ret, struct error *err)
{
    struct jr member;
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    for (void *iter = NULL; jr_next(v, &iter, &member);) {
        enum export_type type;
        if (export_type_from_name(member.key, &type) && read_type(&member, type, ret, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

enum status weights_file_parse(const char *text, size_t n, struct weights_file *ret,
                               struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    struct jr version;
    struct jr types;
    int64_t number;
    *ret = (struct weights_file){0};
    enum status status = jr_parse(text, n, &doc, err);
    if (status != OK)
        return status;
    struct jr root = jr_root(doc);
    if (jr_object(&root, err) != OK ||
        jr_require(&root, "headway_weights", "the version of a weights file", &version, err) !=
            OK ||
        jr_integer(&version, VERSION, VERSION, &number, err) != OK ||
        jr_get_integer(&root, "at_ms", 0, INT64_C(1) << 52, &ret->at_ms, err) != OK ||
        jr_require(&root, "types", "an object of export types", &types, err) != OK)
        return ERR_INVALID;
    return read_types(&types, ret, err);
}
