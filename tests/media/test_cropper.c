// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/cropper.h"

#include <math.h>
#include <stdio.h>

#include "clips.h"
#include "media/decoder.h"
#include "sys/clock.h"
#include "test.h"

struct setup {
    struct clip clip;
    struct reader *reader;
    struct decoder *decoder;
    struct picture *picture; // frame 0
    struct cropper *cropper;
    struct image image;
};

static void set_up(struct setup *s, const char *path)
{
    struct error err = {0};
    *s = (struct setup){.cropper = cropper_new()};
    clip_load(&s->clip, path);
    if (reader_open(&s->clip.source, "clip", NULL, &s->reader, &err) != OK ||
        decoder_open(s->reader, 1, &s->decoder, &err) != OK ||
        decoder_next(s->decoder, 0, &s->picture, &err) != OK)
        fail_msg("%s", err.text);
}

static void tear_down(struct setup *s)
{
    picture_unref(s->picture);
    decoder_free(s->decoder);
    reader_free(s->reader);
    cropper_free(s->cropper);
    image_done(&s->image);
    clip_done(&s->clip);
}

static void cut(struct setup *s, struct crop_rect rect, double rotation_deg, int width, int height)
{
    struct error err = {0};
    struct crop_wish wish = {rect, rotation_deg, width, height};
    if (cropper_cut(s->cropper, s->picture, &wish, &s->image, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(s->image.width, width);
    assert_int_equal(s->image.height, height);
}

static double pixel(const struct setup *s, int c, int x, int y)
{
    return (double)image_row(&s->image, c, y)[x];
}

// A one-frame lossless clip, 16 bit deep, of an expression in 8-bit luma values for every pixel.
static const char *field(const char *file, const char *luma)
{
    char args[512];
    snprintf(args, sizeof args,
             "-f lavfi -i \"color=size=256x192:rate=25,format=yuv420p16le,"
             "geq=lum='256*(%s)':cb=32768:cr=32768\" -frames:v 1 -c:v ffv1 -color_range tv",
             luma);
    return clips_make(file, args);
}

// The grey that a limited-range 8-bit luma value means.
static double grey(double luma)
{
    return (luma - 16) / 219;
}

static void a_ramp_is_read_where_the_crop_says(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, field("ramp.mkv", "20+0.5*X+0.25*Y"));
    for (int k = 0; k < 8; k++) {
        double shift = k * 0.125;
        double worst = 0;
        cut(&s, (struct crop_rect){40 + shift, 30 - shift, 100, 80}, 0, 100, 80);
        for (int y = 0; y < 80; y++) {
            for (int x = 0; x < 100; x++) {
                double luma = 20 + 0.5 * (40 + shift + x) + 0.25 * (30 - shift + y);
                worst = fmax(worst, fabs(pixel(&s, 0, x, y) * 219 + 16 - luma));
            }
        }
        assert_near(worst, 0, 0.004); // 8-bit steps: less than a hundredth of a pixel
    }
    tear_down(&s);
}

static void luma_and_chroma_do_not_shift_against_each_other(void **state)
{
    (void)state;
    struct setup s;
    // 4:2:0: chroma sample (i, j) belongs to luma position (2i, 2j + ½). Ramps in all three.
    set_up(&s,
           clips_make("ramps.mkv", "-f lavfi -i \"color=size=256x192:rate=25,format=yuv420p16le,"
                                   "geq=lum='256*(100+X/8)':cb='256*(108+X/4)':"
                                   "cr='256*(108+Y/4)'\" -frames:v 1 -c:v ffv1 -color_range tv "
                                   "-colorspace smpte170m"));
    cut(&s, (struct crop_rect){40.3, 30.6, 80, 80}, 0, 80, 80);
    for (int y = 0; y < 80; y++) {
        for (int x = 0; x < 80; x++) {
            double at_x = 40.3 + x;
            double at_y = 30.6 + y;
            double luma = grey(100 + at_x / 8);
            double cb = (108 + at_x / 8 - 128) / 224;
            double cr = (108 + (at_y - 0.5) / 8 - 128) / 224;
            assert_near(pixel(&s, 0, x, y), luma + 1.402 * cr, 1e-4);
            assert_near(pixel(&s, 2, x, y), luma + 1.772 * cb, 1e-4);
        }
    }
    tear_down(&s);
}

static void a_quarter_pixel_shift_moves_the_picture_by_a_quarter_pixel(void **state)
{
    (void)state;
    // a smooth wave of 16 px: its phase tells the position
    struct setup s;
    set_up(&s, field("wave.mkv", "126+80*sin(X*PI/8)"));
    for (int k = -8; k <= 8; k++) {
        double shift = k * 0.25;
        cut(&s, (struct crop_rect){64 + shift, 40, 128, 64}, 0, 128, 64);
        double in_phase = 0;
        double quadrature = 0;
        double power = 0;
        for (int x = 0; x < 128; x++) {
            double value = pixel(&s, 1, x, 32) - grey(126);
            in_phase += value * sin(x * M_PI / 8);
            quadrature += value * cos(x * M_PI / 8);
            power += value * value;
        }
        assert_near(atan2(quadrature, in_phase) * 8 / M_PI, shift, 0.01);
        // no shift dims the wave: a pan does not breathe
        assert_near(sqrt(power / 64), 80 / 219.0, 0.002);
    }
    tear_down(&s);
}

static void a_whole_pixel_crop_at_its_own_size_is_exact(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, field("noise.mkv", "mod(X*37+Y*91,220)+16"));
    cut(&s, (struct crop_rect){31, 17, 101, 77}, 0, 101, 77);
    for (int y = 0; y < 77; y++) {
        for (int x = 0; x < 101; x++) {
            double luma = fmod((31 + x) * 37 + (17 + y) * 91, 220) + 16;
            assert_near(pixel(&s, 1, x, y), luma > 235 ? 1 : grey(luma), 1e-4);
        }
    }
    tear_down(&s);
}

