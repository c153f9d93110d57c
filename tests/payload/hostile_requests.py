# SPDX-License-Identifier: Apache-2.0
"""
hostile_requests.py SOCKET PID [CONNECTIONS] - requests that nobody means well with, to the API server of that process.

With CONNECTIONS, nothing but so many that are opened and dropped, with nothing said, half a request or a whole one.

A case is its name, the bytes, and what must come: a set of statuses, or 0 for an end without an answer. Of an
answer the first status counts. Behind each case the server must answer a ping; at the end it must have as
many descriptors as before and no connection's process. Prints what is wrong, then "N cases, peak K KiB".
"""
import os
import re
import socket
import sys
import threading
import time

PATH, PID = sys.argv[1], int(sys.argv[2])
CRLF = b"\r\n"
REFUSED = {400}
CUT = {0, 400, 413, 414, 431}  # what is too long is told or cut off
BROKEN = {0, 400}


def get(target, *headers, host=b"a", version=b"HTTP/1.1"):
    lines = [b"GET " + target + b" " + version] + ([b"Host: " + host] if host is not None else []) + list(headers)
    return CRLF.join(lines) + b"\r\nConnection: close\r\n\r\n"


def post(target, body, *headers):
    lines = [b"POST " + target + b" HTTP/1.1", b"Host: a", *headers, b"Connection: close"]
    return CRLF.join(lines) + b"\r\n\r\n" + body


def create(body, *headers, query=b""):
    headers = headers or (b"Content-Type: application/json",)
    return post(b"/containers/create" + query, body, b"Content-Length: %d" % len(body), *headers)


def chunked(body):
    return post(b"/containers/create", body, b"Content-Type: application/json", b"Transfer-Encoding: chunked")


def length(*headers):
    return post(b"/containers/create", b"3\r\n{}x\r\n0\r\n\r\n", *headers)


def nested(depth, before=b'{"Labels":', after=b"}"):
    return before + b"[" * depth + b"]" * depth + after


