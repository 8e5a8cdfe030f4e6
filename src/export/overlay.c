// SPDX-License-Identifier: GPL-3.0-or-later
// overlay.c — see overlay.h.
#include "export/overlay.h"

#include <math.h>
#include <stdio.h>

#include "export/clip.h"
#include "export/extract.h"
#include "export/film_out.h"
#include "export/graph.h"
#include "media/canvas.h"
#include "media/caption.h"
#include "media/reader.h"
#include "media/remux.h"
#include "media/spotlight.h"
#include "storage/source.h"
#include "sys/queue.h"

enum { QUEUE_PICTURES = 3 };
static const double shadow_share = 0.06; // of a text's size

struct overlay {
    const struct export_options *o;
    const struct spec_overlay *spec;
    struct meter meters[PHASE_COUNT];
    struct clip *clip;
    int width, height;               // of the film
    double scale_x, scale_y;         // from the spec's positions to the film's
    uint64_t inside;                 // frames with something drawn on them
    struct caption_bitmap *captions; // one a text
    struct queue *frames, *pictures; // of struct picture
    struct film_out *film;
    struct film_result result;
};

// ---- what is drawn when ----

static bool spot_at(const struct overlay *v, double time_s, struct spot *ret)
{
    return region_path_at(v->spec->regions, v->spec->region_count, time_s, ret);
}

static bool is_shown(const struct spec_text *text, double time_s)
{
    return time_s >= text->start_s && time_s < text->end_s;
}

// When that frame of the timeline is shown; rounding in its time stamp must not make it early.
static double time_of(const struct overlay *v, size_t run)
{
    return clip_timeline(v->clip)->runs[run].clip_time_s + TIMELINE_EPSILON_S;
}

// Is anything drawn on it?
static bool is_inside(const struct overlay *v, size_t run)
{
    struct spot spot;
    double time_s = time_of(v, run);
    for (size_t i = 0; i < v->spec->text_count; i++) {
        if (is_shown(&v->spec->texts[i], time_s))
            return true;
    }
    return spot_at(v, time_s, &spot);
}

static void draw_text(const struct overlay *v, size_t i, struct picture *picture)
{
    static const double left_share[] = {
        [SPEC_TEXT_LEFT] = 0, [SPEC_TEXT_CENTER] = 0.5, [SPEC_TEXT_RIGHT] = 1};
    const struct spec_text *text = &v->spec->texts[i];
    const struct caption_bitmap *words = &v->captions[i];
    double x = text->x * v->scale_x - left_share[text->align] * words->box_width;
    double y = text->y * v->scale_y;
    caption_blend(words, (int)lround(x) - words->left, (int)lround(y) - words->top, 1, picture);
}

static void draw(const struct overlay *v, double time_s, struct picture *picture)
{
    struct spotlight light = {.effect = v->spec->effect, .dim = v->spec->dim};
    if (spot_at(v, time_s, &light.spot)) {
        region_spot_scale(&light.spot, v->scale_x, v->scale_y);
        spotlight_draw(&light, picture);
    }
    for (size_t i = 0; i < v->spec->text_count; i++) {
        if (is_shown(&v->spec->texts[i], time_s))
            draw_text(v, i, picture);
    }
}

// ---- stages ----

static void release_picture(void *picture)
{
    picture_unref(picture);
}

static enum status stopped(struct error *err)
{
    return error_set(err, ERR_CANCELLED, "cancelled");
}

// Takes the picture in any case.
static enum status push(struct queue *queue, struct picture *picture, struct error *err)
{
    if (queue_push(queue, picture))
        return OK;
    picture_unref(picture);
    return stopped(err);
}

static enum status run_decode(void *context, struct error *err)
{
    struct overlay *v = context;
    size_t count = clip_timeline(v->clip)->run_count;
    for (size_t i = 0; i < count; i++) {
        struct picture *picture = NULL;
        enum status status = clip_picture(v->clip, i, &picture, err);
        if (status == OK)
            status = push(v->frames, picture, err);
        if (status != OK)
            return status;
    }
    queue_close(v->frames);
    return OK;
}

// The frame of run `i` as a picture of the film.
static enum status process(struct overlay *v, struct canvas *canvas, size_t i,
                           const struct picture *frame, struct picture **ret, struct error *err)
{
    struct meter *meter = &v->meters[PHASE_PROCESS];
    meter_work(meter);
    enum status status = canvas_picture(canvas, frame, ret, err);
    if (status == OK)
        draw(v, time_of(v, i), *ret);
    meter_rest(meter);
    if (status == OK)
        meter_add_class(meter, is_inside(v, i) ? "inside" : "outside", 1);
    return status;
}

static enum status run_draw(void *context, struct error *err)
{
    struct overlay *v = context;
    struct canvas *canvas AUTO(canvas_free) = NULL;
    enum status status = canvas_new(v->width, v->height, &canvas, err);
    void *item = NULL;
    for (size_t i = 0; status == OK && queue_pop(v->frames, &item); i++) {
        struct picture *frame AUTO(picture_unref) = item;
        struct picture *picture = NULL;
        status = process(v, canvas, i, frame, &picture, err);
        if (status == OK)
            status = push(v->pictures, picture, err);
    }
    if (status != OK)
        return status;
    meter_end(&v->meters[PHASE_PROCESS]);
    queue_close(v->pictures);
    return OK;
}

