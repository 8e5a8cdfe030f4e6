# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements of stores share: a store behind the proxy, films with grain, exports by `headway run`."""
import json
import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "storage"))

import store_site  # noqa: E402
from store_site import BUCKET  # noqa: E402, F401


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)


def grainy(assets, path, seconds, *encoding):
    """A film whose grain costs bytes, as a real camera's does."""
    ffmpeg("-stream_loop", "-1", "-i", os.path.join(assets, "clips", "cockatoo.mp4"), "-t", str(seconds), "-vf", "noise=alls=30:allf=t",
           "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "20", *encoding, "-an",
           "-movflags", "+faststart", path)


def export(headway, assets, site, spec, **variables):
    """Runs one export to its end, and gives what its last snapshot says."""
    env = {**(site.environment(proxied=True, **variables) if site else os.environ),
           "HEADWAY_MODEL_DIR": os.path.join(assets, "models"), "NO_COLOR": "1"}
    done = subprocess.run([headway, "run", "--json", "--spec", "-"], input=json.dumps(spec), env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def open_stub(build, *more):
    return store_site.open_site("stub", os.path.join(build, "tests", "storage", "store_probe"), *more)