static void beyond_the_edge_the_edge_goes_on(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, field("wave.mkv", "126+80*sin(X*PI/8)"));
    cut(&s, (struct crop_rect){-20, -20, 60, 40}, 0, 60, 40);
    assert_near(pixel(&s, 0, 2, 2), grey(126), 1e-3);
    cut(&s, (struct crop_rect){200, 150, 100, 80}, 0, 100, 80);
    assert_near(pixel(&s, 0, 99, 79), pixel(&s, 0, 55, 20), 0.01);
    tear_down(&s);
}

static void shrinking_averages_what_is_too_fine(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, field("checker.mkv", "if(mod(X+Y,2),235,16)"));
    const double angles[] = {0, 90, 33};
    for (int k = 0; k < 3; k++) {
        cut(&s, (struct crop_rect){48, 16, 160, 160}, angles[k], 40, 40);
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 40; x++)
                assert_near(pixel(&s, 0, x, y), 0.5, 0.03);
        }
    }
    tear_down(&s);
}

// The frame as ffmpeg itself makes it from the same file, RGB 8 bit.
static void reference(struct clip *ret, const char *args)
{
    const char *raw = clips_make("reference.rgb", args);
    clip_load(ret, raw);
    assert_int_equal(remove(raw), 0);
}

static double mean_difference(const struct setup *s, const struct clip *rgb)
{
    double sum = 0;
    const struct image *image = &s->image;
    assert_int_equal(rgb->bytes.size, (size_t)image->width * (size_t)image->height * 3);
    const uint8_t *at = (const uint8_t *)rgb->bytes.data;
    for (int y = 0; y < image->height; y++) {
        for (int x = 0; x < image->width; x++) {
            for (int c = 0; c < 3; c++)
                sum += fabs(pixel(s, c, x, y) * 255 - *at++);
        }
    }
    return sum / (double)rgb->bytes.size;
}

static void a_turned_container_looks_as_ffmpeg_shows_it(void **state)
{
    (void)state;
    clips_make("flat.mp4", "-f lavfi -i testsrc2=size=320x180:rate=25 -frames:v 3 -c:v libx264 "
                           "-crf 10 -pix_fmt yuv420p -colorspace smpte170m");
    const int angles[] = {90, 180, 270};
    for (int k = 0; k < 3; k++) {
        char args[128];
        char file[32];
        struct setup s;
        struct clip rgb;
        snprintf(file, sizeof file, "turned%d.mp4", angles[k]);
        snprintf(args, sizeof args, "-i flat.mp4 -c copy -metadata:s:v rotate=%d", angles[k]);
        set_up(&s, clips_make(file, args));
        int width = picture_width(s.picture);
        int height = picture_height(s.picture);
        assert_int_equal(width, angles[k] == 180 ? 320 : 180);
        cut(&s, (struct crop_rect){0, 0, width, height}, 0, width, height);
        snprintf(args, sizeof args, "-i %s -frames:v 1 -f rawvideo -pix_fmt rgb24", file);
        reference(&rgb, args);
        assert_near(mean_difference(&s, &rgb), 0, 5); // upside down it is 60 and more
        clip_done(&rgb);
        tear_down(&s);
    }
}

