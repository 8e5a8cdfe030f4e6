# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of names, reading and writing."""
import contextlib
import urllib.parse

from checks import PART, check, fails
from probe import content
from store_site import BUCKET

# ---- names ----

def both_ways(key):
    """A check that both clients mean the same object by `key`."""
    def run(s):
        with s.probe() as p:
            p.put(s.where(key), key.encode())
            assert s.client.get(BUCKET, key) == key.encode()
            s.client.put(BUCKET, key, b"theirs")
            assert p.get(s.where(key)) == b"theirs"
            assert p.ask("size", where=s.where(key))["size"] == 6
            assert key in s.client.keys(BUCKET), s.client.keys(BUCKET)
            p.ask("remove", where=s.where(key))
            assert not s.client.exists(BUCKET, key)
    return run


KEYS = {
    "with spaces": "names/a film of  two spaces .mp4",
    "with a plus sign": "names/a+b.mp4",
    "with percent signs": "names/100%.mp4",
    "that looks escaped": "names/a%20b%2Fc.mp4",
    "with letters of the world": "names/Zürich 東京 Ελλάδα.mp4",
    "with emoji": "names/⚽🏃.mp4",
    "in decomposed Unicode": "names/Zu\u0308rich.mp4",
    "with two slashes": "names//film.mp4",
    "with a dot segment": "names/./film.mp4",
    "with two dots as a segment": "names/../film.mp4",
    "with a slash at the end": "names/folder/",
    "with a slash in front": "/names/film.mp4",
    "with a question mark and a hash": "names/what? #1.mp4",
    "with characters that URLs reserve": "names/!*'();:@&=$,[]~.mp4",
    "with quotes, brackets and a backslash": "names/\"<a>{b}|c\\d^e`.mp4",
    "that looks like a signed query": "names/a?X-Amz-Signature=00&partNumber=1",
    "of 1,024 bytes": "names/" + "k" * 1018,
}
for _title, _key in KEYS.items():
    _run = both_ways(_key)
    _run.__name__, _run.__doc__ = "key_" + _title.replace(" ", "_"), f"a key {_title}"
    check("Names of objects")(_run)


@check("Names of objects")
def key_too_long(s):
    """a key of 1,025 bytes is refused in words"""
    with s.probe() as p, fails(("invalid", "limit"), "1024"):
        p.put(s.where("k" * 1025), b"x")


@check("Names of objects")
def key_missing(s):
    """a bucket without a key is refused in words"""
    with s.probe() as p:
        for where in ("s3://films", "s3://films/", "s3:///key"):
            with fails("invalid", where):
                p.put(where, b"x")


# ---- reading ----

@contextlib.contextmanager
def opened(s, key, data):
    s.client.put(BUCKET, key, data)
    with s.probe() as p:
        p.ask("open", where=s.where(key))
        yield p


@check("Reading")
def read_first_and_last(s):
    """the first byte, and the last"""
    data = content(100_000)
    with opened(s, "reading/a", data) as p:
        assert p.read(0, 1) == data[:1] and p.read(99_999, 1) == data[-1:]


@check("Reading")
def read_beyond(s):
    """across the end, at the end and beyond it"""
    data = content(100_000)
    with opened(s, "reading/a", data) as p:
        assert p.read(99_990, 100) == data[-10:]
        assert p.read(100_000, 10) == b"" and p.read(5_000_000, 10) == b""


@check("Reading")
def read_empty(s):
    """an empty object"""
    with opened(s, "reading/empty", b"") as p:
        assert p.read(0, 10) == b""


@check("Reading")
def read_one_byte(s):
    """an object of one byte"""
    with opened(s, "reading/one", b"1") as p:
        assert p.read(0, 10) == b"1" and p.read(1, 10) == b""


@check("Reading")
def read_backwards(s):
    """backwards, in steps"""
    data = content(3_000_000)
    with opened(s, "reading/b", data) as p:
        for begin in range(2_900_000, -1, -290_000):
            assert p.read(begin, 10_000) == data[begin:begin + 10_000], begin


@check("Reading")
def read_small_steps(s):
    """the whole, in reads of an odd size"""
    data = content(2_000_000)
    with opened(s, "reading/c", data) as p:
        assert p.read(0, 3_000_000, chunk=7777) == data


@check("Reading")
def read_large(s):
    """an object larger than what is read ahead"""
    data = content(30_000_000)
    with opened(s, "reading/large", data) as p:
        assert p.read(0, len(data)) == data
    s.client.delete(BUCKET, "reading/large")


@check("Reading")
def read_counts_once(s):
    """bytes read twice count once"""
    data = content(1_000_000)
    with opened(s, "reading/d", data) as p:
        p.read(0, len(data))
        p.read(0, 500_000)
        assert p.ask("read", offset=0, n=1, file=p.path())["counted"] == len(data)


@check("Reading")
def read_only_what_is_asked(s):
    """a small range of a large object fetches little"""
    data = content(16_000_000)
    s.client.put(BUCKET, "reading/large", data)
    with s.harmed() as p:
        p.ask("open", where=s.where("reading/large"))
        assert p.read(10_000_000, 100_000) == data[10_000_000:10_100_000]
        p.ask("close")
    fetched = sum(r["down"] for r in s.passed())
    s.client.delete(BUCKET, "reading/large")
    assert fetched < 5_000_000, fetched


