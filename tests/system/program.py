# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the program share: a small export, ways to run it, the workers that are alive."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import tap

EX_USAGE, EX_DATA, EX_NOINPUT, EX_MODEL, EX_NOPERM, EX_NOSPACE, EX_MEDIA, EX_CANCELLED, EX_WORKER, EX_LIMIT = (
    64, 65, 66, 78, 77, 73, 80, 130, 75, 82)

CROP = {"time": 0, "x": 600, "y": 200, "width": 64, "height": 114}
FRAMES = 12  # of the small export: 0.6 s at 20 frames a second
SIZE = (240, 424)


def scaled(seconds, factor):
    return [s * factor for s in seconds] if isinstance(seconds, list) else seconds * factor


def make_a_faster_past(path):
    """The history in `path` has one record; now it says that for a long time such a job took a twentieth of that."""
    with sqlite3.connect(path) as db:
        (body,), = db.execute("SELECT body FROM records").fetchall()
        record = json.loads(body)
        db.execute("DELETE FROM models")
        db.execute("DELETE FROM records")
        for i in range(30):
            factor = (1 + 0.02 * ((i * 7) % 5 - 2)) / 20
            phases = {k: {n: scaled(v, factor) if n.endswith("_s") else v for n, v in p.items()}
                      for k, p in record["phases"].items()}
            old = dict(record, at_ms=record["at_ms"] - 1000 * (40 - i), phases=phases, checks=[])
            db.execute("INSERT INTO records (job, type, ended_at_ms, device, total_s, body) VALUES (?,?,?,?,?,?)",
                       (f"old-{i}", "framing_ai", old["at_ms"], old["device"], old["total_s"], json.dumps(old)))


class Context:
    def __init__(self, headway, assets, export):
        self.export = export
        self.headway = os.path.abspath(headway)
        self.clip = os.path.join(assets, "clips", "cockatoo.mp4")
        self.models = os.path.join(assets, "models")
        self.folder = tempfile.mkdtemp(prefix="headway-test-")

    def out(self, name):
        return os.path.join(self.folder, name)

    def spec(self, **changes):
        spec = {
            "type": "framing_ai",
            "input": self.clip,
            "output": self.out("film.mp4"),
            "trim": {"start": 10, "end": 10.6},
            "keyframes": [CROP],
            "output_size": {"width": SIZE[0], "height": SIZE[1]},
            "model": "animevideov3",
        }
        spec.update(changes)
        return {k: v for k, v in spec.items() if v is not None}

    def environment(self):
        return dict(os.environ, HEADWAY_MODEL_DIR=self.models, NO_COLOR="1")

    def run(self, spec, *flags, text=None, **options):
        path = self.out("spec.json")
        with open(path, "w") as f:
            f.write(json.dumps(spec) if text is None else text)
        return self.headway_run("--spec", path, *flags, **options)

    def headway_run(self, *flags, **options):
        return subprocess.run([self.headway, "run", self.export, *flags], capture_output=True, text=True,
                              timeout=120, env=self.environment(), **options)

    def start(self, spec, *flags, **options):
        path = self.out("spec.json")
        with open(path, "w") as f:
            json.dump(spec, f)
        return subprocess.Popen([self.headway, "run", self.export, "--spec", path, *flags], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(), **options)

    def leftovers(self):
        return sorted(f for f in os.listdir(self.folder) if f != "spec.json")

    def clear_all(self):
        """Folders too."""
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)

    def clear(self):
        for f in os.listdir(self.folder):
            os.remove(os.path.join(self.folder, f))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def alive(pid):
    """Does it still do anything? Who has ended may stay as a zombie until its new parent asks for it."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def workers(c):
    """Process ids of the running workers that this test has started, each with its parent's."""
    mark = f"XDG_STATE_HOME={os.environ['XDG_STATE_HOME']}".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            program = os.readlink(f"/proc/{pid}/exe")
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                argv = f.read().split(b"\0")
            with open(f"/proc/{pid}/environ", "rb") as f:
                ours = mark in f.read().split(b"\0")
            with open(f"/proc/{pid}/stat") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if ours and program == os.path.realpath(c.headway) and b"worker" in argv:
            found.append((int(pid), parent))
    return found


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def wait_for_worker(process, c):
    wait_until(lambda: any(parent == process.pid for _, parent in workers(c)))
    return next(pid for pid, parent in workers(c) if parent == process.pid)


def wait_for_units(process, phase, units):
    """Reads the snapshots of `headway run --json` until that phase has done so many."""
    for line in process.stdout:
        if any(p["phase"] == phase and p["done"] >= units for p in json.loads(line)["phases"]):
            return
    raise AssertionError(f"{phase} did not come to {units}: {process.stderr.read()}")


def main(module, export="framing_ai", make=Context):
    """The main program of a test file: FILE HEADWAY ASSETS. `export` is what its specs are of."""
    context = make(sys.argv[1], sys.argv[2], export)
    if not (os.path.exists(context.clip) and os.path.isdir(context.models)):
        print(f"1..0 # SKIP {sys.argv[2]} is not complete: run make assets")
        return
    try:
        tap.main(module, context)
    finally:
        context.close()
