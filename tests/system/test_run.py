# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run framing_ai` on a real clip: the film, the progress, and everything that can go wrong.

Usage: test_run.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import program
from program import (CROP, EX_CANCELLED, EX_DATA, EX_LIMIT, EX_MEDIA, EX_MODEL, EX_NOINPUT, EX_NOSPACE, EX_USAGE,
                     EX_WORKER, FRAMES, SIZE, alive, wait_for_units, wait_for_worker, wait_until)


def probe(path, entries, stream="v:0"):
    out = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", stream, "-show_entries", entries,
                          "-of", "json", path], capture_output=True, text=True, check=True).stdout
    return json.loads(out)


def snapshots(stdout):
    return [json.loads(line) for line in stdout.splitlines()]


# ---- the film ----

def test_the_film_has_the_size_frames_duration_and_sound_that_the_timeline_says(c):
    c.clear()
    done = c.run(c.spec())
    assert done.returncode == 0, done.stderr
    video = probe(c.out("film.mp4"), "stream=width,height,nb_read_packets,r_frame_rate,pix_fmt,color_space,"
                                     "color_transfer,color_primaries,color_range,profile:format=duration")
    v = video["streams"][0]
    assert (v["width"], v["height"]) == SIZE, v
    assert int(v["nb_read_packets"]) == FRAMES, v
    assert v["r_frame_rate"] == "20/1" and v["pix_fmt"] == "yuv420p" and v["profile"] == "High", v
    assert {v["color_space"], v["color_transfer"], v["color_primaries"]} == {"bt709"} and v["color_range"] == "tv", v
    assert abs(float(video["format"]["duration"]) - FRAMES / 20) < 0.05, video
    sound = probe(c.out("film.mp4"), "stream=codec_name,sample_rate,duration", "a:0")["streams"][0]
    assert sound["codec_name"] == "aac" and abs(float(sound["duration"]) - FRAMES / 20) < 0.05, sound
    assert c.leftovers() == ["film.mp4"], c.leftovers()


def test_the_index_stands_in_front_of_the_pictures(c):
    with open(c.out("film.mp4"), "rb") as f:
        data = f.read()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_the_picture_is_the_crop_of_the_source(c):
    """PSNR of the film against the same crop made by ffmpeg with a plain enlargement."""
    crop = f"crop={CROP['width']}:{CROP['height']}:{CROP['x']}:{CROP['y']}"
    compare = (f"[0:v]trim=start=10:end=10.6,setpts=PTS-STARTPTS,{crop},scale={SIZE[0]}:{SIZE[1]}:flags=bicubic,"
               "format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]psnr")
    log = subprocess.run(["ffmpeg", "-i", c.clip, "-i", c.out("film.mp4"), "-lavfi", compare, "-f", "null", "-"],
                         capture_output=True, text=True, check=True).stderr
    psnr = float(log.split("average:")[1].split()[0])
    assert psnr > 24, psnr  # the next frame's crop, or one 4 px beside, stays clearly below


def test_speeds_change_frames_and_duration_as_the_timeline_says(c):
    c.clear()
    segments = [{"start": 10, "end": 10.2, "speed": 0.5}, {"start": 10.4, "end": 10.6, "speed": 2}]
    done = c.run(c.spec(segments=segments), "--json")
    assert done.returncode == 0, done.stderr
    v = probe(c.out("film.mp4"), "stream=nb_read_packets")["streams"][0]
    assert int(v["nb_read_packets"]) == 8 + 4 + 2, v
    upscale = next(p for p in snapshots(done.stdout)[-1]["phases"] if p["phase"] == "upscale")
    assert upscale["done"] == upscale["total"] == 4 + 4 + 2, upscale


def test_flags_say_the_same_as_a_spec(c):
    c.clear()
    done = c.headway_run("--input", c.clip, "--output", c.out("flags.mp4"), "--trim", "10,10.2", "--crop", "600,200,64,114",
                         "--size", "240x424", "--model", "animevideov3", "--audio", "no")
    assert done.returncode == 0, done.stderr
    assert int(probe(c.out("flags.mp4"), "stream=nb_read_packets")["streams"][0]["nb_read_packets"]) == 4
    assert probe(c.out("flags.mp4"), "stream=codec_name", "a:0")["streams"] == []


def test_where_the_crop_has_the_pixels_no_network_runs(c):
    c.clear()
    done = c.run(c.spec(keyframes=[{"time": 0, "x": 300, "y": 100, "width": 320, "height": 568}]), "--json")
    assert done.returncode == 0, done.stderr
    phases = {p["phase"] for p in snapshots(done.stdout)[-1]["phases"]}
    assert "upscale" not in phases and "encode" in phases, phases


