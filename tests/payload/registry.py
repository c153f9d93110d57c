#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted registry: speaks the distribution protocol, and lies wherever a rule tells it to.

    registry.py [OPTIONS] [RULE...]

It prints its port and serves until it is killed. Content is kept in memory: push to it (skopeo copy
--dest-tls-verify=false …) or load an OCI layout with --layout.

    --listen HOST[:PORT]   default 127.0.0.1, any free port
    --tls CERT KEY         serves https (PEM files); --client-ca FILE asks clients for a certificate
    --log FILE             a JSON line per request: {"method", "path", "headers", "status", "sent", "proxy"}
                           (header names in lower case; token requests too, with "body")
    --layout DIR REPO      loads blobs of an OCI layout, and its names as tags of REPO
    --auth KIND:USER:PASS  asks for a login: KIND is "basic" or "token"; with "token", /token of this
                           server (or --realm URL) gives tokens. "token::" gives them to anybody.
    --realm URL            what the challenge says instead; --service TEXT (default "scripted, \"it\"")
    --anonymous            with a user: tokens for pulling without one
    --identity-token TEXT  also accepted at /token by POST (refresh_token grant), and handed out
    --no-grant             POST to /token gives 405
    --access-token         the answer has "access_token" instead of "token"
    --expires SECONDS      of tokens, as claimed and as enforced

Taken for an HTTP proxy, it answers itself, whichever host was meant ("host" in the headers).

A RULE is "METHOD REGEX ACTION [ARGUMENT...] [xN]": the first one whose regular expression is found in
the path (with the query) decides; xN: only the first N times. POST /_rules with one rule a line
replaces them all at run time (x-counts begin anew); GET /_log gives the log.

    status CODE [HEADER:VALUE...]     an error of this status
    error CODE TEXT                   the same with a message; \\xNN and the like are expanded
    redirect URL [CODE]               to URL; {path} in it is the request's own (307)
    close                             no answer at all
    reset N                           RST after N bytes of the body
    truncate N                        the connection ends after N bytes of the body
    stall N                           nothing more after N bytes of the body (headers are sent)
    silent                            stalls before any header
    drip BYTES_PER_SECOND             slowly
    no-range                          200 with everything, whatever Range says
    bad-range                         206 with another part than was asked for
    digest HEX                        claims this Docker-Content-Digest
    type MEDIA_TYPE                   claims this Content-Type
    corrupt                           one bit of the body is another
    length N                          claims Content-Length N (what is missing never comes)
    extra N                           N bytes too many, chunked
    endless                           a chunked body that never ends
    headers N                         N bytes of headers
    body TEXT                         200 with this body (a token that is no JSON, …)
    text TEXT                         the same with Content-Type text/plain
    location URL                      of an upload session, instead of a relative one with a query
    insufficient                      401 insufficient_scope
"""

import argparse
import base64
import hashlib
import http.server
import json
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse


class State:
    """What all threads share."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.options = options
        self.blobs = {}  # hex: bytes
        self.manifests = {}  # (repo, tag or digest): (type, bytes)
        self.uploads = {}  # id: bytearray
        self.tokens = {}  # token: (scopes, valid until)
        self.rules = []
        self.log = []
        self.file = open(options.log, "a", buffering=1) if options.log else None

    def set_rules(self, lines):
        rules = []
        for line in lines:
            words = line.split()
            if not words:
                continue
            count = None
            if re.fullmatch(r"x\d+", words[-1]):
                count = int(words.pop()[1:])
            arguments = words[3:]
            if words[2] in ("error", "body", "text"):
                text = line.split(None, 3)[3] if len(words) > 3 else ""
                arguments = [re.sub(r"\s+x\d+$", "", text)]
            rules.append([words[0], re.compile(words[1]), words[2], arguments, count])
        with self.lock:
            self.rules = rules

    def rule(self, method, path):
        with self.lock:
            for rule in self.rules:
                if rule[0] not in ("*", method) or not rule[1].search(path) or rule[4] == 0:
                    continue
                if rule[4] is not None:
                    rule[4] -= 1
                return rule[2], rule[3]
        return None, []

    def record(self, entry):
        with self.lock:
            self.log.append(entry)
            if self.file:
                self.file.write(json.dumps(entry) + "\n")

    def load_layout(self, directory, repo):
        blobs = os.path.join(directory, "blobs/sha256")
        for name in os.listdir(blobs):
            with open(os.path.join(blobs, name), "rb") as file:
                self.blobs[name] = file.read()
        with open(os.path.join(directory, "index.json"), encoding="utf-8") as file:
            index = json.load(file)
        for entry in index["manifests"]:
            content = self.blobs[entry["digest"].split(":")[1]]
            tag = entry.get("annotations", {}).get("org.opencontainers.image.ref.name", "latest")
            for name in (tag.rsplit(":", 1)[-1], entry["digest"]):
                self.manifests[repo, name] = entry["mediaType"], content


