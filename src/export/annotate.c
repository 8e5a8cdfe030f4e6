// SPDX-License-Identifier: GPL-3.0-or-later
// annotate.c — see annotate.h.
#include "export/annotate.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "export/card.h"
#include "export/film_out.h"
#include "export/graph.h"
#include "export/moment_table.h"
#include "export/moments.h"
#include "media/canvas.h"
#include "storage/sink.h"
#include "sys/queue.h"

enum {
    QUEUE_PICTURES = 4,
    MAX_NOTES = 10, // of skipped moments; the table has them all
    MAX_TABLE_BYTES = 32 * 1024 * 1024,
    TRIES_PER_FRAME = 8, // frames that are only tried cost as much as one that is made
};

// What a frame is worth once the encoder has taken it, drawn; the rest comes when it has left.
static const double drawn_share = 0.3;

struct annotate {
    const struct export_options *o;
    const struct spec_annotate *spec;
    struct meter meters[PHASE_COUNT];
    struct listener on_encoded; // hears `encoded`
    struct meter encoded;       // packets that left the encoder
    bool finishing;             // what is left of the encoding counts as work on the process
    uint64_t drawn;             // pictures that the encoder has taken
    uint64_t before;            // units of the process that went into films that came to nothing
    uint64_t tried;             // frames that were only looked at, for damage
    struct moments *moments;
    struct canvas *canvas;
    struct card card;
    size_t card_of;      // the moment that `card` belongs to; spec->count for none
    size_t told_missing; // the last moment whose missing glyphs were told, + 1
    struct queue *shots; // of struct moments_shot *
    // -- written before `shots` is closed, read after
    bool damaged;        // a moment could not be decoded: the film is no good
    struct error damage; // what was said of it
    struct film_out *film;
    struct sink *table;
    struct film_result result;
};

static enum status stopped(struct error *err)
{
    return error_set(err, ERR_CANCELLED, "cancelled");
}

static void release_shot(void *item)
{
    struct moments_shot *shot = item;
    picture_unref(shot->picture);
    free(shot);
}

// ---- drawing ----

static void tell_missing(struct annotate *a, size_t moment)
{
    if (a->card.missing == 0 || a->told_missing > moment)
        return;
    char text[128];
    a->told_missing = moment + 1;
    (void)snprintf(text, sizeof(text), "clip %zu: no font has %d of its characters", moment + 1,
                   a->card.missing);
    a->o->listener->note(a->o->listener, text);
}

static enum status take_card(struct annotate *a, size_t moment, struct error *err)
{
    if (a->card_of == moment)
        return OK;
    const struct media_info *info = moments_info(a->moments);
    card_done(&a->card);
    a->card_of = moment;
    enum status status = card_make(&a->spec->moments[moment], info->width, info->height, &a->card,
                                   err);
    if (status != OK)
        return error_wrap(err, "clips[%zu]", moment);
    tell_missing(a, moment);
    return OK;
}

// Replaces the shot's picture of the source by that of the film.
static enum status draw(struct annotate *a, struct moments_shot *shot, struct error *err)
{
    struct picture *drawn = NULL;
    enum status status = take_card(a, shot->moment, err);
    if (status == OK)
        status = canvas_picture(a->canvas, shot->picture, &drawn, err);
    if (status != OK)
        return status;
    caption_blend(&a->card.bitmap, a->card.x, a->card.y, 1, drawn);
    picture_unref(shot->picture);
    shot->picture = drawn;
    return OK;
}

static enum status push(struct annotate *a, const struct moments_shot *shot, struct error *err)
{
    struct moments_shot *item = mem_new(struct moments_shot);
    *item = *shot;
    if (queue_push(a->shots, item))
        return OK;
    release_shot(item);
    return stopped(err);
}

static enum status run_draw(void *context, struct error *err)
{
    struct annotate *a = context;
    for (;;) {
        struct moments_shot shot;
        meter_work(&a->meters[PHASE_PROCESS]);
        enum status status = moments_next(a->moments, &shot, &a->damage);
        a->damaged = status == ERR_MEDIA;
        if (status == OK && shot.picture)
            status = draw(a, &shot, err);
        else if (status != OK && err)
            *err = a->damage;
        meter_rest(&a->meters[PHASE_PROCESS]);
        if (status == OK && shot.picture)
            status = push(a, &shot, err);
        else
            picture_unref(shot.picture);
        if (status != OK && !a->damaged)
            return status; // the queue stays open: what is in it is no whole film
        if (a->damaged || !shot.picture)
            break;
    }
    queue_close(a->shots);
    return OK;
}

