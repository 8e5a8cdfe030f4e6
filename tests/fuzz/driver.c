// SPDX-License-Identifier: GPL-3.0-or-later
// driver.c — runs a fuzz target without libFuzzer: every file of its corpus as it is, then a few
// thousand seeded mutations of them, for at most about three seconds.
//
// Usage: replay_TARGET CORPUS_DIR. Prints TAP; a crash is the failure.
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

enum { MAX_FILES = 64, MAX_BYTES = 65536, MUTATIONS = 6000, MAX_EDITS = 6 };
#define LIMIT_S 3.0

struct sample {
    uint8_t *bytes;
    size_t size;
};

// xorshift64* (Vigna 2016); the same seed gives the same run.
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static size_t below(uint64_t *seed, size_t limit)
{
    return limit ? (size_t)((next_random(seed) >> 16) % limit) : 0;
}

static bool load(const char *path, struct sample *ret)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    ret->bytes = malloc(MAX_BYTES);
    ret->size = ret->bytes ? fread(ret->bytes, 1, MAX_BYTES, file) : 0;
    (void)fclose(file);
    return ret->bytes != NULL;
}

static int load_corpus(const char *folder, struct sample samples[static MAX_FILES])
{
    struct dirent **names;
    int found = scandir(folder, &names, NULL, alphasort);
    int count = 0;
    for (int i = 0; i < found; i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && count < MAX_FILES && load(path, &samples[count]))
            count++;
        free(names[i]);
    }
    if (found >= 0)
        free(names);
    return count;
}

// One small change in place; *size may shrink or grow up to MAX_BYTES.
static void edit(uint8_t *bytes, size_t *size, const struct sample *other, uint64_t *seed)
{
    static const char spice[] = "{}[]\",:0123456789.eE+-\\untrfals \n";
    size_t at = below(seed, *size);
    size_t n = below(seed, *size - at) % 64;
    switch (below(seed, 5)) {
    case 0: // another character
        if (*size)
            bytes[at] = (uint8_t)spice[below(seed, sizeof(spice) - 1)];
        break;
    case 1: // any byte
        if (*size)
            bytes[at] = (uint8_t)next_random(seed);
        break;
    case 2: // a piece less
        memmove(bytes + at, bytes + at + n, *size - at - n);
        *size -= n;
        break;
    case 3: // a piece twice
        if (*size + n <= MAX_BYTES) {
            memmove(bytes + at + n, bytes + at, *size - at);
            *size += n;
        }
        break;
    default: // a piece of another sample
        n = below(seed, other->size) % 64;
        if (at + n <= *size)
            memcpy(bytes + at, other->bytes, n);
        break;
    }
}

static void run_one(const uint8_t *bytes, size_t size)
{
    // A block of exactly the size, so that a sanitizer sees a read behind its end.
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return;
    memcpy(exact, bytes, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static int run_mutations(const struct sample *samples, int count)
{
    static uint8_t bytes[MAX_BYTES];
    uint64_t seed = 20240101;
    clock_t start = clock();
    int done = 0;
    for (; done < MUTATIONS; done++) {
        if ((double)(clock() - start) / CLOCKS_PER_SEC > LIMIT_S)
            break;
        const struct sample *from = &samples[below(&seed, (size_t)count)];
        size_t size = from->size;
        memcpy(bytes, from->bytes, size);
        for (size_t n = 1 + below(&seed, MAX_EDITS); n > 0; n--)
            edit(bytes, &size, &samples[below(&seed, (size_t)count)], &seed);
        run_one(bytes, size);
    }
    return done;
}

int main(int argc, char **argv)
{
    static struct sample samples[MAX_FILES];
    int count = argc == 2 ? load_corpus(argv[1], samples) : 0;
    printf("1..2\n");
    for (int i = 0; i < count; i++)
        run_one(samples[i].bytes, samples[i].size);
    printf("%sok 1 - the corpus is survived (%d files)\n", count ? "" : "not ", count);
    (void)fflush(stdout);
    int done = count ? run_mutations(samples, count) : 0;
    printf("%sok 2 - mutations of it are survived (%d)\n", done ? "" : "not ", done);
    for (int i = 0; i < count; i++)
        free(samples[i].bytes);
    return count ? 0 : 1;
}
