#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_tree.py: does the source tree keep the rules of ARCHITECTURE.md and CONTRIBUTING.md?

Usage: check_tree.py [--root DIR] [--build DIR] [--tap]

Reads the tree (git's files where there is a repository, otherwise all files below the root) and
prints one line `path:line: rule: message` for each broken rule; exit code 1 when there is any.
With --build, the static libraries built there are looked at too: what a pure floor calls, and
whether anything keeps a mutable global. With --tap the output is TAP, one case a rule.

The tables below are the rules. To add a floor, a foreign library or an exception, add a row.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

# ---- the tables ----------------------------------------------------------------------------

# Who may include whom. A floor that is not here may not exist; siblings are in nobody's set.
FLOORS = {
    "base": set(),
    "sys": {"base"},
    "progress": {"base"},
    "job": {"base", "progress"},
    "analysis": {"base", "progress", "job"},
    "media": {"base", "sys", "progress", "job"},
    "vision": {"base", "sys", "progress", "job"},
    "storage": {"base", "sys", "progress", "job"},
    "export": {"base", "sys", "progress", "job", "media", "vision", "storage"},
    "worker": {"base", "sys", "progress", "job", "media", "vision", "storage", "export"},
    "history": {"base", "sys", "progress", "job"},
    "dispatch": {"base", "sys", "progress", "job", "storage"},
    "jobs": {"base", "sys", "progress", "job", "storage", "history", "dispatch"},
    "client": {"base", "sys", "progress", "job", "storage"},
    "server": {"base", "sys", "progress", "job", "storage", "history", "dispatch", "jobs"},
    "cli": {"base", "sys", "progress", "job", "analysis", "media", "vision", "storage", "export", "worker",
            "history", "dispatch", "jobs", "server", "client"},
    "": {"base", "sys", "cli"},  # src/main.c
}

# Floors that take time, input and randomness as arguments: what they may include and call.
PURE_FLOORS = ("progress", "job", "analysis")
PURE_HEADERS = {"assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h",
                "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h",
                "string.h"}
IMPURE_WORDS = re.compile(
    r"\b(fopen|fdopen|fread|fwrite|fgets|fputs|puts|putchar|printf|vprintf|fprintf|vfprintf|"
    r"stdin|stdout|stderr|getenv|setenv|rand|srand|random|time|clock|clock_\w+|nanosleep|usleep|"
    r"sleep|malloc|calloc|realloc|aligned_alloc|strdup|strndup|pthread_\w+|system|exit|"
    r"setlocale|strtok|strerror)\s*(?=[(,;)])")
PURE_CALLS = re.compile(
    r"^(mem(cpy|move|set|cmp|chr)|str(n?len|n?cmp|r?chr|n?cat|spn|cspn|str|tod|tol|toll|toul|"
    r"toull)|_?_?v?snprintf(_chk)?|__mem\w+_chk|__isoc\d+_\w+|q?sort|qsort|bsearch|abs|"
    r"l?l?(abs|div)|free|__assert_fail|__stack_chk_fail|__errno_location|_GLOBAL_OFFSET_TABLE_|"
    r"__ctype_\w+_loc|tolower|toupper|f?(abs|max|min|mod|dim|ma)f?|"
    r"(sqrt|cbrt|exp|exp2|expm1|log|log2|log10|log1p|pow|hypot|erf|erfc|tgamma|lgamma|sin|cos|tan|"
    r"sincos|asin|acos|atan|atan2|sinh|cosh|tanh|floor|ceil|round|lround|llround|rint|lrint|"
    r"llrint|nearbyint|trunc|frexp|ldexp|scalbn|modf|fmod|remainder|copysign|nextafter|"
    r"__fpclassify|__isnan|__isinf|__signbit)f?|__(asan|ubsan|tsan|gcov|sanitizer|llvm)_\w+)$")
# progress allocates nothing at all; job may use base/memory.h and what stands on it.
NO_ALLOCATION = {"progress": re.compile(r"^(mem_\w+|buffer_\w+|jr_\w+|jw_\w+|free)$")}

# A foreign library's headers and the one floor that may see them.
OWNERS = {
    r"libav\w+/|libsw\w+/|libpostproc/": "media",
    r"pango/|cairo": "media",
    r"oneapi/|dnnl|omp\.h": "vision",
    r"curl/|openssl/|expat\.h": "storage",
    r"jansson": "base",
    r"sqlite3": "history",
    r"nats/|nats\.h": "dispatch",
    r"libwebsockets|lws": "server",
    r"systemd/": "server",
    r"ini\.h": "cli",
}
# Headers that may show a foreign library's types, because only .c files of that floor see them.
PRIVATE_HEADERS = re.compile(r"^src/(media/av(_\w+)?|vision/onednn_layers|server/wire)\.h$")
SYSTEM_HEADERS = re.compile(
    r"^(argp|assert|cpuid|ctype|dirent|dlfcn|errno|fcntl|fenv|float|fts|getopt|immintrin|inttypes|langinfo|"
    r"libgen|limits|link|locale|malloc|math|netdb|poll|pthread|pwd|sched|semaphore|setjmp|signal|"
    r"spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|"
    r"sysexits|syslog|termios|time|unistd|wchar|(sys|linux|netinet|arpa|net)/\w+)\.h$")

# Writable data in the libraries: symbol → why it must be.
MUTABLE = {
    "max_level": "the log sink, sys/log.c",
}

# src files without a test file of their own name: path → what tests them instead.
UNTESTED = {
    "src/main.c": "one call of the command table; tests/system runs the program",
    "src/export/export.c": "a table; tests/export/test_framing.c runs its exports through it",
    "src/worker/worker.c": "ends its process; tests/system/test_worker.py speaks to it",
    "src/client/api.c": "asks a server; tests/system/test_jobs.py has one",
    "src/client/watch.c": "follows a server's events; tests/system/test_jobs.py kills it meanwhile",
    "src/cli/remote.c": "flags and one call; tests/system/test_jobs.py gives them",
    "src/cli/follow.c": "looks at watches; tests/system/test_jobs.py reads what it prints",
    "src/cli/submit.c": "its flags; tests/system/test_jobs.py gives them",
    "src/cli/jobs_commands.c": "its flags; tests/system/test_jobs.py gives them",
    "src/jobs/attempts.c": "moves processes; tests/jobs/test_supervisor.c plays their ends",
    "src/jobs/moves.c": "moves states; tests/jobs/test_supervisor.c and test_recovery.c see them",
    "src/server/transport.c": "speaks HTTP; tests/system/test_serve.py and test_abuse.py are its clients",
    "src/server/exchange.c": "the same",
    "src/server/watch.c": "the same",
    "src/server/upload.c": "the same",
    "src/server/download.c": "the same",
    "src/server/exports_api.c": "the same",
    "src/server/facts_api.c": "the same",
    "src/server/facts_history.c": "the same",
    "src/server/server.c": "the same",
    "src/cli/serve.c": "starts a server; tests/system/test_serve.py runs it",
    "src/cli/token_command.c": "tests/system/test_serve.py adds and removes tokens with it",
    "src/cli/worker_command.c": "its flags; tests/system/test_worker.py gives them",
    "src/cli/analyze.c": "reads and writes files; tests/system/test_analyze.py runs it",
    "src/cli/bench.c": "runs exports; tests/system/test_bench.py runs it",
    "src/cli/bench_run.c": "runs exports; the same",
    "src/cli/learning.c": "warnings around history.h; tests/system/test_history.py runs it",
    "src/storage/file_source.c": "behind storage/source.h; tests/storage/test_source.c",
    "src/storage/file_sink.c": "behind storage/sink.h; tests/storage/test_sink.c",
    "src/storage/file_store.c": "behind storage/object.h; tests/storage/test_object.c",
    "src/storage/s3_store.c": "likewise",
    "src/cli/run.c": "starts this program again; tests/system/test_run.py runs it",
    "src/cli/replay.c": "flags and output; tests/system/test_replay.py gives and reads them",
    "src/cli/score.c": "flags and output; tests/system/test_replay.py gives and reads them",
    "src/cli/doctor.c": "looks at the machine; tests/system/test_doctor.py compares",
    "src/cli/doctor_store.c": "needs a store; tests/system/test_doctor_store.py brings good and bad ones",
}

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 80
VAGUE_NAMES = {"util", "utils", "common", "misc", "helper", "helpers", "stuff"}
SOURCE_SUFFIXES = {".c", ".h", ".py", ".sh", ".js", ".mjs", ".css", ".html"}
LEFTOVERS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
SKIPPED_FOLDERS = {".git", "node_modules", "assets", "out", "__pycache__"}


# ---- the tree ------------------------------------------------------------------------------

class Tree:
    """The files under `root`; texts are read once."""

    def __init__(self, root, build=None):
        self.root = Path(root)
        self.build = Path(build) if build else None
        self.files = sorted(p for p in self._list() if (self.root / p).is_file())
        self._texts = {}
        self._codes = {}

    def _list(self):
        if (self.root / ".git").exists():
            out = subprocess.run(["git", "-c", "core.quotepath=off", "ls-files", "-co",
                                  "--exclude-standard"], cwd=self.root, check=True,
                                 capture_output=True, text=True).stdout
            return out.splitlines()
        found = []
        for folder, names, files in os.walk(self.root):
            names[:] = [n for n in names if n not in SKIPPED_FOLDERS and not n.startswith("build")]
            found += [str((Path(folder) / f).relative_to(self.root)) for f in files]
        return found

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(errors="replace")
        return self._texts[path]

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), 1)

    def code(self, path):
        """The C text with comments and the insides of strings blanked, line numbers kept."""
        if path not in self._codes:
            self._codes[path] = re.sub(
                r'//[^\n]*|/\*.*?\*/|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])+\'',
                lambda m: re.sub(r"[^\n]", " ", m.group()), self.text(path), flags=re.S)
        return self._codes[path]

    def c_files(self, top="src"):
        return [p for p in self.files if p.startswith(top + "/") and p.endswith((".c", ".h"))]

    def sources(self):
        """Everything people write as program text."""
        return [p for p in self.files if Path(p).suffix in SOURCE_SUFFIXES
                or Path(p).name in ("meson.build", "Makefile") or p.startswith(".ci/")]

    def includes(self, path):
        """(line number, is it <system>, name)"""
        for number, line in self.lines(path):
            m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if m:
                yield number, m.group(1) == "<", m.group(2)


