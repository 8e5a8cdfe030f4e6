# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client of object storage must get right: each check is a function of a Site, its title the doc.

The checks are in checks_objects.py, checks_faults.py and checks_access.py; groups are the headings of
docs/storage-conformance.md. Bytes that our client wrote are read by the tests' own client, and the other
way round. A check that makes no sense on a server returns why.
"""
import contextlib

from probe import Failed

PART = 5 << 20  # bytes of a part, as the client makes them when nothing else is asked
FEW = {"HEADWAY_S3_ATTEMPTS": "3"}  # for what never works
GROUPS = {}  # heading → [check], in order


def check(group):
    def register(function):
        GROUPS.setdefault(group, []).append(function)
        return function
    return register


@contextlib.contextmanager
def fails(status, *words):
    """What is inside fails with this status (or one of them), and the sentence has all the words."""
    try:
        yield
    except Failed as e:
        assert e.status in (status if isinstance(status, tuple) else (status,)), e
        missing = [w for w in words if w not in e.text]
        assert not missing, f"the sentence lacks {missing}: {e}"
    else:
        raise AssertionError(f"expected {status}")
