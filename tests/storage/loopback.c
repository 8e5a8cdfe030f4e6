// SPDX-License-Identifier: GPL-3.0-or-later
#include "loopback.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "storage/digest.h"
#include "test.h"

enum { MAX_OBJECTS = 16, MAX_UPLOADS = 16, MAX_PARTS = 64, MAX_THREADS = 256, MAX_BODY = 64 << 20 };

struct blob {
    char path[256];
    uint8_t *bytes;
    size_t n;
    char tag[64];
};

struct upload {
    char path[256];
    bool open;
    struct blob parts[MAX_PARTS];
    int count;
};

struct loopback {
    int fd, stop[2];
    char endpoint[64];
    loopback_judge *judge;
    void *context;
    pthread_t acceptor;
    pthread_mutex_t lock;
    // -- protected by lock
    pthread_t threads[MAX_THREADS];
    int thread_count, requests;
    struct blob objects[MAX_OBJECTS];
    int object_count;
    uint8_t *retired[MAX_OBJECTS]; // of objects that were stored again
    int retired_count;
    struct upload uploads[MAX_UPLOADS];
    int upload_count;
};

struct connection {
    struct loopback *l;
    int fd;
    struct buffer in;
};

struct answer {
    char status[64], headers[512];
    const uint8_t *body;
    size_t n;
    char text[4096]; // body, when it is made here
};

// ---- objects ----

static struct blob *find(struct loopback *l, const char *path)
{
    for (int i = 0; i < l->object_count; i++) {
        if (strcmp(l->objects[i].path, path) == 0)
            return &l->objects[i];
    }
    return NULL;
}

// Takes over `bytes`.
static struct blob *store(struct loopback *l, const char *path, uint8_t *bytes, size_t n,
                          const char *tag)
{
    struct blob *b = find(l, path);
    if (!b) {
        assert_true(l->object_count < MAX_OBJECTS);
        b = &l->objects[l->object_count++];
    }
    // An answer that is on its way may still be sent from the old ones.
    if (b->bytes) {
        assert_true(l->retired_count < MAX_OBJECTS);
        l->retired[l->retired_count++] = b->bytes;
    }
    *b = (struct blob){.bytes = bytes, .n = n};
    (void)snprintf(b->path, sizeof b->path, "%s", path);
    (void)snprintf(b->tag, sizeof b->tag, "%s", tag);
    return b;
}

static void tag_of(const uint8_t *bytes, size_t n, char tag[static 64])
{
    uint8_t sum[MD5_BYTES];
    digest_md5(bytes, n, sum);
    digest_hex(sum, sizeof sum, tag);
}

void loopback_object(struct loopback *l, const char *path, size_t n)
{
    uint8_t *bytes = malloc(n + 1);
    char tag[64];
    for (size_t i = 0; i < n; i++)
        bytes[i] = loopback_byte(i);
    tag_of(bytes, n, tag);
    (void)pthread_mutex_lock(&l->lock);
    (void)store(l, path, bytes, n, tag);
    (void)pthread_mutex_unlock(&l->lock);
}

const uint8_t *loopback_find(struct loopback *l, const char *path, size_t *ret_n)
{
    (void)pthread_mutex_lock(&l->lock);
    const struct blob *b = find(l, path);
    *ret_n = b ? b->n : 0;
    (void)pthread_mutex_unlock(&l->lock);
    return b ? b->bytes : NULL;
}

int loopback_uploads(struct loopback *l)
{
    int n = 0;
    (void)pthread_mutex_lock(&l->lock);
    for (int i = 0; i < l->upload_count; i++)
        n += l->uploads[i].open;
    (void)pthread_mutex_unlock(&l->lock);
    return n;
}

int loopback_requests(struct loopback *l)
{
    (void)pthread_mutex_lock(&l->lock);
    int n = l->requests;
    (void)pthread_mutex_unlock(&l->lock);
    return n;
}

