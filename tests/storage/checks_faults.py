# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of uploads and downloads on whose way something goes wrong."""
import time

from checks import FEW, PART, check, fails
from probe import content
from store_site import BUCKET

# ---- faults ----

PARTS = content(2 * PART + 70_000)


def survives(fault, times=1, data=PARTS, minimum=1, **match):
    """A check that an upload under this fault still becomes the right object, and that the fault struck."""
    def run(s):
        key = f"faults/{fault['kind']}"
        with s.harmed({"faults": [fault], "times": times, **match}) as p:
            assert p.put(s.where(key), data) == len(data)
        struck = [r for r in s.passed() if r["fault"]]
        assert len(struck) >= minimum, "the fault never struck"
        assert s.client.get(BUCKET, key) == data
        assert s.orphans(key) == [], s.orphans(key)
        s.client.delete(BUCKET, key)
    return run


UPLOADS = {
    "a part that the server refuses with 500": survives({"kind": "status", "status": 500}, path="partNumber=2"),
    "503 with Retry-After": survives({"kind": "status", "status": 503, "retry_after": 1}, path="partNumber=2"),
    "a connection that is refused": survives({"kind": "refuse"}, path="partNumber=1"),
    "a reset in the middle of a part": survives({"kind": "reset", "after": 3_000_000, "way": "up"}, path="partNumber=2"),
    "a part that stalls": survives({"kind": "stall", "after": 3_000_000, "way": "up", "seconds": None}, path="partNumber=2"),
    "a flipped bit in a part": survives({"kind": "flip", "at": 4_000_000, "way": "up"}, path="partNumber=1"),
    "an ETag of other bytes": survives({"kind": "etag"}, method="PUT", path="partNumber=2"),
    "a lost answer to a part": survives({"kind": "lose"}, path="partNumber=2"),
    "a lost answer to the beginning": survives({"kind": "lose"}, method="POST", path=r"\?uploads"),
    "a lost answer to the end": survives({"kind": "lose"}, method="POST", path="uploadId"),
    "a lost answer to the one PUT of a small object": survives({"kind": "lose"}, method="PUT", data=b"small"),
    "a flipped bit in a small object": survives({"kind": "flip", "at": 2, "way": "up"}, method="PUT", data=b"small"),
}
for _title, _run in UPLOADS.items():
    _run.__name__, _run.__doc__ = "upload_" + _title.replace(" ", "_"), f"upload: {_title}"
    check("Uploads under faults")(_run)


@check("Uploads under faults")
def upload_that_cannot_end(s):
    """upload: a server that never completes leaves no object and no upload"""
    with s.harmed({"method": "POST", "path": "uploadId", "faults": [{"kind": "status", "status": 500}]}, **FEW) as p:
        with fails(("io", "unavailable"), "faults/endless"):
            p.put(s.where("faults/endless"), PARTS)
    assert s.orphans("faults/endless") == [] and not s.client.exists(BUCKET, "faults/endless")


def reads_through(fault, times=1, **match):
    def run(s):
        data = content(9_000_000)
        s.client.put(BUCKET, "faults/read", data)
        with s.harmed({"method": "GET", "faults": [fault], "times": times, **match}) as p:
            assert p.get(s.where("faults/read")) == data
        assert [r for r in s.passed() if r["fault"]], "the fault never struck"
    return run


DOWNLOADS = {
    "500": reads_through({"kind": "status", "status": 500}),
    "503 with Retry-After": reads_through({"kind": "status", "status": 503, "retry_after": 1}),
    "a connection that is refused": reads_through({"kind": "refuse"}, times=2),
    "a reset in the middle": reads_through({"kind": "reset", "after": 500_000}),
    "an answer that ends early": reads_through({"kind": "truncate", "after": 500_000}),
    "an answer that stalls": reads_through({"kind": "stall", "after": 500_000, "seconds": None}),
    "a slow first byte": reads_through({"kind": "slow", "seconds": 1}),
    "60,000 bytes of header": reads_through({"kind": "fat", "bytes": 60_000}),
}
for _title, _run in DOWNLOADS.items():
    _run.__name__, _run.__doc__ = "download_" + _title.replace(" ", "_"), f"download: {_title}"
    check("Downloads under faults")(_run)


@check("Downloads under faults")
def download_goes_on(s):
    """download: what came before a reset is not fetched again"""
    data = content(3_000_000)
    s.client.put(BUCKET, "faults/resumed", data)
    with s.harmed({"method": "GET", "times": 1, "faults": [{"kind": "reset", "after": 900_000}]}) as p:
        assert p.get(s.where("faults/resumed")) == data
    assert sum(r["down"] for r in s.passed()) < 3_000_000 + 400_000


@check("Downloads under faults")
def download_that_never_works(s):
    """download: a server that only refuses becomes a sentence, soon"""
    s.client.put(BUCKET, "faults/never", b"x")
    with s.harmed({"faults": [{"kind": "status", "status": 503, "retry_after": 0}]}, **FEW) as p:
        begin = time.monotonic()
        with fails("unavailable", "faults/never", "3 attempts"):
            p.get(s.where("faults/never"))
        assert time.monotonic() - begin < 20


@check("Downloads under faults")
def nobody_there(s):
    """download: nobody at the port is said so"""
    s.proxy.ask(do="listen", on=False)
    try:
        with s.probe(proxied=True, **FEW) as p, fails("unavailable", "faults/read"):
            p.get(s.where("faults/read"))
    finally:
        s.proxy.ask(do="listen", on=True)
