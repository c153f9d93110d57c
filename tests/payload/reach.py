# SPDX-License-Identifier: Apache-2.0
"""reach.py - who reaches whom: every cell of a table is tried, all of them at once.

    reach.py LIST PROJECT OUTSIDE-PID <inspect.json

LIST is the table (its head says what stands in it). On stdin are the project's containers, as `inspect`
shows them. A place is a network namespace: that of a container, of the caller ("host"), and of a second
machine ("outside"). In each a process answers over TCP and UDP with the place's name and the address
that it sees, and asks whatever the table wants to be asked from there. Prints each cell that is not as
the table says, and how many there are; exits with 1 when one is wrong.
"""

import ctypes
import errno
import json
import multiprocessing
import selectors
import socket
import sys
import time

KINDS = ("tcp4", "udp4", "tcp6", "udp6")
MACHINE_PORTS, CONTAINER_PORTS = [9000], [7000, 7001, 7002]
MACHINES = {
    "uplink": ("192.0.2.1", "2001:db8::1"),
    "loopback": ("127.0.0.1", "::1"),
    "outside": ("192.0.2.2", "2001:db8::2"),
}
# What is silent is waited for so long, and until everything has come that shall come.
SILENCE, PATIENCE, AGAIN = 1.5, 30, 0.3
IP_PKTINFO, CLONE_NEWNET = 8, 0x40000000


class Cell:
    def __init__(self, source, target, kind, answerer, wanted):
        self.source, self.target, self.kind = source, target, kind
        self.answerer, self.wanted, self.got = answerer, wanted, "no"

    def judge(self, answer, own):
        """`own`, `host`: whom the one who answered saw, by the address; else what was wrong."""
        name, seen = answer.split()
        if name != self.answerer:
            self.got = f"answered by {name}"
        elif seen in own[self.source]:
            self.got = "own"
        else:
            self.got = "host" if seen in own["host"] else f"seen as {seen}"


def read_table(path):
    lines = [line.split() for line in open(path, encoding="utf-8") if line.strip() and line[0] != "#"]
    sources = lines[0][3:]
    for target, kinds, answerer, *row in lines[1:]:
        if len(row) != len(sources):
            raise ValueError(f"{path}: {target} has {len(row)} cells of {len(sources)}")
        for kind in KINDS if kinds == "all" else kinds.split(","):
            for source, wanted in zip(sources, row):
                yield Cell(source, target, kind, answerer, wanted)


def first_of_subnet(address):
    separator = ":" if ":" in address else "."
    return address.rpartition(separator)[0] + separator + "1"


def read_containers(document, project):
    """Each place's process and its own addresses; each target's two addresses."""
    pids, own, targets = {}, {}, dict(MACHINES)
    for container in document:
        name = container["Config"]["Labels"]["com.docker.compose.service"]
        pids[name], own[name] = container["State"]["Pid"], set()
        for network, endpoint in container["NetworkSettings"]["Networks"].items():
            network = network.removeprefix(project + "_")
            pair = endpoint["IPAddress"], endpoint["GlobalIPv6Address"]
            own[name].update(pair)
            targets[f"{name}@{network}"] = pair
            targets[f"gateway@{network}"] = tuple(first_of_subnet(address) for address in pair)
    gateways = [pair for target, pair in targets.items() if target.startswith("gateway@")]
    own["host"] = {address for pair in [MACHINES["uplink"], *gateways] for address in pair}
    own["outside"] = set(MACHINES["outside"])
    return pids, own, targets


