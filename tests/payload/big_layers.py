#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""big_layers.py KIND COUNT OUT [BYTES] - an OCI archive with one gzip layer of COUNT entries.

KIND: packages (files in many directories as package managers leave them, with hard links, links,
owners, times and extended attributes; BYTES each on average), flat (files in one directory),
hardlinks (to one file), nested (directories in directories), whiteouts. The same arguments give the
same bytes.
"""
import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile

WORDS = 3000
POOL = 4 << 20


class Layer:
    """A gzip stream that knows the digests of what went in and came out."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.plain, self.packed = hashlib.sha256(), hashlib.sha256()
        self.size = 0
        self.gzip = gzip.GzipFile(fileobj=self, mode="wb", compresslevel=6, mtime=0, filename="")

    def write(self, data):  # from gzip
        self.packed.update(data)
        self.size += len(data)
        return self.file.write(data)

    def flush(self):
        self.file.flush()

    def add(self, data):
        self.plain.update(data)
        self.gzip.write(data)

    def close(self):
        self.add(b"\0" * 1024)
        self.gzip.close()
        self.file.close()


def entry(layer, path, kind=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.mtime = kind, 0o644, 1700000000
    for name, value in fields.items():
        setattr(info, name, value)
    info.size = len(data)
    layer.add(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    layer.add(data + b"\0" * (-len(data) % 512))


def packages(layer, count, average):
    rng = random.Random(count)
    words = ["".join(rng.choices("etaoinshrdlucmfw", k=rng.randint(2, 11))) for _ in range(WORDS)]
    pool = " ".join(rng.choices(words, k=POOL // 7)).encode()[:POOL]
    made = 0
    for parent in ("./", "usr/", "usr/lib/", "usr/lib/modules/"):
        entry(layer, parent, tarfile.DIRTYPE, mode=0o755)
    for package in range(count):
        if made >= count:
            break
        base = f"usr/lib/modules/package-{package}"
        entry(layer, base + "/", tarfile.DIRTYPE, mode=0o755, mtime=1700000000 + package)
        entry(layer, base + "/lib/", tarfile.DIRTYPE, mode=0o755)
        first = None
        for number in range(rng.randint(10, 80)):
            if made >= count:
                break
            directory = base
            if number % 8 == 3:
                directory = f"{base}/lib/part-{number}"
                entry(layer, directory + "/", tarfile.DIRTYPE, mode=0o2755 if number % 3 else 0o755)
            path = f"{directory}/file-{number}.js"
            size = min(int(rng.lognormvariate(0, 1.2) * average / 2.05), POOL // 2)
            start = rng.randrange(POOL - size)
            fields = {"mtime": 1700000000 + made + (0.25 if made % 5 == 0 else 0),
                      "mode": (0o644, 0o755, 0o600, 0o4755)[rng.choices(range(4), (90, 6, 3, 1))[0]]}
            if made % 11 == 0:
                fields.update(uid=1000 + made % 7, gid=100)
            if made % 50 == 7:
                fields["pax_headers"] = {"SCHILY.xattr.user.number": str(made)}
            if first and number % 20 == 9:
                entry(layer, path, tarfile.LNKTYPE, linkname=first)
            elif number % 20 == 13:
                entry(layer, path, tarfile.SYMTYPE, linkname=f"file-{number - 1}.js", mode=0o777)
            else:
                entry(layer, path, data=pool[start:start + size], **fields)
                first = first or path
            made += 1


def flat(layer, count, average):
    entry(layer, "flat/", tarfile.DIRTYPE, mode=0o755)
    for number in range(count):
        entry(layer, f"flat/file-{number}", data=b"x" * (average or 100))


def hardlinks(layer, count, _):
    entry(layer, "links/", tarfile.DIRTYPE, mode=0o755)
    for number in range(count):
        # No file system takes more than 65,000 links to one file.
        first = f"links/first-{number // 50000}"
        if number % 50000 == 0:
            entry(layer, first, data=b"content\n")
        entry(layer, f"links/{number % 100:02}/link-{number}", tarfile.LNKTYPE, linkname=first)


def nested(layer, count, _):
    for number in range(count):
        path = "/".join(f"d{digit}" for digit in f"{number:06}"[::-1])
        entry(layer, f"nested/{path}/", tarfile.DIRTYPE, mode=0o755)


def whiteouts(layer, count, _):
    for number in range(count):
        entry(layer, f"gone/{number % 50:02}/.wh.file-{number}")


KINDS = {"packages": packages, "flat": flat, "hardlinks": hardlinks, "nested": nested,
         "whiteouts": whiteouts}


def main():
    kind, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    average = int(sys.argv[4]) if len(sys.argv) > 4 else 1500
    layer = Layer(out + ".layer")
    KINDS[kind](layer, count, average)
    layer.close()
    blobs = []

    def blob(document):
        text = json.dumps(document).encode()
        name = hashlib.sha256(text).hexdigest()
        blobs.append((name, text))
        return {"digest": "sha256:" + name, "size": len(text)}

    config = blob({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["sh"]},
                   "rootfs": {"type": "layers",
                              "diff_ids": ["sha256:" + layer.plain.hexdigest()]}})
    config["mediaType"] = "application/vnd.oci.image.config.v1+json"
    manifest = blob({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                     "config": config,
                     "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                                 "digest": "sha256:" + layer.packed.hexdigest(),
                                 "size": layer.size}]})
    manifest.update(mediaType="application/vnd.oci.image.manifest.v1+json",
                    platform={"os": "linux", "architecture": "amd64"},
                    annotations={"org.opencontainers.image.ref.name": "latest",
                                 "io.containerd.image.name": f"docker.io/library/{kind}:latest"})
    files = [("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'),
             ("index.json", json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode())]
    with tarfile.open(out, "w") as tar:
        for name, data in files + [("blobs/sha256/" + name, text) for name, text in blobs]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo("blobs/sha256/" + layer.packed.hexdigest())
        info.size = layer.size
        with open(out + ".layer", "rb") as data:
            tar.addfile(info, data)
    os.unlink(out + ".layer")


main()
