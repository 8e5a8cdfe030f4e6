# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run multi_clip`: what is seen and heard at every joint, the progress, and what can go wrong.

Usage: test_multi_clip.py HEADWAY ASSETS. Speaks TAP. The sources are made of one colour each, or of flashes with
clicks, so that a frame or a sample tells where it comes from.
"""
import array
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import program
from program import CROP, EX_CANCELLED, EX_DATA, EX_MEDIA, EX_NOINPUT, alive, wait_for_units, wait_for_worker

FPS = 25
SIZE = {"width": 160, "height": 120}
material = tempfile.TemporaryDirectory(prefix="headway-material-")

RED = "-f lavfi -i color=0xC04030:size=320x240:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 -t 2"
BLUE = "-f lavfi -i color=0x3060C0:size=320x240:rate=25 -f lavfi -i sine=frequency=880:sample_rate=48000 -t 2"
GREEN = "-f lavfi -i color=0x30A040:size=320x240:rate=25 -f lavfi -i sine=frequency=660:sample_rate=48000 -t 2"
# A white frame and a click every 0.4 s, the first at 0.16 s.
FLASH = ("-f lavfi -i color=black:size=320x240:rate=25,drawbox=color=white:t=fill:enable='eq(mod(n\\,10)\\,4)' "
         "-f lavfi -i aevalsrc='if(lt(mod(t+0.24\\,0.4)\\,0.01)\\,0.8*sin(2*PI*2000*t)\\,0)':s=48000:d=4 -t 4 -c:a pcm_s16le")


def made(name, arguments):
    path = os.path.join(material.name, name)
    if not os.path.exists(path):
        subprocess.run(["ffmpeg", "-v", "error", "-y", *[a.replace("'", "") for a in arguments.split()],
                        *("-c:v libx264 -preset veryfast -g 10 -pix_fmt yuv420p".split() if "-c:v" not in arguments else []),
                        path], check=True)
    return path


def red(**fields):
    return dict({"input": made("red.mp4", RED)}, **fields)


def blue(**fields):
    return dict({"input": made("blue.mp4", BLUE)}, **fields)


def green(**fields):
    return dict({"input": made("green.mp4", GREEN)}, **fields)


def flash(**fields):
    return dict({"input": made("flash.mov", FLASH)}, **fields)


def spec(c, clips, transition=None, duration=None, **changes):
    s = {"type": "multi_clip", "output": c.out("film.mp4"), "clips": clips, "output_size": SIZE, "model": "animevideov3"}
    if transition:
        s["transition"] = {"type": transition}
        if duration is not None:
            s["transition"]["duration"] = duration
    return dict(s, **changes)


def write_spec(c, s):
    with open(c.out("spec.json"), "w") as f:
        json.dump(s, f)
    return [c.headway, "run", "multi_clip", "--spec", c.out("spec.json")]


def run(c, s, *flags):
    return subprocess.run([*write_spec(c, s), *flags], capture_output=True, text=True, timeout=120, env=c.environment())


def film(c, s):
    c.clear()
    done = run(c, s)
    assert done.returncode == 0, done.stderr
    return c.out("film.mp4")


def probe(path, *what):
    out = subprocess.run(["ffprobe", "-v", "error", *what, "-of", "json", path], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def colours(path):
    """The mean (Y, Cb, Cr) of each frame."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vf", "scale=1:1:flags=area", "-f", "rawvideo",
                          "-pix_fmt", "yuv444p", "-"], capture_output=True, check=True).stdout
    return [tuple(raw[i:i + 3]) for i in range(0, len(raw), 3)]