// ---- encoding ----

// A frame counts a part when the encoder has taken it, drawn, and the rest when it has left: the
// encoder holds back some forty, so that either count alone would stand still at one end of the
// film.
static uint64_t made(const struct annotate *a)
{
    double left = (double)a->encoded.report.done_units;
    return a->before + (uint64_t)(drawn_share * (double)a->drawn + (1 - drawn_share) * left + 1e-6);
}

static void count(struct annotate *a)
{
    meter_set(&a->meters[PHASE_PROCESS], made(a));
}

static struct annotate *of_listener(struct listener *self)
{
    return (struct annotate *)((char *)self - offsetof(struct annotate, on_encoded));
}

static void encoding_begins(struct listener *self, enum phase phase)
{
    (void)self, (void)phase; // the process has begun already
}

static void encoding_reports(struct listener *self, const struct report *report)
{
    (void)report;
    count(of_listener(self));
}

static void encoding_ends(struct listener *self, enum phase phase, uint64_t done, int64_t busy_ns)
{
    (void)phase, (void)done, (void)busy_ns;
    struct annotate *a = of_listener(self);
    meter_rest(&a->meters[PHASE_PROCESS]);
    a->finishing = false;
    meter_end(&a->meters[PHASE_PROCESS]);
}

static enum status run_encode(void *context, struct error *err)
{
    struct annotate *a = context;
    size_t moment = a->spec->count;
    uint32_t items = (uint32_t)moments_shown(a->moments);
    void *item = NULL;
    uint32_t number = 0;
    while (queue_pop(a->shots, &item)) {
        const struct moments_shot *shot = item;
        if (shot->moment != moment)
            meter_item(&a->meters[PHASE_PROCESS], ++number, items);
        moment = shot->moment;
        meter_work(&a->meters[PHASE_PROCESS]);
        enum status status = film_out_picture(a->film, shot->picture, shot->repeats, err);
        meter_rest(&a->meters[PHASE_PROCESS]);
        a->drawn += shot->repeats;
        count(a);
        release_shot(item);
        if (status != OK)
            return status;
    }
    enum status status = cancel_check(a->o->cancel, err);
    if (status != OK || a->damaged)
        return status;
    meter_end(&a->meters[PHASE_DOWNLOAD]);
    meter_work(&a->meters[PHASE_PROCESS]);
    a->finishing = true;
    status = film_out_finish(a->film, &a->result, err);
    if (a->finishing)
        meter_rest(&a->meters[PHASE_PROCESS]);
    return status;
}

// ---- what is told ----

static void tell_skipped(const struct annotate *a, bool *told)
{
    size_t more = 0;
    int notes = 0;
    for (size_t i = 0; i < a->spec->count; i++) {
        struct moments_state m = moments_state(a->moments, i);
        if (!m.skipped || told[i])
            continue;
        told[i] = true;
        if (notes++ >= MAX_NOTES) {
            more++;
            continue;
        }
        char text[640];
        (void)snprintf(text, sizeof(text), "clip %zu is skipped: %s", i + 1, m.skipped);
        a->o->listener->note(a->o->listener, text);
    }
    if (more == 0)
        return;
    char text[64];
    (void)snprintf(text, sizeof(text), "%zu more clips are skipped", more);
    a->o->listener->note(a->o->listener, text);
}

static void tell_plan(struct annotate *a)
{
    const struct media_info *info = moments_info(a->moments);
    const struct features features = {
        .has_frames_output = true,
        .frames_output = moments_frames(a->moments),
        .has_pixels_in = true,
        .pixels_in = (uint64_t)info->width * (uint64_t)info->height,
        .has_pixels_out = true,
        .pixels_out = (uint64_t)info->width * (uint64_t)info->height,
        .has_bytes_in = true,
        .bytes_in = moments_bytes(a->moments),
        .has_clips = true,
        .clips = moments_shown(a->moments),
    };
    struct plan plan = {0};
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = features.bytes_in};
    plan.phases[PHASE_PROCESS] = (struct plan_phase){.present = true,
                                                     .has_total = true,
                                                     .total_units = a->before +
                                                                    features.frames_output,
                                                     .items = (uint32_t)features.clips};
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){.present = true};
    meter_total(&a->meters[PHASE_DOWNLOAD], features.bytes_in);
    meter_total(&a->meters[PHASE_PROCESS], a->before + features.frames_output);
    a->o->listener->plan(a->o->listener, &plan, &features);
}

