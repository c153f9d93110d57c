#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_image.py BASE OUT NAME - an OCI archive with one more layer on top of BASE.

The standard input is JSON: {"config": {members of the image's config}, "entries": [...]}, an entry
being {"path", "type", "target", "mode", "uid", "text", "size", "major", "minor", "pax"}; types are
file (the default), dir, link, hard, fifo, char, block. "base": false leaves the other layers out.
"""
import hashlib
import io
import json
import sys
import tarfile

TYPES = {
    "file": tarfile.REGTYPE, "dir": tarfile.DIRTYPE, "link": tarfile.SYMTYPE,
    "hard": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE, "char": tarfile.CHRTYPE,
    "block": tarfile.BLKTYPE,
}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def make_layer(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry["path"])
            info.type = TYPES[entry.get("type", "file")]
            info.mode = int(entry.get("mode", "755"), 8)
            info.uid = entry.get("uid", 0)
            info.linkname = entry.get("target", "")
            info.devmajor, info.devminor = entry.get("major", 0), entry.get("minor", 0)
            info.pax_headers = entry.get("pax", {})
            data = entry.get("text", "").encode("utf-8", "surrogateescape")
            data += b"\0" * (entry.get("size", len(data)) - len(data))
            info.size = len(data) if info.type == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def main():
    base, out, name = sys.argv[1:]
    wanted = json.load(sys.stdin)
    with tarfile.open(base) as tar:
        blobs = {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}

    def blob(reference):
        return blobs["blobs/sha256/" + reference.split(":")[1]]

    index = json.loads(blobs["index.json"])
    manifest = json.loads(blob(index["manifests"][0]["digest"]))
    config = json.loads(blob(manifest["config"]["digest"]))
    kept = {layer["digest"]: blob(layer["digest"]) for layer in manifest["layers"]}
    if not wanted.get("base", True):
        kept, manifest["layers"], config["rootfs"]["diff_ids"] = {}, [], []
    if wanted.get("entries"):
        layer = make_layer(wanted["entries"])
        kept[digest(layer)] = layer
        manifest["layers"].append({"mediaType": "application/vnd.oci.image.layer.v1.tar",
                                   "digest": digest(layer), "size": len(layer)})
        config["rootfs"]["diff_ids"].append(digest(layer))
    config.setdefault("config", {}).update(wanted.get("config", {}))
    config.pop("history", None)
    text = json.dumps(config).encode()
    kept[digest(text)] = text
    manifest["config"] = {"mediaType": "application/vnd.oci.image.config.v1+json",
                          "digest": digest(text), "size": len(text)}
    text = json.dumps(manifest).encode()
    kept[digest(text)] = text
    index["manifests"] = [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
                           "digest": digest(text), "size": len(text),
                           "annotations": {"org.opencontainers.image.ref.name": name}}]
    with tarfile.open(out, "w") as tar:
        files = {"oci-layout": blobs["oci-layout"], "index.json": json.dumps(index).encode()}
        files.update({"blobs/sha256/" + key.split(":")[1]: data for key, data in kept.items()})
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


main()
