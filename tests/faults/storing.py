# SPDX-License-Identifier: Apache-2.0
"""
storing.py - commands that change the store are killed, or run out of space; whatever the point:
`system check` mends what is left, the same command then succeeds, and the store is sound.
"""

import hashlib
import io
import json
import os
import subprocess
import tarfile
import time

from world import (SCALE, Fault, check_store, fail, killed, main, ok, project, rng, run, steps_of,
                   timed, wait_until)

PLACE = os.environ["PLACE"]
# A store of its own: `prune -a` takes everything.
STORE = "/mnt/storing"
os.environ["CORACLE_ROOT"] = f"{STORE}/root"
os.environ["CORACLE_RUN"] = f"{STORE}/run"


def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def archive(name, *layers):
    """A docker archive with layers of the given files."""
    tars = [tar_of(files) for files in layers]
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
        "config": {"Cmd": ["sh"], "Labels": {"name": name}},
        "rootfs": {"type": "layers",
                   "diff_ids": ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]},
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [f"{name}:latest"],
                            "Layers": [f"{i}.tar" for i in range(len(tars))]}]).encode()
    path = f"{PLACE}/{name}.tar"
    with open(path, "wb") as f:
        f.write(tar_of({"manifest.json": manifest, config_name: config,
                        **{f"{i}.tar": t for i, t in enumerate(tars)}}))
    return path


BASE = {"etc/base": b"base\n", "bin/sh": b"no shell\n", **{f"lib/{i}": b"x" * 100 for i in range(8)}}


def load(name):
    return ["image", "load", "-q", "-i", f"{PLACE}/{name}.tar"]


def remove(*names):
    for name in names:
        run("image", "rm", "-f", name)


def loaded(*names):
    for name in names:
        ok(*load(name))


def container():
    """One that was made and never started, with something in its upper layer to commit."""
    loaded("small")
    project(f"{PLACE}/kept", "services:\n  a: {image: small, network_mode: none, command: [none]}\n")
    ok("create")
    remove("made:1")


def hurt():
    """A layer without its record, a blob that nothing refers to, a damaged blob."""
    run("system", "check", "--repair")
    loaded("small", "both")
    layers = [n for n in os.listdir(f"{STORE}/root/layers") if len(n) == 64]
    os.unlink(f"{STORE}/root/layers/{rng.choice(layers)}/layer.json")
    blobs = f"{STORE}/root/images/blobs/sha256"
    with open(f"{blobs}/{'0' * 64}", "w") as f:
        f.write("orphan")


