# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the storage tests stand on, tried with a client that shares nothing with ours.

Usage: test_servers.py. Speaks TAP. A stub that lets everything pass would make every test after it
worthless, so here are the things that it must refuse, and the harm that the proxy must do.
"""
import base64
import hashlib
import http.client
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "servers"), os.path.join(HERE, "..", "system")]

import launch  # noqa: E402
import s3_client  # noqa: E402
import sigv4  # noqa: E402
import tap  # noqa: E402

PART = 5 << 20


class Context:
    def __init__(self, stub, proxy):
        self.stub, self.proxy = stub, proxy
        self.client = stub.client()
        self.client.make_bucket("films")
        self.harmed = s3_client.Client(proxy.endpoint, self.client.access, self.client.secret)

    def harm(self, fault, **rule):
        self.stub.ask(do="reset")
        self.proxy.ask(do="rules", rules=[{"faults": [fault], **rule}])


def refused(code, call, *arguments, **named):
    try:
        answer = call(*arguments, **named)
    except s3_client.S3Error as e:
        assert e.code == code, (e, code)
        return e
    raise AssertionError(f"expected {code}, got {getattr(answer, 'status', answer)}")


def dropped(call, *arguments):
    try:
        answer = call(*arguments)
    except (OSError, http.client.HTTPException) as e:
        return e
    raise AssertionError(f"expected a broken connection, got {answer}")


# ---- the signer and verifier: the examples of Amazon's documentation ----

EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_a_signed_header_is_the_published_one(c):
    headers = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9", "x-amz-date": "20130524T000000Z",
               "x-amz-content-sha256": sigv4.EMPTY_SHA256}
    said = sigv4.sign("GET", "/test.txt", [], headers, b"", "AKIAIOSFODNN7EXAMPLE", EXAMPLE_SECRET, "us-east-1",
                      "20130524T000000Z")
    assert said.endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"), said


def test_a_presigned_signature_is_the_published_one(c):
    pairs = sigv4.split_query(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
        "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host")
    canonical = sigv4.canonical_request("GET", "/test.txt", pairs, {"host": "examplebucket.s3.amazonaws.com"},
                                        ["host"], sigv4.UNSIGNED)
    said = sigv4.signature(EXAMPLE_SECRET, "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", canonical)
    assert said == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", said


# ---- the stub ----

def test_the_stub_refuses_who_it_does_not_know(c):
    refused("SignatureDoesNotMatch", s3_client.Client(c.stub.endpoint, c.client.access, "wrong").keys, "films")
    refused("InvalidAccessKeyId", s3_client.Client(c.stub.endpoint, "wrong", c.client.secret).keys, "films")
    refused("InvalidToken", c.stub.client("temporary", token="wrong").keys, "films")
    refused("InvalidToken", c.stub.client("temporary", token=None).keys, "films")
    assert c.stub.client("temporary").keys("films") == []
    e = refused("AuthorizationHeaderMalformed", c.stub.client(region="us-east-1").keys, "films")
    assert "'auto'" in str(e), e
    refused("AccessDenied", c.stub.client("reader").put, "films", "a", b"x")


def test_the_stub_refuses_a_request_that_was_changed_on_its_way(c):
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {"host": c.client.address, "x-amz-date": date, "x-amz-content-sha256": hashlib.sha256(b"x").hexdigest()}
    headers["authorization"] = sigv4.sign("PUT", "/films/a", [], headers, b"x", c.client.access, c.client.secret,
                                          "auto", date)
    for change, code in (({"path": "/films/b"}, b"SignatureDoesNotMatch"), ({"method": "DELETE"}, b"SignatureDoesNotMatch"),
                         ({"body": b"y"}, b"XAmzContentSHA256Mismatch"), ({"path": "/films/a?acl"}, b"SignatureDoesNotMatch"),
                         ({"headers": {**headers, "x-amz-meta-a": "b"}}, b"AccessDenied"), ({}, None)):
        connection = http.client.HTTPConnection(c.client.address, timeout=20)
        sent = {"method": "PUT", "path": "/films/a", "body": b"x", "headers": headers, **change}
        connection.request(sent["method"], sent["path"], sent["body"], sent["headers"])
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert (answer.status == 200) if code is None else code in text, (change, answer.status, text)


def test_the_stub_has_a_clock(c):
    c.stub.ask(do="clock", offset_s=3600)
    try:
        e = refused("RequestTimeTooSkewed", c.client.keys, "films")
        assert e.status == 403
    finally:
        c.stub.ask(do="clock", offset_s=0)


def test_the_stub_checks_sums(c):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refused("BadDigest", c.client.put, "films", "a", b"x", {"content-md5": wrong})
    refused("InvalidDigest", c.client.put, "films", "a", b"x", {"content-md5": "zzz"})
    refused("BadDigest", c.client.put, "films", "a", b"x", {"x-amz-checksum-crc32": "AAAAAA=="})
    refused("XAmzContentSHA256Mismatch", c.client.put, "films", "a", b"x", {"x-amz-content-sha256": "0" * 64})


def upload(c, sizes, order=None):
    name = c.client.begin_upload("films", "film")
    etags = [(n, c.client.put_part("films", "film", name, n, os.urandom(size))) for n, size in enumerate(sizes, 1)]
    return name, [etags[i] for i in order] if order else etags


def test_the_stub_holds_the_rules_of_parts(c):
    for sizes, order, code in (((PART - 1, 5), None, "EntityTooSmall"), ((PART, PART + 1, 5), None, "InvalidPart"),
                               ((PART, PART + 1), None, "InvalidPart"), ((PART, PART, 5), (1, 0, 2), "InvalidPartOrder")):
        c.stub.ask(do="reset")
        name, parts = upload(c, sizes, order)
        refused(code, c.client.complete, "films", "film", name, parts)
        state = c.stub.ask(do="state")
        assert len(state["violations"]) == 1 and len(state["orphans"]) == 1 and state["objects"] == [], state
    refused("InvalidPart", c.client.complete, "films", "film", name, [(1, '"0"')])
    refused("InvalidArgument", c.client.put_part, "films", "film", name, 10001, b"x")


def test_the_stub_completes_an_upload_once(c):
    c.stub.ask(do="reset")
    name, parts = upload(c, (PART, PART, 5))
    etag = c.client.complete("films", "film", name, parts).xml().findtext("ETag")
    digest = hashlib.md5(b"".join(bytes.fromhex(e.strip('"')) for _, e in parts)).hexdigest()
    assert etag == f'"{digest}-3"', etag
    refused("NoSuchUpload", c.client.complete, "films", "film", name, parts)
    state = c.stub.ask(do="state")
    assert state["orphans"] == [] and [o["bytes"] for o in state["objects"]] == [2 * PART + 5], state


def test_the_stub_answers_ranges_and_conditions(c):
    etag = c.client.put("films", "a", b"0123456789")
    for wanted, got in (("bytes=0-0", b"0"), ("bytes=9-20", b"9"), ("bytes=-3", b"789"), ("bytes=4-", b"456789"),
                        ("bytes=9-4", None), ("bytes=10-", None)):
        answer = c.client.request("GET", "/films/a", headers={"range": wanted})
        assert answer.body == got if got else answer.status == 416, (wanted, answer.status, answer.body)
    refused("PreconditionFailed", c.client.get, "films", "a", {"if-match": '"other"'})
    assert c.client.get("films", "a", {"if-match": etag}) == b"0123456789"
    refused("PreconditionFailed", c.client.put, "films", "a", b"", {"if-none-match": "*"})
    assert c.client.request("GET", "/films/a", headers={"if-none-match": etag}).status == 304


# ---- the proxy ----

def test_the_proxy_passes_everything_on_that_no_rule_harms(c):
    c.harm({"kind": "refuse"}, path="/films/other")
    body = os.urandom(300_000)
    c.harmed.put("films", "a", body)
    assert c.harmed.get("films", "a") == body


def test_the_proxy_refuses_resets_truncates_and_loses(c):
    body = os.urandom(300_000)
    for fault in ({"kind": "refuse"}, {"kind": "reset", "after": 70_000}, {"kind": "truncate", "after": 70_000}):
        c.harm(fault, method="GET", times=1)
        c.client.put("films", "a", body)
        dropped(c.harmed.get, "films", "a")
        assert c.harmed.get("films", "a") == body, fault
    c.harm({"kind": "reset", "after": 70_000, "way": "up"}, times=1)
    dropped(c.harmed.put, "films", "a", body)
    assert c.stub.ask(do="state")["objects"] == []
    c.harm({"kind": "lose"}, times=1)
    dropped(c.harmed.put, "films", "a", body)
    assert len(c.stub.ask(do="state")["objects"]) == 1


def test_the_proxy_answers_for_the_server(c):
    c.harm({"kind": "status", "status": 503, "retry_after": 1}, times=1)
    answer = c.harmed.request("PUT", "/films/a", body=b"x")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1") and b"SlowDown" in answer.body, answer
    c.harm({"kind": "skew", "seconds": -7200})
    assert refused("RequestTimeTooSkewed", c.harmed.keys, "films").status == 403


def test_the_proxy_changes_bits_and_tags(c):
    body = os.urandom(100_000)
    c.harm({"kind": "flip", "at": 65_000, "way": "up"})
    refused("XAmzContentSHA256Mismatch", c.harmed.put, "films", "a", body)
    c.harm({"kind": "flip", "at": 65_000}, method="GET")
    c.client.put("films", "a", body)
    got = c.harmed.get("films", "a")
    assert [i for i in range(len(body)) if body[i] != got[i]] == [65_000]
    c.harm({"kind": "etag"})
    assert hashlib.md5(body).hexdigest() not in c.harmed.put("films", "a", body)


def test_the_proxy_is_slow_when_asked_to(c):
    body = os.urandom(200_000)
    c.harm({"kind": "slow", "seconds": 0.3}, method="GET", times=1)
    c.client.put("films", "a", body)
    begin = time.monotonic()
    c.harmed.get("films", "a")
    assert time.monotonic() - begin >= 0.3
    c.proxy.ask(do="rate", up=500_000, down=500_000)
    begin = time.monotonic()
    c.harmed.put("films", "a", body)
    middle = time.monotonic()
    c.harmed.get("films", "a")
    c.proxy.ask(do="rate")
    assert 0.3 < middle - begin and 0.3 < time.monotonic() - middle, (middle - begin, time.monotonic() - middle)


def test_the_proxy_stalls_until_the_client_goes(c):
    c.harm({"kind": "stall", "after": 70_000, "seconds": None}, method="GET")
    c.client.put("films", "a", bytes(200_000))
    c.proxy.ask(do="log")
    c.harmed.timeout_s = 0.2
    try:
        assert isinstance(dropped(c.harmed.get, "films", "a"), TimeoutError)
    finally:
        c.harmed.timeout_s = 60
    deadline = time.monotonic() + 20
    while c.proxy.ask(do="log")["open_connections"]:
        assert time.monotonic() < deadline, "the proxy holds on to a client that went"
        time.sleep(0.01)


def test_chance_is_the_same_for_the_same_seed(c):
    def run(seed):
        c.proxy.ask(do="rules", seed=seed, rules=[{"probability": 0.5, "faults": [{"kind": "slow", "seconds": 0}]}])
        c.proxy.ask(do="log")
        for i in range(40):
            c.harmed.request("HEAD", f"/films/{i % 5}")
        return [bool(r["fault"]) for r in c.proxy.ask(do="log")["requests"]]
    first = run(1)
    assert first == run(1) and first != run(2) and 5 < sum(first) < 35, first


def test_a_port_that_nobody_answers(c):
    c.proxy.ask(do="listen", on=False)
    try:
        assert isinstance(dropped(c.harmed.keys, "films"), ConnectionRefusedError)
    finally:
        c.proxy.ask(do="listen", on=True)
    c.proxy.ask(do="rules", rules=[])
    assert c.harmed.request("HEAD", "/films").status == 200


# ---- Swift ----

def test_swift_verifies_and_goes_with_its_starter(c):
    try:
        swift = launch.Server("swift_server.py")
    except launch.NotHere as e:
        raise tap.Skip(f"{e}: is python3-swift installed?")
    with swift:
        client = swift.client()
        client.make_bucket("films")
        client.put("films", "a", b"x")
        refused("SignatureDoesNotMatch", swift.client(secret="wrong").keys, "films")
        refused("AccessDenied", swift.client("stranger").keys, "films")
        refused("AuthorizationHeaderMalformed", swift.client(region="us-east-1").keys, "films")
        assert os.path.isdir(swift.said["folder"])
    assert not os.path.exists(swift.said["folder"])
    refused_port = dropped(client.keys, "films")
    assert isinstance(refused_port, ConnectionRefusedError), refused_port


if __name__ == "__main__":
    with launch.Server("r2_stub.py") as stub, launch.Server("fault_proxy.py", stub.endpoint) as proxy:
        tap.main(sys.modules[__name__], Context(stub, proxy))
