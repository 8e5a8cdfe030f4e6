# SPDX-License-Identifier: GPL-3.0-or-later
"""How well detect_players finds people: recall and precision on pictures labelled by hand (docs/detection.md).

Usage: detection.py HEADWAY ASSETS        needs tools/fetch_assets.sh --all, and ffmpeg
Prints, for several thresholds, people found, people there, and boxes that hold nobody.
A box counts as a person's when the person's marked middle lies in it; each box and person once.
"""
import json
import os
import subprocess
import sys
import tempfile

# Eight frames of vtest.avi: the middle of every person as an eye sees them, half hidden ones too.
STREET = {
    0: [(267, 265), (515, 195), (663, 282)],
    100: [(229, 78), (362, 236), (392, 217), (439, 220), (506, 185), (528, 186), (604, 195)],
    200: [(96, 185), (233, 229), (502, 184), (632, 316), (724, 304), (687, 126), (711, 129)],
    300: [(202, 197), (253, 190), (311, 194), (329, 254), (596, 198), (631, 198)],
    400: [(287, 243), (603, 172), (717, 356)],
    500: [(321, 226), (575, 292), (587, 337), (627, 325)],
    600: [(198, 181), (582, 244), (686, 253), (655, 358), (476, 361), (306, 503)],
    700: [(197, 203), (294, 253), (380, 213), (415, 180), (486, 168), (532, 201), (704, 264), (121, 341)],
}
NOT_JUDGED = {500: [(765, 280)]}  # an arm at the edge of the picture
INDOORS = [(103, 280), (560, 260)]  # basketball1.png
THRESHOLDS = (0.3, 0.4, 0.5, 0.6)


def detect(headway, models, clip, times, threshold, folder):
    answer = os.path.join(folder, "answer.json")
    spec = {"type": "detect_players", "input": clip, "output": answer, "timestamps": times, "threshold": threshold}
    subprocess.run([headway, "run", "--no-history", "--spec", "-", "--json"], input=json.dumps(spec), text=True, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, HEADWAY_MODEL_DIR=models))
    with open(answer) as f:
        return [frame["detections"] for frame in json.load(f)]


def holds(box, point):
    b = box["bbox"]
    return abs(point[0] - b["x"]) <= b["width"] / 2 and abs(point[1] - b["y"]) <= b["height"] / 2


def judge(boxes, people, ignored=()):
    """How many of the people were found, and how many boxes hold nobody."""
    left, wrong = list(people), 0
    for box in boxes:
        held = [p for p in left if holds(box, p)]
        if held:
            left.remove(min(held, key=lambda p: abs(p[0] - box["bbox"]["x"]) + abs(p[1] - box["bbox"]["y"])))
        elif not any(holds(box, p) for p in ignored):
            wrong += 1
    return len(people) - len(left), wrong


def still(picture, folder):
    """A clip of one picture."""
    clip = os.path.join(folder, os.path.basename(picture) + ".mkv")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", picture, "-c:v", "ffv1", clip], check=True)
    return clip


def measure(headway, assets):
    """Rows (threshold, what, found, there, wrong)."""
    clips = os.path.join(assets, "clips")
    models = os.path.join(assets, "models")
    with tempfile.TemporaryDirectory() as folder:
        indoors = still(os.path.join(clips, "basketball1.png"), folder)
        for threshold in THRESHOLDS:
            times = [number / 10 for number in STREET]
            answers = detect(headway, models, os.path.join(clips, "vtest.avi"), times, threshold, folder)
            found = wrong = 0
            for (number, people), boxes in zip(STREET.items(), answers):
                more_found, more_wrong = judge(boxes, people, NOT_JUDGED.get(number, ()))
                found, wrong = found + more_found, wrong + more_wrong
            yield threshold, "vtest.avi, 8 frames", found, sum(map(len, STREET.values())), wrong
            found, wrong = judge(detect(headway, models, indoors, [0], threshold, folder)[0], INDOORS)
            yield threshold, "basketball1.png", found, len(INDOORS), wrong


def main():
    print("| threshold | pictures | found | recall | wrong boxes | precision |\n|---|---|---|---|---|---|")
    for threshold, what, found, there, wrong in measure(sys.argv[1], sys.argv[2]):
        precision = found / (found + wrong) if found + wrong else 1
        print(f"| {threshold} | {what} | {found} of {there} | {found / there:.2f} | {wrong} | {precision:.2f} |")


if __name__ == "__main__":
    main()
