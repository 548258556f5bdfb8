# SPDX-License-Identifier: BSD-2-Clause
# A process asks for its client number, as the holder of a lock has, and then maps the node as
# Python does: by a copy of the descriptor, which is closed with the map. Prints whether the number
# is still the process's own.
import fcntl
import mmap
import os

MMAPDEMO_IOC_CLIENT = 0x5907

fd = os.open("/dev/mmapdemo", os.O_RDWR)
before = fcntl.ioctl(fd, MMAPDEMO_IOC_CLIENT, 0)
mmap.mmap(fd, mmap.PAGESIZE).close()
os.close(os.dup(fd))
os.fdopen(os.dup(fd), "rb", buffering=0).close()
print("same number:", fcntl.ioctl(fd, MMAPDEMO_IOC_CLIENT, 0) == before)
