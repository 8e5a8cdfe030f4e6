// SPDX-License-Identifier: GPL-3.0-or-later
// xml.c — see xml.h. The parser is Expat.
#include "storage/xml.h"

#include <expat.h>
#include <string.h>

#include "base/buffer.h"

enum { MAX_PATH = 512 };

struct reading {
    XML_Parser parser;
    const struct xml_visitor *visitor;
    struct buffer path;
    size_t lengths[XML_MAX_DEPTH]; // of the path outside each open element
    size_t depth;
    struct buffer text;
    const char *refused; // why it was stopped; NULL: it was not
};

static void refuse(struct reading *r, const char *why)
{
    if (!r->refused)
        r->refused = why;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static void cut(struct buffer *b, size_t size)
{
    b->size = size;
    if (b->data)
        b->data[size] = '\0';
}

static void XMLCALL on_begin(void *context, const char *name, const char **attributes)
{
    struct reading *r = context;
    (void)attributes;
    if (r->depth == XML_MAX_DEPTH) {
        refuse(r, "it is nested too deep");
        return;
    }
    r->lengths[r->depth++] = r->path.size;
    buffer_printf(&r->path, "%s%s", r->path.size ? "/" : "", name);
    if (r->path.overflow)
        refuse(r, "its names are too long");
    buffer_clear(&r->text);
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct reading *r = context;
    (void)name;
    const char *text = buffer_string(&r->text);
    if (!r->refused)
        r->visitor->element(r->visitor->context, buffer_string(&r->path),
                            text[strspn(text, " \t\r\n")] ? text : "");
    cut(&r->path, r->lengths[--r->depth]);
    buffer_clear(&r->text);
}

static void XMLCALL on_text(void *context, const char *bytes, int n)
{
    struct reading *r = context;
    buffer_append(&r->text, bytes, (size_t)n);
    if (r->text.overflow)
        refuse(r, "a text in it is too long");
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system,
                               const char *public, int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    refuse(context, "it has a document type");
}

enum status xml_read(const char *text, size_t n, const struct xml_visitor *visitor,
                     struct error *err)
{
    struct reading r = {.visitor = visitor, .parser = XML_ParserCreate("UTF-8")};
    if (!r.parser)
        return error_set(err, ERR_MEMORY, "no memory to read XML");
    buffer_init(&r.path, MAX_PATH);
    buffer_init(&r.text, XML_MAX_TEXT);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_begin, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    enum status status = OK;
    if (XML_Parse(r.parser, text, (int)n, XML_TRUE) != XML_STATUS_OK)
        status = error_set(err, ERR_INVALID, "it is no XML that can be read: %s",
                           r.refused ? r.refused : XML_ErrorString(XML_GetErrorCode(r.parser)));
    XML_ParserFree(r.parser);
    buffer_done(&r.path);
    buffer_done(&r.text);
    return status;
}
