// SPDX-License-Identifier: GPL-3.0-or-later
// detect.c — see detect.h.
#include "export/detect.h"

#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "export/box_drawing.h"
#include "export/metered_io.h"
#include "media/cropper.h"
#include "media/decoder.h"
#include "media/png.h"
#include "media/reader.h"
#include "vision/detector.h"

enum { ANSWER_MAX_BYTES = 64 * 1024 * 1024 };
static const double epsilon_s = TIMELINE_EPSILON_S; // a frame counts as begun so early

// One timestamp of the spec, and who was there.
struct shot {
    size_t place; // among the spec's timestamps
    size_t index; // of the frame
    double time_s;
    struct box *boxes;
    size_t box_count;
};

struct detect {
    const struct export_options *o;
    struct meter meters[PHASE_COUNT];
    struct source *source;
    struct metered_source metered;
    struct reader *reader;
    struct decoder *decoder;
    struct cropper *cropper;
    struct detector *detector;
    struct image image; // as the network wants it, later the picture to draw on
    struct shot *shots; // ascending in index until the answer is written
    struct sink *drawing;
};

static const struct spec_detect *part_of(const struct detect *d)
{
    return &d->o->spec->part.detect;
}

// ---- before ----

static int by_index(const void *a, const void *b)
{
    const struct shot *x = a, *y = b;
    return x->index != y->index ? (x->index > y->index) - (x->index < y->index)
                                : (x->place > y->place) - (x->place < y->place);
}

static int by_place(const void *a, const void *b)
{
    const struct shot *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

// The number of the frame that is on screen at `time_s`.
static size_t frame_at(const struct frame_times *times, double time_s)
{
    size_t low = 0, high = times->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (times->start_s[middle] <= time_s + epsilon_s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum status plan_shots(struct detect *d, const struct frame_times *times, struct error *err)
{
    const struct spec_detect *part = part_of(d);
    d->shots = mem_zeroed(part->timestamp_count, sizeof(*d->shots));
    for (size_t i = 0; i < part->timestamp_count; i++) {
        double time_s = part->timestamps_s[i];
        if (time_s > times->end_s + epsilon_s)
            return error_set(err, ERR_INVALID,
                             "timestamps[%zu]: %.9g s lies behind the end of the source, which "
                             "lasts %.6g s",
                             i, time_s, times->end_s);
        size_t index = frame_at(times, time_s);
        d->shots[i] = (struct shot){.place = i, .index = index, .time_s = times->start_s[index]};
    }
    qsort(d->shots, part->timestamp_count, sizeof(*d->shots), by_index);
    return OK;
}

static enum status refuse_own_input(const struct detect *d, const char *field, const char *where,
                                    struct error *err)
{
    if (!where || !source_is_same(d->source, where))
        return OK;
    return error_set(err, ERR_INVALID, "%s: %s is the input itself", field, where);
}

static enum status open_source(struct detect *d, struct error *err)
{
    const struct spec *spec = d->o->spec;
    enum status status = source_open(d->o->storage, spec->input, d->o->cancel, &d->source, err);
    if (status == OK)
        status = refuse_own_input(d, "output", spec->output, err);
    if (status == OK)
        status = refuse_own_input(d, "annotated", part_of(d)->annotated, err);
    if (status != OK)
        return status;
    metered_source_init(&d->metered, d->source, &d->meters[PHASE_DOWNLOAD]);
    status = reader_open(source_bytes(d->source), spec->input, d->o->cancel, &d->reader, err);
    struct frame_times times = {0};
    if (status == OK)
        status = reader_frame_times(d->reader, &times, err);
    if (status == OK)
        status = plan_shots(d, &times, err);
    frame_times_done(&times);
    return status == OK ? decoder_open(d->reader, d->o->threads, &d->decoder, err) : status;
}

// An estimate from the container's index: each shot needs what lies from the keyframe before.
// Also tells the store of them.
static uint64_t bytes_needed(const struct detect *d)
{
    uint64_t whole = (uint64_t)source_bytes(d->source)->size_bytes, sum = 0;
    for (size_t i = 0; i < part_of(d)->timestamp_count; i++) {
        double time_s = d->shots[i].time_s;
        sum += sum < whole ? reader_bytes_needed(d->reader, time_s, time_s + epsilon_s) : 0;
        reader_expect(d->reader, time_s, time_s + epsilon_s, false);
    }
    return sum < whole ? sum : whole;
}

static void tell_plan(struct detect *d)
{
    const struct media_info *info = reader_info(d->reader);
    uint64_t frames = part_of(d)->timestamp_count;
    const struct features features = {
        .has_frames_output = true,
        .frames_output = frames,
        .has_pixels_out = true,
        .pixels_out = (uint64_t)info->width * (uint64_t)info->height,
        .has_bytes_in = true,
        .bytes_in = metered_source_total(&d->metered, bytes_needed(d)),
    };
    struct plan plan = {0};
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = features.bytes_in};
    plan.phases[PHASE_INIT] = (struct plan_phase){.present = true};
    plan.phases[PHASE_PROCESS] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = frames};
    bool stores = d->o->spec->output || part_of(d)->annotated;
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){.present = stores};
    meter_total(&d->meters[PHASE_DOWNLOAD], features.bytes_in);
    meter_total(&d->meters[PHASE_PROCESS], frames);
    d->o->listener->plan(d->o->listener, &plan, &features);
}

