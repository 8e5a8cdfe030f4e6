// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <sys/stat.h>

#include "../storage/folder.h"
#include "jobs/placing.h"

static struct spec *read_spec(const char *text)
{
    struct spec *spec = NULL;
    struct error err;
    if (spec_parse(text, strlen(text), &spec, &err) != OK)
        fail_msg("%s", err.text);
    return spec;
}

static void every_name_in_a_spec_is_placed(void **state)
{
    (void)state;
    struct error err;
    struct spec *one AUTO(spec_free) = read_spec(
        "{\"type\":\"detect_players\",\"input\":\"g/a.mp4\",\"output\":\"o.json\","
        "\"timestamps\":[1],\"annotated\":\"p/b.png\"}");
    assert_int_equal(placing_apply(one, "s3://box", "ada", &err), OK);
    assert_string_equal(one->input, "s3://box/ada/g/a.mp4");
    assert_string_equal(one->output, "s3://box/ada/o.json");
    assert_string_equal(one->part.detect.annotated, "s3://box/ada/p/b.png");
    struct spec *many AUTO(spec_free) = read_spec(
        "{\"type\":\"multi_clip\",\"output\":\"o.mp4\",\"clips\":[{\"input\":\"a.mp4\"},"
        "{\"input\":\"b.mp4\"}]}");
    assert_int_equal(placing_apply(many, "/srv", "local", &err), OK);
    assert_string_equal(many->part.multi.clips[1].input, "/srv/local/b.mp4");
}

static void a_key_that_leads_elsewhere_is_named(void **state)
{
    (void)state;
    struct error err;
    struct spec *spec AUTO(spec_free) = read_spec(
        "{\"type\":\"multi_clip\",\"output\":\"o.mp4\",\"clips\":[{\"input\":\"a.mp4\"},"
        "{\"input\":\"../b.mp4\"}]}");
    assert_int_equal(placing_apply(spec, "/srv", "ada", &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "clips[1].input: "));
}

static void places_are_named_by_their_keys(void **state)
{
    (void)state;
    char text[] = "open /srv/o/ada/in.mp4: gone; /srv/o/adam/x and /srv/o/ada/y stay";
    placing_hide("/srv/o", "ada", text);
    assert_string_equal(text, "open in.mp4: gone; /srv/o/adam/x and y stay");
}

static void folders_are_made_for_outputs_in_folders(void **state)
{
    (void)state;
    struct error err;
    struct spec *spec AUTO(spec_free) = read_spec(
        "{\"type\":\"framing_ai\",\"input\":\"a.mp4\",\"output\":\"x/y/o.mp4\"}");
    assert_int_equal(placing_apply(spec, "root", "ada", &err), OK);
    assert_int_equal(mkdir("root", 0700), 0);
    assert_int_equal(placing_make_folders(spec, "root", &err), OK);
    assert_int_equal(access("root/ada/x/y", F_OK), 0);
    assert_int_equal(placing_make_folders(spec, "root", &err), OK); // again
}

static void folders_that_are_empty_are_removed_up_to_the_root(void **state)
{
    (void)state;
    struct error err;
    struct spec *spec AUTO(spec_free) = read_spec(
        "{\"type\":\"detect_players\",\"input\":\"a.mp4\",\"output\":\"p/q/o.json\","
        "\"timestamps\":[1],\"annotated\":\"r/s.png\"}");
    assert_int_equal(placing_apply(spec, "root", "bob", &err), OK);
    assert_int_equal(placing_make_folders(spec, "root", &err), OK);
    assert_int_equal(mkdir("root/bob/p/full", 0700), 0);
    placing_remove_folders(spec, "root");
    assert_int_equal(access("root/bob/p/q", F_OK), -1);
    assert_int_equal(access("root/bob/p", F_OK), 0);
    assert_int_equal(access("root/bob/r", F_OK), -1);
    assert_int_equal(rmdir("root/bob/p/full"), 0);
    placing_remove_folders(spec, "root"); // what has gone is no hindrance
    assert_int_equal(access("root/bob", F_OK), -1);
    assert_int_equal(access("root", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_in_a_spec_is_placed),
        cmocka_unit_test(a_key_that_leads_elsewhere_is_named),
        cmocka_unit_test(places_are_named_by_their_keys),
        cmocka_unit_test(folders_are_made_for_outputs_in_folders),
        cmocka_unit_test(folders_that_are_empty_are_removed_up_to_the_root),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
