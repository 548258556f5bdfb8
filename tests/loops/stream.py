# SPDX-License-Identifier: BSD-2-Clause
"""asyncio reads a node as it reads a pipe: as input comes, to the end. Prints how many
bytes there were."""

import asyncio


async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    with open("/dev/mmapdemo", "rb", buffering=0) as node:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), node)
        print(len(await asyncio.wait_for(reader.read(), 20)))


asyncio.run(main())
