# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway doctor`: it says yes where the program works, and names what is missing where not.

Usage: test_doctor.py HEADWAY ASSETS. Speaks TAP.
"""
import json
import os
import subprocess
import sys

import program

EX_UNAVAILABLE = 69
CHECKS = ["processors", "network", "models", "film", "captions", "folder", "terminal"]


def doctor(c, *flags, **options):
    return subprocess.run([c.headway, "doctor", *flags], capture_output=True, text=True, timeout=120,
                          env=c.environment(), cwd=c.folder, **options)


def findings(done):
    assert done.stdout.count("\n") == 1 and done.stderr == "", done
    said = json.loads(done.stdout)
    assert [f["check"] for f in said["checks"]] == CHECKS, said
    assert said["ok"] == all(f["ok"] for f in said["checks"]) == (done.returncode == 0), (done.returncode, said)
    return {f["check"]: f for f in said["checks"]}


def test_a_machine_that_has_everything_is_well(c):
    done = doctor(c, "--json")
    found = findings(done)
    assert done.returncode == 0, found
    assert "x4fast" in found["network"]["text"] and "animevideov3" in found["models"]["text"], found
    assert os.listdir(c.folder) == [], os.listdir(c.folder)


def test_it_counts_the_processors_that_it_may_use(c):
    one = min(os.sched_getaffinity(0))
    found = findings(doctor(c, "--json"))
    assert found["processors"]["text"].split()[0] == str(len(os.sched_getaffinity(0))), found
    found = findings(doctor(c, "--json", preexec_fn=lambda: os.sched_setaffinity(0, {one})))
    assert found["processors"]["text"].split()[0] == "1", found


def test_networks_that_are_missing_are_named_with_the_place(c):
    done = doctor(c, "--json", "--model-dir", c.out("no-models"))
    found = findings(done)
    assert done.returncode == EX_UNAVAILABLE, done
    for check in ("network", "models"):
        assert not found[check]["ok"] and "no-models" in found[check]["text"], found[check]
    assert found["film"]["ok"] and found["folder"]["ok"], found


def test_a_folder_that_cannot_be_written_is_named(c):
    done = doctor(c, "--json", "--folder", c.out("absent"))
    found = findings(done)
    assert done.returncode == EX_UNAVAILABLE, done
    assert not found["folder"]["ok"] and "absent" in found["folder"]["text"], found["folder"]


def test_people_get_a_line_for_each_check_without_escapes_in_a_pipe(c):
    done = doctor(c, "--folder", c.out("absent"))
    lines = done.stdout.splitlines()
    assert len(lines) == len(CHECKS) and "\x1b" not in done.stdout, done.stdout
    assert [line for line in lines if "absent" in line] == [line for line in lines if "Output folder" in line], lines
    assert done.returncode == EX_UNAVAILABLE


def test_an_unknown_flag_is_a_usage_error(c):
    done = doctor(c, "--no-such-flag")
    assert done.returncode == program.EX_USAGE and done.stdout == "", done


if __name__ == "__main__":
    program.main(sys.modules[__name__])
