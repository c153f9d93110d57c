# SPDX-License-Identifier: Apache-2.0
"""balance.py - many short connections to a port that several share: who answered how often, and what failed.

    balance.py serve                         answers on port 80 with its host name; ends on SIGTERM as a server should
    balance.py ask ADDRESS PORT COUNT WIDTH [FILE]

The asker has WIDTH connections at a time until COUNT were made. With a FILE it makes that then, and goes on until
there is a FILE.end. The last line is JSON: how many each has answered, how many failed and how.
"""

import asyncio
import collections
import json
import os
import signal
import socket
import sys


async def serve():
    name = socket.gethostname()
    open_ones = set()

    async def answer(reader, writer):
        open_ones.add(writer)
        try:
            writer.write(f"{name}\n".encode())
            await reader.readline()
            writer.write(b"well\n")
            await writer.drain()
        except OSError:
            pass
        writer.close()
        open_ones.discard(writer)

    server = await asyncio.start_server(answer, "0.0.0.0", 80, backlog=1024)
    with open("/tmp/listens", "w", encoding="ascii"):
        pass
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    # What has been accepted, or waits for that, is answered before the end.
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not open_ones:
            break
    server.close()


async def ask_once(address, port, result):
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 20)
    except (OSError, asyncio.TimeoutError) as error:
        result["connect " + type(error).__name__] += 1
        return
    try:
        name = (await asyncio.wait_for(reader.readline(), 20)).decode().strip()
        writer.write(b"?\n")
        last = await asyncio.wait_for(reader.readline(), 20)
        result[name if name and last == b"well\n" else "cut"] += 1
    except (OSError, asyncio.TimeoutError):
        result["cut"] += 1
    writer.close()


async def ask(address, port, count, width, path=None):
    result = collections.Counter()
    made = 0

    async def worker():
        nonlocal made
        while made < count or (path and not os.path.exists(path + ".end")):
            made += 1
            if made == count and path:
                with open(path, "w", encoding="ascii"):
                    pass
            await ask_once(address, port, result)

    await asyncio.gather(*(worker() for _ in range(width)))
    print(json.dumps(result))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        asyncio.run(ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), *sys.argv[6:]))
