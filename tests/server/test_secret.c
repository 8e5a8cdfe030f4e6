// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/secret.h"

#include "test.h"

static void assert_digest(const uint8_t digest[static SECRET_BYTES], const char *text)
{
    char got[SECRET_TEXT];
    secret_text(digest, got);
    assert_string_equal(got, text);
}

static void digests_are_those_of_the_standards(void **state)
{
    (void)state;
    uint8_t digest[SECRET_BYTES];
    uint8_t key[SECRET_BYTES];
    secret_digest("abc", 3, digest); // FIPS 180-4, B.1
    assert_digest(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    secret_digest("", 0, digest);
    assert_digest(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    memset(key, 0, sizeof(key)); // RFC 4231 has 20 bytes 0x0b, which HMAC fills up with zeros
    memset(key, 0x0b, 20);
    secret_keyed(key, "Hi There", digest);
    assert_digest(digest, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

static void a_digest_survives_its_text(void **state)
{
    (void)state;
    uint8_t a[SECRET_BYTES];
    uint8_t b[SECRET_BYTES];
    char text[SECRET_TEXT];
    secret_random(a, sizeof(a));
    secret_text(a, text);
    assert_true(secret_from_text(text, b));
    assert_true(secret_equal(a, b));
    b[31] ^= 1;
    assert_false(secret_equal(a, b));
}

static void other_texts_are_no_digests(void **state)
{
    (void)state;
    uint8_t digest[SECRET_BYTES];
    char text[SECRET_TEXT + 1];
    memset(text, 'a', sizeof(text));
    text[SECRET_TEXT - 1] = '\0';
    assert_true(secret_from_text(text, digest));
    text[5] = 'A';
    assert_false(secret_from_text(text, digest));
    text[5] = 'g';
    assert_false(secret_from_text(text, digest));
    text[5] = '\0';
    assert_false(secret_from_text(text, digest));
    memset(text, 'a', sizeof(text));
    text[SECRET_TEXT] = '\0';
    assert_false(secret_from_text(text, digest));
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[SECRET_BYTES];
    uint8_t b[SECRET_BYTES];
    secret_random(a, sizeof(a));
    secret_random(b, sizeof(b));
    assert_false(secret_equal(a, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standards),
        cmocka_unit_test(a_digest_survives_its_text),
        cmocka_unit_test(other_texts_are_no_digests),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
