// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/settings.h"

#include "folder.h"

static void forget_environment(void)
{
    for (int i = 0; i < STORAGE_SETTING_COUNT; i++) {
        const struct storage_setting *row = storage_setting((enum storage_setting_id)i);
        assert_non_null(row->variable);
        assert_true((row->flag != NULL) == (row->help != NULL));
        (void)unsetenv(row->variable);
        for (int k = 0; k < 2; k++) {
            if (row->also[k])
                (void)unsetenv(row->also[k]);
        }
    }
    assert_int_equal(setenv("HOME", ".", 1), 0);
}

static void defaults_are_amazon_without_keys(void **state)
{
    (void)state;
    struct error err;
    struct settings s;
    forget_environment();
    assert_int_equal(settings_read(NULL, &s, &err), OK);
    assert_string_equal(s.scheme, "https");
    assert_string_equal(s.host, "s3.us-east-1.amazonaws.com");
    assert_false(s.path_style);
    assert_false(s.has_keys);
    assert_non_null(strstr(s.why_no_keys, "./.aws/credentials (no such file)"));
    assert_int_equal(s.part_bytes, 5 << 20);
    settings_done(&s);
}

static void an_option_goes_before_our_variable_before_that_of_aws(void **state)
{
    (void)state;
    struct error err;
    struct settings s;
    struct storage_options options = {0};
    forget_environment();
    assert_int_equal(setenv("AWS_REGION", "three", 1), 0);
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.region, "three");
    settings_done(&s);
    assert_int_equal(setenv("HEADWAY_S3_REGION", "two", 1), 0);
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.region, "two");
    settings_done(&s);
    options.values[STORAGE_REGION] = "one";
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.region, "one");
    settings_done(&s);
}

static void an_endpoint_of_ones_own_has_the_bucket_in_the_path(void **state)
{
    (void)state;
    struct error err;
    struct settings s;
    struct storage_options options = {0};
    forget_environment();
    options.values[STORAGE_ENDPOINT] = "http://127.0.0.1:8080/";
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.scheme, "http");
    assert_string_equal(s.host, "127.0.0.1:8080");
    assert_true(s.path_style);
    assert_string_equal(s.region, "us-east-1");
    settings_done(&s);
    options.values[STORAGE_ENDPOINT] = "https://abc.r2.cloudflarestorage.com";
    options.values[STORAGE_ADDRESSING] = "host";
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.region, "auto");
    assert_false(s.path_style);
    settings_done(&s);
}

static void keys_come_from_a_profile_in_the_file(void **state)
{
    (void)state;
    FILE *f = fopen("keys", "w");
    assert_non_null(f);
    (void)fputs("# of mine\n[default]\naws_access_key_id = A\naws_secret_access_key=B=/+\n\n"
                "[ work ]\r\naws_access_key_id=C\r\naws_secret_access_key = D\r\n"
                "aws_session_token = E\r\n[half]\naws_access_key_id=F\n",
                f);
    assert_int_equal(fclose(f), 0);
    struct error err;
    struct settings s;
    struct storage_options options = {0};
    forget_environment();
    options.values[STORAGE_KEY_FILE] = "keys";
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.access_key, "A");
    assert_string_equal(s.secret_key, "B=/+");
    assert_null(s.session_token);
    settings_done(&s);
    options.values[STORAGE_PROFILE] = "work";
    assert_int_equal(settings_read(&options, &s, &err), OK);
    assert_string_equal(s.access_key, "C");
    assert_string_equal(s.secret_key, "D");
    assert_string_equal(s.session_token, "E");
    settings_done(&s);
    for (int i = 0; i < 2; i++) {
        options.values[STORAGE_PROFILE] = i ? "half" : "nobody";
        assert_int_equal(settings_read(&options, &s, &err), OK);
        assert_false(s.has_keys);
        assert_non_null(strstr(s.why_no_keys, i ? "[half] in keys" : "[nobody] in keys"));
        settings_done(&s);
    }
}

static void what_cannot_be_used_is_named(void **state)
{
    (void)state;
    static const struct {
        enum storage_setting_id id;
        const char *value, *named;
    } cases[] = {
        {STORAGE_ENDPOINT, "ftp://h", "s3-endpoint: expected https://host"},
        {STORAGE_ENDPOINT, "https://h/bucket", "without a path"},
        {STORAGE_ENDPOINT, "https://user:secret@h", "without a path or user"},
        {STORAGE_ENDPOINT, "https://", "s3-endpoint"},
        {STORAGE_REGION, "us east", "the name of a region, got us east"},
        {STORAGE_ADDRESSING, "dns", "expected path or host, got dns"},
        {STORAGE_PART, "5M", "expected a number from 65536 to 5368709120, got 5M"},
        {STORAGE_PART, "1", "s3-part"},
        {STORAGE_CONNECTIONS, "0", "s3-connections"},
        {STORAGE_STALL, "-1", "s3-stall"},
        {STORAGE_STALL, "0.05", "expected 0.1 to 3600 seconds, got 0.05"},
        {STORAGE_STALL, "2s", "s3-stall"},
        {STORAGE_ATTEMPTS, "99999999999999999999", "s3-attempts"},
        {STORAGE_ACCESS_KEY, "A", "is set, but not HEADWAY_S3_SECRET_ACCESS_KEY"},
        {STORAGE_SECRET_KEY, "B", "is set, but not HEADWAY_S3_ACCESS_KEY_ID"},
    };
    forget_environment();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        struct settings s;
        struct storage_options options = {0};
        options.values[cases[i].id] = cases[i].value;
        assert_int_equal(settings_read(&options, &s, &err), ERR_INVALID);
        assert_non_null(strstr(err.text, cases[i].named));
        assert_null(strstr(err.text, "secret@"));
    }
    struct error err = {0};
    struct settings s;
    struct storage_options options = {0};
    options.values[STORAGE_ACCESS_KEY] = "A";
    options.values[STORAGE_SECRET_KEY] = "hush\nx: y";
    assert_int_equal(settings_read(&options, &s, &err), ERR_INVALID);
    assert_null(strstr(err.text, "hush"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_amazon_without_keys),
        cmocka_unit_test(an_option_goes_before_our_variable_before_that_of_aws),
        cmocka_unit_test(an_endpoint_of_ones_own_has_the_bucket_in_the_path),
        cmocka_unit_test(keys_come_from_a_profile_in_the_file),
        cmocka_unit_test(what_cannot_be_used_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
