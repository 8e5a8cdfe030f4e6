// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/snapshot_members.h"

#include "test.h"

static void no_row_is_a_hole_and_no_name_there_twice(void **state)
{
    (void)state;
    for (int i = 0; i < SNAPSHOT_MEMBERS; i++) {
        const struct snapshot_member *row = &snapshot_members[i];
        assert_true(row->name && row->name[0]);
        assert_ptr_equal(snapshot_member_named(row->name), row);
        assert_true(row->offset + row->size <= sizeof(struct job_snapshot));
        assert_true((row->kind == CUSTOM) == (row->read != NULL));
        assert_true(row->kind == CUSTOM || !row->write);
        assert_true(row->kind == CUSTOM || row->size > 0);
    }
    assert_null(snapshot_member_named("no such member"));
}

// What is written of an empty job can be read, and reads as an empty job.
static void every_row_reads_what_it_writes(void **state)
{
    (void)state;
    static const struct job_snapshot empty;
    for (int i = 0; i < SNAPSHOT_MEMBERS; i++) {
        const struct snapshot_member *row = &snapshot_members[i];
        struct job_snapshot read = empty;
        AUTO(jr_free) struct jr_doc *doc = NULL;
        struct buffer text BUFFER_AUTO;
        struct json_writer w;
        struct error err = {0};
        struct jr value;
        if (!snapshot_member_writes(row))
            continue;
        buffer_init(&text, 1024);
        jw_init(&w, &text);
        jw_object_begin(&w);
        jw_key(&w, row->name);
        snapshot_member_write(row, &empty, &w);
        jw_object_end(&w);
        assert_int_equal(jr_parse(text.data, text.size, &doc, &err), OK);
        struct jr root = jr_root(doc);
        assert_true(jr_get(&root, row->name, &value) || strstr(text.data, "null"));
        if (jr_get(&root, row->name, &value) &&
            snapshot_member_read(row, &value, &read, &err) != OK)
            fail_msg("%s: %s", row->name, err.text);
        assert_memory_equal(&read, &empty, sizeof(read));
    }
}

static void a_wrong_value_names_its_member(void **state)
{
    (void)state;
    static const char text[] = "{\"percent\":101,\"item\":-1,\"state\":\"asleep\",\"message\":7}";
    static const char *const names[] = {"percent", "item", "state", "message"};
    AUTO(jr_free) struct jr_doc *doc = NULL;
    struct error err = {0};
    assert_int_equal(jr_parse(text, sizeof(text) - 1, &doc, &err), OK);
    struct jr root = jr_root(doc);
    for (int i = 0; i < 4; i++) {
        struct job_snapshot s = {0};
        struct jr value;
        assert_true(jr_get(&root, names[i], &value));
        assert_int_equal(snapshot_member_read(snapshot_member_named(names[i]), &value, &s, &err),
                         ERR_INVALID);
        assert_memory_equal(err.text, names[i], strlen(names[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_is_a_hole_and_no_name_there_twice),
        cmocka_unit_test(every_row_reads_what_it_writes),
        cmocka_unit_test(a_wrong_value_names_its_member),
    };
    return cmocka_run_group_tests_name("snapshot_members", tests, NULL, NULL);
}
