// SPDX-License-Identifier: GPL-3.0-or-later
// secret.h — secrets: random bytes, SHA-256, its keyed form, and comparing without telling.
//
// Threads: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SECRET_BYTES = 32,
    SECRET_TEXT = 2 * SECRET_BYTES + 1, // in hexadecimal, with the NUL
};

// Fills dst from the system's generator; ends the process when there is none.
void secret_random(void *dst, size_t n);
// SHA-256 of n bytes.
void secret_digest(const void *bytes, size_t n, uint8_t ret[static SECRET_BYTES]);
// HMAC-SHA-256 (RFC 2104) of a text under a key of SECRET_BYTES bytes.
void secret_keyed(const uint8_t key[static SECRET_BYTES], const char *text,
                  uint8_t ret[static SECRET_BYTES]);
// Are they the same? Takes the same time whatever the answer.
bool secret_equal(const uint8_t a[static SECRET_BYTES], const uint8_t b[static SECRET_BYTES]);

// In hexadecimal, lower case.
void secret_text(const uint8_t digest[static SECRET_BYTES], char ret[static SECRET_TEXT]);
// Reads that; false when it is anything else.
bool secret_from_text(const char *text, uint8_t ret[static SECRET_BYTES]);
