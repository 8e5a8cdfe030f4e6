#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""r2_stub.py: an S3 server with R2's stricter rules, for tests.

Usage: r2_stub.py [--min-part BYTES] [--page KEYS]

Says one line of JSON when it answers requests:

    {"endpoint": "http://127.0.0.1:4712", "region": "auto", "users": {"owner": [access, secret], …}}

and runs until its standard input ends. A line of JSON on its input is a command, answered by a line:

    {"do": "state"}              objects with their sha256, orphan uploads, violations of the rules,
                                 open connections, connections ever, requests since the last reset
    {"do": "reset"}              forgets objects, uploads, violations and requests; buckets stay
    {"do": "clock", "offset_s"}  its clock goes that wrong from now on
    {"do": "age", "seconds"}     the uploads under way were begun so much earlier

Users: owner; reader, who may not write; temporary, who needs a session token.
"""
import argparse
import email.utils
import http.server
import json
import re
import socket
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

import r2_auth
import sigv4
from r2_store import MIN_PART_BYTES, Refusal, Store, page

USERS = {
    "owner": ["stub-access-4b1d", "stub-owner-secret-9e02"],
    "reader": ["stub-reader-5c2e", "stub-reader-secret-1f33"],
    "temporary": ["stub-temporary-6d3f", "stub-temporary-secret-2a44", "stub-session-token-e7a1"],
}
KEPT_HEADERS = ("content-type", "content-disposition", "content-encoding", "cache-control")
WRITES = {"PUT", "POST", "DELETE"}
ENTITIES = {"\r": "&#13;"}
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xml(name, *children, **fields):
    inner = "".join(f"<{k}>{escape(str(v), ENTITIES)}</{k}>" for k, v in fields.items()) + "".join(children)
    return f"<{name}>{inner}</{name}>"


class State:
    """What all connections share."""

    def __init__(self, min_part_bytes, page_keys):
        self.min_part_bytes, self.page_keys = min_part_bytes, page_keys
        self.store = Store(min_part_bytes)
        self.gate = r2_auth.Gate(USERS)
        self.lock = threading.Lock()
        self.open_connections = self.all_connections = 0
        self.requests = []

    def reset(self):
        buckets = self.store.buckets
        self.store = Store(self.min_part_bytes)
        self.store.buckets = {name: {} for name in buckets}
        with self.lock:
            self.requests = []

    def view(self):
        with self.lock:
            requests = list(self.requests)
        return {"objects": self.store.contents(), "orphans": self.store.orphans(),
                "violations": list(self.store.violations), "open_connections": self.open_connections,
                "all_connections": self.all_connections, "requests": requests}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "r2-stub"
    sys_version = ""
    timeout = 120
    wbufsize = 1 << 16
    state = None  # set by main

    # ---- the connection ----

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.state.lock:
            self.state.open_connections += 1
            self.state.all_connections += 1
            self.number = self.state.all_connections

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass  # the other side went first
        with self.state.lock:
            self.state.open_connections -= 1

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(timestamp or self.state.gate.now(), usegmt=True)

    def handle_expect_100(self):
        return True  # said when the body is asked for, so that a refusal comes before it

    # ---- one request ----

    def serve(self):
        self.begun = time.monotonic()
        self.body_read = False
        path, _, query = self.path.partition("?")
        self.pairs = sigv4.split_query(query)
        self.arguments = {n.decode(): v.decode(errors="surrogateescape") for n, v in self.pairs}
        self.fields = {}
        for name, value in self.headers.items():
            name = name.lower()
            self.fields[name] = self.fields[name] + "," + value if name in self.fields else value
        try:
            self.answer(path)
        except Refusal as refusal:
            self.refuse(refusal)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

    def answer(self, path):
        user = self.state.gate.user(self.command, path, self.pairs, self.fields)
        if self.command in WRITES and user == "reader":
            raise Refusal(403, "AccessDenied", "Access Denied.")
        bucket, slash, key = urllib.parse.unquote_to_bytes(path)[1:].partition(b"/")
        bucket = bucket.decode(errors="replace")
        self.bucket, self.key = bucket, key
        table = OBJECT_ROUTES if slash and key else BUCKET_ROUTES if bucket else SERVICE_ROUTES
        for method, argument, route in table:
            if method == self.command and (argument is None or argument in self.arguments):
                return route(self)
        raise Refusal(501, "NotImplemented", "This request is not implemented.")

    def body(self):
        if "transfer-encoding" in self.fields:
            raise Refusal(411, "MissingContentLength", "You must provide the Content-Length header.")
        length = self.fields.get("content-length", "0")
        if not length.isdigit() or int(length) > r2_auth.MAX_BODY_BYTES:
            raise Refusal(400, "InvalidArgument", "Content-Length is not acceptable.")
        if self.fields.get("expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            raise Refusal(400, "IncompleteBody", "The body is shorter than Content-Length says.")
        self.body_read = True
        r2_auth.check_body(self.fields, body)
        return body

    def refuse(self, refusal):
        text = XML_HEAD + xml("Error", Code=refusal.code, Message=refusal.message, **refusal.fields)
        if not self.body_read and self.fields.get("content-length", "0") != "0":
            self.close_connection = True
        self.reply(refusal.status, text.encode(), {"content-type": "application/xml"}, code=refusal.code)

    def reply(self, status, body=b"", headers=None, code=None):
        body = b"" if status in (204, 304) else body
        with self.state.lock:  # before the answer: who has it finds it in the log
            self.state.requests.append(
                {"method": self.command, "path": re.sub("X-Amz-(Signature|Credential)=[^&]*", "", self.path),
                 "range": self.fields.get("range"), "status": status, "code": code, "connection": self.number,
                 "bytes_in": int(self.fields.get("content-length", "0")), "bytes_out": len(body)})
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("content-length", str(len(body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def reply_xml(self, text):
        self.reply(200, (XML_HEAD + text).encode(), {"content-type": "application/xml"})

    # ---- conditions ----

    def check_conditions(self, o):
        """RFC 9110's If-…, for an object that is read."""
        f, modified = self.fields, int(o.modified)
        if "if-match" in f:
            if not matches(f["if-match"], o.etag):
                raise Refusal(412, "PreconditionFailed", "The object is not the one that you know.")
        elif modified > date_of(f.get("if-unmodified-since"), modified):
            raise Refusal(412, "PreconditionFailed", "The object was changed since.")
        if "if-none-match" in f:
            if matches(f["if-none-match"], o.etag):
                raise Refusal(304, "NotModified", "")
        elif modified <= date_of(f.get("if-modified-since"), modified - 1):
            raise Refusal(304, "NotModified", "")

    def check_write(self, old):
        f = self.fields
        if "if-none-match" in f and old is not None and matches(f["if-none-match"], old.etag):
            raise Refusal(412, "PreconditionFailed", "There is an object already.")
        if "if-match" in f and (old is None or not matches(f["if-match"], old.etag)):
            raise Refusal(412, "PreconditionFailed", "The object is not the one that you know.")

    # ---- objects ----

    def get_object(self):
        o = self.state.store.find(self.bucket, self.key)
        self.check_conditions(o)
        headers = {**o.headers, "etag": o.etag, "accept-ranges": "bytes",
                   "last-modified": email.utils.formatdate(o.modified, usegmt=True)}
        size = len(o.body)
        wanted = range_of(self.fields.get("range"), size)
        if wanted is None:
            self.reply(200, o.body, headers)
            return
        first, last = wanted
        if first >= size or last < first:
            raise Refusal(416, "InvalidRange", "The requested range is not satisfiable.",
                          ActualObjectSize=size)
        headers["content-range"] = f"bytes {first}-{last}/{size}"
        self.reply(206, memoryview(o.body)[first:last + 1], headers)

    def kept_headers(self):
        return {k: v for k, v in self.fields.items() if k in KEPT_HEADERS or k.startswith("x-amz-meta-")}

    def put_object(self):
        if "x-amz-copy-source" in self.fields:
            raise Refusal(501, "NotImplemented", "Copying is not implemented.")
        self.state.store.bucket(self.bucket)
        o = self.state.store.put(self.bucket, self.key, self.body(), self.kept_headers(), self.check_write)
        self.reply(200, headers={"etag": o.etag})

    def delete_object(self):
        self.state.store.remove(self.bucket, self.key)
        self.reply(204)

    # ---- uploads of several parts ----

    def begin_upload(self):
        self.body()
        name = self.state.store.begin(self.bucket, self.key, self.kept_headers(), self.state.gate.now())
        self.reply_xml(xml("InitiateMultipartUploadResult", Bucket=self.bucket, Key=self.key_text(),
                           UploadId=name))

    def put_part(self):
        self.state.store.upload(self.bucket, self.key, self.arguments["uploadId"])
        etag = self.state.store.put_part(self.bucket, self.key, self.arguments["uploadId"],
                                         self.arguments.get("partNumber", ""), self.body())
        self.reply(200, headers={"etag": etag})

    def complete_upload(self):
        try:
            root = ElementTree.fromstring(self.body())
            wanted = [(int(p.findtext("{*}PartNumber")), p.findtext("{*}ETag") or "")
                      for p in root.findall("{*}Part")]
        except (ElementTree.ParseError, TypeError, ValueError):
            raise Refusal(400, "MalformedXML", "The XML that you provided was not well formed.") from None
        o = self.state.store.complete(self.bucket, self.key, self.arguments["uploadId"], wanted,
                                      self.check_write)
        self.reply_xml(xml("CompleteMultipartUploadResult", Bucket=self.bucket, Key=self.key_text(),
                           ETag=o.etag))

    def abort_upload(self):
        self.state.store.abort(self.bucket, self.key, self.arguments["uploadId"])
        self.reply(204)

    def list_parts(self):
        upload = self.state.store.upload(self.bucket, self.key, self.arguments["uploadId"])
        rows = [xml("Part", PartNumber=n, ETag=etag, Size=len(body))
                for n, (body, etag) in sorted(upload.parts.items())]
        self.reply_xml(xml("ListPartsResult", *rows, Bucket=self.bucket, Key=self.key_text(),
                           UploadId=self.arguments["uploadId"], IsTruncated="false"))

    def key_text(self):
        return self.key.decode(errors="replace")

    # ---- buckets ----

    def make_bucket(self):
        self.body()
        self.state.store.make_bucket(self.bucket)
        self.reply(200)

    def remove_bucket(self):
        self.state.store.remove_bucket(self.bucket)
        self.reply(204)

    def head_bucket(self):
        self.state.store.bucket(self.bucket)
        self.reply(200)

    def list_buckets(self):
        rows = "".join(xml("Bucket", Name=name) for name in sorted(self.state.store.buckets))
        self.reply_xml(xml("ListAllMyBucketsResult", xml("Buckets", rows)))

    def location(self):
        self.state.store.bucket(self.bucket)
        self.reply_xml(f"<LocationConstraint>{r2_auth.REGION}</LocationConstraint>")

    def list_objects(self):
        objects = {k.decode(errors="surrogateescape"): o
                   for k, o in self.state.store.bucket(self.bucket).items()}
        a = self.arguments
        limit = min(int(a.get("max-keys", "1000")), self.state.page_keys)
        after = a.get("continuation-token", a.get("start-after"))
        if "continuation-token" in a:
            after = bytes.fromhex(after).decode(errors="surrogateescape")
        rows, folders, last = page(objects, a.get("prefix", ""), a.get("delimiter", ""), after, limit)
        url = a.get("encoding-type") == "url"
        fields = {"Name": self.bucket, "KeyCount": len(rows) + len(folders), "MaxKeys": limit,
                  "IsTruncated": "true" if last is not None else "false"}
        if last is not None:
            fields["NextContinuationToken"] = last.encode(errors="surrogateescape").hex()
        if url:
            fields["EncodingType"] = "url"
        children = [xml("Contents", Key=shown(key, url), Size=len(o.body), ETag=o.etag,
                        LastModified=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(o.modified)))
                    for key, o in rows]
        children += [xml("CommonPrefixes", Prefix=shown(folder, url)) for folder in folders]
        self.reply_xml(xml("ListBucketResult", *children, **fields))

    def list_uploads(self):
        self.state.store.bucket(self.bucket)
        url = self.arguments.get("encoding-type") == "url"
        prefix = self.arguments.get("prefix", "")
        rows = []
        for name, u in list(self.state.store.uploads.items()):
            key = u.key.decode(errors="surrogateescape")
            if u.bucket == self.bucket and key.startswith(prefix):
                begun = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(u.begun))
                rows.append(xml("Upload", Key=shown(key, url), UploadId=name, Initiated=begun))
        fields = {"EncodingType": "url"} if url else {}
        self.reply_xml(xml("ListMultipartUploadsResult", *rows, Bucket=self.bucket, IsTruncated="false", **fields))

    def delete_many(self):
        root = ElementTree.fromstring(self.body())
        keys = [o.findtext("{*}Key") for o in root.findall("{*}Object")]
        for key in keys:
            self.state.store.remove(self.bucket, key.encode())
        self.reply_xml(xml("DeleteResult", *(xml("Deleted", Key=key) for key in keys)))


