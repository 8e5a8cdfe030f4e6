# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run extract_clip` on a real clip, judged by ffmpeg: packets, pictures, times.

Usage: test_extract_clip.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import subprocess
import sys

import program
from program import EX_DATA, EX_MEDIA, EX_NOINPUT

START, END, FPS = 10, 13.5, 20
FRAMES = 70


def extract(c, *flags, **changes):
    spec = {"type": "extract_clip", "input": c.clip, "output": c.out("film.mp4"), "start": START, "end": END}
    spec.update(changes)
    path = c.out("spec.json")
    with open(path, "w") as f:
        json.dump({k: v for k, v in spec.items() if v is not None}, f)
    return subprocess.run([c.headway, "run", "--spec", path, *flags], capture_output=True, text=True, timeout=120,
                          env=c.environment())


def result(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])["result"]


def packets(path, stream):
    out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", stream, "-show_packets", "-show_data_hash", "md5",
                          "-show_entries", "packet=pts_time,data_hash,flags", "-of", "json", path],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out)["packets"]


def frame_times(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of",
                          "csv=p=0", path], capture_output=True, text=True, check=True).stdout
    return [float(line.strip(",")) for line in out.split()]


def psnr(c, path, frames):
    """Of the worst frame, against the source decoded from its beginning."""
    log = c.out("psnr.log")
    graph = (f"[0:v]trim=start_frame={START * FPS}:end_frame={START * FPS + frames},setpts=N/TB/{FPS}[a];"
             f"[1:v]setpts=N/TB/{FPS}[b];[a][b]psnr=stats_file={log}")
    subprocess.run(["ffmpeg", "-v", "error", "-i", c.clip, "-i", path, "-lavfi", graph, "-f", "null", "-"], check=True)
    with open(log) as f:
        lines = f.read().splitlines()
    os.remove(log)
    assert len(lines) == frames, len(lines)
    return min(float(line.split("psnr_avg:")[1].split()[0].replace("inf", "99")) for line in lines)


def near(a, b, tolerance):
    assert abs(a - b) <= tolerance, (a, b)


def moved(copy, source, by):
    """How many packets of the copy are not the source's, bit for bit, at the same distance."""
    there = {}
    for p in source:
        there.setdefault(p["data_hash"], []).append(float(p["pts_time"]))
    return sum(not any(abs(at - float(p["pts_time"]) - by) < 0.002 for at in there.get(p["data_hash"], []))
               for p in copy)


def test_the_packets_are_the_sources_and_keep_their_distance(c):
    c.clear()
    r = result(extract(c, "--json"))
    assert r["frames"] == FRAMES and r["bytes"] == os.path.getsize(c.out("film.mp4")), r
    near(r["duration_s"], END - START, 1e-6)
    assert r["data"]["mode"] == "copy", r
    near(r["data"]["keyframe_offset_s"], START - 7.25, 1e-6)
    video, sound = packets(c.out("film.mp4"), "v:0"), packets(c.out("film.mp4"), "a:0")
    # The first picture carries the encoder's version, without which this 4:4:4 clip decodes to green.
    assert moved(video[1:], packets(c.clip, "v:0"), START) == 0
    assert len(sound) > 100 and moved(sound, packets(c.clip, "a:0"), START) == 0
    near(float(video[0]["pts_time"]), 7.25 - START, 1e-3)
    assert c.leftovers() == ["film.mp4"], c.leftovers()


def test_a_player_shows_exactly_the_range(c):
    times = frame_times(c.out("film.mp4"))
    assert len(times) == FRAMES, len(times)
    near(times[0], 0, 1e-3)
    near(times[-1], END - START - 1 / FPS, 1e-3)
    assert psnr(c, c.out("film.mp4"), FRAMES) == 99


