// SPDX-License-Identifier: GPL-3.0-or-later
// reply.c — see reply.h.
#include "server/reply.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/json_write.h"
#include "base/text.h"

static const struct {
    int code;
    const char *text;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

static const char *reason_of(int code)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].code == code)
            return reasons[i].text;
    }
    return "Unknown";
}

void reply_init(struct reply *r)
{
    *r = (struct reply){.code = 200};
    buffer_init(&r->fields, REPLY_MAX_HEAD / 2);
    buffer_init(&r->body, REPLY_MAX_BODY);
}

void reply_done(struct reply *r)
{
    buffer_done(&r->fields);
    buffer_done(&r->body);
}

void reply_field(struct reply *r, const char *name, const char *value)
{
    assert(!strpbrk(value, "\r\n"));
    buffer_printf(&r->fields, "%s: %s\r\n", name, value);
}

void reply_json(struct reply *r, int code)
{
    r->code = code;
    r->type = "application/json";
    buffer_clear(&r->body);
}

// The place that a sentence begins with: "clips[2].trim" of "clips[2].trim: expected …".
static size_t field_length(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.[]-");
    return n > 0 && text_starts(text + n, ": ") ? n : 0;
}

void reply_error_code(struct reply *r, int code, const struct error *err)
{
    struct json_writer w;
    reply_json(r, code);
    r->has_length = r->is_endless = false;
    jw_init(&w, &r->body);
    jw_object_begin(&w);
    jw_key(&w, "error");
    jw_object_begin(&w);
    jw_key_string(&w, "code", status_info(err->status)->name);
    jw_key_string(&w, "text", err->text);
    size_t n = err->status == ERR_INVALID ? field_length(err->text) : 0;
    if (n > 0) {
        char *field AUTO(mem_free) = mem_strndup(err->text, n);
        jw_key_string(&w, "field", field);
    }
    jw_object_end(&w);
    jw_object_end(&w);
    buffer_text(&r->body, "\n");
}

void reply_error(struct reply *r, const struct error *err)
{
    bool may_pass = err->status == ERR_LIMIT && err->retryable;
    reply_error_code(r, may_pass ? 429 : status_info(err->status)->http_code, err);
}

static void write_date(int64_t wall_s, struct buffer *out)
{
    time_t seconds = (time_t)wall_s;
    struct tm tm;
    char text[64];
    (void)gmtime_r(&seconds, &tm);
    // The program sets no locale but LC_CTYPE, so these names are English (RFC 9110, 5.6.7).
    (void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buffer_printf(out, "Date: %s\r\n", text);
}

void reply_head(const struct reply *r, int64_t wall_s, struct buffer *out)
{
    buffer_printf(out, "HTTP/1.1 %d %s\r\n", r->code, reason_of(r->code));
    write_date(wall_s, out);
    buffer_text(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
    if (r->type)
        buffer_printf(out, "Content-Type: %s\r\n", r->type);
    if (!r->is_endless && r->code != 204 && r->code != 304)
        buffer_printf(out, "Content-Length: %llu\r\n",
                      (unsigned long long)(r->has_length ? r->length : r->body.size));
    buffer_append(out, buffer_string(&r->fields), r->fields.size);
    buffer_text(out, "Connection: close\r\n\r\n");
}
