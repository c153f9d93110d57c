#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_layers.py list | run GROUP CORACLE DIR [CASE] - images with hostile and odd layers, through
the whole of `image load`.

Each case has a name, its layers (bottom first) and either the merged tree that must come of them,
exactly, or the message with which they are refused. DIR holds ROOT (`root`), RUN (`run`) and a
canary tree (another one is /mnt/canary); nothing but ROOT may change, and after a refusal not even
that.

A line of a tree: TYPE MODE [UID:GID] NAME[=CONTENT|->TARGET|(MAJOR,MINOR)] [%FIRST NAME OF THE SAME
FILE] [{XATTR=VALUE,...}]; with times, @MTIME in nanoseconds; with sizes, a file shows its size,
whether it has holes, and the beginning of its digest, as a file of more than 64 bytes always does.
"""
import hashlib
import io
import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import tarfile

from hostile_cases import CASES, Blob

# Whose change would be an escape, besides DIR. What cases aim at by name is CANARY, in the world of
# the test, and what lies above DIR.
WATCHED = ["/etc", "/usr/bin", "/usr/sbin"]
NOT_WATCHED = ("/etc/docker", "/etc/containers", "/etc/resolv.conf")
CANARY = "/mnt/canary"
# Of any process of a load; sanitizers need more.
MOST_MEMORY_KIB = 256 << 10


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def make_archive(case, path):
    """An OCI archive; returns the chain ids."""
    blobs, layers, diffs, chain, chains = {}, [], [], "", []
    for layer in case.layers:
        layer = layer() if callable(layer) else layer
        blob = layer if isinstance(layer, Blob) else Blob(layer, layer)
        name = sha256(blob.packed if blob.hex_of is None else blob.hex_of)
        blobs[name] = blob.packed
        layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                       "digest": "sha256:" + name, "size": len(blob.packed)})
        diffs.append("sha256:" + (blob.diff or sha256(blob.plain)))
        chain = sha256(f"sha256:{chain} {diffs[-1]}".encode()) if chain else diffs[-1][7:]
        chains.append(chain)

    def document(value):
        text = json.dumps(value).encode()
        blobs[sha256(text)] = text
        return {"digest": "sha256:" + sha256(text), "size": len(text)}

    config = document({"os": "linux", "architecture": "amd64",
                       "rootfs": {"type": "layers", "diff_ids": diffs}})
    config["mediaType"] = "application/vnd.oci.image.config.v1+json"
    manifest = document({"schemaVersion": 2, "config": config, "layers": layers,
                         "mediaType": "application/vnd.oci.image.manifest.v1+json"})
    manifest["mediaType"] = "application/vnd.oci.image.manifest.v1+json"
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "case:latest"}
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
             "index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()}
    files.update({"blobs/sha256/" + name: data for name, data in blobs.items()})
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return chains


def escape(data):
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    out = ""
    for c in text:
        if "\udc80" <= c <= "\udcff":
            out += "\\x%02x" % (ord(c) - 0xdc00)
        else:
            out += c if ord(c) > 126 else repr(c)[1:-1].replace("\\'", "'")
    return out


def attributes(path):
    pairs = []
    for key in sorted(os.listxattr(path, follow_symlinks=False)):
        value = os.getxattr(path, key, follow_symlinks=False)
        if key == "trusted.overlay.opaque":
            continue  # where it stands, the trees show
        pairs.append(f"{key}={value.hex() if key.startswith('security.') else escape(value)}")
    return " {" + ",".join(pairs) + "}" if pairs else ""


def content(path, status, case):
    with open(path, "rb") as file:
        if status.st_size > 64 << 20:
            return "=%d" % status.st_size
        data = file.read()
    if not case.sizes:
        return "=" + (escape(data) if len(data) <= 64 else "sha256:" + sha256(data)[:16])
    holes = " sparse" if status.st_blocks * 512 < len(data) else ""
    return "=%d%s sha256:%s" % (len(data), holes, sha256(data)[:16])


def owner(status):
    return f" {status.st_uid}:{status.st_gid}" if status.st_uid or status.st_gid else ""


def describe(path, name, status, seen, case):
    kind = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFCHR: "c",
            stat.S_IFBLK: "b", stat.S_IFIFO: "p", stat.S_IFSOCK: "s"}[stat.S_IFMT(status.st_mode)]
    line = kind + ("" if kind == "l" else " %o" % stat.S_IMODE(status.st_mode)) + owner(status)
    line += " " + escape(name)
    if kind == "f":
        line += content(path, status, case)
    elif kind == "l":
        line += "->" + escape(os.readlink(path))
    elif kind in "cb":
        line += "(%d,%d)" % (os.major(status.st_rdev), os.minor(status.st_rdev))
    if kind != "d" and status.st_nlink > 1:
        first = seen.setdefault(status.st_ino, name)
        line += "" if first == name else " %" + escape(first)
    line += attributes(path)
    return line + (" @%d" % status.st_mtime_ns if case.times else "")


def describe_below(root, case):
    """Goes down by changing directory: paths may be longer than the kernel takes."""
    lines, seen = [], {}

    def below(prefix):
        for name in sorted(os.listdir("."), key=os.fsencode):
            status = os.lstat(name)
            lines.append(describe(name, prefix + name, status, seen, case))
            if stat.S_ISDIR(status.st_mode):
                os.chdir(name)
                below(prefix + name + "/")
                os.chdir("..")

    here = os.getcwd()
    os.chdir(root)
    below("")
    os.chdir(here)
    return lines


def is_opaque(path):
    return "trusted.overlay.opaque" in os.listxattr(path)


def merged(root, chains, directory, look):
    """Calls with the mounted stack of layers; what lies below an opaque root is not mounted."""
    diffs = [f"{root}/layers/{chain}/diff" for chain in chains]
    for index in range(len(diffs) - 1, 0, -1):
        if is_opaque(diffs[index]):
            diffs = diffs[index:]
            break
    if len(diffs) == 1:
        return look(diffs[0])
    os.makedirs(directory, exist_ok=True)
    links = []
    for index, path in enumerate(reversed(diffs)):
        links.append(f"{directory}-{index}")
        os.symlink(path, links[-1])
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", "ro,redirect_dir=nofollow,xino=off,index=off,"
                    "metacopy=off,lowerdir=" + ":".join(links), directory], check=True)
    try:
        return look(directory)
    finally:
        subprocess.run(["umount", directory], check=True)
        for link in links:
            os.unlink(link)
        os.rmdir(directory)


def snapshot(tops, skip=()):
    """Everything about everything below, links not followed; access times left out."""
    found = {}
    for top in tops:
        pending = [top]
        while pending:
            path = pending.pop()
            if path in skip or not os.path.lexists(path):
                continue
            status = os.lstat(path)
            if path in tops:
                found[path] = status.st_mode
            else:
                found[path] = (status.st_mode, status.st_uid, status.st_gid, status.st_nlink,
                               status.st_ino, status.st_size, status.st_mtime_ns,
                               status.st_ctime_ns, status.st_rdev)
            if stat.S_ISDIR(status.st_mode):
                pending += [os.path.join(path, name) for name in os.listdir(path)]
    return found


def stored(root):
    names = set()
    for path, directories, files in os.walk(root):
        names.update(os.path.join(path, name) for name in directories + files)
    return {name for name in names if not os.path.basename(name).startswith(".")
            and not name.endswith(".lock") and "/layers/empty" not in name}


def difference(wanted, found):
    lines = ["    missing: " + line for line in wanted if line not in found]
    return "\n".join(lines + ["    too many: " + line for line in found if line not in wanted])


class Runner:
    def __init__(self, coracle, directory):
        self.coracle, self.directory = coracle, directory
        self.root, self.archive = directory + "/root", directory + "/case.tar"
        self.empty = None

    def command(self, *args):
        return subprocess.run([self.coracle, "--root", self.root, "--run", self.directory + "/run", "image", *args],
                              capture_output=True, text=True, timeout=120, errors="replace")

    def outside(self):
        return snapshot([self.directory, CANARY],
                        (self.root, self.directory + "/run", self.archive))

    def check_refused(self, case, result):
        if result.returncode == 0:
            return "    was not refused"
        if result.returncode < 0 or result.returncode > 125:
            return f"    exited with {result.returncode}: {result.stderr}"
        if not re.search(case.refused, result.stderr):
            return f"    was refused with: {result.stderr}"
        return self.check_nothing_left("was refused")

    def check_tree(self, case, result, chains):
        if result.returncode != 0:
            return f"    was refused: {result.stderr}"
        found = merged(self.root, chains, self.directory + "/merged", lambda path: describe_below(path, case))
        problem = difference(case.tree, found)
        if not problem and case.root:
            status = os.stat(f"{self.root}/layers/{chains[-1]}/diff")
            line = "%o %d:%d @%d" % (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns)
            problem = "" if line == case.root else f"    the root is {line}"
        return problem or self.clean_up()

    def clean_up(self):
        result = self.command("rm", "case:latest")
        if result.returncode:
            return f"    cannot be removed: {result.stderr}"
        return self.check_nothing_left("was removed")

    def check_nothing_left(self, why):
        left = stored(self.root) - self.empty
        return f"    {why} and left: {' '.join(sorted(left))}" if left else None

    def check(self, case):
        chains = make_archive(case, self.archive)
        before = self.outside()
        result = self.command("load", "-i", self.archive)
        if case.refused:
            problem = self.check_refused(case, result)
        else:
            problem = self.check_tree(case, result, chains)
        after = self.outside()
        if problem:  # the next one starts clean
            shutil.rmtree(self.root)
            self.command("ls")
        if before != after:
            problem = f"    outside of the layer: {sorted(set(before.items()) ^ set(after.items()))}\n{problem or ''}"
        return problem

    def run(self, cases):
        failed = 0
        for directory in (self.directory + "/canary", CANARY):
            os.makedirs(directory + "/canary", exist_ok=True)
            for name in ("shadow", "canary/shadow"):
                with open(f"{directory}/{name}", "w", encoding="ascii") as file:
                    file.write("canary\n")
        self.command("ls")
        self.empty = stored(self.root)
        watched = snapshot(WATCHED, NOT_WATCHED)
        for case in cases:
            if case.eats_memory and "asan" in self.coracle:
                continue  # AddressSanitizer ends the process when memory is refused
            problem = self.check(case)
            failed += bool(problem)
            print(f"{'FAILED' if problem else 'passed'}: {case.group}: {case.name}" + (f"\n{problem}" if problem else ""))
        changed = set(watched.items()) ^ set(snapshot(WATCHED, NOT_WATCHED).items())
        if changed:
            failed += 1
            print("FAILED: the host's tree has changed:", sorted(changed))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        if memory > MOST_MEMORY_KIB and "asan" not in self.coracle:
            failed += 1
            print(f"FAILED: a process took {memory} KiB of memory")
        if os.path.exists(self.archive):
            os.unlink(self.archive)
        print(f"{len(cases)} cases, {failed} failed")
        return 1 if failed or not cases else 0


def main():
    if sys.argv[1] == "list":
        for case in CASES:
            print(f"{case.group}: {case.name}: {'refused' if case.refused else 'a tree'}")
        return 0
    group, coracle, directory = sys.argv[2:5]
    sys.setrecursionlimit(10000)
    return Runner(coracle, directory).run([case for case in CASES if case.group == group and
                                           (len(sys.argv) < 6 or case.name == sys.argv[5])])


sys.exit(main())
