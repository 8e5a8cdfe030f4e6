# SPDX-License-Identifier: GPL-3.0-or-later
"""A short torture (torture.py) of a server with real exports. `make torture` is the long one."""
import sys

import program
import torture


def test_every_export_comes_to_its_true_end(c):
    """workers killed and stopped, the server killed, viewers cut, while all six types run"""
    torture.torture(c)


if __name__ == "__main__":
    program.main(sys.modules[__name__])