def test_picture_and_sound_stay_together(c):
    """Every second one white frame and a click: where they are in the copy and in the exact cut."""
    c.clear()
    source, film = c.out("flash.mp4"), c.out("film.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                    "color=black:size=160x90:rate=25,geq=lum='if(mod(N,25),16,235)':cb=128:cr=128", "-f", "lavfi", "-i",
                    "aevalsrc='if(lt(mod(t,1),0.02),sin(6283*t),0)':s=48000", "-t", "10", "-c:v", "libx264", "-g", "60",
                    "-c:a", "aac", source], check=True)
    for copy_codec in (True, False):
        r = result(extract(c, "--json", input=source, start=4.4, end=8.2, copy_codec=copy_codec))
        assert r["frames"] == 95 and r["data"]["mode"] == ("copy" if copy_codec else "cut"), r
        gray = subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray",
                               "-"], capture_output=True, check=True).stdout
        flashes = [i / 25 for i, level in enumerate(gray) if level > 128]
        assert len(gray) == 95 and len(flashes) == 4, (len(gray), flashes)
        pcm = subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-ac", "1", "-ar", "48000", "-f", "s16le", "-"],
                             capture_output=True, check=True).stdout
        samples = memoryview(pcm).cast("h")
        near(len(samples) / 48000, 3.8, 1 / 25)
        for flash, expected in zip(flashes, (0.6, 1.6, 2.6, 3.6)):
            near(flash, expected, 1e-6)
            near_it = range(round((flash - 0.2) * 48000), round((flash + 0.2) * 48000))
            click = next(i for i in near_it if abs(samples[i]) > 3000) / 48000
            near(click, flash, 0.004)


def test_the_index_stands_in_front(c):
    with open(c.out("film.mp4"), "rb") as f:
        data = f.read()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_an_exact_cut_encodes_only_what_must_be(c):
    c.clear()
    r = result(extract(c, "--json", start=START, end=14, copy_codec=False))
    assert r["data"]["mode"] == "encode" and r["frames"] == 80, r  # no keyframe behind 7.25 s
    assert psnr(c, c.out("film.mp4"), 80) > 40
    r = result(extract(c, "--json", start=6.5, end=9, copy_codec=False))
    assert r["data"] == {"mode": "cut", "start_s": 6.5, "keyframe_offset_s": 0, "frames_encoded": 15}, r
    video = packets(c.out("film.mp4"), "v:0")
    assert moved(video, packets(c.clip, "v:0"), 6.5) == 15 + 1  # and the one with the version
    assert len(frame_times(c.out("film.mp4"))) == 50
    assert all(float(p["pts_time"]) >= 0 for p in video), "hidden pictures in front"


def test_the_percent_never_falls(c):
    c.clear()
    last = 0
    for line in extract(c, "--json").stdout.splitlines():
        now = json.loads(line)["percent"]
        assert now >= last, (last, now)
        last = now
    assert last == 100, last


def test_bad_input_is_said_in_one_sentence(c):
    c.clear()
    text = c.out("text.mp4")
    with open(text, "w") as f:
        f.write("no video\n")
    for changes, code, expected in [
        ({"start": 5, "end": 5}, EX_DATA, "end: must be greater than start (5), got 5"),
        ({"start": 14, "end": None}, EX_DATA, "start: 14 s is not before the end of the source, which lasts 14 s"),
        ({"start": 1, "end": 15}, EX_DATA, "end: 15 s is behind the end of the source, which lasts 14 s"),
        ({"input": c.out("gone.mp4")}, EX_NOINPUT, "gone.mp4"),
        ({"input": text}, EX_MEDIA, "not a video file"),
        ({"begin": 1}, EX_DATA, "begin"),
    ]:
        done = extract(c, **changes)
        assert done.returncode == code and expected in done.stderr, (changes, done.returncode, done.stderr)
        assert c.leftovers() == ["text.mp4"], (changes, c.leftovers())


def test_the_example_runs(c):
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "examples", "extract_clip.json")) as f:
        example = json.load(f)
    c.clear()
    r = result(extract(c, "--json", start=example["start"], end=example["end"]))
    assert r["frames"] == round((example["end"] - example["start"]) * FPS), r


if __name__ == "__main__":
    program.main(sys.modules[__name__])
