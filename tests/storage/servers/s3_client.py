# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests' own S3 client: makes buckets, looks at what our program left. No retries, no cleverness."""
import hashlib
import http.client
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

import sigv4


class S3Error(Exception):
    def __init__(self, status, code, text):
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code = status, code


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def xml(self):
        root = ElementTree.fromstring(self.body)
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root


def error_of(answer):
    try:
        root = answer.xml()
        return S3Error(answer.status, root.findtext("Code"), root.findtext("Message"))
    except ElementTree.ParseError:
        return S3Error(answer.status, "?", answer.body[:200])


class Client:
    def __init__(self, endpoint, access, secret, region="auto", token=None):
        self.address = urllib.parse.urlsplit(endpoint).netloc
        self.access, self.secret, self.region, self.token = access, secret, region, token
        self.timeout_s = 60

    def request(self, method, path, query=(), body=b"", headers=None, date=None):
        """Any signed request; `path` is decoded, and query a list of pairs. Never raises for a status."""
        quoted = sigv4.encode(path, safe="/")
        date = date or time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = {"host": self.address, "x-amz-date": date,
                  "x-amz-content-sha256": hashlib.sha256(body).hexdigest(), **(headers or {})}
        if self.token:
            signed["x-amz-security-token"] = self.token
        authorization = sigv4.sign(method, quoted, query, signed, body, self.access, self.secret,
                                   self.region, date)
        connection = http.client.HTTPConnection(self.address, timeout=self.timeout_s)
        try:
            where = quoted + ("?" + sigv4.canonical_query(query) if query else "")
            connection.request(method, where, body, {**signed, "authorization": authorization})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def call(self, method, path, query=(), body=b"", headers=None):
        answer = self.request(method, path, query, body, headers)
        if answer.status >= 300:
            raise error_of(answer)
        return answer

    def make_bucket(self, bucket):
        self.call("PUT", f"/{bucket}")

    def put(self, bucket, key, body, headers=None):
        return self.call("PUT", f"/{bucket}/{key}", body=body, headers=headers).headers["etag"]

    def get(self, bucket, key, headers=None):
        return self.call("GET", f"/{bucket}/{key}", headers=headers).body

    def exists(self, bucket, key):
        status = self.request("HEAD", f"/{bucket}/{key}").status
        assert status in (200, 404), status
        return status == 200

    def delete(self, bucket, key):
        self.call("DELETE", f"/{bucket}/{key}")

    def keys(self, bucket):
        found, token = [], None
        while True:
            query = [("list-type", "2")] + ([("continuation-token", token)] if token else [])
            root = self.call("GET", f"/{bucket}", query).xml()
            found += [c.findtext("Key") for c in root.findall("Contents")]
            token = root.findtext("NextContinuationToken")
            if not token:
                return found

    def uploads(self, bucket):
        """The multipart uploads that were begun and neither completed nor aborted: (key, id)."""
        root = self.call("GET", f"/{bucket}", [("uploads", "")]).xml()
        return [(u.findtext("Key"), u.findtext("UploadId")) for u in root.findall("Upload")]

    def begin_upload(self, bucket, key):
        return self.call("POST", f"/{bucket}/{key}", [("uploads", "")]).xml().findtext("UploadId")

    def put_part(self, bucket, key, upload, number, body):
        query = [("partNumber", str(number)), ("uploadId", upload)]
        return self.call("PUT", f"/{bucket}/{key}", query, body).headers["etag"]

    def complete(self, bucket, key, upload, parts):
        rows = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{e}</ETag></Part>" for n, e in parts)
        body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
        answer = self.call("POST", f"/{bucket}/{key}", [("uploadId", upload)], body)
        if answer.xml().tag == "Error":
            raise error_of(answer)
        return answer

    def abort(self, bucket, key, upload):
        self.call("DELETE", f"/{bucket}/{key}", [("uploadId", upload)])
