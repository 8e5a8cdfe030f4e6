// SPDX-License-Identifier: GPL-3.0-or-later
// json_read.c — jansson behind json_read.h.
//
// Depth is counted by a scan before the parser runs, because a recursive parser should
// never be handed ten megabytes of brackets.
#include "base/json_read.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"

struct jr_doc {
    json_t *root;
};

static const char *const kind_names[] = {
    [JR_NULL] = "null",       [JR_BOOL] = "a boolean", [JR_NUMBER] = "a number",
    [JR_STRING] = "a string", [JR_ARRAY] = "an array", [JR_OBJECT] = "an object",
};
static_assert(sizeof(kind_names) / sizeof(kind_names[0]) == JR_KIND_COUNT, "a name per kind");

static const json_t *value_of(const struct jr *v)
{
    return v->value;
}

// ---- parsing ----

// The deepest nesting of brackets outside strings; stops once it is over `limit`.
static int nesting_depth(const char *text, size_t n, int limit)
{
    int depth = 0;
    int deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < n && deepest <= limit; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest)
                deepest = depth;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return deepest;
}

enum status jr_parse(const char *text, size_t n, struct jr_doc **ret_doc, struct error *err)
{
    *ret_doc = NULL;
    if (nesting_depth(text, n, JR_MAX_DEPTH) > JR_MAX_DEPTH)
        return error_set(err, ERR_INVALID, "the JSON is nested deeper than %d levels",
                         JR_MAX_DEPTH);
    json_error_t cause;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &cause);
    if (!root)
        return error_set(err, ERR_INVALID, "not valid JSON: %s (line %d, column %d)", cause.text,
                         cause.line, cause.column);
    *ret_doc = mem_new(struct jr_doc);
    (*ret_doc)->root = root;
    return OK;
}

void jr_free(struct jr_doc *doc)
{
    if (!doc)
        return;
    json_decref(doc->root);
    free(doc);
}

// ---- cursors ----

struct jr jr_root(const struct jr_doc *doc)
{
    return (struct jr){.value = doc->root};
}

enum jr_kind jr_kind(const struct jr *v)
{
    switch (json_typeof(value_of(v))) {
    case JSON_OBJECT:
        return JR_OBJECT;
    case JSON_ARRAY:
        return JR_ARRAY;
    case JSON_STRING:
        return JR_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return JR_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JR_BOOL;
    default:
        return JR_NULL;
    }
}

bool jr_get(const struct jr *v, const char *key, struct jr *ret)
{
    json_t *member = json_object_get(value_of(v), key);
    if (!member || json_is_null(member))
        return false;
    *ret = (struct jr){.parent = v, .key = key, .value = member};
    return true;
}

size_t jr_size(const struct jr *v)
{
    const json_t *value = value_of(v);
    return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

struct jr jr_at(const struct jr *v, size_t i)
{
    json_t *element = json_array_get(value_of(v), i);
    assert(element);
    return (struct jr){.parent = v, .index = i, .value = element};
}

bool jr_next(const struct jr *v, void **iter, struct jr *ret)
{
    json_t *object = v->value;
    *iter = *iter ? json_object_iter_next(object, *iter) : json_object_iter(object);
    if (!*iter)
        return false;
    *ret = (struct jr){
        .parent = v,
        .key = json_object_iter_key(*iter),
        .value = json_object_iter_value(*iter),
    };
    return true;
}

// Errors end up on terminals: a control character from outside becomes '?'.
static void make_printable(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
    }
}

// At most 64 bytes of a member's name are worth showing.
static void name_append(const char *name, struct buffer *out)
{
    char shown[65];
    bool is_whole = text_copy(shown, sizeof(shown), name);
    make_printable(shown);
    buffer_printf(out, "%s%s%s", out->size ? "." : "", shown, is_whole ? "" : "…");
}

static void path_append(const struct jr *v, struct buffer *out)
{
    if (!v->parent)
        return;
    path_append(v->parent, out);
    if (v->key)
        name_append(v->key, out);
    else
        buffer_printf(out, "[%zu]", v->index);
}

void jr_path(const struct jr *v, char *dst, size_t size)
{
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, 4096);
    path_append(v, &path);
    (void)text_copy(dst, size, buffer_string(&path));
}

// In as few digits as read back the same, so that what people wrote stays as they wrote it.
static void dump_real(double value, struct json_writer *w)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%.15g", value);
    if (strtod(text, NULL) != value)
        (void)snprintf(text, sizeof(text), "%.17g", value);
    jw_raw(w, text);
}

// Not deeper than JR_MAX_DEPTH.
static void dump(json_t *value, struct json_writer *w)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_object(value)) {
        jw_object_begin(w);
        json_object_foreach(value, key, member)
        {
            jw_key(w, key);
            dump(member, w);
        }
        jw_object_end(w);
    } else if (json_is_array(value)) {
        jw_array_begin(w);
        json_array_foreach(value, i, member) dump(member, w);
        jw_array_end(w);
    } else if (json_is_string(value)) {
        jw_string(w, json_string_value(value));
    } else if (json_is_integer(value)) {
        jw_int(w, json_integer_value(value));
    } else if (json_is_real(value)) {
        dump_real(json_real_value(value), w);
    } else if (json_is_boolean(value)) {
        jw_bool(w, json_is_true(value));
    } else {
        jw_null(w);
    }
}

void jr_dump(const struct jr *v, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    dump(v->value, &w);
}

// ---- errors ----

