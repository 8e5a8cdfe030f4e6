# SPDX-License-Identifier: GPL-3.0-or-later
"""What an extract of ten seconds from the middle of a large film in a store fetches, and what memory it takes.

Usage: storage_range.py BUILD ASSETS. The large film is the small one a hundred times over, packets copied:
at least 500 MB, with its index (moov) in front, then at the end. `range` is the bytes of the range's
packets, as ffprobe counts them; the goals are 1.3 times that, and a peak of the worker's memory at most 1.1
times that of the same extract from the small film.
"""
import os
import resource
import subprocess
import sys
import tempfile

import stores
from stores import BUCKET

SECONDS, TIMES, LARGE_BYTES = 10, 100, 500_000_000
GOAL_BYTES, GOAL_MEMORY = 1.3, 1.1


def packet_bytes(path, begin, end):
    """Of the packets from the key frame that a copy starts with to the end of the range."""
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=pts_time,size,flags", "-of", "csv=p=0",
                          "-read_intervals", f"{begin}%{end}", path], check=True, capture_output=True, text=True).stdout
    rows = [line.split(",") for line in out.splitlines()]
    return sum(int(size) for at, size, *_ in rows if float(at) < end)


def make(assets, folder):
    small, front, back = (os.path.join(folder, name) for name in ("small.mp4", "front.mp4", "back.mp4"))
    stores.grainy(assets, small, SECONDS, "-b:v", "4200k", "-maxrate", "4200k", "-bufsize", "4200k")
    stores.ffmpeg("-stream_loop", str(TIMES - 1), "-i", small, "-c", "copy", "-movflags", "+faststart", front)
    stores.ffmpeg("-stream_loop", str(TIMES - 1), "-i", small, "-c", "copy", back)
    return {"small": small, "large, moov in front": front, "large, moov at the end": back}


def peak_of(headway, assets, site, spec):
    """The export in a process of its own, whose children's peak is known when it is gone."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        stores.export(headway, assets, site, spec)
        os.write(write, str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as f:
        kib = f.read()
    os.waitpid(pid, 0)
    return int(kib or sys.exit("the export failed")) << 10


def measure(headway, assets, site, title, path):
    begin = 0 if title == "small" else 480.5
    key = os.path.basename(path)
    with open(path, "rb") as f:
        site.client.put(BUCKET, key, f.read())
    wanted = packet_bytes(path, begin, begin + SECONDS)
    site.passed()
    peak = peak_of(headway, assets, site, {"type": "extract_clip", "input": site.where(key), "output": site.where("out.mp4"),
                                           "start": begin, "end": begin + SECONDS})
    rows = [r for r in site.passed() if r["method"] == "GET"]
    fetched = sum(r["down"] for r in rows)
    print(f"{title:24} {os.path.getsize(path) / 1e6:8.1f} {wanted / 1e6:9.2f} {fetched / 1e6:9.2f} {fetched / wanted:7.2f} "
          f"{len(rows):9} {peak / 1e6:8.1f}", flush=True)
    return fetched / wanted, peak


def main(build, assets):
    headway = os.path.join(build, "src", "headway")
    print(f"{'film':24} {'MB':>8} {'range MB':>9} {'fetched':>9} {'ratio':>7} {'requests':>9} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder, stores.open_stub(build) as site:
        rows = [measure(headway, assets, site, *film) for film in make(assets, folder).items()]
        assert os.path.getsize(os.path.join(folder, "front.mp4")) >= LARGE_BYTES
    ratio = max(ratio for ratio, _ in rows[1:])
    memory = max(peak for _, peak in rows[1:]) / rows[0][1]
    kept = ratio <= GOAL_BYTES and memory <= GOAL_MEMORY
    print(f"bytes {ratio:.2f} (goal {GOAL_BYTES}), memory {memory:.2f} (goal {GOAL_MEMORY}): {'kept' if kept else 'MISSED'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
