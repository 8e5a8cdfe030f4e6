# SPDX-License-Identifier: GPL-3.0-or-later
"""Our client of object storage against Swift and against R2's rules: every check on each.

Usage: test_conformance.py STORE_PROBE [SERVER] [--table FILE]    SERVER: swift or stub (both). Speaks TAP.
With --table the results are written as a page of docs/ (`make conformance`).
"""
import argparse
import concurrent.futures
import contextlib
import time
import types

import store_site  # first: it says where the other modules are
import checks
import checks_objects  # noqa: F401, the order of the page
import checks_faults  # noqa: F401
import checks_access  # noqa: F401
import launch
import tap


def run_all(site, results, futures):
    """All checks on `site`, one after the other; each writes its result down."""
    for function, future in futures.items():
        begin = time.monotonic()
        results[function, site.name] = "failed"
        try:
            why_not = function(site)
        except Exception as e:
            future.set_exception(e)
            continue
        results[function, site.name] = why_not or "yes"
        future.set_result((why_not, time.monotonic() - begin))


def cases(site, results, pool):
    """One test for each check on `site`, which waits for that check. The servers' checks run side by side."""
    futures = {f: concurrent.futures.Future() for functions in checks.GROUPS.values() for f in functions}
    pool.submit(run_all, site, results, futures)
    for group, functions in checks.GROUPS.items():
        for function in functions:
            def run(_, function=function):
                why_not, seconds = futures[function].result()
                print(f"# {seconds:.2f} s {function.__doc__}")
                if why_not:
                    raise tap.Skip(why_not)
            yield f"test_{site.name}: {group}: {function.__doc__}", run


def write_table(path, names, results):
    count = sum(len(functions) for functions in checks.GROUPS.values())
    lines = [
        "# What the client of object storage was tried with", "",
        f"Written by `make conformance`: {count} checks, each run by our client (`src/storage/`) against servers that",
        "verify every signature, and looked at by a second client that shares no code with ours. `tests/storage/checks_*.py`",
        "hold the checks; `make test` runs them all.", ""]
    lines += [f"- **{store_site.NAMES[name]}**: {store_site.ABOUT[name]}" for name in names]
    for group, functions in checks.GROUPS.items():
        lines += ["", f"## {group}", "", "| | " + " | ".join(store_site.NAMES[n] for n in names) + " |",
                  "|---|" + "---|" * len(names)]
        lines += [f"| {function.__doc__} | " + " | ".join(results.get((function, n), "not run") for n in names) + " |"
                  for function in functions]
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("probe")
    parser.add_argument("servers", nargs="*", default=[])
    parser.add_argument("--table")
    arguments = parser.parse_args()
    names = arguments.servers or list(store_site.SERVERS)
    results = {}
    with contextlib.ExitStack() as stack:
        pool = concurrent.futures.ThreadPoolExecutor(len(names))
        tests = {}
        for name in names:
            try:
                site = stack.enter_context(store_site.open_site(name, arguments.probe))
                tests.update(cases(site, results, pool))
            except launch.NotHere as e:
                def skipped(_, reason=f"{e}: is it installed?"):
                    raise tap.Skip(reason)
                tests[f"test_{name}"] = skipped
        try:
            tap.main(types.SimpleNamespace(**tests), None)
        finally:
            if arguments.table:
                write_table(arguments.table, names, results)


if __name__ == "__main__":
    main()
