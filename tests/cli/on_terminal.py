#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# on_terminal.py [STEP...] -- COMMAND... - runs a command on a terminal of its own, as a user sits before it.
#
# Steps are done in order: "expect:TEXT" waits until the text has come (10 s), "send:TEXT" types it
# (^C is Ctrl-C, ^P ^Q and so on), "paste:FILE" a file as fast as it is taken. What the terminal
# showed goes to stdout; the exit code is the command's. TERMINAL_SIZE="ROWS COLUMNS" is its size.
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


def main():
    at = sys.argv.index("--")
    steps, command = sys.argv[1:at], sys.argv[at + 1 :]
    rows, columns = os.environ.get("TERMINAL_SIZE", "24 80").split()
    size = struct.pack("HHHH", int(rows), int(columns), 0, 0)
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        os.execvp(command[0], command)
    os.set_blocking(fd, False)
    shown, position, since, typed = bytearray(), 0, time.monotonic(), b""
    while True:
        while steps:
            kind, text = steps[0].split(":", 1)
            if kind == "send":
                text = re.sub(r"\^([A-Z])", lambda m: chr(ord(m[1]) - 64), text)
                typed += text.encode()
            elif kind == "paste":
                with open(text, "rb") as file:
                    typed += file.read()
            else:
                found = shown.find(text.encode(), position)
                if found < 0:
                    break
                position = found + len(text.encode())
            steps.pop(0)
            since = time.monotonic()
        if steps and time.monotonic() - since > 10:
            sys.stdout.buffer.write(shown)
            print(f"\non_terminal.py: '{steps[0]}' did not happen", flush=True)
            os.kill(pid, signal.SIGKILL)
            sys.exit(98)
        readable, writable, _ = select.select([fd], [fd] if typed else [], [], 0.1)
        if writable:
            typed = typed[os.write(fd, typed[:4096]) :]
        if not readable:
            continue
        try:
            piece = os.read(fd, 65536)
        except OSError:  # EIO: the other side has gone
            piece = b""
        if not piece:
            break
        shown += piece
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    status = os.waitpid(pid, 0)[1]
    sys.exit(os.waitstatus_to_exitcode(status) % 256)


main()
