# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run overlay`: is the spotlight where the keyframes say, are the words there, is the bar honest?

Usage: test_overlay.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import math
import os
import subprocess
import sys
import time

import program
from program import EX_CANCELLED, EX_DATA, EX_NOINPUT, wait_for_units

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 25, 4


def grey_clip(c, luma=116, seconds=SECONDS, size=(WIDTH, HEIGHT), name="grey.mp4"):
    """A still grey with noise that no encoder can drop entirely, and a tone."""
    path = c.out(name)
    source = f"color=gray:size={size[0]}x{size[1]}:rate={FPS}:duration={seconds},format=yuv420p,lutyuv=y={luma}:u=140:v=120"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i",
                    f"sine=frequency=440:sample_rate=48000:duration={seconds}", "-c:v", "libx264", "-preset", "ultrafast",
                    "-crf", "10", "-colorspace", "bt709", "-color_range", "tv", "-c:a", "aac", path], check=True)
    return path


def luma_frames(path, size=(WIDTH, HEIGHT)):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-vf",
                          "extractplanes=y", "-"], capture_output=True, check=True).stdout
    n = size[0] * size[1]
    return [raw[i:i + n] for i in range(0, len(raw), n)]


def mean(frame, wanted, width=WIDTH, height=HEIGHT):
    picked = [frame[y * width + x] for y in range(2, height, 5) for x in range(2, width, 5) if wanted(x + .5, y + .5)]
    return sum(picked) / len(picked)


def inside(cx, cy, rx, ry):
    return lambda x, y: math.hypot((x - cx) / rx, (y - cy) / ry) < 0.9


def outside(cx, cy, rx, ry):
    return lambda x, y: math.hypot((x - cx) / rx, (y - cy) / ry) > 1.1


def key(time, x, y, rx=80, ry=60, **more):
    return dict({"time": time, "x": x, "y": y, "radius_x": rx, "radius_y": ry}, **more)


def overlay(c, **changes):
    spec = {"type": "overlay", "input": c.out("grey.mp4"), "output": c.out("film.mp4"), "dim_strength": 0.5,
            "regions": [{"start": 1, "end": 3, "keyframes": [key(1, 150, 180), key(2, 450, 180), key(3, 450, 100)]}]}
    spec.update(changes)
    return {k: v for k, v in spec.items() if v is not None}


def make(c, spec, *flags):
    done = c.run(spec, *flags)
    assert done.returncode == 0, done.stderr
    return done


def probe(path, entries, stream="v:0"):
    out = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", stream, "-show_entries", entries,
                          "-of", "json", path], capture_output=True, text=True, check=True).stdout
    return json.loads(out)


# ---- the film ----

def test_the_film_has_all_frames_the_size_and_the_sound_of_its_source(c):
    c.clear()
    grey_clip(c)
    make(c, overlay(c))
    v = probe(c.out("film.mp4"), "stream=width,height,nb_read_packets,r_frame_rate,pix_fmt")["streams"][0]
    assert (v["width"], v["height"], v["r_frame_rate"], v["pix_fmt"]) == (WIDTH, HEIGHT, "25/1", "yuv420p"), v
    assert int(v["nb_read_packets"]) == FPS * SECONDS, v
    sound = probe(c.out("film.mp4"), "stream=duration", "a:0")["streams"][0]
    assert abs(float(sound["duration"]) - SECONDS) < 1 / FPS, sound
    assert c.leftovers() == ["film.mp4", "grey.mp4"], c.leftovers()


def test_the_spotlight_is_where_the_keyframes_say_and_only_then(c):
    frames = luma_frames(c.out("film.mp4"))
    assert len(frames) == FPS * SECONDS, len(frames)
    dim = 16 + (116 - 16) * 0.5
    places = {25: (150, 180), 50: (450, 180), 37: None, 60: None}
    for k, place in places.items():
        if place is None:  # the uniform Catmull-Rom between the keyframes
            x = [150, 150, 450, 450] if k < 50 else [150, 450, 450, 450]
            y = [180, 180, 180, 100] if k < 50 else [180, 180, 100, 100]
            u = (k - 25) / 25 if k < 50 else (k - 50) / 25
            place = tuple(p[1] + .5 * u * (p[2] - p[0] + u * (2 * p[0] - 5 * p[1] + 4 * p[2] - p[3] + u * (
                3 * p[1] - p[0] - 3 * p[2] + p[3]))) for p in (x, y))
        assert abs(mean(frames[k], inside(*place, 80, 60)) - 116) < 2, (k, place)
        assert abs(mean(frames[k], outside(*place, 80, 60)) - dim) < 2, (k, place)
    for k in (0, 24, 75, 99):
        assert abs(mean(frames[k], lambda x, y: True) - 116) < 2, k