static void rotation_turns_counter_clockwise_about_the_centre(void **state)
{
    (void)state;
    struct setup s;
    // a bright spot right of the centre (128, 96), at (168, 96)
    set_up(&s, field("spot.mkv", "16+200*exp(-((X-167.5)^2+(Y-95.5)^2)/32)"));
    const double angles[] = {0, 30, 90, -45, 180};
    for (int k = 0; k < 5; k++) {
        cut(&s, (struct crop_rect){64, 32, 128, 128}, angles[k], 128, 128);
        double sum = 0;
        double x_sum = 0;
        double y_sum = 0;
        for (int y = 0; y < 128; y++) {
            for (int x = 0; x < 128; x++) {
                double value = pixel(&s, 0, x, y);
                sum += value;
                x_sum += value * (x + 0.5);
                y_sum += value * (y + 0.5);
            }
        }
        double angle = angles[k] * M_PI / 180;
        assert_near(x_sum / sum, 64 + 40 * cos(angle), 0.1);
        assert_near(y_sum / sum, 64 - 40 * sin(angle), 0.1);
    }
    tear_down(&s);
}

static void oblong_pixels_are_shown_square(void **state)
{
    (void)state;
    struct setup s;
    // stored 256 wide with pixels of 3:2: shown 384 wide; the spot at 168 is shown at 252
    set_up(&s, clips_make("oblong.mkv", "-f lavfi -i \"color=size=256x192:rate=25,format=yuv420p,"
                                        "geq=lum='16+200*exp(-((X-167.5)^2+(Y-95.5)^2)/32)':cb=128:"
                                        "cr=128,setsar=3/2\" -frames:v 1 -c:v ffv1"));
    assert_int_equal(picture_width(s.picture), 384);
    cut(&s, (struct crop_rect){202, 46, 100, 100}, 0, 100, 100);
    double sum = 0;
    double x_sum = 0;
    for (int x = 0; x < 100; x++) {
        sum += pixel(&s, 0, x, 50);
        x_sum += pixel(&s, 0, x, 50) * (x + 0.5);
    }
    assert_near(x_sum / sum, 50, 0.1);
    tear_down(&s);
}

static void colours_are_right_in_every_matrix_range_and_depth(void **state)
{
    (void)state;
    static const struct {
        const char *file, *format, *matrix, *range;
    } cases[] = {
        {"c0.mkv", "yuv420p", "bt709", "tv"},         {"c1.mkv", "yuv420p", "smpte170m", "tv"},
        {"c2.mkv", "yuv444p", "bt709", "pc"},         {"c3.mkv", "yuv420p10le", "bt709", "tv"},
        {"c4.mkv", "yuv420p10le", "bt2020nc", "tv"},  {"c5.mkv", "yuv422p10le", "bt709", "pc"},
        {"c6.mkv", "yuv444p12le", "smpte170m", "tv"},
    };
    static const int patches[][3] = {{255, 0, 0},  {0, 255, 0},    {0, 0, 255},    {255, 255, 255},
                                     {12, 34, 56}, {200, 120, 40}, {90, 190, 240}, {128, 128, 128}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        for (size_t p = 0; p < sizeof patches / sizeof *patches; p++) {
            const int *rgb = patches[p];
            char args[512];
            char file[32];
            struct setup s;
            snprintf(file, sizeof file, "p%zu%s", p, cases[k].file);
            snprintf(args, sizeof args,
                     "-f lavfi -i color=0x%02x%02x%02x:size=32x32:rate=25,format=gbrp -frames:v 1 "
                     "-vf \"scale=out_color_matrix=%s:out_range=%s:sws_flags=accurate_rnd+"
                     "full_chroma_int,format=%s\" -colorspace %s -color_range %s -c:v ffv1",
                     rgb[0], rgb[1], rgb[2], k == 4 ? "bt2020" : cases[k].matrix, cases[k].range,
                     cases[k].format, cases[k].matrix, cases[k].range);
            set_up(&s, clips_make(file, args));
            cut(&s, (struct crop_rect){4.3, 5.1, 20, 20}, 0, 20, 20);
            for (int c = 0; c < 3; c++)
                assert_near(pixel(&s, c, 10, 10) * 255, rgb[c], 2);
            tear_down(&s);
        }
    }
}

