#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""suite_targets.py: what ninja has to make for the tests of some suites.

Usage: suite_targets.py BUILD_DIR SUITE... [--no SUITE...]   prints paths below BUILD_DIR
"""

import json
import sys
from pathlib import Path


def suites(test):
    """{"headway:unit", …} without the project's name."""
    return {name.rpartition(":")[2] for name in test["suite"]}


def targets(info, wanted, unwanted):
    """Files of the targets that the tests depend on; `info`: meson's folder of introspection."""
    tests = json.loads((info / "intro-tests.json").read_text())
    files = {t["id"]: t["filename"] for t in json.loads((info / "intro-targets.json").read_text())}
    needed = {target for test in tests if suites(test) & wanted and not suites(test) & unwanted
              for target in test["depends"]}
    return sorted(file for target in needed for file in files[target])


def main(folder, *names):
    at = names.index("--no") if "--no" in names else len(names)
    found = targets(Path(folder) / "meson-info", set(names[:at]), set(names[at + 1:]))
    if not found:
        sys.exit(f"suite_targets.py: no test of {', '.join(names[:at])} in {folder}")
    for file in found:
        print(Path(file).relative_to(Path(folder).resolve()))


if __name__ == "__main__":
    main(*sys.argv[1:])
