# SPDX-License-Identifier: Apache-2.0
"""
damage.py - files are missing, empty or nonsense, the disk is full or read-only, descriptors run out:
a message that says so, no crash, and `down` still gets rid of everything.
"""

import glob
import os
import resource
import signal
import subprocess
import time

import world
from world import (ROOT, RUN, SCALE, Fault, containers, fail, inspect, is_alive, look, main, nothing_left, ok,
                   project, rng, run, state_file, wait_until)

STACK = """
services:
  a:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    ports: ["8080:80"]
    volumes: ["data:/data"]
    secrets: [token]
  t:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    tty: true
    {more}
volumes:
  data:
secrets:
  token: {{environment: TOKEN}}
"""


def stack(more=""):
    os.environ["TOKEN"] = "abc"
    project(os.path.join(os.environ["PLACE"], "damage"), STACK.format(more=more))


def survives(result, what):
    """Any exit code but a crash, and never without a word."""
    if result.code < 0 or "Sanitizer" in result.err or "runtime error" in result.err:
        fail(f"{what}: {result}")
    if result.code != 0 and not result.err.strip():
        fail(f"{what}: fails without a message: {result}")
    return result


def harm(path, how):
    if how == "delete":
        os.unlink(path)
    elif how == "empty":
        os.truncate(path, 0)
    elif how == "half":
        os.truncate(path, os.stat(path).st_size // 2)
    else:
        with open(path, "r+b") as f:
            f.write(b"\0\xff{]nonsense\n" * 3)


FILES = [
    "{root}/container.json", "{root}/state.json", "{root}/config.json", "{root}/*-json.log",
    "{run}/state.json", "{run}/log.journal", "{run}/stdout.spool", "{run}/control", "{run}/lock",
    "{run}/monitor.lock", "{run}/hosts", "{run}/resolv.conf", "{run}/keeper", "{run}/stdout",
    ROOT + "/containers/by-name/damage-a-1",
    RUN + "/networks/damage_default/table", RUN + "/networks/.ports",
]


def files(share="0.2"):
    """All cases with FAULTS_SCALE=5; otherwise some of them, others each time."""
    before = look()
    failures = []
    for pattern in FILES:
        for how in ("delete", "empty", "half", "nonsense"):
            for monitor in ("lives", "killed"):
                if rng.random() > float(share) * SCALE:
                    continue
                try:
                    one_file(before, pattern, how, monitor)
                except Fault as fault:
                    failures.append(f"{pattern} {how}, monitor {monitor}: {fault}")
                    run("down", "-v", "--timeout", "0")
                    run("down", "-v", "--timeout", "0")
                    if differences_left(before):
                        fail("\n".join(failures))
    if failures:
        fail("\n".join(failures))


def differences_left(before):
    time.sleep(0.5)
    return world.differences(before, look())


def one_file(before, pattern, how, monitor):
    stack()
    what = f"{pattern} {how}, monitor {monitor}"
    ok("up", "-d")
    name = "damage-t-1" if "keeper" in pattern else "damage-a-1"
    container_id = inspect(name)["Id"]
    path = pattern.format(root=f"{ROOT}/containers/{container_id}", run=f"{RUN}/containers/{container_id}")
    found = glob.glob(path)
    if not found:
        return ok("down", "-v", "--timeout", "0")
    status = os.lstat(found[0])
    if how != "delete" and not os.path.isfile(found[0]):
        return ok("down", "-v", "--timeout", "0")
    if os.path.islink(found[0]) and how != "delete":
        return ok("down", "-v", "--timeout", "0")
    if status.st_size == 0 and how == "half":
        return ok("down", "-v", "--timeout", "0")
    if monitor == "killed":
        pid = state_file(container_id)["monitor_pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), 5, "monitor killed")
    harm(found[0], how)
    for command in (["ps", "-a"], ["logs"], ["container", "ls", "-a"], ["up", "-d"], ["stop", "-t", "0"]):
        survives(run(*command), f"{what}: {command}")
    result = survives(run("down", "-v", "--timeout", "0"), f"{what}: down")
    if result.code != 0:
        fail(f"{what}: {result}")
    nothing_left(before, what)


def network_description():
    """Nobody else knows a network's bridge: the damage is named, and repairable."""
    before = look()
    path = f"{ROOT}/networks/damage_default.json"
    for how in ("half", "nonsense"):
        stack()
        ok("up", "-d")
        with open(path, "rb") as f:
            text = f.read()
        harm(path, how)
        for command in (["ps", "-a"], ["up", "-d"], ["network", "ls"], ["stop", "-t", "0"]):
            result = survives(run(*command), f"network {how}: {command}")
            if command[0] in ("network", "up") and "damage_default.json" not in result.err:
                fail(f"network {how}: not a word of it: {result}")
        with open(path, "wb") as f:
            f.write(text)
        ok("down", "-v", "-t", "0")
        nothing_left(before, f"network {how}")


def volume_description():
    """What is in a volume is never removed on a guess: it is named and stays until it is put back."""
    before = look()
    path = f"{ROOT}/volumes/damage_data/volume.json"
    for how in ("half", "nonsense"):
        stack()
        ok("up", "-d")
        ok("exec", "-T", "a", "sh", "-c", "echo kept >/data/file")
        with open(path, "rb") as f:
            text = f.read()
        harm(path, how)
        result = survives(run("down", "-v", "-t", "0"), f"volume {how}: down")
        if "damage_data" not in result.err:
            fail(f"volume {how}: not a word of it: {result}")
        with open(path, "wb") as f:
            f.write(text)
        ok("up", "-d")
        if ok("exec", "-T", "a", "cat", "/data/file").out != "kept\n":
            fail("the volume's content is gone")
        ok("down", "-v", "-t", "0")
        nothing_left(before, f"volume {how}")


def reboot():
    """RUN is empty, no process is left: `up` brings all back, with the secrets, without making a
    container anew."""
    before = look()
    stack()
    ok("up", "-d")
    ids = sorted(inspect(c["Name"])["Id"] for c in containers())
    ok("exec", "-T", "a", "sh", "-c", "echo kept >/kept")
    ok("stop", "-t", "0")
    if not RUN.startswith("/mnt/"):
        fail(f"{RUN} is not that of a test")
    subprocess.run(f"umount {RUN}/containers/*/secrets; rm -rf {RUN}/containers/* {RUN}/networks; "
                   "nft flush ruleset; "
                   "for l in $(ip -o link | grep -o 'br-[0-9a-f]*' | sort -u); do "
                   "ip link delete $l; done",
                   shell=True, check=True)
    ok("ps", "-a")
    ok("up", "-d")
    if sorted(inspect(c["Name"])["Id"] for c in containers()) != ids:
        fail("containers were made anew")
    for path, text in (("/kept", "kept\n"), ("/run/secrets/token", "abc")):
        if ok("exec", "-T", "a", "cat", path).out != text:
            fail(f"{path} is not as it was")
    ok("down", "-v", "-t", "0")
    nothing_left(before, "reboot")


def limits(*values):
    """Few descriptors, small files: an error or success, nothing in between."""
    before = look()
    stack()
    for count in values or ("5", "8", "12", "16", "20", "24", "32", "48"):
        count = int(count)
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
        survives(run("ps", "-a", preexec=limit), f"ps with {count} descriptors")
        survives(run("up", "-d", preexec=limit), f"up with {count} descriptors")
        survives(run("down", "-v", "-t", "0", preexec=limit), f"down with {count} descriptors")
        ok("down", "-v", "-t", "0")
        nothing_left(before, f"{count} descriptors")
    for size in (0, 100, 1000, 10000):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        survives(run("up", "-d", preexec=limit), f"up with files of {size} bytes")
        survives(run("ps", "-a", preexec=limit), f"ps with files of {size} bytes")
        ok("down", "-v", "-t", "0")
        nothing_left(before, f"files of {size} bytes")


def small_root(size, name):
    place = os.path.join(os.environ["PLACE"], name)
    os.makedirs(place, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    return place


def fill(place, leave):
    free = os.statvfs(place)
    try:
        with open(f"{place}/filler", "wb", buffering=0) as f:
            f.write(b"x" * max(0, free.f_bavail * free.f_bsize - leave))
    except OSError:
        pass  # somebody else was faster


def full():
    """ROOT is full: at loading, creating, starting, logging, and for the state."""
    image = os.environ["IMAGE"]
    stack(more='logging: {options: {max-size: 100k}}')
    place = small_root("64m", "full")
    environment = {"CORACLE_ROOT": place}
    for leave in (0, 4096, 65536, 1 << 20):
        fill(place, leave)
        result = survives(run("image", "load", "-i", image, env=environment), f"load with {leave} bytes")
        if result.code == 0 and leave < 65536:
            fail(f"load with {leave} bytes says it is fine")
        os.unlink(f"{place}/filler")
    ok("image", "load", "-i", image, env=environment)
    for leave in (0, 4096, 8192, 16384, 32768, 65536):
        fill(place, leave)
        survives(run("up", "-d", env=environment), f"up with {leave} bytes")
        survives(run("ps", "-a", env=environment), f"ps with {leave} bytes")
        result = survives(run("down", "-v", "-t", "0", env=environment), f"down with {leave} bytes")
        if result.code != 0:
            fail(f"down with {leave} bytes: {result}")
        os.unlink(f"{place}/filler")
        ok("up", "-d", env=environment)
        ok("down", "-v", "-t", "0", env=environment)
    # Running when it gets full: state and health are still told, and it can be stopped.
    ok("up", "-d", env=environment)
    fill(place, 0)
    ok("stop", "-t", "0", env=environment)
    if any(c["State"] != "exited" for c in listed(environment)):
        fail(f"stopped on a full disk: {listed(environment)}")
    ok("down", "-v", "-t", "0", env=environment)
    os.unlink(f"{place}/filler")
    left = world.tree(f"{place}/containers", r"/by-name$")
    if left:
        fail(f"left behind: {left}")
    subprocess.run(["umount", place], check=True)


def listed(environment):
    import json
    out = ok("ps", "-a", "--format", "json", env=environment).out
    return [json.loads(line) for line in out.splitlines()]


def logging():
    """The disk is full while a container writes: it is not held up, and lines come again later."""
    image = os.environ["IMAGE"]
    place = small_root("64m", "logging")
    environment = {"CORACLE_ROOT": place}
    ok("image", "load", "-i", image, env=environment)
    project(os.path.join(os.environ["PLACE"], "damage"), """
services:
  a:
    image: busybox
    command: ["sh", "-c", "i=0; while :; do i=$$((i + 1)); echo line $$i; echo $$i >/tick.new; mv /tick.new /tick; done"]
    stop_signal: SIGKILL
    tmpfs: /
""".replace("    tmpfs: /\n", "    tmpfs: /run\n").replace("/tick", "/run/tick"))
    ok("up", "-d", env=environment)
    fill(place, 0)
    time.sleep(0.5)

    def tick():
        return int(ok("exec", "-T", "a", "cat", "/run/tick", env=environment).out)

    first = tick()
    wait_until(lambda: tick() > first + 100, 10, "the container goes on writing")
    os.unlink(f"{place}/filler")
    mark = tick()
    wait_until(lambda: any(line.startswith("line ") and int(line.split()[1]) > mark
                           for line in ok("logs", "--no-log-prefix", "--tail", "3", "a",
                                          env=environment).out.splitlines()),
               15, "lines come again when there is room")
    ok("down", "-v", "-t", "0", env=environment)
    subprocess.run(["umount", "-l", place], check=True)


def read_only():
    place = small_root("64m", "readonly")
    environment = {"CORACLE_ROOT": place}
    stack()
    ok("image", "load", "-i", os.environ["IMAGE"], env=environment)
    ok("up", "-d", env=environment)
    subprocess.run(["mount", "-o", "remount,ro", place], check=False)
    busy = subprocess.run(["mount", "--bind", "-o", "ro", place, place]).returncode
    subprocess.run(["mount", "-o", "remount,bind,ro", place], check=busy == 0)
    for command in (["ps", "-a"], ["logs"], ["stop", "-t", "0"], ["up", "-d"], ["down", "-t", "0"],
                    ["image", "ls"]):
        result = survives(run(*command, env=environment), f"read-only: {command}")
        if command[0] in ("ps", "logs", "image") and result.code != 0:
            fail(f"read-only: {result}")
    subprocess.run(["umount", place], check=True)
    subprocess.run(["mount", "-o", "remount,rw", place], check=True)
    ok("down", "-v", "-t", "0", env=environment)
    subprocess.run(["umount", place], check=True)


main({"files": files, "volume_description": volume_description, "reboot": reboot,
      "network_description": network_description, "limits": limits, "full": full, "logging": logging, "read_only": read_only})
