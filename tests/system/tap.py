# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest TAP runner: functions named test_* of a module, in order, a line each.

A test fails by raising; it is skipped by raising Skip with the reason. The functions get one
argument, the context that main() was given.

Exports that a test runs learn in a history of its own, not in that of the user.
"""
import atexit
import os
import shutil
import sys
import tempfile
import traceback

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="headway-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)


class Skip(Exception):
    pass


def main(module, context):
    tests = [(name, f) for name, f in vars(module).items() if name.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    for number, (name, test) in enumerate(tests, 1):
        title = f"{number} - {name[len('test_'):]}"
        try:
            test(context)
        except Skip as reason:
            print(f"ok {title} # SKIP {reason}", flush=True)
        except Exception:
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {title}", flush=True)
        else:
            print(f"ok {title}", flush=True)
    sys.exit(0)
