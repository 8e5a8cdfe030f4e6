# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run annotate_compilation` on real clips: pictures, cards, sound, table, and what can go wrong.

Usage: test_annotate.py HEADWAY ASSETS. Speaks TAP.
"""
import array
import json
import os
import signal
import shutil
import subprocess
import sys
import tempfile
import time

import program
from program import EX_CANCELLED, EX_DATA, EX_MEDIA, EX_NOINPUT, wait_for_units

COLOURS = {1: (0xC6, 0x28, 0x28), 2: (0xF9, 0xA8, 0x25), 3: (0x15, 0x65, 0xC0), 4: (0x2E, 0x7D, 0x32), 5: (0x66, 0xBB, 0x6A)}
SOURCE = os.path.join(tempfile.mkdtemp(prefix="headway-source-"), "source.mp4")  # made by some tests
W, H, FPS = 1280, 720, 20  # of the sample
MARGIN = 29  # of the card from the left and the bottom: 4 % of the height


def spec(c, clips, **changes):
    return dict({"type": "annotate_compilation", "input": c.clip, "output": c.out("film.mp4"), "clips": clips}, **changes)


def command(c, what, *flags):
    with open(c.out("spec.json"), "w") as f:
        json.dump(what, f)
    return [c.headway, "run", "annotate_compilation", "--spec", c.out("spec.json"), *flags]


def run(c, what, *flags):
    c.clear()
    return subprocess.run(command(c, what, *flags), capture_output=True, text=True, timeout=120, env=c.environment())


def film_of(c, what):
    done = run(c, what, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ffmpeg(*arguments):
    return subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, capture_output=True).stdout


def probe(path, entries, stream="v:0"):
    out = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", stream, "-show_entries", entries,
                          "-of", "json", path], capture_output=True, text=True, check=True).stdout
    return json.loads(out)["streams"][0]


def frame(path, number, pixel_format, width=W, height=H):
    """One frame as bytes."""
    data = ffmpeg("-i", path, "-vf", f"select=eq(n\\,{number})", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", pixel_format, "-")
    assert len(data) == width * height * (3 if pixel_format == "rgb24" else 1), len(data)
    return data


def table(c):
    with open(c.out("film.tsv"), encoding="utf-8", newline="") as f:
        head, *rows = f.read().rstrip("\n").split("\n")
    return [dict(zip(head.split("\t"), row.split("\t"))) for row in rows]


# ---- the film ----

def test_each_clip_has_its_frames_to_the_frame_at_the_sources_size_and_rate(c):
    film_of(c, spec(c, [{"start": 10, "end": 10.6}, {"start": 10.6, "end": 11.1}, {"start": 2, "end": 2.35}]))
    video = probe(c.out("film.mp4"), "stream=width,height,nb_read_packets,r_frame_rate,duration")
    assert (video["width"], video["height"], video["r_frame_rate"]) == (W, H, f"{FPS}/1"), video
    assert int(video["nb_read_packets"]) == 12 + 10 + 7, video
    sound = probe(c.out("film.mp4"), "stream=codec_name,duration", "a:0")
    assert abs(float(sound["duration"]) - float(video["duration"])) < 0.05, (sound, video)
    assert c.leftovers() == ["film.mp4", "film.tsv"], c.leftovers()


def test_the_pictures_are_those_of_the_source(c):
    """Above the card, against the frames of the source by number: 10 s, 10.6 s and 2 s are 200, 212 and 40."""
    for shown, source in (((0, 11, 12, 21), (200, 211, 212, 221)), ((22, 28), (40, 46))):
        def pick(frames):
            wanted = "+".join(f"eq(n\\,{n})" for n in frames)
            return f"select={wanted},setpts=N,crop={W}:400:0:0,format=yuv420p"

        compare = f"[0:v]{pick(shown)}[a];[1:v]{pick(source)}[b];[a][b]psnr=stats_file=-"
        log = ffmpeg("-i", c.out("film.mp4"), "-i", c.clip, "-lavfi", compare, "-vsync", "passthrough", "-f", "null", "-").decode()
        psnr = [float(line.split("psnr_avg:")[1].split()[0]) for line in log.splitlines()]
        assert len(psnr) == len(shown) and min(psnr) > 33, (shown, source, psnr)


def test_sound_and_picture_are_in_step_in_every_clip(c):
    ffmpeg("-f", "lavfi", "-i", "color=black:s=320x240:r=25,drawbox=c=white:t=fill:enable='eq(n,25)+eq(n,62)'", "-f", "lavfi", "-i",
           "aevalsrc='sin(6283*t)*(between(t,1,1.04)+between(t,2.48,2.52))':s=48000", "-t", "4", "-c:v", "libx264", "-c:a", "aac",
           SOURCE)
    film_of(c, spec(c, [{"start": 2, "end": 3, "rating": 1}, {"start": 0.52, "end": 1.52}], input=SOURCE))
    light = ffmpeg("-i", c.out("film.mp4"), "-vf", "crop=320:100:0:0,scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    assert [i for i, value in enumerate(light) if value > 128] == [12, 37], list(light)
    pcm = array.array("h", ffmpeg("-i", c.out("film.mp4"), "-f", "s16le", "-ac", "1", "-ar", "48000", "-"))
    for at in (12, 37):
        around = range((at - 6) * 1920, (at + 6) * 1920)
        onset = next(i for i in around if abs(pcm[i]) > 6000)
        assert abs(onset - at * 1920) < 480, (at, onset / 1920)


def test_an_odd_size_and_another_colour_matrix_make_a_film(c):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=321x241:r=30", "-t", "1", "-c:v", "libx264", "-pix_fmt", "yuv444p", "-colorspace",
           "smpte170m", SOURCE)
    film_of(c, spec(c, [{"start": 0.5, "end": 1}], input=SOURCE))
    video = probe(c.out("film.mp4"), "stream=width,height,nb_read_packets")
    assert (video["width"], video["height"], int(video["nb_read_packets"])) == (320, 240, 15), video


# ---- the card ----

def test_the_card_is_drawn_inside_its_border_and_nothing_else_is_changed(c):
    film_of(c, spec(c, [{"start": 10, "end": 10.3, "rating": 5, "name": "100 % \"sure\": a\\b", "notes": "\u05e9\u05dc\u05d5\u05dd \U0001F99C"}]))
    rgb, after = frame(c.out("film.mp4"), 3, "rgb24"), frame(c.out("film.mp4"), 3, "gray")
    before = frame(c.clip, 203, "gray")

    def is_border(x, y):
        at = 3 * (y * W + x)
        return all(abs(rgb[at + k] - COLOURS[5][k]) < 28 for k in range(3))

    left, bottom = MARGIN, H - MARGIN - 1
    right = next(x for x in range(W - 1, left, -1) if all(is_border(x, bottom - 6 - d) for d in (0, 5, 10)))
    top = next(y for y in range(0, bottom) if all(is_border(left + 6 + d, y) for d in (0, 5, 10)))
    assert right - left > 150 and bottom - top > 50, (left, top, right, bottom)
    outside = inside = n_outside = n_inside = 0
    for y in range(0, H, 2):
        for x in range(0, W, 2):
            difference = abs(before[y * W + x] - after[y * W + x])
            if left <= x <= right and top <= y <= bottom:
                inside, n_inside = inside + difference, n_inside + 1
            elif not (left - 3 <= x <= right + 3 and top - 3 <= y <= bottom + 3):
                outside, n_outside = outside + difference, n_outside + 1
    assert outside / n_outside < 2.5, outside / n_outside
    assert inside / n_inside > 25, inside / n_inside


def test_the_words_change_the_card_and_only_the_card(c):
    pictures = []
    for notes in ("one two three", "six seven ten"):
        film_of(c, spec(c, [{"start": 10, "end": 10.3, "rating": 2, "name": "the same", "notes": notes}]))
        pictures.append(frame(c.out("film.mp4"), 0, "gray"))
    changed = [i for i in range(W * H) if abs(pictures[0][i] - pictures[1][i]) > 24]
    assert len(changed) > 100, len(changed)
    assert all(i % W < W // 2 and i // W > H * 3 // 4 for i in changed)


def test_the_border_has_the_colour_of_the_rating(c):
    film_of(c, spec(c, [{"start": 10 + k * 0.2, "end": 10.2 + k * 0.2, "rating": k + 1, "name": "rated"} for k in range(5)]))
    for k in range(5):
        rgb = frame(c.out("film.mp4"), 4 * k + 2, "rgb24")
        row = [3 * ((H - MARGIN - 2) * W + x) for x in range(MARGIN + 10, MARGIN + 60)]
        mean = [sum(rgb[at + channel] for at in row) / len(row) for channel in range(3)]
        assert all(abs(mean[i] - COLOURS[k + 1][i]) < 16 for i in range(3)), (k + 1, mean)


# ---- progress and result ----

def test_percent_never_falls_and_the_clip_is_told(c):
    seen = film_of(c, spec(c, [{"start": 0, "end": 1.5}, {"start": 1.5, "end": 3}, {"start": 0.5, "end": 2}]))
    percents = [s["percent"] for s in seen]
    assert percents == sorted(percents) and percents[-1] == 100, percents
    messages = {s["message"] for s in seen if "message" in s}
    assert any(m.startswith("Processing clip ") and "/3: frame " in m and m.endswith("/90") for m in messages), messages
    phases = {p["phase"]: p for p in seen[-1]["phases"]}
    assert phases["process"]["done"] == phases["process"]["total"] == 90 and "merge" not in phases, phases


def test_skipped_clips_are_reported_and_the_others_shown(c):
    clips = [{"start": 10, "end": 10.2, "name": "first"}, {"start": 20, "end": 21, "name": "too late"}, {"start": 12, "end": 12.2},
             {"start": 13, "end": 15}]
    seen = film_of(c, spec(c, clips))
    assert int(probe(c.out("film.mp4"), "stream=nb_read_packets")["nb_read_packets"]) == 8
    data = seen[-1]["result"]["data"]
    assert (data["clips"], data["skipped_count"]) == (2, 2), data
    assert [s["clip"] for s in data["skipped"]] == [2, 4] and "14 s" in data["skipped"][0]["reason"], data
    rows = table(c)
    assert [bool(r["skipped"]) for r in rows] == [False, True, False, True], rows


def test_the_table_tells_every_clip(c):
    film_of(c, spec(c, [{"start": 10, "end": 10.2, "rating": 1, "name": "tab\there", "notes": "line\nend \\ ä\u05e9", "tags": ["a", "b c"]},
                        {"start": 12, "end": 12.5}]))
    rows = table(c)
    assert rows[0]["name"] == "tab\\there" and rows[0]["notes"] == "line\\nend \\\\ ä\u05e9" and rows[0]["tags"] == "a, b c", rows
    assert (rows[0]["notation"], rows[1]["notation"], rows[1]["rating"], rows[1]["name"]) == ("??", "!?", "3", ""), rows
    assert [float(rows[1][k]) for k in ("start_s", "end_s", "film_start_s", "film_duration_s")] == [12, 12.5, 0.2, 0.5], rows


# ---- what can go wrong ----

def fails(c, done, code, *words):
    assert done.returncode == code, (done.returncode, done.stderr)
    error = [line for line in done.stderr.splitlines() if line.startswith("headway: error: ")]
    assert len(error) == 1 and all(word in error[0] for word in words), done.stderr
    assert not [f for f in c.leftovers() if f.startswith("film")], c.leftovers()


def test_when_no_clip_can_be_read_it_is_an_error(c):
    fails(c, run(c, spec(c, [{"start": 20, "end": 21}, {"start": 30, "end": 31}])), EX_MEDIA, "none of the 2 clips", "behind the end")


def test_bad_clips_are_named(c):
    good = {"start": 1, "end": 2}
    for clips, words in (([dict(good, rating=9)], ("clips[0].rating", "1 to 5", "got 9")),
                         ([good, {"start": 3, "end": 2}], ("clips[1].end", "greater than start")),
                         ([], ("clips", "from 1 to 10000")),
                         ([good] * 10001, ("clips", "from 1 to 10000", "10001")),
                         ([dict(good, nme="x")], ("clips[0]", "nme")),
                         ([{"start": 1}], ("clips[0].end", "required"))):
        fails(c, run(c, spec(c, clips)), EX_DATA, *words)


def test_a_missing_source_is_named(c):
    fails(c, run(c, spec(c, [{"start": 1, "end": 2}], input="absent.mp4")), EX_NOINPUT, "absent.mp4")


def test_a_cancel_leaves_nothing(c):
    c.clear()
    process = subprocess.Popen(command(c, spec(c, [{"start": 0, "end": 14}]), "--json"), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=c.environment())
    wait_for_units(process, "process", 5)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == EX_CANCELLED and time.monotonic() - sent < 1.2, (process.returncode, err)
    assert c.leftovers() == [], c.leftovers()


if __name__ == "__main__":
    try:
        program.main(sys.modules[__name__])
    finally:
        shutil.rmtree(os.path.dirname(SOURCE), ignore_errors=True)
