// SPDX-License-Identifier: GPL-3.0-or-later
// s3_answer.c — see s3_answer.h.
#include "storage/s3_answer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "storage/xml.h"

enum { MAX_PAGE = 10000, MAX_KEY = 1024, MAX_ID = 2048 };

// ---- values ----

static bool copy_tag(char dst[static S3_MAX_TAG], const char *text)
{
    size_t n = strlen(text);
    bool quoted = n >= 2 && text[0] == '"' && text[n - 1] == '"';
    if (n >= S3_MAX_TAG)
        return false;
    memcpy(dst, text + quoted, n - 2 * quoted);
    dst[n - 2 * quoted] = '\0';
    return true;
}

// "2009-10-12T17:50:30.000Z"; 0 when it is no time.
static int64_t time_of(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int64_t ms = 0;
    if (!rest)
        return 0;
    if (*rest == '.') {
        int64_t unit = 100;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            ms += (*rest - '0') * unit;
    }
    time_t at = timegm(&tm);
    return at > 0 ? (int64_t)at * 1000 + ms : 0;
}

static bool read_size(const char *text, uint64_t *ret)
{
    char *end = NULL;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *ret <= INT64_MAX;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// As with encoding-type=url: %XX, and '+' for a space. A bad escape stays as it is.
static void url_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        int high = *from == '%' ? hex_value(from[1]) : -1;
        int low = high < 0 ? -1 : hex_value(from[2]);
        if (low >= 0 && high * 16 + low > 0) {
            *to++ = (char)(high * 16 + low);
            from += 2;
        } else {
            *to++ = *from == '+' ? ' ' : *from;
        }
    }
    *to = '\0';
}

static void replace(char **slot, const char *text)
{
    free(*slot);
    *slot = mem_strdup(text);
}

// ---- errors ----

static void on_error_element(void *context, const char *path, const char *text)
{
    struct s3_error *e = context;
    if (strcmp(path, "Error/Code") == 0)
        (void)text_copy(e->code, sizeof e->code, text);
    else if (strcmp(path, "Error/Message") == 0)
        (void)text_copy(e->message, sizeof e->message, text);
    else if (strcmp(path, "Error/Region") == 0)
        (void)text_copy(e->region, sizeof e->region, text);
}

static void make_printable(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = ' ';
    }
}

bool s3_answer_error(const char *text, size_t n, struct s3_error *ret)
{
    *ret = (struct s3_error){0};
    const struct xml_visitor visitor = {on_error_element, ret};
    (void)!xml_read(text, n, &visitor, NULL);
    make_printable(ret->code);
    make_printable(ret->message);
    return ret->code[0] != '\0';
}

// ---- single values ----

struct wanted {
    const char *paths[2]; // either of them
    char *found;
};

static void on_wanted(void *context, const char *path, const char *text)
{
    struct wanted *w = context;
    for (int i = 0; i < 2; i++) {
        if (w->paths[i] && strcmp(path, w->paths[i]) == 0)
            replace(&w->found, text);
    }
}

static enum status read_wanted(const char *text, size_t n, struct wanted *w, size_t max,
                               struct error *err)
{
    const struct xml_visitor visitor = {on_wanted, w};
    enum status status = xml_read(text, n, &visitor, err);
    if (status == OK && (!w->found || w->found[0] == '\0' || strlen(w->found) > max))
        status = error_set(err, ERR_INVALID, "the store's answer does not say %s", w->paths[0]);
    if (status == OK)
        return OK;
    free(w->found);
    w->found = NULL;
    return status;
}

enum status s3_answer_upload_id(const char *text, size_t n, char **ret, struct error *err)
{
    struct wanted w = {.paths = {"InitiateMultipartUploadResult/UploadId"}};
    enum status status = read_wanted(text, n, &w, MAX_ID, err);
    *ret = w.found;
    return status;
}

enum status s3_answer_tag(const char *text, size_t n, char ret[static S3_MAX_TAG],
                          struct error *err)
{
    struct wanted w = {.paths = {"CompleteMultipartUploadResult/ETag", "CopyObjectResult/ETag"}};
    enum status status = read_wanted(text, n, &w, S3_MAX_TAG - 1, err);
    ret[0] = '\0';
    if (status == OK)
        (void)copy_tag(ret, w.found);
    free(w.found);
    return status;
}

// ---- listings ----

struct listing {
    struct s3_page *page;
    struct s3_object object;
    struct s3_upload upload;
    bool encoded, broken, known;
};

