# SPDX-License-Identifier: Apache-2.0
"""
refusing.py - the Nth system call of a command, of a monitor or of a keeper fails with ENOSPC, EIO,
EMFILE, ENOMEM, ... (refuser.c): what is said is true, what was done half heals, the same command then
succeeds, and `down` leaves nothing.
"""

import json
import os
import re
import socket
import threading
import time
import urllib.request

from world import (ROOT, RUN, SCALE, Fault, check_store, containers, fail, inspect, is_alive,
                   kill_monitor, look, main, nothing_left, ok, project, rng, run, state_file,
                   states_are_true, wait_until)

# From here on every call with every errno is met, instead of a few.
WHOLE = SCALE >= 64
MOST_FAILURES = 400
SHORTAGE = 5  # seconds
ERRNOS = 3  # as MOST_ERRNOS of refuser.c

STACK = """
services:
  web:
    image: busybox
    command: ["sh", "-c", "echo page >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]
    stop_signal: SIGKILL
    environment: {{VERSION: "{version}"}}
    ports: ["8080:80"]
    networks: [front]
    volumes: ["data:/data"]
    secrets: [token]
    scale: {scale}
    restart: always
    healthcheck: {{test: "test -e /tmp/index.html", interval: 200ms, retries: 1}}
networks:
  front:
volumes:
  data:
secrets:
  token: {{environment: TOKEN}}
"""


# ---- the refuser --------------------------------------------------------------------------------

control = socket.socket(fileno=int(os.environ["REFUSER"]))


def ask(text):
    control.send(text.encode())
    return control.recv(4096).decode(errors="replace")


class Hit:
    def __init__(self, answer):
        *counts, self.call, error, self.object = answer.split("\t", ERRNOS + 2)
        self.counts, self.errno = [int(count) for count in counts], int(error)

    def __bool__(self):
        return self.call != "-"

    def __str__(self):
        return f"{self.call} {self.object!r}: {os.strerror(self.errno)}"


# ---- what is done, and what must be true of it ----------------------------------------------------

def stack(version="1", scale=1):
    os.environ["TOKEN"] = "abc"
    project(os.path.join(os.environ["PLACE"], "refused"), STACK.format(version=version, scale=scale))


def up(**more):
    stack(**more)
    ok("up", "-d")


def stopped():
    up()
    ok("stop", "-t", "0")


def web(state="running"):
    return [c for c in containers() if c["Service"] == "web" and c["State"] == state]


def page():
    return urllib.request.urlopen("http://127.0.0.1:8080/", timeout=2).read() == b"page\n"


def asked(number):
    return ok("exec", "-T", "--index", number, "web", "sh", "-c",
              "echo $VERSION; cat /run/secrets/token; echo >/data/x; nslookup web >/dev/null && echo found")


def serves(count=1, version="1"):
    """All that a running stack has works, not only what ps says."""
    wait_until(lambda: len(web()) == count, 5, f"web runs {count} times")
    wait_until(page, 5, "its port answers")
    for number in range(1, count + 1):
        wait_until(lambda n=str(number): asked(n).out.split() == [version, "abcfound"], 5,
                   f"exec and names in web {number}")
    wait_until(lambda: all(c["Health"] == "healthy" for c in web()), 5, "web is healthy")


def is_stopped():
    # By stop_signal, and somebody knows it.
    wait_until(lambda: [c["ExitCode"] for c in web("exited")] == [137], 5, "web is stopped")
    with open(f"{ROOT}/containers/{inspect('refused-web-1')['Id']}/state.json") as state:
        if json.load(state)["status"] != "exited":
            fail("after a reboot it would be taken for running")


def is_gone():
    if containers():
        fail(f"still there: {containers()}")


def crash():
    """The container's process ends: its monitor starts it anew."""
    pid = inspect("refused-web-1")["State"]["Pid"]
    os.kill(pid, 9)
    return lambda: inspect("refused-web-1")["State"]["Pid"] not in (0, pid)


def sicken():
    ok("exec", "-T", "web", "mv", "/tmp/index.html", "/tmp/away")
    return lambda: web()[0]["Health"] == "unhealthy"


def recover():
    ok("exec", "-T", "web", "cp", "/tmp/away", "/tmp/index.html")
    serves()


LINES = 300


def speak():
    """So many lines of output, of which none is lost."""
    mark = f"mark{rng.random()}"
    ok("exec", "-T", "web", "sh", "-c",
       f"i=0; while [ $i -lt {LINES} ]; do echo {mark} $i; i=$((i+1)); done >/proc/1/fd/1")
    wanted = [f"{mark} {i}" for i in range(LINES)]
    return lambda: [line for line in ok("logs", "--no-log-prefix", "web").out.splitlines()
                    if line.startswith(mark)] == wanted


def lose_monitor():
    kill_monitor("refused-web-1")
    return lambda: is_alive(state_file(inspect("refused-web-1")["Id"])["monitor_pid"])


def command(*args):
    return lambda: run(*args)


