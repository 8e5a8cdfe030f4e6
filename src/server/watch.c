// SPDX-License-Identifier: GPL-3.0-or-later
// watch.c — viewers: WebSockets and server-sent events, from handshake to good-bye.
//
// What they are sent is the hub's business; here is how. One message for each time that the peer
// can take more. Pings both ways: a text "ping" is answered "pong", and we ping by the protocol; a
// peer that leaves two of ours unanswered is gone. A viewer of one job is let go when it knows of
// the end.
#include <stdlib.h>
#include <string.h>

#include "server/wire.h"
#include "sys/clock.h"

enum {
    CLOSE_NORMAL = 1000,
    CLOSE_AWAY = 1001,
    CLOSE_BINARY = 1003,
    CLOSE_POLICY = 1008,
    CLOSE_TOO_BIG = 1009,
    CLOSE_NOT_FOUND = 4404,
    CLOSE_LIMIT = 4429,
    CLOSE_UNAVAILABLE = 4503
};
enum { WRITERS_AT_ONCE = 64 };

static struct connection *of_viewer(struct viewer *v)
{
    return (struct connection *)(void *)((char *)v - offsetof(struct connection, viewer));
}

// ---- whose turn it is to be sent something ----

static void writer_leave(struct connection *c)
{
    if (!c->writer_link)
        return;
    *c->writer_link = c->next_writer;
    if (c->next_writer)
        c->next_writer->writer_link = c->writer_link;
    else
        c->server->writers_end = c->writer_link;
    c->writer_link = NULL;
    c->next_writer = NULL;
}

static void on_release(lws_sorted_usec_list_t *timer)
{
    struct server *s = (struct server *)(void *)((char *)timer - offsetof(struct server, release));
    for (int i = 0; i < WRITERS_AT_ONCE && s->writers; i++) {
        struct connection *c = s->writers;
        writer_leave(c);
        (void)lws_callback_on_writable(c->wsi);
    }
    s->release_is_set = s->writers != NULL;
    if (s->release_is_set)
        lws_sul_schedule(s->context, 0, &s->release, on_release, 1);
}

// So many are sent something in one turn of the loop, so that a thousand viewers keep nobody else
// waiting.
static void want_write(struct connection *c)
{
    struct server *s = c->server;
    if (c->wanted_ns == 0)
        c->wanted_ns = clock_now_ns();
    if (c->writer_link)
        return;
    c->writer_link = s->writers_end;
    *s->writers_end = c;
    s->writers_end = &c->next_writer;
    if (s->release_is_set)
        return;
    s->release_is_set = true;
    lws_sul_schedule(s->context, 0, &s->release, on_release, 1);
}

static void on_wake(struct viewer *v)
{
    want_write(of_viewer(v));
}

static void close_with(struct connection *c, int code, const char *text)
{
    c->close_code = (int16_t)code;
    c->close_text = text;
    want_write(c);
}

static enum status join(struct exchange *x, enum viewer_form form, struct error *err)
{
    struct connection *c = x->connection;
    c->viewer = (struct viewer){.form = form, .wake = on_wake};
    c->is_viewer = true;
    c->heard_ns = c->pinged_ns = clock_now_ns();
    enum status status = x->route == ROUTE_WATCH_ALL
                             ? hub_join_user(x->server->hub, &c->viewer, x->request.user, err)
                             : hub_join_job(x->server->hub, &c->viewer, x->request.user, x->rest,
                                            err);
    if (status != OK)
        c->is_viewer = false;
    return status;
}

// ---- WebSocket ----

static void refuse_socket(struct connection *c, const struct error *err)
{
    int code = err->status == ERR_NOT_FOUND ? CLOSE_NOT_FOUND
               : err->status == ERR_LIMIT   ? CLOSE_LIMIT
                                            : CLOSE_UNAVAILABLE;
    c->is_viewer = true; // for watch_write()
    close_with(c, code, status_info(err->status)->text);
}

static void join_socket(struct exchange *x)
{
    struct connection *c = x->connection;
    struct error err = x->error;
    if (!x->has_failed && join(x, VIEWER_LINES, &err) == OK) {
        exchange_free(x);
        return;
    }
    refuse_socket(c, &err);
    exchange_free(x);
}

int watch_handshake(struct connection *c)
{
    struct error err;
    if (c->exchange)
        return -1;
    struct exchange *x = exchange_new(c);
    bool is_admitted = exchange_admit(x);
    if (is_admitted && route_info(x->route)->is_socket) {
        c->is_socket = true;
        return 0;
    }
    if (is_admitted) {
        (void)error_set(&err, ERR_USAGE, "there is no WebSocket of that name");
        reply_error_code(&x->reply, 400, &err);
    }
    exchange_answer_now(x);
    return -1;
}

int watch_opened(struct connection *c)
{
    struct exchange *x = c->exchange;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    if (x->route == ROUTE_WATCH_ALL || hub_find(c->server->hub, x->request.user, x->rest))
        join_socket(x);
    else
        exports_fetch(x, join_socket);
    return 0;
}