static enum status run_encode(void *context, struct error *err)
{
    struct overlay *v = context;
    const struct timeline *t = clip_timeline(v->clip);
    enum status status = OK;
    void *item = NULL;
    for (size_t i = 0; status == OK && queue_pop(v->pictures, &item); i++) {
        struct picture *picture AUTO(picture_unref) = item;
        status = film_out_picture(v->film, picture, t->runs[i].repeats, err);
    }
    if (status == OK)
        status = cancel_check(v->o->cancel, err);
    meter_end(&v->meters[PHASE_DOWNLOAD]);
    return status == OK ? film_out_finish(v->film, &v->result, err) : status;
}

// ---- before ----

static void tell_plan(const struct overlay *v)
{
    const struct timeline *t = clip_timeline(v->clip);
    const struct features features = {
        .has_frames_output = true,
        .frames_output = t->output_frames,
        .has_pixels_out = true,
        .pixels_out = (uint64_t)v->width * (uint64_t)v->height,
        .has_bytes_in = true,
        .bytes_in = clip_bytes(v->clip),
        .has_clips = true,
        .clips = 1,
    };
    struct plan plan = {0};
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = features.bytes_in};
    plan.phases[PHASE_PROCESS] = (struct plan_phase){
        .present = true,
        .has_total = true,
        .total_units = t->run_count,
        .class_count = 2,
        .classes = {{"outside", t->run_count - v->inside}, {"inside", v->inside}},
    };
    plan.phases[PHASE_ENCODE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = t->output_frames};
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){.present = true};
    v->o->listener->plan(v->o->listener, &plan, &features);
}

// A region or text that no frame can show is a slip.
static enum status check_times(const struct overlay *v, struct error *err)
{
    double end_s = clip_timeline(v->clip)->output_duration_s;
    const char *list = NULL;
    double start_s = 0;
    size_t at = 0;
    for (size_t i = 0; i < v->spec->region_count && !list; i++) {
        start_s = v->spec->regions[i].start_s;
        list = start_s >= end_s ? "regions" : NULL;
        at = i;
    }
    for (size_t i = 0; i < v->spec->text_count && !list; i++) {
        start_s = v->spec->texts[i].start_s;
        list = start_s >= end_s ? "texts" : NULL;
        at = i;
    }
    if (!list)
        return OK;
    return error_set(err, ERR_INVALID,
                     "%s[%zu].start: must be before the clip's end (%.6g), got %.9g", list, at,
                     end_s, start_s);
}

static enum status open_clip(struct overlay *v, struct error *err)
{
    const struct spec *spec = v->o->spec;
    const struct clip_options options = {
        .spec = {.input = spec->input, .trim = spec->trim},
        .audio = spec->audio,
        .storage = v->o->storage,
        .download = &v->meters[PHASE_DOWNLOAD],
        .cancel = v->o->cancel,
        .threads = v->o->threads,
    };
    enum status status = clip_open(&options, &v->clip, err);
    if (status != OK)
        return status;
    if (clip_reads(v->clip, spec->output))
        return error_set(err, ERR_INVALID, "output: %s is the input itself", spec->output);
    const struct media_info *info = clip_info(v->clip);
    v->width = info->width & ~1;
    v->height = info->height & ~1;
    v->scale_x = v->spec->has_video_size ? info->width / v->spec->video_width : 1;
    v->scale_y = v->spec->has_video_size ? info->height / v->spec->video_height : 1;
    const struct timeline *t = clip_timeline(v->clip);
    for (size_t i = 0; i < t->run_count; i++)
        v->inside += is_inside(v, i);
    meter_total(&v->meters[PHASE_DOWNLOAD], clip_bytes(v->clip));
    meter_total(&v->meters[PHASE_PROCESS], t->run_count);
    meter_total(&v->meters[PHASE_ENCODE], t->output_frames);
    clip_ahead(v->clip);
    return check_times(v, err);
}

static enum status render_texts(struct overlay *v, struct error *err)
{
    static const enum caption_align aligns[] = {[SPEC_TEXT_LEFT] = CAPTION_START,
                                                [SPEC_TEXT_CENTER] = CAPTION_CENTRE,
                                                [SPEC_TEXT_RIGHT] = CAPTION_END};
    v->captions = mem_zeroed(v->spec->text_count, sizeof(*v->captions));
    for (size_t i = 0; i < v->spec->text_count; i++) {
        const struct spec_text *text = &v->spec->texts[i];
        double size_px = fmin(fmax(text->size_px * v->scale_y, 1), CAPTION_MAX_SIZE_PX);
        const struct caption_style style = {
            .size_px = size_px,
            .bold = true,
            .rgb = text->rgb,
            .shadow_px = text->shadow ? fmax(1, shadow_share * size_px) : 0,
            .align = aligns[text->align],
        };
        if (caption_render(text->text, &style, &v->captions[i], err) != OK)
            return error_wrap(err, "texts[%zu]", i);
        if (v->captions[i].missing > 0) {
            char note[128];
            (void)snprintf(note, sizeof(note), "texts[%zu]: no font here has %d of its characters",
                           i, v->captions[i].missing);
            v->o->listener->note(v->o->listener, note);
        }
    }
    return OK;
}

