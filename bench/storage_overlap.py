# SPDX-License-Identifier: GPL-3.0-or-later
"""The wall time of exports whose store is as slow as their computation, against the slowest stage alone.

Usage: storage_overlap.py BUILD ASSETS. For each export, in this order, on the same machine and store:
  compute     from a local file to a local file
  download    the whole source, by the client, at a rate that makes it take as long
  upload      the whole film, by the client, at a rate that makes it take as long
  overlapped  the export from s3:// to s3:// at these rates
`sequential` is the sum of the first three: download all, run, upload all. The goal for overlapped is
1.25 times the slowest of them; the sequential order takes about 3. The films are small, so that this takes
three minutes, and so are the parts of their uploads: 128 KiB, where a larger film has 5 MiB.
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
}


def timed(run, *arguments, **named):
    begin = time.monotonic()
    run(*arguments, **named)
    return time.monotonic() - begin


def read(path):
    with open(path, "rb") as f:
        return f.read()


def measure(headway, assets, site, name, wanted, folder, source):
    film = os.path.join(folder, name + ".mp4")
    spec = {"type": name, **wanted}
    compute = timed(stores.export, headway, assets, None, {**spec, "input": source, "output": film})
    data, result = read(source), read(film)
    site.client.put(BUCKET, "source.mp4", data)
    site.proxy.ask(do="rate", down=len(data) / compute, up=len(result) / compute)
    with site.probe(proxied=True, HEADWAY_S3_PART=str(PART)) as p:
        download = timed(p.get, site.where("source.mp4"))
        upload = timed(p.put, site.where("copy.mp4"), result)
    overlapped = timed(stores.export, headway, assets, site,
                       {**spec, "input": site.where("source.mp4"), "output": site.where("film.mp4")}, HEADWAY_S3_PART=str(PART))
    site.proxy.ask(do="rate")
    slowest = max(compute, download, upload)
    sequential = compute + download + upload
    print(f"{name:12} {len(data) / 1e6:7.1f} {len(result) / 1e6:7.1f} {compute:8.1f} {download:9.1f} {upload:8.1f} "
          f"{sequential:11.1f} {overlapped:11.1f} {sequential / slowest:11.2f} {overlapped / slowest:11.2f}", flush=True)
    return overlapped / slowest


def main(build, assets):
    headway = os.path.join(build, "src", "headway")
    print(f"{'export':12} {'MB in':>7} {'MB out':>7} {'compute':>8} {'download':>9} {'upload':>8} {'sequential':>11} "
          f"{'overlapped':>11} {'seq/slowest':>11} {'ovl/slowest':>11}")
    with tempfile.TemporaryDirectory() as folder, stores.open_stub(build, "--min-part", str(PART)) as site:
        source = os.path.join(folder, "source.mp4")
        stores.grainy(assets, source, SECONDS, "-crf", "30")
        ratios = [measure(headway, assets, site, name, wanted, folder, source) for name, wanted in EXPORTS.items()]
    print(f"goal: overlapped at most {GOAL} x the slowest stage: {'kept' if max(ratios) <= GOAL else 'MISSED'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
