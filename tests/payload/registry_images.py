#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""registry_images.py DIR SPEC... - an OCI layout directory for a registry to serve.

SPEC is NAME=LAYER,LAYER,...[@PLATFORM][@...]: an image (with several platforms: an index, with an
attestation as BuildKit adds it) under that name. LAYER is SEED:BYTES[:gzip|zstd|plain]: one file
"SEED" with so many bytes that do not compress, which follow from the seed and the platform. The same
arguments give the same bytes. Prints a line "NAME KIND HEX SIZE" for each blob.
"""
import gzip
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def main(directory, specs):
    os.makedirs(directory + "/blobs/sha256")
    entries = []
    for spec in specs:
        name, rest = spec.split("=")
        layers, *platforms = rest.split("@")
        found = index(directory, name, layers, platforms) if len(platforms) > 1 else \
            [image(directory, name, layers, platforms[0] if platforms else "linux/amd64")]
        for number, entry in enumerate(found):  # the images of an index as NAME-1, NAME-2, ...
            tag = f"{name}-{number}" if number else name
            entries.append({**entry, "annotations": {"org.opencontainers.image.ref.name": tag}})
    with open(directory + "/index.json", "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": entries}, file)
    with open(directory + "/oci-layout", "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion": "1.0.0"}')


def blob(directory, name, kind, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{directory}/blobs/sha256/{digest}", "wb") as file:
        file.write(data)
    print(name, kind, digest, len(data))
    return {"digest": "sha256:" + digest, "size": len(data)}


def pack(data, form):
    if form == "gzip":
        return gzip.compress(data, 1, mtime=0)
    if form == "zstd":
        return subprocess.run(["zstd", "-qc1"], input=data, capture_output=True, check=True).stdout
    return data


def layer(directory, name, spec, platform):
    seed, size, form = (spec.split(":") + ["gzip"])[:3]
    content = random.Random(seed + platform).randbytes(int(size))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo(seed)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    plain = out.getvalue()
    kind = "application/vnd.oci.image.layer.v1.tar" + {"plain": ""}.get(form, "+" + form)
    descriptor = blob(directory, name, "layer", pack(plain, form))
    return {"mediaType": kind, **descriptor}, "sha256:" + hashlib.sha256(plain).hexdigest()


def image(directory, name, layers, platform):
    made = [layer(directory, name, spec, platform) for spec in layers.split(",")]
    system, architecture, *variant = platform.split("/")
    config = {"os": system, "architecture": architecture, "config": {"Cmd": ["/" + name]},
              "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in made]}}
    if variant:
        config["variant"] = variant[0]
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **blob(directory, name, "config", json.dumps(config).encode())},
        "layers": [descriptor for descriptor, _ in made],
    }
    return {"mediaType": MANIFEST, **blob(directory, name, "manifest", json.dumps(manifest).encode())}


def index(directory, name, layers, platforms):
    entries = []
    for platform in platforms:
        system, architecture, *variant = platform.split("/")
        value = {"os": system, "architecture": architecture}
        if variant:
            value["variant"] = variant[0]
        entries.append({**image(directory, name, layers, platform), "platform": value})
    entries.insert(0, {**entries[0], "platform": {"os": "unknown", "architecture": "unknown"},
                       "annotations": {"vnd.docker.reference.type": "attestation-manifest"}})
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    top = {"mediaType": INDEX, **blob(directory, name, "index", json.dumps(document).encode())}
    return [top] + [{key: entry[key] for key in ("mediaType", "digest", "size")}
                    for entry in entries[1:]]


main(sys.argv[1], sys.argv[2:])