def expand(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


class Cut(Exception):
    """The connection ends here."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "scripted"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    @property
    def state(self):
        return self.server.state

    # --- answers ------------------------------------------------------------------------------

    def begin(self, status, headers):
        self.entry["status"] = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status, headers=None, body=b""):
        """A whole answer, bent by the rule's action."""
        headers = dict(headers or {})
        action, arguments = self.action, self.arguments
        if action == "digest":
            headers["Docker-Content-Digest"] = "sha256:" + arguments[0]
        if action == "type":
            headers["Content-Type"] = arguments[0]
        if action == "corrupt" and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        if action == "headers":
            for i in range(int(arguments[0]) // 1000 + 1):
                headers[f"X-Filler-{i}"] = "x" * 980
        if action in ("extra", "endless"):
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = arguments[0] if action == "length" else str(len(body))
        self.begin(status, headers)
        if self.command == "HEAD":
            return
        if action in ("extra", "endless"):
            self.send_chunked(body, action, arguments)
        else:
            self.send_body(body, action, arguments)

    def send(self, data):
        self.wfile.write(data)
        self.entry["sent"] += len(data)

    def send_chunked(self, body, action, arguments):
        filler = b"x" * (int(arguments[0]) if action == "extra" else 65536)
        pieces = [body, filler] if body else [filler]
        for piece in pieces:
            self.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        while action == "endless":
            self.send(b"%x\r\n%s\r\n" % (len(filler), filler))
        self.send(b"0\r\n\r\n")

    def send_body(self, body, action, arguments):
        if action in ("reset", "truncate", "stall"):
            count = int(arguments[0])
            if count < len(body):
                self.send(body[:count])
                self.wfile.flush()
                if action == "stall":
                    self.wait_forever()
                if action == "reset":
                    self.reset()
                raise Cut
        if action == "drip":
            step = max(1, int(arguments[0]) // 10)
            for at in range(0, len(body), step):
                self.send(body[at : at + step])
                self.wfile.flush()
                time.sleep(0.1)
            return
        self.send(body)
        if action == "length" and int(arguments[0]) > len(body):
            raise Cut

    def reset(self):
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def wait_forever(self):
        self.state.record(self.entry)
        self.recorded = True
        self.connection.settimeout(3600)
        while self.connection.recv(4096):
            pass
        raise Cut

    def error(self, status, code, message="", headers=None):
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.answer(status, {"Content-Type": "application/json", **(headers or {})}, body)

    # --- requests -----------------------------------------------------------------------------

    def handle_any(self):
        if match := re.match(r"http://([^/]+)(/.*)", self.path):  # we are taken for a proxy
            self.path = match[2]
        self.entry = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "status": 0,
            "sent": 0,
            "proxy": bool(match),
        }
        self.recorded = False
        self.content = None
        try:
            if self.path.startswith("/_"):
                self.handle_control()
                return
            self.action, self.arguments = self.state.rule(self.command, self.path)
            self.handle_ruled()
        except (Cut, ConnectionError, ssl.SSLError, TimeoutError, ValueError):
            self.close_connection = True
        if not self.recorded and not self.path.startswith("/_"):
            self.state.record(self.entry)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def read_content(self):
        if self.content is None:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                self.content = b""
                while size := int(self.rfile.readline().strip(), 16):
                    self.content += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return self.content

    def handle_control(self):
        self.action, self.arguments = None, []
        if self.path == "/_rules":
            self.state.set_rules(self.read_content().decode().splitlines())
            self.answer(200)
        elif self.path == "/_log":
            with self.state.lock:
                lines = "".join(json.dumps(entry) + "\n" for entry in self.state.log)
            self.answer(200, {}, lines.encode())
        else:
            self.answer(404)

    def handle_ruled(self):
        action, arguments = self.action, self.arguments
        if action == "silent":
            self.wait_forever()
        if action == "close":
            raise Cut
        if action in ("status", "error", "redirect", "body", "text", "insufficient"):
            # The whole request first, else the client sees a reset instead of the answer.
            self.read_content()
        if action == "status":
            headers = dict(item.split(":", 1) for item in arguments[1:])
            self.error(int(arguments[0]), "SCRIPTED", f"status {arguments[0]} by rule", headers)
        elif action == "error":
            status, _, text = arguments[0].partition(" ")
            message = expand(text).decode("latin-1")
            self.error(int(status), "SCRIPTED", message)
        elif action == "redirect":
            status = int(arguments[1]) if len(arguments) > 1 else 307
            self.answer(status, {"Location": arguments[0].replace("{path}", self.path)})
        elif action in ("body", "text"):
            kind = "application/json" if action == "body" else "text/plain"
            self.answer(200, {"Content-Type": kind}, expand(arguments[0]))
        elif self.path.split("?")[0] == "/token":
            self.handle_token()
        elif self.is_allowed():
            self.handle_registry()

    # --- authentication -----------------------------------------------------------------------

    def origin(self):
        scheme = "https" if self.state.options.tls else "http"
        return f"{scheme}://{self.headers.get('Host', 'localhost')}"

    def scope(self):
        match = re.match(r"/v2/(.+?)/(?:blobs|manifests|tags)/", self.path)
        if not match:
            return ""
        writes = self.command not in ("GET", "HEAD")
        return f"repository:{match[1]}:{'pull,push' if writes else 'pull'}"

    def challenge(self, error=None):
        options = self.state.options
        self.read_content()
        if options.kind == "basic":
            value = 'Basic realm="scripted"'
        else:
            service = options.service.replace("\\", "\\\\").replace('"', '\\"')
            value = f'Bearer realm="{options.realm or self.origin() + "/token"}",service="{service}"'
            if self.scope():
                value += f',scope="{self.scope()}"'
            if error:
                value += f',error="{error}"'
        self.error(401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": value})

    def basic_login(self):
        """True: good, False: bad, None: none was shown."""
        value = self.headers.get("Authorization", "")
        if not value.startswith("Basic "):
            return None
        expected = f"{self.state.options.user}:{self.state.options.password}"
        return base64.b64decode(value[6:]).decode(errors="replace") == expected

    def is_allowed(self):
        options = self.state.options
        if self.action == "insufficient":
            self.challenge("insufficient_scope")
            return False
        if options.kind == "basic" and not self.basic_login():
            self.challenge()
            return False
        if options.kind == "token":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            scopes, until = self.state.tokens.get(token, (None, 0))
            wanted = self.scope()
            have = {item: set(rest.split(",")) for item, rest in scopes or []}
            name, _, actions = wanted.rpartition(":")
            if scopes is None or time.monotonic() > until:
                self.challenge("invalid_token" if token else None)
                return False
            if wanted and not set(actions.split(",")) <= have.get(name, set()):
                self.challenge("insufficient_scope")
                return False
        return True

    def handle_token(self):
        options = self.state.options
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        content = self.read_content().decode()
        if content:
            self.entry["body"] = content
        if self.command == "POST":
            query = urllib.parse.parse_qs(content)
            if options.no_grant:
                self.error(405, "UNSUPPORTED")
                return
            login = query.get("refresh_token", [""])[0] == options.identity_token
        else:
            login = self.basic_login()
        if login is False or (login is None and options.user and not options.anonymous):
            self.error(401, "UNAUTHORIZED", "incorrect username or password")
            return
        scopes = []
        for item in " ".join(query.get("scope", [])).split():
            name, _, actions = item.rpartition(":")
            if login is None and options.user:
                actions = ",".join(set(actions.split(",")) & {"pull"})
            scopes.append((name, actions))
        token = hashlib.sha256(os.urandom(16)).hexdigest()
        self.state.tokens[token] = scopes, time.monotonic() + (options.expires or 300)
        answer = {"access_token" if options.access_token else "token": token}
        if options.expires is not None:
            answer["expires_in"] = options.expires
        if options.identity_token and "offline_token" in query:
            answer["refresh_token"] = options.identity_token
        self.answer(200, {"Content-Type": "application/json"}, json.dumps(answer).encode())

    # --- the protocol -------------------------------------------------------------------------

    def handle_registry(self):
        path, _, text = self.path.partition("?")
        query = {name: values[0] for name, values in urllib.parse.parse_qs(text).items()}
        if path == "/v2/":
            self.answer(200, {"Content-Type": "application/json"}, b"{}")
        elif match := re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", path):
            self.handle_manifest(match[1], match[2])
        elif match := re.fullmatch(r"/v2/(.+)/blobs/uploads/([^/]*)", path):
            self.handle_upload(match[1], match[2], query)
        elif match := re.fullmatch(r"/v2/(.+)/blobs/sha256:([0-9a-f]{64})", path):
            self.handle_blob(match[2])
        elif match := re.fullmatch(r"/v2/(.+)/tags/list", path):
            tags = sorted(tag for repo, tag in self.state.manifests if repo == match[1])
            body = json.dumps({"name": match[1], "tags": tags}).encode()
            self.answer(200, {"Content-Type": "application/json"}, body)
        else:
            self.error(404, "NOT_FOUND", "no such path")

    def handle_manifest(self, repo, reference):
        if self.command == "PUT":
            content = self.read_content()
            digest = "sha256:" + hashlib.sha256(content).hexdigest()
            kind = self.headers.get("Content-Type", "")
            for name in (reference, digest):
                self.state.manifests[repo, name] = kind, content
            location = f"/v2/{repo}/manifests/{digest}"
            self.answer(201, {"Location": location, "Docker-Content-Digest": digest})
            return
        kind, content = self.state.manifests.get((repo, reference), (None, None))
        if content is None:
            self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
            return
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        self.answer(200, {"Content-Type": kind, "Docker-Content-Digest": digest}, content)

    def handle_blob(self, name):
        content = self.state.blobs.get(name)
        if content is None:
            self.error(404, "BLOB_UNKNOWN", "blob unknown to registry")
            return
        headers = {
            "Content-Type": "application/octet-stream",
            "Docker-Content-Digest": "sha256:" + name,
        }
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not match or self.action == "no-range":
            self.answer(200, headers, content)
            return
        start = int(match[1])
        if self.action == "bad-range":
            start += 1
        if start >= len(content):
            self.error(416, "RANGE", "no such range")
            return
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.answer(206, headers, content[start:])

    def session(self, repo, name):
        if self.action == "location":
            return self.arguments[0].replace("{id}", name)
        return f"/v2/{repo}/blobs/uploads/{name}?state=a%2Bb"

    def handle_upload(self, repo, name, query):
        uploads = self.state.uploads
        if self.command == "POST":
            self.read_content()
            mount = query.get("mount", "").removeprefix("sha256:")
            if mount in self.state.blobs:
                self.answer(201, {"Location": f"/v2/{repo}/blobs/sha256:{mount}"})
                return
            name = os.urandom(8).hex()
            uploads[name] = bytearray()
            self.answer(202, {"Location": self.session(repo, name), "Range": "0-0"})
            return
        if name not in uploads:
            self.read_content()
            self.error(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown")
            return
        if self.command == "GET":
            last = max(len(uploads[name]) - 1, 0)
            self.answer(204, {"Location": self.session(repo, name), "Range": f"0-{last}"})
        elif self.command == "PATCH":
            self.handle_part(repo, name)
        elif self.command == "PUT":
            self.handle_end(repo, name, query)
        else:
            del uploads[name]
            self.answer(204)

    def handle_part(self, repo, name):
        upload = self.state.uploads[name]
        part = self.headers.get("Content-Range", "")
        if self.action == "reset":  # after so many bytes of the request
            upload += self.rfile.read(int(self.arguments[0]))
            self.reset()
            raise Cut
        content = self.read_content()
        if part and int(part.split("-")[0]) != len(upload):
            self.answer(416, {"Location": self.session(repo, name)})
            return
        upload += content
        last = max(len(upload) - 1, 0)
        self.answer(202, {"Location": self.session(repo, name), "Range": f"0-{last}"})

    def handle_end(self, repo, name, query):
        if self.action == "reset":
            self.rfile.read(int(self.arguments[0]))
            self.reset()
            raise Cut
        content = bytes(self.state.uploads[name]) + self.read_content()
        digest = hashlib.sha256(content).hexdigest()
        if query.get("digest") != "sha256:" + digest:
            self.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            return
        self.state.blobs[digest] = content
        del self.state.uploads[name]
        self.answer(201, {"Location": f"/v2/{repo}/blobs/sha256:{digest}"})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


class Server6(Server):
    address_family = socket.AF_INET6


def parse_options():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--client-ca")
    parser.add_argument("--log")
    parser.add_argument("--layout", nargs=2, action="append", default=[])
    parser.add_argument("--auth", default="::")
    parser.add_argument("--realm")
    parser.add_argument("--service", default='scripted, "it"')
    parser.add_argument("--anonymous", action="store_true")
    parser.add_argument("--identity-token")
    parser.add_argument("--no-grant", action="store_true")
    parser.add_argument("--access-token", action="store_true")
    parser.add_argument("--expires", type=int)
    parser.add_argument("rules", nargs="*")
    options = parser.parse_args()
    options.kind, options.user, options.password = options.auth.split(":", 2)
    return options


def main():
    options = parse_options()
    state = State(options)
    state.set_rules(options.rules)
    for directory, repo in options.layout:
        state.load_layout(directory, repo)
    host, port = options.listen, 0
    if match := re.fullmatch(r"(\[.*\]|[^:\[]*):(\d+)", options.listen):
        host, port = match[1], int(match[2])
    host = host.strip("[]")
    server = (Server6 if ":" in host else Server)((host, port), Handler)
    server.state = state
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        if options.client_ca:
            context.load_verify_locations(options.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        # The handshake belongs to the connection's own thread, not to accept.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