static void rgb_grey_and_palette_frames_are_read_too(void **state)
{
    (void)state;
    static const struct {
        const char *file, *args;
        int rgb[3];
    } cases[] = {
        {"rgb.avi",
         "color=0xc87828:size=32x32:rate=25 -pix_fmt bgr24 -c:v rawvideo",
         {200, 120, 40}},
        {"gbr.mkv", "color=0xc87828:size=32x32:rate=25 -pix_fmt gbrp -c:v ffv1", {200, 120, 40}},
        {"be.mkv", "color=0xc87828:size=32x32:rate=25 -pix_fmt rgb48be -c:v png", {200, 120, 40}},
        {"pal.mkv", "color=0xffff00:size=32x32:rate=25 -pix_fmt pal8 -c:v png", {255, 255, 0}},
        {"grey.mkv",
         "color=0x646464:size=32x32:rate=25 -pix_fmt gray -color_range pc -c:v ffv1",
         {100, 100, 100}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char args[256];
        struct setup s;
        snprintf(args, sizeof args, "-f lavfi -i %s -frames:v 1", cases[k].args);
        set_up(&s, clips_make(cases[k].file, args));
        cut(&s, (struct crop_rect){4, 5, 20, 20}, 0, 20, 20);
        for (int c = 0; c < 3; c++)
            assert_near(pixel(&s, c, 10, 10) * 255, cases[k].rgb[c], 4); // swscale: 251 for 255
        tear_down(&s);
    }
}

static void odd_sizes_and_edges_of_every_kind_stay_inside_the_memory(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, clips_make("odd.mkv", "-f lavfi -i testsrc2=size=35x27:rate=25 -frames:v 1 "
                                     "-c:v ffv1 -pix_fmt yuv420p"));
    for (int k = 0; k < 300; k++) {
        double x = -30 + (k * 7 % 60);
        double y = -20 + (k * 11 % 44);
        double width = 1 + k * 13 % 34;
        double height = 0.5 + k * 5 % 26;
        cut(&s, (struct crop_rect){x + k * 0.01, y, width, height}, k % 3 ? k * 17 % 360 : 0,
            1 + k % 41, 1 + k * 3 % 53);
        for (int c = 0; c < 3; c++)
            assert_in_range((int)(pixel(&s, c, s.image.width - 1, s.image.height - 1) * 100), 0,
                            100);
    }
    tear_down(&s);
}

static void impossible_crops_are_refused(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, field("wave.mkv", "126+80*sin(X*PI/8)"));
    const struct crop_rect bad[] = {{0, 0, 0, 10},         {0, 0, 10, -1},  {NAN, 0, 10, 10},
                                    {0, INFINITY, 10, 10}, {0, 0, NAN, 10}, {-1e9, 0, 10, 10},
                                    {0, 0, 1e9, 10}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct error err = {0};
        struct crop_wish wish = {bad[k], 0, 10, 10};
        assert_int_equal(cropper_cut(s.cropper, s.picture, &wish, &s.image, &err), ERR_INVALID);
        assert_non_null(strstr(err.text, "does not fit a frame of 256 × 192"));
    }
    struct crop_wish huge = {{0, 0, 10, 10}, 0, 100000, 10};
    assert_int_equal(cropper_cut(s.cropper, s.picture, &huge, &s.image, NULL), ERR_LIMIT);
    tear_down(&s);
}

static void a_crop_is_cut_in_a_few_milliseconds(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, clips_make("hd.mkv", "-f lavfi -i testsrc2=size=1280x720:rate=25 -frames:v 1 "
                                    "-c:v libx264 -pix_fmt yuv420p"));
    static const struct {
        const char *what;
        double rotation_deg, scale;
    } cases[] = {{"straight", 0, 1}, {"turned 5°", 5, 1}, {"half size", 0, 0.5}};
    for (int k = 0; k < 3; k++) {
        int width = (int)(205 * cases[k].scale);
        int height = (int)(365 * cases[k].scale);
        double best_ms = 1e9;
        for (int i = 0; i < 20; i++) {
            int64_t start_ns = clock_now_ns();
            cut(&s, (struct crop_rect){400.3 + i, 100.7, 205, 365}, cases[k].rotation_deg, width,
                height);
            best_ms = fmin(best_ms, (double)(clock_now_ns() - start_ns) / 1e6);
        }
        print_message("# crop 205x365 of 1280x720, %s: %.2f ms\n", cases[k].what, best_ms);
        assert_true(best_ms < 200); // sanitizers and busy machines included
    }
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_is_read_where_the_crop_says),
        cmocka_unit_test(luma_and_chroma_do_not_shift_against_each_other),
        cmocka_unit_test(a_quarter_pixel_shift_moves_the_picture_by_a_quarter_pixel),
        cmocka_unit_test(a_whole_pixel_crop_at_its_own_size_is_exact),
        cmocka_unit_test(beyond_the_edge_the_edge_goes_on),
        cmocka_unit_test(shrinking_averages_what_is_too_fine),
        cmocka_unit_test(a_turned_container_looks_as_ffmpeg_shows_it),
        cmocka_unit_test(rotation_turns_counter_clockwise_about_the_centre),
        cmocka_unit_test(oblong_pixels_are_shown_square),
        cmocka_unit_test(colours_are_right_in_every_matrix_range_and_depth),
        cmocka_unit_test(rgb_grey_and_palette_frames_are_read_too),
        cmocka_unit_test(odd_sizes_and_edges_of_every_kind_stay_inside_the_memory),
        cmocka_unit_test(impossible_crops_are_refused),
        cmocka_unit_test(a_crop_is_cut_in_a_few_milliseconds),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
