// SPDX-License-Identifier: GPL-3.0-or-later
// digest.h — checksums of what is sent and received, and their texts. Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_TEXT = 65, MD5_BYTES = 16, MD5_TEXT = 33 };

void digest_sha256(const void *bytes, size_t n, uint8_t ret[static SHA256_BYTES]);
void digest_hmac_sha256(const void *key, size_t key_bytes, const void *bytes, size_t n,
                        uint8_t ret[static SHA256_BYTES]);
void digest_md5(const void *bytes, size_t n, uint8_t ret[static MD5_BYTES]);
// Lower-case hexadecimal; `ret` takes 2n + 1.
void digest_hex(const uint8_t *bytes, size_t n, char *ret);
// The SHA-256 of n bytes as text.
void digest_sha256_hex(const void *bytes, size_t n, char ret[static SHA256_TEXT]);
// The MD5 of 16 bytes, as the header Content-MD5 has it (base 64).
void digest_md5_base64(const uint8_t md5[static MD5_BYTES], char ret[static 25]);

// The MD5 of bytes that come piece by piece. digest_md5_end() also frees.
struct digest_md5_state;
struct digest_md5_state *digest_md5_begin(void);
void digest_md5_add(struct digest_md5_state *state, const void *bytes, size_t n);
void digest_md5_end(struct digest_md5_state *state, char ret[static MD5_TEXT]);
