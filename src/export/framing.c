// SPDX-License-Identifier: GPL-3.0-or-later
// framing.c — see framing.h.
#include "export/framing.h"

#include <string.h>

#include "export/film_out.h"
#include "export/frame_link.h"
#include "export/graph.h"
#include "export/reel.h"
#include "export/splicer.h"
#include "vision/upscaler.h"

enum { LINK_FRAMES = 3 };

struct framing {
    const struct export_options *o;
    struct meter meters[PHASE_COUNT];
    struct reel *reel;
    struct reel_totals totals;
    struct frame_link *cut, *large;
    struct film_out *film;
    struct splicer splicer;
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
    while (reel_more(f->reel)) {
        struct frame *frame = NULL;
        if (!frame_link_take(f->cut, &frame))
            return stopped(err);
        enum status status = reel_cut(f->reel, frame, err);
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

// Of several clips, which one a phase is at.
static void say_clip(struct framing *f, enum phase phase, const struct frame *frame)
{
    if (f->totals.clips > 1)
        meter_item(&f->meters[phase], (uint32_t)frame->clip + 1, f->totals.clips);
}

// Moves the image on, enlarged where the network has work to do.
static enum status enlarge(struct framing *f, struct upscaler *upscaler, struct frame *in,
                           struct frame *out, struct error *err)
{
    struct image spare = out->image;
    *out = *in;
    if (!in->enlarge) {
        in->image = spare;
        return OK;
    }
    out->image = spare;
    say_clip(f, PHASE_UPSCALE, in);
    uint64_t pixels = (uint64_t)in->image.width * (uint64_t)in->image.height;
    meter_work(&f->meters[PHASE_UPSCALE]);
    enum status status = upscaler_run(upscaler, &in->image, &out->image, f->o->cancel, err);
    meter_rest(&f->meters[PHASE_UPSCALE]);
    if (status != OK)
        return status;
    const char *name = pixel_classes_name(reel_classes(f->reel), pixels);
    if (name)
        meter_add_class(&f->meters[PHASE_UPSCALE], name, 1);
    else
        meter_add(&f->meters[PHASE_UPSCALE], 1);
    return OK;
}

static enum status run_upscale(void *context, struct error *err)
{
    struct framing *f = context;
    struct upscaler *upscaler AUTO(upscaler_free) = NULL;
    if (f->totals.to_enlarge > 0 && load_network(f, &upscaler, err) != OK)
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
        say_clip(f, PHASE_ENCODE, frame);
        enum status status = splicer_frame(&f->splicer, frame, err);
        if (status != OK)
            return status;
        frame_link_return(f->large, frame);
    }
    enum status status = cancel_check(f->o->cancel, err);
    meter_end(&f->meters[PHASE_DOWNLOAD]);
    if (status == OK)
        status = splicer_check(&f->splicer, err);
    return status == OK ? film_out_finish(f->film, &f->result, err) : status;
}

// ---- before and after ----

static void tell_plan(const struct framing *f)
{
    const struct reel_totals *t = &f->totals;
    const struct output_size film = f->o->spec->output_size;
    const struct features features = {
        .has_frames_upscale = true,
        .frames_upscale = t->to_enlarge,
        .has_frames_output = true,
        .frames_output = t->frames,
        .has_pixels_in = true,
        .pixels_in = t->pixels,
        .has_pixels_out = true,
        .pixels_out = (uint64_t)film.width * (uint64_t)film.height,
        .has_bytes_in = true,
        .bytes_in = t->bytes,
        .has_clips = true,
        .clips = t->clips,
    };
    uint32_t items = t->clips > 1 ? t->clips : 0;
    struct plan plan = {0};
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = t->bytes, .items = items};
    plan.phases[PHASE_INIT] = (struct plan_phase){.present = t->to_enlarge > 0};
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){.present = t->to_enlarge > 0,
                                                     .has_total = true,
                                                     .total_units = t->to_enlarge,
                                                     .items = items};
    const struct pixel_classes *classes = reel_classes(f->reel);
    plan.phases[PHASE_UPSCALE].class_count = (uint8_t)classes->count;
    memcpy(plan.phases[PHASE_UPSCALE].classes, classes->classes, sizeof(classes->classes));
    plan.phases[PHASE_ENCODE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = t->frames, .items = items};
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){.present = true};
    f->o->listener->plan(f->o->listener, &plan, &features);
}

static enum status open_reel(struct framing *f, struct error *err)
{
    const struct reel_options options = {
        .spec = f->o->spec,
        .storage = f->o->storage,
        .download = &f->meters[PHASE_DOWNLOAD],
        .cancel = f->o->cancel,
        .threads = f->o->threads,
    };
    enum status status = reel_open(&options, &f->reel, err);
    if (status != OK)
        return status;
    f->totals = reel_totals(f->reel);
    meter_total(&f->meters[PHASE_DOWNLOAD], f->totals.bytes);
    meter_total(&f->meters[PHASE_UPSCALE], f->totals.to_enlarge);
    meter_total(&f->meters[PHASE_ENCODE], f->totals.frames);
    return OK;
}

static enum status open_film(struct framing *f, struct error *err)
{
    const struct spec *spec = f->o->spec;
    struct audio_track *sound = NULL;
    enum status status = reel_sound(f->reel, &sound, err);
    if (status != OK)
        return status;
    struct film_out_options options = {
        .storage = f->o->storage,
        .output = spec->output,
        .film = {.width = spec->output_size.width,
                 .height = spec->output_size.height,
                 .fps_num = f->totals.fps.num,
                 .fps_den = f->totals.fps.den,
                 .expected_frames = (int64_t)f->totals.frames,
                 .quality = spec->quality == QUALITY_BEST ? FILM_BEST : FILM_FAST,
                 .has_audio = sound != NULL,
                 .sample_rate = CLIP_SOUND_RATE_HZ,
                 .channels = CLIP_SOUND_CHANNELS,
                 .threads = f->o->threads},
        .sound = sound,
        .encode = &f->meters[PHASE_ENCODE],
        .upload = &f->meters[PHASE_UPLOAD],
        .cancel = f->o->cancel,
    };
    options.film.chapters = reel_chapters(f->reel, &options.film.chapter_count);
    status = film_out_open(&options, &f->film, err);
    if (status != OK)
        return status;
    return splicer_init(&f->splicer, reel_splice(f->reel), f->film, spec->output_size, err);
}

static enum status run(struct framing *f, struct error *err)
{
    enum status status = open_reel(f, err);
    if (status != OK)
        return status;
    tell_plan(f);
    reel_ahead(f->reel);
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
    splicer_done(&f.splicer);
    film_out_free(f.film);
    reel_free(f.reel);
    frame_link_free(f.cut);
    frame_link_free(f.large);
    meters_done(f.meters);
    return status;
}
