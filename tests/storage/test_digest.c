// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors: RFC 1321 (MD5), FIPS 180 (SHA-256), RFC 4231 (HMAC).
#include "storage/digest.h"

#include "test.h"

static void published_digests(void **state)
{
    (void)state;
    char text[SHA256_TEXT];
    digest_sha256_hex("abc", 3, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    uint8_t md5[MD5_BYTES];
    digest_md5("abc", 3, md5);
    digest_hex(md5, sizeof md5, text);
    assert_string_equal(text, "900150983cd24fb0d6963f7d28e17f72");
    char base64[25];
    digest_md5_base64(md5, base64);
    assert_string_equal(base64, "kAFQmDzST7DWlj99KOF/cg==");
    uint8_t hmac[SHA256_BYTES];
    digest_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, hmac);
    digest_hex(hmac, sizeof hmac, text);
    assert_string_equal(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_digests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
