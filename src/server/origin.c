// SPDX-License-Identifier: GPL-3.0-or-later
// origin.c — see origin.h. Spellings of Host are those of RFC 9110, section 7.2.
#include "server/origin.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { MAX_HOST = 255 };

// The name without the port, and without the brackets of an IPv6 address. False when `host` is no
// host: empty, too long, or with a port that is none.
static bool split_host(const char *host, char name[static MAX_HOST + 1], bool *ret_brackets)
{
    *ret_brackets = host[0] == '[';
    const char *begin = host + *ret_brackets;
    size_t n = strcspn(begin, *ret_brackets ? "]" : ":");
    const char *rest = begin + n;
    if (n == 0 || n > MAX_HOST || (*ret_brackets && *rest++ != ']'))
        return false;
    memcpy(name, begin, n);
    name[n] = '\0';
    if (*rest == '\0')
        return true;
    size_t digits = *rest == ':' ? strspn(rest + 1, "0123456789") : 0;
    return digits > 0 && digits <= 5 && rest[1 + digits] == '\0';
}

static bool is_listed(const char *names, const char *name)
{
    size_t wanted = strlen(name);
    for (const char *at = names; at && *at;) {
        at += strspn(at, ", ");
        size_t n = strcspn(at, ", ");
        if (n == wanted && strncasecmp(at, name, n) == 0)
            return true;
        at += n;
    }
    return false;
}

static bool is_address(const char *name, bool brackets)
{
    struct in6_addr address;
    return inet_pton(brackets ? AF_INET6 : AF_INET, name, &address) == 1;
}

enum status origin_check(const char *names, const char *host, const char *origin, struct error *err)
{
    char name[MAX_HOST + 1];
    bool brackets = false;
    if (!host || !split_host(host, name, &brackets))
        return error_set(err, ERR_PERMISSION, "Host: expected a name or address, with its port");
    bool is_name = !brackets && (strcasecmp(name, "localhost") == 0 || is_listed(names, name));
    if (!is_name && !is_address(name, brackets))
        return error_set(err, ERR_PERMISSION,
                         "Host: this server does not go by that name (its option --host lists "
                         "those it goes by)");
    if (!origin)
        return OK;
    const char *from = text_starts(origin, "http://")    ? origin + strlen("http://")
                       : text_starts(origin, "https://") ? origin + strlen("https://")
                                                         : "";
    if (strcasecmp(from, host) != 0)
        return error_set(err, ERR_PERMISSION,
                         "Origin: expected a page of this server, not one from elsewhere");
    return OK;
}