bool loopback_header(const struct loopback_request *r, const char *name, char *value, size_t size)
{
    for (const char *line = r->headers; *line; line = strchr(line, '\n') + 1) {
        size_t n = strlen(name);
        if (strncasecmp(line, name, n) != 0 || line[n] != ':')
            continue;
        line += n + 1;
        line += strspn(line, " ");
        (void)snprintf(value, size, "%.*s", (int)strcspn(line, "\r\n"), line);
        return true;
    }
    return false;
}

// ---- right answers; the lock is held ----

static void refuse(struct answer *a, const char *status, const char *code)
{
    (void)snprintf(a->status, sizeof a->status, "%s", status);
    a->n = (size_t)snprintf(a->text, sizeof a->text,
                            "<Error><Code>%s</Code><Message>said so</Message></Error>", code);
    a->body = (const uint8_t *)a->text;
}

static void get(const struct loopback_request *r, const struct blob *b, struct answer *a)
{
    char text[128];
    unsigned long long first = 0;
    unsigned long long last = b->n ? b->n - 1 : 0;
    if (loopback_header(r, "if-match", text, sizeof text) &&
        (strlen(text) < 2 || strncmp(text + 1, b->tag, strlen(text) - 2) != 0)) {
        refuse(a, "412 Precondition Failed", "PreconditionFailed");
        return;
    }
    bool part = loopback_header(r, "range", text, sizeof text) &&
                sscanf(text, "bytes=%llu-%llu", &first, &last) == 2;
    if (part && first >= b->n) {
        refuse(a, "416 Range Not Satisfiable", "InvalidRange");
        return;
    }
    last = last < b->n ? last : b->n - 1;
    (void)snprintf(a->status, sizeof a->status, part ? "206 Partial Content" : "200 OK");
    (void)snprintf(a->headers, sizeof a->headers, "ETag: \"%s\"\r\n", b->tag);
    if (part)
        (void)snprintf(a->headers + strlen(a->headers), sizeof a->headers - strlen(a->headers),
                       "Content-Range: bytes %llu-%llu/%zu\r\n", first, last, b->n);
    a->body = b->bytes + first;
    a->n = b->n ? (size_t)(last - first + 1) : 0;
}

static struct upload *upload_of(struct loopback *l, const char *query)
{
    const char *at = strstr(query, "uploadId=");
    int i = at ? atoi(at + strlen("uploadId=up")) : -1;
    return i >= 0 && i < l->upload_count && l->uploads[i].open ? &l->uploads[i] : NULL;
}

static void put(struct loopback *l, const struct loopback_request *r, const char *path,
                const char *query, struct answer *a)
{
    char tag[64];
    uint8_t *bytes = malloc(r->body_bytes + 1);
    memcpy(bytes, r->body, r->body_bytes);
    tag_of(bytes, r->body_bytes, tag);
    const char *number = strstr(query, "partNumber=");
    if (number) {
        struct upload *u = upload_of(l, query);
        int i = atoi(number + strlen("partNumber=")) - 1;
        if (!u || i < 0 || i >= MAX_PARTS) {
            free(bytes);
            refuse(a, "404 Not Found", "NoSuchUpload");
            return;
        }
        free(u->parts[i].bytes);
        u->parts[i] = (struct blob){.bytes = bytes, .n = r->body_bytes};
        (void)snprintf(u->parts[i].tag, sizeof tag, "%s", tag);
        u->count = i + 1 > u->count ? i + 1 : u->count;
    } else {
        (void)store(l, path, bytes, r->body_bytes, tag);
    }
    (void)snprintf(a->headers, sizeof a->headers, "ETag: \"%s\"\r\n", tag);
}

