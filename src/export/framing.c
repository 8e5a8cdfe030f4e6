// SPDX-License-Identifier: GPL-3.0-or-later
// framing.c — see framing.h.
#include "export/framing.h"

#include "export/clip.h"
#include "export/film_out.h"
#include "export/frame_link.h"
#include "export/graph.h"
#include "vision/upscaler.h"

enum { LINK_FRAMES = 3 };

struct framing {
    const struct export_options *o;
    struct meter meters[PHASE_COUNT];
    struct clip *clip;
    uint64_t to_enlarge; // frames for the network
    struct frame_link *cut, *large;
    struct film_out *film;
    struct film_result result;
};

// ---- stages ----

static enum status stopped(struct error *err)
{
    return error_set(err, ERR_CANCELLED, "cancelled");
}

static enum status run_cut(void *context, struct error *err)
{
    struct framing *f = context;
    size_t count = clip_timeline(f->clip)->run_count;
    for (size_t i = 0; i < count; i++) {
        struct frame *frame = NULL;
        if (!frame_link_take(f->cut, &frame))
            return stopped(err);
        enum status status = clip_cut(f->clip, i, frame, err);
        if (status != OK)
            return status;
        if (!frame_link_send(f->cut, frame))
            return stopped(err);
    }
    frame_link_close(f->cut);
    return OK;
}

static enum status load_network(struct framing *f, struct upscaler **ret, struct error *err)
{
    struct upscaler_options options = {
        .model = f->o->spec->model,
        .model_dir = f->o->model_dir,
        .threads = f->o->threads,
    };
    meter_work(&f->meters[PHASE_INIT]);
    enum status status = upscaler_new(&options, f->o->cancel, ret, err);
    meter_rest(&f->meters[PHASE_INIT]);
    if (status == OK)
        meter_end(&f->meters[PHASE_INIT]);
    return status;
}

// Moves the image on, enlarged where the network has work to do.
static enum status enlarge(struct framing *f, struct upscaler *upscaler, struct frame *in,
                           struct frame *out, struct error *err)
{
    out->number = in->number;
    out->repeats = in->repeats;
    out->enlarge = in->enlarge;
    if (!in->enlarge) {
        struct image spare = out->image;
        out->image = in->image;
        in->image = spare;
        return OK;
    }
    meter_work(&f->meters[PHASE_UPSCALE]);
    enum status status = upscaler_run(upscaler, &in->image, &out->image, f->o->cancel, err);
    meter_rest(&f->meters[PHASE_UPSCALE]);
    if (status == OK)
        meter_add(&f->meters[PHASE_UPSCALE], 1);
    return status;
}

static enum status run_upscale(void *context, struct error *err)
{
    struct framing *f = context;
    struct upscaler *upscaler AUTO(upscaler_free) = NULL;
    if (f->to_enlarge > 0 && load_network(f, &upscaler, err) != OK)
        return err->status;
    struct frame *in = NULL;
    while (frame_link_receive(f->cut, &in)) {
        struct frame *out = NULL;
        if (!frame_link_take(f->large, &out))
            return stopped(err);
        enum status status = enlarge(f, upscaler, in, out, err);
        if (status != OK)
            return status;
        frame_link_return(f->cut, in);
        if (!frame_link_send(f->large, out))
            return stopped(err);
    }
    meter_end(&f->meters[PHASE_UPSCALE]);
    frame_link_close(f->large);
    return OK;
}

static enum status run_encode(void *context, struct error *err)
{
    struct framing *f = context;
    struct frame *frame = NULL;
    while (frame_link_receive(f->large, &frame)) {
        enum status status = film_out_image(f->film, &frame->image, frame->repeats, err);
        if (status != OK)
            return status;
        frame_link_return(f->large, frame);
    }
    enum status status = cancel_check(f->o->cancel, err);
    meter_end(&f->meters[PHASE_DOWNLOAD]);
    return status == OK ? film_out_finish(f->film, &f->result, err) : status;
}

// ---- before and after ----

