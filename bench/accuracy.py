# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes docs/accuracy.md and its plots of what `headway score` said.

Usage: accuracy.py FOLDER DOCS GENERATED. FOLDER holds alone.md, alone.json and so on; GENERATED is the command
that made the corpus `made`, and floor.ndjson there is how good a bar can be on it.
"""
import datetime
import json
import os
import platform
import sys

import floor

COLOURS = {"headway": "#0b6e4f", "simulated": "#9a9a9a", "first": "#c77d00", "fixed": "#b3402e", "frames": "#3a6ea5",
           "passes": "#8a5a9e", "oracle_weights": "#b9b08f", floor.NAME: "#5fb89a"}
WIDTH, HEIGHT, LEFT, TOP = 640, 300, 56, 16
TOP_OF_SCALE = 0.3


def x_of(share):
    return LEFT + share * (WIDTH - LEFT - 130)


def y_of(error):
    return TOP + (1 - min(error, TOP_OF_SCALE) / TOP_OF_SCALE) * (HEIGHT - TOP - 40)


def plot(section, path):
    """Mean |d − t/T| over t/T, a line an estimator."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for tick in (0, 0.1, 0.2, 0.3):
        parts.append(f'<line x1="{LEFT}" x2="{x_of(1):.0f}" y1="{y_of(tick):.1f}" y2="{y_of(tick):.1f}" stroke="#dddddd"/>'
                     f'<text x="{LEFT - 6}" y="{y_of(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{x_of(tick):.1f}" y="{HEIGHT - 22}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text x="{x_of(0.5):.0f}" y="{HEIGHT - 6}" text-anchor="middle">t / T</text>'
                 f'<text x="14" y="{y_of(TOP_OF_SCALE / 2):.0f}" text-anchor="middle" '
                 f'transform="rotate(-90 14 {y_of(TOP_OF_SCALE / 2):.0f})">mean |d − t/T|</text>')
    for row, (name, colour) in enumerate((n, c) for n, c in COLOURS.items() if n in section["curves"]):
        curve = [(i, v) for i, v in enumerate(section["curves"][name]) if v is not None]
        points = " ".join(f"{x_of((i + 0.5) / 20):.1f},{y_of(v):.1f}" for i, v in curve)
        width = 3 if name == "headway" else 1.5
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
                     f'<line x1="{WIDTH - 120}" x2="{WIDTH - 100}" y1="{TOP + 12 + 18 * row}" y2="{TOP + 12 + 18 * row}" '
                     f'stroke="{colour}" stroke-width="{width}"/>'
                     f'<text x="{WIDTH - 94}" y="{TOP + 16 + 18 * row}">{name}</text>')
    with open(path, "w") as f:
        f.write("\n".join(parts + ["</svg>"]) + "\n")


def processor():
    with open("/proc/cpuinfo") as f:
        names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} processors"


def summary(sections):
    """A row for each amount of history: ours, the best other bar, the ratio."""
    lines = ["| learnt | jobs | M1 | best other bar | M1 of it | ratio | R ≤ R90 | inside R10–R90 | falls |", "|---|---|---|---|---|---|---|---|---|"]
    for s in sections:
        others = {n: f["M1"] for n, f in s["estimators"].items() if n != "headway" and not n.startswith("oracle")}
        best = min(others, key=others.get)
        ours = s["estimators"]["headway"]
        lines.append(f"| {s['learn']} | {s['judged']} | {ours['M1']:.4f} | {best} | {others[best]:.4f} | {ours['M1'] / others[best]:.2f} | "
                     f"{ours.get('M5 high', float('nan')):.3f} | {ours.get('M5 inside', float('nan')):.3f} | {ours['M7']:.0f} |")
    return "\n".join(lines)


