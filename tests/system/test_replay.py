# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway replay` and `headway score` on the recorded jobs of bench/traces, and on what is none.

Usage: test_replay.py HEADWAY ASSETS. Speaks TAP. Needs no assets.
"""
import json
import os
import re
import subprocess
import sys

import program
from program import EX_DATA, EX_NOINPUT, EX_USAGE

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "traces")
ESTIMATORS = ["headway", "simulated", "first", "fixed", "frames", "passes", "oracle_weights", "oracle_total"]


def run(c, *arguments, **options):
    return subprocess.run([c.headway, *arguments], capture_output=True, text=True, timeout=300, **options)


def replay(c, *arguments, **options):
    done = run(c, "replay", *arguments, **options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def job(name="j", total=10, frames=20, submitted=None):
    """A job of so many frames, as a trace; `total` seconds."""
    submit = {"id": name, "type": "framing_ai"}
    if submitted:
        submit["submitted_at_ms"] = submitted
    lines = [{"at_ms": 0, "submit": submit}]

    def event(at, **rest):
        lines.append({"at_ms": at, "event": {"v": 1, "job": name, "attempt": 1, "seq": len(lines), "t_ms": at, **rest}})
    event(50, ev="hello", worker="w", engine="x4fast", device="cpu-avx2-2", cold=True)
    event(60, ev="plan", plan=[{"phase": "upscale", "unit": "frames", "total": frames}],
          features={"frames_upscale": frames, "pixels_in": 20000})
    for i in range(1, frames + 1):
        event(100 + (total * 1000 - 200) * i // frames, ev="progress", phase="upscale", done=i)
    event(total * 1000 - 50, ev="result", output="o", bytes=1, frames=frames, duration_s=1,
          timings={"upscale": {"busy_s": total - 0.2, "wall_s": total - 0.2}})
    lines.append({"at_ms": total * 1000, "end": "complete"})
    return "".join(json.dumps(line) + "\n" for line in lines)


def keep(c, name, text):
    with open(c.out(name), "w") as f:
        f.write(text)
    return c.out(name)


# ---- replay ----

def test_each_line_says_what_the_format_says(c):
    path = keep(c, "one.ndjson", job())
    lines = replay(c, path)
    keys = ["trace", "t_ms", "percent", "eta_s", "eta_low_s", "eta_high_s", "phase", "source", "health"]
    for line in lines:
        assert list(line) == keys, line
        assert 0 <= line["percent"] <= 100 and line["source"] in ("counts", "model", "simulated"), line
        if line["eta_s"] is not None:
            assert 0 <= line["eta_low_s"] <= line["eta_s"] <= line["eta_high_s"], line
    assert [line["t_ms"] for line in lines[:4]] == [0, 500, 1000, 1500], lines[:4]
    assert lines[-2]["t_ms"] == 10000 and lines[-2]["percent"] < 100 and lines[-1]["percent"] == 100, lines[-2:]
    percents = [line["percent"] for line in lines]
    assert percents == sorted(percents)


def test_two_replays_are_the_same_byte_for_byte(c):
    for estimator in ESTIMATORS:
        part = os.path.join(CORPUS, "alone.ndjson")
        outputs = {run(c, "replay", "--estimator", estimator, part).stdout for _ in range(2)}
        assert len(outputs) == 1 and len(outputs.pop()) > 10000, estimator


def test_no_bar_of_the_corpus_ever_falls(c):
    last = {}
    for line in replay(c, "--hz", "10", CORPUS):
        assert line["percent"] >= last.get(line["trace"], 0), line
        last[line["trace"]] = line["percent"]
    assert len(last) >= 60, len(last)


def test_no_bar_falls_on_jobs_that_fail_hang_or_are_tried_again(c):
    generate = os.path.join(os.path.dirname(c.headway), "..", "bench", "generate_traces")
    made = {subprocess.run([generate, "6", "60"], capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert len(made) == 1, "the same seed gives other jobs"
    text = made.pop()
    labels = {json.loads(line)["submit"]["label"] for line in text.splitlines() if '"submit"' in line}
    assert {"plain", "retried", "cut", "hung", "coarse", "wrong-sizes"} <= labels, labels
    last = {}
    for line in replay(c, keep(c, "made.ndjson", text)):
        assert 0 <= line["percent"] <= 100 and line["percent"] >= last.get(line["trace"], 0), line
        last[line["trace"]] = line["percent"]
    assert len(last) == 60


def test_a_sample_is_the_same_at_any_rate(c):
    path = keep(c, "one.ndjson", job())
    often = {line["t_ms"]: line for line in replay(c, "--hz", "10", path)}
    for hz, count in (("5", 52), ("2", 22), ("1", 12), ("0.5", 7), ("2.5", 27)):
        lines = replay(c, "--hz", hz, path)
        assert len(lines) == count, (hz, len(lines))
        assert all(often[line["t_ms"]] == line for line in lines), hz


def test_history_is_used(c):
    history = keep(c, "history.ndjson", "".join(job(f"h{i}", 40, 20, 1000000 * (i + 1)) for i in range(10)))
    path = keep(c, "new.ndjson", job("new", 40, 20))
    plain = replay(c, "--estimator", "simulated", path)
    learnt = replay(c, "--estimator", "simulated", "--history", history, path)
    assert plain[1]["eta_s"] == 25.5 and abs(learnt[1]["eta_s"] - 39.5) < 0.1, (plain[1], learnt[1])
    early = {name: replay(c, *flags, path)[2] for name, flags in (("plain", []), ("learnt", ["--history", history]))}
    off = {name: abs(line["eta_s"] - 39) for name, line in early.items()}
    assert off["learnt"] < off["plain"] and off["learnt"] < 8, early


def test_traces_may_come_from_standard_input(c):
    lines = replay(c, "-", input=job())
    assert lines[-1]["percent"] == 100


def test_a_censored_trace_is_replayed_as_far_as_it_goes(c):
    text = "".join(job().splitlines(True)[:10])
    lines = replay(c, keep(c, "cut.ndjson", text))
    assert 0 < lines[-1]["percent"] < 100, lines[-1]
    done = run(c, "replay", "--estimator", "oracle_total", c.out("cut.ndjson"))
    assert done.returncode == EX_DATA and "trace j has no end" in done.stderr, done.stderr


def refused(done, code, *parts):
    assert done.returncode == code and done.stdout == "", done
    assert done.stderr.count("\n") == 1 or code == EX_USAGE, done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


def test_what_is_no_trace_is_named(c):
    refused(run(c, "replay", keep(c, "text", "hello\n")), EX_DATA, "text: expected a trace, but line 1")
    refused(run(c, "replay", keep(c, "empty", "")), EX_DATA, "empty: expected a trace, but it is empty")
    refused(run(c, "replay", keep(c, "headless", job().split("\n", 1)[1])), EX_DATA,
            "headless: line 1: expected the submit line that begins a trace")
    refused(run(c, "replay", c.out("nowhere")), EX_NOINPUT, "nowhere")
    refused(run(c, "score", c.out("empty")), EX_DATA, "empty: expected a trace, but it is empty")


def test_broken_lines_and_time_that_runs_backwards_are_told_and_passed_over(c):
    lines = job().splitlines(True)
    lines[5] = "{broken\n"
    lines[8], lines[9] = lines[9], lines[8]
    done = run(c, "replay", keep(c, "bad.ndjson", "".join(lines)))
    assert done.returncode == 0 and done.stdout.count("\n") == 22, done
    assert "1 lines could not be used, the last: line 6: " in done.stderr, done.stderr
    assert "1 lines are earlier than the one before them" in done.stderr, done.stderr


def test_flags_are_checked(c):
    path = keep(c, "one.ndjson", job())
    refused(run(c, "replay"), EX_USAGE, "say what to replay")
    refused(run(c, "replay", "--hz", "3", path), EX_USAGE, "--hz: expected 10 / n for a whole n")
    refused(run(c, "replay", "--hz", "0", path), EX_USAGE, "--hz")
    refused(run(c, "replay", "--estimator", "tqdm", path), EX_USAGE, "--estimator: there is none called tqdm")
    refused(run(c, "score"), EX_USAGE, "say what to judge by")
    refused(run(c, "score", "--learn", "5,x", path), EX_USAGE, "--learn: expected a number")
    refused(run(c, "score", "--learn", "5", path), EX_DATA, "nothing is left to judge: 1 traces")


# ---- score ----

def corpus(c, count):
    jobs = [job(f"j{i}", 10 + i % 7, 20 + 2 * (i % 7), 1000000 + 100000 * i) for i in range(count)]
    return keep(c, "jobs.ndjson", "".join(jobs))


def test_scores_are_the_same_each_time_and_in_both_forms(c):
    path = corpus(c, 12)
    tables = {run(c, "score", "--learn", "0,5", path).stdout for _ in range(2)}
    assert len(tables) == 1
    table = tables.pop()
    for learnt in (0, 5):
        begin = f"### {learnt} jobs learnt\n\n7 jobs judged; 5 before which fewer than 5 had ended only taught.\n"
        assert begin in table, table
    sections = [json.loads(line) for line in run(c, "score", "--learn", "0,5", "--json", path).stdout.splitlines()]
    assert [s["learn"] for s in sections] == [0, 5] and [s["judged"] for s in sections] == [7, 7], sections
    both = run(c, "score", "--learn", "0,5", f"--json={c.out('both.json')}", path)
    with open(c.out("both.json")) as f:
        assert both.stdout == table and [json.loads(line) for line in f] == sections
    for s in sections:
        assert list(s["estimators"]) == ESTIMATORS
        figures = s["estimators"]["headway"]
        assert f"| {figures['M1']:.4f} |" in table or f"| **{figures['M1']:.4f}** ✗ |" in table, figures
        assert figures["M7"] == 0
        assert s["estimators"]["oracle_total"]["M1"] < 1e-6, s["estimators"]["oracle_total"]
        assert {"framing_ai", "cold", "10 to 60 s"} <= {row["name"] for row in s["strata"]}, s["strata"]


def test_a_cut_and_a_message_have_rows_and_the_cost_is_told_when_asked_for(c):
    path = corpus(c, 6)
    plain = run(c, "score", "--learn", "0", path).stdout
    for metric in ("M14 1 s", "M14 10 s", "M14 60 s", "M14 lost", "M14 falls", "M16 bytes", "M16 state"):
        row, = [line for line in plain.splitlines() if line.startswith(f"| {metric} |")]
        assert "✗" not in row and re.search(r"\| [0-9.]+ \| – \|", row), row
    asked = run(c, "score", "--learn", "0", "--cost", path).stdout
    assert asked.startswith(plain) and "M16 line" in asked and "M16 line" not in plain, asked
    cost = json.loads(run(c, "score", "--learn", "0", "--json", "--cost", path).stdout.splitlines()[-1])
    assert cost["title"] == "cost" and all(0 < cost[f"M16 {what}"] < 1000 for what in ("line", "snapshot", "message")), cost
    assert 0 < cost["M16 worker"] < 10, cost


def test_a_refitted_clock_foresees_jobs_that_are_alike(c):
    sections = [json.loads(line) for line in
                run(c, "score", "--learn", "0,10", "--json", corpus(c, 20)).stdout.splitlines()]
    before, after = [s["estimators"]["simulated"]["M1"] for s in sections]
    assert before > 0.2 and after < 0.02, (before, after)


def test_replayed_lines_get_the_score_of_the_replay(c):
    path = corpus(c, 6)
    with open(c.out("lines.ndjson"), "w") as f:
        f.write(run(c, "replay", path).stdout)
    alone = json.loads(run(c, "score", "--json", "--lines", c.out("lines.ndjson"), path).stdout)
    held = json.loads(run(c, "score", "--json", "--learn", "0", "--first", "0", path).stdout)
    lines, ours = alone["estimators"][c.out("lines.ndjson")], held["estimators"]["headway"]
    for metric in ("M1", "M2", "M7", "M10"):
        assert abs(lines[metric] - ours[metric]) < 0.005, (metric, lines, ours)
    refused(run(c, "score", "--lines", keep(c, "x", "{}\n"), path), EX_DATA, "x: line 1: trace: is required")


if __name__ == "__main__":
    program.main(sys.modules[__name__])
