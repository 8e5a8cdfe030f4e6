// SPDX-License-Identifier: GPL-3.0-or-later
// byte_range.h — the Range header of a download (RFC 9110, section 14). Pure.
//
// One range is served; a request for several is answered with the whole object, which the RFC
// allows and which costs nobody anything: browsers and film players ask for one.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum range_kind {
    RANGE_WHOLE,         // none asked for, or nothing that is served: answer 200
    RANGE_PART,          // answer 206
    RANGE_UNSATISFIABLE, // answer 416
};

struct byte_range {
    int64_t first; // of the bytes to send
    int64_t count;
};

// What `header` ("bytes=0-99", "bytes=500-", "bytes=-500"; NULL: none) asks of an object of
// `size` bytes. *ret is what to send: the whole object unless RANGE_PART, nothing when
// RANGE_UNSATISFIABLE.
enum range_kind byte_range_parse(const char *header, int64_t size, struct byte_range *ret);
