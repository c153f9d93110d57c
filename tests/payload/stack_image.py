#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stack_image.py BASE OUT NAME COUNT - the OCI archive BASE with more layers, COUNT in all.

Layer I (from 2 on) has the files stack/layer-I and stack/newest (its number), and takes stack/gone-J
of the layer before away.
"""
import hashlib
import io
import json
import sys
import tarfile

from layer_maker import END, d, f, wh


def main():
    base, out, name, count = *sys.argv[1:4], int(sys.argv[4])
    with tarfile.open(base) as tar:
        blobs = {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}

    def blob(reference):
        return blobs["blobs/sha256/" + reference["digest"].split(":")[1]]

    def add(data):
        digest = hashlib.sha256(data).hexdigest()
        blobs["blobs/sha256/" + digest] = data
        return {"digest": "sha256:" + digest, "size": len(data)}

    index = json.loads(blobs["index.json"])
    manifest = json.loads(blob(index["manifests"][0]))
    config = json.loads(blob(manifest["config"]))
    for number in range(len(manifest["layers"]) + 1, count + 1):
        layer = add(d("stack") + f(f"stack/layer-{number}", str(number)) + f("stack/newest", str(number)) +
                    f(f"stack/gone-{number}") + wh(f"stack/gone-{number - 1}") + END)
        manifest["layers"].append({"mediaType": "application/vnd.oci.image.layer.v1.tar", **layer})
        config["rootfs"]["diff_ids"].append(layer["digest"])
    config.pop("history", None)
    manifest["config"].update(add(json.dumps(config).encode()))
    index["manifests"] = [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
                           **add(json.dumps(manifest).encode()),
                           "annotations": {"org.opencontainers.image.ref.name": name}}]
    blobs["index.json"] = json.dumps(index).encode()
    with tarfile.open(out, "w") as tar:
        for path, data in blobs.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


main()
