#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/suite_targets.py names what the tests of some suites need, and nothing else. TAP."""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True
import suite_targets  # noqa: E402

TARGETS = [{"id": "a", "filename": ["/b/tests/a"]}, {"id": "b", "filename": ["/b/tests/b", "/b/tests/b.map"]},
           {"id": "main", "filename": ["/b/src/main"]}, {"id": "bench", "filename": ["/b/bench/x"]}]
TESTS = [{"suite": ["p:unit"], "depends": ["a"]}, {"suite": ["p:unit", "p:slow"], "depends": ["b", "a"]},
         {"suite": ["p:system"], "depends": ["main"]}]

# (name, wanted, unwanted, expected)
CASES = [
    ("a target stands once", {"unit"}, set(), ["/b/tests/a", "/b/tests/b", "/b/tests/b.map"]),
    ("a suite takes its tests away", {"unit"}, {"slow"}, ["/b/tests/a"]),
    ("suites add up", {"slow", "system"}, set(), ["/b/src/main", "/b/tests/a", "/b/tests/b", "/b/tests/b.map"]),
    ("a suite that has no test needs nothing", {"fuzz"}, set(), []),
]


def main():
    print(f"1..{len(CASES)}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        info = Path(folder)
        (info / "intro-targets.json").write_text(json.dumps(TARGETS))
        (info / "intro-tests.json").write_text(json.dumps(TESTS))
        for number, (name, wanted, unwanted, expected) in enumerate(CASES, 1):
            got = suite_targets.targets(info, wanted, unwanted)
            failed += got != expected
            print(f"{'ok' if got == expected else 'not ok'} {number} - {name}")
            if got != expected:
                print(f"# expected {expected}, got {got}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
