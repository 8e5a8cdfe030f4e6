# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway worker` spoken to directly: a spec on standard input, lines on standard output.

Usage: test_worker.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import signal
import subprocess
import sys
import time

import program
from program import (EX_CANCELLED, EX_DATA, EX_LIMIT, EX_MEDIA, EX_MODEL, EX_NOINPUT, EX_USAGE, FRAMES,
                     wait_until)

MAX_LINE = 4096


def start(c, *flags, **options):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([c.headway, "worker", *flags], env=c.environment(), **{**pipes, **options})


def work(c, spec, *flags):
    """(exit code, events, standard error) of one job; `spec` is a dict or the bytes themselves."""
    process = start(c, *flags)
    text = spec if isinstance(spec, bytes) else json.dumps(spec).encode()
    out, err = process.communicate(text, timeout=120)
    return process.returncode, events_of(out), err.decode()


def events_of(out):
    assert out == b"" or out.endswith(b"\n"), out[-100:]
    events = []
    for line in out.splitlines(keepends=True):
        assert len(line) <= MAX_LINE, len(line)
        events.append(json.loads(line))
    return events


def check_stream(events, job="job", attempt=1):
    assert [e["seq"] for e in events] == list(range(len(events))), events
    assert all(e["v"] == 1 and e["job"] == job and e["attempt"] == attempt for e in events), events
    times = [e["t_ms"] for e in events]
    assert times == sorted(times) and times[0] >= 0, times


def refused(c, spec, code, name, *words):
    """The job ends with one error line of that code; what else was said is no result."""
    rc, events, err = work(c, spec)
    check_stream(events)
    last = events[-1]
    assert rc == code and last["ev"] == "error" and last["code"] == name, (rc, last, err)
    assert [e["ev"] for e in events].count("error") == 1 and "result" not in [e["ev"] for e in events], events
    for word in words:
        assert word in last["text"], last
    assert "BENCHMARK_DATA" not in err, err
    assert "film.mp4" not in c.leftovers() and not [f for f in c.leftovers() if "part" in f], c.leftovers()


# ---- a job that succeeds ----

def test_the_lines_tell_a_whole_job_in_order(c):
    c.clear()
    rc, events, err = work(c, c.spec(), "--job", "j-42", "--attempt", "3")
    assert rc == 0, err
    check_stream(events, "j-42", 3)
    kinds = [e["ev"] for e in events]
    assert kinds[0] == "hello" and kinds[-1] == "result" and "error" not in kinds, kinds
    assert events[0]["worker"].endswith(tuple("0123456789")) and events[0]["engine"] == "animevideov3", events[0]
    plan = kinds.index("plan")
    assert not [e for e in events[:plan] if e["ev"] == "progress" and e["phase"] != "download"], events[:plan]
    totals = {p["phase"]: p.get("total") for p in events[plan]["plan"]}
    assert totals["upscale"] == totals["encode"] == FRAMES and totals["download"] > 0, totals
    for phase in ("download", "init", "upscale", "encode", "upload"):
        own = [e for e in events if e.get("phase") == phase]
        assert own[0]["ev"] == "begin" and own[-1]["ev"] == "end", own
        counts = [e["done"] for e in own if "done" in e]
        assert counts == sorted(counts), own
    result = events[-1]
    assert result["output"] == c.out("film.mp4") and result["bytes"] == os.path.getsize(c.out("film.mp4")), result
    assert result["frames"] == FRAMES, result
    assert [e for e in events if e.get("phase") == "upload" and "total" in e][-1]["total"] == result["bytes"], events
    assert [line.split(": ")[0] for line in err.splitlines()] == ["BENCHMARK_DATA"], err
    crowd, record = events[0]["features"], json.loads(err.split(": ", 1)[1])
    assert all(record[name] == crowd[name] for name in ("runnable", "processors")), (crowd, record)


def test_an_end_of_the_input_is_what_ends_the_spec(c):
    """Nothing is said to be wrong while the spec is still coming."""
    c.clear()
    process = start(c)
    text = json.dumps(c.spec(trim={"start": 10, "end": 10.1})).encode()
    for i in range(0, len(text), 7):
        process.stdin.write(text[i:i + 7])
        process.stdin.flush()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert events_of(out)[-1]["ev"] == "result"


# ---- what it refuses ----

def test_a_broken_spec_is_told_in_a_line(c):
    c.clear()
    refused(c, b"", EX_DATA, "invalid")
    refused(c, b"{\"type\": ", EX_DATA, "invalid", "JSON")
    refused(c, b"[" * 100000, EX_DATA, "invalid")
    refused(c, b"\xff\xfe\x00", EX_DATA, "invalid")
    refused(c, b"{\"type\":\"framing_ai\"}", EX_DATA, "invalid", "input")
    refused(c, b"{\"type\":\"no_such_export\",\"input\":\"a\",\"output\":\"b\"}", EX_DATA, "invalid", "type")
    refused(c, b" " * (5 << 20), EX_LIMIT, "limit")


