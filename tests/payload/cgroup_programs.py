# SPDX-License-Identifier: Apache-2.0
"""cgroup_programs.py CGROUP - prints how many BPF programs for connect and getpeername are attached to a cgroup itself."""
import ctypes
import os
import struct
import sys

BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
BPF_PROG_QUERY = 16
TYPES = (10, 11, 29, 30)  # INET4_CONNECT, INET6_CONNECT, INET4_GETPEERNAME, INET6_GETPEERNAME

libc = ctypes.CDLL(None, use_errno=True)
cgroup = os.open(sys.argv[1], os.O_RDONLY)
total = 0
for kind in TYPES:
    ids = (ctypes.c_uint32 * 64)()
    attr = ctypes.create_string_buffer(struct.pack("IIIIQI", cgroup, kind, 0, 0, ctypes.addressof(ids), 64), 144)
    if libc.syscall(BPF_SYSCALL, BPF_PROG_QUERY, attr, 144) < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    total += struct.unpack_from("I", attr, 24)[0]
print(total)
