# SPDX-License-Identifier: Apache-2.0
"""
reuse.py - the number of a process that has ended belongs to somebody else by now: whatever is done
to the container, nothing happens to them.
"""

import ctypes
import os
import signal
import struct
import time

from world import SCALE, fail, inspect, is_alive, look, main, nothing_left, ok, project, rng, run, state_file, wait_until

SYS_CLONE3 = 435
DEEDS = (["stop", "-t", "0"], ["kill"], ["restart", "-t", "0"], ["pause"], ["unpause"], ["exec", "-T", "a", "true"],
         ["rm", "-sf"], ["up", "-d"], ["up", "-d", "--force-recreate"], ["ps", "-a"], ["top"], ["stats", "--no-stream"],
         ["logs"], ["cp", "a:/etc/passwd", "passwd"], ["container", "update", "--pids-limit", "50", "reuse-a-1"])


def victim(pid):
    """A process of this number, which has ended: nothing of ours, whatever its number once meant."""
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 10, f"{pid} is free")
    tids = (ctypes.c_int * 1)(pid)
    # flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size
    args = struct.pack("10Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(tids), 1)
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.syscall(SYS_CLONE3, args, len(args))
    if made == 0:
        os.execlp("sleep", "sleep", "600")
    if made != pid:
        fail(f"no process {pid}: {os.strerror(ctypes.get_errno())}")
    return pid


def end_all(container_id):
    """Keeper, monitor and container at once; nobody is left to say that they have ended."""
    state = state_file(container_id)
    monitor = state["monitor_pid"]
    keeper = int(open(f"/proc/{monitor}/stat").read().rsplit(")", 1)[1].split()[1])
    pids = [keeper, monitor, state["pid"]]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in pids), 5, "all three have ended")
    return pids


def reuse(rounds="8"):
    before = look()
    project(os.path.join(os.environ["PLACE"], "reuse"), """
services:
  a: {image: busybox, command: sleep 3600, restart: always, healthcheck: {test: "true", interval: 1h}}
""")
    for _ in range(334 if SCALE >= 8 else int(float(rounds) * SCALE)):  # 1,000 victims
        ok("up", "-d")
        victims = [victim(pid) for pid in end_all(inspect("reuse-a-1")["Id"])]
        for deed in rng.sample(DEEDS, 3):
            result = run(*deed)
            if result.code < 0 or result.code >= 128:
                fail(str(result))
            time.sleep(0.02)
            for pid in victims:
                if not is_alive(pid) or "T" in open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]:
                    fail(f"{deed}: process {pid} of somebody else was hit")
        ok("down", "-t", "0")
        for pid in victims:
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                fail(f"down ended process {pid} of somebody else")
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    nothing_left(before, "numbers that were reused")


main({"reuse": reuse})
