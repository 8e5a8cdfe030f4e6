# SPDX-License-Identifier: GPL-3.0-or-later
"""store_probe (store_probe.c) at the end of a pipe, and what tests of stores need around it."""
import hashlib
import json
import os
import random
import subprocess
import tempfile

FOREIGN = ("AWS_", "HEADWAY_S3_")  # of the environment, that must not reach the tests


def clean_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}


def environment(endpoint, user, region="auto", **more):
    """`user` is [access key, secret] or [access key, secret, session token]."""
    names = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), user))
    return {**clean_environment(), "HEADWAY_S3_ENDPOINT": endpoint, "HEADWAY_S3_REGION": region, **names, **more}


def content(size, seed=0):
    return random.Random(f"{seed} {size}").randbytes(size)


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Failed(Exception):
    """An answer other than ok: `status` is its wire name, the text a sentence for people."""

    def __init__(self, answer):
        super().__init__(f"{answer['status']}: {answer.get('text')} ({answer.get('detail')})")
        self.status, self.text, self.answer = answer["status"], answer.get("text", ""), answer


class Probe:
    """One process; every method raises Failed when the store says no."""

    def __init__(self, program, env):
        self.folder = tempfile.TemporaryDirectory(prefix="headway-probe-")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            assert self.process.wait(30) == 0, f"store_probe ended with {self.process.returncode}"
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.folder.cleanup()

    def ask(self, do, **fields):
        self.process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"store_probe died at {do} {fields}"
        answer = json.loads(line)
        if answer["status"] != "ok":
            raise Failed(answer)
        return answer

    def path(self):
        return os.path.join(self.folder.name, "bytes")

    def read(self, offset, n, **more):
        """Of the open source."""
        self.ask("read", offset=offset, n=n, file=self.path(), **more)
        with open(self.path(), "rb") as f:
            return f.read()

    def get(self, where):
        size = self.ask("open", where=where)["size"]
        data = self.read(0, size + 1)
        self.ask("close")
        return data

    def write(self, data, offset=0, **more):
        """To the created sink."""
        with open(self.path(), "wb") as f:
            f.write(data)
        self.ask("write", offset=offset, file=self.path(), **more)

    def put(self, where, data):
        self.ask("create", where=where)
        try:
            self.write(data)
            return self.ask("commit")["size"]
        finally:
            self.ask("abandon")

    def peak_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmHWM"))
