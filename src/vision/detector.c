// SPDX-License-Identifier: GPL-3.0-or-later
// detector.c — see detector.h.
#include "vision/detector.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "vision/model_file.h"
#include "vision/nanodet_model.h"

#define OVERLAP 0.5 // of two boxes' union, from which on they are taken for one person

// What the network was trained with: blue, green, red in 0…255, of which the mean is taken off and
// the rest divided by the deviation (NanoDet's configuration, of ImageNet).
static const struct {
    int plane; // of an RGB image
    float mean, deviation;
} channels[] = {{2, 103.53F, 57.375F}, {1, 116.28F, 57.12F}, {0, 123.675F, 58.395F}};

struct detector {
    struct network *net;
    const struct backend *backend;
    void *engine;
    struct image square; // what the network sees
    struct cells outputs[NETWORK_MAX_OUTPUTS];
    float *features[NETWORK_MAX_OUTPUTS]; // the outputs' data
    struct box *boxes;                    // room for one a cell
};

static enum status make_room(struct detector *d, struct error *err)
{
    size_t all = 0;
    for (int k = 0; k < d->net->n_outputs; k++) {
        const struct tensor *t = &d->net->tensors[d->net->outputs[k]];
        struct cells *c = &d->outputs[k];
        if (t->channels != NANODET_CHANNELS || t->scale_num != 1)
            return error_set(err, ERR_MODEL, "model: an output that a detector does not have");
        c->stride = t->scale_den;
        c->columns = d->net->width / c->stride;
        c->rows = d->net->height / c->stride;
        size_t n = (size_t)c->columns * (size_t)c->rows;
        c->data = d->features[k] = mem_zeroed(n * NANODET_CHANNELS, sizeof(float));
        all += n;
    }
    d->boxes = mem_zeroed(all, sizeof *d->boxes);
    return image_resize(&d->square, d->net->width, d->net->height, err);
}

enum status detector_model_find(const char *model_dir, char *dst, size_t size, struct error *err)
{
    return model_file_find("nanodet", "nanodet", ".json", model_dir, dst, size, err);
}

enum status detector_new(const struct detector_options *options, const struct cancel *cancel,
                         struct detector **ret, struct error *err)
{
    struct detector *d AUTO(detector_free) = mem_new(struct detector);
    char path[PATH_MAX];
    enum status s = detector_model_find(options->model_dir, path, sizeof path, err);
    if (s == OK)
        s = nanodet_model_load(path, &d->net, err);
    if (s == OK)
        s = cancel_check(cancel, err);
    if (s == OK)
        s = make_room(d, err);
    if (s != OK)
        return s;
    int threads = options->threads > 0 ? options->threads : backend_cpu_count();
    const struct backend_options how = {threads, options->precision};
    d->backend = backend_best();
    s = d->backend->create(d->net, &how, &d->engine, err);
    if (s != OK)
        return s;
    *ret = d;
    d = NULL;
    return OK;
}

void detector_free(struct detector *d)
{
    if (!d)
        return;
    if (d->backend)
        d->backend->destroy(d->engine);
    network_free(d->net);
    image_done(&d->square);
    for (int k = 0; k < NETWORK_MAX_OUTPUTS; k++)
        free(d->features[k]);
    free(d->boxes);
    free(d);
}

struct letterbox detector_fit(const struct detector *d, int source_width, int source_height)
{
    return letterbox_fit(source_width, source_height, d->net->width, d->net->height);
}

// Puts the picture into the square as the network wants it; black around.
static void fill_square(struct detector *d, const struct image *picture,
                        const struct letterbox *place)
{
    for (int c = 0; c < 3; c++) {
        float scale = 255 / channels[c].deviation;
        float black = -channels[c].mean / channels[c].deviation;
        for (int y = 0; y < d->square.height; y++) {
            float *to = image_row(&d->square, c, y);
            for (int x = 0; x < d->square.width; x++)
                to[x] = black;
            if (y < place->y || y >= place->y + place->height)
                continue;
            const float *from = image_row(picture, channels[c].plane, y - place->y);
            for (int x = 0; x < place->width; x++)
                to[place->x + x] += from[x] * scale;
        }
    }
}

enum status detector_run(struct detector *d, const struct image *picture,
                         const struct letterbox *place, double threshold,
                         struct box ret[static DETECTOR_MAX_BOXES], size_t *ret_n,
                         const struct cancel *cancel, struct error *err)
{
    assert(picture->width == place->width && picture->height == place->height);
    fill_square(d, picture, place);
    enum status s = d->backend->analyse(d->engine, &d->square, d->features, cancel, err);
    if (s != OK)
        return s;
    size_t n = 0;
    for (int k = 0; k < d->net->n_outputs; k++)
        n = boxes_decode(&d->outputs[k], threshold, d->boxes, n);
    n = boxes_suppress(d->boxes, n, OVERLAP);
    *ret_n = n < DETECTOR_MAX_BOXES ? n : DETECTOR_MAX_BOXES;
    for (size_t i = 0; i < *ret_n; i++)
        ret[i] = letterbox_to_source(place, d->boxes[i]);
    return OK;
}