def test_an_older_film_is_replaced_only_by_a_finished_one(c):
    c.clear()
    with open(c.out("film.mp4"), "w") as f:
        f.write("old")
    assert c.run(c.spec(trim={"start": 10, "end": 99})).returncode != 0
    with open(c.out("film.mp4")) as f:
        assert f.read() == "old"
    assert c.run(c.spec(trim={"start": 10, "end": 10.1})).returncode == 0
    assert os.path.getsize(c.out("film.mp4")) > 1000


# ---- the progress ----

def test_the_percent_never_falls_and_reaches_100_only_when_the_film_is_there(c):
    c.clear()
    started = time.monotonic()
    process = c.start(c.spec(), "--json")
    first = json.loads(process.stdout.readline())
    first_s = time.monotonic() - started
    last = first
    while line := process.stdout.readline():
        there = os.path.exists(c.out("film.mp4"))
        now = json.loads(line)
        assert now["percent"] >= last["percent"] and now["seq"] > last["seq"], (last, now)
        assert now["percent"] < 100 or there, now
        last = now
    assert process.wait() == 0, process.stderr.read()
    assert first_s <= 0.3, first_s
    assert last["percent"] == 100 and last["state"] == "complete", last
    phases = {p["phase"]: p for p in last["phases"]}
    assert phases["download"]["done"] > 0 and phases["download"]["unit"] == "bytes", phases
    assert phases["upscale"]["done"] == phases["encode"]["done"] == FRAMES, phases
    assert last["result"]["bytes"] == os.path.getsize(c.out("film.mp4")), last


def test_the_worker_logs_one_benchmark_record(c):
    c.clear()
    done = c.run(c.spec())
    lines = [line for line in done.stderr.splitlines() if "BENCHMARK_DATA: " in line]
    assert len(lines) == 1, done.stderr
    record = json.loads(lines[0].split("BENCHMARK_DATA: ", 1)[1])
    assert record["type"] == "framing_ai" and record["src"] == "worker", record
    assert record["frames_upscale"] == record["frames_output"] == FRAMES, record
    assert record["phases"]["upscale"]["busy_s"] > 0 and record["total_s"] > 0, record


def test_without_a_terminal_the_bar_is_plain_lines(c):
    c.clear()
    done = c.run(c.spec())
    assert "\x1b" not in done.stderr and "\r" not in done.stderr, done.stderr
    assert "100 %" in done.stderr and c.out("film.mp4") in done.stderr, done.stderr
    assert done.stdout == "", done.stdout


# ---- what can go wrong: one sentence, the right exit code, nothing left behind ----

def fails(c, done, code, *words):
    assert done.returncode == code, (done.returncode, done.stderr)
    error = [line for line in done.stderr.splitlines() if line.startswith("headway: error: ")]
    assert len(error) == 1, done.stderr
    for word in words:
        assert word in error[0], error[0]
    assert len(error[0]) < 400, error[0]
    assert not os.path.exists(c.out("film.mp4")), "a partial film is left"
    assert not [f for f in c.leftovers() if "part" in f], c.leftovers()


def file_with(c, name, content):
    with open(c.out(name), "wb") as f:
        f.write(content)
    return c.out(name)


def test_a_missing_input_is_named(c):
    c.clear()
    fails(c, c.run(c.spec(input=c.out("absent.mp4"))), EX_NOINPUT, "absent.mp4", "No such file")


def test_an_empty_input_is_named(c):
    c.clear()
    fails(c, c.run(c.spec(input=file_with(c, "empty.mp4", b""))), EX_MEDIA, "empty.mp4", "empty")


def test_a_text_file_is_not_a_video(c):
    c.clear()
    fails(c, c.run(c.spec(input=file_with(c, "text.mp4", b"hello, I am not a video\n" * 100))), EX_MEDIA, "text.mp4")


