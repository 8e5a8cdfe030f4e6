// SPDX-License-Identifier: GPL-3.0-or-later
// export.c — the table of exports; a row for each that can be run.
#include "export/export.h"

#include "export/annotate.h"
#include "export/extract.h"
#include "export/detect.h"
#include "export/framing.h"
#include "export/overlay.h"

typedef enum status export_function(const struct export_options *options, struct export_result *ret,
                                    struct error *err);

static export_function *const functions[EXPORT_TYPE_COUNT] = {
    [EXPORT_FRAMING_AI] = framing_run,   [EXPORT_DETECT_PLAYERS] = detect_run,
    [EXPORT_EXTRACT_CLIP] = extract_run, [EXPORT_ANNOTATE_COMPILATION] = annotate_run,
    [EXPORT_MULTI_CLIP] = framing_run,   [EXPORT_OVERLAY] = overlay_run,
};

bool export_supported(enum export_type type)
{
    return functions[type] != NULL;
}

enum status export_run(const struct export_options *options, struct export_result *ret,
                       struct error *err)
{
    enum export_type type = options->spec->type;
    if (!export_supported(type))
        return error_set(err, ERR_INVALID, "type: %s cannot be run by this version",
                         export_info(type)->name);
    return functions[type](options, ret, err);
}
