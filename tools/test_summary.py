#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_summary.py: one line for all test runs: `N passed, N failed, N skipped`.

Usage: test_summary.py BUILD_DIR...

Counts test cases, not programs, from what meson left in each BUILD_DIR/meson-logs: the cases from
testlog.junit.xml, and from testlog.json whether a program ended badly without a failing case of
its own (a crash, a timeout): that counts as one failure more. A missing or unreadable log counts
as a failure too. What failed, and what the failing programs remarked (lines of TAP that begin
with #), is printed before the line; exit code 1 when anything failed.
"""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

MAX_REMARKS = 20  # lines that a failing program may say here; the rest is in testlog.txt
GOOD_RESULTS = {"OK", "SKIP", "EXPECTEDFAIL"}


def short(name):
    """"headway:unit / base/text" → "base/text"."""
    return name.split(" / ")[-1]


def cases(junit):
    """(program, case name, "passed" | "failed" | "skipped")"""
    for suite in ET.parse(junit).getroot().iter("testsuite"):
        of_suite = suite.get("name", "").partition(".")[2]
        for case in suite.findall("testcase"):
            program = short(of_suite or case.get("name", "?"))
            if case.find("failure") is not None or case.find("error") is not None:
                result = "failed"
            else:
                result = "skipped" if case.find("skipped") is not None else "passed"
            yield program, short(case.get("name", "?")), result


def programs(log):
    """(program, meson's verdict, what it said)"""
    for line in log.read_text(errors="replace").splitlines():
        entry = json.loads(line)
        yield short(entry["name"]), entry["result"], entry.get("stdout", "")


def read_run(folder):
    """(counts, names of failures) of one build folder."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    logs = Path(folder) / "meson-logs"
    try:
        verdicts = list(programs(logs / "testlog.json"))
        found = list(cases(logs / "testlog.junit.xml"))
    except (OSError, ValueError, KeyError, ET.ParseError) as error:
        return counts | {"failed": 1}, [f"{folder}: no usable test log ({error})"]
    bad = {program: (verdict, said) for program, verdict, said in verdicts
           if verdict not in GOOD_RESULTS}
    unexplained = set(bad)
    for program, name, result in found:
        # A program of a single case that meson stopped stands in the junit file as if it were well.
        if program in bad and program == name and result == "passed":
            continue
        counts[result] += 1
        if result == "failed":
            failures.append(f"{folder}: {program}: {name}")
            unexplained.discard(program)
    for program in sorted(unexplained):
        counts["failed"] += 1
        failures.append(f"{folder}: {program}: ended with {bad[program][0]}")
    for program, (_, said) in bad.items():
        remarks = [x for x in said.splitlines() if x.startswith("#") and not x.startswith("# ok")]
        failures += [f"  {program} {x}" for x in remarks[-MAX_REMARKS:]]
    if not verdicts:
        counts["failed"] += 1
        failures.append(f"{folder}: no test was run")
    return counts, failures


def main(folders):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for folder in folders:
        counts, failures = read_run(folder)
        for key, n in counts.items():
            total[key] += n
        for name in failures:
            print(name if name.startswith(" ") else f"FAILED {name}")
    print(", ".join(f"{n} {key}" for key, n in total.items()))
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
