# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway run` learns: what is stored, what the next run believes, and that no export fails for it.

Usage: test_history.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import sqlite3
import subprocess
import sys

import program


def history(c, *flags, name="h.db", trim=(10, 10.2), **options):
    done = c.run(c.spec(trim={"start": trim[0], "end": trim[1]}), "--history", c.out(name), *flags, **options)
    assert done.returncode == 0, done.stderr
    return done


def rows(path, sql):
    with sqlite3.connect(path) as db:
        return db.execute(sql).fetchall()


def first_estimate(done):
    """Seconds that the bar expected when it first said anything."""
    for line in done.stdout.splitlines():
        snapshot = json.loads(line)
        if snapshot["eta_s"] is not None:
            return snapshot["elapsed_s"] + snapshot["eta_s"]
    raise AssertionError("no estimate")


def test_a_finished_export_is_a_record_and_teaches_the_model(c):
    c.clear()
    done = history(c)
    assert "warning" not in done.stderr, done.stderr
    (job, kind, device, total, body), = rows(c.out("h.db"), "SELECT job, type, device, total_s, body FROM records")
    record = json.loads(body)
    assert kind == "framing_ai" and job.startswith("run-") and device == record["device"] != "", (kind, job, device)
    assert record["src"] == "worker" and record["frames_upscale"] == 4, record
    assert record["phases"]["upscale"]["units"] == 4 and record["phases"]["startup"]["wall_s"] > 0, record
    assert record["phases"]["upscale"]["busy_s"] < total and abs(total - record["total_s"]) < 1e-3, record
    assert 0 < record["estimated_s"] < 60, record
    assert rows(c.out("h.db"), "SELECT records, last_record FROM models") == [(1, 1)]


def test_the_next_run_believes_what_the_last_ones_took(c):
    path = c.out("h.db")
    (body,), = rows(path, "SELECT body FROM records")
    before = first_estimate(history(c, "--json", name="empty.db"))
    record = json.loads(body)
    record["phases"]["upscale"]["busy_s"] *= 60
    record["total_s"] += record["phases"]["upscale"]["busy_s"]
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM models")
        db.execute("DELETE FROM records")
        for i in range(10):
            db.execute("INSERT INTO records (job, type, ended_at_ms, device, total_s, body) VALUES (?,?,?,?,?,?)",
                       (f"slow-{i}", "framing_ai", record["at_ms"] + i, record["device"], record["total_s"],
                        json.dumps(record)))
    after = first_estimate(history(c, "--json"))
    assert after > 5 * before, (before, after)
    assert rows(path, "SELECT records FROM models") == [(11,)]
    idle = json.loads(rows(path, "SELECT body FROM records ORDER BY id DESC")[0][0])["idle_s"]
    assert 0 <= idle < 600, idle


def test_a_machine_that_has_left_its_model_is_told(c):
    path = c.out("drift.db")
    history(c, name="drift.db")
    program.make_a_faster_past(path)
    told = [line for _ in range(3) for line in history(c, name="drift.db").stderr.splitlines() if "warning" in line]
    assert told and all("framing_ai: since 20" in line and "times as long as before" in line for line in told), told
    found = subprocess.run([c.headway, "analyze", "--history", path], capture_output=True, text=True, timeout=60).stdout
    assert "! drift: since " in found, found


def test_without_a_flag_it_is_the_users_own(c):
    state = c.out("state")
    environment = dict(c.environment(), XDG_STATE_HOME=state)
    spec = json.dumps(c.spec(trim={"start": 10, "end": 10.1}))
    for flags, records in (((), 1), (("--no-history",), 1), ((), 2)):
        done = subprocess.run([c.headway, "run", "--spec", "-", *flags], input=spec, text=True, capture_output=True,
                              env=environment, timeout=60)
        assert done.returncode == 0 and "warning" not in done.stderr, done.stderr
        assert len(rows(os.path.join(state, "headway", "history.db"), "SELECT id FROM records")) == records, flags


def test_runs_at_the_same_time_lose_nothing(c):
    spec = json.dumps(c.spec(trim={"start": 10, "end": 10.1}))
    running = []
    for i in range(3):
        one = json.dumps(dict(json.loads(spec), output=c.out(f"film{i}.mp4")))
        process = subprocess.Popen([c.headway, "run", "--spec", "-", "--history", c.out("together.db")], text=True,
                                   stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=c.environment())
        process.stdin.write(one)
        process.stdin.close()
        running.append(process)
    for process in running:
        err = process.stderr.read()
        assert process.wait(timeout=60) == 0 and "warning" not in err, err
    assert rows(c.out("together.db"), "SELECT records, last_record FROM models") == [(3, 3)]


def test_a_failed_export_teaches_nothing(c):
    done = c.run(c.spec(input=c.out("missing.mp4")), "--history", c.out("failed.db"))
    assert done.returncode == program.EX_NOINPUT, done
    assert rows(c.out("failed.db"), "SELECT * FROM records") == []


def warns(c, path, *words):
    done = c.run(c.spec(trim={"start": 10, "end": 10.1}), "--history", path)
    assert done.returncode == 0 and os.path.getsize(c.out("film.mp4")) > 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "warning" in line]
    assert len(warnings) == 1 and all(w in warnings[0] for w in (path, *words)), done.stderr


def test_a_history_that_cannot_be_used_is_a_warning_not_a_failure(c):
    with open(c.out("noise.db"), "wb") as f:
        f.write(bytes(range(256)) * 40)
    with sqlite3.connect(c.out("newer.db")) as db:
        db.execute("PRAGMA user_version = 999")
        db.execute("PRAGMA application_id = 0x48576179")
    warns(c, c.out("noise.db"), "is not a database")
    warns(c, c.out("newer.db"), "newer Headway")
    warns(c, c.out("no/folder.db"), "No such file or directory")
    warns(c, "/sys/history.db", "its folder may not be written")


def test_a_history_that_another_program_holds_is_waited_for_then_warned_of(c):
    path = c.out("held.db")
    history(c, name="held.db")
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")  # reading still works, writing does not
    warns(c, path, "in use by another program")
    db.execute("ROLLBACK")
    db.close()
    assert len(rows(path, "SELECT id FROM records")) == 1


if __name__ == "__main__":
    program.main(sys.modules[__name__])