def test_a_truncated_video_is_told_as_such(c):
    c.clear()
    with open(c.clip, "rb") as f:
        half = f.read()[: os.path.getsize(c.clip) // 2]
    fails(c, c.run(c.spec(input=file_with(c, "half.mp4", half))), EX_MEDIA, "half.mp4")


def test_sound_without_a_picture_is_told_as_such(c):
    c.clear()
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", c.clip, "-vn", "-t", "1", c.out("sound.m4a")], check=True)
    fails(c, c.run(c.spec(input=c.out("sound.m4a"))), EX_MEDIA, "sound.m4a")


def test_a_crop_without_size_is_refused(c):
    c.clear()
    fails(c, c.run(c.spec(keyframes=[dict(CROP, width=0, height=0)])), EX_DATA, "keyframes[0].", "expected")


def test_a_crop_outside_the_picture_is_refused(c):
    c.clear()
    fails(c, c.run(c.spec(keyframes=[dict(CROP, x=5000)])), EX_DATA, "keyframes[0]")


def test_keyframes_out_of_order_are_refused(c):
    c.clear()
    frames = [dict(CROP, time=0.5), dict(CROP, time=0.2)]
    fails(c, c.run(c.spec(keyframes=frames)), EX_DATA, "keyframes[1].time")


def test_a_keyframe_that_is_not_a_number_is_refused(c):
    c.clear()
    text = json.dumps(c.spec(keyframes=[dict(CROP, x=float("nan"))]))
    fails(c, c.run(None, text=text), EX_DATA, "JSON")


def test_a_trim_behind_the_end_is_refused(c):
    c.clear()
    fails(c, c.run(c.spec(trim={"start": 20, "end": 21})), EX_DATA, "trim.start", "14")
    fails(c, c.run(c.spec(trim={"start": 13, "end": 21})), EX_DATA, "trim.end", "14")


def test_a_speed_of_zero_is_refused(c):
    c.clear()
    fails(c, c.run(c.spec(segments=[{"start": 10, "end": 11, "speed": 0}])), EX_DATA, "segments[0].speed")


def test_an_unknown_field_is_refused_with_the_known_ones(c):
    c.clear()
    fails(c, c.run(c.spec(keyframs=[])), EX_DATA, "keyframs", "unknown field")


def test_deep_nesting_is_refused(c):
    c.clear()
    fails(c, c.run(None, text="[" * 10_000_000), EX_LIMIT, "spec.json")


def test_an_unwritable_output_is_named(c):
    c.clear()
    fails(c, c.run(c.spec(output=c.out("no/such/folder/film.mp4"))), EX_NOINPUT, "no/such/folder", "does not exist")
    fails(c, c.run(c.spec(output=c.folder)), EX_DATA, "folder")


def test_the_input_is_never_overwritten(c):
    c.clear()
    shutil.copy(c.clip, c.out("source.mp4"))
    os.symlink(c.out("source.mp4"), c.out("alias.mp4"))
    before = os.path.getsize(c.out("source.mp4"))
    fails(c, c.run(c.spec(input=c.out("source.mp4"), output=c.out("alias.mp4"))), EX_DATA, "input")
    assert os.path.getsize(c.out("source.mp4")) == before


def test_a_full_disk_is_told_as_such(c):
    c.clear()
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))  # noqa: E731
    fails(c, c.run(c.spec(), preexec_fn=limit), EX_NOSPACE, "film.mp4")


def test_an_unknown_model_says_where_it_looked(c):
    c.clear()
    fails(c, c.run(c.spec(model="no-such-net")), EX_MODEL, "no-such-net")


def test_an_unknown_type_or_flag_is_a_usage_error(c):
    done = subprocess.run([c.headway, "run", "no_such_export"], capture_output=True, text=True, timeout=20)
    assert done.returncode == EX_USAGE and "no_such_export" in done.stderr, done
    done = c.headway_run("--no-such-flag")
    assert done.returncode == EX_USAGE and "no-such-flag" in done.stderr, done
    done = c.headway_run("--size", "big")
    assert done.returncode == EX_USAGE and "WxH" in done.stderr, done


