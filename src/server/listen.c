// SPDX-License-Identifier: GPL-3.0-or-later
// listen.c — see listen.h.
#include "server/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { BACKLOG = 1024, MAX_PORT_DIGITS = 5 };

static bool is_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) != 0;
    }
    return address->sa_family == AF_UNIX;
}

static void name_socket(const struct sockaddr *address, socklen_t size, char name[LISTEN_NAME])
{
    char host[96];
    char port[8];
    if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(name, LISTEN_NAME, "unix");
    else
        (void)snprintf(name, LISTEN_NAME, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static void add(struct listen_set *set, int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        !is_local((const struct sockaddr *)&address))
        set->is_wide = true;
    if (set->count == 0)
        name_socket((const struct sockaddr *)&address, size, set->name);
    set->fds[set->count++] = fd;
}

static enum status take_from_systemd(struct listen_set *set, struct error *err)
{
    int n = sd_listen_fds(1);
    for (int i = 0; i < n; i++) {
        int fd = SD_LISTEN_FDS_START + i;
        if (set->count == LISTEN_MAX || sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
            return error_set(err, ERR_INVALID,
                             "socket activation: expected at most %d listening stream sockets",
                             LISTEN_MAX);
        add(set, fd);
    }
    return OK;
}

// Splits "HOST:PORT"; brackets around the host are taken off.
static enum status split(const char *address, char host[static LISTEN_NAME], const char **ret_port,
                         struct error *err)
{
    const char *colon = strrchr(address, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    size_t n = colon ? (size_t)(colon - address) : 0;
    bool in_brackets = n >= 2 && address[0] == '[' && address[n - 1] == ']';
    bool right = digits > 0 && digits <= MAX_PORT_DIGITS && colon[1 + digits] == '\0' &&
                 strtol(colon + 1, NULL, 10) <= UINT16_MAX && n > 0 && n < LISTEN_NAME &&
                 (in_brackets || !memchr(address, ':', n));
    if (!right)
        return error_set(err, ERR_INVALID,
                         "listen: expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080, got %s",
                         address);
    memcpy(host, address + in_brackets, n - 2 * (size_t)in_brackets);
    host[n - 2 * (size_t)in_brackets] = '\0';
    *ret_port = colon + 1;
    return OK;
}

static int open_socket(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (info->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int cause = errno;
    (void)close(fd);
    errno = cause;
    return -1;
}

enum status listen_open(const char *address, struct listen_set *ret, struct error *err)
{
    char host[LISTEN_NAME];
    const char *port = "";
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    *ret = (struct listen_set){.name = ""};
    enum status status = take_from_systemd(ret, err);
    if (status != OK || ret->count > 0)
        return status;
    status = split(address, host, &port, err);
    if (status != OK)
        return status;
    int rc = getaddrinfo(host, port, &hints, &found);
    if (rc != 0)
        return error_set(err, ERR_UNAVAILABLE, "listen: %s: %s", address, gai_strerror(rc));
    int fd = open_socket(found);
    int cause = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        (void)error_set_errno(err, cause, "listen on %s", address);
        if (err)
            err->status = ERR_UNAVAILABLE;
        return ERR_UNAVAILABLE;
    }
    add(ret, fd);
    return OK;
}

void listen_close(struct listen_set *set)
{
    for (int i = 0; i < set->count; i++)
        (void)close(set->fds[i]);
    set->count = 0;
}
