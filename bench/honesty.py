# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the bar is from the truth in real exports, with the shipped prior and no history.

Usage: honesty.py HEADWAY ASSETS. One row an export: T is the time until the film was usable, d the
percent that `headway run --json` printed, twice a second.
  mean, worst   |d − t / T|
  falls         times that d was below the one before
  stall         longest time in which d moved by less than 0.1 points
  cliff         1 − d when the film was there
"""
import json
import os
import subprocess
import sys
import tempfile

BIRD = "clips/cockatoo.mp4"
STREET = "clips/VID_20191220_170832.mp4"


def crop(x, y, width, height):
    return [{"time": 0, "x": x, "y": y, "width": width, "height": height}]


EXPORTS = [
    ("1.2 s, 24 frames of 205x365", BIRD, {"trim": {"start": 10, "end": 11.2}, "keyframes": crop(600, 200, 205, 365)}),
    ("1.5 s, 41 frames of 1080p", STREET, {"keyframes": crop(800, 300, 205, 365)}),
    ("5 s, 100 frames, half speed", BIRD, {"trim": {"start": 2, "end": 7}, "keyframes": crop(500, 200, 160, 284),
                                          "segments": [{"start": 2, "end": 7, "speed": 0.5}]}),
    ("14 s, 280 frames, drawn net", BIRD, {"keyframes": crop(500, 200, 205, 365), "model": "animevideov3"}),
]


def run(headway, assets, clip, wanted, folder):
    spec = {"type": "framing_ai", "input": os.path.join(assets, clip), "output": os.path.join(folder, "film.mp4"), **wanted}
    done = subprocess.run([headway, "run", "--json", "--spec", "-"], input=json.dumps(spec), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, HEADWAY_MODEL_DIR=os.path.join(assets, "models")))
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def measure(snapshots):
    end = next(s for s in snapshots if s["state"] == "complete")
    total = end["elapsed_s"]
    shown = [(s["elapsed_s"], s["percent"] / 100) for s in snapshots if s["state"] != "complete"]
    errors = [abs(d - t / total) for t, d in shown]
    falls = sum(b[1] < a[1] for a, b in zip(shown, shown[1:]))
    stall, since, at = 0, 0, 0
    for t, d in shown:
        if d - at >= 0.001:
            since, at = t, d
        stall = max(stall, t - since)
    return total, sum(errors) / len(errors), max(errors), falls, stall, 1 - shown[-1][1]


def main(headway, assets):
    print(f"{'export':30} {'T':>8} {'mean':>7} {'worst':>7} {'falls':>6} {'stall':>7} {'cliff':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name, clip, wanted in EXPORTS:
            total, mean, worst, falls, stall, cliff = measure(run(headway, assets, clip, wanted, folder))
            print(f"{name:30} {total:6.1f} s {mean:7.3f} {worst:7.3f} {falls:6} {stall:5.1f} s {cliff:7.3f}", flush=True)


main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
