// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/s3_answer.h"

#include "test.h"

static void an_error_is_read_and_made_printable(void **state)
{
    (void)state;
    static const char text[] =
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>no\n\x7F way"
        "</Message><Region>eu-west-1</Region><StringToSign>x</StringToSign>"
        "</Error>";
    struct s3_error e;
    assert_true(s3_answer_error(text, strlen(text), &e));
    assert_string_equal(e.code, "AuthorizationHeaderMalformed");
    assert_string_equal(e.message, "no   way");
    assert_string_equal(e.region, "eu-west-1");
    assert_false(s3_answer_error("<html/>", 7, &e));
    assert_false(s3_answer_error("", 0, &e));
}

static void an_upload_has_an_id(void **state)
{
    (void)state;
    static const char text[] =
        "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>VXBs/+=</UploadId>"
        "</InitiateMultipartUploadResult>";
    struct error err;
    char *id AUTO(mem_free) = NULL;
    assert_int_equal(s3_answer_upload_id(text, strlen(text), &id, &err), OK);
    assert_string_equal(id, "VXBs/+=");
    char *none = NULL;
    assert_int_equal(s3_answer_upload_id("<A/>", 4, &none, &err), ERR_INVALID);
    assert_null(none);
}

static void a_completed_object_has_a_tag_without_quotes(void **state)
{
    (void)state;
    static const char *const texts[] = {"<CompleteMultipartUploadResult><ETag>&quot;ab-2&quot;</"
                                        "ETag></CompleteMultipartUploadResult>",
                                        "<CopyObjectResult><ETag>ab-2</ETag></CopyObjectResult>"};
    for (size_t i = 0; i < 2; i++) {
        struct error err;
        char tag[S3_MAX_TAG];
        assert_int_equal(s3_answer_tag(texts[i], strlen(texts[i]), tag, &err), OK);
        assert_string_equal(tag, "ab-2");
    }
}

static void a_page_of_objects(void **state)
{
    (void)state;
    static const char text[] =
        "<ListBucketResult><Name>b</Name><Prefix>a%2F</Prefix><EncodingType>url</EncodingType>"
        "<IsTruncated>true</IsTruncated><NextContinuationToken>t%2F+</NextContinuationToken>"
        "<Contents><Key>a%2Fb+c%25</Key><LastModified>2024-02-29T12:30:01.250Z</LastModified>"
        "<ETag>\"x\"</ETag><Size>5368709121</Size></Contents>"
        "<Contents><Size>0</Size><Key>plain</Key></Contents></ListBucketResult>";
    struct error err;
    struct s3_page page;
    assert_int_equal(s3_answer_page(text, strlen(text), &page, &err), OK);
    assert_int_equal(page.object_count, 2);
    assert_string_equal(page.objects[0].key, "a/b c%");
    assert_string_equal(page.objects[0].tag, "x");
    assert_int_equal(page.objects[0].size_bytes, 5368709121);
    assert_int_equal(page.objects[0].modified_ms, 1709209801250);
    assert_string_equal(page.objects[1].key, "plain");
    assert_true(page.more);
    assert_string_equal(page.next, "t%2F+");
    s3_page_done(&page);
}

static void a_page_of_uploads(void **state)
{
    (void)state;
    static const char text[] =
        "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><EncodingType>url</"
        "EncodingType>"
        "<NextKeyMarker>k%2F1</NextKeyMarker><NextUploadIdMarker>i1</NextUploadIdMarker>"
        "<Upload><Key>k%2F1</Key><UploadId>i1</UploadId><Initiated>2024-02-29T12:30:01Z</Initiated>"
        "<Initiator><ID>me</ID></Initiator></Upload></ListMultipartUploadsResult>";
    struct error err;
    struct s3_page page;
    assert_int_equal(s3_answer_page(text, strlen(text), &page, &err), OK);
    assert_int_equal(page.upload_count, 1);
    assert_string_equal(page.uploads[0].key, "k/1");
    assert_string_equal(page.uploads[0].id, "i1");
    assert_int_equal(page.uploads[0].begun_ms, 1709209801000);
    assert_string_equal(page.next, "k/1");
    assert_string_equal(page.next_upload, "i1");
    s3_page_done(&page);
}

static void what_is_no_listing_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<Other/>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>",
        ("<ListBucketResult><Contents><Key>k</Key><Size>99999999999999999999</Size></Contents>"
         "</ListBucketResult>"),
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListMultipartUploadsResult><Upload><Key>k</Key></Upload></ListMultipartUploadsResult>",
        "<ListBucketResult><Contents><Key>k</Key>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error err = {0};
        struct s3_page page;
        assert_int_equal(s3_answer_page(bad[i], strlen(bad[i]), &page, &err), ERR_INVALID);
        assert_null(page.objects);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_read_and_made_printable),
        cmocka_unit_test(an_upload_has_an_id),
        cmocka_unit_test(a_completed_object_has_a_tag_without_quotes),
        cmocka_unit_test(a_page_of_objects),
        cmocka_unit_test(a_page_of_uploads),
        cmocka_unit_test(what_is_no_listing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
