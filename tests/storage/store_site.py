# SPDX-License-Identifier: GPL-3.0-or-later
"""A store to try the client against: a server, the proxy before it, ways to reach both, what is left there."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "servers"), os.path.join(HERE, "..", "system")]

import launch  # noqa: E402
from probe import Probe, environment  # noqa: E402

BUCKET = "films"
SERVERS = {"swift": ("swift_server.py",), "stub": ("r2_stub.py", "--page", "50")}
NAMES = {"swift": "OpenStack Swift", "stub": "R2's rules"}
ABOUT = {
    "swift": "Debian's python3-swift with its S3 interface; a second implementation of everything.",
    "stub": "our stub of Cloudflare R2 (`tests/storage/servers/r2_stub.py`): region `auto`, parts of at least 5 MiB, "
            "all equal but the last, which is not larger, a completed upload is gone.",
}
QUICK = {"HEADWAY_S3_STALL": "1"}  # no progress for so long is a stall


class Site:
    """Made by open_site(); `program` is store_probe."""

    def __init__(self, name, program, server, proxy):
        self.name, self.program, self.server, self.proxy = name, program, server, proxy
        self.client = server.client()
        self.client.make_bucket(BUCKET)

    def environment(self, user="owner", proxied=False, **changes):
        """For a program of ours. `changes` are variables; None takes one out."""
        env = environment(self.proxy.endpoint if proxied else self.server.endpoint, self.server.said["users"][user])
        env.update(changes)
        return {k: v for k, v in env.items() if v is not None}

    def probe(self, user="owner", **changes):
        return Probe(self.program, self.environment(user, **changes))

    def harmed(self, *rules, seed=0, **changes):
        """A probe behind the proxy, which follows `rules` from now on."""
        self.proxy.ask(do="rules", rules=list(rules), seed=seed)
        self.proxy.ask(do="log")
        return Probe(self.program, self.environment(proxied=True, **{**QUICK, **changes}))

    def passed(self):
        """What went through the proxy since the last look."""
        return self.proxy.ask(do="log")["requests"]

    def where(self, key):
        return f"s3://{BUCKET}/{key}"

    def orphans(self, key):
        return [u for u in self.client.uploads(BUCKET) if u[0] == key]


class open_site:
    """`more` are arguments of the server's program."""

    def __init__(self, name, program, *more):
        self.name, self.program, self.more = name, program, more

    def __enter__(self):
        self.server = launch.Server(*SERVERS[self.name], *self.more)
        try:
            self.proxy = launch.Server("fault_proxy.py", self.server.endpoint)
            return Site(self.name, self.program, self.server, self.proxy)
        except BaseException:
            self.server.close()
            raise

    def __exit__(self, *_):
        self.proxy.close()
        self.server.close()
