// SPDX-License-Identifier: GPL-3.0-or-later
// The vectors are the examples of the Amazon S3 API reference, "Signature Calculations for the
// Authorization Header: Transferring Payload in a Single Chunk" and "Authenticating Requests: Using
// Query Parameters". The keys in them are Amazon's examples, nobody's.
#include "storage/sigv4.h"

#include "storage/digest.h"
#include "test.h"

static const int64_t at_ms = INT64_C(1369353600000); // 2013-05-24T00:00:00Z
static const char empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const struct sigv4_identity example = {
    .access_key = "AKIAIOSFODNN7EXAMPLE",
    .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    .region = "us-east-1",
};

static void assert_signed(const struct sigv4_request *request, const char *signature)
{
    struct buffer headers BUFFER_AUTO;
    buffer_init(&headers, 4096);
    sigv4_sign(request, &example, &headers);
    assert_non_null(strstr(buffer_string(&headers), signature));
    assert_false(headers.overflow);
}

static void the_published_get_of_a_range(void **state)
{
    (void)state;
    static const struct sigv4_pair range = {"range", "bytes=0-9"};
    const struct sigv4_request request = {
        .method = "GET",
        .host = "examplebucket.s3.amazonaws.com",
        .path = "/test.txt",
        .headers = &range,
        .header_count = 1,
        .payload_hash = empty_hash,
        .now_ms = at_ms,
    };
    assert_signed(&request,
                  "authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/"
                  "us-east-1/s3/aws4_request,"
                  "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                  "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\n");
}

static void the_published_put(void **state)
{
    (void)state;
    static const char body[] = "Welcome to Amazon S3.";
    static const struct sigv4_pair headers[] = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                                {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
    char hash[SHA256_TEXT];
    digest_sha256_hex(body, strlen(body), hash);
    const struct sigv4_request request = {
        .method = "PUT",
        .host = "examplebucket.s3.amazonaws.com",
        .path = "/test$file.text",
        .headers = headers,
        .header_count = 2,
        .payload_hash = hash,
        .now_ms = at_ms,
    };
    assert_signed(&request, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void the_published_queries(void **state)
{
    (void)state;
    static const struct sigv4_pair lifecycle = {"lifecycle", ""};
    static const struct sigv4_pair list[] = {{"prefix", "J"}, {"max-keys", "2"}};
    struct sigv4_request request = {
        .method = "GET",
        .host = "examplebucket.s3.amazonaws.com",
        .path = "/",
        .query = &lifecycle,
        .query_count = 1,
        .payload_hash = empty_hash,
        .now_ms = at_ms,
    };
    assert_signed(&request, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    request.query = list;
    request.query_count = 2;
    assert_signed(&request, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void the_published_presigned_url(void **state)
{
    (void)state;
    const struct sigv4_request request = {
        .method = "GET",
        .host = "examplebucket.s3.amazonaws.com",
        .path = "/test.txt",
        .now_ms = at_ms,
    };
    struct buffer target BUFFER_AUTO;
    buffer_init(&target, 4096);
    sigv4_presign(&request, &example, 86400, &target);
    assert_string_equal(
        buffer_string(&target),
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%"
        "2F20130524"
        "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
        "&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void a_session_token_is_signed_and_sent(void **state)
{
    (void)state;
    struct sigv4_identity who = example;
    who.session_token = "T/o=ken";
    const struct sigv4_request request = {
        .method = "GET", .host = "h", .path = "/k", .payload_hash = empty_hash, .now_ms = at_ms};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    sigv4_sign(&request, &who, &text);
    assert_non_null(strstr(buffer_string(&text), "\nx-amz-security-token: T/o=ken\n"));
    assert_non_null(strstr(buffer_string(&text), "x-amz-date;x-amz-security-token,"));
    buffer_clear(&text);
    sigv4_presign(&request, &who, 60, &text);
    assert_non_null(strstr(buffer_string(&text), "&X-Amz-Security-Token=T%2Fo%3Dken&"));
}

static void all_but_unreserved_characters_are_escaped(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    sigv4_escape("/a b+c%d~e_f-g.h/\xC3\xA9?#&=:@!*'()", true, &text);
    assert_string_equal(buffer_string(&text),
                        "/a%20b%2Bc%25d~e_f-g.h/%C3%A9%3F%23%26%3D%3A%40%21%2A%27%28%29");
    buffer_clear(&text);
    static const struct sigv4_pair query[] = {{"uploads", ""}, {"prefix", "a/b c"}};
    sigv4_query(query, 2, &text);
    assert_string_equal(buffer_string(&text), "?prefix=a%2Fb%20c&uploads=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_get_of_a_range),
        cmocka_unit_test(the_published_put),
        cmocka_unit_test(the_published_queries),
        cmocka_unit_test(the_published_presigned_url),
        cmocka_unit_test(a_session_token_is_signed_and_sent),
        cmocka_unit_test(all_but_unreserved_characters_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
