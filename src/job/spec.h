// SPDX-License-Identifier: GPL-3.0-or-later
// spec.h — what an export is to do: one JSON object, read strictly, as a plain struct.
//
// docs/protocol.md lists the fields. Reading is strict so that a slip is told and not guessed at:
// an unknown field, a wrong type, a value out of bounds is ERR_INVALID with the field's path and
// what was expected. What only the source can tell is asked later: does the crop lie inside, by
// spec_clip_check(); does the trim, by timeline_build().
//
// Adding an export: one row in spec.c and one parser file like spec_framing.c (spec_kind.h).
//
// Pure. Ownership: a spec owns everything it points to. Threads: a parsed spec is never changed.
// Units: *_s seconds, *_px pixels, *_deg degrees counter-clockwise.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "job/crop_path.h"
#include "job/rational.h"
#include "job/region_path.h"
#include "job/splice.h"
#include "job/timeline.h"
#include "progress/phase.h"

enum {
    SPEC_MAX_TEXT_BYTES = 4 * 1024 * 1024, // of the whole JSON
    SPEC_MAX_NAME_BYTES = 1024,            // of input, output and model
    SPEC_MAX_TIME_S = 360000,              // 100 hours
    SPEC_MAX_CROP_PX = 65536,              // crop sides and positions, either sign
    SPEC_MAX_CLIPS = 1000,
    SPEC_MAX_TEXTS = 200,
    SPEC_MAX_TEXT_WORDS_BYTES = 2000, // of one text
    SPEC_MAX_TIMESTAMPS = 1000,
    SPEC_MIN_OUTPUT_PX = 16,
    SPEC_MAX_OUTPUT_PX = 8192,
};

enum quality { QUALITY_FAST, QUALITY_BEST, QUALITY_COUNT };

const char *quality_name(enum quality quality); // "fast"

// A part of one source, followed by a crop: the whole of a framing_ai, one of a multi_clip.
struct spec_clip {
    char *input; // path, URL or object key
    char *name;  // for the chapter; NULL when it has none
    struct trim trim;
    struct segment *segments; // in order, checked; NULL when there are none
    size_t segment_count;
    struct crop_keyframe *keyframes; // strictly ascending in time; NULL when there are none
    size_t keyframe_count;
    double rotation_deg; // about the frame's centre, before the crop
};

// EXPORT_FRAMING_AI
struct spec_framing {
    struct crop_keyframe *keyframes; // strictly ascending in time; NULL when there are none
    size_t keyframe_count;
    double rotation_deg; // about the frame's centre, before the crop
};

// EXPORT_MULTI_CLIP
struct spec_multi {
    struct spec_clip *clips; // at least one
    size_t clip_count;
    struct transition transition;
};

enum { SPEC_MIN_RATING = 1, SPEC_MAX_RATING = 5 };

// A moment of a game worth showing, and what is said of it.
struct spec_moment {
    double start_s, end_s; // of the source
    char *name, *notes;    // as written; "" when there are none
    int rating;            // SPEC_MIN_RATING…SPEC_MAX_RATING, bad to good
    char **tags;
    size_t tag_count;
};

// EXPORT_ANNOTATE_COMPILATION
struct spec_annotate {
    struct spec_moment *moments; // in the order of the film; at least one
    size_t count;
};

// EXPORT_EXTRACT_CLIP; from when to when is the spec's trim
struct spec_extract {
    bool copy_codec; // else the first frame is exactly the start, encoded anew where that needs it
};

// Which point of the words x is; y is their top.
enum spec_text_align { SPEC_TEXT_LEFT, SPEC_TEXT_CENTER, SPEC_TEXT_RIGHT, SPEC_TEXT_ALIGN_COUNT };

struct spec_text {
    double start_s, end_s; // from the clip's start
    char *text;
    double x, y;
    double size_px;
    uint32_t rgb; // 0xRRGGBB
    enum spec_text_align align;
    bool shadow;
};

// EXPORT_OVERLAY
struct spec_overlay {
    enum region_effect effect;
    double dim;             // of the dark overlay
    struct region *regions; // ascending, not overlapping
    size_t region_count;
    struct spec_text *texts; // in any order, they may overlap
    size_t text_count;
    bool has_video_size; // the frame that all positions and sizes are meant for; else the source's
    double video_width, video_height;
};

// EXPORT_DETECT_PLAYERS
struct spec_detect {
    double *timestamps_s; // at least one, in any order
    size_t timestamp_count;
    double threshold; // of the confidence, 0 to 1
    char *annotated;  // where the picture with the boxes goes; NULL: none
};

struct spec {
    enum export_type type;
    char *input;  // path, URL or object key; NULL where the export has several (clips)
    char *output; // the same; never equal to input; NULL where the export can do without
    struct trim trim;
    struct segment *segments; // in order, checked; NULL when there are none
    size_t segment_count;
    bool has_fps; // else the source's, at most TIMELINE_MAX_FPS
    struct rational fps;
    bool audio;
    struct output_size output_size; // asked for, or the default of the export
    enum quality quality;
    char *model; // name or path of the network; NULL: the default one
    union {      // by type
        struct spec_framing framing;
        struct spec_detect detect;
        struct spec_extract extract;
        struct spec_annotate annotate;
        struct spec_multi multi;
        struct spec_overlay overlay;
    } part;
};

// Reads `n` bytes of JSON. On success *ret is freed by spec_free(). ERR_LIMIT when the text is
// longer than SPEC_MAX_TEXT_BYTES, else ERR_INVALID.
MUST_USE enum status spec_parse(const char *text, size_t n, struct spec **ret, struct error *err);
// NULL is allowed.
void spec_free(struct spec *spec);
AUTO_DEFINE(struct spec, spec_free)

// Appends the canonical JSON of a spec: fixed order, defaults written out, segments in the list
// spelling, times and positions to 9 decimals, no line end. Parsing it gives the same spec.
void spec_write(const struct spec *spec, struct buffer *out);

// The clips of a framing_ai (one) or multi_clip. What they point to is the spec's.
size_t spec_clip_count(const struct spec *spec);
struct spec_clip spec_clip_at(const struct spec *spec, size_t i);
// Do the crops lie inside the source, at least in part? ERR_INVALID: "keyframes[2]: …".
MUST_USE enum status spec_clip_check(const struct spec_clip *clip, int width_px, int height_px,
                                     struct error *err);
