#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An event loop, Python's asyncio, that is told when somebody publishes: WATCH gives a
descriptor that has input then, and whose 8 bytes are how often. It needs the driver.

	python3 event-loop.py

prints

	somebody publishes: b'first'
	news: 1, and the bytes are b'first'
	somebody publishes: b'second'
	news: 1, and the bytes are b'second'
"""

import asyncio
import fcntl
import mmap
import os
import sys

WATCH = 0x5910  # MMAPDEMO_IOC_WATCH of <linux/mmapdemo.h>


def watch(node, told):
    """From now on told() is called with each number of publications."""
    fd = fcntl.ioctl(node, WATCH, os.O_NONBLOCK)
    loop = asyncio.get_running_loop()
    loop.add_reader(fd, lambda: told(int.from_bytes(os.read(fd, 8), sys.byteorder)))
    return fd


async def publish(view, text):
    """Somebody else, usually: stores, then says so."""
    print("somebody publishes:", text)
    view[: len(text)] = text
    view.flush()  # msync(2)


async def main():
    """What comes is handled as it comes, beside all else in the loop."""
    news = asyncio.Queue()
    node = os.open("/dev/mmapdemo", os.O_RDWR)
    fd = watch(node, news.put_nowait)
    with mmap.mmap(node, mmap.PAGESIZE) as view:
        for text in b"first", b"second":
            _, count = await asyncio.gather(publish(view, text), news.get())
            print(f"news: {count}, and the bytes are", view[: len(text)])
    asyncio.get_running_loop().remove_reader(fd)
    os.close(fd)
    os.close(node)


asyncio.run(main())
