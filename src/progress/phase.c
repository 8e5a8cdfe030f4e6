// SPDX-License-Identifier: GPL-3.0-or-later
// phase.c — the tables behind phase.h. A new phase or export type is one row here.
#include "progress/phase.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

static const struct phase_info phases[] = {
    [PHASE_QUEUE] = {"queue", "Waiting", UNIT_NONE},
    [PHASE_STARTUP] = {"startup", "Starting worker", UNIT_NONE},
    [PHASE_DOWNLOAD] = {"download", "Downloading", UNIT_BYTES},
    [PHASE_INIT] = {"init", "Loading model", UNIT_NONE},
    [PHASE_OVERLAY] = {"overlay", "Preparing overlay", UNIT_FRAMES},
    [PHASE_PROCESS] = {"process", "Processing", UNIT_FRAMES},
    [PHASE_UPSCALE] = {"upscale", "Upscaling", UNIT_FRAMES},
    [PHASE_ENCODE] = {"encode", "Encoding", UNIT_FRAMES},
    [PHASE_CONCAT] = {"concat", "Joining clips", UNIT_FRAMES},
    [PHASE_MERGE] = {"merge", "Merging", UNIT_FRAMES},
    [PHASE_UPLOAD] = {"upload", "Uploading", UNIT_BYTES},
    [PHASE_FINALIZE] = {"finalize", "Saving", UNIT_NONE},
};
_Static_assert(sizeof(phases) / sizeof(phases[0]) == PHASE_COUNT, "one row per phase");

static const struct export_info exports[] = {
    [EXPORT_FRAMING_AI] = {"framing_ai",
                           "Follow and upscale",
                           {PHASE_DOWNLOAD, PHASE_INIT, PHASE_UPSCALE, PHASE_ENCODE, PHASE_UPLOAD},
                           5},
    [EXPORT_MULTI_CLIP] = {"multi_clip",
                           "Join clips",
                           {PHASE_DOWNLOAD, PHASE_INIT, PHASE_UPSCALE, PHASE_ENCODE, PHASE_CONCAT,
                            PHASE_UPLOAD},
                           6},
    [EXPORT_OVERLAY] = {"overlay",
                        "Spotlight a player",
                        {PHASE_DOWNLOAD, PHASE_OVERLAY, PHASE_PROCESS, PHASE_ENCODE, PHASE_UPLOAD},
                        5},
    [EXPORT_ANNOTATE_COMPILATION] = {"annotate_compilation",
                                     "Annotated compilation",
                                     {PHASE_DOWNLOAD, PHASE_PROCESS, PHASE_MERGE, PHASE_UPLOAD},
                                     4},
    [EXPORT_DETECT_PLAYERS] = {"detect_players", "Find players", {0}, 0},
    [EXPORT_EXTRACT_CLIP] = {"extract_clip", "Cut out a clip", {0}, 0},
};
_Static_assert(sizeof(exports) / sizeof(exports[0]) == EXPORT_TYPE_COUNT, "one row per type");

static const char *const units[] = {
    [UNIT_NONE] = "none",
    [UNIT_BYTES] = "bytes",
    [UNIT_FRAMES] = "frames",
    [UNIT_CLIPS] = "clips",
};
_Static_assert(sizeof(units) / sizeof(units[0]) == UNIT_COUNT, "one row per unit");

const struct phase_info *phase_info(enum phase phase)
{
    assert((unsigned)phase < PHASE_COUNT);
    return &phases[phase];
}

const struct export_info *export_info(enum export_type type)
{
    assert((unsigned)type < EXPORT_TYPE_COUNT);
    return &exports[type];
}

const char *unit_name(enum unit unit)
{
    assert((unsigned)unit < UNIT_COUNT);
    return units[unit];
}

bool phase_from_name(const char *name, enum phase *ret)
{
    static const char prefix[] = "modal_";
    if (text_starts(name, prefix))
        name += sizeof(prefix) - 1;
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (strcmp(phases[i].name, name) == 0) {
            *ret = (enum phase)i;
            return true;
        }
    }
    return false;
}

bool export_type_from_name(const char *name, enum export_type *ret)
{
    for (int i = 0; i < EXPORT_TYPE_COUNT; i++) {
        if (strcmp(exports[i].name, name) == 0) {
            *ret = (enum export_type)i;
            return true;
        }
    }
    return false;
}

bool unit_from_name(const char *name, enum unit *ret)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(units[i], name) == 0) {
            *ret = (enum unit)i;
            return true;
        }
    }
    return false;
}
