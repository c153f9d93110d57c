# SPDX-License-Identifier: Apache-2.0
"""
world.py - running coracle inside the test world (tests/cli/helper.bash) and looking at what is left.

The fault scenarios run thousands of commands: this is the helper's leftover oracle again, but fast.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

CORACLE = os.environ["CORACLE"]
ROOT = os.environ["CORACLE_ROOT"]
RUN = os.environ["CORACLE_RUN"]
KILLER = os.environ.get("KILLER", "")
SEED = int(os.environ.get("FAULTS_SEED", time.time()))
# How much longer than a minute or two a whole scenario may take: 1 by default.
SCALE = float(os.environ.get("FAULTS_SCALE", "1"))
rng = random.Random(SEED)
LONGEST = float(os.environ.get("FAULTS_TIMEOUT", "30"))


class Fault(Exception):
    pass


def fail(text):
    raise Fault(text)


class Result:
    def __init__(self, args, process, out, err, seconds):
        self.args, self.code, self.out, self.err = args, process.returncode, out, err
        self.seconds = seconds

    def __str__(self):
        return f"'coracle {' '.join(self.args)}' exited with {self.code} after {self.seconds:.1f} s: {self.err.strip()[-2000:]}"


def run(*args, timeout=None, env=None, prefix=(), stdin=subprocess.DEVNULL, preexec=None):
    """Runs coracle; what takes longer than LONGEST hangs, which is a failure."""
    started = time.monotonic()
    process = subprocess.Popen([*prefix, CORACLE, *args], stdin=stdin, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, **(env or {})},
                               text=True, errors="replace", start_new_session=True,
                               preexec_fn=preexec)
    try:
        out, err = process.communicate(timeout=timeout or LONGEST)
    except subprocess.TimeoutExpired:
        stacks = hanging(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        fail(f"'coracle {' '.join(args)}' hangs\n{stacks}")
    return Result(args, process, out, err, time.monotonic() - started)


def hanging(pid):
    lines = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = open(f"/proc/{entry}/cmdline").read().replace("\0", " ")
            if "coracle" in text:
                lines.append(f"{entry} {text} {open(f'/proc/{entry}/wchan').read()} "
                             f"{open(f'/proc/{entry}/syscall').read().strip()}")
        except OSError:
            pass
    return "\n".join(lines)


def ok(*args, **more):
    result = run(*args, **more)
    if result.code != 0:
        fail(str(result))
    for bad in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
        if bad in result.err:
            fail(str(result))
    return result


def killed(mode, step, *args, env=None):
    """coracle ARGS, killed at its STEPth change (killer.c). Returns what the killer said."""
    # Leaks cannot be looked for below a tracer.
    asan = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    process = subprocess.Popen([KILLER, mode, str(step), CORACLE, *args],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, start_new_session=True,
                               env={**os.environ, "ASAN_OPTIONS": asan, **(env or {})})
    # Only the killer's line counts: what survives the command keeps the pipe open.
    said = b""
    os.set_blocking(process.stdout.fileno(), True)
    try:
        process.wait(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        stacks = hanging(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        fail(f"'coracle {' '.join(args)}' hangs below the killer ({mode} {step})\n{stacks}")
    os.set_blocking(process.stdout.fileno(), False)
    said = process.stdout.read() or b""
    process.stdout.close()
    lines = [line for line in said.decode(errors="replace").splitlines()
             if line.startswith(("killed at", "finished"))]
    return lines[-1] if lines else "?"


def steps_of(*args, env=None):
    """How many changes the whole command makes."""
    said = killed("one", 0, *args, env=env)
    return int(said.split()[1]) if said.startswith("finished") else fail(f"killer: {said}")


def has_group(pgid):
    try:
        os.killpg(pgid, 0)
        return True
    except ProcessLookupError:
        return False


def timed(delay, *args, how=signal.SIGKILL, expected=(0,)):
    """coracle ARGS, ended by a signal after so many seconds; what it had started ends by itself."""
    # A leak check that is killed has something to say about that.
    asan = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    process = subprocess.Popen([CORACLE, *args], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True, env={**os.environ, "ASAN_OPTIONS": asan})
    try:
        process.wait(timeout=delay)
        return "finished"
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        code = process.wait(timeout=LONGEST)
        wait_until(lambda: not has_group(process.pid), 10, "its children have gone")
        if how != signal.SIGKILL and code not in expected:
            fail(f"'coracle {' '.join(args)}' ended with {code} after {how.name}")
        return f"{how.name} after {delay * 1000:.1f} ms"


def check_store(what):
    """Litter goes without being asked for; then there is none."""
    first = run("system", "check")
    if first.code != 0:
        fail(f"{what}: the check does not mend: {first.out} {first}")
    second = ok("system", "check")
    if "all is well" not in second.out:
        fail(f"{what}: not clean after its own repair: {first.out} then {second.out}")


def project(directory, text):
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    with open("compose.yaml", "w") as f:
        f.write(text)


def containers(*more):
    """ps -a as objects."""
    out = ok("ps", "-a", "--format", "json", *more).out
    return [json.loads(line) for line in out.splitlines()] if out.strip()[:1] != "[" else json.loads(out)


def inspect(name):
    return json.loads(ok("inspect", name).out)[0]


def state_file(container_id):
    with open(f"{RUN}/containers/{container_id}/state.json") as f:
        return json.load(f)


def is_alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def kill_monitor(name):
    container_id = inspect(name)["Id"]
    # One that has only just taken over may not have written who it is.
    wait_until(lambda: is_alive(state_file(container_id)["monitor_pid"]), 10, f"{name} has a monitor")
    pid = state_file(container_id)["monitor_pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), 5, f"monitor {pid} of {name} is gone")
    return pid


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (Fault, OSError, ValueError, KeyError, IndexError) as error:
            if time.monotonic() > end:
                fail(f"not in {seconds} s: {what}: {error}")
        if time.monotonic() > end:
            fail(f"not in {seconds} s: {what}")
        time.sleep(0.03)


# ---- what is left ----

def processes():
    mine = {1, os.getpid(), os.getppid()}
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) in mine:
            continue
        try:
            text = open(f"/proc/{entry}/cmdline").read().replace("\0", " ").strip()
            state = open(f"/proc/{entry}/stat").read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if text.startswith("sleep 3600") and "coracle" not in open_quietly(f"/proc/{entry}/cgroup"):
            continue
        if state in "ZX":
            text = "zombie"
        found[int(entry)] = text
    return found


def open_quietly(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def tree(top, skip=None):
    found = set()
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            if not skip or not re.search(skip, path):
                found.add(path)
    return found


def command(*args):
    return subprocess.run(args, capture_output=True, text=True).stdout


def look():
    mounts = sorted(line.split()[4] for line in open_quietly("/proc/self/mountinfo").splitlines())
    cgroup = os.environ["CGROUP_PATH"]
    fixed = r"/(\.lock|\.create\.lock|seccomp/[0-9a-f]+\.bpf)$"
    known = r"/(by-name|projects/[^/]*\.lock)$"
    return {
        "processes": processes(),
        "mounts": mounts,
        "links": sorted(re.findall(r"^\d+: ([^:@]+)", command("ip", "-o", "link"), re.M)),
        "rules": command("nft", "list", "ruleset"),
        "routes": command("ip", "rule") + command("ip", "route"),
        "cgroups": sorted(tree(cgroup, r"/[a-z]+\.[a-z._]+$")),
        # The journal of events is bounded, and stays.
        "run": sorted(tree(RUN, rf"{fixed}|/events/journal(\.1)?$")),
        "containers": sorted(tree(f"{ROOT}/containers", known)),
        "names": sorted(os.listdir(f"{ROOT}/containers/by-name")
                        if os.path.isdir(f"{ROOT}/containers/by-name") else []),
        "networks": sorted(tree(f"{ROOT}/networks", fixed)),
        "volumes": sorted(os.listdir(f"{ROOT}/volumes") if os.path.isdir(f"{ROOT}/volumes") else []),
        "projects": sorted(tree(f"{ROOT}/projects", known)),
    }


def differences(before, after):
    lines = []
    for key in before:
        if key == "processes":
            gone = [f"+ process {pid} {text}" for pid, text in after[key].items()
                    if pid not in before[key]]
            lines += gone
        elif before[key] != after[key]:
            old = before[key].splitlines() if isinstance(before[key], str) else before[key]
            new = after[key].splitlines() if isinstance(after[key], str) else after[key]
            lines += [f"- {key}: {x}" for x in old if x not in new]
            lines += [f"+ {key}: {x}" for x in new if x not in old]
    return lines


def nothing_left(before, what, look=look):
    for _ in range(20):
        lines = differences(before, look())
        if not lines:
            return
        time.sleep(0.1)
    fail(f"{what}: left behind:\n" + "\n".join(lines[:40]))


def untrue_states():
    wrong = []
    for container in containers():
        pid = inspect(container["Name"])["State"]["Pid"]
        running = container["State"] in ("running", "paused")
        if running and not is_alive(pid):
            wrong.append(f"{container['Name']} is said to be {container['State']}, its process {pid} is gone")
        if not running and pid and is_alive(pid):
            wrong.append(f"{container['Name']} is said to be {container['State']}, its process {pid} lives")
    return wrong


def states_are_true(what):
    """What ps says about each container is so, or will be in a moment: nothing stands still."""
    for _ in range(20):
        wrong = untrue_states()
        if not wrong:
            return
        time.sleep(0.1)
    fail(f"{what}: {wrong}")


def main(scenarios):
    """Runs the scenario named on the command line."""
    print(f"# FAULTS_SEED={SEED}")
    started = time.monotonic()
    try:
        scenarios[sys.argv[1]](*sys.argv[2:])
    except Fault as fault:
        print(f"FAULTS_SEED={SEED}: {fault}")
        if os.path.exists("compose.yaml"):
            run("down", "-v", "--timeout", "0", "--remove-orphans")
        sys.exit(1)
    finally:
        print(f"# {time.monotonic() - started:.1f} s")
