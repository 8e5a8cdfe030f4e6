// SPDX-License-Identifier: GPL-3.0-or-later
// transport.c — between libwebsockets and the rest: accepting, callbacks, the end of connections.
//
// We accept ourselves, so that limits hold before anything is allocated and so that sockets of
// systemd are no special case. Slow clients: a connection that has not said its request yet is
// "half open"; when there are too many, the oldest one makes room, so that whoever holds many open
// hurts only themselves.
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/wire.h"
#include "sys/clock.h"
#include "sys/log.h"

static_assert(LWS_PRE <= MESSAGE_ROOM, "room for the head of a frame");

enum { READ_BYTES = 64 * 1024, SOCKET_READ_BYTES = 256, ACCEPTS_AT_ONCE = 16 };

// ---- half open ----

static void add_half(struct connection *c)
{
    struct server *s = c->server;
    c->half_link = s->half_end;
    *s->half_end = c;
    s->half_end = &c->next_half;
    s->half_count++;
}

void connection_not_half(struct connection *c)
{
    struct server *s = c->server;
    if (!c->half_link)
        return;
    *c->half_link = c->next_half;
    if (c->next_half)
        c->next_half->half_link = c->half_link;
    else
        s->half_end = c->half_link;
    c->half_link = NULL;
    c->next_half = NULL;
    s->half_count--;
}

void connection_kill(struct connection *c)
{
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void make_room(struct server *s)
{
    while (s->half_count > s->options->half_open) {
        struct connection *oldest = s->oldest_half;
        connection_not_half(oldest);
        s->metrics.values[METRIC_HALF_OPEN_EVICTED]++;
        connection_kill(oldest);
    }
}

// ---- connections ----

static struct connection *connection_new(struct server *s, struct peer *peer)
{
    struct connection *c = mem_new(struct connection);
    c->server = s;
    c->peer = peer;
    c->link = &s->connections;
    c->next = s->connections;
    if (c->next)
        c->next->link = &c->next;
    s->connections = c;
    c->heard_ns = c->progress_ns = clock_now_ns();
    s->metrics.values[METRIC_CONNECTIONS]++;
    s->metrics.values[METRIC_CONNECTIONS_TAKEN]++;
    add_half(c);
    return c;
}

static void connection_free(struct connection *c)
{
    connection_not_half(c);
    watch_gone(c);
    if (c->exchange)
        exchange_abandon(c->exchange);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    peers_leave(c->server->peers, c->peer);
    c->server->metrics.values[METRIC_CONNECTIONS]--;
    free(c);
}

static void refuse(struct server *s, int fd)
{
    s->metrics.values[METRIC_CONNECTIONS_REFUSED]++;
    (void)close(fd);
}

static void take_socket(struct server *s, int fd, const struct sockaddr *address)
{
    bool is_full = s->metrics.values[METRIC_CONNECTIONS] >= (uint64_t)s->options->connections;
    struct peer *peer = is_full
                            ? NULL
                            : peers_enter(s->peers, address, s->options->connections_per_address);
    if (!peer) {
        refuse(s, fd);
        return;
    }
    struct connection *c = connection_new(s, peer);
    const lws_adopt_desc_t adopt = {
        .vh = s->vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
        .fd = {.sockfd = fd},
        .opaque = c,
    };
    // On failure the library has closed the socket and said so to on_end(), if it got that far.
    (void)lws_adopt_descriptor_vhost_via_info(&adopt);
}

static int on_listener(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                       size_t n)
{
    (void)user;
    (void)in;
    (void)n;
    if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION)
        return -1; // nobody speaks this by name
    if (reason != LWS_CALLBACK_RAW_RX_FILE)
        return 0;
    struct server *s = lws_context_user(lws_get_context(wsi));
    int listener = (int)lws_get_socket_fd(wsi);
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof(address);
        int fd = accept4(listener, (struct sockaddr *)&address, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            break; // none waits any more, or this one has gone already
        take_socket(s, fd, (const struct sockaddr *)&address);
        make_room(s);
    }
    return 0;
}

// ---- the callback of every connection ----