static enum status open_film(struct overlay *v, struct error *err)
{
    const struct spec *spec = v->o->spec;
    const struct timeline *t = clip_timeline(v->clip);
    struct clip_sound sound;
    enum status status = clip_sound(v->clip, &sound, err);
    if (status != OK)
        return status;
    const struct film_out_options options = {
        .storage = v->o->storage,
        .output = spec->output,
        .film = {.width = v->width,
                 .height = v->height,
                 .fps_num = t->fps.num,
                 .fps_den = t->fps.den,
                 .expected_frames = (int64_t)t->output_frames,
                 .quality = spec->quality == QUALITY_BEST ? FILM_BEST : FILM_FAST,
                 .has_audio = sound.track != NULL,
                 .sample_rate = sound.rate_hz,
                 .channels = sound.channels,
                 .threads = v->o->threads},
        .sound = sound.track,
        .encode = &v->meters[PHASE_ENCODE],
        .upload = &v->meters[PHASE_UPLOAD],
        .cancel = v->o->cancel,
    };
    return film_out_open(&options, &v->film, err);
}

static enum status draw_film(struct overlay *v, struct error *err)
{
    tell_plan(v);
    enum status status = render_texts(v, err);
    if (status == OK)
        status = open_film(v, err);
    if (status != OK)
        return status;
    v->frames = queue_new(QUEUE_PICTURES, release_picture, v->o->cancel);
    v->pictures = queue_new(QUEUE_PICTURES, release_picture, v->o->cancel);
    const struct stage stages[] = {
        {"decode", run_decode, v}, {"draw", run_draw, v}, {"encode", run_encode, v}};
    return graph_run(stages, sizeof(stages) / sizeof(stages[0]), v->o->cancel, err);
}

// ---- nothing to draw ----

// On a whole source there is nothing to do but to copy it.
static bool draws_nothing(const struct spec *spec)
{
    const struct spec_overlay *overlay = &spec->part.overlay;
    size_t keyframes = 0;
    for (size_t i = 0; i < overlay->region_count; i++)
        keyframes += overlay->regions[i].keyframe_count;
    return keyframes == 0 && overlay->text_count == 0 && spec->trim.start_s == 0 &&
           !spec->trim.has_end;
}

// Can an MP4 hold the source's streams as they are?
static enum status look(const struct overlay *v, bool *ret_fits, struct error *err)
{
    const struct spec *spec = v->o->spec;
    struct source *source AUTO(source_free) = NULL;
    struct reader *reader AUTO(reader_free) = NULL;
    enum status status = source_open(v->o->storage, spec->input, v->o->cancel, &source, err);
    if (status == OK)
        status = reader_open(source_bytes(source), spec->input, v->o->cancel, &reader, err);
    *ret_fits = status == OK && remux_fits(reader, spec->audio);
    return status;
}

// The whole source, packet for packet: an extract_clip without a range.
static enum status copy_source(const struct overlay *v, struct export_result *ret,
                               struct error *err)
{
    struct spec whole = *v->o->spec;
    whole.type = EXPORT_EXTRACT_CLIP;
    whole.part.extract = (struct spec_extract){.copy_codec = true};
    struct export_options options = *v->o;
    options.spec = &whole;
    return extract_run(&options, ret, err);
}

// ---- all of it ----

static enum status run(struct overlay *v, struct export_result *ret, struct error *err)
{
    bool copies = draws_nothing(v->o->spec);
    enum status status = copies ? look(v, &copies, err) : OK;
    if (status == OK && copies)
        return copy_source(v, ret, err);
    if (status == OK)
        status = open_clip(v, err);
    if (status == OK)
        status = draw_film(v, err);
    *ret = (struct export_result){
        .bytes = (uint64_t)v->result.bytes,
        .frames = v->result.frames,
        .duration_s = v->result.duration_s,
    };
    return status;
}

static void release(struct overlay *v)
{
    film_out_free(v->film);
    queue_free(v->frames);
    queue_free(v->pictures);
    for (size_t i = 0; v->captions && i < v->spec->text_count; i++)
        caption_done(&v->captions[i]);
    free(v->captions);
    clip_free(v->clip);
    meters_done(v->meters);
}

enum status overlay_run(const struct export_options *options, struct export_result *ret,
                        struct error *err)
{
    struct overlay v = {.o = options, .spec = &options->spec->part.overlay};
    meters_init(v.meters, options->listener);
    enum status status = run(&v, ret, err);
    release(&v);
    return status;
}
