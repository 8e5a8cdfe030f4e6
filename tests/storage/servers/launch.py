# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the servers of this folder as processes of their own; they end with their standard input.

    with launch.Server("swift_server.py") as swift:
        client = swift.client("owner")
"""
import json
import os
import subprocess
import sys

import s3_client

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


class NotHere(Exception):
    """The server's own program is not installed."""


class Server:
    def __init__(self, script, *arguments):
        self.process = subprocess.Popen([PYTHON, os.path.join(HERE, script), *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.close()
            raise NotHere(f"{script} did not start")
        self.said = json.loads(line)
        self.endpoint = self.said["endpoint"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def ask(self, **command):
        """One command in, one answer out, for servers that take commands on their standard input."""
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def client(self, user="owner", **changes):
        access, secret, *token = self.said["users"][user]
        options = {"access": access, "secret": secret, "region": self.said["region"],
                   "token": token[0] if token else None, **changes}
        return s3_client.Client(self.endpoint, **options)