SERVICE_ROUTES = (("GET", None, Handler.list_buckets),)
BUCKET_ROUTES = (
    ("GET", "uploads", Handler.list_uploads),
    ("GET", "location", Handler.location),
    ("GET", "list-type", Handler.list_objects),
    ("HEAD", None, Handler.head_bucket),
    ("PUT", None, Handler.make_bucket),
    ("DELETE", None, Handler.remove_bucket),
    ("POST", "delete", Handler.delete_many),
)
OBJECT_ROUTES = (
    ("GET", "uploadId", Handler.list_parts),
    ("GET", None, Handler.get_object),
    ("HEAD", None, Handler.get_object),
    ("PUT", "uploadId", Handler.put_part),
    ("PUT", None, Handler.put_object),
    ("POST", "uploads", Handler.begin_upload),
    ("POST", "uploadId", Handler.complete_upload),
    ("DELETE", "uploadId", Handler.abort_upload),
    ("DELETE", None, Handler.delete_object),
)


def shown(key, url):
    return sigv4.encode(key.encode(errors="surrogateescape"), safe="/") if url else key


def matches(header, etag):
    return header.strip() == "*" or etag.strip('"') in (t.strip().strip('"') for t in header.split(","))


def date_of(header, absent):
    try:
        return email.utils.parsedate_to_datetime(header).timestamp() if header else absent
    except (TypeError, ValueError):
        return absent


