# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of a server as people meet them: submit, watch, list, cancel, retry; and a server that is killed."""
import json
import os
import subprocess
import time
import urllib.request

import program

EX_CONFLICT = 79


class Server:
    """`headway serve` on a port of its own, with one input in its store."""

    def __init__(self, c, name="data", *flags):
        self.c = c
        self.data = c.out(name)
        self.flags = flags
        os.makedirs(self.data, exist_ok=True)
        self.start()
        self.put("in.mp4", c.clip)

    def start(self):
        began = time.monotonic()
        self.process = subprocess.Popen(
            [self.c.headway, "serve", "--listen", "127.0.0.1:0", "--data", self.data, *self.flags],
            stdout=subprocess.PIPE, stderr=open(self.c.out("server.log"), "a"), text=True, env=self.c.environment())
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), "the server says where it listens"
        with urllib.request.urlopen(self.url + "/readyz", timeout=10) as answer:
            assert answer.status == 200
        return time.monotonic() - began

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Jobs would go on without it."""
        left = [e["job"] for e in self.ask("/api/exports?state=active")["exports"]]
        if left:
            self.command("cancel", "--wait", *left)
        self.kill()  # how it stops in peace is test_serve.py's

    def put(self, key, path):
        with open(path, "rb") as f:
            request = urllib.request.Request(f"{self.url}/api/objects/{key}", data=f.read(), method="PUT")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status in (200, 201)

    def size(self, key):
        request = urllib.request.Request(f"{self.url}/api/objects/{key}", method="HEAD")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.headers["Content-Length"])

    def ask(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def command(self, *arguments, text=None):
        env = dict(self.c.environment(), HEADWAY_SERVER=self.url)
        return subprocess.run([self.c.headway, *arguments], capture_output=True, text=True, input=text, timeout=120,
                              env=env)

    def submit(self, *flags, **changes):
        spec = self.c.spec(**{"input": "in.mp4", "output": "film.mp4", **changes})
        run = self.command("submit", "--spec", "-", *flags, text=json.dumps(spec))
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def until(self, job, *states):
        program.wait_until(lambda: self.ask(f"/api/exports/{job}")["state"] in states, 60)


def with_server(test):
    def run(c):
        c.clear_all()
        server = Server(c)
        try:
            test(c, server)
        finally:
            server.stop()
    run.__doc__ = test.__doc__
    run.__name__ = test.__name__
    return run


@with_server
def test_a_job_is_submitted_watched_and_there(c, server):
    """submit prints the id, watch stays to the end, the film is in the store"""
    job = server.submit()
    watch = server.command("watch", job)
    assert watch.returncode == 0, watch.stderr
    assert job in watch.stderr and "film.mp4" in watch.stderr
    state = server.ask(f"/api/exports/{job}")
    assert state["state"] == "complete" and state["percent"] == 100
    assert server.size("film.mp4") == state["result"]["bytes"]
    assert state["result"]["frames"] == program.FRAMES


@with_server
def test_json_lines_say_every_snapshot(c, server):
    """submit --watch --json prints snapshots up to the last; the bar in them does not fall"""
    spec = json.dumps(c.spec(input="in.mp4", output="film.mp4"))
    run = server.command("submit", "--spec", "-", "--watch", "--json", text=spec)
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    percents = [line["percent"] for line in lines]
    assert percents == sorted(percents) and percents[-1] == 100
    assert lines[-1]["state"] == "complete"


@with_server
def test_several_jobs_are_watched_at_once(c, server):
    """watch without ids takes all that have not ended; one failure is the exit code"""
    good = server.submit(output="good.mp4")
    bad = server.submit(output="bad.mp4", input="absent.mp4")
    watch = server.command("watch", good, bad)
    assert watch.returncode != 0
    assert "absent.mp4" in watch.stderr and "good.mp4" in watch.stderr
    assert server.command("watch").stderr == "No job waits or runs.\n"


@with_server
def test_the_list_tells_all(c, server):
    """list shows the newest first, as text and as JSON; states select"""
    jobs = [server.submit(output=f"film{i}.mp4") for i in range(2)]
    text = server.command("list")
    assert text.returncode == 0
    assert [line.split()[0] for line in text.stdout.splitlines()] == jobs[::-1]
    for job in jobs:
        server.until(job, "complete")
    assert server.command("list", "--state", "active").stdout == ""
    lines = server.command("list", "--state", "ended", "--json").stdout.splitlines()
    assert [json.loads(line)["job"] for line in lines] == jobs[::-1]


@with_server
def test_a_cancel_waits_for_the_end(c, server):
    """cancel --wait returns when no worker runs any more and nothing is left in the store"""
    job = server.submit(trim={"start": 0, "end": 14})
    server.until(job, "running")
    assert program.workers(c)
    run = server.command("cancel", "--wait", job)
    assert run.returncode == 0, run.stderr
    assert not program.workers(c)
    assert server.ask(f"/api/exports/{job}")["state"] == "cancelled"
    assert sorted(os.listdir(os.path.join(server.data, "spool"))) == []
    again = server.command("cancel", job)
    assert again.returncode == 0 and "cancelled" in again.stdout


@with_server
def test_a_failed_job_is_retried(c, server):
    """retry makes a new job of one that failed, and refuses one that is complete"""
    job = server.submit(input="later.mp4")
    server.until(job, "failed")
    server.put("later.mp4", c.clip)
    run = server.command("retry", job)
    assert run.returncode == 0, run.stderr
    new = run.stdout.split()[0]
    assert new != job
    server.until(new, "complete")
    refused = server.command("retry", new)
    assert refused.returncode == EX_CONFLICT and "complete" in refused.stderr


@with_server
def test_a_repeated_key_is_the_same_job(c, server):
    """submit --key twice gives one job"""
    assert server.submit("--key", "k1") == server.submit("--key", "k1")


@with_server
def test_what_is_wrong_is_said_by_the_command(c, server):
    """a wrong field, an unknown job and a server that is not there are named"""
    wrong = server.command("submit", "--spec", "-", text=json.dumps(c.spec(input="in.mp4", output="../x.mp4")))
    assert wrong.returncode == program.EX_DATA and "output" in wrong.stderr
    unknown = server.command("watch", "0123456789abcdef")
    assert unknown.returncode == program.EX_NOINPUT, unknown.stderr
    nobody = server.command("list", "--server", "http://127.0.0.1:1")
    assert nobody.returncode == 69 and "http://127.0.0.1:1" in nobody.stderr
    assert server.command("cancel").returncode == program.EX_USAGE


@with_server
def test_a_killed_server_loses_nothing(c, server):
    """the server is killed in mid-export: it answers within 2 s, the bar goes on, the film is made, once"""
    job = server.submit(trim={"start": 0, "end": 3})
    server.until(job, "running")
    program.wait_until(lambda: server.ask(f"/api/exports/{job}")["percent"] > 3)
    (worker, _), = program.workers(c)
    before = server.ask(f"/api/exports/{job}")
    server.kill()
    took = server.start()
    after = server.ask(f"/api/exports/{job}")
    assert took < 2, f"it took {took:.2f} s"
    assert after["percent"] >= before["percent"] and after["seq"] > before["seq"]
    assert after["state"] == "running" and after["attempt"] == 1
    assert [pid for pid, _ in program.workers(c)] == [worker], "the worker is adopted"
    server.until(job, "complete")
    end = server.ask(f"/api/exports/{job}")
    assert end["attempt"] == 1 and end["result"]["frames"] == 60
    assert server.size("film.mp4") == end["result"]["bytes"]


@with_server
def test_a_watcher_outlives_the_server(c, server):
    """watch goes on when the server is killed and started anew on the same port"""
    port = server.url.rsplit(":", 1)[1]
    job = server.submit(trim={"start": 0, "end": 3})
    server.until(job, "running")
    watch = subprocess.Popen([c.headway, "watch", "--json", job], stdout=subprocess.PIPE, text=True,
                             env=dict(c.environment(), HEADWAY_SERVER=server.url))
    lines = [json.loads(watch.stdout.readline())]
    server.kill()
    server.flags = ("--listen", f"127.0.0.1:{port}")
    server.start()
    lines += [json.loads(line) for line in watch.stdout]
    assert watch.wait(60) == 0
    percents = [line["percent"] for line in lines]
    assert percents == sorted(percents) and lines[-1]["state"] == "complete"


if __name__ == "__main__":
    import sys
    program.main(sys.modules[__name__])
