#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py: clang-tidy over src/, on two cores, skipping what was clean and has not changed.

Usage: tidy.py BUILD_DIR [FILE...]

A file is clean for as long as it, every header of src/, .clang-tidy and its compile command stay the
same; the proof is an empty file named after their hash in BUILD_DIR/tidy. Exit code 1 when anything is
found.
"""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def digest(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part if isinstance(part, bytes) else str(part).encode())
        h.update(b"\0")
    return h.hexdigest()


def commands(build):
    """source path relative to the root → how it is compiled (each file once)"""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(ROOT / "src") and path.is_file():
            found[str(path.relative_to(ROOT))] = entry["command"]
    return found


def tidy(build, path):
    run = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), path], cwd=ROOT,
                         capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def main():
    build = Path(sys.argv[1]).resolve()
    chosen = set(sys.argv[2:])
    shared = digest(*((ROOT / ".clang-tidy").read_bytes(), *(
        p.read_bytes() for p in sorted((ROOT / "src").rglob("*.h")))))
    cache = build / "tidy"
    cache.mkdir(exist_ok=True)
    todo = {}
    for path, command in sorted(commands(build).items()):
        proof = cache / digest(shared, command, (ROOT / path).read_bytes())
        if not proof.exists() and (not chosen or path in chosen):
            todo[path] = proof
    bad = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda path: tidy(build, path), todo)
        for (path, proof), (code, out, err) in zip(todo.items(), results):
            if code == 0 and not out.strip():
                proof.touch()
                continue
            bad += 1
            print(out.strip() or err.strip() or f"{path}: clang-tidy ended with {code}", flush=True)
    print(f"clang-tidy: {len(todo)} files looked at, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
