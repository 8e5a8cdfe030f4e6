// SPDX-License-Identifier: GPL-3.0-or-later
// sniff.h — what a file that is no video seems to be, for the message that refuses it. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A phrase for people from the first n bytes of a file: "it looks like a PNG picture", "it looks
// like text", "it begins with the bytes 7f 45 4c 46". dst is always terminated. Returns dst.
char *sniff_phrase(const uint8_t *head, size_t n, char *dst, size_t size);
