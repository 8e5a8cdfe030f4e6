// SPDX-License-Identifier: GPL-3.0-or-later
// prior.c — the shipped rules of thumb, and the line that turns a prior into a forecast.
//
// The rates below were read off our own measurements on 2 cores (docs/progress.md); their
// standard deviations say how far another machine of the same description may be off, and are
// meant to be large: the first frames of a job correct a wide belief quickly, a narrow wrong
// one slowly.
#include "progress/prior.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct regressor_info {
    double typical; // value when the job does not tell
    double spread;  // standard deviation of the truth around it
};

static const struct regressor_info regressors[] = {
    [REG_ONE] = {1, 0},
    [REG_COLD] = {0.5, 0.5},
    [REG_FRAMES_UPSCALE] = {5.7, 1.0}, // 300 frames
    [REG_FRAMES_OUTPUT] = {5.7, 1.0},
    [REG_PIXELS_IN] = {11.2, 0.7},   // 205 × 365
    [REG_PIXELS_OUT] = {13.97, 0.5}, // 810 × 1440
    [REG_BYTES_IN] = {17.2, 1.5},    // 30 MB
    [REG_BYTES_OUT] = {15.6, 1.0},   // 6 MB
    [REG_ENGINE] = {0.88, 0.6},      // x4fast
    [REG_QUALITY] = {0, 0.3},        // fast
    [REG_REMOTE] = {0.5, 0.5},
    [REG_CONTENTION] = {0, 0.15}, // as one job in five with half as many again
    [REG_DEVICE] = {-12.8, 1.0},  // 0.36 TFLOP/s
};
_Static_assert(sizeof(regressors) / sizeof(regressors[0]) == REG_COUNT, "one row per regressor");

static const struct {
    const char *name;
    double mflop_per_px;
} engines[] = {{"x4fast", 2.418}, {"animevideov3", 1.238}, {"x4plus", 35.85}};

// The encoder's settings: seconds of one, in those of "fast" (docs/progress.md).
static const struct {
    const char *name;
    double cost;
} qualities[] = {{"fast", 1}, {"best", 2.3}};

// GFLOP/s of one thread in the network's convolutions.
static const struct {
    const char *isa;
    double gflop_per_s;
} devices[] = {{"amx", 800}, {"avx512", 200}, {"avx2", 100}, {"sse41", 30}};

static const double thread_scaling = 0.9; // n threads are worth n^0.9

// Compressed bytes per output pixel at crf 20 or so, ln: 0.017 byte.
static const double ln_bytes_per_px = -4.1;
static const double bytes_per_px_spread = 0.7;
static const double bytes_for_effort = 0.45; // ln bytes more for each ln of cost more
static const double restless = 0.01;
static const double encoder_lag = 38; // frames that x264 looks ahead
// A store takes parts of some megabytes; a smaller film is sent when it is whole.
static const double after_small = 0.9, after_large = 0.1, part_bytes = 8e6;
static const double buffered = 64 << 10; // a proxy's buffer between us and a store, bytes

struct phase_rule {
    double sigma;
    double beta[REG_COUNT];
};

// T in seconds. ln of: 50 ms to start a local child; 20 ms to read a model from the disk, more for
// a larger one; 400 MB/s for bytes on this machine, 30 from a store; 45 Mpx/s to encode, 60 to
// draw, of two plain AVX-512 threads; 20 ms to make the result durable. A model takes seconds to
// reach a GPU, and a network is slower than a disk: hence σ = 1.5 for those.
static const struct phase_rule rules[] = {
    [PHASE_QUEUE] = {1.5, {[REG_ONE] = 1.6}},
    [PHASE_STARTUP] = {1.0, {[REG_ONE] = -3.0}},
    [PHASE_DOWNLOAD] = {1.2, {[REG_ONE] = -19.8, [REG_BYTES_IN] = 1, [REG_REMOTE] = 2.6}},
    [PHASE_INIT] =
        {1.5, {[REG_ONE] = -3.9, [REG_COLD] = 0.7, [REG_ENGINE] = 0.8, [REG_CONTENTION] = 0.5}},
    [PHASE_OVERLAY] = {1.0, {[REG_ONE] = -0.7, [REG_CONTENTION] = 0.7}},
    [PHASE_PROCESS] = {0.9,
                       {[REG_ONE] = -11.5,
                        [REG_FRAMES_OUTPUT] = 1,
                        [REG_PIXELS_OUT] = 1,
                        [REG_CONTENTION] = 0.7,
                        [REG_DEVICE] = 0.5}},
    [PHASE_UPSCALE] = {0.6,
                       {[REG_FRAMES_UPSCALE] = 1,
                        [REG_PIXELS_IN] = 1,
                        [REG_ENGINE] = 1,
                        [REG_CONTENTION] = 1.1,
                        [REG_DEVICE] = 1}},
    [PHASE_ENCODE] = {0.7,
                      {[REG_ONE] = -11.2,
                       [REG_FRAMES_OUTPUT] = 1,
                       [REG_PIXELS_OUT] = 1,
                       [REG_QUALITY] = 1,
                       [REG_CONTENTION] = 0.7,
                       [REG_DEVICE] = 0.5}},
    [PHASE_CONCAT] = {1.2, {[REG_ONE] = -18.4, [REG_BYTES_OUT] = 1}},
    [PHASE_MERGE] = {1.2, {[REG_ONE] = -18.4, [REG_BYTES_OUT] = 1}},
    [PHASE_UPLOAD] = {1.2, {[REG_ONE] = -19.8, [REG_BYTES_OUT] = 1, [REG_REMOTE] = 2.6}},
    [PHASE_FINALIZE] = {1.0, {[REG_ONE] = -3.9}},
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == PHASE_COUNT, "one row per phase");