CASES = [
    # Two ways to see where a request ends.
    ("a length and chunks", length(b"Content-Length: 3", b"Transfer-Encoding: chunked"), REFUSED),
    ("chunks and a length", length(b"Transfer-Encoding: chunked", b"Content-Length: 3"), REFUSED),
    ("two lengths", length(b"Content-Length: 3", b"Content-Length: 4"), REFUSED),
    ("two lengths that are the same", length(b"Content-Length: 3", b"Content-Length: 3"), REFUSED),
    ("a list of lengths", length(b"Content-Length: 3, 3"), REFUSED),
    ("a length with a plus", length(b"Content-Length: +3"), REFUSED),
    ("a length in hexadecimal", length(b"Content-Length: 0x3"), REFUSED),
    ("a negative length", length(b"Content-Length: -1"), REFUSED),
    ("a length beyond 64 bits", length(b"Content-Length: 18446744073709551616"), {400, 413}),
    ("an empty length", length(b"Content-Length: "), REFUSED),
    ("another coding", length(b"Transfer-Encoding: xchunked"), REFUSED),
    ("two codings", length(b"Transfer-Encoding: gzip, chunked"), REFUSED),
    ("chunked, and then not", length(b"Transfer-Encoding: chunked, identity"), REFUSED),
    ("identity", length(b"Transfer-Encoding: identity"), REFUSED),
    ("a coding twice", length(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), REFUSED),
    ("a coding in the next line", length(b"Transfer-Encoding:\r\n chunked"), REFUSED),
    ("a blank before the colon", length(b"Transfer-Encoding : chunked"), REFUSED),
    ("a coding behind a vertical tab", length(b"Transfer-Encoding: \x0bchunked"), REFUSED),
    # Chunks.
    ("a chunk of -1", chunked(b"-1\r\n{}\r\n0\r\n\r\n"), BROKEN),
    ("a chunk beyond 64 bits", chunked(b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n"), CUT),
    ("a chunk of almost 64 bits", chunked(b"fffffffffffffffe\r\n{}\r\n0\r\n\r\n"), CUT),
    ("a chunk with 0x", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), BROKEN),
    ("a chunk behind a blank", chunked(b" 2\r\n{}\r\n0\r\n\r\n"), BROKEN),
    ("a chunk without a size", chunked(b"\r\n{}\r\n0\r\n\r\n"), BROKEN),
    ("a chunk that is longer than it says", chunked(b"2\r\n{}garbage\r\n0\r\n\r\n"), BROKEN),
    ("an extension of 2 MiB", chunked(b"2;" + b"x" * (2 << 20) + b"\r\n{}\r\n0\r\n\r\n"), CUT),
    ("trailers of 2 MiB", chunked(b"2\r\n{}\r\n0\r\n" + b"x: y\r\n" * (350 << 10) + b"\r\n"), CUT),
    ("50,000 chunks of a byte", chunked(b"1\r\n \r\n" * 50000 + b"0\r\n\r\n"), REFUSED),
    # Lines.
    ("a line without a colon", get(b"/_ping", b"nonsense"), REFUSED),
    ("a name with a blank", get(b"/_ping", b"a b: c"), REFUSED),
    ("an empty name", get(b"/_ping", b": c"), REFUSED | {200}),  # libmicrohttpd drops it
    # libmicrohttpd takes a bare carriage return for the end of a line, and a text for its part before a NUL, in all
    # that follows from it: who may have it is asked of the same text.
    ("a bare carriage return", get(b"/_ping", b"a: b\rc: d"), BROKEN | {200}),
    ("a coding behind one", length(b"Content-Length: 3", b"a: b\rTransfer-Encoding: chunked"), REFUSED),
    ("NUL in a header", get(b"/_ping", b"a: b\0c"), BROKEN | {200}),
    ("NUL in a name", get(b"/_ping", b"a\0b: c"), BROKEN),
    ("NUL in the request line", get(b"/nothing\0/../_ping"), BROKEN | {404}),
    ("an encoded NUL in the path", get(b"/containers/a%00b/json"), REFUSED),
    ("an encoded NUL in the query", get(b"/containers/json?all=%00"), REFUSED),
    ("a bad percent", get(b"/containers/%zz/json"), {400, 404}),
    ("half a percent", get(b"/containers/json?filters=%7"), REFUSED),
    ("a way out", get(b"/containers/../../../etc/passwd/json"), {404}),
    ("a way out, encoded", get(b"/containers/..%2f..%2fetc%2fpasswd/json"), {404}),
    ("a way out of images", get(b"/images/../../etc/passwd/json"), {400, 404}),
    ("a way out of volumes", get(b"/volumes/..%2f..%2fcontainers"), {400, 404}),
    ("a way out of networks", get(b"/networks/..%2f..%2fcontainers"), {400, 404}),
    ("a way out of execs", get(b"/exec/..%2f..%2fcontainers/json"), {400, 404}),
    ("no path", get(b""), BROKEN),
    ("an unknown version", get(b"/v99999999999999999999.1/info"), {400, 404}),
    ("a method in small letters", get(b"/_ping").replace(b"GET", b"get"), {400, 404, 405, 501}),
    ("a method of 100 KiB", b"X" * (100 << 10) + get(b"/_ping")[3:], CUT | {404, 405, 501}),
    ("no method", get(b"/_ping")[3:], BROKEN),
    ("CONNECT", b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", {400, 404, 405, 501}),
    ("HTTP/0.9", b"GET /_ping\r\n\r\n", BROKEN | {505}),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BROKEN | {505}),
    ("HTTP/9.9", get(b"/_ping", version=b"HTTP/9.9"), BROKEN | {505}),
    ("no HTTP", get(b"/_ping", version=b"HTTQ/1.1"), BROKEN | {505}),
    ("TLS", bytes.fromhex("16030100c8010000c40303") + b"\0" * 197 + b"\r\n\r\n", BROKEN),
    ("nothing but ends of lines", CRLF * 10000, BROKEN),
    ("random bytes", bytes((i * 7919 >> 3) % 256 for i in range(100000)), CUT),
    # Sizes.
    ("a request line of 40 KiB", get(b"/containers/json?x=" + b"y" * (40 << 10)), {200}),
    ("a request line of 2 MiB", get(b"/containers/json?x=" + b"y" * (2 << 20)), CUT),
    ("a header of 2 MiB", get(b"/_ping", b"a: " + b"b" * (2 << 20)), CUT),
    ("200,000 headers", get(b"/_ping", *[b"a: b"] * 200000), CUT),
    ("20,000 parameters", get(b"/containers/json?" + b"a=b&" * 20000), {200} | CUT),
    ("an empty host", get(b"/_ping", host=b""), {200}),
    ("no host", get(b"/_ping", host=None), {200, 400}),
    # Bodies.
    ("a body of 5 MiB", create(b'{"Image":"' + b"x" * (5 << 20) + b'"}'), {400, 413}),
    ("100,000 lists", create(nested(100000)), REFUSED),
    ("100 lists", create(nested(100)), REFUSED),
    ("100,000 objects", create(b'{"a":' * 100000 + b"1" + b"}" * 100000), REFUSED),
    ("half a document", create(b'{"Image":"busybox"'), REFUSED),
    ("two documents", create(b'{"Image":"busybox"}{"Image":"busybox"}'), REFUSED),
    ("a list", create(b"[]"), REFUSED),
    ("a number for an image", create(b'{"Image":1}'), REFUSED),
    ("a list for a host", create(b'{"Image":"busybox","HostConfig":[]}'), REFUSED),
    ("a text for binds", create(b'{"Image":"busybox","HostConfig":{"Binds":"/:/host"}}'), REFUSED),
    ("an object for a command", create(b'{"Image":"busybox","Cmd":{"a":1}}'), REFUSED),
    ("a text for memory", create(b'{"Image":"busybox","HostConfig":{"Memory":"1g"}}'), REFUSED),
    ("a fraction of memory", create(b'{"Image":"busybox","HostConfig":{"Memory":1e300}}'), REFUSED),
    ("negative ulimits", create(b'{"Image":"busybox","HostConfig":{"Ulimits":[{"Name":"x","Soft":-9}]}}'), REFUSED),
    ("NUL in a text", create(b'{"Image":"busybox\\u0000","Cmd":["a\\u0000b"]}'), {400, 404}),
    ("no UTF-8", create(b'{"Image":"\xff\xfe\xc0\x80"}'), {400, 404}),
    ("a mount at a way out", create(b'{"Image":"busybox","HostConfig":{"Binds":["../x:/y"]}}'), REFUSED),
    ("a name that is a path", create(b'{"Image":"busybox"}', query=b"?name=..%2f..%2fx"), REFUSED),
    ("no type", create(b'{"Image":"busybox"}', b"X: y"), REFUSED),
    ("another type", create(b'{"Image":"busybox"}', b"Content-Type: text/plain"), REFUSED),
    ("filters of 100,000 lists", get(b"/containers/json?filters=" + b"%7B%22name%22%3A" + b"[" * 100000), REFUSED),
    ("filters that are a list", get(b"/containers/json?filters=[]"), REFUSED),
    ("a regular expression without an end", get(b"/containers/json?filters=%7B%22name%22:%5B%22((((((((((a*)*)*)*)*%22%5D%7D"), {200, 400}),
    ("credentials that are none", post(b"/images/create?fromImage=%2e%2e%2fx", b"", b"X-Registry-Auth: " + b"A" * 100000, b"Content-Length: 0"), {400, 404}),
    ("an upgrade of nothing", post(b"/exec/none/start", b"{}", b"Content-Type: application/json", b"Content-Length: 2", b"Upgrade: tcp"), {404}),
    # Who does not go on.
    ("half a request line", b"GET /_pi", BROKEN),
    ("half a header", b"GET /_ping HTTP/1.1\r\nHost: a\r\nX", BROKEN),
    ("half a body", post(b"/containers/create", b'{"Image":"busybox"', b"Content-Type: application/json", b"Content-Length: 100"), BROKEN),
    ("half a chunk", chunked(b"40\r\n{"), BROKEN),
    ("a body that was promised", post(b"/containers/create", b"", b"Expect: 100-continue", b"Content-Length: 100"), BROKEN | {100}),
    ("nothing", b"", {0}),
]


def statistics(field):
    """Of the server and of all its connections."""
    for pid in [PID, *children()]:
        try:
            with open(f"/proc/{pid}/status") as file:
                yield int(re.search(rf"^{field}:\s+(\d+)", file.read(), re.M)[1])
        except (OSError, TypeError):
            pass


def children():
    try:
        with open(f"/proc/{PID}/task/{PID}/children") as file:
            return file.read().split()
    except OSError:
        return []


class Peak(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.kilobytes = 0

    def run(self):
        while True:
            self.kilobytes = max([self.kilobytes, *statistics("VmHWM")])
            time.sleep(0.005)


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(PATH)  # waits when the server has no place
    s.settimeout(60)
    return s


def ask(request, half_close=True):
    """What comes back; whoever stops reading us is not written to any more."""
    with connect() as s:
        answer = b""
        try:
            s.sendall(request)
            if half_close:
                s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while piece := s.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        return answer


def status(answer):
    found = re.match(rb"HTTP/1\.[01] (\d\d\d)", answer)
    return int(found[1]) if found else 0


def ping(case):
    if status(ask(get(b"/_ping"), half_close=False)) != 200:
        sys.exit(f"{case}: the server does not answer any more")


def slow():
    """A byte now and then, and away in the middle; others are served meanwhile."""
    with connect() as s:
        for byte in b"GET /_ping HTTP/1.1\r\nHo":
            s.send(bytes([byte]))
            time.sleep(0.02)
        ping("a slow client")


def torn():
    """Reset in the middle of a body."""
    with connect() as s:
        s.sendall(create(b'{"Image":"busybox"' + b" " * 200000)[:100000])
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def deaf():
    """Asks for a lot, and does not read."""
    with connect() as s:
        s.setblocking(False)
        try:
            while True:
                s.send(b"GET /info HTTP/1.1\r\nHost: a\r\n\r\n")
        except BlockingIOError:
            pass
        ping("a deaf client")


def many_at_once():
    """1,000 requests in one piece."""
    answer = ask(get(b"/_ping").replace(b"Connection: close\r\n", b"") * 999 + get(b"/_ping"), half_close=False)
    if answer.count(b"200 OK") != 1000:
        return f"{answer.count(b'200 OK')} answers of 1000"


def drop_many(count):
    """100 at once, in the place of those that were dropped before."""
    said = (b"", b"GET /_pi", create(b'{"Image":"none"}')[:-3], get(b"/_ping"))
    opened = []
    for i in range(count):
        if len(opened) == 100:
            opened.pop(0).close()
        s = connect()
        s.sendall(said[i % len(said)])
        opened.append(s)
    for s in opened:
        s.close()


def ask_all():
    wrong = 0
    for name, request, wanted in CASES:
        found = status(ask(request))
        if found not in wanted:
            print(f"{name}: {found}, not one of {sorted(wanted)}")
            wrong += 1
        ping(name)
    for deed in (slow, torn, deaf, many_at_once):
        problem = deed()
        if problem:
            print(f"{deed.__name__}: {problem}")
            wrong += 1
        ping(deed.__name__)
    return wrong, len(CASES) + 4


def main():
    peak, before = Peak(), len(os.listdir(f"/proc/{PID}/fd"))
    peak.start()
    if len(sys.argv) > 3:
        wrong, count = 0, int(sys.argv[3])
        drop_many(count)
        ping("connections that are dropped")
    else:
        wrong, count = ask_all()
    end = time.monotonic() + 30
    while children() and time.monotonic() < end:
        time.sleep(0.05)
    after = len(os.listdir(f"/proc/{PID}/fd"))
    if children() or after != before:
        print(f"{len(children())} connections are left, {after} descriptors, before {before}")
        wrong += 1
    print(f"{count} cases, peak {peak.kilobytes} KiB")
    sys.exit(1 if wrong else 0)


main()
