# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sent a request to the R2 stub, and is it whole? Every signature and checksum is verified."""
import base64
import calendar
import email.utils
import hashlib
import hmac
import re
import time
import zlib

import sigv4
from r2_store import Refusal

REGION = "auto"
MAX_SKEW_S = 15 * 60
MAX_EXPIRES_S = 7 * 86400
MAX_BODY_BYTES = 5 << 30
CHECKSUMS = {
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body).digest(),
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
}


def denied(code, message, status=403, **fields):
    return Refusal(status, code, message, **fields)


class Credentials:
    """What a request claims: who, when, for which scope, over which headers, with which signature."""

    def __init__(self, credential, date, signed, signature, expires=None):
        self.access, *scope = credential.split("/")
        self.scope, self.date, self.signature = "/".join(scope), date, signature
        self.signed, self.expires = signed.split(";"), expires
        if len(scope) != 4 or scope[3] != "aws4_request" or scope[2] != "s3":
            raise denied("AuthorizationHeaderMalformed", "Expected KEY/DATE/REGION/s3/aws4_request.", 400)
        if scope[1] != REGION:
            raise denied("AuthorizationHeaderMalformed",
                         f"The region '{scope[1]}' is wrong; expecting '{REGION}'.", 400, Region=REGION)
        if not re.fullmatch(r"\d{8}T\d{6}Z", date) or scope[0] != date[:8]:
            raise denied("AuthorizationHeaderMalformed", "The date and the scope do not agree.", 400)
        self.time = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))


def from_header(headers):
    m = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})",
                     headers["authorization"])
    if not m:
        raise denied("InvalidArgument", "Unsupported Authorization header.", 400)
    date = headers.get("x-amz-date")
    if date is None:
        raise denied("AccessDenied", "A signed request needs x-amz-date.")
    return Credentials(m.group(1), date, m.group(2), m.group(3))


def from_query(pairs):
    found = {name.decode(): value.decode() for name, value in pairs if name.startswith(b"X-Amz-")}
    names = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Expires")
    missing = [name for name in names if name not in found]
    if missing or found["X-Amz-Algorithm"] != sigv4.ALGORITHM:
        raise denied("AuthorizationQueryParametersError", f"Missing: {missing}.", 400)
    if not found["X-Amz-Expires"].isdigit() or not 1 <= int(found["X-Amz-Expires"]) <= MAX_EXPIRES_S:
        raise denied("AuthorizationQueryParametersError", "X-Amz-Expires must be 1 to 604800.", 400)
    return Credentials(*(found[name] for name in names[:4]), int(found["X-Amz-Expires"]))


class Gate:
    """`users`: name → [access key, secret, token or None]; `offset_s` is how wrong its clock goes."""

    def __init__(self, users):
        self.by_access = {access: (name, secret, token) for name, (access, secret, *more) in users.items()
                          for token in [more[0] if more else None]}
        self.offset_s = 0

    def now(self):
        return time.time() + self.offset_s

    def user(self, method, path, pairs, headers):
        """The name of the user who signed this; raises Refusal. `headers` have lower-case names."""
        presigned = any(name == b"X-Amz-Algorithm" for name, _ in pairs)
        if not presigned and "authorization" not in headers:
            raise denied("AccessDenied", "Access denied: the request is not signed.")
        claim = from_query(pairs) if presigned else from_header(headers)
        known = self.by_access.get(claim.access)
        if known is None:
            raise denied("InvalidAccessKeyId", "The access key that you provided is not known.")
        name, secret, token = known
        self.check_time(claim)
        self.check_headers(claim, headers)
        self.check_signature(claim, secret, method, path, pairs, headers, presigned)
        given = headers.get("x-amz-security-token") or dict(pairs).get(b"X-Amz-Security-Token", b"").decode()
        if (given or None) != token:
            raise denied("InvalidToken", "The provided token is malformed or otherwise invalid.")
        return name

    def check_time(self, claim):
        now = self.now()
        if claim.expires is not None:
            if now > claim.time + claim.expires:
                raise denied("AccessDenied", "Request has expired")
            if claim.time - now > MAX_SKEW_S:
                raise denied("AccessDenied", "Request is not yet valid")
        elif abs(claim.time - now) > MAX_SKEW_S:
            server = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
            raise denied("RequestTimeTooSkewed",
                         "The difference between the request time and the current time is too large.",
                         RequestTime=claim.date, ServerTime=server, MaxAllowedSkewMilliseconds="900000")

    @staticmethod
    def check_headers(claim, headers):
        must = {"host"} | {name for name in headers if name.startswith("x-amz-")}
        unsigned = sorted(must - set(claim.signed))
        if unsigned:
            raise denied("AccessDenied", f"There were headers which were not signed: {', '.join(unsigned)}.")
        if claim.signed != sorted(claim.signed):
            raise denied("SignatureDoesNotMatch", "SignedHeaders must be sorted.")

    @staticmethod
    def check_signature(claim, secret, method, path, pairs, headers, presigned):
        payload = headers.get("x-amz-content-sha256")
        if payload is None and not presigned:
            raise denied("InvalidRequest", "Missing required header for this request: x-amz-content-sha256.", 400)
        kept = [p for p in pairs if p[0] != b"X-Amz-Signature"]
        canonical = sigv4.canonical_request(method, path, kept, headers, claim.signed,
                                            payload or sigv4.UNSIGNED)
        good = sigv4.signature(secret, claim.date, claim.scope, canonical)
        if not hmac.compare_digest(good, claim.signature):
            raise denied("SignatureDoesNotMatch",
                         "The request signature we calculated does not match the signature you provided.")

    def date_header(self):
        return email.utils.formatdate(self.now(), usegmt=True)


def check_body(headers, body):
    """Does the body have the checksums that its headers name?"""
    claimed = headers.get("x-amz-content-sha256", sigv4.UNSIGNED)
    if claimed.startswith("STREAMING-"):
        raise Refusal(501, "NotImplemented", "Chunked signatures are not implemented.")
    if claimed != sigv4.UNSIGNED and claimed != hashlib.sha256(body).hexdigest():
        raise Refusal(400, "XAmzContentSHA256Mismatch",
                      "The provided 'x-amz-content-sha256' header does not match what was computed.")
    if "content-md5" in headers:
        try:
            digest = base64.b64decode(headers["content-md5"], validate=True)
        except ValueError:
            digest = b""
        if len(digest) != 16:
            raise Refusal(400, "InvalidDigest", "The Content-MD5 you specified is not valid.")
        if digest != hashlib.md5(body).digest():
            raise Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    for name, compute in CHECKSUMS.items():
        if name in headers and headers[name] != base64.b64encode(compute(body)).decode():
            raise Refusal(400, "BadDigest", f"The {name} you specified did not match what we received.")
