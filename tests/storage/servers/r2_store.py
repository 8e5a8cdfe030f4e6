# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects and uploads of the R2 stub, in memory, and R2's rules about them.

Stricter than AWS: every part but the last has the same size, at least 5 MiB; the last is not larger;
at most 10,000. A second completion of an upload finds no upload, as there. What a client does
against a rule is refused and also written down as a violation.
"""
import hashlib
import threading
import time
import uuid

MIN_PART_BYTES = 5 << 20
MAX_PARTS = 10_000
MAX_KEY_BYTES = 1024
MAX_METADATA_BYTES = 8192


class Refusal(Exception):
    """An answer other than success: the HTTP status, S3's code and a sentence, more XML fields."""

    def __init__(self, status, code, message, **fields):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.fields = status, code, message, fields


class Object:
    def __init__(self, body, etag, headers):
        self.body, self.etag, self.headers = body, etag, headers
        self.modified = time.time()
        self.sha256 = None  # computed when somebody asks


class Upload:
    def __init__(self, bucket, key, headers, begun):
        self.bucket, self.key, self.headers, self.begun = bucket, key, headers, begun
        self.parts = {}  # number → (body, etag)


class Store:
    def __init__(self, min_part_bytes=MIN_PART_BYTES):
        self.min_part_bytes = min_part_bytes
        self.lock = threading.Lock()
        self.buckets = {}  # name → {key: Object}
        self.uploads = {}  # id → Upload
        self.violations = []

    # ---- buckets ----

    def bucket(self, name):
        if name not in self.buckets:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist.")
        return self.buckets[name]

    def make_bucket(self, name):
        if name in self.buckets:
            raise Refusal(409, "BucketAlreadyOwnedByYou", "You made this bucket before.")
        self.buckets[name] = {}

    def remove_bucket(self, name):
        if self.bucket(name):
            raise Refusal(409, "BucketNotEmpty", "The bucket has objects.")
        del self.buckets[name]

    # ---- objects ----

    def find(self, bucket, key):
        found = self.bucket(bucket).get(key)
        if found is None:
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
        return found

    def put(self, bucket, key, body, headers, condition):
        check_key(key)
        check_metadata(headers)
        with self.lock:
            objects = self.bucket(bucket)
            condition(objects.get(key))
            objects[key] = Object(body, f'"{hashlib.md5(body).hexdigest()}"', headers)
            return objects[key]

    def remove(self, bucket, key):
        with self.lock:
            self.bucket(bucket).pop(key, None)

    # ---- uploads of several parts ----

    def begin(self, bucket, key, headers, now):
        check_key(key)
        check_metadata(headers)
        with self.lock:
            self.bucket(bucket)
            name = uuid.uuid4().hex + uuid.uuid4().hex
            self.uploads[name] = Upload(bucket, key, headers, now)
            return name

    def upload(self, bucket, key, name):
        self.bucket(bucket)
        found = self.uploads.get(name)
        if found is None or (found.bucket, found.key) != (bucket, key):
            raise Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.")
        return found

    def put_part(self, bucket, key, name, number, body):
        if not number.isdigit() or not 1 <= int(number) <= MAX_PARTS:
            self.violate(400, "InvalidArgument",
                         f"Part number must be an integer between 1 and {MAX_PARTS}, not {number}.")
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        with self.lock:
            self.upload(bucket, key, name).parts[int(number)] = (body, etag)
        return etag

    def complete(self, bucket, key, name, wanted, condition):
        """`wanted`: [(number, etag)] as the client lists them."""
        with self.lock:
            upload = self.upload(bucket, key, name)
            parts = self.chosen_parts(upload, wanted)
            self.check_sizes([len(body) for body, _ in parts])
            objects = self.bucket(bucket)
            condition(objects.get(key))
            digest = hashlib.md5(b"".join(bytes.fromhex(etag.strip('"')) for _, etag in parts)).hexdigest()
            body = b"".join(body for body, _ in parts)
            objects[key] = Object(body, f'"{digest}-{len(parts)}"', upload.headers)
            del self.uploads[name]
            return objects[key]

    def chosen_parts(self, upload, wanted):
        if not wanted:
            self.violate(400, "MalformedXML", "An upload has at least one part.")
        if [n for n, _ in wanted] != sorted({n for n, _ in wanted}):
            self.violate(400, "InvalidPartOrder", "The parts are not in ascending order.")
        for number, etag in wanted:
            have = upload.parts.get(number)
            if have is None or have[1].strip('"') != etag.strip('"'):
                self.violate(400, "InvalidPart", f"Part {number} was not uploaded, or is another one.")
        return [upload.parts[number] for number, _ in wanted]

    def check_sizes(self, sizes):
        if len(sizes) > 1 and min(sizes[:-1]) < self.min_part_bytes:
            self.violate(400, "EntityTooSmall", "A part before the last is smaller than allowed.")
        if len(set(sizes[:-1])) > 1:
            self.violate(400, "InvalidPart", "All parts but the last must have the same length.")
        if len(sizes) > 1 and sizes[-1] > sizes[0]:
            self.violate(400, "InvalidPart", "The last part must not be larger than the others.")

    def abort(self, bucket, key, name):
        with self.lock:
            self.upload(bucket, key, name)
            del self.uploads[name]

    def violate(self, status, code, message):
        self.violations.append(f"{code}: {message}")
        raise Refusal(status, code, message)

    # ---- what tests look at ----

    def contents(self):
        rows = []
        for bucket, objects in sorted(self.buckets.items()):
            for key, o in sorted(objects.items()):
                o.sha256 = o.sha256 or hashlib.sha256(o.body).hexdigest()
                rows.append({"bucket": bucket, "key": key, "bytes": len(o.body), "sha256": o.sha256,
                             "etag": o.etag})
        return rows

    def orphans(self):
        return [{"bucket": u.bucket, "key": u.key, "id": name, "parts": sorted(u.parts)}
                for name, u in self.uploads.items()]


def check_key(key):
    if len(key) > MAX_KEY_BYTES:
        raise Refusal(400, "KeyTooLongError", f"A key has at most {MAX_KEY_BYTES} bytes, not {len(key)}.")


def check_metadata(headers):
    if sum(len(k) + len(v) for k, v in headers.items()) > MAX_METADATA_BYTES:
        raise Refusal(400, "MetadataTooLarge", f"Metadata has at most {MAX_METADATA_BYTES} bytes.")


def page(objects, prefix, delimiter, after, limit):
    """One page of a listing: ([(key, object)], [common prefix], last name of the page or None)."""
    rows, folders, last = [], [], None
    for key in sorted(k for k in objects if k.startswith(prefix)):
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        name = key if cut < 0 else key[:cut + len(delimiter)]
        if (after is not None and name <= after) or (folders and folders[-1] == name):
            continue
        if len(rows) + len(folders) == limit:
            return rows, folders, last
        if cut < 0:
            rows.append((key, objects[key]))
        else:
            folders.append(name)
        last = name
    return rows, folders, None
