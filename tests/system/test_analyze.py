# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway analyze`: logs good, bad and circular, what it writes, and what it reads again.

Usage: test_analyze.py HEADWAY ASSETS. Speaks TAP.
"""
import html.parser
import json
import os
import sqlite3
import subprocess
import sys

import program
from program import EX_DATA, EX_NOINPUT, EX_USAGE

PUBLISHED = {"type": "framing_ai", "frames_upscale": 225, "total_s": 246.9,
             "phases": {"modal_download": 20.1, "modal_init": 10.0, "modal_upscale": 122.5, "modal_encode": 28.1,
                        "modal_upload": 66.2}}


def line(record):
    return "BENCHMARK_DATA: " + json.dumps(record)


def run(i, slow=1.0, **changes):
    """A record of framing_ai as a worker stamps it: the i-th run, with the scatter that work has."""
    frames = 100 + 50 * (i % 3)
    upscale = frames * 0.4 * slow * (1 + 0.02 * ((i * 7) % 5 - 2))
    phases = {"download": 0.3 * (1 + i % 3), "init": 1.5, "upscale": upscale, "encode": frames * 0.03, "upload": 0.2}
    return {"type": "framing_ai", "job": f"run-{i}", "at_ms": 1700000000000 + 60000 * i, "src": "worker", "cold": True,
            "device": "cpu-avx2-2", "engine": "x4fast", "frames_upscale": frames, "frames_output": frames,
            "phases": {k: {"busy_s": v, "wall_s": v} for k, v in phases.items()}, "total_s": upscale + 4, **changes}


def analyze(c, *arguments, text=None):
    return subprocess.run([c.headway, "analyze", *arguments], input=text, capture_output=True, text=True, timeout=60)


def report(c, *arguments, text=None):
    done = analyze(c, "--json", *arguments, text=text)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kinds(kind):
    return [w["kind"] for w in kind["warnings"]]


def test_several_types_and_logs_are_read_together(c):
    with open(c.out("a.log"), "w") as f:
        f.write("starting\n" + "\n".join(f"12:00 worker: {line(run(i))} done" for i in range(8)))
    overlay = {"type": "overlay", "phases": {"modal_process": 3, "encode": {"busy_s": 1}}, "total_s": 5, "frames_output": 50,
               "src": "worker"}
    with open(c.out("b.log"), "w") as f:
        f.write(json.dumps({"log": line(overlay) + "\n", "stream": "stderr"}) + "\n" + line(run(8)))
    found = report(c, c.out("a.log"), "-", c.out("b.log"), text=line(run(9)))
    assert found["records"] == 11 and found["broken"] == 0, found
    framing, spotlight = found["types"]["framing_ai"], found["types"]["overlay"]
    assert framing["records"] == framing["sound"] == framing["cold"] == 10 and framing["warnings"] == [], framing
    assert framing["phases"]["upscale"]["seconds"]["n"] == 10 and framing["phases"]["upscale"]["share"] > 0.8
    assert abs(spotlight["phases"]["process"]["share"] - 0.75) < 1e-6 and kinds(spotlight) == ["few", "missing"], spotlight
    assert abs(spotlight["seconds_per_frame"]["median"] - 0.1) < 1e-6, spotlight


def test_the_published_table_is_called_circular_with_its_arithmetic(c):
    for source in ({}, {"src": "worker"}):
        done = analyze(c, "-", text=line({**PUBLISHED, **source}))
        assert done.returncode == 0, done.stderr
        for words in ("circular: the shares are those of the weights `first`", "clock of a simulated bar",
                      "0.8 s × 225 frames + 10 s = 190 s", "19.0/9.5/123.5/28.5/66.4 s", "20.1/10.0/122.5/28.1/66.2 s"):
            assert words in done.stdout, done.stdout
        assert "weights, of" not in done.stdout, done.stdout


def test_weights_are_written_and_recognised_when_they_come_back(c):
    path = c.out("weights.json")
    log = "\n".join(line(run(i)) for i in range(12))
    done = analyze(c, "-", "--write", path, text=log)
    assert done.returncode == 0, done.stderr
    with open(path) as f:
        weights = json.load(f)
    framing = weights["types"]["framing_ai"]
    assert framing["samples"] == 12 and weights["date"].startswith("20") and weights["at_ms"] > 0, weights
    ranges = [framing["phases"][p] for p in ("download", "init", "upscale", "encode", "upload")]
    assert ranges[0][0] == 0 and ranges[-1][1] == 100 and all(a[1] == b[0] for a, b in zip(ranges, ranges[1:])), ranges
    # A system whose bar was made from them, and whose "phase times" are that bar:
    fake = [{"type": "framing_ai", "total_s": total, "phases": {p: (b - a) * total / 100
                                                                for p, (a, b) in framing["phases"].items()}}
            for total in (50, 80, 140)]
    text = "\n".join(map(line, fake))
    assert "circular" not in [k for k in kinds(report(c, "-", text=line(run(1)))["types"]["framing_ai"])]
    circular = report(c, "-", "--weights", path, text=text)["types"]["framing_ai"]
    assert circular["circular"] and path in str(circular["warnings"]), circular


def test_weights_of_nothing_sound_are_not_written(c):
    path = c.out("none.json")
    for record in (PUBLISHED, {**PUBLISHED, "src": "worker"}, {**run(0), "simulated": True}):
        done = analyze(c, "-", "--write", path, text=line(record))
        assert done.returncode == EX_DATA and "no record is fit" in done.stderr and not os.path.exists(path), done


def test_drift_names_phase_factor_and_moment(c):
    text = "\n".join(line(run(i, slow=1 if i < 20 else 2)) for i in range(24))
    framing = report(c, "-", text=text)["types"]["framing_ai"]
    drift = next(d for d in framing["drifts"] if d["phase"] == "upscale")
    assert 1.6 < drift["factor"] < 2.4 and drift["runs"] <= 3, drift
    assert drift["since_ms"] == 1700000000000 + 60000 * 20 and drift["device"] == "cpu-avx2-2", drift


def test_broken_lines_are_counted_and_named(c):
    text = f"{line(run(0))}\nBENCHMARK_DATA: {{\nBENCHMARK_DATA: {{\"type\":\"song\"}}\n{line(run(1))}\n"
    done = analyze(c, "-", text=text)
    assert done.returncode == 0, done.stderr
    assert "2 lines with BENCHMARK_DATA: could not be read" in done.stdout, done.stdout
    assert "standard input:2: not valid JSON" in done.stdout and "standard input:3: type: expected" in done.stdout
    assert [b["line"] for b in report(c, "-", text=text)["broken_lines"]] == [2, 3]


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.titles, self.text, self.inside = [], 0, "", []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_page_is_whole_and_needs_nothing_else(c):
    path = c.out("report.html")
    log = "\n".join(line(run(i, slow=1 if i < 20 else 2, cold=i % 2 == 0, estimated_s=60)) for i in range(30))
    done = analyze(c, "-", "--html", path, text=log)
    assert done.returncode == 0, done.stderr
    page = Page()
    with open(path) as f:
        page.feed(f.read())
    names = [tag for tag, _ in page.tags]
    assert names.count("svg") == 5 and names.count("figcaption") == 5 and "script" not in names, names
    assert all(attrs.get("role") == "img" for tag, attrs in page.tags if tag == "svg")
    assert not [attrs for tag, attrs in page.tags if "src" in attrs or "href" in attrs]
    assert "upscale takes" in page.text and "Cold against warm" in page.text


def test_a_history_is_analysed_like_a_log(c):
    database = c.out("h.db")
    done = c.run(c.spec(trim={"start": 10, "end": 10.2}), "--history", database)
    assert done.returncode == 0, done.stderr
    found = report(c, "--history", database)
    assert found["types"]["framing_ai"]["records"] == 1 and found["lines"] == 0, found
    with sqlite3.connect(database) as db:
        db.execute("INSERT INTO refusals VALUES ('not stamped by the worker', 3, 0)")
    assert report(c, "--history", database)["refused"] == {"not stamped by the worker": 3}
    assert "3 more records the history did not take: not stamped by the worker." in analyze(c, "--history", database).stdout
    log = "".join(line + "\n" for line in done.stderr.splitlines() if "BENCHMARK_DATA" in line)
    assert report(c, "-", "--history", database, text=log)["types"]["framing_ai"]["records"] == 2


def test_nothing_to_analyse_is_told(c):
    done = analyze(c, "-", text="no record\nin here\n")
    assert done.returncode == EX_DATA and "there is no record to analyse" in done.stderr, done
    assert analyze(c, "-", text="").returncode == EX_DATA
    done = analyze(c)  # its own history, which there is none
    assert done.returncode == EX_NOINPUT and "history.db" in done.stderr, done


def test_bytes_that_are_no_text_do_no_harm(c):
    with open(c.out("noise.log"), "wb") as f:
        f.write(bytes(range(256)) * 2000 + b"\nBENCHMARK_DATA: " + bytes(range(256)) + b"\n" + line(run(0)).encode())
    found = report(c, c.out("noise.log"))
    assert found["records"] == 1 and found["broken"] >= 1, found


def fails(done, code, *words):
    assert done.returncode == code and done.stdout == "", done
    assert done.stderr.count("\n") == 1 and all(w in done.stderr for w in words), done.stderr


def test_what_is_wrong_is_one_sentence(c):
    with open(c.out("other.json"), "w") as f:
        f.write("{\"types\":{}}")
    with open(c.out("noise.db"), "wb") as f:
        f.write(bytes(range(256)) * 40)
    fails(analyze(c, c.out("missing.log")), EX_NOINPUT, "missing.log", "No such file")
    done = analyze(c, c.folder)
    assert done.returncode == EX_DATA and "Is a directory" in done.stderr, done
    fails(analyze(c, "--history", c.out("missing.db")), EX_NOINPUT, "missing.db")
    fails(analyze(c, "--history", c.out("noise.db")), EX_DATA, "noise.db", "is not a database")
    fails(analyze(c, "-", "--weights", c.out("other.json"), text=line(run(0))), EX_DATA, "other.json", "headway_weights")
    done = analyze(c, "-", "--html", c.out("no/page.html"), text=line(run(0)))
    assert done.returncode == EX_NOINPUT and "no/page.html" in done.stderr, done
    assert analyze(c, "--no-such-flag").returncode == EX_USAGE


if __name__ == "__main__":
    program.main(sys.modules[__name__])
