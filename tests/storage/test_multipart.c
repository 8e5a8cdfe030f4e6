// SPDX-License-Identifier: GPL-3.0-or-later
// The tag of an object of parts, as S3 makes it. The requests are tried by test_s3_sink.c.
#include "storage/multipart.h"

#include "test.h"

static void the_tag_is_the_digest_of_the_digests(void **state)
{
    (void)state;
    struct multipart_part parts[2];
    char tag[S3_MAX_TAG];
    digest_md5("hello ", 6, parts[0].md5);
    digest_md5("world", 5, parts[1].md5);
    multipart_tag(parts, 2, tag);
    assert_string_equal(tag, "e09e4fd6265b36115fe3db32df945d84-2"); // by Python's hashlib
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_tag_is_the_digest_of_the_digests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