def sound(path):
    """The first channel at 48 kHz."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vn", "-ac", "1", "-ar", "48000", "-f", "f32le", "-"],
                         capture_output=True, check=True).stdout
    return array.array("f", raw)


def level(samples, at_s, for_s=0.02):
    part = samples[int(at_s * 48000):int((at_s + for_s) * 48000)]
    return (sum(x * x for x in part) / len(part)) ** 0.5


def bt709(rgb):
    """(Y, Cb, Cr) of a colour, by ITU-R BT.709-6 in limited range."""
    r, g, b = rgb >> 16, rgb >> 8 & 255, rgb & 255
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return 16 + 219 / 255 * y, 128 + 224 / 255 * (b - y) / 1.8556, 128 + 224 / 255 * (r - y) / 1.5748


def near(a, b, tolerance=2):
    return all(abs(x - y) <= tolerance for x, y in zip(a, b))


def frames_and_durations(path):
    p = probe(path, "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets,duration:format=duration")
    video = next(s for s in p["streams"] if s.get("codec_type") == "video")
    audio = next(s for s in p["streams"] if s.get("codec_type") == "audio")
    return int(video["nb_read_packets"]), float(video["duration"]), float(audio["duration"])


# ---- the film ----

def test_durations_are_exact_to_one_frame(c):
    clips = [red(), blue(trim={"start": 0.4, "end": 1.6}), green(source_range={"start": 1})]
    for transition, duration, frames in ((None, None, 105), ("cut", 1, 105), ("fade", 0.4, 105), ("dissolve", 0.4, 85),
                                         ("dissolve", 0.6, 75)):
        got, video_s, audio_s = frames_and_durations(film(c, spec(c, clips, transition, duration)))
        assert got == frames, (transition, got)
        assert abs(video_s - frames / FPS) < 0.001 and abs(audio_s - video_s) <= 1 / FPS, (transition, video_s, audio_s)
    assert c.leftovers() == ["film.mp4"], c.leftovers()


def test_a_cut_changes_from_one_frame_to_the_next(c):
    seen = colours(film(c, spec(c, [red(), blue()])))
    assert near(seen[49], seen[5]) and near(seen[50], seen[95]), seen[48:52]
    assert not near(seen[49], seen[50], 20)


def test_a_dissolve_is_the_mean_of_both_at_its_middle(c):
    seen = colours(film(c, spec(c, [red(), blue(), green()], "dissolve", 0.36)))  # 9 frames
    for first, before, after in ((41, 5, 70), (82, 70, 120)):
        mean = [(a + b) / 2 for a, b in zip(seen[before], seen[after])]
        assert near(seen[first + 4], mean), (seen[first + 4], mean)
        assert near(seen[first - 1], seen[before]) and near(seen[first + 9], seen[after])
        quarter = [a * 0.75 + b * 0.25 for a, b in zip(seen[before], seen[after])]
        assert near([(a + b) / 2 for a, b in zip(seen[first + 1], seen[first + 2])], quarter, 3), first


def test_a_fade_is_black_in_its_middle(c):
    seen = colours(film(c, spec(c, [red(), blue()], "fade", 0.8)))
    assert near(seen[49], (16, 128, 128)) and near(seen[50], (16, 128, 128)), seen[48:52]
    assert near(seen[39], seen[5]) and near(seen[60], seen[90]), (seen[39], seen[60])
    assert near(seen[0], seen[5]) and near(seen[99], seen[90]), "outer edges do not fade"
    assert all(a[0] >= b[0] for a, b in zip(seen[38:50], seen[39:50])), seen[38:50]


def test_sound_fades_with_the_picture(c):
    heard = sound(film(c, spec(c, [red(), blue()], "fade", 0.8)))
    full = level(heard, 0.5)
    assert level(heard, 1.99) < 0.06 * full and abs(level(heard, 1.78) / full - 0.52) < 0.08, (full, level(heard, 1.78))
    heard = sound(film(c, spec(c, [red(), red()], "dissolve", 1)))
    assert abs(level(heard, 0.5) / full - 1) < 0.05 and abs(level(heard, 2.5) / full - 1) < 0.05
    heard = sound(film(c, spec(c, [red(), blue()], "dissolve", 1)))  # two tones that know nothing of each other
    assert abs(level(heard, 1.49) / full - 0.5 ** 0.5) < 0.06, level(heard, 1.49) / full


def test_sound_and_picture_stay_together_over_every_cut(c):
    clips = [flash(trim={"start": 0.12, "end": 1.32}), flash(trim={"start": 1.0, "end": 2.04}),
             flash(trim={"start": 2.3, "end": 3.7}, segments=[{"start": 2.3, "end": 3, "speed": 2}]),
             flash(trim={"start": 0.5, "end": 1.1})]
    for transition, duration in ((None, None), ("dissolve", 0.2)):
        path = film(c, spec(c, clips, transition, duration))
        seen, heard = colours(path), sound(path)
        flashes = [k / FPS for k, y in enumerate(seen) if y[0] > 180 and seen[k - 1][0] <= 180]
        clicks = []
        for i, x in enumerate(heard):
            if abs(x) > 0.3 and (not clicks or i / 48000 - clicks[-1] > 0.06):
                clicks.append(i / 48000)
        assert len(flashes) >= 7, flashes
        assert all(any(a <= at <= b for at in flashes) for a, b in ((0, 1), (1.3, 2), (2.2, 3), (3, 3.9))), flashes
        for at in flashes:
            assert min(abs(at - click) for click in clicks) <= 1 / FPS, (transition, at, clicks)


def test_chapters_bear_the_names_of_the_clips(c):
    path = film(c, spec(c, [red(name="Anstoß: 1 %"), blue(), green(name="二")], "dissolve", 0.4))
    chapters = probe(path, "-show_chapters")["chapters"]
    assert [x["tags"]["title"] for x in chapters] == ["Anstoß: 1 %", "Clip 2", "二"], chapters
    for chapter, start, end in zip(chapters, (0, 1.6, 3.2), (1.6, 3.2, 5.2)):
        assert abs(float(chapter["start_time"]) - start) < 0.002 and abs(float(chapter["end_time"]) - end) < 0.002, chapter


def test_sources_of_every_kind_make_one_film(c):
    upright = made("upright.mp4", GREEN)
    turned = os.path.join(material.name, "turned.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", upright, "-c", "copy", "-metadata:s:v:0", "rotate=90", turned],
                   check=True)
    clips = [
        red(),
        {"input": made("ntsc.mp4", "-f lavfi -i color=0x3060C0:size=640x362:rate=30000/1001 -f lavfi "
                                   "-i sine=frequency=300:sample_rate=44100 -ac 1 -t 2.002")},
        {"input": made("silent.mkv", "-f lavfi -i color=0x808080:size=176x144:rate=10 -t 2 -c:v libx264 -pix_fmt yuv444p")},
        {"input": turned},
        {"input": made("deep.mkv", "-f lavfi -i color=0xC0C020:size=320x240:rate=50 -f lavfi -i "
                                   "sine=frequency=500:sample_rate=32000 -t 2 -c:v libx264 -pix_fmt yuv422p10le -c:a flac")},
        {"input": made("old.avi", "-f lavfi -i color=0x902090:size=352x288:rate=15 -f lavfi -i sine=sample_rate=22050 -t 2 "
                                  "-c:v mjpeg -pix_fmt yuvj420p -c:a mp3"), "trim": {"end": 2}},
    ]
    path = film(c, spec(c, clips, "dissolve", 0.4))
    frames, video_s, audio_s = frames_and_durations(path)
    assert frames == 6 * 50 - 5 * 10, frames
    assert abs(audio_s - video_s) <= 1 / FPS
    seen = colours(path)
    middles = [seen[40 * i + 25] for i in range(6)]
    expected = [bt709(rgb) for rgb in (0xC04030, 0x3060C0, 0x808080, 0x30A040, 0xC0C020, 0x902090)]
    assert all(near(a, b, 3) for a, b in zip(middles, expected)), (middles, expected)


def test_one_clip_is_what_framing_ai_makes(c):
    c.clear()
    one = spec(c, [red(keyframes=[{"time": 0, "x": 20, "y": 10, "width": 160, "height": 120}])], "dissolve", 1)
    assert run(c, one).returncode == 0
    with open(c.out("film.mp4"), "rb") as f:
        joined = f.read()
    alone = {k: v for k, v in one.items() if k not in ("clips", "transition")}
    alone.update(one["clips"][0], type="framing_ai")
    assert c.run(alone).returncode == 0
    with open(c.out("film.mp4"), "rb") as f:
        assert f.read() == joined


# ---- the progress ----

def test_progress_is_by_frames_over_all_clips_and_never_falls(c):
    c.clear()
    clips = [{"input": c.clip, "keyframes": [CROP], "trim": {"start": t, "end": t + 1}} for t in (10, 3, 7)]
    done = run(c, spec(c, clips, "dissolve", 0.1, output_size={"width": 240, "height": 424}), "--json")
    assert done.returncode == 0, done.stderr
    shots = [json.loads(line) for line in done.stdout.splitlines()]
    for before, now in zip(shots, shots[1:]):
        assert now["percent"] >= before["percent"], (before, now)
    phases = {p["phase"]: p for p in shots[-1]["phases"]}
    assert set(phases) >= {"download", "init", "upscale", "encode", "upload"} and "concat" not in phases, phases
    assert phases["upscale"]["done"] == phases["upscale"]["total"] == 60, phases
    assert phases["encode"]["done"] == phases["encode"]["total"] == 60 - 2 * 2, phases
    messages = [s["message"] for s in shots if s.get("message", "").startswith("Processing clip ")]
    assert any(m.startswith("Processing clip 2/3: frame ") and m.split(",")[0].endswith("/60") for m in messages), messages
    places = [int(m.split()[2].split("/")[0]) for m in messages]
    assert places == sorted(places), places


def test_without_the_network_the_clips_are_told_while_encoding(c):
    c.clear()
    large = {"output_size": {"width": 960, "height": 720}}
    big = made("big.mp4", "-f lavfi -i testsrc2=size=960x720:rate=25 -t 1")
    done = run(c, spec(c, [{"input": big}] * 3, **large), "--json")
    assert done.returncode == 0, done.stderr
    shots = [json.loads(line) for line in done.stdout.splitlines()]
    assert "upscale" not in {p["phase"] for p in shots[-1]["phases"]}
    messages = {s.get("message", "") for s in shots}
    assert any(m.startswith("Processing clip 2/3: frame ") and "/75" in m for m in messages), messages


# ---- what can go wrong ----

def fails(c, done, code, *words):
    assert done.returncode == code, (done.returncode, done.stderr)
    error = [line for line in done.stderr.splitlines() if line.startswith("headway: error: ")]
    assert len(error) == 1, done.stderr
    for word in words:
        assert word in error[0], error[0]
    assert c.leftovers() in ([], ["text.mp4"]), c.leftovers()


def test_bad_input_is_named(c):
    c.clear()
    cases = [
        ([red(), blue()], {"transition": {"type": "wipe"}}, ("transition.type", "wipe")),
        ([red(), blue()], {"transition": {"type": "fade", "duration": -1}}, ("transition.duration", "-1")),
        ([red(), blue(trim={"end": 0.5})], {"transition": {"type": "dissolve", "duration": 1}},
         ("clips[1]", "transition of 1 s")),
        ([red(), blue(trim={"end": 1.5}), green()], {"transition": {"type": "dissolve", "duration": 1}},
         ("clips[1]", "two transitions")),
        ([{"input": "x"}] * 10001, {}, ("clips", "1000")),
        ([], {}, ("clips",)),
        ([red(), blue(trim={"start": 1.5, "end": 1})], {}, ("clips[1].trim.end",)),
        ([red(), blue(source_range={"end": 1}, trim={"start": 1})], {}, ("clips[1].trim", "source_range")),
        ([red(), blue(trim={"start": 30})], {}, ("clips[1]", "trim.start", "30")),
        ([red(keyframes=[dict(CROP, x=999)])], {}, ("clips[0]", "keyframes[0]")),
        ([red(), {"trim": {}}], {}, ("clips[1].input",)),
        ([red(), blue(speed=2)], {}, ("clips[1].speed", "unknown field")),
        ([red()], {"input": "a.mp4"}, ("input", "unknown field")),
    ]
    for clips, changes, words in cases:
        fails(c, run(c, dict(spec(c, clips), **changes)), EX_DATA, *words)


def test_a_bad_source_is_named_with_its_place(c):
    c.clear()
    fails(c, run(c, spec(c, [red(), {"input": c.out("absent.mp4")}])), EX_NOINPUT, "clips[1]", "absent.mp4")
    with open(c.out("text.mp4"), "w") as f:
        f.write("hello, I am not a video\n" * 100)
    fails(c, run(c, spec(c, [red(), {"input": c.out("text.mp4")}])), EX_MEDIA, "clips[1]", "text.mp4")


def test_a_source_is_never_overwritten(c):
    c.clear()
    source = made("red.mp4", RED)
    before = os.path.getsize(source)
    fails(c, run(c, spec(c, [blue(), red()], output=source)), EX_DATA, "clips[1]")
    fails(c, run(c, spec(c, [blue(), red()], output="file://" + source)), EX_DATA, "clips[1]")
    assert os.path.getsize(source) == before


def test_a_cancel_stops_everything_within_a_second(c):
    clips = [{"input": c.clip, "keyframes": [CROP]}] * 3
    for units in (0, 5):
        c.clear()
        process = subprocess.Popen([*write_spec(c, spec(c, clips, "dissolve", 1)), "--json"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=c.environment())
        worker = wait_for_worker(process, c)
        wait_for_units(process, "upscale", units)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - sent < 1.2, time.monotonic() - sent
        fails(c, subprocess.CompletedProcess([], process.returncode, out, err), EX_CANCELLED, "cancelled")
        assert not alive(worker), "the worker lives on"


if __name__ == "__main__":
    program.main(sys.modules[__name__])
