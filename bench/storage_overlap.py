# SPDX-License-Identifier: GPL-3.0-or-later
"""The wall time of exports whose store is as slow as their computation, against the slowest stage alone.

Usage: storage_overlap.py BUILD ASSETS [EXPORT…]. For each export, in this order, on the same machine and store:
  compute     from a local file to a local file
  download    the whole source (of multi_clip: three of them), by the client, at a rate that makes it take as long
  upload      the whole film, by the client, at a rate that makes it take as long
  overlapped  the export from s3:// to s3:// at these rates
`sequential` is the sum of the first three: download all, run, upload all. The goal for overlapped is
1.25 times the slowest of them; the sequential order takes about 3. The films are small, so that this takes
five minutes, and so are the parts of their uploads: 128 KiB, where a larger film has 5 MiB.
"""
import os
import sys
import tempfile
import time

import stores
from stores import BUCKET

GOAL = 1.25
SECONDS = 24
PART = 128 << 10

EXPORTS = {
    "framing_ai": {
        "keyframes": [{"time": 0, "x": 500, "y": 200, "width": 72, "height": 128}],
        "output_size": {"width": 288, "height": 512}, "model": "animevideov3",
    },
    "overlay": {
        "effect": "dark_overlay", "dim_strength": 0.45,
        "regions": [{"start": 0, "end": SECONDS - 0.1, "keyframes": [
            {"time": 0.1, "x": 600, "y": 290, "radius_x": 150, "radius_y": 230, "color": "#FFCC00"},
            {"time": SECONDS - 0.5, "x": 700, "y": 320, "radius_x": 150, "radius_y": 230, "color": "#FFCC00"}]}],
    },
    "multi_clip": {
        "clips": [{"keyframes": [{"time": 0, "x": x, "y": 200, "width": 72, "height": 128}]} for x in (500, 600, 700)],
        "output_size": {"width": 288, "height": 512}, "model": "animevideov3",
        "transition": {"type": "dissolve", "duration": 0.4},
    },
}


def with_inputs(wanted, inputs):
    """The spec of an export of these sources: one, or one for each clip."""
    if "clips" not in wanted:
        return {**wanted, "input": inputs[0]}
    return {**wanted, "clips": [{**clip, "input": where} for clip, where in zip(wanted["clips"], inputs)]}


def timed(run, *arguments, **named):
    begin = time.monotonic()
    run(*arguments, **named)
    return time.monotonic() - begin


def read(path):
    with open(path, "rb") as f:
        return f.read()


def measure(headway, assets, site, name, folder):
    wanted, film = {"type": name, **EXPORTS[name]}, os.path.join(folder, name + ".mp4")
    count = len(wanted.get("clips", [None]))
    sources = [os.path.join(folder, f"{name}-{n}.mp4") for n in range(count)]
    for source in sources:
        stores.grainy(assets, source, SECONDS / count, "-crf", "30")
    compute = timed(stores.export, headway, assets, None, {**with_inputs(wanted, sources), "output": film})
    data, result = [read(source) for source in sources], read(film)
    places = [site.where(os.path.basename(source)) for source in sources]
    for source, bytes_in in zip(sources, data):
        site.client.put(BUCKET, os.path.basename(source), bytes_in)
    size = sum(map(len, data))
    site.proxy.ask(do="rate", down=size / compute, up=len(result) / compute)
    with site.probe(proxied=True, HEADWAY_S3_PART=str(PART)) as p:
        download = timed(lambda: [p.get(place) for place in places])
        upload = timed(p.put, site.where("copy.mp4"), result)
    overlapped = timed(stores.export, headway, assets, site, {**with_inputs(wanted, places), "output": site.where("film.mp4")},
                       HEADWAY_S3_PART=str(PART))
    site.proxy.ask(do="rate")
    slowest = max(compute, download, upload)
    sequential = compute + download + upload
    print(f"{name:12} {size / 1e6:7.1f} {len(result) / 1e6:7.1f} {compute:8.1f} {download:9.1f} {upload:8.1f} "
          f"{sequential:11.1f} {overlapped:11.1f} {sequential / slowest:11.2f} {overlapped / slowest:11.2f}", flush=True)
    return overlapped / slowest


def main(build, assets, *names):
    headway = os.path.join(build, "src", "headway")
    print(f"{'export':12} {'MB in':>7} {'MB out':>7} {'compute':>8} {'download':>9} {'upload':>8} {'sequential':>11} "
          f"{'overlapped':>11} {'seq/slowest':>11} {'ovl/slowest':>11}")
    with tempfile.TemporaryDirectory() as folder, stores.open_stub(build, "--min-part", str(PART)) as site:
        ratios = [measure(headway, assets, site, name, folder) for name in names or EXPORTS]
    print(f"goal: overlapped at most {GOAL} x the slowest stage: {'kept' if max(ratios) <= GOAL else 'MISSED'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