// ---- looking ----

static enum status load_network(struct detect *d, struct error *err)
{
    const struct detector_options options = {
        .model_dir = d->o->model_dir,
        .threads = d->o->threads,
    };
    meter_work(&d->meters[PHASE_INIT]);
    enum status status = detector_new(&options, d->o->cancel, &d->detector, err);
    meter_rest(&d->meters[PHASE_INIT]);
    if (status == OK)
        meter_end(&d->meters[PHASE_INIT]);
    return status;
}

// The whole frame, in d->image, at width × height.
static enum status cut_whole(struct detect *d, const struct picture *picture, int width, int height,
                             struct error *err)
{
    const struct crop_wish whole = {
        .rect = {0, 0, picture_width(picture), picture_height(picture)},
        .width = width,
        .height = height,
    };
    return cropper_cut(d->cropper, picture, &whole, &d->image, err);
}

static enum status draw(struct detect *d, const struct picture *picture, const struct shot *shot,
                        struct error *err)
{
    enum status status = cut_whole(d, picture, picture_width(picture), picture_height(picture),
                                   err);
    if (status == OK)
        status = boxes_draw(&d->image, shot->boxes, shot->box_count, err);
    if (status == OK)
        status = sink_open(d->o->storage, part_of(d)->annotated, d->o->cancel, &d->drawing, err);
    if (status != OK)
        return status;
    uint64_t bytes = 0;
    return png_write(&d->image, sink_bytes(d->drawing), &bytes, err);
}

static enum status look_at(struct detect *d, struct shot *shot, struct error *err)
{
    struct picture *picture AUTO(picture_unref) = NULL;
    struct box found[DETECTOR_MAX_BOXES];
    enum status status = decoder_next(d->decoder, shot->index, &picture, err);
    if (status != OK)
        return status;
    struct letterbox place = detector_fit(d->detector, picture_width(picture),
                                          picture_height(picture));
    status = cut_whole(d, picture, place.width, place.height, err);
    if (status == OK)
        status = detector_run(d->detector, &d->image, &place, part_of(d)->threshold, found,
                              &shot->box_count, d->o->cancel, err);
    if (status != OK)
        return status;
    shot->boxes = mem_zeroed(shot->box_count, sizeof(*found));
    memcpy(shot->boxes, found, shot->box_count * sizeof(*found));
    return part_of(d)->annotated ? draw(d, picture, shot, err) : OK;
}

static enum status look(struct detect *d, struct error *err)
{
    struct meter *meter = &d->meters[PHASE_PROCESS];
    for (size_t i = 0; i < part_of(d)->timestamp_count; i++) {
        enum status status = cancel_check(d->o->cancel, err);
        meter_work(meter);
        if (status == OK)
            status = look_at(d, &d->shots[i], err);
        meter_rest(meter);
        if (status != OK)
            return status;
        meter_add(meter, 1);
    }
    meter_end(meter);
    meter_end(&d->meters[PHASE_DOWNLOAD]);
    return OK;
}

// ---- the answer ----

static void write_box(const struct box *box, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key(w, "bbox");
    jw_object_begin(w);
    jw_key_number(w, "x", (box->left + box->right) / 2, 1);
    jw_key_number(w, "y", (box->top + box->bottom) / 2, 1);
    jw_key_number(w, "width", box->right - box->left, 1);
    jw_key_number(w, "height", box->bottom - box->top, 1);
    jw_object_end(w);
    jw_key_number(w, "confidence", box->confidence, 3);
    jw_key_string(w, "class_name", "person");
    jw_object_end(w);
}

