#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# on_terminal.py [STEP...] -- COMMAND... - runs a command on a terminal of its own, as a user sits before it.
#
# Steps are done in order: "expect:TEXT" waits until the text has come (30 s), "screen:REGEX" until that is
# on the screen, "send:TEXT" types it (^C is Ctrl-C, ^P ^Q and so on), "paste:FILE" a file as fast as it is
# taken, "resize:ROWS COLUMNS" makes the terminal larger or smaller, "show:" prints what is on the screen,
# "run:COMMAND" runs another command meanwhile. What the terminal showed goes to stdout, or, with
# TERMINAL_SHOWS=screen, what stands on it at the end, with what has left at the top; the exit code is the
# command's. TERMINAL_SIZE="ROWS COLUMNS" is its size; TERM is xterm, or TERMINAL_TERM, none if that is empty.
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from screen import Screen


def take_step(step, terminal):
    """Returns whether the step is done."""
    kind, text = step.split(":", 1)
    if kind == "send":
        terminal.typed += re.sub(r"\^([A-Z])", lambda m: chr(ord(m[1]) - 64), text).encode()
    elif kind == "paste":
        with open(text, "rb") as file:
            terminal.typed += file.read()
    elif kind == "resize":
        terminal.resize(*map(int, text.split()))
    elif kind == "run":
        subprocess.run(text, shell=True, check=True)
    elif kind == "show":
        sys.stdout.write(terminal.screen.text() + "--\n")
    elif kind == "screen":
        return not terminal.is_readable(0.02) and re.search(text, terminal.screen.text(), re.M | re.S)
    else:
        found = terminal.shown.find(text.encode(), terminal.position)
        if found < 0:
            return False
        terminal.position = found + len(text.encode())
    return True


class Terminal:
    def __init__(self, command):
        rows, columns = map(int, os.environ.get("TERMINAL_SIZE", "24 80").split())
        self.screen = Screen(rows, columns)
        self.shown, self.position, self.typed = bytearray(), 0, b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvp(command[0], command)
        os.set_blocking(self.fd, False)

    def resize(self, rows, columns):
        # Just after something was drawn: what is drawn for the old size does not fit any more.
        if self.is_readable(0.3):
            while self.is_readable(0.01) and self.move():
                pass
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def is_readable(self, seconds):
        return bool(select.select([self.fd], [], [], seconds)[0])

    def move(self):
        """Types what is to be typed, reads what is there; returns False at the end."""
        readable, writable, _ = select.select([self.fd], [self.fd] if self.typed else [], [], 0.1)
        if writable:
            self.typed = self.typed[os.write(self.fd, self.typed[:4096]) :]
        if not readable:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # EIO: the other side has gone
            return False
        self.shown += piece
        self.screen.feed(piece)
        return bool(piece)


def main():
    at = sys.argv.index("--")
    os.environ["TERM"] = os.environ.get("TERMINAL_TERM", "xterm")
    if not os.environ["TERM"]:
        del os.environ["TERM"]
    steps, terminal = sys.argv[1:at], Terminal(sys.argv[at + 1 :])
    shows_screen = os.environ.get("TERMINAL_SHOWS") == "screen"
    since = time.monotonic()
    while True:
        while steps and take_step(steps[0], terminal):
            steps.pop(0)
            since = time.monotonic()
        if steps and time.monotonic() - since > 30:
            sys.stdout.write(terminal.screen.text(True) if shows_screen else terminal.shown.decode(errors="replace"))
            print(f"\non_terminal.py: '{steps[0]}' did not happen", flush=True)
            os.kill(terminal.pid, signal.SIGKILL)
            sys.exit(98)
        if not terminal.move():
            break
    if shows_screen:
        sys.stdout.write(terminal.screen.text(True))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(terminal.shown)
    sys.stdout.flush()
    status = os.waitpid(terminal.pid, 0)[1]
    sys.exit(os.waitstatus_to_exitcode(status) % 256)


main()
