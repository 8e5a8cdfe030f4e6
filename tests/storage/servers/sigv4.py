# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS signature version 4, written from its description and not from src/storage: the second opinion.

Servers of the tests verify with it, the tests' own client signs with it.
"""
import hashlib
import hmac
import re
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
UNRESERVED = "-_.~"


def encode(text, safe=""):
    return urllib.parse.quote(text, safe=UNRESERVED + safe)


def split_query(query):
    """"a=1&b" → [(b"a", b"1"), (b"b", b"")], decoded; a plus sign is itself, as S3 reads it."""
    pairs = []
    for field in filter(None, query.split("&")):
        name, _, value = field.partition("=")
        pairs.append((urllib.parse.unquote_to_bytes(name), urllib.parse.unquote_to_bytes(value)))
    return pairs


def canonical_query(pairs):
    return "&".join(f"{name}={value}" for name, value in sorted((encode(n), encode(v)) for n, v in pairs))


def canonical_request(method, path, pairs, headers, signed, payload):
    """`path` as sent, `pairs` decoded, `headers` lower-case name → value, `signed` a list of names."""
    lines = [method, encode(urllib.parse.unquote_to_bytes(path), safe="/"), canonical_query(pairs)]
    lines += [f"{name}:{re.sub(' +', ' ', headers.get(name, '').strip())}" for name in signed]
    return "\n".join(lines + ["", ";".join(signed), payload])


def signature(secret, date, scope, canonical):
    """`date` like 20260102T030405Z, `scope` like 20260102/auto/s3/aws4_request."""
    text = "\n".join([ALGORITHM, date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def sign(method, path, pairs, headers, body, access, secret, region, date):
    """The Authorization header for a request whose `headers` (lower-case names) are all to be signed."""
    signed = sorted(headers)
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    canonical = canonical_request(method, path, pairs, headers, signed, headers["x-amz-content-sha256"])
    return (f"{ALGORITHM} Credential={access}/{scope}, SignedHeaders={';'.join(signed)}, "
            f"Signature={signature(secret, date, scope, canonical)}")