// extract_clip encodes the few frames before a keyframe, and the first cost the most: the source is
// decoded from the keyframe before, the encoder looks ahead. 0.6 s for 16 of 720p, 1.7 for 60.
static const double cutting_one = 1.35;
static const double cutting_frames = 0.75;

// Where no network runs the encoder waits for frames to be cut and scaled: 20 Mpx/s. At a slow
// setting it is no faster than that itself.
static const double without_network = 2.25;

// detect_players: 0.3 s for the first frame, whose kernels have to be made, 50 ms for each of 100.
static const struct phase_rule detecting = {
    0.7, {[REG_ONE] = -1.2, [REG_FRAMES_OUTPUT] = 0.6, [REG_CONTENTION] = 0.7}};

static const struct {
    enum phase a, b;
    double correlation;
} pairs[] = {
    {PHASE_DOWNLOAD, PHASE_UPLOAD, 0.6}, // the same network
    {PHASE_STARTUP, PHASE_INIT, 0.4},    // the same disk
    {PHASE_UPSCALE, PHASE_ENCODE, 0.5},  // the same cores
    {PHASE_PROCESS, PHASE_ENCODE, 0.5},  //
    {PHASE_INIT, PHASE_UPSCALE, 0.1},
};

double prior_typical(enum regressor r)
{
    return regressors[r].typical;
}

int prior_counted(enum phase k)
{
    int row = 0;
    for (int i = 0; i < (int)k; i++)
        row += phase_info((enum phase)i)->unit != UNIT_NONE;
    return phase_info(k)->unit != UNIT_NONE ? row : -1;
}

int prior_size(double ln_bytes)
{
    static const double first = 13.8155; // ln 1e6
    return (int)fmin(fmax(ceil((ln_bytes - first) / log(4)), 0), PRIOR_SIZES - 1);
}

int prior_pair(enum phase i, enum phase j)
{
    return i > j ? (int)i * ((int)i - 1) / 2 + (int)j : (int)j * ((int)j - 1) / 2 + (int)i;
}

// What no phase has a say in.
static void set_common(struct prior *p)
{
    *p = (struct prior){.present = 1u << PHASE_STARTUP | 1u << PHASE_FINALIZE,
                        .restless = (float)restless,
                        .bytes_out_sigma = (float)bytes_per_px_spread};
    for (int r = 0; r < REG_COUNT; r++) {
        p->typical[r] = (float)regressors[r].typical;
        p->spread[r] = (float)regressors[r].spread;
    }
    p->bytes_out[0] = (float)(ln_bytes_per_px + regressors[REG_FRAMES_OUTPUT].typical +
                              regressors[REG_PIXELS_OUT].typical);
    p->bytes_out[1] = p->bytes_out[2] = 1;
    p->bytes_out[3] = (float)bytes_for_effort;
    p->lag[PHASE_ENCODE] = (float)encoder_lag;
    p->ahead = (float)buffered;
    for (int i = 0; i < PRIOR_SIZES; i++)
        p->after[i] = (float)(i < prior_size(log(part_bytes)) ? after_small : after_large);
    calibration_init(&p->calibration);
}

