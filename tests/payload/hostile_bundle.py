#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_bundle.py FROM KIND TO - a bundle that a reader has to refuse."""
import hashlib
import io
import json
import sys
import tarfile

source, kind, target = sys.argv[1:]
members = []
with tarfile.open(source) as archive:
    for member in archive:
        members.append((member, archive.extractfile(member).read() if member.isfile() else b""))

description = json.loads(members[0][1])
files = description["files"]
PROJECT = "coracle/project/"


def add(name, content=b"", what=tarfile.REGTYPE, link=""):
    """A member behind the project's, and its line in the description."""
    info = tarfile.TarInfo(PROJECT + name)
    info.type, info.linkname, info.size = what, link, len(content)
    last = max(i for i, (m, _) in enumerate(members) if m.name.startswith("coracle/"))
    members.insert(last + 1, (info, content))
    files.append({"path": name, "mode": 0o644, "size": len(content),
                  "sha256": hashlib.sha256(content).hexdigest()})


if kind == "out":
    add("../../../../escaped", b"x")
elif kind == "absolute":
    add("/escaped", b"x")
elif kind == "link":
    add("way", what=tarfile.SYMTYPE, link="/")
elif kind == "hardlink":
    add("way", what=tarfile.LNKTYPE, link="/etc/passwd")
elif kind == "device":
    add("zero", what=tarfile.CHRTYPE)
elif kind == "extra":
    add("extra", b"x")
    files.pop()
elif kind == "missing":
    files.append({"path": "missing", "mode": 0o644, "size": 0,
                  "sha256": hashlib.sha256(b"").hexdigest()})
elif kind == "large":
    add("large", b"x" * 4096)
    files[-1]["size"] = 10
elif kind == "twice":
    add("twice", b"x")
    add("twice", b"x")
members[0] = (members[0][0], json.dumps(description).encode())
members[0][0].size = len(members[0][1])
with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
    for member, content in members:
        archive.addfile(member, io.BytesIO(content) if member.isfile() else None)
