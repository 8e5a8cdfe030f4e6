// SPDX-License-Identifier: GPL-3.0-or-later
// model_file.c — see model_file.h.
#include "vision/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"

static const char weights_suffix[] = ".bin";

bool model_file_is(const char *path, const char *suffix)
{
    char bin[PATH_MAX];
    size_t n = strlen(path) - strlen(suffix);
    if (!text_ends(path, suffix) || n + sizeof weights_suffix > sizeof bin)
        return false;
    memcpy(bin, path, n);
    memcpy(bin + n, weights_suffix, sizeof weights_suffix);
    return access(path, R_OK) == 0 && access(bin, R_OK) == 0;
}

// ../share/headway/models as seen from the program's own folder; false when unknown.
static bool installed_dir(char dst[PATH_MAX])
{
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return false;
    exe[n] = 0;
    *strrchr(exe, '/') = 0;
    return snprintf(dst, PATH_MAX, "%s/../share/headway/models", exe) < PATH_MAX;
}

enum status model_file_find(const char *name, const char *stem, const char *suffix,
                            const char *model_dir, char *dst, size_t size, struct error *err)
{
    char installed[PATH_MAX] = "";
    const char *dirs[] = {model_dir, NULL, NULL};
    if (!model_dir) {
        dirs[0] = getenv("HEADWAY_MODEL_DIR");
        dirs[1] = "assets/models";
        dirs[2] = installed_dir(installed) ? installed : NULL;
    }
    struct buffer looked BUFFER_AUTO;
    buffer_init(&looked, 1024);
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        if (!dirs[i] || !*dirs[i])
            continue;
        int n = snprintf(dst, size, "%s/%s%s", dirs[i], stem, suffix);
        if (n < 0 || (size_t)n >= size)
            continue;
        buffer_printf(&looked, "%s%s", looked.size ? ", " : "", dirs[i]);
        if (model_file_is(dst, suffix))
            return OK;
    }
    return error_set(err, ERR_MODEL,
                     "model %s: %s%s and .bin are not in %s; `make assets` "
                     "(tools/fetch_assets.sh) fetches them",
                     name, stem, suffix, buffer_string(&looked));
}
