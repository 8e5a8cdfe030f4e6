// SPDX-License-Identifier: GPL-3.0-or-later
// upscaler_models.c — the models by name, and where their files are. See upscaler.h.
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "vision/model_file.h"
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

static enum status find_by_path(const char *path, char *dst, size_t size, struct error *err)
{
    if (!text_copy(dst, size, path) || !model_file_is(path, ".param"))
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
    return model_file_find(m->name, m->file, ".param", model_dir, dst, size, err);
}
