# SPDX-License-Identifier: Apache-2.0
"""The name server of the test world's neighbour: answers A queries for name.example, counts them."""

import socket
import sys

log = open(sys.argv[1], "w", buffering=1, encoding="utf-8")
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("192.0.2.2", 53))
print("ready", file=log)
while True:
    query, peer = sock.recvfrom(4096)
    end = query.index(b"\0", 12)
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode(errors="replace").lower())
        at += query[at] + 1
    name, kind = ".".join(labels), query[end + 1 : end + 3]
    print("asked", name, int.from_bytes(kind, "big"), file=log)
    question = query[12 : end + 5]
    known = name == "name.example"
    found = known and kind == b"\0\1"
    header = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1"
    header += (b"\0\1" if found else b"\0\0") + b"\0\0\0\0"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([198, 51, 100, 1]) if found else b""
    sock.sendto(header + question + answer, peer)
