# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the server share: one that runs, requests to it, a WebSocket, raw sockets.

No library beyond Python's own: the WebSocket is the frames themselves, so that tests can send
wrong ones too.
"""
import base64
import concurrent.futures
import http.client
import json
import os
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time


class Server:
    """`headway serve` on a free port, in a folder of its own; a context manager."""

    def __init__(self, headway, *flags, folder=None, environment=None, users=()):
        self.headway = os.path.abspath(headway)
        self.owns_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="headway-serve-")
        self.data = os.path.join(self.folder, "data")
        self.flags = flags
        self.environment = environment or {}
        self.process = None
        self.token = None
        self.tokens = [self.token_add(user) for user in users]  # known from the start

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            [self.headway, "serve", "--listen", "127.0.0.1:0", "--data", self.data, *self.flags],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=dict(os.environ, NO_COLOR="1", **self.environment))
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else ""
        assert line.startswith("http"), f"no address: {line!r}; {self.said()}"
        self.url = line.strip()
        self.host, port = self.url.split("//")[1].rsplit(":", 1)
        self.port = int(port)
        self.is_tls = self.url.startswith("https")

    def stop(self, how=signal.SIGTERM):
        if not self.process:
            return None
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return code

    def said(self):
        with open(os.path.join(self.folder, "log")) as f:
            return f.read()

    def token_add(self, user, *flags):
        out = subprocess.run([self.headway, "token", "add", user, "--data", self.data, *flags],
                             capture_output=True, text=True, check=True, timeout=30)
        return out.stdout.strip()

    def memory(self):
        """Resident bytes of the process."""
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))

    # ---- requests ----

    def connect(self, timeout=30):
        s = socket.create_connection((self.host, self.port), timeout)
        if self.is_tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            s = context.wrap_socket(s)
        return s

    def ask(self, method, path, body=None, headers=None, token=None):
        """(code, headers, bytes)"""
        headers = dict(headers or {})
        token = token or self.token
        if token:
            headers.setdefault("Authorization", f"Bearer {token}")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        if self.is_tls:
            connection.sock = self.connect()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path, expect=200, **options):
        code, _, body = self.ask("GET", path, **options)
        assert code == expect, (code, body)
        return json.loads(body)

    def submit(self, spec, expect=202, **options):
        code, _, body = self.ask("POST", "/api/exports", json.dumps(spec), **options)
        assert code == expect, (code, body)
        return json.loads(body)

    def put(self, key, source, token=None):
        with open(source, "rb") as f:
            code, _, body = self.ask("PUT", "/api/objects/" + key, f.read(), token=token)
        assert code == 201, (code, body)

    def metric(self, name):
        _, _, body = self.ask("GET", "/metrics")
        line = next(l for l in body.decode().splitlines() if l.startswith(f"headway_{name} "))
        return float(line.split()[1])

    def raw_all(self, texts, timeout=15):
        """The same for each of them, all at once."""
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            return list(pool.map(lambda text: self.raw(text, timeout), texts))

    def raw(self, text, timeout=15):
        """Sends bytes as they are; everything that comes back until the peer closes."""
        s = self.connect(timeout)
        try:
            try:
                s.sendall(text if isinstance(text, bytes) else text.encode())
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent; the answer is there to be read
            return read_all(s)
        finally:
            s.close()


def read_all(s):
    got = b""
    try:
        while chunk := s.recv(65536):
            got += chunk
    except ConnectionResetError:
        pass
    return got


def code_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


class WebSocket:
    TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

    def __init__(self, server, path, headers=None, token=None, timeout=30):
        self.socket = server.connect(timeout)
        self.buffer = b""
        self.closed = None  # the code that the server closed with
        lines = {
            "Host": f"{server.host}:{server.port}", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
        }
        token = token or server.token
        if token:
            lines["Authorization"] = f"Bearer {token}"
        lines.update(headers or {})
        head = "".join(f"{k}: {v}\r\n" for k, v in lines.items() if v is not None)
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        while b"\r\n\r\n" not in self.buffer:
            chunk = self.socket.recv(4096)
            if not chunk:
                break
            self.buffer += chunk
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.code = code_of(self.head)

    def _need(self, n):
        while len(self.buffer) < n:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise EOFError
            self.buffer += chunk
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def frame(self):
        """(opcode, payload); raises EOFError at the end of the connection."""
        first, second = self._need(2)
        n = second & 127
        if n == 126:
            n = struct.unpack(">H", self._need(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self._need(8))[0]
        payload = self._need(n)
        if first & 15 == self.CLOSE:
            self.closed = struct.unpack(">H", payload[:2])[0] if n >= 2 else 1005
        return first & 15, payload

    def text(self):
        """The next text; pings are answered meanwhile."""
        while True:
            opcode, payload = self.frame()
            if opcode == self.PING:
                self.send(payload, self.PONG)
            elif opcode == self.TEXT:
                return payload.decode()
            elif opcode == self.CLOSE:
                raise EOFError

    def texts(self):
        """Every line until the end of the connection."""
        try:
            while True:
                yield from self.text().split("\n")
        except EOFError:
            return

    def snapshots(self):
        return map(json.loads, self.texts())

    def send(self, payload, opcode=1, final=True, masked=True, length=None):
        n = len(payload) if length is None else length
        head = bytes([(128 if final else 0) | opcode])
        mark = 128 if masked else 0
        if n < 126:
            head += bytes([mark | n])
        elif n < 65536:
            head += bytes([mark | 126]) + struct.pack(">H", n)
        else:
            head += bytes([mark | 127]) + struct.pack(">Q", n)
        mask = os.urandom(4) if masked else b""
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.socket.sendall(head + mask + body)

    def close(self):
        self.socket.close()


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found
