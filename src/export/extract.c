// SPDX-License-Identifier: GPL-3.0-or-later
// extract.c — see extract.h.
//
// One thread: a copy is as fast as its source and its store, and a head of encoded frames is short.
#include "export/extract.h"

#include "base/json_write.h"
#include "base/text.h"
#include "export/framing.h"
#include "export/metered_io.h"
#include "media/remux.h"

struct extract {
    const struct export_options *o;
    struct meter meters[PHASE_COUNT];
    struct source *source;
    struct metered_source from;
    struct reader *reader;
    struct remux *remux;
    struct sink *sink;
    struct metered_sink to;
    bool encoding; // frames in front of the copy, anew
};

enum mode { MODE_COPY, MODE_CUT, MODE_ENCODE };

static const char *const mode_names[] = {
    [MODE_COPY] = "copy", [MODE_CUT] = "cut", [MODE_ENCODE] = "encode"};

static void say_data(struct export_result *ret, enum mode mode, const struct remux_plan *plan)
{
    struct buffer text BUFFER_AUTO;
    struct json_writer w;
    buffer_init(&text, sizeof(ret->data) - 1);
    jw_init(&w, &text);
    jw_object_begin(&w);
    jw_key_string(&w, "mode", mode_names[mode]);
    jw_key_number(&w, "start_s", plan->start_s, 6);
    jw_key_number(&w, "keyframe_offset_s", plan->keyframe_offset_s, 6);
    jw_key_uint(&w, "frames_encoded", plan->frames_encoded);
    jw_object_end(&w);
    (void)text_copy(ret->data, sizeof(ret->data), buffer_string(&text));
}

// ---- opening ----

static enum status check_range(const struct extract *e, struct error *err)
{
    const struct trim *trim = &e->o->spec->trim;
    const struct media_info *info = reader_info(e->reader);
    double half_frame_s = 0.5 / rational_value(info->fps);
    if (trim->start_s >= info->duration_s)
        return error_set(err, ERR_INVALID,
                         "start: %.6g s is not before the end of the source, which lasts %.6g s",
                         trim->start_s, info->duration_s);
    if (trim->has_end && trim->end_s > info->duration_s + half_frame_s)
        return error_set(err, ERR_INVALID,
                         "end: %.6g s is behind the end of the source, which lasts %.6g s",
                         trim->end_s, info->duration_s);
    return OK;
}

static enum status open_reader(struct extract *e, struct error *err)
{
    enum status status = reader_open(source_bytes(e->source), e->o->spec->input, e->o->cancel,
                                     &e->reader, err);
    return status == OK ? check_range(e, err) : status;
}

static enum status open_source(struct extract *e, struct error *err)
{
    const struct spec *spec = e->o->spec;
    enum status status = source_open(e->o->storage, spec->input, e->o->cancel, &e->source, err);
    if (status != OK)
        return status;
    if (source_is_same(e->source, spec->output))
        return error_set(err, ERR_INVALID, "output: %s is the input itself", spec->output);
    return OK;
}

// ---- copying ----

static void stop_encoding(struct extract *e)
{
    if (e->encoding)
        meter_rest(&e->meters[PHASE_ENCODE]);
    e->encoding = false;
}

static void on_encoded(void *context, int64_t frames)
{
    struct extract *e = context;
    meter_set(&e->meters[PHASE_ENCODE], (uint64_t)frames);
    if ((uint64_t)frames == remux_plan(e->remux)->frames_encoded)
        stop_encoding(e);
}

static enum status open_remux(struct extract *e, struct error *err)
{
    const struct spec *spec = e->o->spec;
    const struct remux_options options = {
        .has_start = spec->trim.start_s > 0,
        .start_s = spec->trim.start_s,
        .has_end = spec->trim.has_end,
        .end_s = spec->trim.end_s,
        .audio = spec->audio,
        .exact = !spec->part.extract.copy_codec,
        .best = spec->quality == QUALITY_BEST,
        .threads = e->o->threads,
        .on_encoded = on_encoded,
        .on_encoded_context = e,
    };
    return remux_open(e->reader, &options, &e->remux, err);
}

