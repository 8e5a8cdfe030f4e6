// SPDX-License-Identifier: GPL-3.0-or-later
// peers.c — see peers.h. Addresses without connections are forgotten, so the table is bounded by
// the number of connections.
#include "server/peers.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

enum { BUCKETS = 1024, NETWORK_BYTES = 8 };

struct peers {
    struct peer *buckets[BUCKETS];
};

struct peers *peers_new(void)
{
    return mem_new(struct peers);
}

void peers_free(struct peers *p)
{
    if (!p)
        return;
    for (int i = 0; i < BUCKETS; i++)
        assert(!p->buckets[i]); // every connection has left
    free(p);
}

// One customer usually has a whole /64 of IPv6 addresses, so that counts as one.
static void key_of(const struct sockaddr *address, uint8_t key[static 16])
{
    memset(key, 0, 16);
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        key[10] = key[11] = 0xff;
        memcpy(key + 12, &v4->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        memcpy(key, &v6->sin6_addr, is_mapped ? 16 : NETWORK_BYTES);
    }
}

static unsigned bucket_of(const uint8_t key[static 16])
{
    uint32_t hash = 2166136261U;
    for (int i = 0; i < 16; i++)
        hash = (hash ^ key[i]) * 16777619U;
    return hash % BUCKETS;
}

struct peer *peers_enter(struct peers *p, const struct sockaddr *address, int64_t limit)
{
    uint8_t key[16];
    key_of(address, key);
    struct peer **bucket = &p->buckets[bucket_of(key)];
    struct peer *peer = *bucket;
    while (peer && memcmp(peer->address, key, sizeof(key)) != 0)
        peer = peer->next;
    if (peer && peer->open >= limit)
        return NULL;
    if (!peer) {
        peer = mem_new(struct peer);
        memcpy(peer->address, key, sizeof(key));
        peer->next = *bucket;
        *bucket = peer;
    }
    peer->open++;
    return peer;
}

void peers_leave(struct peers *p, struct peer *peer)
{
    if (!peer || --peer->open > 0)
        return;
    struct peer **at = &p->buckets[bucket_of(peer->address)];
    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    free(peer);
}
