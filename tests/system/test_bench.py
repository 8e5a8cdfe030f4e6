# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway bench`: the quick matrix, what it leaves, and going on where it was stopped.

Usage: test_bench.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import signal
import sqlite3
import subprocess
import sys

import program
from program import EX_CANCELLED, EX_MODEL, EX_NOINPUT, EX_USAGE, wait_until

TYPES = ["framing_ai", "multi_clip", "overlay", "annotate_compilation", "detect_players", "extract_clip"]


def command(c, *flags, folder="b"):
    return [c.headway, "bench", "--folder", c.out(folder), "--history", c.out("h.db"), *flags]


def bench(c, *flags, folder="b", **changes):
    return subprocess.run(command(c, *flags, folder=folder), capture_output=True, text=True, timeout=120,
                          env=dict(c.environment(), **changes))


def records(c, folder="b"):
    path = c.out(os.path.join(folder, "records.log"))
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [json.loads(line.split("BENCHMARK_DATA: ", 1)[1]) for line in f]


def test_the_quick_matrix_measures_each_type_cold_and_warm(c):
    done = bench(c, "--quick")
    assert done.returncode == 0, done.stderr
    found = records(c)
    assert [r["job"] for r in found] == [f"bench-{t}-1s-180p-{s}-1" for t in TYPES for s in ("cold", "warm")], found
    assert all(r["src"] == "worker" and r["total_s"] > 0 for r in found)
    assert [r["cold"] for r in found if r["job"].split("-")[4] == "warm"] == [False] * len(TYPES)
    if "stays in memory" not in done.stderr:
        assert [r["cold"] for r in found] == [True, False] * len(TYPES), found
    assert sorted(os.listdir(c.out("b"))) == ["clips", "records.log"], os.listdir(c.out("b"))
    for kind in TYPES:
        assert f"\n{kind}: 2 records" in done.stdout, done.stdout
    with sqlite3.connect(c.out("h.db")) as db:
        assert db.execute("SELECT count(*) FROM records").fetchall() == [(12,)]
        assert db.execute("SELECT records FROM models").fetchall() == [(12,)]


def test_its_bar_is_that_of_the_whole(c):
    done = bench(c, "--quick", "--types", "overlay,extract_clip", folder="bar")
    assert done.returncode == 0, done.stderr
    percents = [float(line.split("%")[0].split()[-1]) for line in done.stderr.splitlines() if "%" in line]
    assert percents == sorted(percents) and max(percents) <= 100, done.stderr
    assert "1/4 overlay, 1 s, 180p, cold" in done.stderr, done.stderr
    assert "frames/s" not in done.stderr, done.stderr  # of what, in a bar over all of them?


def test_what_is_measured_is_not_measured_again(c):
    before = records(c)
    done = bench(c, "--quick")
    assert done.returncode == 0 and records(c) == before, done.stderr
    assert "\noverlay: 2 records" in done.stdout and "12 of 12 exports are measured already, in " in done.stderr, done.stderr
    with open(c.out("b/records.log")) as f:
        lines = f.readlines()
    with open(c.out("b/records.log"), "w") as f:  # one is lost, one is broken
        f.writelines(lines[:3] + ["BENCHMARK_DATA: {\"job\n"] + lines[5:])
    done = bench(c, "--quick")
    assert done.returncode == 0, done.stderr
    with open(c.out("b/records.log")) as f:
        again = [json.loads(line[16:])["job"] for line in f.readlines()[-2:]]
    assert again == [json.loads(line[16:])["job"] for line in lines[3:5]], again


def test_more_rounds_add_to_it(c):
    done = bench(c, "--quick", "--types", "extract_clip", "--rounds", "3", folder="rounds")
    assert done.returncode == 0, done.stderr
    assert [r["job"][-1] for r in records(c, "rounds")] == ["1", "1", "2", "2", "3", "3"]


def test_given_clips_are_measured_up_to_their_length(c):
    done = bench(c, "--types", "extract_clip", "--seconds", "2,10,30", "--clip", c.clip, folder="given")
    assert done.returncode == 0, done.stderr
    assert [r["job"] for r in records(c, "given")] == [f"bench-extract_clip-{s}s-cockatoo.mp4-{t}-1" for s in (2, 10)
                                                     for t in ("cold", "warm")]
    assert os.listdir(c.out("given/clips")) == []


def test_ctrl_c_stops_it_and_the_next_start_goes_on(c):
    flags = ("--types", "framing_ai,extract_clip", "--seconds", "2", "--sizes", "240")
    process = subprocess.Popen(command(c, *flags, folder="stopped"), env=c.environment(), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: records(c, "stopped") or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    before = records(c, "stopped")
    assert process.returncode == EX_CANCELLED and "cancelled" in err and out == "", (process.returncode, err)
    assert f"{len(before)} of 4 exports are measured; the same command goes on from there." in err, err
    assert 1 <= len(before) < 4 and sorted(os.listdir(c.out("stopped"))) == ["clips", "records.log"]
    done = bench(c, *flags, "--types", "extract_clip", folder="stopped")
    assert done.returncode == 0 and records(c, "stopped")[:len(before)] == before, done.stderr
    assert len(records(c, "stopped")) == len(before) + 2


def test_a_cell_that_fails_does_not_stop_the_others(c):
    empty = c.out("empty")
    os.mkdir(empty)
    done = bench(c, "--quick", "--types", "framing_ai,extract_clip", "--model-dir", empty, folder="failing")
    assert done.returncode == EX_MODEL, done
    assert "framing_ai, 1 s, 180p, cold: " in done.stderr and "2 of 4 exports failed" in done.stderr, done.stderr
    assert [r["type"] for r in records(c, "failing")] == ["extract_clip"] * 2


def test_what_is_wrong_is_one_sentence(c):
    for flags, code, words in ((("--types", "song"), EX_USAGE, "--types: expected names"),
                               (("--seconds", "0"), EX_USAGE, "--seconds: expected at most 16 numbers"),
                               (("--rounds", "0"), EX_USAGE, "--rounds"),
                               (("--clip", c.out("none.mp4")), EX_NOINPUT, "none.mp4")):
        done = bench(c, *flags, folder="wrong")
        assert done.returncode == code and words in done.stderr and done.stdout == "", done
    done = subprocess.run([c.headway, "bench", "--folder", "/sys/b"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and "/sys/b" in done.stderr and done.stderr.count("\n") == 1, done


if __name__ == "__main__":
    program.main(sys.modules[__name__])