def floor_of(path):
    """src/media/probe.c → "media"; src/main.c → ""."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def owner_of(header):
    for pattern, floor in OWNERS.items():
        if re.match(pattern, header):
            return floor
    return None


# ---- the rules: each yields (path, line, message) --------------------------------------------

def check_floors(tree):
    for path in tree.c_files():
        if floor_of(path) not in FLOORS:
            yield path, 1, f"unknown floor '{floor_of(path)}'"
        elif floor_of(path) == "" and path != "src/main.c":
            yield path, 1, "only main.c stands outside the floors"


def check_arrows(tree):
    for path in tree.c_files():
        floor = floor_of(path)
        for line, is_system, name in tree.includes(path):
            if is_system or floor not in FLOORS:
                continue
            other = name.split("/")[0] if "/" in name else None
            if other is None:
                yield path, line, f'write "{floor}/{name}", from the root of src'
            elif other != floor and other not in FLOORS[floor]:
                yield path, line, f"{floor or 'main'} may not include {other}"


def check_owners(tree):
    for path in tree.c_files():
        for line, is_system, name in tree.includes(path):
            if not is_system:
                if not PRIVATE_HEADERS.match(f"src/{name}"):
                    continue
                if floor_of(path) != name.split("/")[0]:
                    yield path, line, f"{name} is private to {name.split('/')[0]}"
                elif path.endswith(".h") and not PRIVATE_HEADERS.match(path):
                    yield path, line, f"a public header shows the private {name}"
                continue
            owner = owner_of(name)
            if owner is None:
                if not SYSTEM_HEADERS.match(name):
                    yield path, line, f"<{name}> belongs to no floor in check_tree.py"
            elif owner != floor_of(path):
                yield path, line, f"<{name}> belongs to {owner}"
            elif path.endswith(".h") and not PRIVATE_HEADERS.match(path):
                yield path, line, f"a public header shows <{name}>"


def check_purity(tree):
    for path in tree.c_files():
        if floor_of(path) not in PURE_FLOORS:
            continue
        for line, is_system, name in tree.includes(path):
            if is_system and name not in PURE_HEADERS:
                yield path, line, f"<{name}> in a pure floor"
        code = tree.code(path)
        for m in IMPURE_WORDS.finditer(code):
            if m.start() and code[m.start() - 1] in ".>":  # a member, not a function
                continue
            yield path, code.count("\n", 0, m.start()) + 1, f"{m.group(1)} in a pure floor"


def archives(tree):
    """floor → its static library, where it is built."""
    if not tree.build:
        return {}
    found = {f: tree.build / "src" / f / f"lib{f}.a" for f in FLOORS if f}
    return {f: p for f, p in found.items() if p.exists()}


def source_stem(member):
    """libbase.a.p/buffer.c.o → buffer"""
    return Path(member).name.removesuffix(".o").removesuffix(".c")


def symbols(archive, *options):
    out = subprocess.run(["nm", "-A", *options, str(archive)], capture_output=True, text=True,
                         check=True).stdout
    for line in out.splitlines():
        member, rest = line.rsplit(":", 1)
        yield source_stem(member.split(":")[-1]), rest.split()[-1]


def check_calls(tree):
    libraries = archives(tree)
    defined = {f: {name for _, name in symbols(p, "--defined-only")} for f, p in libraries.items()}
    for floor in (f for f in PURE_FLOORS if f in libraries):
        known = set().union(*(defined.get(f, set()) for f in FLOORS[floor] | {floor}))
        banned = NO_ALLOCATION.get(floor)
        for member, name in symbols(libraries[floor], "--undefined-only"):
            if banned and banned.match(name):
                yield f"src/{floor}/{member}.c", 1, f"calls {name}: {floor} allocates nothing"
            elif name not in known and not PURE_CALLS.match(name):
                yield f"src/{floor}/{member}.c", 1, f"calls {name}, which is not pure"


def check_globals(tree):
    for floor, archive in archives(tree).items():
        out = subprocess.run(["objdump", "-t", str(archive)], capture_output=True, text=True,
                             check=True).stdout
        member = "?"
        for line in out.splitlines():
            if ": " in line and "file format" in line:
                member = source_stem(line.split(":")[0])
            m = re.match(r"^[0-9a-f]+ .{7} (\.t?(?:data|bss)\S*)\s+[0-9a-f]+ (?:\.\w+ )?(\S+)$", line)
            if not m or ".rel.ro" in m.group(1) or m.group(2).startswith((".", "__")):
                continue
            name = re.sub(r"\.\d+$", "", m.group(2))
            if name not in MUTABLE:
                yield f"src/{floor}/{member}.c", 1, f"mutable global '{name}'"


def check_licence(tree):
    for path in tree.sources():
        head = tree.text(path).splitlines()[:2]
        if not any("SPDX-License-Identifier: GPL-3.0-or-later" in line for line in head):
            yield path, 1, "no SPDX-License-Identifier: GPL-3.0-or-later in the first two lines"


def check_sizes(tree):
    for path in tree.sources():
        n = tree.text(path).count("\n")
        if n > MAX_FILE_LINES:
            yield path, n, f"{n} lines, at most {MAX_FILE_LINES}"


def check_functions(tree):
    for path in tree.c_files() + tree.c_files("tests"):
        begin = 0
        for number, line in enumerate(tree.code(path).splitlines(), 1):
            if line.startswith("{"):
                begin = number
            elif line.startswith("}") and begin:
                if number - begin > MAX_FUNCTION_LINES:
                    yield path, begin, (f"a function of {number - begin} lines, at most "
                                        f"{MAX_FUNCTION_LINES}")
                begin = 0


def check_names(tree):
    for path in tree.sources():
        if Path(path).stem in VAGUE_NAMES:
            yield path, 1, f"'{Path(path).name}' says nothing about what is in it"


def check_leftovers(tree):
    for path in tree.sources() + [p for p in tree.files if p.endswith(".md")]:
        for number, line in tree.lines(path):
            m = LEFTOVERS.search(line)
            if m:
                yield path, number, f"{m.group()}: finish it or open an issue"


def check_headers(tree):
    compiler = os.environ.get("CC", "cc").split()
    for path in tree.c_files():
        if not path.endswith(".h"):
            continue
        run = subprocess.run([*compiler, "-fsyntax-only", "-std=gnu17", "-D_GNU_SOURCE", "-Isrc",
                              "-Wall", "-x", "c", "-include", path, "/dev/null"],
                             cwd=tree.root, capture_output=True, text=True)
        if run.returncode != 0:
            first = next((x for x in run.stderr.splitlines() if "error:" in x), run.stderr.strip())
            yield path, 1, f"does not compile alone: {first}"
        if "#pragma once" not in tree.text(path):
            yield path, 1, "no #pragma once"


def check_tests(tree):
    known = set(tree.files)
    for path in tree.c_files():
        if not path.endswith(".c") or path in UNTESTED:
            continue
        test = f"tests/{floor_of(path)}/test_{Path(path).name}"
        if test not in known:
            yield path, 1, f"{test} is missing"
    for path in UNTESTED:
        if path not in known and (tree.root / "src" / "main.c").exists():
            yield path, 1, "is excused from having tests, but does not exist"


def check_registered(tree):
    """A file that meson.build does not name is never compiled, a test never run."""
    for path in tree.c_files() + tree.c_files("tests"):
        p = Path(path)
        if p.suffix != ".c":
            continue
        build = str(p.parent / "meson.build")
        text = tree.text(build) if build in tree.files else ""
        stem = p.stem.removeprefix("test_").removeprefix("fuzz_")
        if not re.search(rf"'({re.escape(p.stem)}|{re.escape(stem)})(\.c)?'", text):
            yield path, 1, f"{build} does not name it"


RULES = {
    "floors": ("every folder of src is a known floor", check_floors),
    "arrows": ("includes go downwards, never sideways", check_arrows),
    "owners": ("a foreign library stays in its owner's .c files", check_owners),
    "purity": ("pure floors include and name nothing impure", check_purity),
    "calls": ("pure floors call nothing impure", check_calls),
    "globals": ("nothing keeps a mutable global", check_globals),
    "licence": ("every source file names the licence", check_licence),
    "sizes": (f"no file is longer than {MAX_FILE_LINES} lines", check_sizes),
    "functions": (f"no function is longer than {MAX_FUNCTION_LINES} lines", check_functions),
    "names": ("file names say what is in them", check_names),
    "leftovers": ("nothing is left to do later", check_leftovers),
    "headers": ("every header compiles alone", check_headers),
    "tests": ("every source file has its test file", check_tests),
    "registered": ("every file is named in its meson.build", check_registered),
}


# ---- the program -----------------------------------------------------------------------------

def run(tree, out, tap=False):
    """Prints what is broken to `out`; returns how many things are."""
    broken = 0
    if tap:
        print(f"1..{len(RULES)}", file=out)
    for number, (rule, (sentence, check)) in enumerate(RULES.items(), 1):
        found = sorted(set(check(tree)))
        broken += len(found)
        if tap:
            print(f"{'not ok' if found else 'ok'} {number} - {sentence}", file=out)
        for path, line, message in found:
            print(f"{'# ' if tap else ''}{path}:{line}: {rule}: {message}", file=out)
    return broken


def main():
    parser = argparse.ArgumentParser(description="Checks the rules of the source tree.")
    parser.add_argument("--root", default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--build", help="also look at the libraries built here")
    parser.add_argument("--tap", action="store_true", help="one TAP case a rule")
    options = parser.parse_args()
    broken = run(Tree(options.root, options.build), sys.stdout, options.tap)
    if not options.tap:
        print(f"check_tree: {broken} broken" if broken else "check_tree: all rules hold")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
