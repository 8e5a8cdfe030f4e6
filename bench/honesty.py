# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the bar is from the truth in real exports, with the shipped prior and no history.

Usage: honesty.py HEADWAY ASSETS [TYPE…] [--rounds N]. One row an export; T is the time until the output
was usable, d(t) what a viewer sees: the position of the last snapshot of `headway run --json`
(ten a second), moved on at the speed that came with it. Of N runs (default 1) the one in the middle is shown.
  mean, worst   |d − t / T| over the whole time
  falls         snapshots below the one before
  stall         longest time in which d moved by less than 0.1 points
  cliff         1 − d when the output was there
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

BIRD = "clips/cockatoo.mp4"
STREET = "clips/VID_20191220_170832.mp4"
WALK = "clips/vtest.avi"
FINE_S = 0.002  # the grid on which d is compared


def crop(x, y, width, height):
    return [{"time": 0, "x": x, "y": y, "width": width, "height": height}]


def piece(start, end, **more):
    return dict({"input": BIRD, "trim": {"start": start, "end": end}, "keyframes": crop(500, 200, 160, 284)}, **more)


def region(start, end):
    return {"start": start, "end": end, "keyframes": [{"time": start, "x": 320, "y": 180, "radius_x": 60, "radius_y": 80}]}


LONG = "long.mp4"  # made below: 75 s of 640×360

EXPORTS = [
    ("1.2 s, 24 frames of 205×365", "framing_ai",
     {"input": BIRD, "trim": {"start": 10, "end": 11.2}, "keyframes": crop(600, 200, 205, 365)}),
    ("1.5 s, 41 frames of 1080p", "framing_ai", {"input": STREET, "keyframes": crop(800, 300, 205, 365)}),
    ("5 s, 100 frames, half speed", "framing_ai",
     {"input": BIRD, "trim": {"start": 2, "end": 7}, "keyframes": crop(500, 200, 160, 284),
      "segments": [{"start": 2, "end": 7, "speed": 0.5}]}),
    ("14 s, 280 frames, drawn net", "framing_ai",
     {"input": BIRD, "keyframes": crop(500, 200, 205, 365), "model": "animevideov3"}),
    ("3 clips, dissolves, 5 s", "multi_clip",
     {"clips": [piece(0.5, 2.5), piece(11.5, 13, segments=[{"start": 12, "end": 12.5, "speed": 0.5}]), piece(5, 6.5)],
      "transition": {"type": "dissolve", "duration": 0.5}, "model": "animevideov3"}),
    ("3 clips, no network, 6 s", "multi_clip",
     {"clips": [piece(0, 2, keyframes=[]), piece(4, 6, keyframes=[]), piece(11, 13, keyframes=[])],
      "transition": {"type": "dissolve", "duration": 0.5}, "output_size": {"width": 404, "height": 720}}),
    ("75 s, one region of 6 s", "overlay", {"input": LONG, "regions": [region(40, 46)]}),
    ("14 s, 720p, region throughout", "overlay", {"input": BIRD, "regions": [region(0, 14)]}),
    ("nothing to draw: a copy", "overlay", {"input": LONG, "regions": []}),
    ("3 moments, 5 s, 720p", "annotate_compilation",
     {"input": BIRD, "clips": [{"start": 0.5, "end": 2, "name": "one", "rating": 5}, {"start": 6, "end": 8, "name": "two"},
                               {"start": 11.5, "end": 13, "name": "three", "notes": "loses balance"}]}),
    ("20 moments, 40 s, 360p", "annotate_compilation",
     {"input": LONG, "clips": [{"start": 3 * i, "end": 3 * i + 2, "name": f"moment {i}", "rating": 1 + i % 5} for i in range(20)]}),
    ("one frame", "detect_players", {"input": WALK, "timestamps": [20]}),
    ("60 frames", "detect_players", {"input": WALK, "timestamps": [i + 0.5 for i in range(60)]}),
    ("copy of 3.5 s", "extract_clip", {"input": BIRD, "start": 10, "end": 13.5}),
    ("exact, 16 of 70 frames encoded", "extract_clip", {"input": BIRD, "start": 3, "end": 6.5, "copy_codec": False}),
    ("exact, all 60 frames encoded", "extract_clip", {"input": BIRD, "start": 8, "end": 11, "copy_codec": False}),
]


def make_long(assets, path):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "5", "-i", os.path.join(assets, BIRD), "-t", "75",
                    "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
                    path], check=True)


def run(headway, assets, kind, wanted, folder):
    def placed(name):
        return os.path.join(folder, name) if name == LONG else os.path.join(assets, name)

    spec = {"type": kind, **wanted}
    if "input" in spec:
        spec["input"] = placed(spec["input"])
    if kind == "multi_clip":
        spec["clips"] = [{**c, "input": placed(c["input"])} for c in spec["clips"]]
    if kind != "detect_players" or len(spec["timestamps"]) > 1:
        spec["output"] = os.path.join(folder, "film.mp4")
    wish = os.path.join(folder, "spec.json")
    with open(wish, "w") as file:
        json.dump(spec, file)
    begin = time.monotonic()
    with subprocess.Popen([headway, "run", "--no-history", "--json", "--spec", wish], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, HEADWAY_MODEL_DIR=os.path.join(assets, "models"))) as job:
        told = [(time.monotonic() - begin, line) for line in job.stdout]
        said = job.stderr.read()
    if job.returncode != 0:
        sys.exit(f"{kind}: {said.decode()}")
    return [(t, json.loads(line)) for t, line in told]


def measure(snapshots):
    total = next(t for t, s in snapshots if s["state"] == "complete")
    told = [(t, s["percent"] / 100, s["speed"] / 100) for t, s in snapshots if s["state"] != "complete"]
    falls = sum(b[1] < a[1] for a, b in zip(told, told[1:]))
    shown = []
    k = 0
    for i in range(int(total / FINE_S) + 1):
        t = i * FINE_S
        while k + 1 < len(told) and told[k + 1][0] <= t:
            k += 1
        at, d, v = told[k]
        here = d + v * max(0, t - at) if t >= told[0][0] else 0
        shown.append((t, max(shown[-1][1], here) if shown else here))
    errors = [abs(d - t / total) for t, d in shown]
    stall, since, at = 0, 0, 0
    for t, d in shown:
        if d - at >= 0.001:
            since, at = t, d
        stall = max(stall, t - since)
    return total, sum(errors) / len(errors), max(errors), falls, stall, 1 - told[-1][1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("headway")
    parser.add_argument("assets")
    parser.add_argument("types", nargs="*")
    parser.add_argument("--rounds", type=int, default=1)
    a = parser.parse_intermixed_args()
    print("| export | | T | mean | worst | falls | stall | cliff |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        make_long(a.assets, os.path.join(folder, LONG))
        for name, kind, wanted in EXPORTS:
            if a.types and kind not in a.types:
                continue
            rows = sorted((measure(run(os.path.abspath(a.headway), os.path.abspath(a.assets), kind, wanted, folder))
                           for _ in range(a.rounds)), key=lambda row: row[1])
            total, mean, worst, falls, stall, cliff = rows[len(rows) // 2]
            print(f"| {kind} | {name} | {total:.2f} s | {mean:.3f} | {worst:.3f} | {falls} | {stall:.1f} s | {cliff:.3f} |",
                  flush=True)


main()