static void write_answer(const struct detect *d, struct buffer *out)
{
    const struct media_info *info = reader_info(d->reader);
    struct json_writer w;
    jw_init(&w, out);
    jw_array_begin(&w);
    for (size_t i = 0; i < part_of(d)->timestamp_count; i++) {
        const struct shot *shot = &d->shots[i];
        jw_object_begin(&w);
        jw_key_number(&w, "time", shot->time_s, 6);
        jw_key_int(&w, "width", info->width);
        jw_key_int(&w, "height", info->height);
        jw_key(&w, "detections");
        jw_array_begin(&w);
        for (size_t k = 0; k < shot->box_count; k++)
            write_box(&shot->boxes[k], &w);
        jw_array_end(&w);
        jw_object_end(&w);
    }
    jw_array_end(&w);
}

static enum status write_output(struct detect *d, struct buffer *answer, struct sink **ret,
                                struct error *err)
{
    enum status status = sink_open(d->o->storage, d->o->spec->output, d->o->cancel, ret, err);
    if (status != OK)
        return status;
    struct byte_sink *door = sink_bytes(*ret);
    buffer_text(answer, "\n");
    return door->write_at(door, 0, answer->data, answer->size, err);
}

// Makes the answer and the picture visible, once both are written.
static enum status store(struct detect *d, struct buffer *answer, struct export_result *ret,
                         struct error *err)
{
    struct meter *meter = &d->meters[PHASE_UPLOAD];
    struct sink *sink AUTO(sink_free) = NULL;
    uint64_t drawn = 0;
    meter_work(meter);
    enum status status = d->o->spec->output ? write_output(d, answer, &sink, err) : OK;
    if (status == OK && d->drawing)
        status = sink_commit(d->drawing, &drawn, err);
    if (status == OK && sink)
        status = sink_commit(sink, &ret->bytes, err);
    meter_rest(meter);
    if (status == OK)
        meter_add(meter, drawn + ret->bytes);
    meter_end(meter);
    return status;
}

static enum status tell_answer(struct detect *d, struct export_result *ret, struct error *err)
{
    struct buffer answer BUFFER_AUTO;
    buffer_init(&answer, ANSWER_MAX_BYTES);
    size_t people = 0;
    for (size_t i = 0; i < part_of(d)->timestamp_count; i++)
        people += d->shots[i].box_count;
    qsort(d->shots, part_of(d)->timestamp_count, sizeof(*d->shots), by_place);
    write_answer(d, &answer);
    bool fits = answer.size < sizeof(ret->data);
    if (answer.overflow || (!fits && !d->o->spec->output))
        return error_set(err, ERR_LIMIT,
                         "%zu people were found, more than can be told without an output: name one",
                         people);
    if (fits)
        (void)text_copy(ret->data, sizeof(ret->data), buffer_string(&answer));
    else // the whole answer is in the output
        (void)snprintf(ret->data, sizeof(ret->data), "{\"frames\":%zu,\"people\":%zu}",
                       part_of(d)->timestamp_count, people);
    ret->frames = (int64_t)part_of(d)->timestamp_count;
    return store(d, &answer, ret, err);
}

static enum status run(struct detect *d, struct export_result *ret, struct error *err)
{
    enum status status = open_source(d, err);
    if (status != OK)
        return status;
    tell_plan(d);
    source_ahead(d->source);
    status = load_network(d, err);
    if (status == OK)
        status = look(d, err);
    return status == OK ? tell_answer(d, ret, err) : status;
}

enum status detect_run(const struct export_options *options, struct export_result *ret,
                       struct error *err)
{
    struct detect d = {.o = options, .cropper = cropper_new()};
    meters_init(d.meters, options->listener);
    enum status status = run(&d, ret, err);
    sink_free(d.drawing);
    for (size_t i = 0; d.shots && i < part_of(&d)->timestamp_count; i++)
        free(d.shots[i].boxes);
    free(d.shots);
    image_done(&d.image);
    detector_free(d.detector);
    cropper_free(d.cropper);
    decoder_free(d.decoder);
    reader_free(d.reader);
    source_free(d.source);
    meters_done(d.meters);
    return status;
}
