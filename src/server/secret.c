// SPDX-License-Identifier: GPL-3.0-or-later
// secret.c — see secret.h.
#include "server/secret.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "storage/digest.h"

_Static_assert((int)SECRET_BYTES == (int)SHA256_BYTES, "a secret is kept as its SHA-256");

void secret_random(void *dst, size_t n)
{
    ssize_t got = getrandom(dst, n, 0);
    assert(n <= 256 && got == (ssize_t)n); // getrandom() gives that many whole
}

void secret_digest(const void *bytes, size_t n, uint8_t ret[static SECRET_BYTES])
{
    digest_sha256(bytes, n, ret);
}

void secret_keyed(const uint8_t key[static SECRET_BYTES], const char *text,
                  uint8_t ret[static SECRET_BYTES])
{
    digest_hmac_sha256(key, SECRET_BYTES, text, strlen(text), ret);
}

bool secret_equal(const uint8_t a[static SECRET_BYTES], const uint8_t b[static SECRET_BYTES])
{
    volatile uint8_t difference = 0; // volatile: nobody shall leave the loop early
    for (size_t i = 0; i < SECRET_BYTES; i++)
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    return difference == 0;
}

void secret_text(const uint8_t digest[static SECRET_BYTES], char ret[static SECRET_TEXT])
{
    digest_hex(digest, SECRET_BYTES, ret);
}

static int value_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool secret_from_text(const char *text, uint8_t ret[static SECRET_BYTES])
{
    if (strlen(text) != SECRET_TEXT - 1)
        return false;
    for (size_t i = 0; i < SECRET_BYTES; i++) {
        int high = value_of(text[2 * i]);
        int low = value_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
