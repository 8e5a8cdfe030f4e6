// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/job_features.h"

#include "base/text.h"

static void learn_count(bool *has, uint64_t *value, bool known, uint64_t known_value)
{
    if (!known)
        return;
    *has = true;
    *value = known_value;
}

static void learn_word(char *word, size_t size, const char *known)
{
    if (known[0] != '\0')
        (void)text_copy(word, size, known);
}

void features_learn(struct features *f, const struct features *known)
{
    learn_count(&f->has_frames_upscale, &f->frames_upscale, known->has_frames_upscale,
                known->frames_upscale);
    learn_count(&f->has_frames_output, &f->frames_output, known->has_frames_output,
                known->frames_output);
    learn_count(&f->has_pixels_in, &f->pixels_in, known->has_pixels_in, known->pixels_in);
    learn_count(&f->has_pixels_out, &f->pixels_out, known->has_pixels_out, known->pixels_out);
    learn_count(&f->has_bytes_in, &f->bytes_in, known->has_bytes_in, known->bytes_in);
    learn_count(&f->has_bytes_out, &f->bytes_out, known->has_bytes_out, known->bytes_out);
    learn_count(&f->has_clips, &f->clips, known->has_clips, known->clips);
    learn_count(&f->has_runnable, &f->runnable, known->has_runnable, known->runnable);
    learn_count(&f->has_processors, &f->processors, known->has_processors, known->processors);
    if (known->has_cold) {
        f->has_cold = true;
        f->cold = known->cold;
    }
    if (known->has_remote) {
        f->has_remote = true;
        f->remote = known->remote;
    }
    learn_word(f->device, sizeof(f->device), known->device);
    learn_word(f->engine, sizeof(f->engine), known->engine);
    learn_word(f->quality, sizeof(f->quality), known->quality);
}
