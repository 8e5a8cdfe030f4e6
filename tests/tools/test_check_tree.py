#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of tools/check_tree.py fires on a tiny tree that breaks it, and only there. TAP."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True
import check_tree  # noqa: E402

SPDX = "// SPDX-License-Identifier: GPL-3.0-or-later\n"
HEADER = SPDX + "#pragma once\n"
GOOD = {
    "src/base/error.h": HEADER + "struct error { int status; };\n",
    "src/base/error.c": SPDX + '#include "base/error.h"\nint error_zero(void)\n{\n    return 0;\n}\n',
    "src/base/meson.build": "# SPDX-License-Identifier: GPL-3.0-or-later\nlib('error.c')\n",
    "tests/base/test_error.c": SPDX + '#include "base/error.h"\n',
    "tests/base/meson.build": "# SPDX-License-Identifier: GPL-3.0-or-later\nfoo('error')\n",
}


def meson(name):
    return f"# SPDX-License-Identifier: GPL-3.0-or-later\nlib('{name}.c')\n"


# (what is wrong, the rule that must fire, the files that make it so)
BAD = [
    ("an include that goes upwards", "arrows",
     {"src/base/up.h": HEADER + '#include "sys/log.h"\n', "src/sys/log.h": HEADER}),
    ("an include of a sibling", "arrows",
     {"src/media/side.h": HEADER + '#include "vision/net.h"\n', "src/vision/net.h": HEADER}),
    ("a pure floor that reads the clock's floor", "arrows",
     {"src/job/now.h": HEADER + '#include "sys/clock.h"\n', "src/sys/clock.h": HEADER}),
    ("an include without its floor", "arrows",
     {"src/base/near.h": HEADER + '#include "error.h"\n'}),
    ("a folder that is no floor", "floors", {"src/attic/old.h": HEADER}),
    ("a second file beside main.c", "floors", {"src/other.h": HEADER}),
    ("a pure floor that includes <time.h>", "purity",
     {"src/progress/t.h": HEADER + "#include <time.h>\n"}),
    ("a pure floor that writes to a file", "purity",
     {"src/job/t.h": HEADER + "static inline void f(void)\n{\n    puts(0);\n}\n"}),
    ("a foreign library outside its owner", "owners",
     {"src/export/t.h": HEADER + "#include <libavutil/frame.h>\n"}),
    ("a foreign library in an owner's public header", "owners",
     {"src/media/t.h": HEADER + "#include <libavutil/frame.h>\n"}),
    ("a private header in a public one", "owners",
     {"src/media/t.h": HEADER + '#include "media/av.h"\n', "src/media/av.h": HEADER}),
    ("a private header outside its floor", "owners",
     {"src/export/t.c": SPDX + '#include "media/av.h"\n', "src/media/av.h": HEADER}),
    ("a library nobody owns", "owners", {"src/sys/t.h": HEADER + "#include <zlib.h>\n"}),
    ("a file without the licence line", "licence", {"src/base/t.h": "#pragma once\n"}),
    ("a script without the licence line", "licence", {"tools/t.sh": "#!/bin/sh\n"}),
    ("a file that is too long", "sizes", {"src/base/t.h": HEADER + "//\n" * 600}),
    ("a function that is too long", "functions",
     {"tests/base/test_t.c": SPDX + "void f(void)\n{\n" + "    f();\n" * 90 + "}\n"}),
    ("a vague file name", "names", {"src/base/utils.h": HEADER}),
    ("something left to do", "leftovers", {"src/base/t.h": HEADER + "// TO" + "DO: later\n"}),
    ("a header that needs another before it", "headers",
     {"src/base/t.h": HEADER + "void f(size_t n);\n"}),
    ("a header without #pragma once", "headers", {"src/base/t.h": SPDX}),
    ("a source file without tests", "tests",
     {"src/base/t.c": SPDX, "src/base/meson.build": meson("t")}),
    ("a source file that is not built", "registered", {"src/base/t.c": SPDX}),
    ("a test that is never run", "registered", {"tests/base/test_t.c": SPDX}),
]

# C text → the rule that the library built from it breaks
BUILT = [
    ("a pure floor that calls getpid()", "calls",
     "int getpid(void);\nint f(void);\nint f(void)\n{\n    return getpid();\n}\n"),
    ("a progress floor that allocates", "calls",
     "void *mem_zeroed(unsigned long n, unsigned long s);\nvoid *f(void);\nvoid *f(void)\n{\n"
     "    return mem_zeroed(1, 1);\n}\n"),
    ("a mutable global", "globals",
     "int f(void);\nint f(void)\n{\n    static int calls;\n    return ++calls;\n}\n"),
]


def write(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def fired(files, built=None):
    """The rules that fire on the good tree with `files` laid over it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, GOOD | files)
        build = None
        if built:
            build = root / "build-x"
            (build / "src/progress").mkdir(parents=True)
            (root / "build-x/t.c").write_text(built)
            subprocess.run(["cc", "-c", "-o", "t.c.o", "t.c"], cwd=build, check=True)
            subprocess.run(["ar", "rcs", "src/progress/libprogress.a", "t.c.o"], cwd=build,
                           check=True)
        out = io.StringIO()
        check_tree.run(check_tree.Tree(root, build), out)
        return [line.split(": ")[1] for line in out.getvalue().splitlines()], out.getvalue()


def cases():
    yield "the good tree breaks no rule", fired({}), None
    yield ("a pure library that computes is fine",
           fired({}, "double f(double x);\ndouble f(double x)\n{\n    return x * x;\n}\n"), None)
    for name, rule, files in BAD:
        yield f"{name} is found", fired(files), rule
    for name, rule, text in BUILT:
        yield f"{name} is found", fired({}, text), rule


def main():
    seen = set()
    failed = 0
    number = 0
    for number, (name, (rules, text), expected) in enumerate(cases(), 1):
        good = expected in rules if expected else not rules
        failed += not good
        seen.add(expected)
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
        for line in [] if good else [f"expected {expected}, got:", *text.splitlines()]:
            print(f"# {line}")
    untried = set(check_tree.RULES) - seen
    failed += bool(untried)
    print(f"{'not ok' if untried else 'ok'} {number + 1} - every rule has a tree that breaks it")
    print(f"1..{number + 1}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
