// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/moment_table.h"

#include "test.h"

static void a_row_says_where_the_moment_is_in_source_and_film(void **state)
{
    (void)state;
    char *tags[] = {(char[]){"x"}, (char[]){"y\tz"}};
    struct spec_moment m = {.start_s = 1.5,
                            .end_s = 3,
                            .rating = 1,
                            .name = (char[]){"a\tb\\c"},
                            .notes = (char[]){"one\r\ntwo \"quoted\""},
                            .tags = tags,
                            .tag_count = 2};
    struct moments_state film = {.first_frame = 50, .frames = 30};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 4096);
    moment_table_row(7, &m, &film, 20, &out);
    assert_string_equal(out.data,
                        "7\t1.5\t3\t2.5\t1.5\t1\t?\?\ta\\tb\\\\c\tone\\r\\ntwo \"quoted\"\t"
                        "x, y\\tz\t\n");
}

static void a_skipped_moment_has_its_reason_and_no_place_in_the_film(void **state)
{
    (void)state;
    struct spec_moment m = {
        .start_s = 90, .end_s = 91, .rating = 5, .name = (char[]){""}, .notes = (char[]){""}};
    struct moments_state film = {.skipped = "it starts\tbehind"};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 4096);
    moment_table_row(1, &m, &film, 20, &out);
    assert_string_equal(out.data, "1\t90\t91\t\t\t5\t!!\t\t\t\tit starts\\tbehind\n");
}

static int tabs(const char *line)
{
    int n = 0;
    for (; *line; line++)
        n += *line == '\t';
    return n;
}

static void the_head_names_every_column(void **state)
{
    (void)state;
    struct spec_moment m = {.rating = 3, .name = (char[]){""}, .notes = (char[]){""}};
    struct moments_state film = {.frames = 1};
    struct buffer head BUFFER_AUTO;
    struct buffer row BUFFER_AUTO;
    buffer_init(&head, 4096);
    buffer_init(&row, 4096);
    moment_table_head(&head);
    moment_table_row(1, &m, &film, 20, &row);
    assert_int_equal(tabs(head.data), tabs(row.data));
}

static void the_table_stands_beside_the_film(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"out/game.mp4", "out/game.tsv"},       {"game", "game.tsv"},
        {"a.b/game", "a.b/game.tsv"},           {"a/.hidden", "a/.hidden.tsv"},
        {"game.tsv", "game.tsv.tsv"},           {"game.1.mp4", "game.1.tsv"},
        {"file:///a/b.mp4", "file:///a/b.tsv"}, {".mp4", ".mp4.tsv"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *name = moment_table_name(names[i][0]);
        assert_string_equal(name, names[i][1]);
        free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_says_where_the_moment_is_in_source_and_film),
        cmocka_unit_test(a_skipped_moment_has_its_reason_and_no_place_in_the_film),
        cmocka_unit_test(the_head_names_every_column),
        cmocka_unit_test(the_table_stands_beside_the_film),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
