#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Python with nothing but its standard library: mmap shows it the driver's memory, and
the tool is its way to channels. Without the driver, give a file of a page as
argument; its neighbour, of the same name with ".channel" after it, becomes a channel.

	python3 python.py

prints

	the driver's read() finds b'Hello, driver!'
	the map shows what write() stored: b'Hello, Python!'
	nothing has come
	something has come
	b'one\ntwo\nthree\n'
"""

import mmap
import os
import select
import subprocess
import sys

PATH = sys.argv[1] if len(sys.argv) > 1 else "/dev/mmapdemo"
CHANNEL = PATH + ".channel" if len(sys.argv) > 1 else "python"


def tool(*arguments, **more):
    """The tool does something, or this ends."""
    subprocess.run(["mmapdemo", *arguments], check=True, **more)


def memory():
    """A slice of the map is the driver's memory."""
    fd = os.open(PATH, os.O_RDWR)
    with mmap.mmap(fd, mmap.PAGESIZE) as view:
        view[:14] = b"Hello, driver!"
        print("the driver's read() finds", os.pread(fd, 14, 0))
        os.pwrite(fd, b"Hello, Python!", 0)
        print("the map shows what write() stored:", view[:14])
    os.close(fd)


def messages():
    """A channel: the tool receives, and select tells when it has something."""
    tool("create", "--channel", CHANNEL, "64K")
    with subprocess.Popen(["mmapdemo", "recv", CHANNEL], stdout=subprocess.PIPE) as receiver:
        ready, _, _ = select.select([receiver.stdout], [], [], 0)
        print("something has come" if ready else "nothing has come")
        tool("send", CHANNEL, "one", "two", "three")
        ready, _, _ = select.select([receiver.stdout], [], [])
        print("something has come" if ready else "nothing has come")
        print(receiver.stdout.read())
    if len(sys.argv) > 1:
        os.unlink(CHANNEL)
    else:
        tool("rm", CHANNEL)


memory()
messages()
