# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of all types while workers are killed and stopped, the server is killed, and viewers are cut.

Usage: torture.py HEADWAY ASSETS [HARM [JOBS [SEED]]]   (short, as test_torture.py: 12 acts of harm, 12 jobs)

Every viewer reads server-sent events like a browser and is cut at random. At the end each job is
complete with its output in the store, or failed for the reason that was given; no viewer saw a bar
fall or missed an end; no file, process or open row is left.
"""
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import program

END_STATES = ("complete", "failed", "cancelled")
REASONS = ("killed by signal 9", "stopped by somebody", "ended while nobody watched it", "cancelled")
VIEWERS = 8


def specs(c, number):
    """The six exports, small, one after the other."""
    kinds = [
        {"type": "extract_clip", "start": 1, "end": 3},
        {"type": "framing_ai", "trim": {"start": 10, "end": 10.3}, "keyframes": [program.CROP],
         "output_size": {"width": 240, "height": 424}, "model": "animevideov3"},
        {"type": "detect_players", "timestamps": [1]},
        {"type": "overlay", "trim": {"start": 2, "end": 2.3}, "regions": [
            {"start": 0, "end": 0.3, "keyframes": [{"time": 0, "x": 640, "y": 360, "radius_x": 90, "radius_y": 120}]}]},
        {"type": "annotate_compilation", "clips": [{"start": 1, "end": 1.3, "name": "one"}]},
        {"type": "multi_clip", "output_size": {"width": 240, "height": 424}, "model": "animevideov3", "clips": [
            {"input": "in.mp4", "trim": {"start": 3, "end": 3.15}, "keyframes": [program.CROP]},
            {"input": "in.mp4", "trim": {"start": 5, "end": 5.15}, "keyframes": [program.CROP]}]},
    ]
    spec = dict(kinds[number % len(kinds)])
    spec["output"] = f"out/{number}.{'json' if spec['type'] == 'detect_players' else 'mp4'}"
    if spec["type"] != "multi_clip":
        spec["input"] = "in.mp4"
    return spec


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class IdleClock:
    """A process that only sleeps, 20 ms at a time: how late it comes is how busy the machine is."""

    CODE = ("import sys, select, time\n"
            "worst, due = 0, time.monotonic() + 0.02\n"
            "while not select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:\n"
            "    now = time.monotonic()\n"
            "    worst, due = max(worst, now - due), now + 0.02\n"
            "print(worst)")

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def worst(self):
        """Ends it; seconds."""
        return float(self.process.communicate()[0])


class Viewer(threading.Thread):
    """Watches one job after the other; is cut by whoever calls cut()."""

    def __init__(self, world, seed):
        super().__init__(daemon=True)
        self.world, self.random = world, random.Random(seed)
        self.seen = {}  # job → percent
        self.states = {}
        self.falls, self.cuts, self.events = [], 0, 0
        self.connection = None
        self.patience = 0

    def cut(self):
        connection = self.connection
        if connection:
            try:
                connection.shutdown(socket.SHUT_RDWR)
                self.cuts += 1
            except OSError:
                pass

    def take(self, job, snapshot):
        self.events += 1
        percent = snapshot.get("percent")
        if percent is not None:
            before = self.seen.get(job, 0)
            if percent < before:
                self.falls.append((job, before, percent))
            self.seen[job] = percent
        if "state" in snapshot:
            self.states[job] = snapshot["state"]

    def watch(self, job):
        with socket.create_connection(("127.0.0.1", self.world.port), timeout=30) as s:
            self.connection = s
            s.sendall(f"GET /api/exports/{job}/events HTTP/1.1\r\nHost: 127.0.0.1:{self.world.port}\r\n\r\n".encode())
            for line in s.makefile("r", encoding="utf-8", newline="\n"):
                if line.startswith("data: "):
                    self.take(job, json.loads(line[6:]))
                if self.states.get(job) in END_STATES or time.monotonic() > self.patience:
                    return

    def run(self):
        while not self.world.over.is_set():
            jobs = [job for job in self.world.jobs if self.states.get(job) not in END_STATES]
            if jobs:
                self.patience = time.monotonic() + self.random.uniform(0.2, 4)
                try:
                    self.watch(self.random.choice(jobs))
                except OSError:
                    time.sleep(0.05)  # the server is being started anew
                finally:
                    self.connection = None
            else:
                time.sleep(0.05)


class World:
    def __init__(self, c, harm, count, seed):
        self.c, self.harm, self.count, self.random = c, harm, count, random.Random(seed)
        self.data, self.port = c.out("data"), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.jobs, self.over = [], threading.Event()
        self.acts = {"killed": 0, "stopped": 0, "server": 0, "cut": 0}
        self.slowest_start = 0
        self.longest_loop = self.longest_work = 0
        self.viewers = [Viewer(self, seed + i) for i in range(VIEWERS)]

    def start(self):
        began = time.monotonic()
        self.server = subprocess.Popen(
            [self.c.headway, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", self.data, "--workers", "2",
             "--max-jobs-per-user", "1000", "--attempts", "20", "--worker-stopped", "1", "--worker-silence", "5"],
            stdout=subprocess.PIPE, stderr=open(self.c.out("server.log"), "a"), text=True, env=self.c.environment())
        assert self.server.stdout.readline().startswith("http"), open(self.c.out("server.log")).read()
        self.ask("/api/exports?state=active")
        self.slowest_start = max(self.slowest_start, time.monotonic() - began)

    def request(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        return urllib.request.urlopen(request, timeout=30)

    def ask(self, path):
        with self.request("GET", path) as answer:
            return json.load(answer)

    def submit_all(self):
        with open(self.c.clip, "rb") as f:
            self.request("PUT", "/api/objects/in.mp4", f.read()).close()
        for number in range(self.count):
            with self.request("POST", "/api/exports", json.dumps(specs(self.c, number)).encode(),
                              {"Idempotency-Key": f"key-{number}"}) as answer:
                self.jobs.append(json.load(answer)["job"])

    def note_loop(self):
        with self.request("GET", "/metrics") as answer:
            figures = dict(line.split() for line in answer.read().decode().splitlines() if line[0] != "#")
        self.longest_loop = max(self.longest_loop, float(figures["headway_loop_late_longest_seconds"]))
        self.longest_work = max(self.longest_work, float(figures["headway_loop_work_longest_seconds"]))

    def act(self):
        what = self.random.choices(["killed", "stopped", "server", "cut"], [40, 15, 25, 20])[0]
        if what == "server":
            self.note_loop()
            self.server.kill()
            self.server.wait()
            self.start()
        elif what == "cut":
            self.random.choice(self.viewers).cut()
        else:
            workers = [pid for pid, _ in program.workers(self.c)]
            if not workers:
                return
            try:
                os.kill(self.random.choice(workers), signal.SIGKILL if what == "killed" else signal.SIGSTOP)
            except ProcessLookupError:
                return
        self.acts[what] += 1

    def ended(self):
        return all(e["state"] in END_STATES for e in self.ask("/api/exports?limit=200")["exports"])

    def run(self):
        self.start()
        self.submit_all()
        for viewer in self.viewers:
            viewer.start()
        deadline = time.monotonic() + 120 + 3 * self.harm + 5 * self.count
        while sum(self.acts.values()) < self.harm or not self.ended():
            if sum(self.acts.values()) < self.harm:
                if self.ended():
                    break  # nobody is left to harm
                self.act()
            time.sleep(self.random.uniform(0.05, 0.5))
            assert time.monotonic() < deadline, "the jobs do not come to an end"
        self.note_loop()
        program.wait_until(lambda: all(v.states.get(j) in END_STATES for v in self.viewers for j in self.jobs), 60)
        self.over.set()

    # ---- what is left ----

    def check_jobs(self):
        ends = {"complete": 0, "failed": 0, "cancelled": 0}
        for number, job in enumerate(self.jobs):
            state = self.ask(f"/api/exports/{job}")
            ends[state["state"]] += 1
            if state["state"] == "complete":
                with self.request("HEAD", f"/api/objects/{specs(self.c, number)['output']}") as answer:
                    assert int(answer.headers["Content-Length"]) == state["result"]["bytes"], state
            else:
                assert any(reason in state["error"]["text"] for reason in REASONS), state
            for viewer in self.viewers:
                assert viewer.states[job] == state["state"], (job, viewer.states[job], state["state"])
        return ends

    def check_rest(self):
        for viewer in self.viewers:
            assert not viewer.falls, viewer.falls
        assert not program.workers(self.c)
        assert os.listdir(os.path.join(self.data, "spool")) == []
        stray = [f for _, _, files in os.walk(os.path.join(self.data, "objects")) for f in files if f.startswith(".")]
        assert stray == [], stray
        with sqlite3.connect(f"file:{self.data}/headway.db?mode=ro", uri=True) as db:
            assert db.execute("SELECT count(*) FROM attempts WHERE ended_ms IS NULL").fetchone() == (0,)
            assert db.execute("SELECT count(*) FROM jobs WHERE ended = 0").fetchone() == (0,)
            twice = db.execute("SELECT job FROM attempts WHERE how = 'result' GROUP BY job HAVING count(*) > 1").fetchall()
            assert twice == [], twice

    def stop(self):
        self.over.set()
        self.server.kill()
        self.server.wait()
        for pid, _ in program.workers(self.c):
            os.kill(pid, signal.SIGKILL)


def torture(c, harm=12, count=12, seed=None):
    seed = random.randrange(1 << 30) if seed is None else seed
    c.clear_all()
    world = World(c, harm, count, seed)
    clock = IdleClock()
    try:
        world.run()
        ends = world.check_jobs()
        world.check_rest()
    except BaseException:
        print(f"# seed {seed}, {world.acts}", flush=True)
        raise
    finally:
        world.stop()
        noise = clock.worst()
    events = sum(v.events for v in world.viewers)
    print(f"# seed {seed}: {world.acts}; {ends}; {events} snapshots seen; slowest start {world.slowest_start:.2f} s; "
          f"loop at most {1000 * world.longest_loop:.0f} ms late, {1000 * world.longest_work:.0f} ms at work; "
          f"an idle process {1000 * noise:.0f} ms late", flush=True)
    assert world.slowest_start < 2, "the server answers within 2 s"
    assert world.longest_work < 0.02, "no turn of the loop takes 20 ms"
    assert world.longest_loop < 0.02 + 2 * noise, "the loop comes no later than the machine lets it"


def main():
    context = program.Context(os.path.abspath(sys.argv[1]), sys.argv[2], "framing_ai")
    harm, count, seed = (int(x) for x in (sys.argv[3:] + ["200", "60", "0"][len(sys.argv) - 3:]))
    try:
        torture(context, harm, count, seed or None)
    finally:
        context.clear_all()
        os.rmdir(context.folder)
    print("every job came to its true end")


if __name__ == "__main__":
    main()
