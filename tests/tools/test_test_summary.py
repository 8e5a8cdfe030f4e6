#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/test_summary.py counts what meson left behind, crashes and holes included. TAP."""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True
import test_summary  # noqa: E402

MARKS = {"passed": "", "failed": "<failure/>", "skipped": "<skipped/>"}


def tap_suite(program, *results):
    body = "".join(f'<testcase name="case {i}" classname="x">{MARKS[r]}</testcase>'
                   for i, r in enumerate(results))
    return f'<testsuite name="headway.headway:unit / {program}">{body}</testsuite>'


def single(program, result):
    return ('<testsuite name="headway">'
            f'<testcase name="headway:unit / {program}">{MARKS[result]}</testcase>'
            "</testsuite>")


# (name, suites of the junit file or None, {program: verdict}, passed, failed, skipped)
CASES = [
    ("cases are counted, not programs", [tap_suite("a", "passed", "passed", "skipped")],
     {"a": "OK"}, (2, 0, 1)),
    ("a failing case is one failure", [tap_suite("a", "passed", "failed")], {"a": "FAIL"},
     (1, 1, 0)),
    ("a crash after good cases is a failure", [tap_suite("a", "passed", "passed")],
     {"a": "ERROR"}, (2, 1, 0)),
    ("a timeout of a program without cases is a failure, not a pass", [single("a", "passed")],
     {"a": "TIMEOUT"}, (0, 1, 0)),
    ("a program with an exit code is one case", [single("a", "passed"), single("b", "failed")],
     {"a": "OK", "b": "FAIL"}, (1, 1, 0)),
    ("a skipped program is skipped", [single("a", "skipped")], {"a": "SKIP"}, (0, 0, 1)),
    ("a missing log is a failure", None, {}, (0, 1, 0)),
    ("a run without tests is a failure", [], {}, (0, 1, 0)),
]


def counted(suites, verdicts):
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "meson-logs"
        if suites is not None:
            logs.mkdir()
            (logs / "testlog.junit.xml").write_text(f"<testsuites>{''.join(suites)}</testsuites>")
            (logs / "testlog.json").write_text("\n".join(
                json.dumps({"name": f"headway:unit / {p}", "result": v, "stdout": "ok 1\n"})
                for p, v in verdicts.items()))
        counts, failures = test_summary.read_run(folder)
        assert len(failures) == counts["failed"], failures
        return counts["passed"], counts["failed"], counts["skipped"]


def main():
    print(f"1..{len(CASES)}")
    failed = 0
    for number, (name, suites, verdicts, expected) in enumerate(CASES, 1):
        got = counted(suites, verdicts)
        failed += got != expected
        print(f"{'ok' if got == expected else 'not ok'} {number} - {name}")
        if got != expected:
            print(f"# expected {expected}, got {got}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
