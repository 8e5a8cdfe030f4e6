# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway serve` on an S3 store (R2's rules): uploads go through, downloads are sent on, exports run there."""
import os
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "storage"))

import store_site  # noqa: E402, first: it says where the servers are
import tap  # noqa: E402
from serving import Server, wait_until  # noqa: E402


class Context:
    def __init__(self, headway, assets):
        self.headway = headway
        self.clip = os.path.join(assets, "clips", "cockatoo.mp4")


def test_objects_and_exports_live_in_the_store(c):
    with store_site.open_site("stub", None) as site:
        with Server(c.headway, "--store", site.where("kept"), environment=site.environment()) as server:
            server.put("games/bird.mp4", c.clip)
            with open(c.clip, "rb") as f:
                film = f.read()
            assert site.client.get(store_site.BUCKET, "kept/local/games/bird.mp4") == film
            code, headers, _ = server.ask("GET", "/api/objects/games/bird.mp4")
            assert code == 307 and headers["Cache-Control"] == "no-store"
            part = urllib.request.Request(headers["Location"], headers={"Range": "bytes=10-99"})
            with urllib.request.urlopen(part, timeout=30) as answer:
                assert answer.read() == film[10:100]
            assert "X-Amz-Signature" not in server.said()
            assert server.ask("HEAD", "/api/objects/games/bird.mp4")[0] == 307
            job = server.submit({"type": "extract_clip", "input": "games/bird.mp4", "output": "films/cut.mp4",
                                 "start": 1, "end": 3})["job"]
            done = wait_until(lambda: (s := server.get(f"/api/exports/{job}"))["state"] in ("complete", "failed") and s, 60)
            assert done["state"] == "complete", done
            assert len(site.client.get(store_site.BUCKET, "kept/local/films/cut.mp4")) == done["result"]["bytes"]


def test_an_upload_that_breaks_off_leaves_nothing_in_the_store(c):
    with store_site.open_site("stub", None) as site:
        with Server(c.headway, "--store", site.where("kept"), environment=site.environment()) as server:
            s = server.connect()
            s.sendall(b"PUT /api/objects/half.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n")
            s.sendall(bytes(12_000_000))
            wait_until(lambda: server.metric("object_bytes_received_total") >= 12_000_000)
            s.close()
            wait_until(lambda: server.metric("uploads") == 0)
            wait_until(lambda: site.client.uploads(store_site.BUCKET) == [])


if __name__ == "__main__":
    context = Context(sys.argv[1], sys.argv[2])
    if not os.path.exists(context.clip):
        print(f"1..0 # SKIP {sys.argv[2]} is not complete: run make assets")
        sys.exit(0)
    tap.main(sys.modules[__name__], context)
