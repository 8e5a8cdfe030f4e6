// SPDX-License-Identifier: GPL-3.0-or-later
// wire.h — the server's insides, for the files of this folder that speak to libwebsockets.
//
// A connection is one TCP peer. It carries one exchange (request and answer), or becomes a viewer
// (WebSocket, or server-sent events) for the rest of its life.
//
// Lifetimes: a connection lives as long as its wsi. An exchange outlives its connection when the
// desk or the supervisor holds it (`is_away`): it is then freed when it comes back.
// Threads: the loop; fields of an exchange that is away belong to whoever has it, but for
// `connection`.
#pragma once

#include <libwebsockets.h>

#include "jobs/supervisor.h"
#include "server/access.h"
#include "server/desk.h"
#include "server/hub.h"
#include "server/listen.h"
#include "server/mailbox.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/peers.h"
#include "server/pulse.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"

struct connection;
struct exchange;
struct sink;
struct source;

enum { WRITE_BYTES = 64 * 1024 };
#define SECOND_NS INT64_C(1000000000)

struct server {
    const struct server_options *options;
    struct storage *storage;
    struct supervisor *supervisor;
    char *object_root;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct listen_set listening;
    struct lws *listener_wsi[LISTEN_MAX];
    bool transport_has_listeners; // it closes them
    bool is_draining;             // no new jobs; those that run are waited for
    bool is_drained;              // none runs any more
    struct task drained;          // brings that to the loop
    bool is_stopping;             // no new connections, no new requests
    struct desk *desk;
    struct mailbox *mailbox;
    struct hub *hub;
    struct peers *peers;
    struct access access;
    struct metrics metrics;
    struct buffer openapi;
    struct connection *connections;             // all
    struct connection *oldest_half, **half_end; // that have not said their request, by age
    int64_t half_count;
    lws_sorted_usec_list_t tick, beat, housekeeping, release;
    bool tick_is_set;
    int64_t last_tick_ns;
    struct pulse pulse;
    struct connection *writers, **writers_end; // that wait for their turn to be sent something
    bool release_is_set;
    bool tokens_away; // the book is being read
};

struct connection {
    struct server *server;
    struct lws *wsi;
    struct connection *next, **link;
    struct connection *next_half, **half_link;     // link: NULL when not half open
    struct connection *next_writer, **writer_link; // link: NULL when not among the writers
    struct peer *peer;
    struct exchange *exchange; // NULL before the request, and of a viewer
    struct viewer viewer;
    bool is_viewer;
    bool is_socket;     // a WebSocket
    bool sends_pong;    // a "ping" came
    bool sends_ping;    // of the protocol
    int16_t close_code; // a WebSocket is to be closed with this; 0: not
    const char *close_text;
    int64_t heard_ns;    // the peer's last sign of life
    int64_t pinged_ns;   // when it was last pinged
    int64_t wanted_ns;   // since when a viewer has something to be sent; 0: nothing
    int64_t progress_ns; // bytes went out or came in
};

// What the body of an answer comes from when it is not in the reply.
struct download;
struct upload;

struct exchange {
    struct connection *connection; // NULL: the peer is gone
    struct server *server;
    struct request request;
    struct reply reply;
    enum route route;
    char rest[REQUEST_PATH]; // what "{…}" of the route stands for
    int64_t begun_ns;
    bool is_away;        // the desk or the supervisor has it
    bool is_answered;    // the reply is complete and may be written
    int64_t answered_ns; // meaningless unless is_answered
    bool head_sent;
    bool body_ended;    // the request's body is here, or there is none
    int64_t body_bytes; // that came
    size_t sent;        // of reply.body
    struct upload *upload;
    struct download *download;
    struct task task; // its way back to the loop
    // A job that is looked up for a viewer.
    void (*then)(struct exchange *x);
    struct job_snapshot *found;
    bool has_failed;
    struct error error; // meaningless unless has_failed
};

// ---- exchange.c: a request comes in, its answer goes out ----

// Callbacks of the transport; a nonzero answer ends the connection.
int exchange_begin(struct connection *c);
int exchange_body(struct connection *c, const char *bytes, size_t n);
int exchange_body_end(struct connection *c);
int exchange_write(struct connection *c);
// The connection is gone.
void exchange_abandon(struct exchange *x);
void exchange_free(struct exchange *x);
// Reads the head of the request into x and finds its route. The error is in x->reply otherwise.
bool exchange_admit(struct exchange *x);
struct exchange *exchange_new(struct connection *c);
// The reply is complete: it goes out when the peer can take it.
void exchange_answer(struct exchange *x);
void exchange_fail(struct exchange *x, const struct error *err);
// Writes head and body of the reply at once, whatever the state of the peer.
void exchange_answer_now(struct exchange *x);
// Once a second: peers that neither read nor write.
void exchange_housekeeping(struct connection *c, int64_t now_ns);
// x is handed to another thread, and is back. False: the peer has gone meanwhile, and x is no more.
void exchange_leave(struct exchange *x);
bool exchange_return(struct exchange *x);

// ---- handlers: they answer, or see to it that somebody does ----

void exports_submit(struct exchange *x);
void exports_list(struct exchange *x);
void exports_find(struct exchange *x);
void exports_cancel(struct exchange *x);
void exports_retry(struct exchange *x);
void exports_worker_events(struct exchange *x);
// Looks the job `rest` up and tells the hub; then then(), with has_failed and error when there is
// no such job.
void exports_fetch(struct exchange *x, void (*then)(struct exchange *x));
void facts_benchmarks(struct exchange *x);
void facts_accuracy(struct exchange *x);
void facts_metrics(struct exchange *x);
void facts_openapi(struct exchange *x);
void facts_health(struct exchange *x);
void facts_ready(struct exchange *x);
void facts_ticket(struct exchange *x);

// ---- upload.c, download.c: objects between the peer and the store ----

// Before the body; answers when the upload is refused.
void upload_begin(struct exchange *x);
void upload_bytes(struct exchange *x, const char *bytes, size_t n);
void upload_end(struct exchange *x);
void upload_free(struct upload *u);

void download_begin(struct exchange *x);
void page_begin(struct exchange *x);
// Bytes that are ready to go out, at most *ret_n; NULL: none now. download_sent() takes them off.
char *download_peek(struct exchange *x, size_t *ret_n);
void download_sent(struct exchange *x, size_t n);
bool download_is_over(const struct exchange *x);
void download_free(struct download *d);
// Frees either on the desk.
void store_leave(struct server *s, struct sink *sink, struct source *source);

// ---- watch.c: viewers ----

// A WebSocket's handshake: 0 lets it go on, 1 when it was answered, -1 to hang up.
int watch_handshake(struct connection *c);
int watch_opened(struct connection *c);
int watch_text(struct connection *c, const char *text, size_t n, bool is_whole, bool is_binary);
int watch_write(struct connection *c);
void watch_events(struct exchange *x);
void watch_gone(struct connection *c);
// Once a second: pings, peers that do not answer, viewers of jobs that have ended.
void watch_housekeeping(struct connection *c, int64_t now_ns);
// The server stops.
void watch_goodbye(struct connection *c);

// ---- server.c ----

void server_plan_tick(struct server *s);

// ---- transport.c ----

// Ends a connection from outside its own callbacks.
void connection_kill(struct connection *c);
void connection_not_half(struct connection *c);
MUST_USE enum status transport_open(struct server *s, struct error *err);
