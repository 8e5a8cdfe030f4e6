# SPDX-License-Identifier: GPL-3.0-or-later
"""`headway serve` as its clients meet it: objects up and down, exports, live progress, restarts."""
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile

import program
import tap
from serving import Server, WebSocket, code_of, read_all, wait_until

FRAMING = {"type": "framing_ai", "input": "games/bird.mp4", "output": "films/bird.mp4",
           "trim": {"start": 10, "end": 10.6}, "model": "animevideov3",
           "keyframes": [{"time": 0, "x": 600, "y": 200, "width": 64, "height": 114}],
           "output_size": {"width": 240, "height": 424}}
EXTRACT = {"type": "extract_clip", "input": "games/bird.mp4", "output": "films/cut.mp4", "start": 1, "end": 3}
ENDS = ("complete", "failed", "cancelled")


class Context:
    def __init__(self, headway, assets):
        self.headway = headway
        self.clip = os.path.join(assets, "clips", "cockatoo.mp4")
        self.environment = {"HEADWAY_MODEL_DIR": os.path.join(os.path.abspath(assets), "models")}

    def server(self, *flags, **options):
        return Server(self.headway, *flags, environment=self.environment, **options)


def finished(server, job, **options):
    return wait_until(lambda: (s := server.get(f"/api/exports/{job}", **options))["state"] in ENDS and s, 60)


def check_never_falls(snapshots):
    last = -1
    for s in snapshots:
        if "percent" in s:
            assert s["percent"] >= last, (last, s)
            last = s["percent"]
    return last


