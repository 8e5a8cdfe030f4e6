#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""fault_proxy.py: stands between an HTTP client and its server and does harm, as a script says.

Usage: fault_proxy.py ENDPOINT [--cert FILE --key FILE]

Says {"endpoint": "http://127.0.0.1:4713"} when it listens and runs until its standard input ends. A
line of JSON on its input is a command, answered by a line:

    {"do": "rules", "rules": […], "seed": N}    from now on; what was counted before is forgotten
    {"do": "rate", "up": B, "down": B}          bytes a second, over all connections; null is no limit
    {"do": "listen", "on": false}               nobody answers the port until it is on again
    {"do": "log"}                               what passed since the last log, and connections now open

A rule is {"method": regex, "path": regex, "skip": N, "times": N, "probability": P, "faults": […]}, all
but the last optional. The first rule that matches a request decides: it lets the first `skip` such
requests pass, harms the next `times` of them, each with the probability, by one of its faults. Chance
is a function of the seed and of the request (method, path, range, how often it was seen), not of the
order in which parallel requests arrive, so that a run can be repeated.

A fault is {"kind": KIND, …}; "way" is "up" (to the server) or "down" (the default), counts are
bytes of the body, and a number may be [low, high] for chance to choose:

    refuse                     the connection is reset before anything is answered
    status status retry_after  this answer instead of the server's
    reset after way            the connection is reset in the middle of a body
    truncate after             the answer ends early, as if it were whole
    stall after way seconds    nothing moves for so long (null: until the client gives up)
    slow seconds               the first byte of the answer comes late
    flip at way                a bit of the body is another
    etag                       the answer names another ETag
    fat bytes                  the answer has so many bytes of header more
    skew seconds               RequestTimeTooSkewed, from a server whose clock goes that wrong
    lose                       the server does it, and the answer is lost
"""
import argparse
import asyncio
import email.utils
import hashlib
import json
import random
import re
import select
import socket
import ssl
import struct
import sys
import time
import urllib.parse

CHUNK = 32 << 10
RECEIVE_BYTES = 64 << 10
HEAD_LIMIT = 256 << 10
WATCH_S = 0.05  # how often a waiting client is looked at
CODES = {500: "InternalError", 503: "SlowDown", 502: "BadGateway", 403: "AccessDenied", 429: "TooManyRequests"}
NOT_IDENTITY = re.compile(r"[?&](uploadId|X-Amz-[A-Za-z-]+)=[^&]*")


class Gone(Exception):
    """The client's connection is to end now; `reset` says how."""

    def __init__(self, reset):
        self.reset = reset


class Rate:
    """So many bytes a second, shared by all who take from it."""

    def __init__(self):
        self.bytes_per_s, self.free_at = None, 0.0

    async def take(self, count):
        if not self.bytes_per_s:
            return
        self.free_at = max(self.free_at, time.monotonic()) + count / self.bytes_per_s
        await asyncio.sleep(self.free_at - time.monotonic())


class Rules:
    def __init__(self, rules=(), seed=0):
        self.rules, self.seed = rules, seed
        self.matched = [0] * len(rules)
        self.seen = {}

    def fault(self, head):
        """The harm for this request, its numbers chosen, or None."""
        for i, rule in enumerate(self.rules):
            if re.fullmatch(rule.get("method", ".*"), head.method) and re.search(rule.get("path", ""), head.target):
                self.matched[i] += 1
                nth = self.matched[i] - rule.get("skip", 0)
                if nth < 1 or nth > rule.get("times", nth):
                    return None
                chance = self.chance(head)
                if chance.random() >= rule.get("probability", 1):
                    return None
                fault = chance.choice(rule["faults"])
                return {k: chance.randint(*v) if isinstance(v, list) else v for k, v in fault.items()}
        return None

    def chance(self, head):
        name = f"{head.method} {NOT_IDENTITY.sub('', head.target)} {head.fields.get('range')}"
        self.seen[name] = self.seen.get(name, 0) + 1
        text = f"{self.seed} {name} {self.seen[name]}"
        return random.Random(hashlib.sha256(text.encode()).digest())


class Head:
    """The start line and header fields of a message, kept as they came."""

    def __init__(self, raw):
        self.raw = raw
        start, *lines = raw.decode("latin-1").split("\r\n")
        self.start = start.split(" ", 2)
        self.method, self.target = self.start[0], self.start[1]
        self.fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}

    def length(self):
        return int(self.fields.get("content-length", "0"))

    def chunked(self):
        return "chunked" in self.fields.get("transfer-encoding", "")

    def replace(self, name, value):
        pattern = re.compile(rb"(?im)^" + name.encode() + rb":[^\r]*\r\n")
        self.raw = pattern.sub(f"{name}: {value}\r\n".encode() if value is not None else b"", self.raw)