def test_the_exit_fades_with_the_square_of_what_is_left(c):
    frames = luma_frames(c.out("film.mp4"))
    for k in (69, 71, 73):
        left = min(1, (3 - k / FPS) / 0.25)
        expected = 16 + 100 * (1 - 0.5 * left ** 2)
        got = mean(frames[k], outside(450, 110, 80, 70))
        assert abs(got - expected) < 2.5, (k, got, expected)


def test_a_brightness_boost_lifts_the_inside_and_nothing_else(c):
    c.clear()
    grey_clip(c)
    make(c, overlay(c, effect="brightness_boost", trim={"start": 1, "end": 2},
                    regions=[{"start": 0, "end": 1, "keyframes": [key(0, 300, 200, fill_opacity=0.4, stroke_opacity=0)]}]))
    frames = luma_frames(c.out("film.mp4"))
    assert len(frames) == FPS, len(frames)
    assert abs(mean(frames[5], inside(300, 200, 80, 60)) - 156) < 2
    assert abs(mean(frames[5], outside(300, 200, 80, 60)) - 116) < 2


def test_positions_for_another_frame_size_are_rescaled(c):
    c.clear()
    grey_clip(c)
    make(c, overlay(c, video_width=WIDTH * 2, video_height=HEIGHT * 3, trim={"end": 1},
                    regions=[{"start": 0, "end": 1, "keyframes": [key(0, 800, 540, 200, 240, stroke_opacity=0)]}]))
    frame = luma_frames(c.out("film.mp4"))[3]
    assert abs(mean(frame, inside(400, 180, 100, 80)) - 116) < 2
    assert abs(mean(frame, outside(400, 180, 100, 80)) - 66) < 2


def test_on_real_video_the_outside_is_darker_and_the_inside_the_same(c):
    c.clear()
    make(c, overlay(c, input=c.clip, trim={"start": 12, "end": 12.6}, dim_strength=0.6,
                    regions=[{"start": 0, "end": 2, "keyframes": [key(0.5, 1110, 260, 150, 230)]}]))
    film = luma_frames(c.out("film.mp4"), (1280, 720))[10]
    still = subprocess.run(["ffmpeg", "-v", "error", "-i", c.clip, "-vf", "select=eq(n\\,250),extractplanes=y", "-frames:v",
                            "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    spots = {inside(1110, 260, 150, 230): 1, outside(1110, 260, 150, 230): 0.4}
    for where, factor in spots.items():
        got, was = mean(film, where, 1280, 720), mean(still, where, 1280, 720)
        assert abs(got - (16 + (was - 16) * factor)) < 2, (factor, got, was)


def test_words_are_drawn_in_their_place_at_their_time(c):
    c.clear()
    grey_clip(c)
    text = {"start": 1, "end": 2, "text": "50 %: \"it's\" \\ שלום 🏀", "x": 320, "y": 300, "size": 30, "align": "center"}
    make(c, overlay(c, regions=None, texts=[text]))
    frames = luma_frames(c.out("film.mp4"))
    for k in (24, 50):
        assert abs(mean(frames[k], lambda x, y: True) - 116) < 1, k
    words = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if abs(frames[30][y * WIDTH + x] - 116) > 40]
    assert len(words) > 400, len(words)
    left, right = min(x for x, _ in words), max(x for x, _ in words)
    assert abs((left + right) / 2 - 320) < 8 and right - left > 150, (left, right)
    assert min(y for _, y in words) >= 298 and max(y for _, y in words) < 345, words


def packets(path, streams):
    out = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", streams, "-c", "copy", "-f", "streamhash", "-hash",
                          "md5", "-"], capture_output=True, text=True, check=True).stdout
    return sorted(out.splitlines())


def test_where_nothing_is_drawn_the_packets_are_copied_untouched(c):
    c.clear()
    make(c, overlay(c, input=c.clip, regions=[{"start": 0, "end": 1}]))
    assert packets(c.out("film.mp4"), "0") == packets(c.clip, "0")
    grey_clip(c)
    make(c, overlay(c, regions=[]))
    assert packets(c.out("film.mp4"), "0") == packets(c.out("grey.mp4"), "0")


# ---- the progress ----

def watch(c, spec):
    """The snapshots of an export, each with the seconds since it began; and those it took."""
    begin = time.monotonic()
    process = c.start(spec, "--json")
    seen = []
    while line := process.stdout.readline():
        seen.append((time.monotonic() - begin, json.loads(line)))
    assert process.wait() == 0, process.stderr.read()
    return seen, seen[-1][0]