class Place:
    """One process in one namespace: answers, and asks what its cells want to be asked."""

    def __init__(self, name, own, cells, targets):
        self.name, self.own, self.cells, self.targets = name, own, cells, targets
        self.selector = selectors.DefaultSelector()
        self.waiting = {}

    def listen(self, family, kind, port):
        s = socket.socket(family, kind)
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            s.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        s.bind(("", port))
        if kind == socket.SOCK_STREAM:
            s.listen(64)
        answer = self.accept if kind == socket.SOCK_STREAM else self.answer
        self.selector.register(s, selectors.EVENT_READ, (answer, None))

    def serve(self, ports):
        for port in ports:
            for family in socket.AF_INET, socket.AF_INET6:
                for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                    self.listen(family, kind, port)

    def accept(self, listener, _):
        connection, peer = listener.accept()
        with connection:
            connection.send(f"{self.name} {peer[0]}".encode())

    def answer(self, s, _):
        """From the address that was asked, which the packet's information says."""
        _data, information, _flags, peer = s.recvmsg(64, 256)
        s.sendmsg([f"{self.name} {peer[0]}".encode()], information, 0, peer)

    def ask(self, cell):
        place, _, port = cell.target.rpartition(":")
        is_ipv6, is_tcp = cell.kind.endswith("6"), cell.kind.startswith("tcp")
        s = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET,
                          socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM)
        s.setblocking(False)
        error = s.connect_ex((self.targets[place][is_ipv6], int(port)))
        if error not in (0, errno.EINPROGRESS):
            s.close()
            return
        self.waiting[s] = cell
        self.selector.register(s, selectors.EVENT_READ, (self.hear, cell))

    def hear(self, s, cell):
        data = s.recv(128)
        if data:
            cell.judge(data.decode(), self.own)
        self.forget(s)

    def forget(self, s):
        del self.waiting[s]
        self.selector.unregister(s)
        s.close()

    def ask_datagrams(self):
        for s in [s for s in self.waiting if s.type == socket.SOCK_DGRAM]:
            try:
                s.send(b"?")
            except OSError:
                self.forget(s)

    def turn(self):
        for key, _ in self.selector.select(0.05):
            handle, cell = key.data
            try:
                handle(key.fileobj, cell)
            except OSError:
                if cell:
                    self.forget(key.fileobj)

    def is_done(self, passed):
        is_missing = any(cell.wanted != "no" for cell in self.waiting.values())
        return passed > PATIENCE or (passed > SILENCE and not is_missing)

    def ask_all(self):
        for cell in self.cells:
            self.ask(cell)
        began = time.monotonic()
        asked = 0
        while not self.is_done(time.monotonic() - began):
            if time.monotonic() - began >= asked * AGAIN:
                self.ask_datagrams()
                asked += 1
            self.turn()

    def run(self, pid, ports, pipe):
        """Listens, and says so; asks when all others listen; answers until all others have asked."""
        if pid:
            enter(pid)
        self.serve(ports)
        pipe.send("ready")
        pipe.recv()
        self.ask_all()
        pipe.send([cell.got for cell in self.cells])
        while not pipe.poll():
            self.turn()


def enter(pid):
    with open(f"/proc/{pid}/ns/net", "rb") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the network of {pid}")


def start(place, pid):
    pipe, other = multiprocessing.Pipe()
    ports = MACHINE_PORTS if place.name in ("host", "outside") else CONTAINER_PORTS
    multiprocessing.Process(target=place.run, args=(pid, ports, other), daemon=True).start()
    other.close()
    return place, pipe


def ask_everywhere(cells, pids, own, targets):
    places = []
    for name, pid in pids.items():
        place = Place(name, own, [cell for cell in cells if cell.source == name], targets)
        places.append(start(place, pid))
    for _, pipe in places:
        pipe.recv()
    for _, pipe in places:
        pipe.send("go")
    for place, pipe in places:
        for cell, got in zip(place.cells, pipe.recv()):
            cell.got = got
    for _, pipe in places:
        pipe.send("end")
    for process in multiprocessing.active_children():
        process.join()


def main():
    table, project, outside = sys.argv[1:]
    cells = list(read_table(table))
    pids, own, targets = read_containers(json.load(sys.stdin), project)
    ask_everywhere(cells, {**pids, "host": None, "outside": int(outside)}, own, targets)
    wrong = [cell for cell in cells if cell.got != cell.wanted]
    for cell in wrong:
        print(f"{cell.source} -> {cell.target} {cell.kind}: {cell.got}, not {cell.wanted}")
    print(f"{len(cells)} cells, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