// What is no request of a method that the library knows comes here: as bytes.
static int on_bytes(struct connection *c)
{
    static const char body[] = "{\"error\":{\"code\":\"invalid\",\"text\":\"expected a request of "
                               "HTTP/1.1\"}}\n";
    char text[LWS_PRE + 256];
    int n = snprintf(text + LWS_PRE, sizeof(text) - LWS_PRE,
                     "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                     sizeof(body) - 1, body);
    c->server->metrics.values[METRIC_ANSWERS_4XX]++;
    (void)lws_write(c->wsi, (unsigned char *)text + LWS_PRE, (size_t)n, LWS_WRITE_RAW);
    return -1;
}

static int on_http(struct connection *c, enum lws_callback_reasons reason, void *in, size_t n)
{
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        connection_not_half(c);
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
        return exchange_begin(c);
    case LWS_CALLBACK_HTTP_BODY:
        return exchange_body(c, in, n);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return exchange_body_end(c);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return c->is_viewer ? watch_write(c) : exchange_write(c);
    default:
        return 0;
    }
}

static int on_socket(struct connection *c, enum lws_callback_reasons reason, void *in, size_t n)
{
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        connection_not_half(c);
        return watch_handshake(c);
    case LWS_CALLBACK_ESTABLISHED:
        return watch_opened(c);
    case LWS_CALLBACK_RECEIVE:
        return watch_text(c, in, n,
                          lws_is_first_fragment(c->wsi) && lws_is_final_fragment(c->wsi) &&
                              lws_remaining_packet_payload(c->wsi) == 0,
                          lws_frame_is_binary(c->wsi) != 0);
    case LWS_CALLBACK_RECEIVE_PONG:
        c->heard_ns = clock_now_ns();
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return watch_write(c);
    default:
        return on_http(c, reason, in, n);
    }
}

static int on_connection(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t n)
{
    (void)user;
    if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
        struct server *s = lws_context_user(lws_get_context(wsi));
        desk_finish(s->desk);
        server_plan_tick(s);
        return 0;
    }
    struct connection *c = lws_get_opaque_user_data(wsi);
    if (!c)
        return 0;
    switch ((int)reason) {
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        c->wsi = wsi;
        lws_set_wsi_user(wsi, c);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        connection_free(c);
        return 0;
    case LWS_CALLBACK_RAW_RX:
        return on_bytes(c);
    default:
        return on_socket(c, reason, in, n);
    }
}

// ---- context ----

static void on_library_log(int level, const char *line)
{
    (void)level;
    size_t n = strlen(line);
    log_line(LOG_DEBUG, "libwebsockets: %.*s", (int)(n > 0 && line[n - 1] == '\n' ? n - 1 : n),
             line);
}

// The first answers requests and viewers. The second's name has a space in it, so that no client
// can ask for it.
static const struct lws_protocols protocols[] = {
    {.name = "headway.v1",
     .callback = on_connection,
     .rx_buffer_size = SOCKET_READ_BYTES,
     .tx_packet_size = 4 * READ_BYTES},
    {.name = "a listener", .callback = on_listener},
    {0},
};

static enum status make_context(struct server *s, struct error *err)
{
    const struct server_options *o = s->options;
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .vhost_name = "headway",
        .user = s,
        .gid = -1,
        .uid = -1,
        .options = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                   LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG |
                   (o->tls_cert ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .ssl_cert_filepath = o->tls_cert,
        .ssl_private_key_filepath = o->tls_key,
        .alpn = "http/1.1",
        .max_http_header_data = (unsigned short)o->header_bytes,
        .max_http_header_pool = (unsigned short)(o->connections < 60000 ? o->connections : 60000),
        .timeout_secs = (unsigned)o->header_s,
        .timeout_secs_ah_idle = (unsigned)o->header_s,
        .pt_serv_buf_size = READ_BYTES,
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
    s->context = lws_create_context(&info);
    if (!s->context)
        return error_set(err, ERR_UNAVAILABLE, "cannot start the web server%s",
                         o->tls_cert ? "; are certificate and key readable PEM files?" : "");
    s->vhost = lws_get_vhost_by_name(s->context, "headway");
    return OK;
}

enum status transport_open(struct server *s, struct error *err)
{
    s->half_end = &s->oldest_half;
    s->writers_end = &s->writers;
    enum status status = make_context(s, err);
    s->transport_has_listeners = status == OK;
    for (int i = 0; status == OK && i < s->listening.count; i++) {
        const lws_adopt_desc_t adopt = {
            .vh = s->vhost,
            .type = LWS_ADOPT_RAW_FILE_DESC,
            .fd = {.filefd = s->listening.fds[i]},
            .vh_prot_name = "a listener",
        };
        s->listener_wsi[i] = lws_adopt_descriptor_vhost_via_info(&adopt);
        if (!s->listener_wsi[i])
            status = error_set(err, ERR_UNAVAILABLE, "cannot wait for connections");
    }
    return status;
}