static void complete(struct loopback *l, struct upload *u, struct answer *a)
{
    struct buffer all;
    struct buffer sums BUFFER_AUTO;
    char tag[64];
    buffer_init(&all, MAX_BODY);
    buffer_init(&sums, MAX_BODY);
    for (int i = 0; i < u->count; i++) {
        uint8_t sum[MD5_BYTES];
        buffer_append(&all, u->parts[i].bytes, u->parts[i].n);
        digest_md5(u->parts[i].bytes, u->parts[i].n, sum);
        buffer_append(&sums, sum, sizeof sum);
        free(u->parts[i].bytes);
        u->parts[i].bytes = NULL;
    }
    tag_of((const uint8_t *)buffer_string(&sums), sums.size, tag);
    (void)snprintf(tag + 32, sizeof tag - 32, "-%d", u->count);
    size_t n = all.size;
    (void)store(l, u->path, (uint8_t *)buffer_take(&all), n, tag);
    u->open = false;
    a->n = (size_t)snprintf(a->text, sizeof a->text,
                            "<CompleteMultipartUploadResult><ETag>\"%s\"</ETag>"
                            "</CompleteMultipartUploadResult>",
                            tag);
}

static void post(struct loopback *l, const char *path, const char *query, struct answer *a)
{
    a->body = (const uint8_t *)a->text;
    struct upload *u = upload_of(l, query);
    if (u) {
        complete(l, u, a);
        return;
    }
    if (strncmp(query, "uploads", 7) != 0) {
        refuse(a, "404 Not Found", "NoSuchUpload");
        return;
    }
    assert_true(l->upload_count < MAX_UPLOADS);
    u = &l->uploads[l->upload_count++];
    u->open = true;
    (void)snprintf(u->path, sizeof u->path, "%s", path);
    a->n = (size_t)snprintf(a->text, sizeof a->text,
                            "<InitiateMultipartUploadResult><UploadId>up%d</UploadId>"
                            "</InitiateMultipartUploadResult>",
                            (int)(u - l->uploads));
}

static void list_uploads(struct loopback *l, const char *path, struct answer *a)
{
    size_t skip = strlen(path) + 1;
    a->body = (const uint8_t *)a->text;
    a->n = (size_t)snprintf(a->text, sizeof a->text, "<ListMultipartUploadsResult>");
    for (int i = 0; i < l->upload_count; i++) {
        if (l->uploads[i].open)
            a->n += (size_t)snprintf(a->text + a->n, sizeof a->text - a->n,
                                     "<Upload><Key>%s</Key><UploadId>up%d</UploadId><Initiated>"
                                     "2999-01-01T00:00:00Z</Initiated></Upload>",
                                     l->uploads[i].path + skip, i);
    }
    a->n += (size_t)snprintf(a->text + a->n, sizeof a->text - a->n,
                             "</ListMultipartUploadsResult>");
}

static void list_objects(struct loopback *l, const char *path, struct answer *a)
{
    size_t skip = strlen(path) + 1;
    a->body = (const uint8_t *)a->text;
    a->n = (size_t)snprintf(a->text, sizeof a->text, "<ListBucketResult>");
    for (int i = 0; i < l->object_count; i++)
        a->n += (size_t)snprintf(a->text + a->n, sizeof a->text - a->n,
                                 "<Contents><Key>%s</Key><Size>%zu</Size></Contents>",
                                 l->objects[i].path + skip, l->objects[i].n);
    a->n += (size_t)snprintf(a->text + a->n, sizeof a->text - a->n, "</ListBucketResult>");
}

static void delete (struct loopback *l, const char *path, const char *query, struct answer *a)
{
    struct upload *u = upload_of(l, query);
    struct blob *b = find(l, path);
    (void)snprintf(a->status, sizeof a->status, "204 No Content");
    if (strstr(query, "uploadId=")) {
        if (u)
            u->open = false;
        else
            refuse(a, "404 Not Found", "NoSuchUpload");
    } else if (b) {
        free(b->bytes);
        *b = l->objects[--l->object_count];
    }
}

