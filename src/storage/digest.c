// SPDX-License-Identifier: GPL-3.0-or-later
// digest.c — see digest.h. The one place that calls libcrypto; libcurl brings it anyway.
#include "storage/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static void digest(const EVP_MD *kind, const void *bytes, size_t n, uint8_t *ret)
{
    int done = EVP_Digest(bytes, n, ret, NULL, kind, NULL);
    assert(done == 1);
    (void)done;
}

void digest_sha256(const void *bytes, size_t n, uint8_t ret[static SHA256_BYTES])
{
    digest(EVP_sha256(), bytes, n, ret);
}

void digest_md5(const void *bytes, size_t n, uint8_t ret[static MD5_BYTES])
{
    digest(EVP_md5(), bytes, n, ret);
}

void digest_hmac_sha256(const void *key, size_t key_bytes, const void *bytes, size_t n,
                        uint8_t ret[static SHA256_BYTES])
{
    const uint8_t *done = HMAC(EVP_sha256(), key, (int)key_bytes, bytes, n, ret, NULL);
    assert(done);
    (void)done;
}

void digest_hex(const uint8_t *bytes, size_t n, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * n] = '\0';
}

void digest_sha256_hex(const void *bytes, size_t n, char ret[static SHA256_TEXT])
{
    uint8_t sum[SHA256_BYTES];
    digest_sha256(bytes, n, sum);
    digest_hex(sum, sizeof sum, ret);
}

void digest_md5_base64(const uint8_t md5[static MD5_BYTES], char ret[static 25])
{
    (void)EVP_EncodeBlock((unsigned char *)ret, md5, MD5_BYTES);
}

// The name is ours, the state libcrypto's.
struct digest_md5_state *digest_md5_begin(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context && EVP_DigestInit_ex(context, EVP_md5(), NULL);
    assert(done == 1);
    (void)done;
    return (struct digest_md5_state *)context;
}

void digest_md5_add(struct digest_md5_state *state, const void *bytes, size_t n)
{
    (void)EVP_DigestUpdate((EVP_MD_CTX *)state, bytes, n);
}

void digest_md5_end(struct digest_md5_state *state, char ret[static MD5_TEXT])
{
    uint8_t sum[MD5_BYTES] = {0};
    (void)EVP_DigestFinal_ex((EVP_MD_CTX *)state, sum, NULL);
    EVP_MD_CTX_free((EVP_MD_CTX *)state);
    digest_hex(sum, sizeof sum, ret);
}