// What the value is, in a few characters: a number or string as written, otherwise its kind.
static void describe(const struct jr *v, char *dst, size_t size)
{
    const json_t *value = value_of(v);
    if (json_is_integer(value))
        (void)snprintf(dst, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        (void)snprintf(dst, size, "%.12g", json_real_value(value));
    else if (json_is_boolean(value))
        (void)snprintf(dst, size, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_string(value) && json_string_length(value) <= 40)
        (void)snprintf(dst, size, "\"%s\"", json_string_value(value));
    else
        (void)text_copy(dst, size, kind_names[jr_kind(v)]);
    make_printable(dst);
}

// "PATH: " or nothing at the root. dst is always terminated.
static void prefix(const struct jr *v, char *dst, size_t size)
{
    char path[160];
    jr_path(v, path, sizeof(path));
    (void)snprintf(dst, size, "%s%s", path, path[0] ? ": " : "");
}

enum status jr_expected(const struct jr *v, struct error *err, const char *fmt, ...)
{
    char where[164];
    char got[64];
    char expected[160];
    prefix(v, where, sizeof(where));
    describe(v, got, sizeof(got));
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(expected, sizeof(expected), fmt, args);
    va_end(args);
    if (n >= (int)sizeof(expected))
        expected[text_utf8_floor(expected, sizeof(expected) - 1)] = '\0';
    return error_set(err, ERR_INVALID, "%sexpected %s, got %s", where, expected, got);
}

// ---- typed reads ----

enum status jr_number(const struct jr *v, double min, double max, double *ret, struct error *err)
{
    double number = json_number_value(value_of(v));
    if (jr_kind(v) != JR_NUMBER || !(number >= min && number <= max))
        return jr_expected(v, err, "a number from %.12g to %.12g", min, max);
    *ret = number;
    return OK;
}

enum status jr_integer(const struct jr *v, int64_t min, int64_t max, int64_t *ret,
                       struct error *err)
{
    const json_t *value = value_of(v);
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < min || number > max)
        return jr_expected(v, err, "a whole number from %lld to %lld", (long long)min,
                           (long long)max);
    *ret = number;
    return OK;
}

enum status jr_count(const struct jr *v, int64_t max, uint64_t *ret, struct error *err)
{
    int64_t number = 0;
    enum status status = jr_integer(v, 0, max, &number, err);
    if (status == OK)
        *ret = (uint64_t)number;
    return status;
}

enum status jr_bool(const struct jr *v, bool *ret, struct error *err)
{
    if (jr_kind(v) != JR_BOOL)
        return jr_expected(v, err, "true or false");
    *ret = json_is_true(value_of(v));
    return OK;
}

enum status jr_string(const struct jr *v, size_t max_bytes, const char **ret, struct error *err)
{
    const json_t *value = value_of(v);
    if (!json_is_string(value))
        return jr_expected(v, err, "a string");
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);
    if (n > max_bytes)
        return jr_expected(v, err, "at most %zu bytes", max_bytes);
    if (strlen(text) != n)
        return jr_expected(v, err, "a string without U+0000");
    *ret = text;
    return OK;
}

enum status jr_object(const struct jr *v, struct error *err)
{
    return jr_kind(v) == JR_OBJECT ? OK : jr_expected(v, err, "an object");
}

enum status jr_array(const struct jr *v, size_t min, size_t max, struct error *err)
{
    if (jr_kind(v) != JR_ARRAY)
        return jr_expected(v, err, "an array");
    size_t n = jr_size(v);
    if (n >= min && n <= max)
        return OK;
    char where[164];
    prefix(v, where, sizeof(where));
    return error_set(err, ERR_INVALID, "%sexpected from %zu to %zu elements, got %zu", where, min,
                     max, n);
}

enum status jr_get_number(const struct jr *v, const char *key, double min, double max, double *ret,
                          struct error *err)
{
    struct jr member;
    return jr_get(v, key, &member) ? jr_number(&member, min, max, ret, err) : OK;
}

enum status jr_get_integer(const struct jr *v, const char *key, int64_t min, int64_t max,
                           int64_t *ret, struct error *err)
{
    struct jr member;
    return jr_get(v, key, &member) ? jr_integer(&member, min, max, ret, err) : OK;
}

enum status jr_get_count(const struct jr *v, const char *key, int64_t max, uint64_t *ret,
                         struct error *err)
{
    struct jr member;
    return jr_get(v, key, &member) ? jr_count(&member, max, ret, err) : OK;
}

enum status jr_get_bool(const struct jr *v, const char *key, bool *ret, struct error *err)
{
    struct jr member;
    return jr_get(v, key, &member) ? jr_bool(&member, ret, err) : OK;
}

enum status jr_get_string(const struct jr *v, const char *key, size_t max_bytes, const char **ret,
                          struct error *err)
{
    struct jr member;
    return jr_get(v, key, &member) ? jr_string(&member, max_bytes, ret, err) : OK;
}

enum status jr_require(const struct jr *v, const char *key, const char *expected, struct jr *ret,
                       struct error *err)
{
    if (jr_get(v, key, ret))
        return OK;
    char where[164];
    struct jr missing = {.parent = v, .key = key};
    jr_path(&missing, where, sizeof(where));
    return error_set(err, ERR_INVALID, "%s: is required (%s)", where, expected);
}

static bool is_listed(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

enum status jr_only(const struct jr *v, const char *const *allowed, struct error *err)
{
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    struct jr member;
    for (void *iter = NULL; jr_next(v, &iter, &member);) {
        if (is_listed(allowed, member.key))
            continue;
        struct buffer list BUFFER_AUTO;
        buffer_init(&list, 4096);
        for (const char *const *name = allowed; *name; name++)
            buffer_printf(&list, "%s%s", list.size ? ", " : "", *name);
        char where[164];
        jr_path(&member, where, sizeof(where));
        return error_set(err, ERR_INVALID, "%s: unknown field; known here: %s", where,
                         buffer_string(&list));
    }
    return OK;
}
