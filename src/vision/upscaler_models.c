// SPDX-License-Identifier: GPL-3.0-or-later
// upscaler_models.c — the models by name, and where their files are. See upscaler.h.
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "vision/upscaler.h"

// Factors are what the files make; a test loads each and compares.
static const struct upscaler_model models[] = {
    {"x4fast", "realesrgan-x4fast", 4, "camera footage, the default"},
    {"animevideov3", "realesr-animevideov3-x4", 4, "drawn material, twice as fast"},
    {"animevideov3-x2", "realesr-animevideov3-x2", 2, "drawn material, made twice as large"},
    {"animevideov3-x3", "realesr-animevideov3-x3", 3, "drawn material, made three times as large"},
    {"x4plus", "realesrgan-x4plus", 4, "single pictures: best detail, 15 times slower"},
};

enum { N_MODELS = sizeof models / sizeof *models };

const struct upscaler_model *upscaler_model_at(size_t i)
{
    return i < N_MODELS ? &models[i] : NULL;
}

static const struct upscaler_model *find_model(const char *name)
{
    for (size_t i = 0; i < N_MODELS; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

static bool both_readable(const char *param)
{
    char bin[PATH_MAX];
    size_t n = strlen(param) - strlen(".param");
    if (!text_copy(bin, sizeof bin, param))
        return false;
    memcpy(bin + n, ".bin", sizeof ".bin"); // shorter than ".param"
    return access(param, R_OK) == 0 && access(bin, R_OK) == 0;
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

static bool is_in(const char *dir, const struct upscaler_model *m, char *dst, size_t size,
                  struct buffer *looked)
{
    if (!dir || !*dir)
        return false;
    int n = snprintf(dst, size, "%s/%s.param", dir, m->file);
    if (n < 0 || (size_t)n >= size)
        return false;
    buffer_printf(looked, "%s%s", looked->size ? ", " : "", dir);
    return both_readable(dst);
}

static enum status find_by_path(const char *path, char *dst, size_t size, struct error *err)
{
    if (!text_copy(dst, size, path) || !both_readable(path))
        return error_set(err, ERR_MODEL,
                         "model %s: it and the .bin beside it must be there and readable", path);
    return OK;
}

__attribute__((cold)) static enum status unknown_model(const char *name, struct error *err)
{
    struct buffer names BUFFER_AUTO;
    buffer_init(&names, 256);
    for (size_t i = 0; i < N_MODELS; i++)
        buffer_printf(&names, "%s%s", i ? ", " : "", models[i].name);
    return error_set(err, ERR_MODEL, "model \"%.60s\" is unknown: use %s, or the path of a .param",
                     name, buffer_string(&names));
}

enum status upscaler_model_find(const char *model, const char *model_dir, char *dst, size_t size,
                                struct error *err)
{
    if (text_ends(model, ".param"))
        return find_by_path(model, dst, size, err);
    const struct upscaler_model *m = find_model(model);
    if (!m)
        return unknown_model(model, err);
    struct buffer looked BUFFER_AUTO;
    buffer_init(&looked, 1024);
    char installed[PATH_MAX];
    if (model_dir) {
        if (is_in(model_dir, m, dst, size, &looked))
            return OK;
    } else if (is_in(getenv("HEADWAY_MODEL_DIR"), m, dst, size, &looked) ||
               is_in("assets/models", m, dst, size, &looked) ||
               (installed_dir(installed) && is_in(installed, m, dst, size, &looked))) {
        return OK;
    }
    return error_set(err, ERR_MODEL,
                     "model %s: %s.param and .bin are not in %s; `make assets` "
                     "(tools/fetch_assets.sh) fetches them",
                     m->name, m->file, buffer_string(&looked));
}
