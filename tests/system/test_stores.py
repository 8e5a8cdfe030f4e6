# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports from and to object storage: on Swift, on R2's rules behind a proxy that does harm, stopped, killed.

Usage: test_stores.py HEADWAY ASSETS. Speaks TAP.
"""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "storage"))

import store_site  # noqa: E402, first: it says where the servers are
import launch  # noqa: E402
import program  # noqa: E402
import tap  # noqa: E402
from program import EX_CANCELLED, EX_NOINPUT, EX_NOPERM, EX_WORKER, wait_for_worker, wait_until  # noqa: E402
from store_site import BUCKET  # noqa: E402

GRAIN_S = 3  # of a film large enough for several parts
HARM = {"probability": 0.15, "faults": [
    {"kind": "status", "status": 500}, {"kind": "reset", "after": [0, 300_000]}, {"kind": "refuse"},
    {"kind": "reset", "way": "up", "after": [0, 300_000]}, {"kind": "truncate", "after": [0, 300_000]}, {"kind": "lose"},
    {"kind": "status", "status": 503, "retry_after": 1}, {"kind": "slow", "seconds": 1}]}

SPECS = {
    "framing_ai": {"trim": {"start": 10, "end": 10.6}, "keyframes": [program.CROP], "model": "animevideov3",
                   "output_size": {"width": program.SIZE[0], "height": program.SIZE[1]}},
    "overlay": {"trim": {"start": 6, "end": 7}, "regions": [{"start": 0.2, "end": 0.8, "keyframes": [
        {"time": 0.3, "x": 600, "y": 300, "radius_x": 100, "radius_y": 150, "color": "#FFCC00"}]}]},
    "extract_clip": {"start": 3.2, "end": 8},
}


class Context(program.Context):
    """The servers are started when a test first needs them; each has the clips below in/."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.sites = {}
        self.film, self.grain = self.out("source.mp4"), self.out("grain.mp4")

    def make_clips(self):
        def ffmpeg(*arguments):
            subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)
        ffmpeg("-i", self.clip, "-c:v", "libx264", "-preset", "ultrafast", "-g", "20", "-c:a", "aac", self.film)
        ffmpeg("-i", self.clip, "-t", str(GRAIN_S), "-vf", "noise=alls=30:allf=t", "-c:v", "libx264", "-preset",
               "ultrafast", "-crf", "16", "-an", self.grain)

    def site(self, name):
        if not os.path.exists(self.grain):
            self.make_clips()
        if name not in self.sites:
            opened = store_site.open_site(name, None)
            try:
                site = opened.__enter__()
            except launch.NotHere as e:
                raise tap.Skip(f"{e}: is it installed?") from None
            self.sites[name] = (site, opened)
            for path in (self.film, self.grain):
                with open(path, "rb") as f:
                    site.client.put(BUCKET, "in/" + os.path.basename(path), f.read())
        return self.sites[name][0]

    def close(self):
        for _, opened in self.sites.values():
            opened.__exit__(None, None, None)
        super().close()


def environment(c, site, **options):
    return {**site.environment(**options), "HEADWAY_MODEL_DIR": c.models, "NO_COLOR": "1"}


def command(c, name, **fields):
    return [c.headway, "run", "--json", "--spec", "-"], json.dumps({"type": name, **SPECS.get(name, {}), **fields})


def run(c, site, name, source, output, fields=None, **options):
    argv, spec = command(c, name, input=source, output=output, **(fields or {}))
    return subprocess.run(argv, input=spec, text=True, capture_output=True, timeout=120,
                          env=environment(c, site, **options) if site else dict(os.environ, HEADWAY_MODEL_DIR=c.models))


def start(c, site, name, fields, **options):
    argv, spec = command(c, name, **fields)
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment(c, site, **options))
    process.stdin.write(spec)
    process.stdin.close()
    process.stdin = None
    return process


def local(c, name):
    """What the export makes of a local file, made once."""
    path = c.out(f"local-{name}.mp4")
    if not os.path.exists(path):
        done = run(c, None, name, c.film, path)
        assert done.returncode == 0, done.stderr
    with open(path, "rb") as f:
        return f.read()


def from_store_to_store(c, site, name, **options):
    key = f"out/{name}.mp4"
    done = run(c, site, name, site.where("in/source.mp4"), site.where(key), **options)
    assert done.returncode == 0, done.stderr
    assert site.client.get(BUCKET, key) == local(c, name), "not the film that a local file gives"
    assert site.client.uploads(BUCKET) == []
    site.client.delete(BUCKET, key)
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---- the same film ----

def on_swift(c, name):
    last = from_store_to_store(c, c.site("swift"), name)[-1]
    assert last["state"] == "complete" and last["percent"] == 100, last


def test_framing_ai_from_swift_to_swift(c):
    on_swift(c, "framing_ai")


def test_overlay_from_swift_to_swift(c):
    on_swift(c, "overlay")


def test_extract_clip_from_swift_to_swift(c):
    on_swift(c, "extract_clip")


def under_harm(c, name):
    site = c.site("stub")
    site.passed()
    harmed = False
    for seed in range(3, 20):  # an export of few requests may be spared
        site.proxy.ask(do="rules", seed=seed, rules=[HARM])
        shown = from_store_to_store(c, site, name, proxied=True)
        percents = [s["percent"] for s in shown]
        assert percents == sorted(percents) and percents[-1] == 100, percents
        harmed = any(r["fault"] for r in site.passed())
        if harmed:
            break
    assert harmed, "nothing was harmed"
    assert site.server.ask(do="state")["violations"] == []


def test_framing_ai_on_r2s_rules_under_harm(c):
    under_harm(c, "framing_ai")


