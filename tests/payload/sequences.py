#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sequences.py - two hundred ways to drive a terminal, and whether one of them has come through.

    sequences.py text        all of them, a line each
    sequences.py python N    each Nth of them, as a literal that Python, JSON and YAML read between double quotes
    sequences.py count       how many there are
    sequences.py check       the standard input is what a terminal was sent: exit 1 names what came through

Each sequence has the number 31337 in it, so what the program itself sends is told from it. Colours may pass.
"""
import re
import sys

N = "31337"


def sequences():
    for final in "ABCDEFGHIJKLMPSTXZ`abcdefghilnpqrstux@":
        yield f"\x1b[{N}{final}"
    for private in "?>!=":
        for final in "hlcnpsuJK":
            yield f"\x1b[{private}{N}{final}"
    for number in (0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 22, 50, 52, 104, 110, 133, 777, 1337, 9999):
        yield f"\x1b]{number};{N}\x07"
        yield f"\x1b]{number};{N}\x1b\\"
    for opening in "P_^X":
        yield f"\x1b{opening}{N}\x1b\\"
        yield f"\x1b{opening}$q{N}\x07"
    for single in "cDEHMNOZ78=><}|~()*+-./#%lmno":
        yield f"\x1b{single}{N}"
    for intermediate in " !\"#$%&'()*+,-./":
        yield f"\x1b{intermediate}0{N}"
    for control in list(range(0x01, 0x09)) + [0x0b, 0x0c] + list(range(0x0e, 0x1b)) + list(range(0x1c, 0x20)) + [0x7f]:
        yield f"{chr(control)}{N}"
    for control in range(0x80, 0xa0):
        yield f"{chr(control)}{N}"
    for direction in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        yield f"{direction}{N}"
    yield f"\x1b\x1b[{N}A"
    yield f"\x1b[\x1b[{N}A"
    yield f"\x1b[{';'.join([N] * 200)}A"
    yield f"\x1b[{N}"


FORBIDDEN = re.compile(
    rb"(?:\x1b\[?[ -/?>!=<]*(?:[0-9;]*;)?0?31337(?![0-9;]*m)"
    rb"|\x1b[@-Z\\-~][^\x1b\n]{0,8}31337"
    rb"|(?:[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9])31337)")


def check():
    found = [match.group() for match in FORBIDDEN.finditer(sys.stdin.buffer.read())]
    if found:
        print(f"{len(found)} came through: {found[:10]}")
        sys.exit(1)


def literal(step):
    text = "\n".join(list(sequences())[::step])
    return "".join(c if " " <= c < "\x7f" and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)


if sys.argv[1] == "check":
    check()
elif sys.argv[1] == "count":
    print(len(list(sequences())))
else:
    sys.stdout.write(literal(int(sys.argv[2])) if sys.argv[1] == "python" else "\n".join(sequences()) + "\n")