static void answer_rightly(struct loopback *l, const struct loopback_request *r, struct answer *a)
{
    char path[256];
    size_t n = strcspn(r->target, "?");
    const char *query = r->target[n] ? r->target + n + 1 : "";
    (void)snprintf(path, sizeof path, "%.*s", (int)n, r->target);
    (void)snprintf(a->status, sizeof a->status, "200 OK");
    const struct blob *b = find(l, path);
    if (strcmp(r->method, "PUT") == 0)
        put(l, r, path, query, a);
    else if (strcmp(r->method, "POST") == 0)
        post(l, path, query, a);
    else if (strcmp(r->method, "DELETE") == 0)
        delete (l, path, query, a);
    else if (strstr(query, "uploads"))
        list_uploads(l, path, a);
    else if (strstr(query, "list-type"))
        list_objects(l, path, a);
    else if (b)
        get(r, b, a);
    else
        refuse(a, "404 Not Found", "NoSuchKey");
}

// ---- connections ----

static bool send_all(int fd, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, from, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        from += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void wait_for_end(const struct connection *c)
{
    struct pollfd fds[] = {{.fd = c->fd, .events = POLLRDHUP},
                           {.fd = c->l->stop[0], .events = POLLIN}};
    (void)poll(fds, 2, -1);
}

static bool send_answer(const struct connection *c, const struct loopback_request *r,
                        struct answer *a, const struct loopback_fault *fault)
{
    char head[1024];
    char *tag = strstr(a->headers, "ETag: \"");
    if (fault->other_tag && tag)
        tag[strlen("ETag: \"")] ^= 1;
    int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", a->status,
                     a->n, a->headers);
    if (!send_all(c->fd, head, (size_t)n))
        return false;
    if (strcmp(r->method, "HEAD") == 0)
        return true;
    if (fault->break_after > 0 && fault->break_after < a->n) {
        (void)send_all(c->fd, a->body, fault->break_after);
        return false;
    }
    if (fault->spoil && a->n > 0) {
        uint8_t other = a->body[0] ^ 1;
        return send_all(c->fd, &other, 1) && send_all(c->fd, a->body + 1, a->n - 1);
    }
    return send_all(c->fd, a->body, a->n);
}

static bool serve(const struct connection *c, struct loopback_request *r)
{
    struct loopback *l = c->l;
    struct answer *a = calloc(1, sizeof *a);
    struct loopback_fault fault = {0};
    (void)pthread_mutex_lock(&l->lock);
    r->number = l->requests++;
    if (l->judge)
        l->judge(l->context, r, &fault);
    if (fault.status) {
        (void)snprintf(a->status, sizeof a->status, "%s", fault.status);
        (void)snprintf(a->headers, sizeof a->headers, "%s", fault.headers ? fault.headers : "");
        a->body = (const uint8_t *)(fault.body ? fault.body : "");
        a->n = strlen((const char *)a->body);
    } else if (!fault.close && !fault.stall) {
        answer_rightly(l, r, a);
    }
    // The bodies of objects stay where they are while a test runs.
    (void)pthread_mutex_unlock(&l->lock);
    if (fault.stall)
        wait_for_end(c);
    bool goes_on = !fault.stall && !fault.close && !fault.silent && send_answer(c, r, a, &fault);
    free(a);
    return goes_on;
}

// Reads more; false at the end of the connection or of the test.
static bool read_more(struct connection *c)
{
    char room[65536];
    struct pollfd fds[] = {{.fd = c->fd, .events = POLLIN},
                           {.fd = c->l->stop[0], .events = POLLIN}};
    (void)poll(fds, 2, -1);
    if (fds[1].revents)
        return false;
    ssize_t n = recv(c->fd, room, sizeof room, 0);
    if (n > 0)
        buffer_append(&c->in, room, (size_t)n);
    return n > 0;
}