async def read_head(reader):
    """The next message's head, or None when the peer closed between messages."""
    try:
        return Head(await reader.readuntil(b"\r\n\r\n"))
    except asyncio.IncompleteReadError as e:
        if e.partial:
            raise ConnectionError("closed within a head") from None
        return None


async def pieces(reader, head):
    """The body that follows `head`, as it comes; chunk frames are kept."""
    if head.chunked():
        while True:
            line = await reader.readline()
            size = int(line.split(b";")[0] or b"0", 16)
            yield line + await reader.readexactly(size + 2)
            if size == 0:
                return
    left = head.length()
    while left > 0:
        data = await reader.read(min(CHUNK, left))
        if not data:
            raise ConnectionError("closed within a body")
        left -= len(data)
        yield data


class Harm:
    """The part of a fault that concerns one body on its way."""

    def __init__(self, fault, way):
        self.kind = fault["kind"] if fault and fault.get("way", "down") == way else None
        self.fault, self.passed = fault or {}, 0

    async def apply(self, data):
        """What to send of `data`; raises Gone when the connection is to end after it (see `then`)."""
        begin, self.passed = self.passed, self.passed + len(data)
        at = self.fault.get("at" if self.kind == "flip" else "after", 0)
        self.then = None
        if self.kind == "flip" and begin <= at < self.passed:
            data = bytearray(data)
            data[at - begin] ^= 0x10
        elif self.kind in ("reset", "truncate") and at < self.passed:
            self.then = Gone(self.kind == "reset")
            data = data[:max(0, at - begin)]
        elif self.kind == "stall" and at < self.passed:
            self.kind = None
            seconds = self.fault.get("seconds")
            await asyncio.sleep(86400 if seconds is None else seconds)
        return data