void prior_shipped(enum export_type type, struct prior *ret)
{
    const struct export_info *info = export_info(type);
    set_common(ret);
    for (int i = 0; i < info->phase_count; i++)
        ret->present |= 1u << info->phases[i];
    if (info->phase_count == 0)
        ret->present |= 1u << PHASE_PROCESS;
    for (int k = 0; k < PHASE_COUNT; k++) {
        ret->sigma[k] = (float)rules[k].sigma;
        for (int r = 0; r < REG_COUNT; r++)
            ret->beta[k][r] = (float)rules[k].beta[r];
    }
    if (type == EXPORT_EXTRACT_CLIP) {
        ret->beta[PHASE_ENCODE][REG_ONE] += (float)cutting_one;
        ret->beta[PHASE_ENCODE][REG_FRAMES_OUTPUT] = (float)cutting_frames;
    }
    if (type == EXPORT_DETECT_PLAYERS) {
        ret->sigma[PHASE_PROCESS] = (float)detecting.sigma;
        for (int r = 0; r < REG_COUNT; r++)
            ret->beta[PHASE_PROCESS][r] = (float)detecting.beta[r];
    }
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        ret->correlation[prior_pair(pairs[i].a, pairs[i].b)] = (float)pairs[i].correlation;
}

void prior_simulated(enum export_type type, struct prior *ret)
{
    const struct export_info *info = export_info(type);
    bool has_work = false;
    set_common(ret);
    for (int k = 0; k < PHASE_COUNT; k++) {
        ret->sigma[k] = 1;
        ret->beta[k][REG_ONE] = -3;
    }
    for (int i = 0; i < info->phase_count; i++) {
        enum phase k = info->phases[i];
        ret->present |= 1u << k;
        if (k == PHASE_UPSCALE || k == PHASE_PROCESS) {
            enum regressor frames = k == PHASE_UPSCALE ? REG_FRAMES_UPSCALE : REG_FRAMES_OUTPUT;
            ret->beta[k][REG_ONE] = 0;
            ret->beta[k][frames] = 1;
            has_work = true;
        }
    }
    if (!has_work) // answers in a few seconds
        ret->beta[PHASE_FINALIZE][REG_ONE] = 0.7F;
}

static void know(struct regression *reg, enum regressor r, double value, double spread)
{
    reg->x[r] = value;
    reg->spread[r] = spread;
}

static void know_count(struct regression *reg, enum regressor r, bool has, uint64_t count)
{
    if (has)
        know(reg, r, log((double)(count > 0 ? count : 1)), 0);
}

static void know_engine(struct regression *reg, const char *engine)
{
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        if (strstr(engine, engines[i].name) != NULL)
            know(reg, REG_ENGINE, log(engines[i].mflop_per_px), 0);
    }
}

static void know_quality(struct regression *reg, const char *quality)
{
    for (size_t i = 0; i < sizeof(qualities) / sizeof(qualities[0]); i++) {
        if (strcmp(quality, qualities[i].name) == 0)
            know(reg, REG_QUALITY, log(qualities[i].cost), 0);
    }
}

// "cpu-avx512-2": a processor, its instruction set, the threads used.
static const char cpu_prefix[] = "cpu-";

// 0 when it does not say.
static long threads_of(const char *device)
{
    const char *count = text_starts(device, cpu_prefix) ? strrchr(device, '-') : NULL;
    long threads = count != NULL ? strtol(count + 1, NULL, 10) : 0;
    return threads > 0 && threads < 10000 ? threads : 0;
}

static void know_device(struct regression *reg, const char *device)
{
    if (!text_starts(device, cpu_prefix))
        return;
    const char *isa = device + sizeof(cpu_prefix) - 1;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        size_t n = strlen(devices[i].isa);
        if (strncmp(isa, devices[i].isa, n) != 0 || (isa[n] != '-' && isa[n] != '\0'))
            continue;
        long threads = threads_of(device);
        double ln_threads = log(threads > 0 ? (double)threads : 4);
        double ln_mflop_per_s = log(devices[i].gflop_per_s * 1000) + thread_scaling * ln_threads;
        know(reg, REG_DEVICE, -ln_mflop_per_s, threads > 0 ? 0 : 0.7);
    }
}

// How much longer it takes when processors are shared fairly with what else computes there. Threads
// that the device does not tell are taken to be as many as processors.
static void know_contention(struct regression *reg, const struct features *f)
{
    if (!f->has_runnable || !f->has_processors || f->processors == 0)
        return;
    long told = threads_of(f->device);
    double processors = (double)f->processors;
    double threads = told > 0 ? (double)told : processors;
    know(reg, REG_CONTENTION, log(fmax(((double)f->runnable + threads) / processors, 1)), 0);
}

