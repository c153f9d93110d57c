# SPDX-License-Identifier: Apache-2.0
#
# A server of stacks, on port 3000: says who it is, works as long as it is told to, counts its requests,
# keeps sessions in Redis. On SIGTERM it takes no more connections, finishes what it has begun, and ends.
import http.cookies
import http.server
import json
import os
import signal
import socket
import threading
import time
import urllib.parse
import uuid

requests = 0


def visits(handler):
    import redis

    cookie = http.cookies.SimpleCookie(handler.headers.get("Cookie", ""))
    session = cookie["session"].value if "session" in cookie else uuid.uuid4().hex
    count = redis.Redis(os.environ["REDIS_HOST"]).incr("session:" + session)
    return {"visits": count}, {"Set-Cookie": "session=" + session}


def work(handler):
    query = urllib.parse.parse_qs(urllib.parse.urlparse(handler.path).query)
    end = time.monotonic() + int(query["ms"][0]) / 1000
    while time.monotonic() < end:
        pass
    return {"worked": True}, {}


def late(handler):
    print("begun", flush=True)
    time.sleep(2)
    return {"late": True}, {}


PAGES = {"/visit": visits, "/work": work, "/late": late}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global requests
        requests += 1
        path = urllib.parse.urlparse(self.path).path
        if path == "/metrics":
            body, headers = f"# TYPE requests_total counter\nrequests_total {requests}\n", {}
        else:
            about = {"instance": socket.gethostname(), "path": self.path, "status": "healthy"}
            about.update({name: os.environ.get(name.upper()) for name in ("service", "version", "colour")})
            more, headers = PAGES[path](self) if path in PAGES else ({}, {})
            body = json.dumps({**about, **more}) + "\n"
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for them
    request_queue_size = 64


def main():
    server = Server(("", int(os.environ.get("PORT", "3000"))), Handler)

    def end(*_):
        print("SIGTERM received, finishing", flush=True)
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    print("listening", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    print("finished", flush=True)


main()
