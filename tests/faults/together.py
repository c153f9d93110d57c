# SPDX-License-Identifier: Apache-2.0
"""
together.py - several commands at once on one project, and commands against processes that end by
themselves: nothing hangs, nothing is given out twice, `down` cleans up.
"""

import collections
import os
import threading
import time

from world import (SCALE, Fault, containers, fail, inspect, look, main, nothing_left, ok, project,
                   rng, run, states_are_true, state_file, wait_until, is_alive)

STACK = """
services:
  web:
    image: busybox
    command: {command}
    {signal}
    ports: ["8080-8089:80"]
    restart: {restart}
    scale: {scale}
    healthcheck: {{test: "true", interval: 50ms}}
  db:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    volumes: ["data:/data"]
volumes:
  data:
"""


def stack(command="sleep 3600", restart='"no"', scale=3, signal="stop_signal: SIGKILL"):
    project(os.path.join(os.environ["PLACE"], "busy"),
            STACK.format(command=command, restart=restart, scale=scale, signal=signal))


def nothing_twice(what):
    seen = collections.Counter()
    for container in containers():
        seen["name " + container["Name"]] += 1
        details = inspect(container["Name"])
        if container["State"] != "running":
            continue
        for network, endpoint in details["NetworkSettings"]["Networks"].items():
            seen[f"address {network} {endpoint['IPAddress']}"] += 1
        for port, bindings in (details["NetworkSettings"]["Ports"] or {}).items():
            for binding in bindings or []:
                seen[f"port {binding['HostIp']}:{binding['HostPort']}"] += 1
    twice = [key for key, count in seen.items() if count > 1]
    if twice:
        fail(f"{what}: given out twice: {twice}")


def loops(seconds, choices, count=4, expected=()):
    """COUNT threads run random commands for so long; what they say may be an error, but must be
    one of the expected ones."""
    end = time.monotonic() + seconds * SCALE
    problems, tally = [], collections.Counter()

    def loop(number):
        while time.monotonic() < end and not problems:
            command = choices[rng.randrange(len(choices))]
            try:
                result = run(*command)
            except Fault as fault:
                problems.append(str(fault))
                return
            tally[command[0], result.code] += 1
            # An exec may come too late, or its container be killed: in how many ways it says so does
            # not matter.
            if command[0] == "exec" and result.code in (1, 126, 137):
                continue
            if result.code != 0 and not any(text in result.err for text in expected):
                problems.append(str(result))
            if "Sanitizer" in result.err or "runtime error" in result.err or result.code < 0:
                problems.append(str(result))

    threads = [threading.Thread(target=loop, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("#", dict(tally))
    if problems:
        fail("\n".join(problems[:4]))


def finish(before, what):
    nothing_twice(what)
    states_are_true(what)
    ok("down", "-v", "--timeout", "0")
    nothing_left(before, what)


# The answers that are right when somebody else was faster.
LOST = ("No such", "no such", "not running", "is not paused", "is already paused", "it is paused; unpause", "try again",
        "has no container to start", "died while joining", "the container has ended", "already in use", "was removed", "is being", "not found")


def updown():
    before = look()
    stack()
    loops(8, [["up", "-d"], ["down", "--timeout", "0"], ["up", "-d", "--force-recreate"],
              ["ps", "-a"]], expected=LOST)
    finish(before, "up and down at once")


def startstop():
    before = look()
    stack(restart="always")
    ok("up", "-d")
    loops(8, [["stop", "--timeout", "0"], ["start"], ["restart", "--timeout", "0"], ["kill"],
              ["ps", "-a"], ["exec", "-T", "db", "true"]], expected=LOST)
    ok("up", "-d")
    finish(before, "start and stop at once")


def single():
    """The same without the project's lock: single containers."""
    before = look()
    stack(restart="always")
    ok("up", "-d")
    names = [f"busy-web-{i + 1}" for i in range(3)]
    choices = [["container", verb, name] for name in names
               for verb in ("start", "kill", "inspect")]
    choices += [["container", "stop", "-t", "0", name] for name in names]
    # These take the project's lock, the others do not.
    choices += [["restart", "--timeout", "0"], ["pause"], ["unpause"]]
    loops(8, choices, count=6, expected=LOST)
    run("unpause") # of what is not paused there may be some
    ok("up", "-d")
    states_are_true("single containers at once")
    # Removal against everything else.
    choices += [["container", "rm", "-f", name] for name in names] + [["up", "-d"]]
    loops(8, choices, count=6, expected=LOST)
    finish(before, "removal at once")


def races(count="12"):
    """kill, stop, exit and rm meet in the same instant."""
    before = look()
    failures = []
    for number in range(max(3, int(float(count) * SCALE))):
        for name, race in RACES.items():
            try:
                race()
                ok("down", "-v", "--timeout", "0")
                nothing_left(before, f"race {name}")
            except Fault as fault:
                failures.append(f"{name} ({number}): {fault}")
                run("down", "-v", "--timeout", "0")
        if failures:
            break
    if failures:
        fail("\n".join(failures))


def at_once(*commands):
    results = [None] * len(commands)

    def one(i):
        time.sleep(rng.random() * 0.05)
        try:
            results[i] = run(*commands[i])
        except Fault as fault:
            results[i] = fault

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(commands))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Fault):
            raise result
        if result.code < 0:
            fail(str(result))
    return results


def race_kill_down():
    stack(restart="always")
    ok("up", "-d")
    at_once(["kill"], ["down", "--timeout", "0"])


def race_exit_stop():
    """Containers end by themselves while they are stopped: the code is theirs or the signal's."""
    stack(command="sh -c 'sleep 0.1; exit 7'", restart='"no"', signal="")
    ok("up", "-d")
    at_once(["stop", "--timeout", "5"], ["ps", "-a"])
    for container in containers("web"):
        if container["State"] != "exited" or container["ExitCode"] not in (7, 143, 137):
            fail(f"{container['Name']}: {container['State']} {container['ExitCode']}")


def race_stop_probe():
    stack(signal="")
    ok("up", "-d")
    started = time.monotonic()
    at_once(["stop", "--timeout", "0"])
    if time.monotonic() - started > 5:
        fail("stop during a probe took long")


def race_rm_restarting():
    stack(command="sh -c 'exit 3'", restart="always")
    ok("up", "-d")
    time.sleep(rng.random() * 0.3)
    ok("rm", "-f", "-s")
    if containers("web"):
        fail(f"still there: {containers('web')}")


def race_down_starting():
    stack()
    at_once(["up", "-d"], ["down", "--timeout", "0"])


def race_auto_remove():
    """docker run --rm, stopped from outside."""
    stack()
    ok("run", "-d", "--rm", "--name", "gone", "-T", "db", "sleep", "3600")
    at_once(["container", "stop", "-t", "0", "gone"], ["container", "inspect", "gone"])
    wait_until(lambda: run("container", "inspect", "gone").code != 0, 5, "it removes itself")


def race_kill_all():
    """Container and monitor die in the same instant."""
    import signal
    stack(restart="always")
    ok("up", "-d")
    pids = []
    for container in containers():
        state = state_file(inspect(container["Name"])["Id"])
        pids += [state["pid"], state["monitor_pid"]]
    rng.shuffle(pids)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    ok("ps", "-a")
    at_once(["up", "-d"], ["ps"])
    wait_until(lambda: len([c for c in containers("web") if c["State"] == "running"]) == 3, 5,
               "all run again")
    nothing_twice("after all were killed")


RACES = {name[5:]: function for name, function in list(globals().items()) if name.startswith("race_")}

main({"updown": updown, "startstop": startstop, "single": single, "races": races})