static bool serve_next(struct connection *c)
{
    const char *end = NULL;
    while (!(end = strstr(buffer_string(&c->in), "\r\n\r\n"))) {
        if (!read_more(c))
            return false;
    }
    size_t head = (size_t)(end - c->in.data) + 4;
    char *text = strndup(c->in.data, head - 2);
    char method[16];
    char *target = malloc(head);
    struct loopback_request r = {
        .method = method, .target = target, .headers = strchr(text, '\n') + 1};
    char length[32] = "0";
    assert_int_equal(sscanf(text, "%15s %s", method, target), 2);
    (void)loopback_header(&r, "content-length", length, sizeof length);
    r.body_bytes = strtoul(length, NULL, 10);
    bool goes_on = true;
    while (goes_on && c->in.size < head + r.body_bytes)
        goes_on = read_more(c);
    if (goes_on) {
        r.body = (const uint8_t *)c->in.data + head;
        goes_on = serve(c, &r);
        buffer_consume(&c->in, head + r.body_bytes);
    }
    free(text);
    free(target);
    return goes_on;
}

static void *run_connection(void *context)
{
    struct connection *c = context;
    buffer_init(&c->in, MAX_BODY);
    while (serve_next(c)) {
    }
    buffer_done(&c->in);
    (void)shutdown(c->fd, SHUT_RDWR);
    (void)close(c->fd);
    free(c);
    return NULL;
}

static void *run_acceptor(void *context)
{
    struct loopback *l = context;
    struct pollfd fds[] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->stop[0], .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && !fds[1].revents) {
        struct connection *c = calloc(1, sizeof *c);
        c->l = l;
        c->fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        (void)pthread_mutex_lock(&l->lock);
        assert_true(l->thread_count < MAX_THREADS);
        assert_int_equal(pthread_create(&l->threads[l->thread_count++], NULL, run_connection, c),
                         0);
        (void)pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

struct loopback *loopback_start(loopback_judge *judge, void *context)
{
    struct loopback *l = calloc(1, sizeof *l);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    l->judge = judge;
    l->context = context;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(l->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(l->fd, 64), 0);
    assert_int_equal(getsockname(l->fd, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pipe(l->stop), 0);
    (void)snprintf(l->endpoint, sizeof l->endpoint, "http://127.0.0.1:%d", ntohs(at.sin_port));
    (void)pthread_mutex_init(&l->lock, NULL);
    assert_int_equal(pthread_create(&l->acceptor, NULL, run_acceptor, l), 0);
    return l;
}

void loopback_stop(struct loopback *l)
{
    (void)close(l->stop[1]);
    (void)pthread_join(l->acceptor, NULL);
    for (int i = 0; i < l->thread_count; i++)
        (void)pthread_join(l->threads[i], NULL);
    for (int i = 0; i < l->object_count; i++)
        free(l->objects[i].bytes);
    for (int i = 0; i < l->retired_count; i++)
        free(l->retired[i]);
    for (int i = 0; i < l->upload_count; i++) {
        for (int k = 0; k < MAX_PARTS; k++)
            free(l->uploads[i].parts[k].bytes);
    }
    (void)close(l->fd);
    (void)close(l->stop[0]);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

const char *loopback_endpoint(const struct loopback *l)
{
    return l->endpoint;
}

static struct storage *make_storage(const struct loopback *l, const char *stall_s)
{
    struct error err;
    struct storage *storage = NULL;
    struct storage_options options = {0};
    options.values[STORAGE_ENDPOINT] = l->endpoint;
    options.values[STORAGE_ACCESS_KEY] = "AKIDTEST";
    options.values[STORAGE_SECRET_KEY] = "hushhush";
    options.values[STORAGE_SESSION_TOKEN] = "tokentoken";
    options.values[STORAGE_ATTEMPTS] = "4";
    options.values[STORAGE_STALL] = stall_s;
    options.values[STORAGE_PART] = "65536";
    assert_int_equal(storage_new(&options, &storage, &err), OK);
    return storage;
}

struct storage *loopback_storage(struct loopback *l)
{
    return make_storage(l, "1");
}

struct storage *loopback_impatient_storage(struct loopback *l)
{
    return make_storage(l, "0.2");
}

int loopback_connections(struct loopback *l)
{
    (void)pthread_mutex_lock(&l->lock);
    int n = l->thread_count;
    (void)pthread_mutex_unlock(&l->lock);
    return n;
}
