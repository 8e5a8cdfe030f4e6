// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployment.h"

#include <math.h>

void deployment_init(struct deployment *d, uint64_t seed)
{
    struct rng rng = {seed};
    *d = (struct deployment){
        .speed = rng_log_uniform(&rng, 0.25, 4),
        .growth = rng_uniform(&rng, 0, 0.08),
        .wobble = rng_uniform(&rng, 0.03, 0.12),
        .encode_share = rng_uniform(&rng, 0.05, 0.5),
        .bytes_per_s = rng_log_uniform(&rng, 1e6, 5e7),
        .warm_start_s = rng_log_uniform(&rng, 0.05, 1),
        .cold_start_s = rng_log_uniform(&rng, 0.1, 20),
        .compile_s = rng_log_uniform(&rng, 0.05, 3),
        .load_s = rng_log_uniform(&rng, 0.1, 5),
        .keeps_warm_s = rng_log_uniform(&rng, 60, 900),
        .bytes_per_px = rng_log_uniform(&rng, 0.008, 0.04),
        .lookahead = (int)rng_uniform(&rng, 5, 40),
        .longest_s = 600,
        .always_cold = rng_uniform(&rng, 0, 1) < 0.3,
    };
    d->rng = rng;
}

// Mostly near 1; one in twenty is half as slow again.
static double wobble(struct rng *rng, double ln_sigma)
{
    double outlier = rng_uniform(rng, 0, 1) < 0.05 ? 1.5 : 1;
    return exp(ln_sigma * rng_normal(rng)) * outlier;
}

static void choose_times(struct deployment *d, struct simulated_job *job)
{
    struct rng *rng = &d->rng;
    double network = wobble(rng, 0.25);
    double usual_frame_s = (double)job->features.pixels_in * 2.418 / (200e3 * pow(2, 0.9));
    job->frame_s = usual_frame_s * d->speed * pow(job->frames / 300.0, d->growth) *
                   wobble(rng, d->wobble);
    job->first_s = d->compile_s * wobble(rng, 0.2);
    job->encode_s = d->encode_share * 0.49 * d->speed * wobble(rng, 0.1); // 0.49: of 205 × 365
    job->chunk_s = (double)job->frame_bytes / d->bytes_per_s * network;
    job->upload_s = (double)job->upload_bytes / d->bytes_per_s * network * wobble(rng, 0.15);
    job->startup_s = job->features.cold ? d->cold_start_s * wobble(rng, 0.25)
                                        : d->warm_start_s * wobble(rng, 0.2);
    job->init_s = job->features.cold ? d->load_s * wobble(rng, 0.2) : 0.02 * wobble(rng, 0.3);
    job->finalize_s = 0.03 * wobble(rng, 0.3);
}

void deployment_next(struct deployment *d, struct simulation *ret)
{
    static const uint64_t pixels[] = {205 * 365, 270 * 480, 360 * 640};
    struct rng *rng = &d->rng;
    struct simulated_job job = {.lookahead = d->lookahead, .frame_bytes = 20000};
    uint64_t pixels_in = pixels[(int)rng_uniform(rng, 0, 2.999)];
    double frame_s = (double)pixels_in * 2.418 / (200e3 * pow(2, 0.9)) * d->speed;
    double wanted_s = rng_log_uniform(rng, 10, d->longest_s);
    double idle_s = rng_log_uniform(rng, 2, 7200);
    bool cold = d->always_cold || idle_s > d->keeps_warm_s * rng_log_uniform(rng, 0.8, 1.25);
    job.frames = (int)fmin(fmax(wanted_s / frame_s, 5), 6000);
    job.throttle_from = job.frames + 1;
    job.features = (struct features){
        .has_frames_upscale = true,
        .has_frames_output = true,
        .has_pixels_in = true,
        .has_pixels_out = true,
        .has_bytes_in = true,
        .has_cold = true,
        .has_idle = true,
        .frames_upscale = (uint64_t)job.frames,
        .frames_output = (uint64_t)job.frames,
        .pixels_in = pixels_in,
        .pixels_out = 810 * 1440,
        .bytes_in = (uint64_t)job.frames * job.frame_bytes,
        .cold = cold,
        .idle_s = idle_s,
        .device = "cpu-avx512-2",
        .engine = "x4fast",
    };
    job.upload_bytes = (uint64_t)(d->bytes_per_px * job.frames * 810 * 1440 * wobble(rng, 0.2));
    choose_times(d, &job);
    simulation_run(ret, &job, rng);
}

void deployment_teach(struct deployment *d, struct model *model, int n)
{
    for (int i = 0; i < n; i++) {
        struct simulation s;
        struct honesty h;
        struct record record;
        struct viewer viewer = {.model = model, .step_s = 0.5};
        deployment_next(d, &s);
        simulation_judge(&s, &viewer, &h, &record);
        record.at_ms = model->at_ms + 60000;
        (void)model_learn(model, &record);
        simulation_done(&s);
    }
}
