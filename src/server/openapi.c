// SPDX-License-Identifier: GPL-3.0-or-later
// openapi.c — see openapi.h.
#include "server/openapi.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "server/route.h"

static const char *const method_keys[] = {
    [METHOD_GET] = "get", [METHOD_HEAD] = "head",     [METHOD_POST] = "post",
    [METHOD_PUT] = "put", [METHOD_DELETE] = "delete", [METHOD_OTHER] = "trace",
};
static_assert(sizeof(method_keys) / sizeof(method_keys[0]) == METHOD_COUNT,
              "a key for each method");

// Which clients' errors a request of each kind can run into.
static const int usual_errors[] = {400, 401, 403, 404, 413, 429, 503};

static const char *code_text(int code, const char *usual)
{
    return code == 401   ? "No token, or one that is not in use"
           : code == 403 ? "Host or Origin is not this server's"
           : code == 404 ? "There is nothing of that name, or it is somebody else's"
           : code == 413 ? "More than a limit allows"
           : code == 429 ? "More than is allowed at once: later"
           : code == 503 ? "Not now: busy or stopping"
           : code == 400 ? "A value is wrong: the error names it and what was expected"
                         : usual;
}

static void write_content(struct json_writer *w, const char *type, const char *schema)
{
    jw_key(w, "content");
    jw_object_begin(w);
    jw_key(w, type);
    jw_object_begin(w);
    jw_key(w, "schema");
    jw_object_begin(w);
    if (schema)
        jw_key_string(w, "$ref", schema);
    else
        jw_key_string(w, "type", strcmp(type, "application/json") == 0 ? "object" : "string");
    jw_object_end(w);
    jw_object_end(w);
    jw_object_end(w);
}

static void write_parameter(struct json_writer *w, const char *in, const char *name,
                            const char *text)
{
    jw_object_begin(w);
    jw_key_string(w, "name", name);
    jw_key_string(w, "in", in);
    jw_key_bool(w, "required", strcmp(in, "path") == 0);
    jw_key_string(w, "description", text);
    jw_key(w, "schema");
    jw_object_begin(w);
    jw_key_string(w, "type", "string");
    jw_object_end(w);
    jw_object_end(w);
}

static void write_parameters(struct json_writer *w, const struct route_info *r)
{
    jw_key(w, "parameters");
    jw_array_begin(w);
    if (strstr(r->pattern, "{id}"))
        write_parameter(w, "path", "id", "The export's id, from its submit");
    if (strstr(r->pattern, "{key}"))
        write_parameter(w, "path", "key", "The object's key; slashes are part of it");
    if (strstr(r->pattern, "{file}"))
        write_parameter(w, "path", "file", "The file's name; without it, index.html");
    for (const struct route_argument *a = r->arguments; a && a->name; a++)
        write_parameter(w, "query", a->name, a->text);
    jw_array_end(w);
}

static void write_responses(struct json_writer *w, const struct route_info *r)
{
    char code[8];
    jw_key(w, "responses");
    jw_object_begin(w);
    (void)snprintf(code, sizeof(code), "%d", r->code);
    jw_key(w, code);
    jw_object_begin(w);
    jw_key_string(w, "description", r->is_socket ? "The socket is open" : "It worked");
    if (r->answer)
        write_content(w, r->answer, NULL);
    jw_object_end(w);
    for (size_t i = 0; i < sizeof(usual_errors) / sizeof(usual_errors[0]); i++) {
        (void)snprintf(code, sizeof(code), "%d", usual_errors[i]);
        jw_key(w, code);
        jw_object_begin(w);
        jw_key_string(w, "description", code_text(usual_errors[i], ""));
        write_content(w, "application/json", "#/components/schemas/error");
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void write_operation(struct json_writer *w, const struct route_info *r)
{
    jw_key(w, method_keys[r->method]);
    jw_object_begin(w);
    jw_key_string(w, "summary", r->summary);
    write_parameters(w, r);
    if (r->body) {
        jw_key(w, "requestBody");
        jw_object_begin(w);
        write_content(w, r->body, NULL);
        jw_object_end(w);
    }
    jw_key(w, "security");
    jw_array_begin(w);
    if (r->access != ACCESS_OPEN) {
        jw_object_begin(w);
        jw_key(w, "bearer");
        jw_array_begin(w);
        jw_array_end(w);
        jw_object_end(w);
    }
    jw_array_end(w);
    write_responses(w, r);
    jw_object_end(w);
}

// All methods of one path stand together, at the first row that names it.
static void write_path(struct json_writer *w, int first)
{
    const char *pattern = route_info((enum route)first)->pattern;
    for (int i = 0; i < first; i++) {
        if (strcmp(route_info((enum route)i)->pattern, pattern) == 0)
            return;
    }
    jw_key(w, pattern);
    jw_object_begin(w);
    for (int i = first; i < ROUTE_COUNT; i++) {
        const struct route_info *r = route_info((enum route)i);
        if (strcmp(r->pattern, pattern) == 0)
            write_operation(w, r);
    }
    jw_object_end(w);
}

static void write_document(struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_string(w, "openapi", "3.0.3");
    jw_key(w, "info");
    jw_object_begin(w);
    jw_key_string(w, "title", "Headway");
    jw_key_string(w, "description", "Video exports, and the truth about how far they are.");
    jw_key_string(w, "version", "1");
    jw_object_end(w);
    jw_key(w, "components");
    jw_raw(w, "{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}},"
              "\"schemas\":{\"error\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":"
              "{\"error\":{\"type\":\"object\",\"required\":[\"code\",\"text\"],\"properties\":{"
              "\"code\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"},"
              "\"field\":{\"type\":\"string\"}}}}}}}");
    jw_key(w, "paths");
    jw_object_begin(w);
    for (int i = 0; i < ROUTE_COUNT; i++)
        write_path(w, i);
    jw_object_end(w);
    jw_object_end(w);
}

// Breaks the compact text into lines, so that changes of it can be read.
static void lay_out(const char *text, struct buffer *out)
{
    int depth = 0;
    bool in_string = false;
    for (const char *p = text; *p; p++) {
        in_string ^= *p == '"'; // no string here has an escaped quote
        bool opens = !in_string && (*p == '{' || *p == '[');
        bool closes = !in_string && (*p == '}' || *p == ']');
        depth += opens - closes;
        bool is_empty = (opens && (p[1] == '}' || p[1] == ']')) ||
                        (closes && p > text && (p[-1] == '{' || p[-1] == '['));
        if (closes && !is_empty)
            buffer_printf(out, "\n%*s", depth, "");
        buffer_append(out, p, 1);
        if ((opens && !is_empty) || (!in_string && *p == ','))
            buffer_printf(out, "\n%*s", depth, "");
        if (!in_string && *p == ':')
            buffer_text(out, " ");
    }
    buffer_text(out, "\n");
}

void openapi_write(struct buffer *out)
{
    struct buffer compact BUFFER_AUTO;
    struct json_writer w;
    buffer_init(&compact, OPENAPI_MAX);
    jw_init(&w, &compact);
    write_document(&w);
    lay_out(buffer_string(&compact), out);
}