def registry():
    """A registry of this world's own on loopback, with one image in it."""
    if not os.path.exists(f"{PLACE}/registry.yml"):
        with open(f"{PLACE}/registry.yml", "w") as f:
            f.write(f"version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem:\n"
                    f"    rootdirectory: {PLACE}/registry\nhttp: {{addr: '127.0.0.1:5000'}}\n")
        process = subprocess.Popen(["docker-registry", "serve", f"{PLACE}/registry.yml"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)
        loaded("both")
        ok("image", "tag", "both", "localhost:5000/both")
        wait_until(lambda: run("push", "-q", "localhost:5000/both").code == 0, 20, "push works")
        remove("both")
    remove("localhost:5000/both")


started = []

# name: (state before, command, what is there afterwards or None, what may be said of a second run)
OPERATIONS = {
    "load": (lambda: remove("both"), load("both"), "both", None),
    "load-shared": (lambda: (remove("both"), loaded("small")), load("both"), "both", None),
    "rm": (lambda: loaded("both"), ["image", "rm", "both"], None, "No such image"),
    "rm-shared": (lambda: loaded("small", "both"), ["image", "rm", "both"], None, "No such image"),
    "prune": (lambda: loaded("small", "both"), ["image", "prune", "-a", "-f"], None, None),
    "tag": (lambda: (loaded("small"), remove("other:1")), ["tag", "small", "other:1"], "other:1", None),
    "import": (lambda: remove("made:1"), ["import", f"{PLACE}/files.tar", "made:1"], "made:1", None),
    "commit": (container, ["commit", "a", "made:1"], "made:1", None),
    # Here the first check is the command itself.
    "check": (hurt, ["system", "check", "--repair"], "both", None),
    "pull": (registry, ["pull", "-q", "localhost:5000/both"], "localhost:5000/both", None),
}


def prepare_files():
    os.makedirs(PLACE, exist_ok=True)
    os.makedirs(STORE, exist_ok=True)
    archive("small", BASE)
    archive("both", BASE, {"etc/more": b"more\n" * 2000, "bin/more": b"y" * 5000})
    with open(f"{PLACE}/files.tar", "wb") as f:
        f.write(tar_of(BASE))


def check_repeated(what, command, present, excuse):
    result = run(*command)
    if result.code != 0 and not (excuse and excuse in result.err):
        fail(f"{what}: the same command again: {result}")
    if present:
        ok("image", "inspect", present)
    deep = run("system", "check", "--deep")
    if deep.code != 0 or "all is well" not in deep.out:
        fail(f"{what}: after the same command: {deep.out} {deep}")


def sweep(name, count):
    prepare_files()
    prepare, command, present, excuse = OPERATIONS[name]
    count = max(3, int(float(count) * SCALE))
    prepare()
    total = steps_of(*command)
    prepare()
    begun = time.monotonic()
    ok(*command)
    seconds = time.monotonic() - begun
    failures = []
    for number in range(count):
        mode = ("one", "all", "own", "time")[number % 4]
        step = 1 + int(total * (number + rng.random()) / count)
        prepare()
        if mode == "time":
            said = timed(seconds * 1.2 * rng.random(), *command)
        else:
            said = killed(mode, step, *command)
        what = f"'{name}' {mode} {step} of {total} ({said})"
        try:
            if name != "check":
                check_store(what)
            check_repeated(what, command, present, excuse)
        except Fault as fault:
            failures.append(str(fault))
            if len(failures) >= 5 or "hangs" in str(fault):
                break
            run("system", "check", "--repair")
    print(f"# {name}: {total} changes, {count} kills, {len(failures)} failures")
    finish()
    if failures:
        fail("\n".join(failures))


def finish():
    if os.path.exists(f"{PLACE}/kept/compose.yaml"):
        os.chdir(f"{PLACE}/kept")
        run("down", "-v", "-t", "0")
    os.chdir("/")
    for process in started:
        process.kill()
        process.wait()
    subprocess.run(["rm", "-rf", STORE], check=True)


# ---- full disks ----

def used(path):
    status = os.statvfs(path)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def full(kind):
    """A file system of every size from too small to just enough."""
    prepare_files()
    archive("large", {"big": rng.randbytes(600_000)}, {"more": rng.randbytes(300_000)})
    command = load("large")
    if kind == "pull":
        registry()
        loaded("large")
        ok("image", "tag", "large", "localhost:5000/large")
        ok("push", "-q", "localhost:5000/large")
        command = ["pull", "-q", "localhost:5000/large"]
    small = "/mnt/full"
    os.makedirs(small, exist_ok=True)
    os.environ["CORACLE_ROOT"] = small
    refused = done = 0
    for size in range(200, 5000, 300):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "full", small], check=True)
        try:
            ok("image", "ls")
            before = used(small)
            result = run(*command)
            if result.code == 0:
                done += 1
            else:
                refused += 1
                if "no space left" not in result.err.lower():
                    fail(f"{size} KiB: the message does not say so: {result}")
                if len(result.err.splitlines()) > 3:
                    fail(f"{size} KiB: more than a message: {result.err}")
                left = used(small) - before
                if left > 16384:
                    fail(f"{size} KiB: {left} bytes did not come back: {result}")
                if ok("image", "ls", "-q").out.strip():
                    fail(f"{size} KiB: half an image is listed")
            check_store(f"{size} KiB")
            subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
            ok(*command)
            if "all is well" not in ok("system", "check", "--deep").out:
                fail(f"{size} KiB: not sound after the second attempt")
        finally:
            subprocess.run(["umount", "-l", small], check=True)
    print(f"# {kind}: {refused} refused, {done} done")
    os.rmdir(small)
    finish()
    if not refused or not done:
        fail(f"{refused} refused, {done} done: the sizes do not fit")


def full_rm():
    """When nothing fits any more, removing still works and gives the room back."""
    prepare_files()
    small = "/mnt/full"
    os.makedirs(small, exist_ok=True)
    os.environ["CORACLE_ROOT"] = small
    archive("large", {"big": rng.randbytes(600_000)})
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "full", small], check=True)
    try:
        ok(*load("large"))
        loaded("small")
        with open(f"{small}/ballast", "wb") as f:
            f.write(b"x" * (os.statvfs(small).f_bavail * 4096))
        if os.statvfs(small).f_bavail:
            fail("it is not full")
        ok("image", "rm", "large")
        if os.statvfs(small).f_bavail * 4096 < 1_200_000:
            fail("the room did not come back")
        check_store("full")
    finally:
        subprocess.run(["umount", "-l", small], check=True)
    os.rmdir(small)
    finish()


main({"sweep": sweep, "full": full, "full_rm": full_rm})
