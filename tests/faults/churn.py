# SPDX-License-Identifier: Apache-2.0
"""
churn.py - projects that come, grow, shrink and go, over and over, beside one that stays: in the end
there is what was there before, and who stayed has not grown.
"""

import collections
import os
import re
import threading
import time

from world import SCALE, Fault, command, containers, fail, inspect, look, main, nothing_left, ok, project, \
    state_file, wait_until

SECONDS = float(os.environ.get("CHURN_SECONDS", 10 * SCALE))

STAYS = """
name: stays
services:
  web: {image: busybox, command: httpd -f -p 80, stop_signal: SIGKILL, ports: ["8080:80"], scale: 2}
  db:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    volumes: ["data:/data"]
    healthcheck: {test: "true", interval: 200ms}
volumes:
  data:
"""

COMES = """
services:
  web:
    image: busybox
    command: ["sh", "-c", "seq 200; exec sleep 3600"]
    stop_signal: SIGKILL
    ports: ["80"]
    volumes: ["/scratch"]
    healthcheck: {test: "true", interval: 100ms}
    depends_on: [db]
  db:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    networks: [default, back]
    volumes: ["data:/data"]
    tmpfs: ["/tmp"]
    secrets: [word]
  once: {image: busybox, command: "true", network_mode: none}
networks:
  back: {internal: true}
volumes:
  data:
secrets:
  word: {environment: HOME}
"""

ROUND = [["up", "-d"], ["scale", "web=4"], ["up", "-d", "--scale", "web=2"],
         ["up", "-d", "--force-recreate", "--renew-anon-volumes"], ["restart", "-t", "0", "db"],
         ["run", "--rm", "-T", "db", "true"], ["down", "-v", "-t", "0"]]


def come_and_go(name, end, tally, problems):
    place = os.path.join(os.environ["PLACE"], name)
    os.makedirs(place, exist_ok=True)
    with open(f"{place}/compose.yaml", "w") as f:
        f.write(COMES)
    try:
        while not tally[name] or (time.monotonic() < end and not problems):
            for words in ROUND:
                ok("--project-directory", place, "-f", f"{place}/compose.yaml", "-p", name, *words)
            ok("volume", "prune", "-f")
            tally[name] += 1
    except Fault as fault:
        problems.append(str(fault))


def look_all():
    """As look(), whatever the order of the elements of sets, and which replica has which slot."""
    seen = look()
    rules = re.sub(r"(0x[0-9a-f]{8}) : [0-9.]+", r"\1", seen["rules"])
    seen["rules"] = sorted(part.strip() for part in re.split(r"[,{}\n]", rules))
    return seen


def descriptors(pid):
    """What a monitor holds for good: a probe that runs just now has a few of its own."""
    least = None
    for _ in range(25):
        try:
            now = sorted(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{pid}/fd"))
        except FileNotFoundError:
            continue
        if least is None or len(now) < len(least):
            least = now
        time.sleep(0.05)
    return least


def monitors():
    found = {}
    for container in containers():
        pid = state_file(inspect(container["Name"])["Id"])["monitor_pid"]
        found[container["Name"], pid] = descriptors(pid)
    return found


def beside():
    """Two projects side by side; a third one stays."""
    nothing = look()
    project(os.path.join(os.environ["PLACE"], "stays"), STAYS)
    ok("up", "-d", "--wait")
    # A second replica has a part of the port once it listens.
    wait_until(lambda: re.search(r"tcp \. 8080 \. 0x", command("nft", "list", "ruleset")), 30, "two share the port")
    before, held = look_all(), monitors()
    end, tally, problems = time.monotonic() + SECONDS, collections.Counter(), []
    threads = [threading.Thread(target=come_and_go, args=(name, end, tally, problems)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("#", dict(tally), "rounds")
    if problems:
        fail("\n".join(problems))
    nothing_left(before, "two projects that came and went", look_all)
    for monitor, now in monitors().items():
        more = collections.Counter(now) - collections.Counter(held[monitor])
        if more.total() > 2:
            fail(f"the monitor {monitor} has come to hold {more}")
    ok("down", "-v", "-t", "0")
    nothing_left(nothing, "all of them")


def volumes():
    """A removed replica's anonymous volume stays, as with Docker; prune takes it."""
    nothing = look()
    project(os.path.join(os.environ["PLACE"], "anonymous"), COMES)
    ok("up", "-d", "--scale", "web=3")
    hint = "2 anonymous volumes of removed containers are kept: 'coracle volume prune' removes"
    if hint not in ok("up", "-d", "--scale", "web=1").err:
        fail("nothing is said of the volumes that stay")
    left = ok("volume", "ls", "-q", "--filter", "dangling=true").out.split()
    if len(left) != 2:
        fail(f"two replicas had a volume each, and left {left}")
    said = ok("volume", "prune", "-f").out
    if not all(name in said for name in left):
        fail(f"prune leaves anonymous volumes that nobody has: {said}")
    ok("down", "-v", "-t", "0")
    nothing_left(nothing, "volumes")


main({"beside": beside, "volumes": volumes})
