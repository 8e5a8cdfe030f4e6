#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""swift_server.py: OpenStack Swift with its S3 interface, for tests: a real store that checks signatures.

Usage: swift_server.py [--folder DIR]

Starts the account, container and object servers in one process and the proxy (s3api, tempauth) in
another, on free loopback ports, with everything they keep in a folder that goes when they stop.
Says one line of JSON when it answers requests:

    {"endpoint": "http://127.0.0.1:4711", "region": "auto", "folder": "/dev/shm/headway-swift-…",
     "users": {"owner": [access, secret], …}}

and runs until its standard input ends, so it never outlives whoever started it. `owner` may do
everything, `stranger` is known and may do nothing.

Uses Debian's python3-swift as a library: the same code that its init scripts start. The folder
needs extended attributes (`user.*`); /dev/shm is taken when it has them, since Swift syncs often.
"""
import argparse
import ctypes
import json
import os
import shutil
import signal
import sys
import tempfile
import warnings

USERS = {
    "owner": ("test:owner", "swift-owner-secret-3fa9", ".admin"),
    "stranger": ("test:stranger", "swift-stranger-secret-77c1", ""),
}
STORAGE = ("account", "container", "object")
ROOM_BYTES = 4 << 30  # that a folder of the tests should have

STORAGE_CONF = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = ERROR
log_address = {folder}/no-log
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY_CONF = """
[DEFAULT]
swift_dir = {folder}
log_level = ERROR
log_address = {folder}/no-log
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo dlo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
node_timeout = 60
recoverable_node_timeout = 60
conn_timeout = 10
[filter:cache]
paste.filter_factory = swift_cache:filter_factory
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = auto
s3_acl = false
max_upload_part_num = 10000
max_bucket_listing = 50
[filter:tempauth]
use = egg:swift#tempauth
{users}
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
"""


def has_attributes(folder):
    """Can files there carry what Swift hangs on them?"""
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as f:
            os.setxattr(f.name, "user.swift.metadata", b"x" * 1024)
        space = os.statvfs(folder)
        return space.f_bavail * space.f_frsize >= ROOM_BYTES
    except OSError:
        return False


def new_folder():
    for parent in ("/dev/shm", tempfile.gettempdir()):
        if has_attributes(parent):
            return tempfile.mkdtemp(prefix="headway-swift-", dir=parent)
    sys.exit("swift_server: no folder with extended attributes and room: tried /dev/shm and "
             + tempfile.gettempdir())


def die_with_parent():
    """The kernel's PR_SET_PDEATHSIG: the storage process goes when the proxy does."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def write_rings(folder, ports):
    from swift.common.ring import RingBuilder
    for kind, port in ports.items():
        builder = RingBuilder(1, 1, 0)  # two partitions, one copy of each
        builder.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1", "port": port,
                         "device": "disk", "replication_ip": "127.0.0.1", "replication_port": port})
        builder.rebalance()
        builder.get_ring().save(os.path.join(folder, kind + ".ring.gz"))


def serve(app, sock):
    import eventlet
    from eventlet import wsgi
    from swift.common.wsgi import SwiftHttpProtocol
    from swift.common.utils import NullLogger
    wsgi.server(sock, app, NullLogger(), protocol=SwiftHttpProtocol, socket_timeout=60,
                capitalize_response_headers=False, custom_pool=eventlet.GreenPool(256))


def run_storage(folder, sockets):
    """The process of the three storage servers; does not return."""
    import eventlet
    from swift.common.wsgi import loadapp
    for kind, sock in sockets.items():
        conf = write(f"{folder}/{kind}-server.conf", STORAGE_CONF.format(folder=folder, kind=kind))
        eventlet.spawn(serve, loadapp(conf, global_conf={"log_name": kind}), sock)
    while True:
        eventlet.sleep(3600)


def run(folder):
    import eventlet
    from swift.common import utils, wsgi
    write(f"{folder}/swift.conf", "[swift-hash]\nswift_hash_path_suffix = tests\n"
                                  "[storage-policy:0]\nname = one\ndefault = yes\n")
    utils.set_swift_dir(folder)
    from swift.common import storage_policy
    storage_policy.reload_storage_policies()
    os.makedirs(f"{folder}/devices/disk", exist_ok=True)
    sockets = {kind: eventlet.listen(("127.0.0.1", 0), backlog=256) for kind in STORAGE}
    write_rings(folder, {kind: sock.getsockname()[1] for kind, sock in sockets.items()})
    # Loaded before the fork, so that both processes share what it took to load it.
    import swift.account.server, swift.container.server, swift.obj.server  # noqa: E401, F401
    import swift.proxy.server  # noqa: F401
    from swift.common.middleware.s3api import s3api  # noqa: F401
    child = os.fork()
    if child == 0:
        die_with_parent()
        eventlet.hubs.use_hub(wsgi.get_hub())
        run_storage(folder, sockets)
    for sock in sockets.values():
        sock.close()
    eventlet.hubs.use_hub(wsgi.get_hub())
    users = "\n".join(f"user_{access.replace(':', '_')} = {secret} {groups}"
                      for access, secret, groups in USERS.values())
    conf = write(f"{folder}/proxy-server.conf", PROXY_CONF.format(folder=folder, users=users))
    front = eventlet.listen(("127.0.0.1", 0), backlog=256)
    app = wsgi.loadapp(conf, global_conf={"log_name": "proxy"})
    server = eventlet.spawn(serve, app, front)
    announce(f"http://127.0.0.1:{front.getsockname()[1]}", folder)
    wait_for_end_of_input()
    os.kill(child, signal.SIGKILL)
    server.kill()


def announce(endpoint, folder):
    print(json.dumps({"endpoint": endpoint, "region": "auto", "folder": folder,
                      "users": {name: [access, secret] for name, (access, secret, _) in USERS.items()}}),
          flush=True)


def wait_for_end_of_input():
    import eventlet
    from eventlet import tpool
    os_read = eventlet.patcher.original("os").read
    while tpool.execute(os_read, 0, 4096):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", help="keep everything there instead of in a new folder")
    folder = parser.parse_args().folder
    kept = folder is not None
    folder = folder or new_folder()
    warnings.simplefilter("ignore", DeprecationWarning)  # eventlet's, about what Swift asks of it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(folder)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
