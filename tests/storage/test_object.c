// SPDX-License-Identifier: GPL-3.0-or-later
// Objects as a whole, the same in a folder and in an S3 store.
#include "storage/object.h"

#include "folder.h"
#include "loopback.h"
#include "storage/sink.h"

static bool note(void *context, const char *name, const struct object_info *info)
{
    char *told = context;
    (void)snprintf(told + strlen(told), 512 - strlen(told), "%s:%d;", name, (int)info->size_bytes);
    return true;
}

// What holds below `base`, a folder or bucket with nothing in it.
static void try_all(struct storage *storage, const char *base)
{
    struct error err = {0};
    struct object_info info;
    char a[256];
    char b[256];
    char told[512] = "";
    (void)snprintf(a, sizeof a, "%s/a", base);
    (void)snprintf(b, sizeof b, "%s/b", base);
    assert_int_equal(object_head(storage, a, NULL, &info, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, a));
    assert_int_equal(object_put(storage, a, "hello", 5, NULL, &err), OK);
    assert_int_equal(object_head(storage, a, NULL, &info, &err), OK);
    assert_int_equal(info.size_bytes, 5);
    assert_true(info.tag[0] != '\0');
    assert_int_equal(object_copy(storage, a, b, NULL, &err), OK);
    assert_int_equal(object_copy(storage, a, a, NULL, &err), ERR_INVALID);
    assert_int_equal(object_list(storage, base, NULL, note, told, &err), OK);
    assert_non_null(strstr(told, "a:5;"));
    assert_non_null(strstr(told, "b:5;"));
    assert_int_equal(object_remove(storage, a, NULL, &err), OK);
    assert_int_equal(object_remove(storage, a, NULL, &err), OK);
    assert_int_equal(object_head(storage, a, NULL, &info, &err), ERR_NOT_FOUND);
    assert_int_equal(object_remove(storage, b, NULL, &err), OK);
}

static void a_folder_and_a_bucket_do_the_same(void **state)
{
    (void)state;
    struct loopback *l = loopback_start(NULL, NULL);
    struct storage *storage = loopback_storage(l);
    try_all(NULL, ".");
    try_all(storage, "s3://bucket");
    storage_free(storage);
    loopback_stop(l);
}

static void files_below_a_folder_are_listed_with_their_paths(void **state)
{
    (void)state;
    struct error err = {0};
    char told[512] = "";
    assert_int_equal(system("mkdir -p tree/x/y && printf 1 >tree/x/y/f && printf 22 >tree/g"), 0);
    assert_int_equal(object_list(NULL, "tree", NULL, note, told, &err), OK);
    assert_string_equal(told, "g:2;x/y/f:1;");
    assert_int_equal(object_list(NULL, "none", NULL, note, told, &err), ERR_NOT_FOUND);
    assert_int_equal(object_list(NULL, "tree/g", NULL, note, told, &err), ERR_INVALID);
}

static void spoil(void *context, const struct loopback_request *r, struct loopback_fault *fault)
{
    (void)context;
    fault->spoil = strcmp(r->method, "GET") == 0;
}

static void bytes_that_are_damaged_on_their_way_are_noticed(void **state)
{
    (void)state;
    struct error err = {0};
    struct loopback *l = loopback_start(spoil, NULL);
    struct storage *storage = loopback_storage(l);
    loopback_object(l, "/bucket/film", 1000);
    assert_int_equal(object_copy(storage, "s3://bucket/film", "damaged", NULL, &err), ERR_IO);
    assert_non_null(strstr(err.text, "damaged on their way from the store"));
    assert_int_equal(access("damaged", F_OK), -1);
    storage_free(storage);
    loopback_stop(l);
}

static bool count(void *context, const struct object_upload *upload)
{
    assert_string_equal(upload->name, "film");
    ++*(int *)context;
    return true;
}

static void uploads_that_were_left_are_listed_and_removed(void **state)
{
    (void)state;
    struct error err = {0};
    struct loopback *l = loopback_start(NULL, NULL);
    struct storage *storage = loopback_storage(l);
    struct sink *sink = NULL;
    static const char bytes[200000];
    assert_int_equal(sink_open(storage, "s3://bucket/film", NULL, &sink, &err), OK);
    struct byte_sink *door = sink_bytes(sink);
    assert_int_equal(door->write_at(door, 0, bytes, sizeof bytes, &err), OK);
    int uploads = 0;
    assert_int_equal(object_uploads(storage, "s3://bucket", NULL, count, &uploads, &err), OK);
    assert_int_equal(uploads, 1);
    size_t removed = 1;
    assert_int_equal(object_abort_uploads(storage, "s3://bucket", 0, NULL, &removed, &err), OK);
    assert_int_equal(removed, 0); // begun in the year 2999: too young
    sink_free(sink);
    storage_free(storage);
    loopback_stop(l);
}

static void presigned_urls_are_of_s3_alone_and_for_a_week_at_most(void **state)
{
    (void)state;
    struct error err = {0};
    struct loopback *l = loopback_start(NULL, NULL);
    struct storage *storage = loopback_storage(l);
    char *url AUTO(mem_free) = NULL;
    char *none = NULL;
    assert_int_equal(object_presign(storage, "s3://bucket/a b", "GET", 60, &url, &err), OK);
    assert_int_equal(strncmp(url, loopback_endpoint(l), strlen(loopback_endpoint(l))), 0);
    assert_non_null(strstr(url, "/bucket/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
    assert_int_equal(object_presign(storage, "file", "GET", 60, &none, &err), ERR_INVALID);
    assert_int_equal(object_presign(storage, "s3://bucket/a", "GET", 604801, &none, &err),
                     ERR_INVALID);
    assert_int_equal(object_presign(storage, "s3://bucket/a", "GET", 0, &none, &err), ERR_INVALID);
    storage_free(storage);
    loopback_stop(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_and_a_bucket_do_the_same),
        cmocka_unit_test(files_below_a_folder_are_listed_with_their_paths),
        cmocka_unit_test(bytes_that_are_damaged_on_their_way_are_noticed),
        cmocka_unit_test(uploads_that_were_left_are_listed_and_removed),
        cmocka_unit_test(presigned_urls_are_of_s3_alone_and_for_a_week_at_most),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