static void tell_plan(const struct framing *f)
{
    const struct timeline *t = clip_timeline(f->clip);
    const struct spec *spec = f->o->spec;
    uint64_t pixels_out = (uint64_t)spec->output_size.width * (uint64_t)spec->output_size.height;
    const struct features features = {
        .has_frames_upscale = true,
        .frames_upscale = f->to_enlarge,
        .has_frames_output = true,
        .frames_output = t->output_frames,
        .has_pixels_in = true,
        .pixels_in = clip_pixels_to_enlarge(f->clip),
        .has_pixels_out = true,
        .pixels_out = pixels_out,
        .has_bytes_in = true,
        .bytes_in = clip_bytes(f->clip),
        .has_clips = true,
        .clips = 1,
    };
    struct plan plan = {0};
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = features.bytes_in};
    plan.phases[PHASE_INIT] = (struct plan_phase){.present = f->to_enlarge > 0};
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = f->to_enlarge > 0, .has_total = true, .total_units = f->to_enlarge};
    plan.phases[PHASE_ENCODE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = t->output_frames};
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){.present = true};
    f->o->listener->plan(f->o->listener, &plan, &features);
}

static enum status open_clip(struct framing *f, struct error *err)
{
    const struct spec *spec = f->o->spec;
    const struct clip_options options = {
        .spec = spec_clip_at(spec, 0),
        .film = spec->output_size,
        .has_fps = spec->has_fps,
        .fps = spec->fps,
        .audio = spec->audio,
        .download = &f->meters[PHASE_DOWNLOAD],
        .cancel = f->o->cancel,
        .threads = f->o->threads,
    };
    enum status status = clip_open(&options, &f->clip, err);
    if (status != OK)
        return status;
    if (clip_reads(f->clip, spec->output))
        return error_set(err, ERR_INVALID, "output: %s is the input itself", spec->output);
    f->to_enlarge = clip_frames_to_enlarge(f->clip);
    meter_total(&f->meters[PHASE_DOWNLOAD], clip_bytes(f->clip));
    meter_total(&f->meters[PHASE_UPSCALE], f->to_enlarge);
    meter_total(&f->meters[PHASE_ENCODE], clip_timeline(f->clip)->output_frames);
    return OK;
}

static enum status open_film(struct framing *f, struct error *err)
{
    const struct spec *spec = f->o->spec;
    const struct timeline *t = clip_timeline(f->clip);
    struct clip_sound sound;
    enum status status = clip_sound(f->clip, &sound, err);
    if (status != OK)
        return status;
    const struct film_out_options options = {
        .output = spec->output,
        .film = {.width = spec->output_size.width,
                 .height = spec->output_size.height,
                 .fps_num = t->fps.num,
                 .fps_den = t->fps.den,
                 .expected_frames = (int64_t)t->output_frames,
                 .quality = spec->quality == QUALITY_BEST ? FILM_BEST : FILM_FAST,
                 .has_audio = sound.track != NULL,
                 .sample_rate = sound.rate_hz,
                 .channels = sound.channels,
                 .threads = f->o->threads},
        .sound = sound.track,
        .encode = &f->meters[PHASE_ENCODE],
        .upload = &f->meters[PHASE_UPLOAD],
        .cancel = f->o->cancel,
    };
    return film_out_open(&options, &f->film, err);
}

static enum status run(struct framing *f, struct error *err)
{
    enum status status = open_clip(f, err);
    if (status != OK)
        return status;
    tell_plan(f);
    status = open_film(f, err);
    if (status != OK)
        return status;
    f->cut = frame_link_new(LINK_FRAMES, f->o->cancel);
    f->large = frame_link_new(LINK_FRAMES, f->o->cancel);
    const struct stage stages[] = {
        {"cut", run_cut, f}, {"upscale", run_upscale, f}, {"encode", run_encode, f}};
    return graph_run(stages, sizeof(stages) / sizeof(stages[0]), f->o->cancel, err);
}

enum status framing_run(const struct export_options *options, struct export_result *ret,
                        struct error *err)
{
    struct framing f = {.o = options};
    meters_init(f.meters, options->listener);
    enum status status = run(&f, err);
    *ret = (struct export_result){
        .bytes = (uint64_t)f.result.bytes,
        .frames = f.result.frames,
        .duration_s = f.result.duration_s,
    };
    film_out_free(f.film);
    clip_free(f.clip);
    frame_link_free(f.cut);
    frame_link_free(f.large);
    meters_done(f.meters);
    return status;
}
