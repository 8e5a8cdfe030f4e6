# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker on another machine, which reports to `headway serve` over HTTP."""
import json
import os
import sys
import tempfile

import tap
from serving import Server, wait_until
from test_serve import FRAMING, Context, finished

REMOTE_WORKER = """#!/usr/bin/python3
# A starter: its worker, which is on another machine as far as the server can tell, speaks over HTTP.
import json, os, subprocess, sys
job, attempt = sys.argv[sys.argv.index("--job") + 1], sys.argv[sys.argv.index("--attempt") + 1]
print(json.dumps(dict(v=1, job=job, attempt=int(attempt), seq=0, t_ms=0, ev="hello", worker="far", call_id="fc-1",
                      plan=[dict(phase="upscale", unit="frames", total=2)])))
with open(os.environ["CALL"] + ".new", "w") as f:
    json.dump(dict(job=job, token=os.environ["HEADWAY_WORKER_TOKEN"], output=json.load(sys.stdin)["output"]), f)
os.rename(os.environ["CALL"] + ".new", os.environ["CALL"])
"""


class RemoteWorker:
    def __init__(self, server, call):
        wait_until(lambda: os.path.exists(call))
        with open(call) as f:
            self.__dict__.update(json.load(f))
        os.remove(call)
        self.server, self.seq = server, 0

    def say(self, ev, token=None, **members):
        self.seq += 1
        line = json.dumps(dict(members, v=1, job=self.job, attempt=1, seq=self.seq, t_ms=self.seq, ev=ev)) + "\n"
        return self.server.ask("POST", f"/api/exports/{self.job}/worker-events", line, token=token or self.token)


def test_a_worker_elsewhere_reports_over_http_until_its_output_is_there(c):
    with tempfile.TemporaryDirectory() as folder:
        program, call = os.path.join(folder, "worker"), os.path.join(folder, "call")
        with open(program, "w") as f:
            f.write(REMOTE_WORKER)
        os.chmod(program, 0o700)
        with Server(c.headway, "--worker-program", program, "--worker-silence", "1", environment={"CALL": call},
                    users=("anna",)) as server:
            server.token, = server.tokens
            job = server.submit(FRAMING)["job"]
            far = RemoteWorker(server, call)
            assert far.say("alive", token="x" * 64)[0] == 403
            code, _, body = far.say("progress", phase="upscale", done=1, total=2)
            assert (code, json.loads(body)) == (200, {"cancel": False}), body
            wait_until(lambda: any(p["phase"] == "upscale" and p["done"] == 1
                                   for p in server.get(f"/api/exports/{job}")["phases"]))
            with open(far.output, "wb") as f:
                f.write(b"a film")
            assert far.say("result", output=far.output, bytes=6, frames=2, duration_s=0.1)[0] == 200
            done = finished(server, job)
            assert done["state"] == "complete" and done["result"]["bytes"] == 6, done
            assert server.ask("GET", "/api/objects/films/bird.mp4")[2] == b"a film"
            assert far.say("alive")[0] == 404  # nobody is expected to speak any more
            job = server.submit(dict(FRAMING, output="films/other.mp4"))["job"]
            far = RemoteWorker(server, call)
            server.ask("DELETE", f"/api/exports/{job}")
            assert json.loads(far.say("alive")[2]) == {"cancel": True}
            assert finished(server, job)["state"] == "cancelled"  # it stays silent: that is all that can be known


if __name__ == "__main__":
    tap.main(sys.modules[__name__], Context(sys.argv[1], sys.argv[2]))