int watch_text(struct connection *c, const char *text, size_t n, bool is_whole, bool is_binary)
{
    c->heard_ns = clock_now_ns();
    if (is_binary)
        close_with(c, CLOSE_BINARY, "only text is spoken here");
    else if (!is_whole)
        close_with(c, CLOSE_TOO_BIG, "that is more than anybody has to say here");
    else if (n != 4 || memcmp(text, "ping", 4) != 0)
        close_with(c, CLOSE_POLICY, "the one word that is understood is ping");
    else
        c->sends_pong = true;
    want_write(c);
    return 0;
}

// ---- server-sent events ----

static void write_events_head(struct exchange *x)
{
    struct reply *r = &x->reply;
    r->code = 200;
    r->type = "text/event-stream";
    r->is_endless = true;
    reply_field(r, "Cache-Control", "no-store");
    reply_field(r, "X-Accel-Buffering", "no"); // proxies shall not wait for more
    exchange_answer_now(x);
}

static void join_events(struct exchange *x)
{
    struct connection *c = x->connection;
    struct error err = x->error;
    if (x->has_failed || join(x, VIEWER_EVENTS, &err) != OK) {
        exchange_fail(x, &err);
        return;
    }
    write_events_head(x);
    exchange_free(x);
    // The library keeps the request's head (several KB) for the time of the answer.
    lws_http_headers_detach(c->wsi);
}

// Has the client that comes back with this id seen the end already?
static bool knows_the_end(const struct exchange *x)
{
    const char *id = request_header(&x->request, HEADER_LAST_EVENT_ID);
    const struct job_snapshot *s = hub_find(x->server->hub, x->request.user, x->rest);
    return id && s && job_state_terminal(s->state) && strtoull(id, NULL, 10) >= s->seq;
}

static void start_events(struct exchange *x)
{
    if (!x->has_failed && knows_the_end(x)) {
        x->reply.code = 204; // tells an EventSource not to come again
        exchange_answer(x);
        return;
    }
    join_events(x);
}

void watch_events(struct exchange *x)
{
    if (hub_find(x->server->hub, x->request.user, x->rest))
        start_events(x);
    else
        exports_fetch(x, start_events);
}

// ---- out ----

static int write_text(struct connection *c, const char *text, size_t n, enum lws_write_protocol how)
{
    unsigned char room[LWS_PRE + 32];
    memcpy(room + LWS_PRE, text, n);
    return lws_write(c->wsi, room + LWS_PRE, n, how) < 0 ? -1 : 0;
}

static int write_close(struct connection *c)
{
    if (c->is_socket)
        lws_close_reason(c->wsi, (enum lws_close_status)c->close_code,
                         (unsigned char *)(uintptr_t)c->close_text, strlen(c->close_text));
    return -1;
}

static int write_ping(struct connection *c)
{
    c->sends_ping = false;
    if (c->is_socket)
        return write_text(c, "", 0, LWS_WRITE_PING);
    return write_text(c, ": ping\n\n", 8, LWS_WRITE_HTTP);
}

static int write_message(struct connection *c)
{
    struct message *m AUTO(message_unref) = hub_take(c->server->hub, &c->viewer);
    if (!m)
        return 0;
    unsigned char *bytes = (unsigned char *)message_bytes(m);
    return lws_write(c->wsi, bytes, m->size, c->is_socket ? LWS_WRITE_TEXT : LWS_WRITE_HTTP) < 0
               ? -1
               : 0;
}

int watch_write(struct connection *c)
{
    c->wanted_ns = 0;
    if (c->close_code != 0 && !c->viewer.is_waiting)
        return write_close(c);
    int rc = 0;
    if (c->sends_pong) {
        c->sends_pong = false;
        rc = write_text(c, "pong", 4, LWS_WRITE_TEXT);
    } else if (c->sends_ping) {
        rc = write_ping(c);
    } else {
        rc = write_message(c);
    }
    if (hub_has_ended(&c->viewer))
        close_with(c, CLOSE_NORMAL, "the job has ended");
    if (c->sends_pong || c->sends_ping || c->viewer.is_waiting || c->close_code != 0)
        want_write(c);
    return rc;
}

// ---- the end ----

void watch_gone(struct connection *c)
{
    hub_leave(c->server->hub, &c->viewer);
    writer_leave(c);
    c->is_viewer = false;
}

void watch_goodbye(struct connection *c)
{
    close_with(c, CLOSE_AWAY, "the server restarts; come again");
}

void watch_housekeeping(struct connection *c, int64_t now_ns)
{
    int64_t ping_ns = c->server->options->ping_s * SECOND_NS;
    bool is_mute = c->is_socket && c->heard_ns < c->pinged_ns && now_ns - c->heard_ns > 2 * ping_ns;
    bool is_stuck = c->wanted_ns != 0 && now_ns - c->wanted_ns > 2 * ping_ns;
    if (is_mute || is_stuck) {
        c->server->metrics.values[METRIC_PEERS_DEAD]++;
        connection_kill(c);
        return;
    }
    if (now_ns - c->pinged_ns >= ping_ns) {
        c->pinged_ns = now_ns;
        c->sends_ping = true;
        want_write(c);
    }
}