def range_of(header, size):
    """(first, last) of a Range header, or None for the whole: no header, or one to be ignored."""
    m = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if not m or not (m.group(1) or m.group(2)):
        return None
    if not m.group(1):
        suffix = int(m.group(2))
        return (size - min(suffix, size), size - 1) if suffix else (size, size)
    last = int(m.group(2)) if m.group(2) else size - 1
    return int(m.group(1)), min(last, size - 1)


class StubServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def command(state, do, offset_s=0, seconds=0):
    if do == "reset":
        state.reset()
    elif do == "clock":
        state.gate.offset_s = offset_s
    elif do == "age":
        for upload in state.store.uploads.values():
            upload.begun -= seconds
    elif do == "state":
        return state.view()
    return {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--min-part", type=int, default=MIN_PART_BYTES, metavar="BYTES",
                        help="smaller parts than R2's, for tests with small objects")
    parser.add_argument("--page", type=int, default=1000, metavar="KEYS",
                        help="shorter lists than R2's, for tests with few objects")
    arguments = parser.parse_args()
    state = Handler.state = State(arguments.min_part, arguments.page)
    server = StubServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_address[1]}",
                      "region": r2_auth.REGION, "users": USERS}), flush=True)
    for line in sys.stdin:
        answer = command(state, **json.loads(line))
        print(json.dumps(answer, default=lambda raw: raw.decode(errors="backslashreplace")), flush=True)


if __name__ == "__main__":
    main()