def worst_jobs(section, count=8):
    """Of those that are judged: nobody reads a bar of under two seconds."""
    jobs = sorted((r for r in section["runs"] if r["total_s"] >= 2), key=lambda r: -r["M1"])[:count]
    rows = "\n".join(f"| {r['id']} | {r['type']} | {r['total_s']:.1f} | {r['M1']:.3f} | {r['M2']:.3f} | {r['M10']:.3f} |" for r in jobs)
    return f"| job | type | T, s | M1 | M2 | 1 − d at the end |\n|---|---|---|---|---|---|\n{rows}"


def chapter(folder, docs, corpus, title, text, floor_path=None):
    with open(os.path.join(folder, f"{corpus}.json")) as f:
        sections = [json.loads(line) for line in f]
    if floor_path:
        sections[-1]["curves"][floor.NAME] = floor.curve(floor.read(floor_path, sections[-1]))
    with open(os.path.join(folder, f"{corpus}.md")) as f:
        tables = f.read().rstrip()
    os.makedirs(os.path.join(docs, "accuracy"), exist_ok=True)
    plot(sections[-1], os.path.join(docs, "accuracy", f"{corpus}.svg"))
    return "\n\n".join([
        f"## {title}", text, summary(sections), *([floor.text(floor_path, sections[-1])] if floor_path else []),
        f"![mean error over the course of the job, {sections[-1]['title']}](accuracy/{corpus}.svg)",
        f"The worst jobs, {sections[-1]['title']}:", worst_jobs(sections[-1]), tables])


def main(folder, docs, generated):
    today = datetime.date.today().isoformat()
    head = f"""# How honest the bar is

Made by `make accuracy` on {today}, {processor()}. What is measured, how, and against what: [accuracy-method.md](accuracy-method.md).
A figure in **bold** with ✗ misses its target. Jobs are judged in the order of their submits, each after the same number of jobs learnt."""
    real = "Exports of this program on this project's machine of 2 processors, all six types, by `bench/record_traces.py`. The label is the circumstance: "
    unseen = (" `headway run` starts a worker for each job, so all are cold. The jobs judged were recorded when the estimator was done; older "
              "recordings, at which it was made, only teach.")
    local = chapter(folder, docs, "folder", "Recorded, files in a folder",
                    real + "`quiet`, `busy` (another process computes), `surge` (two begin to in mid-run), `evicted` (program and models not in the "
                    "page cache)." + unseen)
    stores = chapter(folder, docs, "stores", "Recorded, files in a store",
                     real + "`s3` (sources and results in an S3 store behind a line of 0.25 to 2 MB/s, drawn anew for each job) and `s3-turn` (a line "
                     "whose rate changes by 3 in mid-run)." + unseen)
    alone = chapter(folder, docs, "alone", "Recorded, first in line for the processors",
                    real + "as in the first two chapters. Other work went on, but these runs went before it (`nice -n -19`). Their program did not count the bytes "
                    "of an upload while they were on their way.")
    shared = chapter(folder, docs, "shared", "Recorded in a crowd",
                     real + "as in the first two chapters, with builds and tests of others going on all the time, a load of 5 to 25: the same work takes 1 to 30 times as "
                     "long, and its speed changes within seconds. Those named `calmer` are from hours in which measurements held others back.")
    made = chapter(folder, docs, "made", "Generated jobs",
                   f"Jobs of another deployment, by `{generated}`: two machines, heavy tails, heat, throttling, networks that lose their rate, cold "
                   "starts with a long tail, retries, cuts, hangs, coarse reports, wrong sizes (`bench/made_job.h` says how). A third of "
                   "the jobs has a fault that nobody can foresee (its label); a fifth is encoded in two passes, which nothing tells beforehand.",
                   os.path.join(folder, "floor.ndjson"))
    published = chapter(folder, docs, "published", "Totals published elsewhere",
                        "Five exports of another program on rented GPUs, of which frames and total time are public and no phase: a worker that "
                        "says nothing before its end. Nothing is learnt from such jobs. `simulated` is the bar whose two constants were made from the first of them.")
    with open(os.path.join(docs, "accuracy.md"), "w") as f:
        f.write("\n\n".join([head, local, stores, alone, shared, made, published]) + "\n")


main(*sys.argv[1:])
