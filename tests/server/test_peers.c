// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "test.h"

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&storage;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        storage.ss_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
        storage.ss_family = AF_INET6;
    }
    return storage;
}

static struct peer *enter(struct peers *p, const char *text, int64_t limit)
{
    struct sockaddr_storage storage = address(text);
    return peers_enter(p, (const struct sockaddr *)&storage, limit);
}

static void an_address_has_its_limit_and_others_theirs(void **state)
{
    (void)state;
    struct peers *p AUTO(peers_free) = peers_new();
    struct peer *a = enter(p, "10.0.0.1", 2);
    struct peer *same = enter(p, "10.0.0.1", 2);
    assert_ptr_equal(a, same);
    assert_null(enter(p, "10.0.0.1", 2));
    struct peer *b = enter(p, "10.0.0.2", 2);
    assert_non_null(b);
    peers_leave(p, a);
    same = enter(p, "10.0.0.1", 2);
    assert_non_null(same);
    peers_leave(p, same);
    peers_leave(p, same);
    peers_leave(p, b);
    peers_leave(p, NULL);
}

static void one_who_writes_an_address_in_two_ways_is_one(void **state)
{
    (void)state;
    struct peers *p AUTO(peers_free) = peers_new();
    struct peer *v4 = enter(p, "10.0.0.1", 1);
    assert_null(enter(p, "::ffff:10.0.0.1", 1));
    struct peer *v6 = enter(p, "2001:db8:1:2:3::4", 1);
    assert_null(enter(p, "2001:db8:1:2:ffff::9", 1)); // the same network
    struct peer *other = enter(p, "2001:db8:1:3::4", 1);
    assert_non_null(other);
    peers_leave(p, v4);
    peers_leave(p, v6);
    peers_leave(p, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_its_limit_and_others_theirs),
        cmocka_unit_test(one_who_writes_an_address_in_two_ways_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