def test_a_killed_worker_is_told_as_such(c):
    c.clear()
    process = c.start(c.spec(trim={"start": 0, "end": 13}))
    os.kill(wait_for_worker(process, c), signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    fails(c, subprocess.CompletedProcess([], process.returncode, out, err), EX_WORKER, "killed", "9")


def test_a_cancel_stops_everything_within_a_second(c):
    for number, units in ((signal.SIGINT, 0), (signal.SIGTERM, 1), (signal.SIGINT, 15)):
        c.clear()
        process = c.start(c.spec(trim={"start": 0, "end": 13}), "--json")
        worker = wait_for_worker(process, c)
        wait_for_units(process, "upscale", units)
        sent = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - sent < 1.2, time.monotonic() - sent
        fails(c, subprocess.CompletedProcess([], process.returncode, out, err), EX_CANCELLED, "cancelled")
        assert not alive(worker), "the worker lives on"


def test_a_worker_ends_when_its_owner_is_killed(c):
    c.clear()
    process = c.start(c.spec(trim={"start": 0, "end": 13}))
    worker = wait_for_worker(process, c)
    process.kill()
    process.communicate(timeout=30)
    wait_until(lambda: not alive(worker))
    assert c.leftovers() == [], c.leftovers()


# ---- the command line ----

def program_run(c, *arguments, **options):
    return subprocess.run([c.headway, *arguments], capture_output=True, text=True, timeout=60, env=c.environment(), **options)


def test_every_command_tells_its_options(c):
    for command, flag in (("run", "--spec"), ("analyze", "--html"), ("bench", "--quick"), ("worker", "--attempt"), ("doctor", "--folder")):
        done = program_run(c, command, "--help")
        assert done.returncode == 0 and flag in done.stdout and f"headway {command}" in done.stdout, done
        listed = program_run(c, "--help")
        assert listed.returncode == 0 and f"\n  {command} " in listed.stdout, listed
    for none in ((), ("help",)):
        assert program_run(c, *none).stdout == listed.stdout


def test_the_version_is_told(c):
    done = program_run(c, "--version")
    assert done.returncode == 0 and done.stdout.startswith("headway ") and done.stdout.count("\n") == 1, done


def test_an_unknown_command_is_a_usage_error(c):
    done = program_run(c, "walk")
    assert done.returncode == EX_USAGE and "walk" in done.stderr and done.stdout == "", done


def test_nothing_to_run_is_a_usage_error(c):
    for arguments in ((), ("framing_ai", "overlay")):
        done = program_run(c, "run", *arguments)
        assert done.returncode == EX_USAGE and "TYPE" in done.stderr, done


def test_the_spec_may_come_on_standard_input(c):
    c.clear()
    done = program_run(c, "run", "--spec", "-", input=json.dumps(c.spec(trim={"start": 10, "end": 10.1})))
    assert done.returncode == 0, done.stderr
    assert c.leftovers() == ["film.mp4"], c.leftovers()
    c.clear()
    fails(c, program_run(c, "run", "--spec", "-", input="{"), EX_DATA, "standard input", "JSON")


def test_the_number_of_threads_is_checked_and_kept(c):
    c.clear()
    for wrong in ("0", "-1", "two", "1025", "1x", ""):
        done = c.headway_run("--threads", wrong)
        assert done.returncode == EX_USAGE and "1 to 1024" in done.stderr, (wrong, done)
    process = c.start(c.spec(trim={"start": 0, "end": 13}), "--threads", "1")
    worker = wait_for_worker(process, c)
    with open(f"/proc/{worker}/cmdline") as f:
        argv = f.read().split("\0")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert argv[argv.index("--threads") + 1] == "1", argv


def test_debug_tells_what_the_libraries_said(c):
    c.clear()
    bad = file_with(c, "text.mp4", b"hello, I am not a video\n" * 100)
    quiet = c.run(c.spec(input=bad))
    os.environ["HEADWAY_LOG"] = "debug"
    try:
        loud = c.run(c.spec(input=bad))
    finally:
        del os.environ["HEADWAY_LOG"]
    assert "headway: debug: " not in quiet.stderr and "headway: debug: " in loud.stderr, loud.stderr
    assert loud.returncode == quiet.returncode == EX_MEDIA


def test_standard_streams_that_are_closed_do_no_harm(c):
    c.clear()
    for closed in ((0,), (0, 1), (0, 1, 2)):
        process = c.start(c.spec(trim={"start": 10, "end": 10.1}), "--json",
                          preexec_fn=lambda: [os.close(fd) for fd in closed])  # noqa: B023
        process.communicate(timeout=60)
        assert process.returncode == 0, closed
        assert os.path.getsize(c.out("film.mp4")) > 1000
        c.clear()


def test_traces_are_appended_to_a_file(c):
    c.clear()
    wanted = c.spec(trim={"start": 10, "end": 10.1})
    for _ in range(2):
        done = c.run(wanted, "--trace", c.out("runs.ndjson"))
        assert done.returncode == 0, done.stderr
    with open(c.out("runs.ndjson")) as f:
        lines = [json.loads(line) for line in f]
    assert [l["submit"]["type"] for l in lines if "submit" in l] == ["framing_ai"] * 2, lines
    assert [l["end"] for l in lines if "end" in l] == ["complete"] * 2, lines
    assert {l["event"]["ev"] for l in lines if "event" in l} >= {"hello", "plan", "begin", "progress", "end", "result"}
    second = next(i for i, l in enumerate(lines) if i > 0 and "submit" in l)
    for one in lines[:second], lines[second:]:
        times = [l["at_ms"] for l in one]
        assert times == sorted(times) and times[0] == 0, times


def test_a_trace_that_cannot_be_written_is_told_before_the_export(c):
    c.clear()
    done = c.run(c.spec(), "--trace", c.out("nowhere/runs.ndjson"))
    assert done.returncode == EX_NOINPUT and "nowhere/runs.ndjson" in done.stderr, done
    assert c.leftovers() == [], c.leftovers()


def test_a_reader_of_the_snapshots_may_leave(c):
    c.clear()
    process = c.start(c.spec(), "--json")
    process.stdout.readline()
    process.stdout.close()
    process.stderr.read()
    assert process.wait(60) == 0
    assert c.leftovers() == ["film.mp4"], c.leftovers()


if __name__ == "__main__":
    program.main(sys.modules[__name__])
