# SPDX-License-Identifier: Apache-2.0
"""
quiet.py - what runs costs nothing and leaks nothing: no wakeups, no descriptors, no zombies.
"""

import os
import time

from world import (SCALE, containers, fail, inspect, kill_monitor, look, main, nothing_left, ok,
                   open_quietly, project, run, state_file, wait_until)


def stack(text):
    project(os.path.join(os.environ["PLACE"], "quiet"), text)


def descriptors(pid):
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def switches(pid):
    text = open_quietly(f"/proc/{pid}/status")
    return [line for line in text.splitlines() if "ctxt_switches" in line]


def monitors():
    found = {}
    for container in containers():
        state = state_file(inspect(container["Name"])["Id"])
        found[container["Name"]] = state["monitor_pid"]
    return found


def children(pid):
    return open_quietly(f"/proc/{pid}/task/{pid}/children").split()


def woken():
    """Which monitors wake up in three seconds."""
    pids = monitors()
    first = {name: switches(pid) for name, pid in pids.items()}
    time.sleep(3)
    then = {name: switches(pid) for name, pid in pids.items()}
    return {name: (first[name], then[name]) for name in pids if then[name] != first[name] or not first[name]}


def idle():
    """Monitors sleep; with and without ports, terminal, networks; fresh and adopted."""
    before = look()
    stack("""
services:
  plain: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
  port: {image: busybox, command: httpd -f -p 80, stop_signal: SIGKILL, ports: ["8080:80", "[::1]:8081:80"]}
  tty: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, tty: true}
  none: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: none}
  talk: {image: busybox, command: ["sh", "-c", "seq 1000; exec sleep 3600"], stop_signal: SIGKILL}
  slow: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, healthcheck: {test: "true", interval: 1h}}
""")
    ok("up", "-d")
    for adopted in (False, True):
        if adopted:
            for container in containers():
                kill_monitor(container["Name"])
            ok("ps", "-a")
        # The last work after a start takes its time on a busy machine.
        for _ in range(4):
            found = woken()
            if not found:
                break
        else:
            fail(f"monitors go on waking up (adopted: {adopted}): {found}")
    ok("down", "-t", "0")
    nothing_left(before, "idle")


def leaks():
    """A container has 0, 1, 2 and nothing else; a monitor's descriptors do not grow."""
    before = look()
    stack("""
services:
  a:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    stdin_open: true
    ports: ["8080:80"]
    volumes: ["data:/data"]
    healthcheck: {test: "true", interval: 50ms, timeout: 1s}
  t: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, tty: true, init: true}
  r: {image: busybox, command: ["sh", "-c", "sleep 0.05; exit 1"], restart: always}
volumes:
  data:
""")
    # What the command inherits must not come through either.
    leaked = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(leaked, True)
    import subprocess
    from world import CORACLE
    subprocess.run([CORACLE, "up", "-d"], pass_fds=[leaked], check=True, capture_output=True)
    for name in ("quiet-a-1", "quiet-t-1"):
        pid = inspect(name)["State"]["Pid"]
        fds = descriptors(pid)
        if set(fds) - {0, 1, 2} and "init" not in open_quietly(f"/proc/{pid}/cmdline"):
            fail(f"{name} has descriptors {fds}")
    for name in ("a", "t"):
        listed = ok("exec", "-T", name, "ls", "/proc/self/fd").out.split()
        if set(listed) - {"0", "1", "2", "3"}:  # 3 is ls's own
            fail(f"exec in {name} has descriptors {listed}")
    pids = monitors()
    pid = pids["quiet-a-1"]
    wait_until(lambda: inspect("quiet-a-1")["State"]["Health"]["Status"] == "healthy", 5, "healthy")
    first = len(descriptors(pid))
    for fd, target in descriptors(pid).items():
        if fd == leaked and target == "/dev/null" and fd > 2:
            fail(f"the monitor has the caller's descriptor {fd}")
    for _ in range(int(20 * SCALE)):
        ok("exec", "-T", "a", "true")
        ok("ps")
        ok("restart", "-t", "0", "a")
    wait_until(lambda: inspect("quiet-a-1")["State"]["Health"]["Status"] == "healthy", 5, "healthy")
    wait_until(lambda: abs(len(descriptors(pid)) - first) <= 3, 3,
               f"the monitor of a has {first} descriptors again")
    # A running probe has a few of its own; that it does not grow is what counts.
    if state_file(inspect("quiet-a-1")["Id"])["monitor_pid"] != pid:
        fail("restart made a new monitor")
    for name, pid in monitors().items():
        zombies = [child for child in children(pid)
                   if ") Z" in open_quietly(f"/proc/{child}/stat")]
        time.sleep(0.2)
        still = [child for child in zombies if ") Z" in open_quietly(f"/proc/{child}/stat")]
        if still:
            fail(f"the monitor of {name} has zombies: {still}")
    restarts = inspect("quiet-r-1")["RestartCount"]
    if restarts < 2:
        fail(f"r was restarted {restarts} times")
    ok("down", "-v", "-t", "0")
    nothing_left(before, "leaks")


def failing():
    """A container that cannot start any more is tried again and again: nothing piles up."""
    before = look()
    place = os.path.join(os.environ["PLACE"], "bound")
    os.makedirs(place, exist_ok=True)
    stack(f"""
services:
  a:
    image: busybox
    command: ["sh", "-c", "sleep 0.1; exit 1"]
    deploy: {{restart_policy: {{condition: any, delay: 50ms}}}}
    volumes: ["{place}:/bound"]
""")
    ok("up", "-d")
    os.rmdir(place)
    wait_until(lambda: "No such file" in inspect("quiet-a-1")["State"]["Error"] or
               "no such file" in inspect("quiet-a-1")["State"]["Error"], 10, "the error is told")
    pid = monitors()["quiet-a-1"]
    first = len(descriptors(pid))
    time.sleep(1.5)
    if len(descriptors(pid)) > first + 3:
        fail(f"{first} descriptors became {len(descriptors(pid))}: {descriptors(pid)}")
    if len(children(pid)) > 2:
        fail(f"children: {children(pid)}")
    os.makedirs(place)
    wait_until(lambda: inspect("quiet-a-1")["State"]["Status"] in ("running", "restarting") and
               not inspect("quiet-a-1")["State"]["Error"], 10, "it starts again")
    result = run("restart", "-t", "0")
    if result.code != 0:
        fail(str(result))
    os.rmdir(place)
    result = run("restart", "-t", "0")
    if result.code == 0 or "bound" not in result.err:
        fail(f"a restart that cannot work: {result}")
    ok("down", "-t", "0")
    nothing_left(before, "failing")


def many(count="300"):
    before = look()
    services = "\n".join(f"  s{i}: {{image: busybox, command: sleep 3600, stop_signal: SIGKILL}}"
                         for i in range(int(count)))
    stack(f"services:\n{services}\n")
    started = time.monotonic()
    ok("up", "-d", timeout=300)
    up = time.monotonic() - started
    if len(containers()) != int(count):
        fail(f"{len(containers())} containers")
    started = time.monotonic()
    ok("down", "-t", "0", timeout=300)
    print(f"# {count} services: up {up:.1f} s, down {time.monotonic() - started:.1f} s")
    nothing_left(before, "many")


main({"idle": idle, "leaks": leaks, "failing": failing, "many": many})
