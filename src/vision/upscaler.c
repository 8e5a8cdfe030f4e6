// SPDX-License-Identifier: GPL-3.0-or-later
// upscaler.c — see upscaler.h.
//
// Tiles: a picture goes through whole when its working memory is below MEMORY_BUDGET_BYTES.
// Otherwise it is cut into tiles of one size (one set of kernels); the last of a row or column
// moves inwards instead of being smaller. A tile's border is thus either the picture's, where
// the network pads with zeros as it does untiled, or lies an overlap away from what is kept.
// The overlap is the receptive field, but at most MAX_OVERLAP_PX: RRDB's field (x4plus) is
// several hundred pixels wide in theory, while what lies MAX_OVERLAP_PX away changes the result
// by less than one can measure (docs/measurements.md).
#include "vision/upscaler.h"

#include <math.h>
#include <limits.h>
#include <string.h>

#include "vision/ncnn_model.h"

enum {
    MEMORY_BUDGET_BYTES = 192 << 20,
    MAX_OVERLAP_PX = 40,
    TILE_STEP_PX = 8,
    MAX_THREADS = 256,
};

struct upscaler {
    struct network *net;
    const struct backend *backend;
    void *engine;
    char *model;
    char path[PATH_MAX];
    int factor;
    int overlap_px;
    size_t tile_px; // at most
};

static int thread_count(int asked)
{
    int n = asked > 0 ? asked : backend_cpu_count();
    return n < MAX_THREADS ? n : MAX_THREADS;
}

// A tile has to be larger than its two overlaps by enough to be worth it.
void upscaler_limit_tile(struct upscaler *u, size_t px)
{
    size_t least = (size_t)(3 * u->overlap_px) * (size_t)(3 * u->overlap_px);
    u->tile_px = px > least ? px : least;
}

static enum status load(struct upscaler *u, const struct upscaler_options *o,
                        const struct cancel *cancel, struct error *err)
{
    enum status s = upscaler_model_find(u->model, o->model_dir, u->path, sizeof u->path, err);
    if (s == OK)
        s = ncnn_model_load(u->path, &u->net, err);
    if (s == OK)
        s = cancel_check(cancel, err);
    if (s != OK)
        return s;
    const struct backend_options options = {thread_count(o->threads), o->precision};
    u->backend = backend_best();
    s = u->backend->create(u->net, &options, &u->engine, err);
    if (s != OK)
        return s;
    int radius = network_radius_px(u->net);
    u->overlap_px = radius < MAX_OVERLAP_PX ? radius : MAX_OVERLAP_PX;
    u->factor = u->net->tensors[u->net->outputs[0]].scale_num;
    upscaler_limit_tile(u, MEMORY_BUDGET_BYTES / u->backend->bytes_per_px(u->engine));
    return OK;
}

enum status upscaler_new(const struct upscaler_options *options, const struct cancel *cancel,
                         struct upscaler **ret, struct error *err)
{
    struct upscaler *u AUTO(upscaler_free) = mem_new(struct upscaler);
    u->model = mem_strdup(options->model ? options->model : upscaler_model_at(0)->name);
    enum status s = load(u, options, cancel, err);
    if (s != OK)
        return s;
    *ret = u;
    u = NULL;
    return OK;
}

void upscaler_free(struct upscaler *u)
{
    if (!u)
        return;
    if (u->backend)
        u->backend->destroy(u->engine);
    network_free(u->net);
    free(u->model);
    free(u);
}

void upscaler_device(int threads, char *dst, size_t size)
{
    backend_best()->device(threads > 0 ? threads : backend_cpu_count(), dst, size);
}

int upscaler_factor(const struct upscaler *u)
{
    return u->factor;
}

struct upscaler_info upscaler_info(const struct upscaler *u)
{
    struct upscaler_info info = {.model = u->model,
                                 .path = u->path,
                                 .factor = u->factor,
                                 .mflop_per_px = network_flop_per_px(u->net) / 1e6};
    u->backend->describe(u->engine, &info.backend);
    return info;
}

// -- tiles

// One direction of the cut: n tiles of `size`, each responsible for `share` of the length.
struct cut {
    int length, size, share, n, overlap;
};

static struct cut cut_into(int length, int n, int overlap)
{
    struct cut c = {.length = length, .n = n, .overlap = overlap};
    c.share = (length + n - 1) / n;
    c.size = n == 1 ? length
                    : (c.share + 2 * overlap + TILE_STEP_PX - 1) / TILE_STEP_PX * TILE_STEP_PX;
    c.size = c.size < length ? c.size : length;
    c.n = (length + c.share - 1) / c.share;
    return c;
}

// What tile i reads and what it is responsible for.
static void cut_at(const struct cut *c, int i, int *read, int *write, int *write_length)
{
    *write = i * c->share;
    *write_length = c->length - *write < c->share ? c->length - *write : c->share;
    int first = *write - c->overlap;
    int last_start = c->length - c->size;
    *read = first < 0 ? 0 : first > last_start ? last_start : first;
}

struct tiling {
    struct cut across, down;
};

// The cuts that read the fewest pixels in all, each tile below the limit. One tile when it fits.
static struct tiling choose_tiles(const struct upscaler *u, int width, int height)
{
    struct tiling best = {cut_into(width, 1, 0), cut_into(height, 1, 0)};
    if ((size_t)width * (size_t)height <= u->tile_px)
        return best;
    double least = INFINITY;
    int most = (width > height ? width : height) / TILE_STEP_PX + 1;
    for (int nx = 1; nx <= most; nx++)
        for (int ny = 1; ny <= most; ny++) {
            struct cut x = cut_into(width, nx, u->overlap_px);
            struct cut y = cut_into(height, ny, u->overlap_px);
            double cost = (double)x.size * y.size * x.n * y.n;
            if ((size_t)x.size * (size_t)y.size > u->tile_px || cost >= least)
                continue;
            least = cost;
            best = (struct tiling){x, y};
        }
    return best;
}

int upscaler_tile_count(const struct upscaler *u, int width, int height)
{
    struct tiling tiles = choose_tiles(u, width, height);
    return tiles.across.n * tiles.down.n;
}

enum status upscaler_run(struct upscaler *u, const struct image *in, struct image *out,
                         const struct cancel *cancel, struct error *err)
{
    enum status s = cancel_check(cancel, err);
    if (s == OK)
        s = image_resize(out, in->width * u->factor, in->height * u->factor, err);
    if (s != OK)
        return s;
    struct tiling tiles = choose_tiles(u, in->width, in->height);
    struct cut *x = &tiles.across, *y = &tiles.down;
    for (int i = 0; i < x->n * y->n; i++) {
        struct backend_region r = {.read = {.width = x->size, .height = y->size}};
        cut_at(x, i % x->n, &r.read.x, &r.write.x, &r.write.width);
        cut_at(y, i / x->n, &r.read.y, &r.write.y, &r.write.height);
        s = u->backend->run(u->engine, in, out, &r, cancel, err);
        if (s != OK)
            return s;
    }
    return OK;
}
