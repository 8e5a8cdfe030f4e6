// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/png.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "test.h"

enum { MAX_BYTES = 1 << 20 };

struct memory_sink {
    struct byte_sink door;
    uint8_t bytes[MAX_BYTES];
    size_t size;
    enum status fail;
};

static enum status keep(struct byte_sink *self, int64_t offset, const void *src, size_t n,
                        struct error *err)
{
    struct memory_sink *sink = (struct memory_sink *)self;
    if (sink->fail != OK)
        return error_set(err, sink->fail, "the sink says so");
    assert_true((size_t)offset + n <= MAX_BYTES);
    memcpy(sink->bytes + offset, src, n);
    sink->size = (size_t)offset + n;
    return OK;
}

static void fill(struct image *image, int width, int height)
{
    assert_int_equal(image_resize(image, width, height, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) // also below 0 and above 1
                image_row(image, c, y)[x] = (float)((x * 7 + y * 13 + c * 50) % 280 - 10) / 255;
}

// Read back by the ffmpeg program.
static void a_picture_of_odd_size_comes_back_as_it_was(void **state)
{
    (void)state;
    enum { WIDTH = 37, HEIGHT = 21 };
    struct memory_sink *sink AUTO(mem_free) = mem_zeroed(1, sizeof *sink);
    struct image image = {0};
    uint64_t bytes = 0;
    sink->door.write_at = keep;
    fill(&image, WIDTH, HEIGHT);
    assert_int_equal(png_write(&image, &sink->door, &bytes, NULL), OK);
    assert_int_equal(bytes, sink->size);
    char path[] = "/tmp/test_png_XXXXXX", command[256];
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(sink->bytes, 1, sink->size, f), sink->size);
    assert_int_equal(fclose(f), 0);
    (void)snprintf(command, sizeof command,
                   "ffmpeg -v error -f png_pipe -i %s -f rawvideo -pix_fmt rgb24 - </dev/null",
                   path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    uint8_t rgb[WIDTH * HEIGHT * 3 + 1];
    assert_int_equal(fread(rgb, 1, sizeof rgb, pipe), sizeof rgb - 1);
    assert_int_equal(pclose(pipe), 0);
    (void)remove(path);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                int v = (x * 7 + y * 13 + c * 50) % 280 - 10;
                assert_int_equal(rgb[(y * WIDTH + x) * 3 + c], v < 0 ? 0 : v > 255 ? 255 : v);
            }
    image_done(&image);
}

static void the_sinks_own_error_comes_through(void **state)
{
    (void)state;
    struct memory_sink *sink AUTO(mem_free) = mem_zeroed(1, sizeof *sink);
    struct image image = {0};
    struct error err = {0};
    uint64_t bytes = 0;
    sink->door.write_at = keep;
    sink->fail = ERR_NO_SPACE;
    fill(&image, 8, 8);
    assert_int_equal(png_write(&image, &sink->door, &bytes, &err), ERR_NO_SPACE);
    assert_string_equal(err.text, "the sink says so");
    image_done(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_of_odd_size_comes_back_as_it_was),
        cmocka_unit_test(the_sinks_own_error_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
