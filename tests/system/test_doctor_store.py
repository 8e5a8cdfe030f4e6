# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway doctor --store`: it says yes to stores that work, and what is wrong with those that do not.

Usage: test_doctor_store.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "storage"))

import store_site  # noqa: E402, first: it says where the servers are
import launch  # noqa: E402
import program  # noqa: E402
import tap  # noqa: E402
from store_site import BUCKET  # noqa: E402

EX_UNAVAILABLE = 69
CHECKS = ["store_keys", "store_reach", "store_list", "store_write", "store_read", "store_range", "store_parts",
          "store_delete", "store_leftovers"]
PLACE = f"s3://{BUCKET}/doctor"


class Context(program.Context):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.opened = []
        self.stub = self.open("stub")

    def open(self, name):
        opened = store_site.open_site(name, None)
        site = opened.__enter__()
        self.opened.append(opened)
        return site

    def close(self):
        for opened in self.opened:
            opened.__exit__(None, None, None)
        super().close()


def doctor(c, env, *flags, place=PLACE):
    """The findings about the store, by name; the sum of what was said holds none of our secrets."""
    env = {**env, "HEADWAY_MODEL_DIR": c.models, "NO_COLOR": "1"}
    done = subprocess.run([c.headway, "doctor", "--json", "--store", place, *flags], capture_output=True, text=True,
                          timeout=120, env=env, cwd=c.folder)
    assert done.stderr == "" and env.get("AWS_SECRET_ACCESS_KEY", "?") not in done.stdout, done
    said = json.loads(done.stdout)
    found = {f["check"]: f for f in said["checks"] if f["check"].startswith("store_")}
    assert list(found) == CHECKS, found
    assert done.returncode == (0 if said["ok"] else EX_UNAVAILABLE), (done.returncode, said)
    return found


def bad(found, *checks):
    assert [name for name, f in found.items() if not f["ok"]] == list(checks), found


def says(finding, *words):
    missing = [w for w in words if w not in finding["text"]]
    assert not missing, (missing, finding)


def unreachable(found, *words):
    bad(found, *CHECKS[1:])
    says(found["store_reach"], *words)
    for name in CHECKS[2:]:
        says(found[name], "not tried")


# ---- well ----

def test_a_store_that_works_is_well_and_stays_as_it_was(c):
    c.stub.client.put(BUCKET, "doctor/film", b"x")
    before = c.stub.client.keys(BUCKET)
    bad(doctor(c, c.stub.environment()))
    assert c.stub.client.keys(BUCKET) == before and c.stub.client.uploads(BUCKET) == []
    state = c.stub.server.ask(do="state")
    assert state["violations"] == [] and any("partNumber=2" in r["path"] for r in state["requests"]), state["requests"]


def test_swift_is_well(c):
    try:
        swift = c.open("swift")
    except launch.NotHere as e:
        raise tap.Skip(f"{e}: is python3-swift installed?")
    bad(doctor(c, swift.environment()))
    assert swift.client.keys(BUCKET) == []


def test_a_folder_is_a_store_too(c):
    place = c.out("folder")
    os.mkdir(place)
    bad(doctor(c, c.stub.environment(), place=place))
    assert os.listdir(place) == []
    os.rmdir(place)


def test_flags_say_how_it_is_reached_and_go_before_variables(c):
    env = c.stub.environment(HEADWAY_S3_ENDPOINT="http://no-such-host.invalid", HEADWAY_S3_REGION="us-east-1")
    bad(doctor(c, env, "--s3-endpoint", c.stub.server.endpoint, "--s3-region=auto"))
    done = subprocess.run([c.headway, "doctor", "--store", PLACE, "--s3-connections", "none"], capture_output=True,
                          text=True, timeout=60, env=env)
    assert done.returncode == EX_UNAVAILABLE and "s3-connections" in done.stdout.lower().replace("_", "-"), done


# ---- not reached ----

def test_a_name_that_is_not_known(c):
    env = c.stub.environment(HEADWAY_S3_ENDPOINT="http://no-such-host.invalid", HEADWAY_S3_ATTEMPTS="1")
    unreachable(doctor(c, env), "no-such-host.invalid", "not known")


