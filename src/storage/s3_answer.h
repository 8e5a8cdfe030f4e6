// SPDX-License-Identifier: GPL-3.0-or-later
// s3_answer.h — what an S3 store says in XML, as values. Pure.
//
// Unknown elements are passed over. Texts that are too long for their place are refused rather than
// cut, as half a key or upload id names something else.
// Errors: ERR_INVALID when it is not the document that was expected.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

enum { S3_MAX_ERROR_CODE = 64, S3_MAX_MESSAGE = 256, S3_MAX_TAG = 136 };

// "" and empty where the document says nothing.
struct s3_error {
    char code[S3_MAX_ERROR_CODE];
    char message[S3_MAX_MESSAGE]; // cut, printable
    char region[48];
};

// False when the text is no <Error>.
bool s3_answer_error(const char *text, size_t n, struct s3_error *ret);

// The id of a multipart upload that was begun. free() it.
MUST_USE enum status s3_answer_upload_id(const char *text, size_t n, char **ret, struct error *err);

// The tag of an object that was put together or copied, without quotes.
MUST_USE enum status s3_answer_tag(const char *text, size_t n, char ret[static S3_MAX_TAG],
                                   struct error *err);

struct s3_object {
    char *key;
    uint64_t size_bytes;
    int64_t modified_ms; // since 1970; 0: not told
    char tag[S3_MAX_TAG];
};

struct s3_upload {
    char *key, *id;
    int64_t begun_ms; // since 1970; 0: not told
};

// A page of a listing: of objects, or of multipart uploads that are not finished.
struct s3_page {
    struct s3_object *objects;
    size_t object_count;
    struct s3_upload *uploads;
    size_t upload_count;
    bool more;         // there is another page, which begins at the next two
    char *next;        // token of objects, or key of uploads
    char *next_upload; // id of uploads
};

MUST_USE enum status s3_answer_page(const char *text, size_t n, struct s3_page *ret,
                                    struct error *err);
void s3_page_done(struct s3_page *page);
