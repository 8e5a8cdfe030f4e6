# SPDX-License-Identifier: GPL-3.0-or-later
"""What `floor` found (bench/floor.c), beside what `headway score` found on the same jobs.

Usage: floor.py FLOOR.ndjson SCORE.json prints the text and tables that accuracy.py puts into docs/accuracy.md.
"""
import json
import statistics
import sys

NAME = "oracle_law"
FACTS = {
    "faults": "what will go wrong, when, for how long",
    "luck": "drift and tails of the blocks to come",
    "sizes": "sizes before the plan; the result's before its upload",
    "frames": "the pace of phases of frames that have not begun",
    "finalize": "how long the last step takes",
    "startup": "how long queue and start take",
    "net": "the pace of transfers that have not begun; whether the upload waits",
    "init": "how long the models load",
    "state": "the deployment's load and network (they show in the paces alone)",
}


def mean(values):
    return statistics.fmean(values)


def read(floor_path, section):
    """The judged jobs of a section of `score`, as `floor` has them."""
    with open(floor_path) as f:
        jobs = {job["id"]: job for job in map(json.loads, f)}
    return [jobs[run["id"]] for run in section["runs"] if run["id"] in jobs]  # the brief ones are in neither's figures


def curve(jobs):
    """Mean |d − t/T| in each twentieth of T, as the sections of `score` have it."""
    columns = ([v for v in column if v is not None] for column in zip(*(job["curve"] for job in jobs)))
    return [mean(column) if column else None for column in columns]


def sentence(jobs, section):
    errors = [job["M1"] for job in jobs]
    spread = 1.96 * statistics.stdev(errors) / len(errors) ** 0.5
    p95 = statistics.quantiles(errors, n=20)[-1]
    ours = section["estimators"]["headway"]
    return (f"How good could a bar be here? One that knew the law of these jobs, but not the dice that are still to fall, would have M1 "
            f"{mean(errors):.4f} ± {spread:.4f} on the same {len(errors)} jobs, at the 95th percentile {p95:.4f}, and M2 "
            f"{mean(job['M2'] for job in jobs):.4f} (`{NAME}`; [what it knows](accuracy-method.md#the-floor)). No bar can be expected to do better; "
            f"held from falling, as a bar has to be, it has {mean(job['held'] for job in jobs):.4f}. Headway has {ours['M1']:.4f}, {ours['M1 p95']:.4f} and {ours['M2']:.4f} with {section['learn']} jobs learnt.")


def strata(jobs, section):
    lines = ["| jobs | number | M1 of headway | M1 of the floor |", "|---|---|---|---|"]
    for stratum in section["strata"]:
        name = stratum["name"]
        within = [job["M1"] for job in jobs if name in (job["type"], job["label"], "cold" if job["cold"] else "warm")]
        if within:
            lines.append(f"| {name} | {len(within)} | {stratum['M1']:.4f} | {mean(within):.4f} |")
    return "\n".join(lines)


def budget(jobs):
    def figure(key, which):
        return mean(job["budget"][key][which] for job in jobs)
    base = mean(job["budget"]["base"] for job in jobs)
    lines = ["What each fact would be worth to it (fewer throws, so the base is a little higher):", "",
             "| what it does not know | M1 if told | M1 if all else told |", "|---|---|---|", f"| all of this | {base:.4f} | {base:.4f} |"]
    lines += [f"| {text} | {figure(key, 'told'):.4f} | {figure(key, 'alone'):.4f} |" for key, text in FACTS.items()]
    return "\n".join(lines)


def text(floor_path, section):
    jobs = read(floor_path, section)
    return "\n\n".join([sentence(jobs, section), strata(jobs, section), budget(jobs)])


def main(floor_path, score_path):
    with open(score_path) as f:
        section = [json.loads(line) for line in f][-1]
    print(text(floor_path, section))
    jobs = read(floor_path, section)
    print("\n| t/T | headway | floor |\n|---|---|---|")
    for i, (ours, floor) in enumerate(zip(section["curves"]["headway"], curve(jobs))):
        print(f"| {i / 20:.2f}–{(i + 1) / 20:.2f} | {ours:.4f} | {floor:.4f} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