// As many of the skipped clips as fit; how many there are in any case.
static void write_data(const struct annotate *a, struct export_result *ret)
{
    enum { SPARE_BYTES = 96, REASON_BYTES = 160 };
    size_t skipped = a->spec->count - moments_shown(a->moments);
    struct buffer data BUFFER_AUTO;
    struct json_writer w;
    buffer_init(&data, sizeof(ret->data) - 1);
    jw_init(&w, &data);
    jw_object_begin(&w);
    jw_key_uint(&w, "clips", moments_shown(a->moments));
    jw_key_uint(&w, "skipped_count", skipped);
    jw_key(&w, "skipped");
    jw_array_begin(&w);
    for (size_t i = 0; i < a->spec->count; i++) {
        struct moments_state m = moments_state(a->moments, i);
        char reason[REASON_BYTES];
        if (!m.skipped)
            continue;
        (void)text_copy(reason, sizeof(reason), m.skipped);
        if (data.size + 2 * strlen(reason) + SPARE_BYTES > data.max)
            break;
        jw_object_begin(&w);
        jw_key_uint(&w, "clip", i + 1);
        jw_key_string(&w, "reason", reason);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    (void)text_copy(ret->data, sizeof(ret->data), buffer_string(&data));
}

// ---- the table ----

static enum status write_table(struct annotate *a, const char *where, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MAX_TABLE_BYTES);
    moment_table_head(&text);
    for (size_t i = 0; i < a->spec->count; i++) {
        struct moments_state m = moments_state(a->moments, i);
        moment_table_row(i + 1, &a->spec->moments[i], &m, rational_value(moments_fps(a->moments)),
                         &text);
    }
    sink_free(a->table);
    a->table = NULL;
    if (text.overflow)
        return error_set(err, ERR_LIMIT, "the table of the clips is longer than %d bytes",
                         MAX_TABLE_BYTES);
    enum status status = sink_open(a->o->storage, where, a->o->cancel, &a->table, err);
    if (status != OK)
        return status;
    struct byte_sink *door = sink_bytes(a->table);
    return door->write_at(door, 0, text.data, text.size, err);
}

// The film is there already and stays: a table that cannot follow it is told.
static void store_table(struct annotate *a)
{
    uint64_t size;
    struct error err = {0};
    if (sink_commit(a->table, &size, &err) == OK)
        return;
    char text[512];
    (void)snprintf(text, sizeof(text), "the table of the clips is not stored: %s", err.text);
    a->o->listener->note(a->o->listener, text);
}

// ---- before and after ----

static enum status nothing_left(const struct annotate *a, struct error *err)
{
    struct moments_state first = moments_state(a->moments, 0);
    return error_set(err, ERR_MEDIA, "none of the %zu clips can be read from %s; the first: %s",
                     a->spec->count, a->o->spec->input, first.skipped);
}

static enum status open_moments(struct annotate *a, const char *table, struct error *err)
{
    const struct export_options *o = a->o;
    const struct moments_options options = {
        .spec = o->spec,
        .storage = o->storage,
        .download = &a->meters[PHASE_DOWNLOAD],
        .cancel = o->cancel,
        .threads = o->threads,
    };
    enum status status = moments_open(&options, &a->moments, err);
    if (status != OK)
        return status;
    if (moments_reads(a->moments, o->spec->output))
        return error_set(err, ERR_INVALID, "output: %s is the input itself", o->spec->output);
    if (moments_reads(a->moments, table))
        return error_set(err, ERR_INVALID, "output: its table of clips, %s, is the input itself",
                         table);
    const struct media_info *info = moments_info(a->moments);
    return canvas_new(info->width & ~1, info->height & ~1, &a->canvas, err);
}

