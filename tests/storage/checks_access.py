# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of keys, presigned addresses, lists and removals."""
import contextlib
import http.client
import time
import urllib.parse

from checks import check, fails
from checks_objects import KEYS
from probe import Failed
from store_site import BUCKET

# ---- who may what ----

@check("Keys and permissions")
def wrong_secret(s):
    """a wrong secret"""
    with s.probe(AWS_SECRET_ACCESS_KEY="another-secret-0f1e") as p:
        with fails("permission", "who/a", "secret"):
            p.put(s.where("who/a"), b"x")


@check("Keys and permissions")
def wrong_access(s):
    """an access key that the store does not know"""
    with s.probe(AWS_ACCESS_KEY_ID="unknown-access") as p, fails("permission", "who/a", "access key"):
        p.put(s.where("who/a"), b"x")


@check("Keys and permissions")
def no_permission(s):
    """a user who may not write"""
    with s.probe(user="stranger" if s.name == "swift" else "reader") as p, fails("permission", "who/a"):
        p.put(s.where("who/a"), b"x")


@check("Keys and permissions")
def wrong_region(s):
    """a wrong region, and the right one named"""
    with s.probe(HEADWAY_S3_REGION="us-east-1") as p, fails(("invalid", "permission"), "us-east-1", "auto"):
        p.get(s.where("who/a"))


@check("Keys and permissions")
def no_bucket(s):
    """a bucket that does not exist"""
    with s.probe() as p:
        with fails("not_found", "no-such-bucket"):
            p.put("s3://no-such-bucket/a", b"x")
        with fails("not_found", "no-such-bucket"):
            p.get("s3://no-such-bucket/a")


@check("Keys and permissions")
def no_object(s):
    """an object that does not exist"""
    with s.probe() as p:
        for do in ("open", "size"):
            with fails("not_found", "who/absent"):
                p.ask(do, where=s.where("who/absent"))


@check("Keys and permissions")
def clock_skew(s):
    """clocks that differ, where the store does not come round: by how much"""
    with s.harmed({"faults": [{"kind": "skew", "seconds": 7260}]}) as p, fails(("permission", "invalid"), "clock", "2 h"):
        p.put(s.where("who/a"), b"x")


@check("Keys and permissions")
def clock_put_right(s):
    """clocks that differ, and the store's is taken"""
    if s.name != "stub":
        return "its clock is this machine's"
    s.server.ask(do="clock", offset_s=7260)
    try:
        with s.probe() as p:
            p.put(s.where("who/a"), b"x")
            assert p.get(s.where("who/a")) == b"x"
    finally:
        s.server.ask(do="clock", offset_s=0)


@check("Keys and permissions")
def session_token(s):
    """a session token, where the store knows them"""
    if s.name != "stub":
        return "has none"
    with s.probe(user="temporary") as p:
        p.put(s.where("who/token"), b"x")
        assert p.get(s.where("who/token")) == b"x"
    with s.probe(user="temporary", AWS_SESSION_TOKEN="wrong-token-b0b0") as p:
        with fails("permission", "who/token", "token"):
            p.get(s.where("who/token"))


# ---- presigned addresses ----

def fetch(url, method="GET", body=None):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def presigned(s, key, method="GET", seconds=600):
    with s.probe() as p:
        return p.ask("presign", where=s.where(key), method=method, seconds=seconds)["url"]


@check("Presigned addresses")
def presigned_get(s):
    """read by anybody who has it"""
    s.client.put(BUCKET, "given/a b+%.mp4", b"given")
    assert fetch(presigned(s, "given/a b+%.mp4")) == (200, b"given")


@check("Presigned addresses")
def presigned_put(s):
    """written by anybody who has it"""
    status, _ = fetch(presigned(s, "given/put", "PUT"), "PUT", b"theirs")
    assert status == 200 and s.client.get(BUCKET, "given/put") == b"theirs"


