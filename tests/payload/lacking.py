# SPDX-License-Identifier: Apache-2.0
"""lacking.py nf_tables|overlay PROGRAM [ARG...] - runs a program as if the kernel lacked something."""

import ctypes
import os
import struct
import sys

SOCKET = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
FSOPEN = 430
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000
EPROTONOSUPPORT, ENODEV = 93, 19


def instruction(code, value, yes=0, no=0):
    return struct.pack("=HBBI", code, yes, no, value)


def load(offset):
    return instruction(LOAD, offset)


def equal(value, no):
    """Goes on when it is equal, else skips @no instructions."""
    return instruction(EQUAL, value, 0, no)


FILTERS = {
    # socket(AF_NETLINK, …, NETLINK_NETFILTER); arguments begin at 16, eight bytes each.
    "nf_tables": [
        load(0), equal(SOCKET, 5), load(16), equal(16, 3), load(32), equal(12, 1),
        instruction(RETURN, ERROR | EPROTONOSUPPORT), instruction(RETURN, ALLOW),
    ],
    "overlay": [
        load(0), equal(FSOPEN, 1),
        instruction(RETURN, ERROR | ENODEV), instruction(RETURN, ALLOW),
    ],
}


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


rules = FILTERS[sys.argv[1]]
program = Program(len(rules), b"".join(rules))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[2], sys.argv[2:])
