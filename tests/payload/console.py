#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# console.py SOCKET - listens as conmon does: takes a terminal's master and prints all that comes of it.
import array
import os
import socket
import sys

path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
if os.path.exists(path):
    os.unlink(path)
listener.bind(path)
listener.listen(1)
connection, _ = listener.accept()
data, control, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(4))
master = array.array("i", control[0][2])[0]
os.unlink(path)
while True:
    try:
        text = os.read(master, 4096)
    except OSError:
        break
    if not text:
        break
    os.write(1, text)