@check("Presigned addresses")
def presigned_tampered(s):
    """for another object, method or time: refused"""
    s.client.put(BUCKET, "given/a", b"1")
    s.client.put(BUCKET, "given/b", b"2")
    url = presigned(s, "given/a")
    assert fetch(url)[0] == 200
    assert fetch(url.replace("given/a", "given/b"))[0] == 403
    assert fetch(url, "PUT", b"x")[0] == 403
    assert fetch(url.replace("Expires=600", "Expires=6000"))[0] == 403


@check("Presigned addresses")
def presigned_expired(s):
    """after its time: refused"""
    s.client.put(BUCKET, "given/a", b"1")
    with s.harmed({"times": 1, "faults": [{"kind": "skew", "seconds": -7200}]}) as p:
        with contextlib.suppress(Failed):  # it now takes the store's clock for two hours slow
            p.ask("list", where=s.where("given/"))
        late, good = (p.ask("presign", where=s.where("given/a"), method="GET", seconds=n)["url"] for n in (3600, 10800))
    assert fetch(good)[0] == 200 and fetch(late)[0] == 403, (fetch(good), fetch(late))


# ---- lists and removals ----

def listed(p, where):
    return p.ask("list", where=where)["objects"]


@check("Lists and removals")
def list_pages(s):
    """a list of several pages is whole, in order"""
    keys = [f"lists/pages/{i:03}" for i in range(120)]  # the servers' pages have 50
    for key in keys:
        s.client.put(BUCKET, key, b"")
    with s.probe() as p:
        assert ["lists/pages/" + o["name"] for o in listed(p, s.where("lists/pages/"))] == keys


@check("Lists and removals")
def list_names(s):
    """a list has keys as they are, and sizes"""
    keys = ["lists/names/" + k.replace("names/", "", 1) for k in KEYS.values() if k.startswith("names/") and len(k) < 900]
    for key in keys:
        s.client.put(BUCKET, key, key.encode())
    with s.probe() as p:
        found = {"lists/names/" + o["name"]: o["size"] for o in listed(p, s.where("lists/names/"))}
    assert found == {k: len(k.encode()) for k in keys}, found


@check("Lists and removals")
def list_nothing(s):
    """a list of nothing is empty"""
    with s.probe() as p:
        assert listed(p, s.where("lists/absent/")) == []


@check("Lists and removals")
def uploads_left(s):
    """uploads that a killed process left are listed, and the old ones removed"""
    name = s.client.begin_upload(BUCKET, "lists/left/a b")
    s.client.put_part(BUCKET, "lists/left/a b", name, 1, b"x")
    with s.probe() as p:
        found = p.ask("uploads", where=s.where("lists/left/"))["uploads"]
        assert [u["name"] for u in found] == ["a b"] and abs(found[0]["begun_ms"] / 1000 - time.time()) < 60, found
        assert p.ask("abort_uploads", where=s.where("lists/left/"), seconds=86400)["count"] == 0
        assert s.orphans("lists/left/a b") != []
        deadline = time.monotonic() + 10
        while p.ask("abort_uploads", where=s.where("lists/left/"), seconds=0)["count"] == 0:
            assert time.monotonic() < deadline  # begun within this second, which some stores round up
    assert s.orphans("lists/left/a b") == []


@check("Lists and removals")
def remove_twice(s):
    """a removal may be repeated"""
    s.client.put(BUCKET, "lists/removed", b"x")
    with s.probe() as p:
        for _ in range(3):
            p.ask("remove", where=s.where("lists/removed"))
    assert not s.client.exists(BUCKET, "lists/removed")


@check("Lists and removals")
def head(s):
    """what an object is, without its bytes"""
    etag = s.client.put(BUCKET, "lists/head", b"12345", {"content-type": "video/mp4"})
    with s.harmed() as p:
        found = p.ask("head", where=s.where("lists/head"))
    assert (found["size"], found["tag"]) == (5, etag.strip('"')) and abs(found["modified_ms"] / 1000 - time.time()) < 60, found
    assert [r["method"] for r in s.passed()] == ["HEAD"]
