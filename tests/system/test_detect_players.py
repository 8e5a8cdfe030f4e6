# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run detect_players` on pictures with people: who is found, the picture, what can go wrong.

Usage: test_detect_players.py HEADWAY ASSETS. Speaks TAP. The pictures come with tools/fetch_assets.sh --all.
"""
import json
import os
import subprocess
import sys
import time

import program
import tap
from program import EX_DATA, EX_LIMIT, EX_MODEL, EX_NOINPUT

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
import detection  # noqa: E402 the labels, and who counts as found


def spec(c, **changes):
    base = {"type": "detect_players", "input": sample(c, "vtest.avi"), "output": c.out("answer.json"), "timestamps": [30]}
    base.update(changes)
    return {k: v for k, v in base.items() if v is not None}


def sample(c, name):
    path = os.path.join(os.path.dirname(c.clip), name)
    if not os.path.exists(path):
        raise tap.Skip(f"{name} is not there: tools/fetch_assets.sh --all")
    return path


def run(c, wanted, *flags):
    return subprocess.run([c.headway, "run", "--spec", "-", "--json", *flags], input=json.dumps(wanted), text=True,
                          capture_output=True, timeout=60, env=c.environment())


def answer_of(c, wanted):
    done = run(c, wanted)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    if wanted.get("output"):
        with open(wanted["output"]) as f:
            return json.load(f), last
    return last["result"]["data"], last


def test_all_six_walkers_of_a_street_are_found_where_they_are(c):
    c.clear()
    (frame,), last = answer_of(c, spec(c))
    assert (frame["time"], frame["width"], frame["height"]) == (30, 768, 576), frame
    people = detection.STREET[300]
    assert detection.judge(frame["detections"], people) == (len(people), 0), frame
    for box in frame["detections"]:
        assert box["class_name"] == "person" and 0.5 <= box["confidence"] <= 1, box
        assert 50 < box["bbox"]["height"] < 110 and 15 < box["bbox"]["width"] < 50, box
    confidences = [box["confidence"] for box in frame["detections"]]
    assert confidences == sorted(confidences, reverse=True), confidences
    assert last["result"]["bytes"] == os.path.getsize(c.out("answer.json")), last
    assert last["result"]["data"] == [frame], last


def test_several_timestamps_are_answered_in_their_order(c):
    c.clear()
    times = [70, 0, 40]
    frames, last = answer_of(c, spec(c, timestamps=times))
    assert [f["time"] for f in frames] == times, frames
    for frame in frames:
        people = detection.STREET[round(frame["time"] * 10)]
        found, wrong = detection.judge(frame["detections"], people)
        assert found >= len(people) - 1 and wrong == 0, (frame, found)
    process = next(p for p in last["phases"] if p["phase"] == "process")
    assert process["done"] == process["total"] == 3, process


def test_recall_and_precision_are_what_the_documentation_says(c):
    c.clear()
    sample(c, "vtest.avi")
    for threshold, what, found, there, wrong in detection.measure(c.headway, os.path.dirname(os.path.dirname(c.clip))):
        if threshold == 0.5:
            assert found >= there - 3 and wrong == 0, (what, found, there, wrong)


def test_a_player_on_a_lawn_is_the_most_confident(c):
    c.clear()
    clip = detection.still(sample(c, "messi5.jpg"), c.folder)
    (frame,), _ = answer_of(c, spec(c, input=clip, timestamps=None))
    assert (frame["width"], frame["height"]) == (548, 342), frame
    box = frame["detections"][0]["bbox"]
    assert detection.holds(frame["detections"][0], (255, 190)) and box["width"] > 300, frame


def test_the_same_answer_twice_and_without_an_output(c):
    c.clear()
    first, _ = answer_of(c, spec(c))
    second, last = answer_of(c, spec(c, output=None))
    assert first == second, (first, second)
    assert last["result"]["output"] == "" and last["state"] == "complete", last
    assert c.leftovers() == ["answer.json"], c.leftovers()


def test_the_picture_shows_the_boxes(c):
    c.clear()
    (frame,), _ = answer_of(c, spec(c, annotated=c.out("boxes.png")))
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", c.out("boxes.png"), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                         capture_output=True, check=True).stdout
    assert len(raw) == 768 * 576 * 3, len(raw)
    for box in (d["bbox"] for d in frame["detections"]):
        x, y = round(box["x"]), int(box["y"] + box["height"] / 2 - 0.5)  # the lower edge
        at = (y * 768 + x) * 3
        red, green = raw[at], raw[at + 1]
        assert green > 150 and red < 60, (box, red, green)
    assert c.leftovers() == ["answer.json", "boxes.png"], c.leftovers()


def test_the_answer_takes_less_than_two_seconds(c):
    c.clear()
    took = []
    for _ in range(3):  # a busy machine may spoil one
        started = time.monotonic()
        answer_of(c, {"type": "detect_players", "input": c.clip, "timestamps": [13.5]})
        took.append(time.monotonic() - started)
    assert min(took) < 2, took


def test_the_example_runs(c):
    c.clear()
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "examples", "detect_players.json")) as f:
        wanted = json.load(f)
    wanted.update(input=sample(c, os.path.basename(wanted["input"])), output=c.out("answer.json"),
                  annotated=c.out("boxes.png"))
    (frame,), _ = answer_of(c, wanted)
    assert (frame["width"], frame["height"]) == (768, 576) and len(frame["detections"]) >= 4, frame


# ---- what can go wrong ----

def fails(c, wanted, code, *words):
    done = run(c, wanted)
    assert done.returncode == code, (done.returncode, done.stderr)
    error = [line for line in done.stderr.splitlines() if line.startswith("headway: error: ")]
    assert len(error) == 1, done.stderr
    for word in words:
        assert word in error[0], error[0]
    assert "answer.json" not in c.leftovers(), c.leftovers()


def test_bad_fields_are_named(c):
    c.clear()
    fails(c, spec(c, input=c.clip, timestamps=[1], threshold=2), EX_DATA, "threshold", "0 to 1")
    fails(c, spec(c, input=c.clip, timestamps=[0, 99]), EX_DATA, "timestamps[1]", "99", "14")
    fails(c, spec(c, input=c.clip, timestamps=[-1]), EX_DATA, "timestamps[0]")
    fails(c, spec(c, input=c.clip, timestamps=[]), EX_DATA, "timestamps")
    fails(c, spec(c, input=c.clip, timestamps=[0, 1], annotated="x.png"), EX_DATA, "annotated")
    fails(c, spec(c, input=c.clip, keyframes=[]), EX_DATA, "keyframes")
    fails(c, spec(c, input=c.out("absent.mp4")), EX_NOINPUT, "absent.mp4")


def test_more_than_a_line_holds_needs_an_output(c):
    c.clear()
    fails(c, spec(c, input=c.clip, timestamps=[1], output=None, threshold=0), EX_LIMIT, "output")


def test_missing_weights_say_where_they_were_looked_for(c):
    c.clear()
    done = run(c, spec(c, input=c.clip, timestamps=[1]), "--model-dir", c.folder)
    assert done.returncode == EX_MODEL and c.folder in done.stderr and "fetch_assets" in done.stderr, done.stderr


if __name__ == "__main__":
    program.main(sys.modules[__name__])