def test_every_failure_has_its_code_on_the_line_and_at_the_end(c):
    c.clear()
    refused(c, c.spec(trim={"start": 99}), EX_DATA, "invalid", "trim.start")
    refused(c, c.spec(input=c.out("absent.mp4")), EX_NOINPUT, "not_found", "absent.mp4")
    refused(c, c.spec(input=os.path.join(c.models, "realesr-animevideov3-x4.param")), EX_MEDIA, "media")
    refused(c, c.spec(model="no-such-net"), EX_MODEL, "model", "no-such-net")


def test_a_wrong_command_line_is_a_usage_error_and_no_line(c):
    for flags in (("--threads", "x"), ("--threads", "1025"), ("--attempt", "0"), ("--job", "j" * 64), ("--no-such",)):
        process = start(c, *flags)
        out, err = process.communicate(b"{}", timeout=20)
        assert process.returncode == EX_USAGE and out == b"" and b"headway worker" in err, (flags, out, err)


# ---- how it stops ----

def stopped(c, process, asked):
    """It ended as cancelled within a second (and a little for the machine), leaving nothing."""
    process.wait(30)
    took = time.monotonic() - asked
    assert process.returncode == EX_CANCELLED and took < 1.2, (process.returncode, took)
    assert "film.mp4" not in c.leftovers() and not [f for f in c.leftovers() if "part" in f], c.leftovers()


def test_a_signal_ends_the_wait_for_a_spec(c):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        c.clear()
        process = start(c)
        process.stdin.write(b"{")
        process.stdin.flush()
        wait_until(lambda: waits_for_input(process.pid))
        asked = time.monotonic()
        process.send_signal(number)
        stopped(c, process, asked)
        last = events_of(process.stdout.read())[-1]
        assert last["ev"] == "error" and last["code"] == "cancelled", last


def waits_for_input(pid):
    """Has the worker blocked the signals that it watches?"""
    with open(f"/proc/{pid}/status") as f:
        blocked = next(int(line.split()[1], 16) for line in f if line.startswith("SigBlk"))
    return blocked & (1 << (signal.SIGTERM - 1))


def test_a_signal_in_the_middle_of_the_work_stops_it(c):
    for kind, phase in (("plan", None), ("begin", "init"), ("progress", "upscale"), ("progress", "encode")):
        c.clear()
        process = start(c)
        process.stdin.write(json.dumps(c.spec(trim={"start": 0, "end": 13})).encode())
        process.stdin.close()
        for line in process.stdout:
            event = json.loads(line)
            if event["ev"] == kind and event.get("phase") == phase:
                break
        asked = time.monotonic()
        process.terminate()
        rest = process.stdout.read()
        stopped(c, process, asked)
        last = events_of(rest)[-1]
        assert last["ev"] == "error" and last["code"] == "cancelled", last


def test_the_hello_tells_how_crowded_the_machine_is(c):
    others = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(3)]
    try:
        _, events, err = work(c, c.spec(input="/nowhere.mp4"))
    finally:
        for process in others:
            process.kill()
            process.wait()
    crowd = events[0]["features"]
    assert crowd["processors"] == os.sysconf("SC_NPROCESSORS_ONLN"), crowd
    assert len(others) <= crowd["runnable"] < 10000, crowd  # more, when the machine has more to do


def test_a_reader_that_leaves_ends_the_work(c):
    c.clear()
    process = start(c)
    process.stdin.write(json.dumps(c.spec(trim={"start": 0, "end": 13})).encode())
    process.stdin.close()
    for line in process.stdout:
        if json.loads(line)["ev"] == "progress":
            break
    process.stdout.close()
    left = time.monotonic()
    process.wait(30)
    # It notices with its next line, at the latest with a sign of life after 1.5 s of silence.
    assert process.returncode == EX_CANCELLED and time.monotonic() - left < 3, process.returncode
    assert c.leftovers() == [], c.leftovers()


def test_an_output_that_is_full_is_told(c):
    c.clear()
    process = start(c, stdout=open("/dev/full", "w"))
    _, err = process.communicate(json.dumps(c.spec()).encode(), timeout=60)
    assert process.returncode == EX_CANCELLED, (process.returncode, err)  # nobody hears it: no reason to go on
    assert c.leftovers() == [], c.leftovers()


if __name__ == "__main__":
    program.main(sys.modules[__name__])