def test_a_port_that_nobody_answers(c):
    with socket.socket() as taken:  # bound, not listening: nobody else gets it
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        env = c.stub.environment(HEADWAY_S3_ENDPOINT=f"http://{where}", HEADWAY_S3_ATTEMPTS="1")
        unreachable(doctor(c, env), where, "nobody answers")


def certificate(c):
    cert, key = c.out("cert.pem"), c.out("key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=headway test", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def test_a_certificate_that_is_not_trusted_and_one_that_is(c):
    cert, key = certificate(c)
    with launch.Server("fault_proxy.py", c.stub.server.endpoint, "--cert", cert, "--key", key) as tls:
        env = c.stub.environment(HEADWAY_S3_ENDPOINT=tls.endpoint, HEADWAY_S3_ATTEMPTS="1")
        unreachable(doctor(c, env), "certificate", "not trusted")
        bad(doctor(c, {**env, "HEADWAY_S3_CA_FILE": cert}))
        bad(doctor(c, env, "--s3-ca-file", cert))


def test_a_server_that_does_not_speak_tls(c):
    env = c.stub.environment(HEADWAY_S3_ENDPOINT=c.stub.server.endpoint.replace("http:", "https:"), HEADWAY_S3_ATTEMPTS="1")
    unreachable(doctor(c, env), "TLS")


# ---- reached, and refused ----

def refused(c, env, *words, place=PLACE):
    found = doctor(c, env, place=place)
    bad(found, *CHECKS[2:])
    says(found["store_list"], *words)
    says(found["store_write"], *words)
    says(found["store_read"], "not tried")
    return found


def test_a_wrong_secret(c):
    refused(c, c.stub.environment(AWS_SECRET_ACCESS_KEY="not-the-secret-5c5c"), "secret key")


def test_an_access_key_that_is_not_known(c):
    refused(c, c.stub.environment(AWS_ACCESS_KEY_ID="nobody-7a7a"), "access key")


def test_no_keys(c):
    found = doctor(c, c.stub.environment(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, HOME=c.folder))
    bad(found, *CHECKS)
    says(found["store_keys"], "AWS_ACCESS_KEY_ID")
    says(found["store_reach"], "not tried")


def test_a_wrong_region(c):
    refused(c, c.stub.environment(HEADWAY_S3_REGION="us-east-1"), "region auto")


def test_a_bucket_that_is_not_there(c):
    refused(c, c.stub.environment(), "bucket", place="s3://no-such-bucket/doctor")


def test_clocks_that_differ_and_by_how_much(c):
    c.stub.proxy.ask(do="rules", rules=[{"faults": [{"kind": "skew", "seconds": -10920}]}])
    refused(c, c.stub.environment(proxied=True), "clock", "3 h 2 min")


def test_a_user_who_may_read_and_not_write(c):
    found = doctor(c, c.stub.environment(user="reader"))
    bad(found, *CHECKS[3:-1])
    says(found["store_write"], "refuses")


# ---- what killed workers left ----

def test_uploads_that_died_are_named_and_removed(c):
    for key in ("doctor/out/died.mp4", "elsewhere/died.mp4"):
        c.stub.client.begin_upload(BUCKET, key)
    bad(doctor(c, c.stub.environment()))  # they may be at work
    c.stub.server.ask(do="age", seconds=2 * 86400)
    alive = c.stub.client.begin_upload(BUCKET, "doctor/out/alive.mp4")
    found = doctor(c, c.stub.environment(), place=PLACE + "/")
    bad(found, "store_leftovers")
    says(found["store_leftovers"], "1 ", "out/died.mp4", "--remove-leftovers")
    bad(doctor(c, c.stub.environment(), "--remove-leftovers", place=PLACE + "/"))
    assert sorted(key for key, _ in c.stub.client.uploads(BUCKET)) == ["doctor/out/alive.mp4", "elsewhere/died.mp4"]
    c.stub.client.abort(BUCKET, "doctor/out/alive.mp4", alive)


def test_leftovers_are_removed_only_where_a_store_is_named(c):
    done = subprocess.run([c.headway, "doctor", "--remove-leftovers"], capture_output=True, text=True, timeout=60)
    assert done.returncode == program.EX_USAGE and "--store" in done.stderr and done.stdout == "", done


if __name__ == "__main__":
    program.main(sys.modules[__name__], make=Context)
