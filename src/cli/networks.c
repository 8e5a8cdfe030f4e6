// SPDX-License-Identifier: GPL-3.0-or-later
// networks.c — see networks.h.
#include "cli/networks.h"

#include "vision/detector.h"
#include "vision/upscaler.h"

enum { MAX_PATH = 4096 };

static void add(struct buffer *names, const char *name)
{
    buffer_printf(names, "%s%s", names->size > 0 ? ", " : "", name);
}

enum status networks_look(const char *model_dir, struct buffer *found, struct buffer *missing,
                          struct error *err)
{
    char path[MAX_PATH];
    struct error why = {0};
    enum status status = OK;
    const struct upscaler_model *model = NULL;
    for (size_t i = 0; (model = upscaler_model_at(i)); i++) {
        enum status found_it = upscaler_model_find(model->name, model_dir, path, sizeof(path),
                                                   status == OK ? err : &why);
        add(found_it == OK ? found : missing, model->name);
        status = status == OK ? found_it : status;
    }
    enum status found_it = detector_model_find(model_dir, path, sizeof(path),
                                               status == OK ? err : &why);
    add(found_it == OK ? found : missing, "nanodet");
    return status == OK ? found_it : status;
}
