# SPDX-License-Identifier: GPL-3.0-or-later
"""What memcached is to Swift's proxy, as a dictionary in its process: one proxy needs no more."""
import json
import time


class Memory:
    def __init__(self):
        self.rows = {}  # key → (JSON, time of its end or 0)

    def set(self, key, value, time=0, **_):
        self.rows[key] = (json.dumps(value), _end(time))

    def get(self, key, **_):
        text, end = self.rows.get(key, ("null", 0))
        if end and end < time.monotonic():
            del self.rows[key]
            return None
        return json.loads(text)

    def delete(self, key, **_):
        self.rows.pop(key, None)

    def incr(self, key, delta=1, time=0, **_):
        value = max(0, (self.get(key) or 0) + delta)
        self.set(key, value, time)
        return value

    def decr(self, key, delta=1, time=0, **_):
        return self.incr(key, -delta, time)

    def set_multi(self, mapping, server_key, time=0, **_):
        for key, value in mapping.items():
            self.set(key, value, time)

    def get_multi(self, keys, server_key, **_):
        return [self.get(key) for key in keys]


def _end(seconds):
    return time.monotonic() + seconds if seconds else 0


def filter_factory(_global_conf, **_local_conf):
    """Named in the proxy's configuration: puts one Memory where Swift looks for its cache."""
    memory = Memory()

    def wrap(app):
        def call(env, start_response):
            env["swift.cache"] = memory
            return app(env, start_response)
        return call
    return wrap
