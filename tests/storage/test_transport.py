# SPDX-License-Identifier: GPL-3.0-or-later
"""Our client against a real store behind TLS and HTTP/2: whom it trusts, what it speaks.

Usage: test_transport.py STORE_PROBE. Speaks TAP. nghttpx (Debian's nghttp2-proxy) stands before OpenStack
Swift, with certificates that the test makes itself, and writes down which protocol each request came by.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import store_site  # first: it says where the other modules are
import launch
import tap
from checks import fails
from probe import content
from store_site import BUCKET

PART = 5 << 20
LARGE = content(2 * PART + 77)  # three parts up, several ranges down


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)


class Authority:
    """Certificates below `folder`, signed by one of our own."""

    def __init__(self, folder, name):
        self.folder, self.name, self.path = folder, name, os.path.join(folder, name + ".pem")
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                "2", "-subj", f"/CN={name}", "-keyout", name + ".key", "-out", name + ".pem")

    def sign(self, name, address="127.0.0.1", days=2):
        """(certificate, key) of a server at that address."""
        with open(os.path.join(self.folder, name + ".ext"), "w") as f:
            f.write(f"subjectAltName=IP:{address}\n")
        openssl(self.folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                f"/CN={name}", "-keyout", name + ".key", "-out", name + ".csr")
        openssl(self.folder, "x509", "-req", "-in", name + ".csr", "-CA", self.path, "-CAkey", self.name + ".key",
                "-CAcreateserial", "-days", str(days), "-extfile", name + ".ext", "-out", name + ".pem")
        return tuple(os.path.join(self.folder, name + end) for end in (".pem", ".key"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Front:
    """nghttpx before a server; with a `port` again where one was before."""

    def __init__(self, c, pair, protocols="h2,http/1.1", port=None):
        self.log = os.path.join(c.folder, "access.log")
        if os.path.exists(self.log):
            os.remove(self.log)
        cert, key = pair
        backend = c.site.server.endpoint.rpartition(":")[2]
        for _ in range(1 if port else 5):  # nghttpx takes no port 0, and another program may be quicker
            self.port = port or free_port()
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "nghttpx", "--conf=/dev/null", "--single-process", "--workers=1",
                 "--no-ocsp", f"--frontend=127.0.0.1,{self.port}", f"--backend=127.0.0.1,{backend}",
                 f"--npn-list={protocols}", f"--accesslog-file={self.log}", "--accesslog-write-early",
                 "--accesslog-format=$alpn $method $path", "--log-level=ERROR", key, cert],
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self.answers():
                return
        raise AssertionError("nghttpx did not start")

    def answers(self):
        while self.process.poll() is None:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.01)
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def requests(self):
        with open(self.log) as f:
            return [line.split(None, 2) for line in f.read().splitlines()]


class Context:
    def __init__(self, site, folder):
        self.site, self.folder = site, folder
        self.ours, self.theirs = Authority(folder, "ours"), Authority(folder, "theirs")
        self.pair = self.ours.sign("store")

    def probe(self, front, **changes):
        return self.site.probe(HEADWAY_S3_ENDPOINT=f"https://127.0.0.1:{front.port}", **changes)


def refuses(c, pair, *words, ca=None):
    with Front(c, pair) as front, c.probe(front, HEADWAY_S3_CA_FILE=ca or c.ours.path) as p:
        begin = time.monotonic()
        with fails("unavailable", "s3://films/tls/a", *words):
            p.put(c.site.where("tls/a"), b"x")
        assert time.monotonic() - begin < 2, "tried again what cannot get better"
        assert front.requests() == [], "something was sent to who is not trusted"


# ---- whom it trusts ----

def test_a_store_whose_authority_is_named_is_trusted_by_our_variable_and_by_amazons(c):
    for variable in ("HEADWAY_S3_CA_FILE", "AWS_CA_BUNDLE"):
        with Front(c, c.pair) as front, c.probe(front, **{variable: c.ours.path}) as p:
            p.put(c.site.where("tls/a"), variable.encode())
            assert p.get(c.site.where("tls/a")) == variable.encode() == c.site.client.get(BUCKET, "tls/a")


def test_a_certificate_of_another_authority_is_refused(c):
    refuses(c, c.theirs.sign("other"), "not trusted", "issuer")


def test_a_certificate_for_another_host_is_refused(c):
    refuses(c, c.ours.sign("elsewhere", address="127.0.0.2"), "not trusted", "not for 127.0.0.1")


def test_a_certificate_whose_time_is_over_is_refused(c):
    refuses(c, c.ours.sign("old", days=-1), "not trusted", "expired")


def test_a_file_of_authorities_that_cannot_be_used_is_named(c):
    absent = os.path.join(c.folder, "absent.pem")
    with open(os.path.join(c.folder, "prose.pem"), "w") as f:
        f.write("this is no certificate\n")
    for path in (absent, f.name):
        refuses(c, c.pair, path, "s3-ca-file", ca=path)


# ---- what it speaks ----

def goes_by(c, front, protocol):
    """Objects of one piece and of several parts, there and back; all requests came by the protocol."""
    with c.probe(front, HEADWAY_S3_CA_FILE=c.ours.path, HEADWAY_S3_PART=str(PART)) as p:
        for key, data in (("tls/small", b"small"), ("tls/large", LARGE)):
            p.put(c.site.where(key), data)
            assert c.site.client.get(BUCKET, key) == data
            assert p.get(c.site.where(key)) == data
            assert p.ask("size", where=c.site.where(key))["size"] == len(data)
        assert {o["name"] for o in p.ask("list", where=c.site.where("tls/"))["objects"]} >= {"small", "large"}
        p.ask("remove", where=c.site.where("tls/large"))
    said = front.requests()
    assert {r[0] for r in said} == {protocol}, {r[0] for r in said}
    assert {r[1] for r in said} == {"GET", "HEAD", "PUT", "POST", "DELETE"} and len(said) > 12, said
    assert sum("partNumber=" in r[2] for r in said) == 3, said


def test_http_2_is_spoken_where_it_is_offered(c):
    with Front(c, c.pair) as front:
        goes_by(c, front, "h2")


def test_http_1_1_is_spoken_where_no_other_is_offered(c):
    with Front(c, c.pair, protocols="http/1.1") as front:
        goes_by(c, front, "http/1.1")


def test_a_kept_http_2_connection_that_died_is_made_anew(c):
    where = c.site.where("tls/kept")
    with Front(c, c.pair) as front, c.probe(front, HEADWAY_S3_CA_FILE=c.ours.path) as p:
        p.put(where, b"before")
        front.__exit__()
        with Front(c, c.pair, port=front.port) as again:
            assert p.get(where) == b"before"
            p.put(where, b"after")
            assert {r[0] for r in again.requests()} == {"h2"}
    assert c.site.client.get(BUCKET, "tls/kept") == b"after"


def main():
    missing = [name for name in ("nghttpx", "openssl", "setpriv") if not shutil.which(name)]
    if missing:
        print(f"1..0 # SKIP {', '.join(missing)} is not installed: make setup")
        return
    with tempfile.TemporaryDirectory(prefix="headway-tls-") as folder:
        try:
            with store_site.open_site("swift", sys.argv[1]) as site:
                tap.main(sys.modules[__name__], Context(site, folder))
        except launch.NotHere as e:
            print(f"1..0 # SKIP {e}: is python3-swift installed?")


if __name__ == "__main__":
    main()