// Guessed from the film's size, as far as that is known.
static void guess_bytes_out(const struct prior *p, const struct features *f, struct regression *reg)
{
    if (!f->has_frames_output || !f->has_pixels_out)
        return;
    double frames = reg->x[REG_FRAMES_OUTPUT] - regressors[REG_FRAMES_OUTPUT].typical;
    double pixels = reg->x[REG_PIXELS_OUT] - regressors[REG_PIXELS_OUT].typical;
    know(reg, REG_BYTES_OUT,
         (double)p->bytes_out[0] + (double)p->bytes_out[1] * frames +
             (double)p->bytes_out[2] * pixels + (double)p->bytes_out[3] * reg->x[REG_QUALITY],
         (double)p->bytes_out_sigma);
}

void prior_regress(const struct prior *prior, const struct features *f, struct regression *reg)
{
    for (int r = 0; r < REG_COUNT; r++)
        know(reg, (enum regressor)r, (double)prior->typical[r], (double)prior->spread[r]);
    if (f->has_cold)
        know(reg, REG_COLD, f->cold ? 1 : 0, 0);
    if (f->has_remote)
        know(reg, REG_REMOTE, f->remote ? 1 : 0, 0);
    know_count(reg, REG_FRAMES_UPSCALE, f->has_frames_upscale, f->frames_upscale);
    know_count(reg, REG_FRAMES_OUTPUT, f->has_frames_output, f->frames_output);
    know_count(reg, REG_PIXELS_IN, f->has_pixels_in, f->pixels_in);
    know_count(reg, REG_PIXELS_OUT, f->has_pixels_out, f->pixels_out);
    know_count(reg, REG_BYTES_IN, f->has_bytes_in, f->bytes_in);
    know_quality(reg, f->quality);
    guess_bytes_out(prior, f, reg);
    if (f->has_frames_upscale && f->frames_upscale == 0)
        reg->x[REG_QUALITY] = fmax(reg->x[REG_QUALITY], log(without_network));
    know_count(reg, REG_BYTES_OUT, f->has_bytes_out, f->bytes_out);
    know_engine(reg, f->engine);
    know_device(reg, f->device);
    know_contention(reg, f);
}

double prior_line(const struct prior *prior, enum phase k, const struct regression *reg)
{
    double sum = 0;
    for (int r = 0; r < REG_COUNT; r++)
        sum += (double)prior->beta[k][r] * reg->x[r];
    return sum;
}

static double covariance(const struct prior *p, const struct regression *reg, int i, int j)
{
    double rho = i == j ? 1 : p->correlation[prior_pair((enum phase)i, (enum phase)j)];
    double c = rho * p->sigma[i] * p->sigma[j];
    for (int r = 0; r < REG_COUNT; r++)
        c += p->beta[i][r] * p->beta[j][r] * reg->spread[r] * reg->spread[r];
    return c;
}

void prior_forecast(const struct prior *prior, const struct features *features,
                    struct forecast *ret)
{
    struct regression reg;
    prior_regress(prior, features, &reg);
    *ret = (struct forecast){.present = prior->present};
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (!forecast_has(ret, (enum phase)i))
            continue;
        ret->mean[i] = prior_line(prior, (enum phase)i, &reg);
        for (int j = 0; j <= i; j++) {
            if (forecast_has(ret, (enum phase)j))
                ret->cov[i][j] = ret->cov[j][i] = covariance(prior, &reg, i, j);
        }
    }
}

double prior_unit_cost(const struct prior *prior, const char *class_name)
{
    for (int i = 0; i < PLAN_MAX_CLASSES && prior->classes[i].name[0] != '\0'; i++) {
        if (strcmp(prior->classes[i].name, class_name) == 0)
            return (double)prior->classes[i].cost;
    }
    return prior_class_cost(class_name);
}

double prior_class_cost(const char *class_name)
{
    // Other workers: 106 ms a frame in a highlight against 17 elsewhere. Our own draws in 1 ms what
    // takes 40 ms to encode (docs/measurements.md, "Overlay").
    static const struct {
        const char *name;
        double cost;
    } costs[] = {{"inside", 1}, {"highlight", 6}};
    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        if (strcmp(costs[i].name, class_name) == 0)
            return costs[i].cost;
    }
    double said = class_name[0] == 'x' ? strtod(class_name + 1, NULL) : 0;
    return said >= 0.001 && said <= 1000 ? said : 1;
}
