#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# control_client.py DIRECTORY [FILE] - attaches to the container whose directory below RUN it is.
#
# Says "attached" on stderr, reads nothing before FILE is there, then copies the container's output to
# stdout and ends with its exit code. The numbers are those of engine/control.h.
import os
import socket
import struct
import sys
import time

ATTACH, STDOUT, STDERR, EXITED = 4, 8, 9, 10
HEADER = "IiQ"


def main():
    os.chdir(sys.argv[1])
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect("control")
    control.send(struct.pack(HEADER, ATTACH, 0, 0))
    print("attached", file=sys.stderr, flush=True)
    while len(sys.argv) > 2 and not os.path.exists(sys.argv[2]):
        time.sleep(0.02)
    while True:
        packet = control.recv(65536)
        kind, value, _ = struct.unpack_from(HEADER, packet)
        if kind in (STDOUT, STDERR):
            sys.stdout.buffer.write(packet[struct.calcsize(HEADER) :])
        elif kind == EXITED:
            sys.stdout.flush()
            sys.exit(value)


main()
