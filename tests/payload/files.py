#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP server of files that does as the path says.

    files.py DIRECTORY [PORT]

    /PATH                the file, with Last-Modified
    /to/URL              redirects to URL (unescaped)
    /named/VALUE/…       the text "named" with Content-Disposition: VALUE (unescaped)
    /login/PATH          the file, for "user" with the password "p:w" alone
    /tagged/PATH         the file, with an ETag that is its content's digest; 304 if that is known
    /once/PATH           the file; the first answer to each path is cut in the middle
    /silent              no answer
    /endless             no end

It prints its port; requests go to standard error, a line each: PATH AUTHORIZATION IF-NONE-MATCH.
"""

import base64
import hashlib
import http.server
import os
import sys
import time
import urllib.parse

cut = set()


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def text(self, code, headers, body=b""):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_to(self, rest):
        self.text(302, {"Location": urllib.parse.unquote(rest)})

    def do_named(self, rest):
        value = urllib.parse.unquote(rest.partition("/")[0])
        self.text(200, {"Content-Disposition": value}, b"named\n")

    def do_login(self, rest):
        wanted = "Basic " + base64.b64encode(b"user:p:w").decode()
        if self.headers.get("Authorization") != wanted:
            self.text(401, {"WWW-Authenticate": 'Basic realm="files"'})
            return
        self.path = "/" + rest
        super().do_GET()

    def do_tagged(self, rest):
        with open(os.path.join(self.directory, rest), "rb") as file:
            body = file.read()
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        known = self.headers.get("If-None-Match") == tag
        self.text(304 if known else 200, {"ETag": tag}, b"" if known else body)

    def do_once(self, rest):
        self.path = "/" + rest
        if rest in cut:
            super().do_GET()
            return
        cut.add(rest)
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"x" * 50000)
        self.close_connection = True

    def do_silent(self, _):
        time.sleep(600)

    def do_endless(self, _):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65536)

    def do_GET(self):
        print(self.path, self.headers.get("Authorization", "-"),
              self.headers.get("If-None-Match", "-"), file=sys.stderr, flush=True)
        word, _, rest = self.path[1:].partition("/")
        act = getattr(self, "do_" + word, None) if word.islower() else None
        try:
            act(rest) if act else super().do_GET()
        except (BrokenPipeError, ConnectionResetError):
            pass


port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", port), lambda *args: Handler(*args, directory=sys.argv[1]))
print(server.server_port, flush=True)
server.serve_forever()
