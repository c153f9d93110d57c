#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tampered.py - image archives in which something is not what it says it is: each is refused, and nothing of it
is there afterwards.

An image of two layers is written as an OCI archive and as one of docker save; a mutant is that with one change.
Those of bytes are chosen at random (TAMPER_SEED), all others are listed.
"""
import copy
import gzip
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile

CORACLE, ROOT = os.environ["CORACLE"], os.environ["CORACLE_ROOT"]
SEED = int(os.environ.get("TAMPER_SEED", random.randrange(1 << 30)))
BYTES = int(os.environ.get("TAMPER_BYTES", 12))
rng = random.Random(SEED)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


TARS = [layer(one="first " * 100), layer(two="second " * 100)]
LAYERS = [gzip.compress(tar, mtime=0) for tar in TARS]
CONFIG = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/one"]},
          "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in TARS]},
          "history": [{"created_by": "one"}, {"created_by": "two"}]}
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


class Image:
    """Its parts, to be changed before they are put together; what is not set is made to fit."""

    def __init__(self):
        self.config, self.layers = copy.deepcopy(CONFIG), list(LAYERS)
        self.blobs, self.manifest, self.index = {}, None, None

    def make(self):
        config = self.config if isinstance(self.config, bytes) else json.dumps(self.config).encode()
        if self.manifest is None:
            self.manifest = {
                "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config),
                           "size": len(config)},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(data),
                            "size": len(data)} for data in self.layers]}
        self.blobs = {digest(data): data for data in [config, *self.layers]}
        return self

    def close(self):
        manifest = self.manifest if isinstance(self.manifest, bytes) else json.dumps(self.manifest).encode()
        self.blobs[digest(manifest)] = manifest
        if self.index is None:
            self.index = {"schemaVersion": 2, "manifests": [
                {"mediaType": MANIFEST_TYPE, "digest": digest(manifest), "size": len(manifest),
                 "annotations": {"io.containerd.image.name": "tampered:latest",
                                 "org.opencontainers.image.ref.name": "tampered:latest"}}]}
        return self

    def files(self):
        index = self.index if isinstance(self.index, bytes) else json.dumps(self.index).encode()
        return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index,
                **{"blobs/" + name.replace(":", "/"): data for name, data in self.blobs.items()}}


def oci():
    return Image().make().close()


def docker_files():
    config = json.dumps(CONFIG).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    listed = [{"Config": name, "RepoTags": ["tampered:latest"], "Layers": ["a/layer.tar", "b/layer.tar"]}]
    return {name: config, "a/layer.tar": TARS[0], "b/layer.tar": TARS[1], "manifest.json": json.dumps(listed).encode()}


def bytes_changed(files, which):
    """One bit of a blob, at BYTES places; cut off at some; more at its end."""
    for name, data in files.items():
        if not which(name):
            continue
        short = name[-12:]
        for _ in range(BYTES):
            at = rng.randrange(len(data))
            changed = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1:]
            yield f"{short}: bit at {at}", {**files, name: changed}
        for length in sorted({0, 1, len(data) // 2, len(data) - 1}):
            yield f"{short}: {length} bytes of {len(data)}", {**files, name: data[:length]}
        for more in (b"\0", b"more", b"\n{}"):
            yield f"{short}: {len(more)} bytes more", {**files, name: data + more}
        yield f"{short}: missing", {key: value for key, value in files.items() if key != name}


WRONG_DIGESTS = ["", "sha256:", "sha256:../../../etc/passwd", "sha256:" + "a" * 63, "sha256:" + "a" * 65,
                 "sha256:" + "A" * 64, "sha512:" + "a" * 128, "md5:" + "a" * 32, "sha256:" + "a" * 64, "a" * 64,
                 "sha256:" + "g" * 64, "sha256:" + "a" * 64 + "\0", "sha256:" + "a" * (1 << 20), "SHA256:" + "a" * 64,
                 " sha256:" + "a" * 64, "sha256:/" + "a" * 63, "sha256:" + "a" * 32 + "/../" + "a" * 28]


def descriptors():
    """Every field of every descriptor."""
    def places(image):
        return {"config": image.manifest["config"], "layer 1": image.manifest["layers"][0],
                "layer 2": image.manifest["layers"][1], "manifest": None}
    for place in places(Image().make()):
        for wrong in WRONG_DIGESTS:
            image = Image().make()
            if place == "manifest":
                image.close().index["manifests"][0]["digest"] = wrong
            else:
                places(image)[place]["digest"] = wrong
            yield f"{place}: digest {wrong[:40]!r}", image.close().files()
        for wrong in (0, -1, 1, 1 << 62, "10", None, 2.5, [], {}):
            image = Image().make()
            if place == "manifest":
                image.close().index["manifests"][0]["size"] = wrong
            else:
                places(image)[place]["size"] = wrong
            yield f"{place}: size {wrong!r}", image.close().files()


def documents():
    """What does not go together."""
    def changed(what, change):
        image = Image()
        change(image)
        return what, (image.close() if image.blobs else image.make().close()).files()

    def manifest(change):
        def apply(image):
            image.make()
            change(image.manifest)
        return apply

    yield changed("layers exchanged, but not their diff ids", lambda i: i.layers.reverse())
    yield changed("one diff id too few", lambda i: i.config["rootfs"]["diff_ids"].pop())
    yield changed("one diff id too many", lambda i: i.config["rootfs"]["diff_ids"].append(digest(b"")))
    yield changed("diff ids exchanged", lambda i: i.config["rootfs"]["diff_ids"].reverse())
    yield changed("the layer's digest as diff id", lambda i: i.config["rootfs"].update(
        diff_ids=[digest(data) for data in LAYERS]))
    for wrong in WRONG_DIGESTS:
        yield changed(f"diff id {wrong[:40]!r}", lambda i, w=wrong: i.config["rootfs"]["diff_ids"].__setitem__(1, w))
    yield changed("no rootfs", lambda i: i.config.pop("rootfs"))
    yield changed("rootfs of another kind", lambda i: i.config.update(rootfs=[]))
    for text in (b"", b"[]", b"null", b"{", b"{}{}", b'{"rootfs": {}}', b"\xff\xfe", b"1" * 100, b'{"a":' * 5000):
        yield changed(f"config {text[:20]!r}", lambda i, t=text: setattr(i, "config", t))
    yield changed("layers and manifests", manifest(lambda m: m.update(manifests=[])))
    yield changed("no layers", manifest(lambda m: m.pop("layers")))
    yield changed("no config", manifest(lambda m: m.pop("config")))
    yield changed("an index that says it is a manifest", manifest(
        lambda m: m.update(mediaType="application/vnd.oci.image.index.v1+json")))
    yield changed("schema version 1", manifest(lambda m: m.update(schemaVersion=1)))
    yield changed("layers that are no list", manifest(lambda m: m.update(layers={"0": m["layers"][0]})))
    for text in (b"", b"[]", b"null", b"{", b"\0" * 64, b'{"a":' * 5000, b'{"schemaVersion": 2}'):
        def set_manifest(image, text=text):
            image.make()
            image.manifest = text
        yield changed(f"manifest {text[:20]!r}", set_manifest)
        def set_index(image, text=text):
            image.make().close()
            image.index = text
        yield changed(f"index {text[:20]!r}", set_index)
    image = oci()
    twice = json.dumps(image.manifest).replace('"layers"', '"layers": [], "layers"', 1).encode()
    image = Image().make()
    image.manifest = twice
    yield "the same key twice", image.close().files()


def mutants():
    yield from (("oci " + what, files) for what, files in bytes_changed(oci().files(), lambda n: "blobs" in n))
    yield from (("docker " + what, files)
                for what, files in bytes_changed(docker_files(), lambda n: not n.startswith("manifest")))
    yield from descriptors()
    yield from documents()


def write(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def load(files):
    return subprocess.run([CORACLE, "image", "load"], input=write(files), capture_output=True, timeout=30)


def stored():
    found = []
    for directory, _, names in os.walk(ROOT):
        found += [f"{directory}/{name}" for name in names if not name.endswith(".lock")]
    return sorted(found)


def main():
    before = stored()
    failures, count = [], 0
    for what, files in mutants():
        result = load(files)
        error = result.stderr.decode(errors="replace")
        count += 1
        if result.returncode not in (1, 125) or not error.strip() or "Sanitizer" in error or "\0" in error:
            failures.append(f"{what}: {result.returncode} {result.stdout!r} {error[:300]}")
        elif len(error) > 2000:
            failures.append(f"{what}: an error of {len(error)} bytes")
        if stored() != before:
            failures.append(f"{what}: left {sorted(set(stored()) ^ set(before))[:4]}")
            before = stored()
    for files in (oci().files(), docker_files()):
        result = load(files)
        if result.returncode != 0:
            failures.append(f"the image as it should be: {result.stderr}")
    print(f"# TAMPER_SEED={SEED}: {count} mutants")
    print("\n".join(failures[:20]))
    sys.exit(bool(failures) or count < 200)


main()