# name: (state before, state while it runs, what is done, what is true afterwards)
# What is done is a command, whose result is judged, or something that a monitor or keeper has to see
# to, however late: it returns what will be true then.
OPERATIONS = {
    "up": (stack, stack, command("up", "-d"), serves),
    "recreate": (up, lambda: stack(version="2"), command("up", "-d"), lambda: serves(version="2")),
    "grow": (up, lambda: stack(scale=2), command("up", "-d"), lambda: serves(2)),
    "shrink": (lambda: up(scale=2), lambda: stack(scale=2), command("scale", "web=1"), serves),
    "create": (stack, stack, command("create"), lambda: ok("start") and serves()),
    "start": (stopped, stack, command("start"), serves),
    "restart": (up, stack, command("restart", "-t", "0"), serves),
    "stop": (up, stack, command("stop", "-t", "0"), is_stopped),
    "down": (up, stack, command("down", "-v", "-t", "0"), is_gone),
    "exec": (up, stack, command("exec", "-T", "web", "cat", "/tmp/index.html"), serves),
    "run": (up, stack, command("run", "--rm", "-T", "web", "echo", "page"), serves),
    "logs": (up, stack, command("logs", "web"), serves),
    "crash": (up, stack, crash, serves),
    "health": (up, stack, sicken, recover),
    "output": (up, stack, speak, serves),
    "heal": (up, stack, lose_monitor, serves),
}
PRINTS = {"exec": "page\n", "run": "page\n"}


# ---- one call that fails -------------------------------------------------------------------------

def judge(name, hit, done, truth):
    """The command's own word: it has been done, or why not."""
    if done.code < 0 or done.code >= 126 and not re.search(r"[a-z]", done.err):
        fail(f"ended by a signal: {done}")
    if re.search(r"[Aa]ssert|Sanitizer|stack smashing|core dumped", done.err):
        fail(str(done))
    if done.code != 0:
        if not done.err.strip():
            fail(f"failed without a word: {done}")
        # What a monitor has not got through with, the next try may: it cannot always say why.
        if hit and not re.search(rf"{os.strerror(hit.errno)}|try again|(no|out of) memory", done.err, re.I):
            fail(f"the reason is not told: {done}")
        return False
    if done.out != PRINTS.get(name, done.out):
        fail(f"the output is {done.out!r}: {done}")
    truth()
    return True


def do(name, order):
    """What was hit, and the command's result, None if it is none."""
    answers = []
    ask(order)
    # Nothing is short for ever: a monitor without descriptors cannot even say so.
    relief = threading.Timer(SHORTAGE, lambda: answers.append(ask("tell")))
    relief.start()
    done = OPERATIONS[name][2]()
    relief.cancel()
    relief.join()
    if not callable(done):
        return Hit(answers[0] if answers else ask("tell")), done
    # The disk is full for a while.
    end = time.monotonic() + 0.5
    while time.monotonic() < end and not attempted(done):
        time.sleep(0.02)
    hit = Hit(ask("tell"))
    wait_until(done, 10, f"what comes of it ({hit})")
    return hit, None


def attempted(condition):
    try:
        return condition()
    except (Fault, OSError, ValueError, KeyError, IndexError):
        return False


def attempt(name, order):
    """The stack is as @name finds it. True: a call was refused."""
    during, truth = OPERATIONS[name][1], OPERATIONS[name][3]
    during()
    hit, result = do(name, order)
    if not hit:
        return False
    try:
        if result:
            judge(name, hit, result, truth)
        states_are_true("afterwards")
        # Without memory a process ends anywhere, as if killed: the next start mends the network.
        if " memory " not in order:
            check_store("afterwards")
        if result:
            again = OPERATIONS[name][2]()
            if again.code != 0:
                fail(f"the same command again: {again}")
        truth()
    except (Fault, OSError) as fault:
        raise Fault(f"{hit}: {result}: {fault}")
    return True


def calls_of(name, role, kind):
    """How many calls there are with a first, second and third errno."""
    prepare, during, _, truth = OPERATIONS[name]
    prepare()
    during()
    hit, result = do(name, f"arm {role} {kind} 0 1 0")
    if result and result.code != 0:
        fail(str(result))
    truth()
    ok("down", "-v", "-t", "0")
    return hit.counts


def points(name, role, kind, count):
    """Which errno, once or from there on, and the number of the call."""
    totals = calls_of(name, role, kind)
    ways = [(which, once) for once in (1, 0) for which in range(ERRNOS) if totals[which]]
    if WHOLE:
        return [(*way, number + 1) for way in ways for number in range(totals[way[0]])]
    # Few, but everywhere, and the same each time.
    count = int(count * SCALE)
    return [(*ways[part % len(ways)], 1 + totals[ways[part % len(ways)][0]] * (2 * part + 1) // (2 * count))
            for part in range(count)]


def refuse(name, order, before):
    """One call, from nothing to nothing. True: it was refused."""
    OPERATIONS[name][0]()
    is_hit = attempt(name, order)
    ok("down", "-v", "-t", "0", "--remove-orphans")
    nothing_left(before, "down")
    return is_hit


def walk(name, role, count, kind="all"):
    count, before, failures, hits = int(count), look(), [], 0
    for which, once, number in points(name, role, kind, count):
        order = f"arm {role} {kind} {which} {once} {number}"
        try:
            hits += refuse(name, order, before)
        except (Fault, OSError) as fault:
            ask("tell")
            failures.append(f"{name}: {order}: {fault}")
            print(failures[-1], flush=True)
            if len(failures) >= MOST_FAILURES or "hangs" in str(fault):
                break
            run("down", "-v", "-t", "0", "--remove-orphans")
    run("down", "-v", "-t", "0", "--remove-orphans")
    print(f"# {name}: {hits} calls of the {role} refused, {len(failures)} failures")
    if failures:
        fail(f"{len(failures)} failures")


def one(name, *order):
    """A certain call: ROLE KIND WHICH ONCE N."""
    if not refuse(name, " ".join(("arm", *order)), look()):
        fail("there is no such call")


main({"walk": walk, "one": one})
