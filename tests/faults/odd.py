# SPDX-License-Identifier: Apache-2.0
"""
odd.py - every kind of command in every kind of odd environment: nothing crashes, hangs or leaves a mess, and what
does not concern a command does not change its answer.
"""

import ctypes
import os
import resource
import signal
import subprocess

from world import CORACLE, SCALE, Result, fail, look, main, nothing_left, ok, project, rng, run, states_are_true

STACK = """
services:
  a:
    image: busybox
    command: ["sh", "-c", "seq 100; exec sleep 3600"]
    stop_signal: SIGKILL
    ports: ["8080:80"]
    volumes: ["data:/data"]
  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [a]}
  c: {image: built, build: {dockerfile_inline: "FROM scratch\\nLABEL a=b\\n"}, profiles: [builds]}
volumes:
  data:
"""

# What is there before each, and again after it: the stack, running.
COMMANDS = [line.split() for line in """
version
help
config
config -q
convert --services
ls -a
ps -a
ps --format json
images
logs
logs --tail 3 a
top
stats --no-stream
port a 80
events --since 1s --until 0s
inspect odd-a-1
exec -T a true
exec -T a sh -c exit\\ 3
cp a:/etc/passwd copied
export -o exported.tar a
commit a kept
pause a
unpause a
kill -s WINCH a
restart -t 0 b
stop -t 0 b
start b
rm -sf b
scale b=2
up -d
up -d --force-recreate b
create
run --rm -T b true
build c
push c
wait no-such
volume create some
volume ls
volume inspect odd_data
volume rm some
volume prune -f
network ls
network create some
network inspect odd_default
network rm some
image ls
image inspect busybox
image save -o saved.tar busybox
image load -i saved.tar
image tag busybox other
image rm other
image prune -f
container ls -a
container prune -f
system df
system info
system check
system prune -f
secret ls
stack ls
no-such-command
""".split("\n") if line.strip()]


def limit(kind, number):
    return lambda: resource.setrlimit(kind, (number, resource.getrlimit(kind)[1]))


def hard_limit(kind, number):
    return lambda: resource.setrlimit(kind, (number, number))


def close(*fds):
    return lambda: [os.close(fd) for fd in fds]


def full(fd):
    return lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), fd)


def ignore(*signals):
    return lambda: [signal.signal(number, signal.SIG_IGN) for number in signals]


def block():
    signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP})


def no_directory():
    os.mkdir("gone")
    os.chdir("gone")
    os.rmdir("../gone")


def many_descriptors():
    for _ in range(200):
        os.set_inheritable(os.open("/", os.O_RDONLY), True)


def prctl(*args):
    return lambda: ctypes.CDLL(None).prctl(*args)


def personality():
    ctypes.CDLL(None).personality(0x0040000 | 0x0400000)  # ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC


def old_kernel():
    ctypes.CDLL(None).personality(0x0020000)  # UNAME26


def somebody():
    os.setgroups([4, 5])
    os.setresgid(1000, 0, 0)
    os.setresuid(1000, 0, 0)


# These change no answer.
HARMLESS = {
    "umask 0": {"preexec": lambda: os.umask(0)},
    "umask 777": {"preexec": lambda: os.umask(0o777)},
    "ignored signals": {"preexec": ignore(signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP, signal.SIGTERM)},
    "blocked signals": {"preexec": block},
    "descriptors": {"preexec": many_descriptors},
    "nice": {"preexec": lambda: os.nice(5)},
    "a subreaper": {"preexec": prctl(36, 1)},
    "parent's death": {"preexec": prctl(1, signal.SIGKILL)},
    "not dumpable": {"preexec": prctl(4, 0)},
    "personality": {"preexec": personality},
    "an old kernel's number": {"preexec": old_kernel},
    "somebody's ids": {"preexec": somebody},
    "a small stack": {"preexec": limit(resource.RLIMIT_STACK, 1 << 20)},
    "no core": {"preexec": hard_limit(resource.RLIMIT_CORE, 0)},
    "no PATH, no HOME": {"env": {"PATH": "", "HOME": ""}},
    "an odd terminal": {"env": {"TERM": "xterm\033[2J", "COLUMNS": "-1", "LINES": "99999999999"}},
    "an odd locale": {"env": {"LC_ALL": "tr_TR.UTF-8", "LANG": "xx", "LC_NUMERIC": "de_DE.UTF-8"}},
    "an odd time zone": {"env": {"TZ": ":/etc/passwd"}},
    "no standard input": {"preexec": close(0)},
}
# These may be refused.
HARSH = {
    "no streams": {"preexec": close(0, 1, 2)},
    "no error stream": {"preexec": close(2)},
    "full output": {"preexec": full(1)},
    "full error stream": {"preexec": full(2)},
    "no directory": {"preexec": no_directory},
    "four descriptors": {"preexec": hard_limit(resource.RLIMIT_NOFILE, 4)},
    "ten descriptors": {"preexec": hard_limit(resource.RLIMIT_NOFILE, 10)},
    "forty descriptors": {"preexec": hard_limit(resource.RLIMIT_NOFILE, 40)},
    "files of one byte": {"preexec": hard_limit(resource.RLIMIT_FSIZE, 1)},
    "little memory": {"preexec": hard_limit(resource.RLIMIT_AS, 48 << 20)},
    "no arguments at all": {"argv": []},
}


def stack():
    project(os.path.join(os.environ["PLACE"], "odd"), STACK)
    ok("up", "-d")
    run("volume", "rm", "some")
    run("network", "rm", "some")
    run("image", "tag", "busybox", "other")
    run("image", "save", "-o", "saved.tar", "busybox")


def without_arguments():
    """argc 0, which execve allows (Linux gives an empty one since 5.18)."""
    process = subprocess.Popen([""], executable=CORACLE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    out, err = process.communicate(timeout=30)
    return Result(["(nothing)"], process, out, err, 0)


def try_one(name, how, command, wanted):
    how = dict(how)
    if "argv" in how:
        result = without_arguments()
    else:
        result = run(*command, **how)
    if result.code < 0 or result.code > 130 or "Sanitizer" in result.err or "runtime error" in result.err:
        fail(f"{name}: {result}")
    if wanted is not None and result.code != wanted:
        fail(f"{name}: not {wanted}: {result}")


def odd(share="0.1"):
    """A share of all pairs, others each time; all of them with FAULTS_SCALE=10."""
    before = look()
    stack()
    tried = 0
    for command in COMMANDS:
        harmless = [name for name in HARMLESS if rng.random() < float(share) * SCALE]
        harsh = [name for name in HARSH if rng.random() < float(share) * SCALE]
        if not harmless + harsh:
            continue
        stack()
        wanted = run(*command).code
        for name in harmless:
            stack()
            try_one(name, HARMLESS[name], command, wanted)
        for name in harsh:
            stack()
            try_one(name, HARSH[name], command, None)
        tried += len(harmless) + len(harsh)
        states_are_true(" ".join(command))
    print(f"# {tried} of {len(COMMANDS) * (len(HARMLESS) + len(HARSH))} pairs")
    ok("system", "check")
    ok("down", "-v", "-t", "0")
    for name in ("some",):
        run("volume", "rm", name)
        run("network", "rm", name)
    run("volume", "prune", "-af")
    nothing_left(before, "odd environments")


main({"odd": odd})
