// SPDX-License-Identifier: GPL-3.0-or-later
// spec_features.c — see spec_features.h.
#include "job/spec_features.h"

#include <math.h>

#include "base/text.h"

static const double usual_fps = 30;

static double fps_of(const struct spec *spec)
{
    return spec->has_fps ? rational_value(spec->fps) : usual_fps;
}

// Seconds of a part; 0 when its end is that of a source which nobody has opened.
static double seconds_of(const struct trim *trim)
{
    return trim->has_end ? fmax(trim->end_s - trim->start_s, 0) : 0;
}

static void know(bool *has, uint64_t *value, double count)
{
    *has = count >= 1;
    *value = *has ? (uint64_t)count : 0;
}

static void follow_features(const struct spec *spec, struct features *f)
{
    double seconds = 0;
    double crop_px = 0;
    bool all_known = true;
    for (size_t i = 0; i < spec_clip_count(spec); i++) {
        const struct spec_clip clip = spec_clip_at(spec, i);
        seconds += seconds_of(&clip.trim);
        all_known = all_known && clip.trim.has_end;
        if (clip.keyframe_count > 0)
            crop_px = fmax(crop_px, clip.keyframes[0].width * clip.keyframes[0].height);
    }
    double frames = all_known ? seconds * fps_of(spec) : 0;
    know(&f->has_frames_upscale, &f->frames_upscale, frames);
    know(&f->has_frames_output, &f->frames_output, frames);
    know(&f->has_pixels_in, &f->pixels_in, crop_px);
    know(&f->has_pixels_out, &f->pixels_out,
         (double)spec->output_size.width * spec->output_size.height);
    know(&f->has_clips, &f->clips, (double)spec_clip_count(spec));
}

static void annotate_features(const struct spec *spec, struct features *f)
{
    double seconds = 0;
    for (size_t i = 0; i < spec->part.annotate.count; i++)
        seconds += spec->part.annotate.moments[i].end_s - spec->part.annotate.moments[i].start_s;
    know(&f->has_frames_output, &f->frames_output, seconds * fps_of(spec));
    know(&f->has_clips, &f->clips, (double)spec->part.annotate.count);
}

static bool only_copies(const struct spec *spec)
{
    const struct spec_overlay *overlay = &spec->part.overlay;
    if (spec->type == EXPORT_EXTRACT_CLIP)
        return spec->part.extract.copy_codec;
    return spec->type == EXPORT_OVERLAY && overlay->region_count == 0 && overlay->text_count == 0;
}

// Of a part of the source that is shown as it is, or drawn on. What is only copied makes no frame;
// it counts as one, for the little that there is to do.
static void part_features(const struct spec *spec, struct features *f)
{
    know(&f->has_frames_output, &f->frames_output,
         only_copies(spec) ? 1 : seconds_of(&spec->trim) * fps_of(spec));
}

// The encoder's setting; none where nothing is encoded.
static const char *quality_of(const struct spec *spec)
{
    bool encodes = spec->type != EXPORT_DETECT_PLAYERS && !only_copies(spec);
    return encodes ? quality_name(spec->quality) : "";
}

static void look_at(const char *place, bool *far, bool *near)
{
    if (place == NULL)
        return;
    *far |= text_starts(place, "s3://");
    *near |= place[0] == '/' || text_starts(place, "file://");
}

// Do its bytes go over a network? A key says only what it is called, not where.
static void remote_features(const struct spec *spec, struct features *f)
{
    bool far = false, near = false;
    look_at(spec->input, &far, &near);
    look_at(spec->output, &far, &near);
    bool clips = spec->type == EXPORT_FRAMING_AI || spec->type == EXPORT_MULTI_CLIP;
    for (size_t i = 0; clips && i < spec_clip_count(spec); i++)
        look_at(spec_clip_at(spec, i).input, &far, &near);
    f->has_remote = far || near;
    f->remote = far;
}

void spec_features(const struct spec *spec, struct features *ret)
{
    *ret = (struct features){0};
    (void)text_copy(ret->quality, sizeof(ret->quality), quality_of(spec));
    remote_features(spec, ret);
    switch (spec->type) {
    case EXPORT_FRAMING_AI:
    case EXPORT_MULTI_CLIP:
        follow_features(spec, ret);
        break;
    case EXPORT_ANNOTATE_COMPILATION:
        annotate_features(spec, ret);
        break;
    case EXPORT_DETECT_PLAYERS:
        know(&ret->has_frames_output, &ret->frames_output,
             (double)spec->part.detect.timestamp_count);
        break;
    default:
        part_features(spec, ret);
    }
}
