# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads and downloads under random faults: nothing damaged, nothing left behind, nothing that hangs.

Usage: test_faults.py STORE_PROBE [--runs N] [--seed N] [--verbose]. Speaks TAP.

Each run moves one object of a random size through a proxy that harms about every eighth request, as
the seed says: the same seed makes the same runs (`make soak-storage` does 500). Every tenth object has it
worse, so that some must fail. A run may fail, with a sentence; then its object is the old one or absent,
or whole if only the answer was lost.
"""
import argparse
import collections
import concurrent.futures
import random
import sys
import threading
import time
import types

import store_site  # first: it says where the other modules are
import launch
import tap
from probe import Failed, content, digest
from store_site import BUCKET

RUNS = 40
AT_ONCE = 16  # runs wait more than they work
LONGEST_S = 60  # of a run, then it hangs
OLD = b"the object that was there before"
PART = 5 << 20

FAULTS = [
    {"kind": "refuse"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "retry_after": 1},
    {"kind": "reset", "way": "up", "after": [0, 4_000_000]},
    {"kind": "reset", "way": "down", "after": [0, 4_000_000]},
    {"kind": "truncate", "after": [0, 4_000_000]},
    {"kind": "stall", "way": "up", "after": [0, 1_000_000], "seconds": None},
    {"kind": "stall", "way": "down", "after": [0, 1_000_000], "seconds": None},
    {"kind": "slow", "seconds": 1},
    {"kind": "flip", "way": "up", "at": [0, 4_000_000]},
    {"kind": "etag"},
    {"kind": "lose"},
]
HARD = [f for f in FAULTS if f["kind"] in ("refuse", "status", "stall") and f.get("way") != "down"]
RULES = [{"path": r"/runs/\d*0(\?partNumber|$)", "method": "GET|PUT", "probability": 0.9, "faults": HARD},
         {"probability": 0.12, "faults": FAULTS}]
SETTINGS = {"HEADWAY_S3_ATTEMPTS": "5", "HEADWAY_S3_STALL": "1", "HEADWAY_S3_PART": str(PART)}


class Run:
    """One object on its way; `wrong` is what must not have happened."""

    def __init__(self, site, number, seed):
        chance = random.Random(f"{seed} {number}")
        self.site, self.key, self.wrong, self.sentence = site, f"runs/{number}", [], None
        self.upload = chance.random() < 0.6
        self.has_old = chance.random() < 0.3
        size = chance.choice([0, chance.randint(1, 100_000), chance.randint(100_000, PART),
                              PART, 2 * PART, chance.randint(PART, 4 * PART)])
        self.data = content(size, number)

    def go(self):
        client = self.site.client
        if self.has_old or not self.upload:
            client.put(BUCKET, self.key, OLD if self.upload else self.data)
        begin = time.monotonic()
        with self.site.probe(proxied=True, **SETTINGS) as p:
            watch = threading.Timer(LONGEST_S, p.process.kill)
            watch.start()
            try:
                self.move(p)
            except Failed as e:
                self.sentence = e.text
                self.check_words(e)
            except AssertionError as e:  # the probe is gone
                self.wrong.append(f"hangs or dies: {e}")
            watch.cancel()
        self.seconds = time.monotonic() - begin
        self.check_what_is_there(client)

    def move(self, p):
        where = self.site.where(self.key)
        if self.upload:
            p.put(where, self.data)
        elif p.get(where) != self.data:
            self.wrong.append("the download is damaged")

    def check_words(self, e):
        said = f"{e.text} {e.answer.get('detail')}"
        access, secret = self.site.server.said["users"]["owner"]
        if self.key not in e.text or len(e.text) < len(self.site.where(self.key)) + 12:
            self.wrong.append(f"the sentence does not say what and why: {e.text}")
        if secret in said or "Signature" in said:
            self.wrong.append("a secret is in the sentence")

    def check_what_is_there(self, client):
        if self.site.orphans(self.key):
            self.wrong.append("an upload was left behind")
        if client.exists(BUCKET, self.key):
            allowed = [self.data] if self.sentence is None else [self.data, OLD]
            if digest(client.get(BUCKET, self.key)) not in map(digest, allowed):
                self.wrong.append("the object is damaged")
            client.delete(BUCKET, self.key)
        elif self.sentence is None or self.has_old:
            self.wrong.append("the object is not there")


def soak(sites, runs, seed, verbose):
    """All the runs, a few at a time; raises with everything that was wrong."""
    for site in sites:
        site.proxy.ask(do="rules", seed=seed, rules=RULES)
    todo = [Run(sites[number % len(sites)], number, seed) for number in range(runs)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(Run.go, todo))
    harmed = [r for s in sites for r in s.passed() if r["fault"]]
    struck = collections.Counter(r["fault"]["kind"] for r in harmed)
    failed = [r for r in todo if r.sentence]
    print(f"# {runs} runs, {sum(r.upload for r in todo)} of them uploads, under {sum(struck.values())} faults "
          f"({', '.join(f'{n} {k}' for k, n in sorted(struck.items()))})")
    print(f"# {len(failed)} failed with a sentence; the longest took {max(r.seconds for r in todo):.1f} s")
    for r in failed if verbose else failed[:3]:
        print(f"#   {r.sentence}")
        for h in harmed if verbose else []:
            if h["path"].partition("?")[0].endswith(f"/{r.key}"):
                print(f"#     {h['method']} {h['path']} {h['range']} {h['fault']}")
    wrong = [f"{r.site.name} {r.key} ({'up' if r.upload else 'down'}, {len(r.data)} B): {w} [{r.sentence}]"
             for r in todo for w in r.wrong]
    assert not wrong, "\n".join(wrong)
    assert sum(struck.values()) >= runs / 10, f"too few faults to mean anything: {struck}"
    for site in sites:
        assert site.client.uploads(BUCKET) == [], site.client.uploads(BUCKET)
        if site.name == "stub":
            assert site.server.ask(do="state")["violations"] == []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("probe")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="print every sentence")
    arguments = parser.parse_args()

    def test_runs(_):
        with store_site.open_site("stub", arguments.probe) as stub:
            try:
                with store_site.open_site("swift", arguments.probe) as swift:
                    soak([stub, swift], arguments.runs, arguments.seed, arguments.verbose)
            except launch.NotHere:
                soak([stub], arguments.runs, arguments.seed, arguments.verbose)

    name = f"test_{arguments.runs}_uploads_and_downloads_under_random_faults"
    tap.main(types.SimpleNamespace(**{name: test_runs}), None)


if __name__ == "__main__":
    sys.exit(main())