class Proxy:
    def __init__(self, endpoint):
        parts = urllib.parse.urlsplit(endpoint)
        self.upstream = (parts.hostname, parts.port)
        self.rules = Rules()
        self.rates = {"up": Rate(), "down": Rate()}
        self.log, self.open = [], 0
        self.server = None

    # ---- one connection ----

    async def connected(self, reader, writer):
        self.open += 1
        try:
            while (head := await read_head(reader)) and await self.one(head, reader, writer):
                pass
        except Gone as gone:
            if gone.reset:
                reset(writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            reset(writer)
        except asyncio.CancelledError:
            reset(writer)
        finally:
            self.open -= 1
            writer.close()

    async def one(self, head, reader, writer):
        """Passes one request and its answer on; False when the connection ends with it."""
        fault = self.rules.fault(head)
        row = {"method": head.method, "path": head.target, "range": head.fields.get("range"),
               "fault": fault, "up": 0, "down": 0, "status": None, "at": time.monotonic()}
        self.log.append(row)
        kind = fault["kind"] if fault else None
        if kind == "refuse":
            raise Gone(True)
        if head.fields.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head.replace("Expect", None)
        if kind in ("status", "skew"):
            async for data in pieces(reader, head):
                await self.rates["up"].take(len(data))
            await self.answer_ourselves(fault, head, writer, row)
            return True
        # A new connection each time: Swift's web server ends some answers to HEAD with a stray chunk.
        server_reader, server_writer = await asyncio.open_connection(*self.upstream, limit=HEAD_LIMIT)
        upload = asyncio.create_task(self.send_up(head, reader, server_writer, fault, row))
        watch = asyncio.create_task(client_gone(writer, upload))
        answer = asyncio.create_task(self.send_down(head, server_reader, writer, fault, row))
        tasks = [upload, answer, watch]
        try:
            await asyncio.wait([answer, watch], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                watch.result()  # raises what ended the client's side
            whole = answer.result()
            return whole and upload.done() and upload.result() is None
        finally:
            for task in tasks:
                task.cancel()
            server_writer.close()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def send_up(self, head, reader, server_writer, fault, row):
        harm = Harm(fault, "up")
        server_writer.write(head.raw)
        async for data in pieces(reader, head):
            await self.rates["up"].take(len(data))
            data = await harm.apply(data)
            row["up"] += len(data)
            server_writer.write(data)
            await server_writer.drain()
            if harm.then:
                raise harm.then

    async def send_down(self, request, server_reader, writer, fault, row):
        kind = fault["kind"] if fault else None
        head = await read_head(server_reader)
        if head is None:
            raise ConnectionError("the server closed")
        row["status"] = int(head.target)
        if kind == "slow":
            await asyncio.sleep(fault["seconds"])
        if kind == "etag" and "etag" in head.fields:
            head.replace("ETag", '"0123456789abcdef0123456789abcdef"')
        if kind == "fat":
            head.raw = head.raw[:-2] + fat(fault["bytes"]) + b"\r\n"
        empty = request.method == "HEAD" or head.target in ("204", "304")
        harm = Harm(fault, "down")
        if kind != "lose":
            writer.write(head.raw)
        if not empty:
            async for data in pieces(server_reader, head):
                if kind == "lose":
                    continue
                await self.rates["down"].take(len(data))
                data = await harm.apply(data)
                row["down"] += len(data)
                writer.write(data)
                await writer.drain()
                if harm.then:
                    raise harm.then
        if kind == "lose" or (kind in ("reset", "truncate") and fault.get("way", "down") == "down"):
            raise Gone(kind != "truncate")
        await writer.drain()
        return head.fields.get("connection", "").lower() != "close"

    async def answer_ourselves(self, fault, head, writer, row):
        now = time.time() + (fault["seconds"] if fault["kind"] == "skew" else 0)
        status = 403 if fault["kind"] == "skew" else fault["status"]
        code = "RequestTimeTooSkewed" if fault["kind"] == "skew" else CODES.get(status, "InternalError")
        body = f"<Error><Code>{code}</Code><Message>The fault proxy says so.</Message></Error>".encode()
        lines = [f"HTTP/1.1 {status} Fault", f"Date: {email.utils.formatdate(now, usegmt=True)}",
                 "Content-Type: application/xml", f"Content-Length: {len(body)}"]
        if fault.get("retry_after") is not None:
            lines.append(f"Retry-After: {fault['retry_after']}")
        row["status"] = status
        writer.write("\r\n".join(lines + ["", ""]).encode() + (b"" if head.method == "HEAD" else body))
        await writer.drain()

    # ---- commands ----

    async def listen(self, port, context):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The system acknowledges what fits in here, at whatever rate we read it: on a slow line, little.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        sock.bind(("127.0.0.1", port))
        self.server = await asyncio.start_server(self.connected, sock=sock, limit=RECEIVE_BYTES // 2, ssl=context,
                                                 backlog=256)
        return self.server.sockets[0].getsockname()[1]

    async def command(self, do, port, context, **c):
        if do == "rules":
            self.rules = Rules(c["rules"], c.get("seed", 0))
        elif do == "rate":
            for way, rate in self.rates.items():
                rate.bytes_per_s, rate.free_at = c.get(way), 0.0
        elif do == "listen" and c["on"]:
            await self.listen(port, context)
        elif do == "listen":
            self.server.close()
        elif do == "log":
            rows, self.log = self.log, []
            return {"requests": rows, "open_connections": self.open}
        return {}


def fat(count):
    """Header fields of 4,000 bytes, `count` bytes in all."""
    return b"".join(b"X-Fat-%d: %s\r\n" % (at, b"f" * min(4000, count - at)) for at in range(0, count, 4000))


async def client_gone(writer, upload):
    """Raises what ended the client's side: its sending, or that it hung up while it waited."""
    hang_up = select.poll()
    hang_up.register(writer.get_extra_info("socket").fileno(), select.POLLRDHUP)
    while not hang_up.poll(0):
        if upload.done():
            upload.result()
            await asyncio.sleep(WATCH_S)
        else:
            await asyncio.wait([upload], timeout=WATCH_S)
    raise Gone(True)


def reset(writer):
    """Closes so that the peer sees a reset and not an end."""
    sock = writer.get_extra_info("socket")
    if sock and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def run(arguments):
    context = None
    if arguments.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.cert, arguments.key)
    proxy = Proxy(arguments.endpoint)
    port = await proxy.listen(0, context)
    print(json.dumps({"endpoint": f"http{'s' if context else ''}://127.0.0.1:{port}"}), flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        print(json.dumps(await proxy.command(port=port, context=context, **json.loads(line))), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("endpoint", help="the server behind, like http://127.0.0.1:4711")
    parser.add_argument("--cert", help="speak TLS with this certificate")
    parser.add_argument("--key", help="and this key")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
