# SPDX-License-Identifier: Apache-2.0
"""log_sink.py KIND WHERE FILE - takes messages as a syslog or journald would and writes them down.

KIND is udp or tcp (WHERE: a port of 127.0.0.1), unixgram or unix (WHERE: a path). Each datagram is
a line of FILE, its newlines written as "|"; a stream is written as it comes."""

import os
import socket
import sys

kind, where, path = sys.argv[1:]
stream = kind in ("tcp", "unix")
family = socket.AF_UNIX if kind.startswith("unix") else socket.AF_INET
sock = socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
if family == socket.AF_INET:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", int(where)))
else:
    if os.path.exists(where):
        os.unlink(where)
    sock.bind(where)
if stream:
    sock.listen()
out = open(path, "a", buffering=1, encoding="utf-8", errors="replace")
print("ready", file=out)
while True:
    if stream:
        peer = sock.accept()[0]
        while data := peer.recv(65536):
            out.write(data.decode(errors="replace"))
            out.flush()
    else:
        print(sock.recv(65536).decode(errors="replace").replace("\n", "|"), file=out)
