#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records real runs of the corpus (bench/traces) on this machine.

Usage: record_traces.py HEADWAY ASSETS OUT NAME [SECONDS [LABEL...]]

Run i of the plan is the same export each time: its sizes come from a generator that is seeded with i.
Traces are appended to OUT one by one, as NAME-000 and so on, so a recording that was stopped goes on
where it was; after SECONDS no further run is begun; with LABELs, only runs
of these. FIRST=i in the environment: the plan's runs from i on, which nobody has seen yet.
Each is labelled with its circumstances:
  quiet   nothing else of ours runs
  busy    another process computes beside it, all the time
  surge   two processes begin to compute in mid-run
  evicted the program and its models are not in the page cache
  s3      sources and results lie in an S3 store behind a slow line (tests/storage/servers)
  s3-turn the same; in mid-run the line becomes slower by 3, or faster
"""
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "storage", "servers"))
import launch  # noqa: E402

BIRD = "clips/cockatoo.mp4"  # 1280x720, 14 s, 20 frames a second
STREET = "clips/VID_20191220_170832.mp4"  # 1920x1080, 1.5 s
WALKERS = "clips/vtest.avi"  # 768x576, 79 s, 10 frames a second
RUNS = 170
LONG_EACH = 16  # of so many runs one is several times as long
END = {BIRD: 13.9, STREET: 1.45, WALKERS: 79}

# Of each twenty runs: so many of each label. The plan is a table, so that one sees what it holds.
LABELS = ["quiet"] * 9 + ["busy"] * 3 + ["surge"] * 2 + ["evicted"] * 2 + ["s3", "s3", "s3-turn", "s3-turn"]


class Sizes(random.Random):
    """The sizes of run i, times a factor."""

    def __init__(self, i):
        super().__init__(i)
        self.scale = 4 if i % LONG_EACH == LONG_EACH - 1 else self.choice([0.4, 0.6, 0.8, 1.1])


def part(rng, clip, shortest, longest):
    length = min(max(rng.uniform(shortest, longest) * rng.scale, shortest), END[clip])
    start = rng.uniform(0, END[clip] - length)
    return {"start": round(start, 2), "end": round(start + length, 2)}


def crop(rng, low, high):
    width = rng.randrange(low, high, 4)
    height = width * 16 // 9 // 2 * 2
    keys = [{"time": t, "x": rng.randrange(0, 1280 - width), "y": rng.randrange(0, max(720 - height, 1)),
             "width": width, "height": height} for t in (0, 1.5)]
    return {"keyframes": keys, "output_size": {"width": width * 4 // 2 * 2, "height": height * 4 // 2 * 2}}


def framing_drawn(rng):
    return {"type": "framing_ai", "input": BIRD, "trim": part(rng, BIRD, 0.6, 4.5), "model": "animevideov3",
            **crop(rng, 64, 150)}


def framing_camera(rng):
    return {"type": "framing_ai", "input": BIRD, "trim": part(rng, BIRD, 0.4, 3), **crop(rng, 64, 130)}


def framing_slow(rng):
    clip = part(rng, BIRD, 1, 4)
    return {"type": "framing_ai", "input": BIRD, "trim": clip, "model": "animevideov3", "quality": "best",
            "segments": [{**clip, "speed": 0.5}], **crop(rng, 64, 120)}


def multi_clip(rng):
    clips = [{"input": BIRD, "trim": part(rng, BIRD, 1, 2.5), "keyframes": crop(rng, 64, 110)["keyframes"]}
             for _ in range(rng.randrange(2, 5))]
    return {"type": "multi_clip", "clips": clips, "model": "animevideov3", "output_size": {"width": 360, "height": 640},
            "transition": rng.choice([{"type": "cut"}, {"type": "dissolve", "duration": 0.4}])}


def overlay(rng):
    whole = part(rng, BIRD, 3, 13.5)
    length = whole["end"] - whole["start"]
    begin = rng.uniform(0, length * 0.6)
    region = {"start": round(begin, 2), "end": round(min(length, begin + rng.uniform(0.5, length)), 2),
              "keyframes": [{"time": round(begin, 2), "x": 640, "y": 300, "radius_x": 150, "radius_y": 200}]}
    return {"type": "overlay", "input": BIRD, "trim": whole, "regions": [region],
            "texts": [{"start": 0.2, "end": min(2, length), "text": "Cacatua", "x": 640, "y": 620}]}


def annotate(rng):
    moments = []
    for i in range(rng.randrange(2, 6)):
        moments.append({**part(rng, BIRD, 0.8, 3), "name": f"Moment {i + 1}", "rating": rng.randrange(1, 6)})
    return {"type": "annotate_compilation", "input": BIRD, "clips": moments}


def detect(rng):
    times = [round(rng.uniform(0, END[WALKERS]), 1) for _ in range(int(rng.uniform(3, 60) * rng.scale))]
    return {"type": "detect_players", "input": WALKERS, "timestamps": times, "output_name": "people.json"}


def extract_copy(rng):
    span = part(rng, BIRD, 1, 13)
    return {"type": "extract_clip", "input": BIRD, **span}


def extract_exact(rng):
    span = part(rng, WALKERS, 8, 30)
    return {"type": "extract_clip", "input": WALKERS, **span, "copy_codec": False, "quality": "best"}


# Of each 18 runs.
PLAN = [framing_drawn, overlay, multi_clip, annotate, framing_camera, detect, extract_exact, framing_drawn, overlay,
        framing_slow, annotate, multi_clip, extract_copy, framing_drawn, detect, overlay, framing_camera, extract_exact]


def spec_of(i, sources, results):
    rng = Sizes(i)
    spec = PLAN[i % len(PLAN)](rng)
    spec["output"] = results + "/" + spec.pop("output_name", "film.mp4")
    for clip in [spec] + spec.get("clips", []):
        if "input" in clip:
            clip["input"] = sources + "/" + clip["input"]
    return spec


class Store:
    """An S3 store with the clips in it, behind a line whose rate changes after `turn_s`."""

    def __init__(self, assets, rate, turn_s, factor):
        self.stub = launch.Server("r2_stub.py")
        self.proxy = launch.Server("fault_proxy.py", self.stub.endpoint)
        client = self.stub.client()
        client.make_bucket("traces")
        for clip in END:
            with open(os.path.join(assets, clip), "rb") as f:
                client.put("traces", clip, f.read())
        self.rate = rate
        self.timer = threading.Timer(turn_s, self.limit, [factor])
        self.limit(1)

    def limit(self, factor):
        self.proxy.ask(do="rate", up=int(self.rate * factor / 2), down=int(self.rate * factor))

    def environment(self):
        access, secret = self.stub.said["users"]["owner"]
        return {"HEADWAY_S3_ENDPOINT": self.proxy.endpoint, "HEADWAY_S3_REGION": "auto",
                "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}

    def __enter__(self):
        self.timer.start()

    def __exit__(self, *_):
        self.timer.cancel()
        self.timer.join()
        self.proxy.close()
        self.stub.close()


def store_of(i, label, assets):
    """The store of run i; None when its files are local."""
    rng = random.Random(2000 + i)
    if not label.startswith("s3"):
        return None
    turn_s = rng.uniform(1, 3) if label == "s3-turn" else 1e6
    return Store(assets, rng.choice([5e5, 1e6, 2e6]), turn_s, rng.choice([0.33, 0.33, 3]))


class Load:
    """Processes that compute, from `after_s` on until the end of the block."""

    def __init__(self, count, after_s):
        self.processes = []
        self.count = count
        self.timer = threading.Timer(after_s, self.begin)

    def begin(self):
        self.processes = [subprocess.Popen(["nice", "-n", "5", "sh", "-c", "while :; do :; done"])
                          for _ in range(self.count)]

    def __enter__(self):
        self.timer.start()

    def __exit__(self, *_):
        self.timer.cancel()
        self.timer.join()
        for process in self.processes:
            process.kill()
            process.wait()


def evict(paths):
    for path in paths:
        subprocess.run(["dd", f"if={path}", "iflag=nocache", "count=0"], stderr=subprocess.DEVNULL, check=True)


def models(assets):
    folder = os.path.join(assets, "models")
    return [os.path.join(folder, name) for name in os.listdir(folder)]


def label_of(i):
    return LABELS[random.Random(1000 + i).randrange(len(LABELS))]


def record(i, name, headway, assets, out):
    label = label_of(i)
    load = Load(*{"busy": (1, 0), "surge": (2, random.Random(i).uniform(0.5, 2.5))}.get(label, (0, 0)))
    store = store_of(i, label, assets)
    with tempfile.TemporaryDirectory() as folder:
        spec = spec_of(i, "s3://traces" if store else assets, "s3://traces/results" if store else folder)
        trace = os.path.join(folder, "trace.ndjson")
        environment = dict(os.environ, HEADWAY_MODEL_DIR=os.path.join(assets, "models"),
                           **(store.environment() if store else {}))
        if label == "evicted":
            evict([headway] + models(assets))
        with load, store or contextlib.nullcontext():
            done = subprocess.run([headway, "run", "--json", "--no-history", "--spec", "-", "--trace", trace],
                                  input=json.dumps(spec), text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  env=environment)
        if done.returncode != 0:
            sys.exit(f"{name}: {done.stderr}")
        with open(trace) as f:
            lines = [json.loads(line) for line in f]
    lines[0]["submit"].update(id=name, label=label)
    for line in lines:  # a folder that is gone by now
        if line.get("event", {}).get("ev") == "result":
            line["event"].update(output=os.path.basename(line["event"]["output"]))
            line["event"].pop("data", None)
    with open(out, "a") as f:
        f.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    print(f"{i:3} {spec['type']:22} {label:8} {lines[-1]['at_ms'] / 1000:6.2f} s {len(lines):4} lines", flush=True)


def recorded(out):
    if not os.path.exists(out):
        return set()
    with open(out) as f:
        return {json.loads(line)["submit"]["id"] for line in f if '"submit"' in line}


def main(headway, assets, out, name, seconds="1e9", *labels):
    done = recorded(out)
    stop = time.monotonic() + float(seconds)
    first = int(os.environ.get("FIRST", "0"))
    for i in range(first, first + RUNS):
        wanted = not labels or label_of(i) in labels
        if wanted and f"{name}-{i:03}" not in done and time.monotonic() < stop:
            record(i, f"{name}-{i:03}", os.path.abspath(headway), os.path.abspath(assets), out)


main(*sys.argv[1:])