def test_percent_never_falls_and_the_counts_are_the_plans(c):
    c.clear()
    grey_clip(c)
    seen, _ = watch(c, overlay(c))
    percents = [s["percent"] for _, s in seen]
    assert percents == sorted(percents) and percents[-1] == 100, percents
    phases = {p["phase"]: p for p in seen[-1][1]["phases"]}
    assert phases["process"]["done"] == phases["process"]["total"] == FPS * SECONDS, phases
    assert phases["encode"]["done"] == FPS * SECONDS, phases
    assert "overlay" not in phases and "upload" in phases, phases


def test_a_worker_tells_its_frames_by_cost_class(c):
    c.clear()
    grey_clip(c)
    done = subprocess.run([c.headway, "worker"], input=json.dumps(overlay(c)), capture_output=True, text=True, timeout=120)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    plan = next(p for line in lines if line["ev"] == "plan" for p in line["plan"] if p["phase"] == "process")
    assert plan["classes"] == {"outside": 50, "inside": 50}, plan
    told = {line["class"] for line in lines if line["ev"] == "progress" and line["phase"] == "process"}
    assert told <= {"inside", "outside"} and told, told


def test_the_bar_is_honest_on_a_long_video_with_one_region(c):
    c.clear()
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "2", "-i", c.clip, "-t", "30", "-s", "384x216", "-c:v",
                    "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p", "-c:a", "aac", c.out("long.mp4")],
                   check=True)
    seen, total = watch(c, overlay(c, input=c.out("long.mp4"), regions=[
        {"start": 20, "end": 22.5, "keyframes": [key(20, 100, 100), key(22.5, 200, 100)]}]))
    errors = [abs(s["percent"] / 100 - t / total) for t, s in seen]
    gaps = [b[0] - a[0] for a, b in zip(seen, seen[1:])]
    assert max(gaps) < 5, max(gaps)
    assert all(s["message"] for _, s in seen if "message" in s), seen
    print(f"# mean |shown - elapsed/total| {sum(errors) / len(errors):.4f} over {total:.1f} s")
    # bench/honesty.sh measures it on a machine of its own; here others may come and go meanwhile.
    assert sum(errors) / len(errors) <= 0.2, (sum(errors) / len(errors), total)


# ---- what can go wrong ----

def fails(c, done, code, *words):
    assert done.returncode == code, (done.returncode, done.stderr)
    error = [line for line in done.stderr.splitlines() if line.startswith("headway: error: ")]
    assert len(error) == 1, done.stderr
    for word in words:
        assert word in error[0], error[0]
    assert not os.path.exists(c.out("film.mp4")), "a partial film is left"
    assert not [f for f in c.leftovers() if "part" in f], c.leftovers()


def test_bad_regions_are_named(c):
    c.clear()
    grey_clip(c)
    rows = [
        ([{"start": 2, "end": 1}], "regions[0].end: must be greater than start"),
        ([{"start": 1, "end": 1}], "regions[0].end"),
        ([{"start": 0, "end": 2}, {"start": 1, "end": 3}], "regions[1].start"),
        ([{"start": 0, "end": 1, "keyframes": [key(1.05, 1, 1)]}], "regions[0].keyframes[0].time"),
        ([{"start": 0, "end": 1, "keyframes": [key(1, 1, 1, rx=0)]}], "regions[0].keyframes[0].radius_x"),
        ([{"start": 0, "end": 1, "keyframes": [key(1, 1, 1, color="red")]}], "regions[0].keyframes[0].color"),
        ([{"start": 9, "end": 10, "keyframes": [key(9, 1, 1)]}], "regions[0].start: must be before the clip's end (4)"),
    ]
    for regions, word in rows:
        fails(c, c.run(overlay(c, regions=regions)), EX_DATA, word)


def test_other_bad_fields_are_named(c):
    c.clear()
    grey_clip(c)
    fails(c, c.run(overlay(c, effect="blur")), EX_DATA, "effect:", "brightness_boost")
    fails(c, c.run(overlay(c, trim={"start": 9})), EX_DATA, "trim.start")
    fails(c, c.run(overlay(c, texts=[{"start": 5, "end": 6, "text": "x", "x": 0, "y": 0}])), EX_DATA, "texts[0].start")
    fails(c, c.run(overlay(c, input=c.out("absent.mp4"))), EX_NOINPUT, "absent.mp4")


def test_a_cancel_stops_everything_within_a_second(c):
    c.clear()
    grey_clip(c, seconds=6, size=(1280, 720))
    process = c.start(overlay(c), "--json")
    wait_for_units(process, "process", 3)
    begin = time.monotonic()
    process.terminate()
    out, err = process.communicate()
    assert time.monotonic() - begin < 1.5, time.monotonic() - begin
    fails(c, subprocess.CompletedProcess([], process.returncode, out, err), EX_CANCELLED, "cancelled")


if __name__ == "__main__":
    program.main(sys.modules[__name__], "overlay")