def test_overlay_on_r2s_rules_under_harm(c):
    under_harm(c, "overlay")


def test_extract_clip_on_r2s_rules_under_harm(c):
    under_harm(c, "extract_clip")


def test_the_counts_are_what_the_range_needs_and_what_was_stored(c):
    site = c.site("stub")
    last = from_store_to_store(c, site, "overlay")[-1]
    phases = {p["phase"]: p for p in last["phases"]}
    fetched = phases["download"]["done"]
    assert 0 < fetched == phases["download"]["total"] < os.path.getsize(c.film) / 2, phases["download"]
    assert phases["upload"]["done"] == len(local(c, "overlay")), phases["upload"]


# ---- ends before the end ----

def upload_under_way(c, site, output):
    """A long upload at a slow rate, a part of which has arrived."""
    site.proxy.ask(do="rules", rules=[])
    site.proxy.ask(do="rate", up=3_000_000)
    process = start(c, site, "extract_clip", {"input": site.where("in/grain.mp4"), "output": site.where(output),
                                              "start": 0, "end": GRAIN_S}, proxied=True, HEADWAY_S3_CONNECTIONS="1")

    def part_arrived():
        assert process.poll() is None, process.communicate()
        return any(upload["parts"] for upload in site.server.ask(do="state")["orphans"])
    wait_until(part_arrived, 60)
    return process


def end_of(process, site):
    out, err = process.communicate(timeout=60)
    site.proxy.ask(do="rate")
    return process.returncode, out, err


def test_a_cancel_in_the_middle_of_an_upload_leaves_nothing(c):
    site = c.site("stub")
    process = upload_under_way(c, site, "out/cancelled.mp4")
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    code, _, err = end_of(process, site)
    assert code == EX_CANCELLED, (code, err)
    assert time.monotonic() - begin < 5
    assert not site.client.exists(BUCKET, "out/cancelled.mp4")
    assert site.client.uploads(BUCKET) == [], site.client.uploads(BUCKET)


def test_what_a_killed_worker_leaves_is_no_object(c):
    site = c.site("stub")
    process = upload_under_way(c, site, "out/killed.mp4")
    os.kill(wait_for_worker(process, c), signal.SIGKILL)
    code, _, err = end_of(process, site)
    assert code == EX_WORKER, (code, err)
    assert not site.client.exists(BUCKET, "out/killed.mp4")
    for key, name in site.client.uploads(BUCKET):
        assert key == "out/killed.mp4"
        site.client.abort(BUCKET, key, name)


# ---- what is said, and what never is ----

def test_a_source_that_is_not_there_is_named(c):
    site = c.site("stub")
    done = run(c, site, "extract_clip", site.where("in/absent.mp4"), site.where("out/a.mp4"))
    assert done.returncode == EX_NOINPUT and "in/absent.mp4" in done.stderr, done
    assert site.client.uploads(BUCKET) == [] and not site.client.exists(BUCKET, "out/a.mp4")


def test_a_store_that_may_not_be_written_is_named(c):
    site = c.site("stub")
    done = run(c, site, "extract_clip", site.where("in/source.mp4"), site.where("out/a.mp4"), user="reader")
    assert done.returncode == EX_NOPERM and "out/a.mp4" in done.stderr, done


def processes_of(pid):
    """The command lines of `pid` and all that it started, as anybody may see them."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    family, lines = {str(pid)}, []
    for _ in rows:
        family |= {row[0] for row in rows if row[1] in family}
    lines = [row[2] for row in rows if row[0] in family and len(row) > 2]
    return "\n".join(lines)


def tell_all(c, site, rules, changes):
    """What one run under these rules says, and the process list while its worker lives."""
    listed = ""
    with launch.Server("fault_proxy.py", site.server.endpoint) as proxy:
        proxy.ask(do="rules", rules=rules, seed=5)
        process = start(c, site, "extract_clip", {"input": site.where("in/source.mp4"), "start": 0, "end": 1,
                                                  "output": site.where("out/secret.mp4")},
                        user="temporary", HEADWAY_S3_ENDPOINT=proxy.endpoint, **changes)
        while process.poll() is None and not listed.count("worker"):
            listed += processes_of(process.pid)
        return "".join(process.communicate(timeout=60)), listed


def test_secrets_are_nowhere_to_be_seen(c):
    """Standard output and error of runs that work, that are harmed and that fail, and the process list meanwhile."""
    site = c.site("stub")
    _, secret, token = site.server.said["users"]["temporary"]
    slow = [{"faults": [{"kind": "slow", "seconds": 0.5}]}]  # so that its worker lives long enough to be seen
    cases = [(slow, {}), ([{"faults": [{"kind": "status", "status": 403}]}], {}),
             ([{"faults": [{"kind": "refuse"}]}], {"HEADWAY_S3_ATTEMPTS": "2"}),
             ([{"path": "out/", "faults": [{"kind": "status", "status": 400}]}], {"HEADWAY_S3_ATTEMPTS": "2"}),
             ([HARM], {"HEADWAY_LOG": "debug"}), ([], {"AWS_SESSION_TOKEN": token + "-wrong"})]
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        told = list(pool.map(lambda case: tell_all(c, site, *case), cases))
    said, listed = "".join(s for s, _ in told), "".join(p for _, p in told)
    assert "worker" in listed, "the worker was never seen in the process list"
    for hidden in (secret, token, "Signature=", "X-Amz-Credential", "AWS4-HMAC"):
        assert hidden not in said and hidden not in listed, hidden
    assert all(s for s, _ in told) and said.count("out/secret.mp4") > 3, said


if __name__ == "__main__":
    program.main(sys.modules[__name__], make=Context)
