# SPDX-License-Identifier: Apache-2.0
"""layer_maker.py - tar and its compressed forms made byte by byte, wrong ones too."""
import gzip
import hashlib
import os
import struct
import zlib

END = b"\0" * 1024


# --- tar, byte by byte -----------------------------------------------------------------------------

def octal(value, width):
    if value < 0 or value >= 8 ** (width - 1):
        return base256(value, width)
    return b"%0*o\0" % (width - 1, value)


def base256(value, width):
    return bytes([0x80 if value >= 0 else 0xff]) + (value % 256 ** (width - 1)).to_bytes(width - 1, "big")


def pad(data):
    return data + b"\0" * (-len(data) % 512)


def raw(name):
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


def header(name, kind="0", size=0, **fields):
    """One header block; `patch` is {offset: bytes} before and `broken` after the checksum."""
    get = fields.get
    block = bytearray(512)
    block[0:100] = raw(name)[:100].ljust(100, b"\0")
    mode = get("mode", 0o755 if kind == "5" else 0o777 if kind == "2" else 0o644)
    block[100:108] = octal(mode, 8)
    block[108:116] = octal(get("uid", 0), 8)
    block[116:124] = octal(get("gid", 0), 8)
    block[124:136] = octal(size, 12)
    block[136:148] = octal(get("mtime", 1000), 12)
    block[156:157] = raw(kind)
    block[157:257] = raw(get("link", ""))[:100].ljust(100, b"\0")
    block[257:265] = get("magic", b"ustar\00000")
    block[329:337], block[337:345] = octal(get("major", 0), 8), octal(get("minor", 0), 8)
    block[345:500] = raw(get("prefix", "")).ljust(155, b"\0")
    for offset, data in get("patch", {}).items():
        block[offset:offset + len(data)] = data
    block[148:156] = b" " * 8
    total = sum(byte - 256 if get("signed") and byte > 127 else byte for byte in block)
    block[148:156] = get("checksum", b"%06o\0 " % total)
    return bytes(block)


def f(name, data=b"", kind="0", **fields):
    data = raw(data)
    return header(name, kind, fields.pop("size", len(data)), **fields) + pad(data)


def d(name, **fields):
    return header(name, "5", **fields)


def ln(name, target, **fields):
    return header(name, "2", link=target, **fields)


def hl(name, target, **fields):
    return header(name, "1", link=target, **fields)


def dev(name, kind, major, minor, **fields):
    return header(name, kind, major=major, minor=minor, **fields)


def wh(name, **fields):
    head, tail = os.path.split(name)
    return f(os.path.join(head, ".wh." + tail), **fields)


def opq(directory):
    return f(os.path.join(directory, ".wh..wh..opq"))


def records(**pairs):
    return pax_records({key.replace("__", "."): value for key, value in pairs.items()})


def pax_records(pairs):
    out = b""
    for key, value in pairs.items():
        body = b" " + raw(key) + b"=" + raw(value) + b"\n"
        length = len(body)
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        out += b"%d" % length + body
    return out


def pax(data, kind="x"):
    data = data if isinstance(data, bytes) else pax_records(data)
    return f("PaxHeader", data, kind)


def gnu(kind, text):
    return f("././@LongLink", raw(text) + b"\0", kind, magic=b"ustar  \0")


# --- compression, byte by byte ---------------------------------------------------------------------

def zstd(data, window=None, rle=None, truncated=False):
    """A frame of raw blocks; a window as exponent over 1 KiB; rle: one block of so many bytes."""
    out = struct.pack("<IB", 0xfd2fb528, 0)
    out += bytes([(window if window is not None else 10) << 3])
    chunks = [data[i:i + 100000] for i in range(0, len(data), 100000)] or [b""]
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1 and not rle
        out += struct.pack("<I", len(chunk) << 3 | last)[:3] + chunk
    for number in range(rle or 0):
        out += struct.pack("<I", 100000 << 3 | 1 << 1 | (number == rle - 1))[:3] + b"\0"
    return out[:-10] if truncated else out


def skippable(data):
    return struct.pack("<II", 0x184d2a50, len(data)) + data


def packed(data):
    return gzip.compress(data, 6, mtime=0)


def packed_parts(parts):
    """The same of what would be too long to hold."""
    out, packer = b"", zlib.compressobj(6, wbits=31)
    for part in parts:
        out += packer.compress(part)
    return out + packer.flush()


SMALL = f("file", "content") + END
BIG = f("file", bytes(range(256)) * 4096) + END  # a mebibyte: inflated by a second process, too
NOISE = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(80000))  # 2.5 MB, incompressible
LARGE = f("noise", NOISE) + f("behind", "content") + END
LARGE_TREE = ["f 644 behind=content", "f 644 noise=sha256:" + hashlib.sha256(NOISE).hexdigest()[:16]]
