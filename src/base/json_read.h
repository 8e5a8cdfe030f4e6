// SPDX-License-Identifier: GPL-3.0-or-later
// json_read.h — read JSON from outside, with errors that name the field.
//
// jr_parse() gives a document; jr_root() a cursor on its top value. A cursor (struct jr)
// is a small value that knows its parent cursor, so every error can say where it is:
// "clips[2].trim.start: expected a number from 0 to 86400, got "abc"". A cursor is valid
// while its document and its parent cursor live (parents are usually locals of the
// calling function). Reading copies and allocates nothing; strings belong to the document.
// Strict: no duplicate keys, no trailing text, no NaN, valid UTF-8, at most JR_MAX_DEPTH
// levels (checked before parsing, so deep nesting is cheap to refuse).
//
// This header hides the JSON library; nobody else includes it. Threads: one owner.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

struct jr_doc;

enum jr_kind { JR_NULL, JR_BOOL, JR_NUMBER, JR_STRING, JR_ARRAY, JR_OBJECT, JR_KIND_COUNT };

struct jr {
    const struct jr *parent; // NULL at the root
    const char *key;         // name in the parent object, or NULL
    size_t index;            // place in the parent array when key is NULL
    void *value;             // the library's; private
};

enum { JR_MAX_DEPTH = 32 };

// Parses `n` bytes. On success *ret_doc is freed by jr_free(). ERR_INVALID says line and cause.
MUST_USE enum status jr_parse(const char *text, size_t n, struct jr_doc **ret_doc,
                              struct error *err);
void jr_free(struct jr_doc *doc);
AUTO_DEFINE(struct jr_doc, jr_free)

struct jr jr_root(const struct jr_doc *doc);
enum jr_kind jr_kind(const struct jr *v);

// The member `key` of object v; false when absent or null. *ret keeps a pointer to v.
bool jr_get(const struct jr *v, const char *key, struct jr *ret);
// The number of elements of an array or members of an object; 0 for anything else.
size_t jr_size(const struct jr *v);
// Element i < jr_size(v) of array v.
struct jr jr_at(const struct jr *v, size_t i);
// Walks the members of object v: start with *iter = NULL; false at the end.
bool jr_next(const struct jr *v, void **iter, struct jr *ret);

// The place of v as people write it, "clips[2].trim"; "" at the root. dst is always terminated.
void jr_path(const struct jr *v, char *dst, size_t size);

// ERR_INVALID with "PATH: expected EXPECTED, got GOT"; EXPECTED is printf-like.
__attribute__((cold)) enum status jr_expected(const struct jr *v, struct error *err,
                                              const char *fmt, ...) PRINTF_LIKE(3, 4);

// The value as compact JSON text, appended to `out`.
void jr_dump(const struct jr *v, struct buffer *out);

// Typed reads of v itself. Bounds are inclusive; the error names them.
MUST_USE enum status jr_number(const struct jr *v, double min, double max, double *ret,
                               struct error *err);
MUST_USE enum status jr_integer(const struct jr *v, int64_t min, int64_t max, int64_t *ret,
                                struct error *err);
MUST_USE enum status jr_count(const struct jr *v, int64_t max, uint64_t *ret, struct error *err);
MUST_USE enum status jr_bool(const struct jr *v, bool *ret, struct error *err);
// *ret lives as long as the document. Refuses more than max_bytes, and U+0000 inside.
MUST_USE enum status jr_string(const struct jr *v, size_t max_bytes, const char **ret,
                               struct error *err);
MUST_USE enum status jr_object(const struct jr *v, struct error *err); // checks the kind
MUST_USE enum status jr_array(const struct jr *v, size_t min, size_t max, struct error *err);

// Member reads: absent leaves *ret as it is (the default) and is OK.
MUST_USE enum status jr_get_number(const struct jr *v, const char *key, double min, double max,
                                   double *ret, struct error *err);
MUST_USE enum status jr_get_integer(const struct jr *v, const char *key, int64_t min, int64_t max,
                                    int64_t *ret, struct error *err);
MUST_USE enum status jr_get_count(const struct jr *v, const char *key, int64_t max, uint64_t *ret,
                                  struct error *err);
MUST_USE enum status jr_get_bool(const struct jr *v, const char *key, bool *ret, struct error *err);
MUST_USE enum status jr_get_string(const struct jr *v, const char *key, size_t max_bytes,
                                   const char **ret, struct error *err);
// ERR_INVALID "PATH.key: is required (EXPECTED)" when the member is absent.
MUST_USE enum status jr_require(const struct jr *v, const char *key, const char *expected,
                                struct jr *ret, struct error *err);
// ERR_INVALID naming the first member of object v that is not in the NULL-terminated list, and
// the names that are allowed.
MUST_USE enum status jr_only(const struct jr *v, const char *const *allowed, struct error *err);