static void tell_plan(struct extract *e)
{
    const struct trim *trim = &e->o->spec->trim;
    const struct media_info *info = reader_info(e->reader);
    const struct remux_plan *plan = remux_plan(e->remux);
    double end_s = trim->has_end ? trim->end_s : info->duration_s;
    double begin_s = plan->start_s - plan->keyframe_offset_s;
    uint64_t bytes = reader_bytes_needed(e->reader, begin_s, end_s);
    uint64_t download = metered_source_total(&e->from, bytes);
    reader_expect(e->reader, begin_s, end_s, e->o->spec->audio);
    const struct features features = {
        .has_frames_output = plan->frames_encoded > 0,
        .frames_output = plan->frames_encoded,
        .has_pixels_out = true,
        .pixels_out = (uint64_t)info->width * (uint64_t)info->height,
        .has_bytes_in = true,
        .bytes_in = download,
        .has_bytes_out = true,
        .bytes_out = bytes,
        .has_clips = true,
        .clips = 1,
    };
    struct plan phases = {0};
    phases.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = features.bytes_in};
    phases.phases[PHASE_ENCODE] = (struct plan_phase){.present = plan->frames_encoded > 0,
                                                      .has_total = true,
                                                      .total_units = plan->frames_encoded};
    phases.phases[PHASE_UPLOAD] = (struct plan_phase){.present = true};
    meter_total(&e->meters[PHASE_DOWNLOAD], features.bytes_in);
    meter_total(&e->meters[PHASE_ENCODE], plan->frames_encoded);
    e->o->listener->plan(e->o->listener, &phases, &features);
}

static enum status store(struct extract *e, struct export_result *ret, struct error *err)
{
    struct remux_result result;
    enum status status = sink_open(e->o->storage, e->o->spec->output, e->o->cancel, &e->sink, err);
    if (status != OK)
        return status;
    metered_sink_init(&e->to, e->sink, &e->meters[PHASE_UPLOAD]);
    e->encoding = remux_plan(e->remux)->frames_encoded > 0;
    if (e->encoding)
        meter_work(&e->meters[PHASE_ENCODE]);
    status = remux_run(e->remux, sink_bytes(e->sink), &result, err);
    stop_encoding(e);
    if (status != OK)
        return status;
    meter_end(&e->meters[PHASE_DOWNLOAD]);
    if (remux_plan(e->remux)->frames_encoded > 0)
        meter_end(&e->meters[PHASE_ENCODE]);
    meter_total(&e->meters[PHASE_UPLOAD], result.bytes);
    status = sink_commit(e->sink, &ret->bytes, err);
    if (status != OK)
        return status;
    meter_end(&e->meters[PHASE_UPLOAD]);
    ret->frames = result.frames;
    ret->duration_s = result.duration_s;
    return OK;
}

static enum status copy(struct extract *e, struct export_result *ret, struct error *err)
{
    metered_source_init(&e->from, e->source, &e->meters[PHASE_DOWNLOAD]);
    enum status status = open_reader(e, err);
    if (status == OK)
        status = open_remux(e, err);
    if (status != OK)
        return status;
    tell_plan(e);
    const struct remux_plan *plan = remux_plan(e->remux);
    enum mode mode = plan->frames_encoded == 0 ? MODE_COPY
                     : plan->has_copy          ? MODE_CUT
                                               : MODE_ENCODE;
    say_data(ret, mode, plan);
    source_ahead(e->source);
    return store(e, ret, err);
}

// ---- encoding all of it ----

// A framing_ai whose crop is the whole picture and has the film's size: nothing is enlarged.
static enum status encode(const struct export_options *o, struct media_info info,
                          struct export_result *ret, struct error *err)
{
    struct spec whole = *o->spec;
    struct crop_keyframe crop = {.width = info.width & ~1, .height = info.height & ~1};
    whole.type = EXPORT_FRAMING_AI;
    whole.output_size = (struct output_size){info.width & ~1, info.height & ~1};
    whole.part.framing = (struct spec_framing){.keyframes = &crop, .keyframe_count = 1};
    struct export_options options = *o;
    options.spec = &whole;
    o->listener->note(o->listener, "This source cannot be cut exactly without encoding all of its "
                                   "frames anew");
    enum status status = framing_run(&options, ret, err);
    const struct remux_plan plan = {.start_s = o->spec->trim.start_s,
                                    .frames_encoded = (uint64_t)ret->frames};
    say_data(ret, MODE_ENCODE, &plan);
    return status;
}

// Must all frames be encoded anew? Looks at the source uncounted: whoever does the work counts.
static enum status look(struct extract *e, bool *ret_encode, struct media_info *ret_info,
                        struct error *err)
{
    *ret_encode = false;
    if (e->o->spec->part.extract.copy_codec)
        return OK;
    enum status status = open_reader(e, err);
    if (status != OK)
        return status;
    *ret_encode = !remux_can_cut(e->reader, e->o->spec->audio);
    *ret_info = *reader_info(e->reader);
    reader_free(e->reader);
    e->reader = NULL;
    return OK;
}

enum status extract_run(const struct export_options *options, struct export_result *ret,
                        struct error *err)
{
    struct extract e = {.o = options};
    struct media_info info = {0};
    bool all = false;
    *ret = (struct export_result){0};
    meters_init(e.meters, options->listener);
    enum status status = open_source(&e, err);
    if (status == OK)
        status = look(&e, &all, &info, err);
    if (status == OK)
        status = all ? encode(options, info, ret, err) : copy(&e, ret, err);
    remux_free(e.remux);
    reader_free(e.reader);
    sink_free(e.sink);
    source_free(e.source);
    meters_done(e.meters);
    return status;
}