@check("Reading")
def read_their_parts(s):
    """an object that another client uploaded in parts"""
    parts = [content(5 << 20, 1), content(5 << 20, 2), content(1000, 3)]
    name = s.client.begin_upload(BUCKET, "reading/parts")
    etags = [(n, s.client.put_part(BUCKET, "reading/parts", name, n, part)) for n, part in enumerate(parts, 1)]
    s.client.complete(BUCKET, "reading/parts", name, etags)
    with s.probe() as p:
        assert p.get(s.where("reading/parts")) == b"".join(parts)


@check("Reading")
def object_changed(s):
    """an object that changes while it is read is noticed"""
    with opened(s, "reading/changing", content(12_000_000, 1)) as p:
        p.read(0, 1000)
        s.client.put(BUCKET, "reading/changing", content(12_000_000, 2))
        with fails(("conflict", "io"), "reading/changing", "changed"):
            p.read(11_000_000, 1000)


@check("Reading")
def object_gone(s):
    """an object that goes while it is read is named"""
    with opened(s, "reading/going", content(12_000_000)) as p:
        p.read(0, 1000)
        s.client.delete(BUCKET, "reading/going")
        with fails(("not_found", "conflict", "io"), "reading/going"):
            p.read(11_000_000, 1000)


@check("Reading")
def read_keeps_connections(s):
    """twenty ranges need few connections"""
    data = content(16_000_000)
    s.client.put(BUCKET, "reading/large", data)
    if s.name == "stub":
        before = s.server.ask(do="state")["all_connections"]
    with s.probe() as p:
        p.ask("open", where=s.where("reading/large"))
        for i in range(20):
            at = (i * 7 % 20) * 800_000
            assert p.read(at, 1000) == data[at:at + 1000], at
    if s.name == "stub":
        used = s.server.ask(do="state")["all_connections"] - before - 1  # less the one that asked
        assert used <= 8, used
    s.client.delete(BUCKET, "reading/large")


# ---- writing ----

def write_and_compare(s, key, data):
    with s.harmed() as p:
        assert p.put(s.where(key), data) == len(data)
    assert s.client.get(BUCKET, key) == data
    assert s.orphans(key) == []
    rows = s.passed()
    s.client.delete(BUCKET, key)
    return rows


def part_sizes(rows):
    return [r["up"] for r in rows if r["method"] == "PUT"]


@check("Writing")
def write_empty(s):
    """an empty object"""
    write_and_compare(s, "writing/empty", b"")


@check("Writing")
def write_small(s):
    """a small object is one PUT"""
    rows = write_and_compare(s, "writing/small", content(100_000))
    assert [r["method"] for r in rows if r["method"] in ("PUT", "POST")] == ["PUT"], rows


@check("Writing")
def write_around_a_part(s):
    """a byte less than a part, a part, a byte more"""
    for size in (PART - 1, PART, PART + 1):
        write_and_compare(s, f"writing/{size}", content(size))


@check("Writing")
def write_parts(s):
    """all parts equal but the last, which is not larger"""
    sizes = part_sizes(write_and_compare(s, "writing/parts", content(3 * PART + 1000)))
    assert sorted(sizes) == [1000, PART, PART, PART], sizes


@check("Writing")
def write_whole_parts(s):
    """a size that is a multiple of a part's"""
    sizes = part_sizes(write_and_compare(s, "writing/whole", content(2 * PART)))
    assert sizes == [PART, PART], sizes


@check("Writing")
def head_rewritten(s):
    """the head, where a film's index goes, may be rewritten until the end, and each part is sent once"""
    data = content(2 * PART + 1000)
    with s.harmed() as p:
        p.ask("create", where=s.where("writing/head"), head=1000)
        p.write(bytes(1000) + data[1000:])
        p.write(data[:1000], offset=0)
        p.ask("commit")
    assert s.client.get(BUCKET, "writing/head") == data
    numbers = [dict(urllib.parse.parse_qsl(r["path"].partition("?")[2])).get("partNumber")
               for r in s.passed() if r["method"] == "PUT"]
    assert sorted(numbers) == ["1", "2", "3"], numbers


@check("Writing")
def write_gap(s):
    """a gap reads as zeros"""
    with s.probe() as p:
        p.ask("create", where=s.where("writing/gap"), head=2000)
        p.write(b"end", offset=1000)
        p.ask("commit")
    assert s.client.get(BUCKET, "writing/gap") == bytes(1000) + b"end"


@check("Writing")
def nothing_before_commit(s):
    """nothing is visible before the commit"""
    with s.probe() as p:
        p.ask("create", where=s.where("writing/hidden"))
        p.write(content(2 * PART + 5))
        assert not s.client.exists(BUCKET, "writing/hidden")
        p.ask("commit")
    assert s.client.exists(BUCKET, "writing/hidden")
    s.client.delete(BUCKET, "writing/hidden")


@check("Writing")
def abandoned(s):
    """an abandoned upload leaves nothing, and the older object"""
    s.client.put(BUCKET, "writing/old", b"older")
    with s.probe() as p:
        p.ask("create", where=s.where("writing/old"))
        p.write(content(2 * PART + 5))
        p.ask("abandon")
    assert s.orphans("writing/old") == [] and s.client.get(BUCKET, "writing/old") == b"older"


@check("Writing")
def replaces(s):
    """a commit replaces an older object"""
    s.client.put(BUCKET, "writing/older", b"older and longer")
    with s.probe() as p:
        p.put(s.where("writing/older"), b"newer")
    assert s.client.get(BUCKET, "writing/older") == b"newer"
