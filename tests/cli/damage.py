#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
damage.py - damages files of the state in every way that it knows, and watches what commands make of it.

  damage.py each FILE COMMAND...        one damage after the other to one file, which is put back after
                                        the commands. $OTHER: another file of that kind
  damage.py remade FILE PREPARE COMMAND...
                                        the same to a file that the commands may take away: the command
                                        PREPARE makes it, when it is not there
  damage.py spread PATTERN COMMAND...   each file that fits the pattern gets another damage (from $SKIP
                                        on), then each command is run once; one with {} for each file: {} is
                                        the name of its directory

Damages are made of the file: each member of a JSON document (of lists the first element) missing, of
other types, out of range, huge, with a NUL inside and not UTF-8; the file as a whole empty, cut,
another's, a directory, a link, a FIFO, NUL bytes, noise. The last line says how many there were.

A command may succeed or fail, but it must not die by a signal, hang, or fail without a word; nor may
anything outside the file change hands: what the link leads to stays as it was.
"""
import copy
import glob
import itertools
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

PATIENCE = int(os.environ.get("PATIENCE", "60"))
HUGE = "x" * 70000
VALUES = [
    None, True, 7, -1, 1.5, 2**31, 2**63 - 1, -(2**63), "", "x", "a\0b", HUGE, "../../../etc", [], [1],
    [None], {}, {"x": 1},
]
# What json.dumps cannot say.
RAW = {"\"RAW-UTF8\"": b"\"\xff\xfe\"", "\"RAW-NUMBER\"": b"123456789012345678901234567890"}


def members(value, path=()):
    """The paths of all members, containers before what is in them."""
    if isinstance(value, dict):
        for name in list(value):
            yield path + (name,)
            yield from members(value[name], path + (name,))
    elif isinstance(value, list) and value:
        yield path + (0,)
        yield from members(value[0], path + (0,))


def changed(document, path, value):
    result = copy.deepcopy(document)
    place = result
    for step in path[:-1]:
        place = place[step]
    if value is changed:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


def write_document(file, document):
    text = json.dumps(document).encode()
    for mark, raw in RAW.items():
        text = text.replace(mark.encode(), raw)
    replace(file, text)


def replace(file, content):
    remove(file)
    with open(file, "wb") as out:
        out.write(content)
    os.chmod(file, 0o600)


def remove(file):
    if os.path.isdir(file) and not os.path.islink(file):
        shutil.rmtree(file)
    elif os.path.lexists(file):
        os.unlink(file)


def make_link(file, target):
    remove(file)
    os.symlink(target, file)


def make_directory(file):
    remove(file)
    os.mkdir(file)


def make_fifo(file):
    remove(file)
    os.mkfifo(file)


def whole_damages(content, victim, other):
    yield "removed", remove
    yield "empty", lambda f: replace(f, b"")
    yield "cut in the middle", lambda f: replace(f, content[: len(content) // 2])
    yield "without its end", lambda f: replace(f, content[:-3])
    yield "a directory", make_directory
    yield "a FIFO", make_fifo
    yield "a link to another file", lambda f: make_link(f, victim)
    yield "a link to nothing", lambda f: make_link(f, "/nowhere/at/all")
    yield "NUL bytes", lambda f: replace(f, b"\0" * max(len(content), 64))
    yield "with NUL bytes behind it", lambda f: replace(f, content + b"\0" * 512)
    yield "noise", lambda f: replace(f, bytes((i * 97 + i // 7) % 256 for i in range(4096)))
    yield "a list", lambda f: replace(f, b"[]")
    yield "an empty object", lambda f: replace(f, b"{}")
    yield "deep", lambda f: replace(f, b"[" * 5000)
    yield "another's", lambda f: replace(f, other)
    yield "twice", lambda f: replace(f, content * 2)
    yield "large", lambda f: replace(f, b"{\"a\": \"" + b"x" * (2 << 20) + b"\"}")


def member_damages(document):
    def damage(path, value):
        return lambda file: write_document(file, changed(document, path, value))

    for number, path in enumerate(members(document)):
        name = ".".join(map(str, path))
        yield f"{name}: missing", damage(path, changed)
        # All values for each would be thousands: each member gets some, all of them are used.
        for i in range(5):
            value = VALUES[(number * 5 + i) % len(VALUES)]
            yield f"{name}: {json.dumps(value)[:30]}", damage(path, value)
        mark = list(RAW)[number % len(RAW)]
        yield f"{name}: {mark}", damage(path, json.loads(mark))


# Of the damages to members every so many, others for each file; 1: all of them.
STRIDE = int(os.environ.get("STRIDE", "1"))


def damages(file, victim, other):
    content = read(file)
    yield from whole_damages(content, victim, other)
    try:
        document = json.loads(content)
    except ValueError:
        for i in range(0, len(content), max(1, len(content) * STRIDE // 12)):
            damaged = content[:i] + bytes([content[i] ^ 0x55]) + content[i + 1 :]
            yield f"byte {i}", lambda f, damaged=damaged: replace(f, damaged)
        return
    yield from itertools.islice(member_damages(document), len(file) % STRIDE, None, STRIDE)


class Problems(list):
    def run(self, command, case):
        try:
            done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            self.append(f"{case}: '{command}' hangs")
            return None
        if done.returncode < 0 or done.returncode >= 128:
            self.append(f"{case}: '{command}' ended with {done.returncode}: {done.stderr[-600:].decode(errors='replace')}")
        elif done.returncode and not done.stderr.strip():
            self.append(f"{case}: '{command}' failed with {done.returncode} and no word")
        return done

    def end(self, count):
        for problem in self[:20]:
            print(problem, file=sys.stderr)
        print(f"{count} cases")
        sys.exit(1 if self else 0)


UNTOUCHED = b"{\"stays\": \"as it was\"}\n"


def make_victim():
    fd, victim = tempfile.mkstemp(prefix="damage-victim.")
    os.close(fd)
    replace(victim, UNTOUCHED)
    return victim


def check_victim(problems, victim, case):
    with open(victim, "rb") as source:
        if source.read() != UNTOUCHED or not stat.S_ISREG(os.lstat(victim).st_mode):
            problems.append(f"{case}: what the link leads to was changed")


def read(file):
    with open(file, "rb") as source:
        return source.read()


def each(file, commands):
    problems, victim, count = Problems(), make_victim(), 0
    content = read(file)
    other = read(os.environ["OTHER"]) if "OTHER" in os.environ else b"{}"
    # Put back with its inode: it may be somebody's lock.
    kept = file + ".kept-by-damage"
    for name, damage in damages(file, victim, other):
        case = f"{os.path.basename(file)}: {name}"
        os.rename(file, kept)
        replace(file, content)
        damage(file)
        for command in commands:
            problems.run(command, case)
        check_victim(problems, victim, case)
        remove(file)
        os.rename(kept, file)
        count += 1
    remove(victim)
    problems.end(count)


def prepare(command, file):
    if not os.path.isfile(file):
        subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return read(file)


def remade(file, command, commands):
    problems, victim, count = Problems(), make_victim(), 0
    other = read(os.environ["OTHER"]) if "OTHER" in os.environ else b"{}"
    prepare(command, file)
    for name, damage in list(damages(file, victim, other)):
        case = f"{os.path.basename(file)}: {name}"
        content = prepare(command, file)
        damage(file)
        for what in commands:
            problems.run(what, case)
        check_victim(problems, victim, case)
        if os.path.isdir(os.path.dirname(file)):
            replace(file, content)
        count += 1
    remove(victim)
    problems.end(count)


def spread(pattern, commands):
    files = sorted(glob.glob(pattern))
    originals = [read(file) for file in files]
    problems, victim, done = Problems(), make_victim(), {}
    skip = int(os.environ.get("SKIP", "0"))
    for i, file in enumerate(files):
        found = list(itertools.islice(damages(file, victim, originals[i - 1]), skip + i, skip + i + 1))
        if not found:
            break
        name, damage = found[0]
        done[file] = f"{os.path.basename(file)}: {name}"
        damage(file)
    for command in commands:
        if "{}" not in command:
            problems.run(command, "all")
            continue
        for file, case in done.items():
            problems.run(command.replace("{}", os.path.basename(os.path.dirname(file))), case)
    check_victim(problems, victim, "all")
    remove(victim)
    problems.end(len(done))


def main():
    if sys.argv[1] == "each":
        each(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "remade":
        remade(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        spread(sys.argv[2], sys.argv[3:])


main()