static void add_object(struct listing *l)
{
    struct s3_page *p = l->page;
    if (!l->object.key || p->object_count == MAX_PAGE) {
        l->broken = true;
        return;
    }
    p->objects = mem_resize(p->objects, p->object_count + 1, sizeof *p->objects);
    p->objects[p->object_count++] = l->object;
    l->object = (struct s3_object){0};
}

static void add_upload(struct listing *l)
{
    struct s3_page *p = l->page;
    if (!l->upload.key || !l->upload.id || p->upload_count == MAX_PAGE) {
        l->broken = true;
        return;
    }
    p->uploads = mem_resize(p->uploads, p->upload_count + 1, sizeof *p->uploads);
    p->uploads[p->upload_count++] = l->upload;
    l->upload = (struct s3_upload){0};
}

static void on_object_element(struct listing *l, const char *name, const char *text)
{
    if (strcmp(name, "Key") == 0)
        replace(&l->object.key, text);
    else if (strcmp(name, "Size") == 0)
        l->broken |= !read_size(text, &l->object.size_bytes);
    else if (strcmp(name, "LastModified") == 0)
        l->object.modified_ms = time_of(text);
    else if (strcmp(name, "ETag") == 0)
        l->broken |= !copy_tag(l->object.tag, text);
}

static void on_upload_element(struct listing *l, const char *name, const char *text)
{
    if (strcmp(name, "Key") == 0)
        replace(&l->upload.key, text);
    else if (strcmp(name, "UploadId") == 0)
        replace(&l->upload.id, text);
    else if (strcmp(name, "Initiated") == 0)
        l->upload.begun_ms = time_of(text);
}

static void on_page_element(struct listing *l, const char *name, const char *text)
{
    if (strcmp(name, "Contents") == 0)
        add_object(l);
    else if (strcmp(name, "Upload") == 0)
        add_upload(l);
    else if (strcmp(name, "IsTruncated") == 0)
        l->page->more = strcmp(text, "true") == 0;
    else if (strcmp(name, "EncodingType") == 0)
        l->encoded = strcmp(text, "url") == 0;
    else if (strcmp(name, "NextContinuationToken") == 0 || strcmp(name, "NextKeyMarker") == 0)
        replace(&l->page->next, text);
    else if (strcmp(name, "NextUploadIdMarker") == 0)
        replace(&l->page->next_upload, text);
}

static void on_listing(void *context, const char *path, const char *text)
{
    struct listing *l = context;
    const char *name = strchr(path, '/');
    if (!name) {
        l->known = strcmp(path, "ListBucketResult") == 0 ||
                   strcmp(path, "ListMultipartUploadsResult") == 0;
        return;
    }
    name++;
    if (text_starts(name, "Contents/"))
        on_object_element(l, name + strlen("Contents/"), text);
    else if (text_starts(name, "Upload/"))
        on_upload_element(l, name + strlen("Upload/"), text);
    else
        on_page_element(l, name, text);
}

// Keys are decoded at the end, when it is known whether they are encoded.
static bool settle(struct listing *l)
{
    struct s3_page *p = l->page;
    for (size_t i = 0; i < p->object_count; i++) {
        if (l->encoded)
            url_decode(p->objects[i].key);
        l->broken |= strlen(p->objects[i].key) > MAX_KEY;
    }
    for (size_t i = 0; i < p->upload_count; i++) {
        if (l->encoded)
            url_decode(p->uploads[i].key);
        l->broken |= strlen(p->uploads[i].key) > MAX_KEY || strlen(p->uploads[i].id) > MAX_ID;
    }
    if (l->encoded && p->next && p->upload_count > 0) // a key; a token is never encoded
        url_decode(p->next);
    return l->known && !l->broken && !(p->more && !p->next);
}

enum status s3_answer_page(const char *text, size_t n, struct s3_page *ret, struct error *err)
{
    *ret = (struct s3_page){0};
    struct listing l = {.page = ret};
    const struct xml_visitor visitor = {on_listing, &l};
    enum status status = xml_read(text, n, &visitor, err);
    if (status == OK && !settle(&l))
        status = error_set(err, ERR_INVALID, "the store's answer is no listing that can be read");
    free(l.object.key);
    free(l.upload.key);
    free(l.upload.id);
    if (status != OK)
        s3_page_done(ret);
    return status;
}

void s3_page_done(struct s3_page *p)
{
    for (size_t i = 0; i < p->object_count; i++)
        free(p->objects[i].key);
    for (size_t i = 0; i < p->upload_count; i++) {
        free(p->uploads[i].key);
        free(p->uploads[i].id);
    }
    free(p->objects);
    free(p->uploads);
    free(p->next);
    free(p->next_upload);
    *p = (struct s3_page){0};
}