static enum status open_film(struct annotate *a, struct error *err)
{
    const struct spec *spec = a->o->spec;
    const struct media_info *info = moments_info(a->moments);
    struct moments_sound sound;
    enum status status = moments_sound(a->moments, &sound, err);
    if (status != OK)
        return status;
    const struct film_out_options options = {
        .storage = a->o->storage,
        .output = spec->output,
        .film = {.width = info->width & ~1,
                 .height = info->height & ~1,
                 .fps_num = moments_fps(a->moments).num,
                 .fps_den = moments_fps(a->moments).den,
                 .expected_frames = (int64_t)moments_frames(a->moments),
                 .quality = spec->quality == QUALITY_BEST ? FILM_BEST : FILM_FAST,
                 .has_audio = sound.track != NULL,
                 .sample_rate = sound.rate_hz,
                 .channels = sound.channels,
                 .threads = a->o->threads},
        .sound = sound.track,
        .encode = &a->encoded,
        .upload = &a->meters[PHASE_UPLOAD],
        .cancel = a->o->cancel,
    };
    film_out_free(a->film);
    a->film = NULL;
    a->drawn = 0;
    meter_done(&a->encoded);
    meter_init(&a->encoded, &a->on_encoded, PHASE_ENCODE);
    return film_out_open(&options, &a->film, err);
}

// One film of the moments there are. a->damaged afterwards: it is no good, some were dropped.
static enum status make_film(struct annotate *a, const char *table, struct error *err)
{
    tell_plan(a);
    enum status status = open_film(a, err);
    if (status == OK)
        status = write_table(a, table, err);
    if (status != OK)
        return status;
    a->shots = queue_new(QUEUE_PICTURES, release_shot, a->o->cancel);
    const struct stage stages[] = {{"draw", run_draw, a}, {"encode", run_encode, a}};
    status = graph_run(stages, sizeof(stages) / sizeof(stages[0]), a->o->cancel, err);
    queue_free(a->shots);
    a->shots = NULL;
    return status;
}

static void on_tried(void *context, uint32_t frames)
{
    struct annotate *a = context;
    a->tried += frames;
    meter_set(&a->meters[PHASE_PROCESS], a->before + a->tried / TRIES_PER_FRAME);
}

// What was made so far comes on top of the work: the film is made once more.
static enum status drop_damaged(struct annotate *a, struct error *err)
{
    uint64_t frames = moments_frames(a->moments);
    a->before = made(a);
    a->tried = 0;
    meter_total(&a->meters[PHASE_PROCESS],
                a->before + (frames - a->drawn) / TRIES_PER_FRAME + frames);
    meter_work(&a->meters[PHASE_PROCESS]);
    enum status status = moments_drop_damaged(a->moments, &a->damage, on_tried, a, err);
    meter_rest(&a->meters[PHASE_PROCESS]);
    a->before += a->tried / TRIES_PER_FRAME;
    return status;
}

static enum status run(struct annotate *a, const char *table, struct error *err)
{
    bool *told AUTO(mem_free) = mem_zeroed(a->spec->count, sizeof(*told));
    enum status status = open_moments(a, table, err);
    if (status != OK)
        return status;
    do {
        tell_skipped(a, told);
        if (moments_shown(a->moments) == 0)
            return nothing_left(a, err);
        status = make_film(a, table, err);
        if (status == OK && a->damaged)
            status = drop_damaged(a, err);
    } while (status == OK && a->damaged);
    if (status == OK)
        store_table(a);
    return status;
}

enum status annotate_run(const struct export_options *options, struct export_result *ret,
                         struct error *err)
{
    struct annotate a = {
        .o = options,
        .spec = &options->spec->part.annotate,
        .card_of = options->spec->part.annotate.count,
        .on_encoded = {.begin = encoding_begins, .report = encoding_reports, .end = encoding_ends}};
    char *table AUTO(mem_free) = moment_table_name(options->spec->output);
    meters_init(a.meters, options->listener);
    meter_init(&a.encoded, &a.on_encoded, PHASE_ENCODE);
    enum status status = run(&a, table, err);
    *ret = (struct export_result){
        .bytes = (uint64_t)a.result.bytes,
        .frames = a.result.frames,
        .duration_s = a.result.duration_s,
    };
    if (status == OK)
        write_data(&a, ret);
    film_out_free(a.film);
    sink_free(a.table);
    card_done(&a.card);
    canvas_free(a.canvas);
    moments_free(a.moments);
    meter_done(&a.encoded);
    meters_done(a.meters);
    return status;
}