def test_an_export_is_uploaded_watched_and_fetched(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        job = server.submit(FRAMING)["job"]
        socket = WebSocket(server, f"/ws/exports/{job}")
        assert socket.code == 101, socket.head
        texts = list(socket.texts())
        seen = [json.loads(text) for text in texts]
        assert socket.closed == 1000, socket.closed
        short = [len(text.encode()) for text, s in zip(texts, seen) if "phases" not in s]
        assert short and max(short) <= 200, short
        assert seen[0]["type"] == "framing_ai" and "phases" in seen[0]
        assert [s["state"] for s in seen if "state" in s][-1] == "complete"
        assert check_never_falls(seen) == 100
        assert all(a["seq"] < b["seq"] for a, b in zip(seen, seen[1:]))
        done = server.get(f"/api/exports/{job}")
        code, headers, film = server.ask("GET", "/api/objects/films/bird.mp4")
        assert code == 200 and headers["Content-Type"] == "video/mp4"
        assert len(film) == done["result"]["bytes"] and film[4:8] == b"ftyp"


def test_events_carry_the_same_and_their_ids_tell_a_client_that_comes_back_of_the_end(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        job = server.submit(FRAMING)["job"]
        answer = server.raw(f"GET /api/exports/{job}/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 60)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert code_of(head) == 200 and b"text/event-stream" in head, head
        events = [e for e in body.decode().split("\n\n") if e.startswith("id: ")]
        ids = [int(e.split("\n")[0][4:]) for e in events]
        snapshots = [json.loads(e.split("\ndata: ")[1]) for e in events]
        assert ids == [s["seq"] for s in snapshots] and ids == sorted(set(ids))
        assert check_never_falls(snapshots) == 100
        again = server.ask("GET", f"/api/exports/{job}/events", headers={"Last-Event-ID": str(ids[-1])})
        assert again[0] == 204
        late = server.raw(f"GET /api/exports/{job}/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 60)
        assert b'"state":"complete"' in late


def test_one_socket_tells_of_all_jobs(c):
    with c.server("--workers", "2") as server:
        server.put("games/bird.mp4", c.clip)
        first = server.submit(EXTRACT)["job"]
        socket = WebSocket(server, "/ws/exports")
        seen = {}
        synced = False
        second = None
        for s in socket.snapshots():
            if s.get("synced"):
                synced = True
                second = server.submit(dict(EXTRACT, output="films/other.mp4"))["job"]
                continue
            seen.setdefault(s["job"], {}).update(s)
            states = [seen.get(j, {}).get("state") for j in (first, second)]
            if synced and states == ["complete", "complete"]:
                break
        assert set(seen) == {first, second}
        socket.close()


def test_the_same_idempotency_key_is_the_same_job(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        once = server.submit(EXTRACT, headers={"Idempotency-Key": "k1"})
        again = server.submit(EXTRACT, expect=200, headers={"Idempotency-Key": "k1"})
        assert once["job"] == again["job"]
        server.submit(dict(EXTRACT, start=2), expect=409, headers={"Idempotency-Key": "k1"})


def test_a_wrong_spec_is_answered_with_its_field(c):
    with c.server() as server:
        error = server.submit(dict(FRAMING, trim={"start": 5, "end": "x"}), expect=400)["error"]
        assert error["code"] == "invalid" and error["field"] == "trim.end", error
        error = server.submit({"type": "nothing"}, expect=400)["error"]
        assert error["field"] == "type", error


def test_what_went_wrong_is_said_with_keys_and_not_with_places(c):
    with c.server() as server:
        failed = finished(server, server.submit(dict(EXTRACT, input="games/none.mp4"))["job"])
        assert failed["state"] == "failed" and "games/none.mp4" in failed["error"]["text"], failed
        assert server.data not in json.dumps(failed)


def test_a_job_is_cancelled_when_its_work_has_stopped_and_can_be_run_again(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        job = server.submit(dict(FRAMING, trim={"start": 2, "end": 12}))["job"]
        wait_until(lambda: server.get(f"/api/exports/{job}")["state"] == "running")
        code, _, _ = server.ask("DELETE", f"/api/exports/{job}")
        assert code == 202
        assert finished(server, job)["state"] == "cancelled"
        assert server.ask("DELETE", f"/api/exports/{job}")[0] == 200
        assert server.ask("GET", "/api/objects/films/bird.mp4")[0] == 404
        code, headers, body = server.ask("POST", f"/api/exports/{job}/retry")
        again = json.loads(body)["job"]
        assert code == 202 and headers["Location"] == f"/api/exports/{again}"
        server.ask("DELETE", f"/api/exports/{again}")
        finished(server, again)


def test_jobs_are_listed_by_page(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        jobs = [server.submit(dict(EXTRACT, output=f"films/{i}.mp4"))["job"] for i in range(3)]
        for job in jobs:
            finished(server, job)
        page = server.get("/api/exports?limit=2")
        rest = server.get(f"/api/exports?limit=2&before={page['next']}")
        assert [e["job"] for e in page["exports"] + rest["exports"]] == jobs[::-1]
        assert rest["next"] is None
        assert server.get("/api/exports?state=active")["exports"] == []
        assert server.get("/api/exports?state=x", expect=400)["error"]["field"] == "state"
        assert server.get("/api/exports?limit=0", expect=400)["error"]["field"] == "limit"


def test_a_bar_goes_on_over_a_restart_of_the_server(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        job = server.submit(dict(FRAMING, trim={"start": 2, "end": 3.5}))["job"]
        socket = WebSocket(server, f"/ws/exports/{job}")
        shown = []
        for s in socket.snapshots():
            shown.append(s)
            if s.get("percent", 0) > 25:
                break
        server.stop(signal.SIGKILL)
        server.start()
        again = WebSocket(server, f"/ws/exports/{job}")
        shown += again.snapshots()
        assert check_never_falls(shown) == 100
        assert server.get(f"/api/exports/{job}")["state"] == "complete"


def test_a_server_records_its_jobs_and_they_can_be_judged(c):
    with tempfile.TemporaryDirectory() as folder, c.server("--traces", os.path.join(folder, "kept")) as server:
        server.put("games/bird.mp4", c.clip)
        jobs = [server.submit(dict(FRAMING, output=f"films/{i}.mp4", trim={"start": 2, "end": 3.5}))["job"] for i in range(2)]
        wait_until(lambda: server.get(f"/api/exports/{jobs[0]}")["percent"] > 10, 30)
        server.stop(signal.SIGKILL)  # the next one reads the worker's lines again
        server.start()
        states = [finished(server, job)["state"] for job in jobs]
        assert states == ["complete", "complete"], states
        wrong = server.submit(dict(FRAMING, input="games/none.mp4"))["job"]
        assert finished(server, wrong)["state"] == "failed"
        scored = subprocess.run([c.headway, "score", "--json", "--learn", "0", server.flags[1]], capture_output=True, text=True,
                                timeout=60)
        assert scored.returncode == 0 and scored.stderr == "", scored
        table = json.loads(scored.stdout)
        assert (table["judged"] + table["brief"], table["censored"]) == (2, 1), table
        assert [run["id"] for run in table["runs"]] == jobs, table["runs"]
        assert all(0 < run["M1"] < 0.5 and 0.5 < run["total_s"] < 60 for run in table["runs"]), table["runs"]
        replayed = subprocess.run([c.headway, "replay", server.flags[1]], capture_output=True, text=True, timeout=60)
        ends = {s["trace"]: s["percent"] for s in map(json.loads, replayed.stdout.splitlines())}
        assert [ends[job] for job in jobs] == [100, 100] and ends[wrong] < 100, ends
        with open(os.path.join(server.flags[1], "traces.ndjson")) as f:
            assert '"ev":"wait"' in f.read()  # the second waited for the first


def test_a_server_that_is_asked_to_stop_says_goodbye(c):
    with c.server() as server:
        socket = WebSocket(server, "/ws/exports")
        assert json.loads(socket.text()) == {"synced": True}
        assert server.stop() == 0
        assert list(socket.snapshots()) == [] and socket.closed == 1001


def test_objects_come_back_byte_for_byte_whole_and_in_parts(c):
    with c.server() as server:
        data = os.urandom(3_000_001)
        assert server.ask("PUT", "/api/objects/a/b.bin", data)[0] == 201
        assert server.ask("GET", "/api/objects/a/b.bin")[2] == data
        code, headers, body = server.ask("HEAD", "/api/objects/a/b.bin")
        assert (code, headers["Content-Length"], body) == (200, str(len(data)), b"")
        for text, first, last in (("0-0", 0, 0), ("5-1048580", 5, 1048580), ("-7", len(data) - 7, len(data) - 1),
                                  ("2999990-", 2999990, len(data) - 1), ("1-99999999", 1, len(data) - 1)):
            code, headers, body = server.ask("GET", "/api/objects/a/b.bin", headers={"Range": "bytes=" + text})
            assert code == 206 and body == data[first:last + 1], text
            assert headers["Content-Range"] == f"bytes {first}-{last}/{len(data)}"
        code, headers, _ = server.ask("GET", "/api/objects/a/b.bin", headers={"Range": "bytes=3000001-"})
        assert code == 416 and headers["Content-Range"] == "bytes */3000001"
        assert server.ask("PUT", "/api/objects/empty", b"")[0] == 201
        assert server.ask("GET", "/api/objects/empty")[2] == b""
        assert server.ask("GET", "/api/objects/none")[0] == 404
        assert server.ask("GET", "/api/objects/a")[0] == 404


def test_an_upload_that_breaks_off_leaves_nothing(c):
    with c.server() as server:
        s = server.connect()
        s.sendall(b"PUT /api/objects/half.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n")
        s.sendall(b"x" * 1_000_000)
        wait_until(lambda: server.metric("object_bytes_received_total") >= 1_000_000)
        s.close()
        wait_until(lambda: server.metric("uploads") == 0)
        assert server.ask("GET", "/api/objects/half.bin")[0] == 404
        left = [f for _, _, files in os.walk(os.path.join(server.data, "objects")) for f in files]
        assert left == [], left


def test_a_reader_who_does_not_read_costs_two_blocks(c):
    with c.server() as server:
        data = bytes(64_000_000)
        assert server.ask("PUT", "/api/objects/big", data)[0] == 201
        before = server.memory()
        sockets = []
        for _ in range(8):
            s = server.connect()
            s.sendall(b"GET /api/objects/big HTTP/1.1\r\nHost: localhost\r\n\r\n")
            sockets.append(s)
        wait_until(lambda: server.metric("object_bytes_sent_total") > 0)
        assert server.ask("GET", "/healthz")[0] == 200
        grown = server.memory() - before
        assert grown < 16_000_000, grown
        got = read_all_of(sockets[0], len(data))
        assert got == len(data), got
        for s in sockets:
            s.close()


def read_all_of(s, n):
    head = b""
    while b"\r\n\r\n" not in head:
        head += s.recv(65536)
    got = len(head.partition(b"\r\n\r\n")[2])
    while got < n and (chunk := s.recv(1 << 20)):
        got += len(chunk)
    return got


def test_users_see_only_their_own(c):
    with c.server(users=("anna", "bob")) as server:
        anna, bob = server.tokens
        assert server.ask("GET", "/api/exports")[0] == 401
        server.put("games/bird.mp4", c.clip, token=anna)
        assert server.ask("GET", "/api/objects/games/bird.mp4", token=bob)[0] == 404
        job = server.submit(EXTRACT, token=anna)["job"]
        assert finished(server, job, token=anna)["state"] == "complete"
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/retry"), ("GET", "/events")):
            assert server.ask(method, f"/api/exports/{job}{path}", token=bob)[0] == 404, path
        assert server.get("/api/exports", token=bob)["exports"] == []
        socket = WebSocket(server, f"/ws/exports/{job}", token=bob)
        assert list(socket.snapshots()) == [] and socket.closed == 4404
        everything = WebSocket(server, "/ws/exports", token=bob)
        assert json.loads(everything.text()) == {"synced": True}
        everything.close()


def test_a_token_is_known_at_once_forgotten_at_once_and_stored_nowhere(c):
    with c.server() as server:
        token = server.token_add("anna")
        wait_until(lambda: server.ask("GET", "/api/exports")[0] == 401)
        assert server.ask("GET", "/api/exports", token=token)[0] == 200
        assert server.ask("GET", "/api/exports", token=token[:-1] + "x")[0] == 401
        for name in os.listdir(server.data):
            path = os.path.join(server.data, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    assert token.encode() not in f.read(), name
        assert token not in server.said()
        run_token(server, "remove", "1")
        server.token_add("bob")
        wait_until(lambda: server.ask("GET", "/api/exports", token=token)[0] == 401)


def run_token(server, *words):
    import subprocess
    return subprocess.run([server.headway, "token", *words, "--data", server.data], check=True, timeout=30,
                          capture_output=True, text=True).stdout


def test_a_ticket_opens_a_socket_where_no_header_can_be_sent(c):
    with c.server(users=("anna",)) as server:
        server.token, = server.tokens
        assert server.ask("GET", "/api/exports", headers={"Authorization": "none"})[0] == 401
        code, headers, body = server.ask("POST", "/api/tickets")
        ticket = json.loads(body)["ticket"]
        assert code == 201 and headers["Cache-Control"] == "no-store"
        token, server.token = server.token, None
        socket = WebSocket(server, f"/ws/exports?ticket={ticket}")
        assert socket.code == 101 and json.loads(socket.text()) == {"synced": True}
        socket.close()
        assert WebSocket(server, f"/ws/exports?ticket={ticket[:-1]}{'01'[ticket[-1] == '0']}").code == 401
        forged = ticket.replace("anna.", "bob.")
        assert WebSocket(server, f"/ws/exports?ticket={forged}").code == 401
        assert server.ask("GET", f"/api/exports?ticket={ticket}")[0] == 401
        assert WebSocket(server, "/ws/exports").code == 401
        assert ticket not in server.said() and token not in server.said()


def test_it_does_not_listen_beyond_this_machine_without_a_token(c):
    import subprocess
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run([c.headway, "serve", "--listen", "0.0.0.0:0", "--data", folder],
                             capture_output=True, text=True, timeout=30)
        assert out.returncode == 64 and "headway token add" in out.stderr, out
        with Server(c.headway, "--listen", "0.0.0.0:0", folder=folder, users=("anna",)) as wide:
            wide.host = "127.0.0.1"
            assert wide.ask("GET", "/api/exports")[0] == 401
            assert wide.ask("GET", "/api/exports", token=wide.tokens[0])[0] == 200
            assert wide.ask("GET", "/healthz")[0] == 200


def test_a_page_from_elsewhere_cannot_drive_it(c):
    with c.server("--host", "films.example") as server:
        here = f"{server.host}:{server.port}"
        for host, origin, expected in (
                (here, None, 200), ("localhost", None, 200), ("films.example", None, 200),
                ("films.example:443", "https://films.example:443", 200), (here, f"http://{here}", 200),
                ("evil.example", None, 403), (f"evil.example:{server.port}", None, 403),
                (here, "http://evil.example", 403), (here, "null", 403), ("localhost.evil.example", None, 403),
                ("127.0.0.1.evil.example", None, 403), (here, f"http://{here}.evil.example", 403)):
            headers = {"Host": host}
            if origin:
                headers["Origin"] = origin
            assert server.ask("GET", "/api/exports", headers=headers)[0] == expected, (host, origin)
            socket = WebSocket(server, "/ws/exports", headers=dict(headers, Host=host))
            assert socket.code == (101 if expected == 200 else 403), (host, origin, socket.head)
            socket.close()
        assert code_of(server.raw("GET /api/exports HTTP/1.1\r\nConnection: close\r\n\r\n")) == 403


def test_ping_is_answered_and_silent_peers_are_dropped(c):
    with c.server("--ping-interval", "1") as server:
        socket = WebSocket(server, "/ws/exports")
        assert json.loads(socket.text()) == {"synced": True}
        socket.send(b"ping")
        assert socket.text() == "pong"
        deaf = WebSocket(server, "/ws/exports")

        def one_is_dead():
            socket.send(b"ping")  # whoever is read from answers pings, and stays
            assert socket.text() == "pong"
            return server.metric("viewers_dead_total") == 1

        wait_until(one_is_dead, 20)
        deaf.close()


def test_pages_are_served_from_a_folder(c):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "index.html"), "w") as f:
            f.write("<p>here</p>")
        with c.server("--web", folder) as server:
            code, headers, body = server.ask("GET", "/")
            assert code == 200 and b"here" in body and headers["Content-Type"].startswith("text/html")
            assert "default-src 'self'" in headers["Content-Security-Policy"]
            assert server.ask("GET", "/none.js")[0] == 404
            assert server.ask("GET", "/api/nothing")[0] == 404
        with c.server("--web", "none") as server:
            assert server.ask("GET", "/")[0] == 404


def test_a_page_comes_with_the_program_and_asks_nobody_else(c):
    with c.server(users=("anna",)) as server:  # the page is for everybody, what it shows is not
        for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript"),
                           ("/icon.svg", "image/svg+xml")):
            code, headers, body = server.ask("GET", path)
            assert code == 200 and headers["Content-Type"].startswith(kind), (path, code, headers)
            assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)", body), path


def test_uploaded_pages_are_never_run(c):
    with c.server() as server:
        server.ask("PUT", "/api/objects/x.html", b"<script>1</script>")
        _, headers, _ = server.ask("GET", "/api/objects/x.html")
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in headers["Content-Security-Policy"]


def test_figures_and_forecasts_can_be_read(c):
    with c.server() as server:
        server.put("games/bird.mp4", c.clip)
        finished(server, server.submit(EXTRACT)["job"])
        types = server.get("/api/benchmarks")["types"]
        assert set(types) >= {"framing_ai", "extract_clip"}
        assert types["framing_ai"]["weights_from"] in ("measured", "learned")
        accuracy = server.get("/api/accuracy")
        assert accuracy["count"] == len(accuracy["exports"])
        assert server.metric("jobs_complete_total") == 1
        assert server.ask("GET", "/readyz")[0] == 200


def test_a_machine_that_has_left_its_model_is_told_in_three_places_within_three_runs(c):
    with c.server() as server:
        path = os.path.join(server.data, "headway.db")
        server.put("games/bird.mp4", c.clip)
        assert finished(server, server.submit(dict(FRAMING, output="films/first.mp4"))["job"])["state"] == "complete"
        server.stop()
        program.make_a_faster_past(path)
        server.start()
        assert server.metric("model_drifts_total") == 0
        for i in range(3):
            assert finished(server, server.submit(dict(FRAMING, output=f"films/{i}.mp4"))["job"])["state"] == "complete"
        assert server.metric("model_drifts_total") >= 1
        told = [line for line in server.said().splitlines() if "times as long as before" in line]
        assert told and all("framing_ai: since 20" in line for line in told), server.said()
        said = subprocess.run([c.headway, "analyze", "--history", path], capture_output=True, text=True, timeout=60).stdout
        assert "! drift: since " in said, said


def test_what_was_learned_is_what_analyze_says_of_the_same_history(c):
    phases = {"download": 1, "upscale": 60, "encode": 20, "upload": 2}
    with c.server() as server:
        path = os.path.join(server.data, "headway.db")
        with sqlite3.connect(path) as db:
            for i in range(12):
                record = {"type": "framing_ai", "job": f"j{i}", "src": "worker", "at_ms": 1700000000000 + i, "total_s": 90 + i,
                          "phases": {k: {"busy_s": s * (1 + 0.02 * i if k == "encode" else 1), "wall_s": s} for k, s in phases.items()}}
                db.execute("INSERT INTO records (job, type, ended_at_ms, device, total_s, body) VALUES (?,?,?,?,?,?)",
                           (record["job"], record["type"], record["at_ms"], "", record["total_s"], json.dumps(record)))
        told = server.get("/api/benchmarks")["types"]["framing_ai"]
        said = json.loads(subprocess.run([c.headway, "analyze", "--json", "--history", path], capture_output=True, text=True,
                                         timeout=60, check=True).stdout)
        learned = said["types"]["framing_ai"]
        assert told["weights_from"] == "learned" and told["count"] == 12, told
        assert told["weights_percent"].keys() == learned["weights"].keys(), (told, learned)
        for phase, (begin, end) in learned["weights"].items():
            assert abs(told["weights_percent"][phase][0] - begin) + abs(told["weights_percent"][phase][1] - end) < 0.02, (told, learned)
        assert abs(told["phases"]["upscale"]["share"] - learned["phases"]["upscale"]["share"]) < 1e-3, (told, learned)
        assert server.get("/api/benchmarks")["types"]["overlay"]["weights_from"] == "measured"


def test_methods_and_paths_that_are_not_there_are_told(c):
    with c.server() as server:
        code, headers, _ = server.ask("PUT", "/api/exports", b"{}")
        assert code == 405 and headers["Allow"] == "POST, GET"
        assert server.ask("GET", "/api/exportsx")[0] == 404
        assert server.ask("GET", "/ws/exports")[0] == 426
        assert WebSocket(server, "/api/exports").code == 400


def test_a_server_that_is_to_stop_can_wait_for_the_jobs_that_run(c):
    with c.server("--stop-wait", "60") as server:
        server.put("games/bird.mp4", c.clip)
        job = server.submit(FRAMING)["job"]
        waits = server.submit(dict(EXTRACT, output="films/later.mp4"))["job"]
        socket = WebSocket(server, f"/ws/exports/{job}")
        next(s for s in socket.snapshots() if s.get("state") == "running")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.ask("GET", "/readyz")[0] == 503)
        assert server.submit(dict(EXTRACT, output="films/new.mp4"), expect=503)["error"]["code"] == "unavailable"
        assert [s["state"] for s in socket.snapshots() if "state" in s][-1] == "complete"
        assert server.process.wait(30) == 0
        server.start()  # the one that waited waits on
        assert finished(server, waits)["state"] == "complete"


def test_a_folder_for_traces_that_cannot_be_is_told_at_the_start(c):
    with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as data:
        for where, why in ((file.name, "write into the folder"), ("/nonexistent/deeper", "make the folder")):
            out = subprocess.run([c.headway, "serve", "--listen", "127.0.0.1:0", "--data", data, "--traces", where],
                                 capture_output=True, text=True, timeout=30)
            assert out.returncode not in (0, None) and f"traces: {why} {where}: " in out.stderr, out


def test_networks_that_are_missing_are_named_at_the_start(c):
    with c.server("--model-dir", "/nonexistent") as server:
        assert "exports that need one of x4fast" in server.said() and "make assets" in server.said()
    with c.server() as server:
        assert "will fail" not in server.said()


def test_who_has_too_many_jobs_is_told_to_wait(c):
    with c.server("--max-jobs-per-user", "1") as server:
        server.put("games/bird.mp4", c.clip)
        job = server.submit(dict(FRAMING, trim={"start": 2, "end": 12}))["job"]
        assert "at most 1" in server.submit(EXTRACT, expect=429)["error"]["text"]
        server.ask("DELETE", f"/api/exports/{job}")
        assert finished(server, job)["state"] == "cancelled"


def test_it_speaks_tls(c):
    import subprocess
    with tempfile.TemporaryDirectory() as folder:
        key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
                       check=True, capture_output=True, timeout=60)
        with c.server("--tls-cert", cert, "--tls-key", key) as server:
            data = os.urandom(1_500_000)
            assert server.ask("PUT", "/api/objects/a.bin", data)[0] == 201
            assert server.ask("GET", "/api/objects/a.bin")[2] == data
            socket = WebSocket(server, "/ws/exports")
            assert json.loads(socket.text()) == {"synced": True}
            socket.close()


if __name__ == "__main__":
    context = Context(sys.argv[1], sys.argv[2])
    if not os.path.exists(context.clip):
        print(f"1..0 # SKIP {sys.argv[2]} is not complete: run make assets")
        sys.exit(0)
    tap.main(sys.modules[__name__], context)
