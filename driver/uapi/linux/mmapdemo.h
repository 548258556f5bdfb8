/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mmapdemo: a buffer of the driver, mapped into user space.
 *
 * THE NODE. /dev/mmapdemo is the device file of one buffer: memory that the driver
 * owns. The driver zeroes it when the module is loaded. Its size is fixed and a
 * multiple of the page size. The node behaves like a plain file of that size which
 * cannot grow. The bytes stay until the module is unloaded. The memory is ordinary system
 * memory. It is not for DMA: no call gives its address to a device.
 *
 * MAPPING. mmap(2) maps the buffer's own pages, from the offset that the caller gives:
 *
 *   MAP_SHARED    maps all pages at once, by remap_pfn_range(): an access never
 *                 faults, and every mapping, read(2) and write(2) sees a new
 *                 byte at once
 *   MAP_PRIVATE   maps each page when it is first touched; a store copies the
 *                 page, and the copy belongs to the process
 *
 *   EINVAL        the offset is not a multiple of the page size, the length is 0,
 *                 or a part of the range is past the end of the buffer
 *   EPERM         PROT_EXEC (a later mprotect(2) fails with EACCES)
 *   EACCES        a shared writable mapping of a read-only descriptor, by mmap(2)
 *                 or later by mprotect(2); any mapping of a write-only descriptor
 *   EFAULT        mremap(2) that enlarges a mapping; and each call that has to pin
 *                 the pages of a shared mapping: vmsplice(2), process_vm_readv(2), a
 *                 read(2) from a disk with O_DIRECT, registered buffers of
 *                 io_uring(7), futex(2) between processes
 *
 * FILE OPERATIONS. read(2), write(2), pread(2), pwrite(2), their vectored
 * forms and splice(2) access the same bytes. At the end of the buffer a read
 * returns 0 and a write fails with ENOSPC. A call that crosses the end returns a
 * short count. O_APPEND writes at the end, so such a write fails with ENOSPC, too.
 * A bad address is EFAULT. lseek(2) knows all five values of whence: SEEK_END gives
 * the size, the whole buffer is data, and a position past the end is EINVAL (ENXIO
 * for SEEK_DATA and SEEK_HOLE).
 *
 * PUBLICATIONS. All users share one set of pages, so there is nothing to flush.
 * fsync(2), and msync(2) with MS_SYNC on a shared mapping, publish instead: the
 * driver raises a count of the buffer, which says that the buffer has new content.
 * Each open file remembers how many publications it has seen. The ioctl EVENTS returns
 * how many are unseen and marks them as seen. When a file is opened, it has seen all
 * earlier publications. On a read-only descriptor fsync(2) and msync(2) succeed and
 * publish nothing.
 *
 * read(2) and write(2) of bytes never block. So poll(2), select(2) and epoll(7)
 * always report POLLIN for a descriptor that can read and POLLOUT for one that can
 * write, as they do for a regular file. They report an unseen publication as POLLPRI,
 * an exceptional condition of select(2), as sysfs does for a changed attribute.
 * SIGIO (O_ASYNC) carries POLL_PRI. With EPOLLET each publication is an edge, of
 * EPOLLIN, too. epoll(7) does not accept EPOLLPRI together with EPOLLEXCLUSIVE.
 *
 * Event loops that know only input and output (asyncio, Go, libuv, mio) use WATCH.
 * It returns another descriptor, which is read like that of eventfd(2): read(2)
 * of 8 bytes or more returns a __u64, the number of publications since the last read,
 * or since WATCH at the first one. The read blocks until there is one (EAGAIN with
 * O_NONBLOCK; EINTR unless the signal's handler restarts calls). A read of fewer than
 * 8 bytes is EINVAL. If the number could not be copied (EFAULT), the next read returns
 * it. POLLIN reports that there is one; a publication wakes all descriptors
 * that poll, also those with EPOLLEXCLUSIVE. All other calls are refused: write(2) is
 * EBADF, lseek(2) ESPIPE, mmap(2) ENODEV. The descriptor keeps the buffer in memory,
 * but does not prevent RESIZE.
 *
 * WORDS. futex(2) between processes is EFAULT on memory that remap_pfn_range() has
 * mapped, so pthread mutexes and semaphores that processes share cannot sleep there.
 * WAIT and WAKE do the same work for any aligned 32-bit word of the buffer, which the
 * caller names by its offset: WAIT sleeps while the word has an expected value, and
 * WAKE wakes the threads that sleep on the word. WAIT compares the value under the lock
 * that WAKE takes. So a process that first changes the word and then calls WAKE misses
 * no sleeper.
 *
 * A thread that waits by a descriptor that cannot write is an observer. Each WAKE of the
 * word wakes its observers in addition to the threads that it counts, so a reader never
 * takes a wake-up from a thread that waits for a lock. The waker wakes one observer only;
 * each observer that returns from WAIT wakes up to two others. The time of WAKE therefore does
 * not grow with the number of observers, but an observer that gets no CPU may delay later
 * ones. Nor does it grow with the number of threads that wait for other words.
 *
 * TIMES are nanoseconds of CLOCK_MONOTONIC as the calling process sees it: its time
 * namespace (time_namespaces(7)) may shift it.
 *
 * A word can have an owner, and the owner can die. CLIENT gives the calling process a
 * number. The process stores the number in a word while it holds the lock, or whatever
 * else the word represents. The number ends when the process exits, when it closes its
 * last descriptor of this open file, and when it executes another program and that closes
 * a descriptor (close-on-exec). A process that closes one of several copies of a
 * descriptor keeps its number (dup(2) makes a copy, and so does mmap.mmap() of Python).
 * The descriptors of all threads of the process count, also those of a thread that
 * has a table of its own (unshare(2)). Where processes share one table (clone(2) with
 * CLONE_FILES), the number of each ends when the last of them exits.
 * When a number ends, the driver wakes all threads that wait for words of the buffer, and
 * they compare again: WAIT with MMAPDEMO_WAIT_OWNER then fails with EOWNERDEAD.
 *
 * MORE NODES. CREATE makes another buffer. With a name it has the node /dev/mmapdemo-NAME,
 * which belongs to its creator. Without a name it lives as long as its descriptors and
 * mappings. CREATE needs a writable descriptor of /dev/mmapdemo itself: the mode of that
 * node decides who may make buffers and engines; the modes of other nodes do not.
 * REMOVE takes a name away by a descriptor of the buffer, REMOVE_NAME by the name. RESIZE
 * changes the size.
 *
 * A name and a node are different things. A name is the same for all processes. Its node
 * is a file that the kernel makes only in its own file system, devtmpfs. Another /dev,
 * such as that of a container, does not get the node. Anybody who may write to /dev can
 * delete the node, and a file that was already there stays. To open a buffer, a
 * process needs its node; the kernel checks the node's mode as that of any file.
 *
 * QUOTAS. The module's parameters limit the number and bytes of buffers: max_bytes for all
 * users together, user_max_bytes and user_max_buffers for each user (the last two do not
 * bind CAP_SYS_RESOURCE in the initial user namespace). The driver charges a buffer or an
 * engine to the user who made it. If it was made in a user namespace, the driver also
 * charges the owner of that namespace and of each one above it except the initial one,
 * however many uids those owners have given away. The charge ends when the memory is freed.
 * So a reader who has a buffer open or mapped after REMOVE can keep its creator from making
 * another one. RESIZE to one page before REMOVE gives the bytes back unless somebody has the
 * buffer mapped. Pages of a private mapping that vmsplice(2) has put into a pipe belong to
 * the pipe, whose limit is fs.pipe-user-pages-soft: they stay after the buffer is gone, and
 * then only the memory cgroup of the buffer's creator counts them.
 *
 * The kernel tells udev of each name when it comes and when it goes. A user may make
 * user_max_names names in a second, another parameter of the module, and those of ten seconds
 * at once. Beyond that CREATE of a name waits (except for CAP_SYS_RESOURCE).
 *
 * CHANNELS. CREATE with MMAPDEMO_CREATE_CHANNEL makes a buffer that carries
 * messages from one producer to one consumer, in order. Its size
 * is that of the ring: a power of two. A message has any length up to half the ring.
 * The channel is mapped in three regions, by offset:
 *
 *   MMAPDEMO_PRODUCER_REGION  a page: struct mmapdemo_producer_page
 *   MMAPDEMO_CONSUMER_REGION  a page: struct mmapdemo_consumer_page
 *   MMAPDEMO_DATA_REGION      the ring, twice in a row, so that no message wraps
 *
 * Every process may map all regions for reading. For writing, the producer may map its
 * page and the data, and the consumer its page; any other writable mapping is EACCES.
 * Private mappings and all other offsets are EINVAL. A child of fork(2) does not inherit
 * writable mappings.
 *
 * JOIN takes a role for the calling process and this open file. The driver takes the role
 * back when the process is done with the open file, as described for the number of CLIENT,
 * and its last writable mapping is gone. An open file has at most one role. After that, the
 * peer finds a hang-up until another process takes the role, if the two have met: if both
 * had their roles at the same time, or if the producer left messages for the consumer.
 *
 * read(2) receives one message, write(2) sends one. They take the role for the
 * open file, which keeps it until its last descriptor is closed. A read blocks until there
 * is a message (EAGAIN with O_NONBLOCK) and returns 0 at a hang-up. If the message is longer
 * than the read, the read fails with EMSGSIZE and the message stays. A write blocks until
 * there is space; it fails with EPIPE at a hang-up and with EMSGSIZE for more than half the
 * ring. EBUSY: another open file has the role, or JOIN took it. EPROTO: the ring contains
 * something that is not a message. A read or write of 0 bytes does nothing; if a read
 * returns 0, poll(2) tells an empty message from a hang-up. lseek(2) is ESPIPE. splice(2) is
 * EINVAL, since it would wait with a pipe locked. poll(2) reports a message as input, space
 * as output, and a hang-up. It does so for the role that the open file has, or else for the
 * free roles that its access mode allows. fsync(2) does nothing. RESIZE, PUBLISH, EVENTS,
 * WATCH, CLIENT, WAIT and WAKE are ENOTTY on a channel; JOIN, CHANNEL_WAIT and CHANNEL_WAKE
 * are ENOTTY on other buffers.
 *
 * THE RING. A position counts bytes since the channel was made. It is a
 * multiple of the records' alignment: 8, or 64 with MMAPDEMO_CREATE_LINES. A
 * record is a struct mmapdemo_record, its message, and padding up to the
 * alignment. It is in the ring at its position modulo the size.
 *
 *  1. A record's header holds the length of the message plus 1; 0 means that no record
 *     is there yet. The header publishes the record, so the producer stores it last,
 *     with release semantics.
 *  2. The header at the producer's position is 0. So a producer stores the
 *     message, then 0 in the header after it, and then its own header.
 *  3. A record needs its own size and 8 more bytes of free space, for that 0.
 *  4. When a producer publishes several records at once, it stores the first header last.
 *  5. The consumer loads a header once, with acquire semantics. It stores @taken
 *     after each record that it has used. It stores @freed, with release semantics, at
 *     least once for each eighth of the ring and before it sleeps. The producer looks
 *     at @freed only.
 *  6. When a process calls CHANNEL_WAIT or poll(2) and the driver finds nothing, the driver
 *     sets @sleeping in the page of that process and looks again, with a full barrier
 *     between. A process that publishes or frees executes a full barrier and then looks at
 *     @sleeping of its peer. If it is set, the process calls CHANNEL_WAKE, which clears it.
 *     So an edge of epoll(7) comes for each process that takes all there is and then
 *     asks by CHANNEL_WAIT or read(2).
 *  7. A process that joins believes @taken, and no other position. A consumer continues
 *     there. A producer walks from there over records to the first 0, at most once around.
 *     If there is no 0, or a header is invalid, it begins an empty ring by storing a 0
 *     at @taken.
 *  8. When a role ends, the driver wakes the peer and sets @sleeping in the page
 *     of the role that ended, so that the peer's next CHANNEL_WAKE reports the hang-up. The
 *     consumer still receives the messages that are in the ring.
 *  9. A length of more than half the size, and a @freed that goes back or passes the
 *     producer's position, break the channel: EPROTO.
 *
 * If a consumer is killed after it has used a message and before it stores @taken,
 * its successor receives the message again, at the same position.
 *
 * ENGINES. An engine is driver code that is one end of a channel: it is the consumer of
 * one channel, the producer of another, or both, by the rules above. ENGINE makes an engine,
 * which takes its roles, and returns its descriptor. ENGINE_RUN runs it in the calling
 * thread until it ends. So it uses the time of that thread and obeys its priority, its
 * CPUs, the limits of its control groups, and its signals; the kernel has no thread for it.
 * An engine that no thread runs keeps its roles and does nothing. An engine ends, and
 * gives its roles back at once, when a peer that it has met is gone. When its last
 * descriptor is closed, the engine is gone. The driver has these kinds:
 *
 *   source  produces records that begin with a struct mmapdemo_source_record, at a rate
 *           of up to a million a second; it produces those that are due in
 *           groups, at most 10,000 times a second, and drops and counts those for which
 *           there is no space
 *   sink    consumes, and counts messages and bytes; its value is the crc32c of all
 *           messages, as if they were one
 *   echo    sends each message back unchanged
 *
 * Other modules can register more kinds. The module's parameters limit how many engines
 * there are: max_engines for all users together, user_max_engines for each (the latter does
 * not bind CAP_SYS_RESOURCE).
 *
 * IOCTLS. Structures have the same layout for 32- and 64-bit programs; the kernel itself has
 * to be a 64-bit one. Reserved members are zero. An unknown call is ENOTTY, a bad pointer
 * EFAULT.
 */
#ifndef _UAPI_LINUX_MMAPDEMO_H
#define _UAPI_LINUX_MMAPDEMO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Version of the module, the library and the tool, which are released together. */
#define MMAPDEMO_VERSION "0.1.0"

/* Raised only when an old program would no longer work. */
#define MMAPDEMO_ABI_VERSION 2

/**
 * struct mmapdemo_info - what a buffer is, and who uses it now
 * @abi_version: MMAPDEMO_ABI_VERSION of the driver
 * @page_size: bytes; the unit of mmap(2) offsets and of @size
 * @features: MMAPDEMO_FEATURE_..., groups of calls that the driver has
 * @size: of the buffer, bytes, a multiple of @page_size
 * @opens: open files on the buffer, including the caller's and those of WATCH
 * @maps: mappings in all processes now; one that mprotect(2) or munmap(2) has
 *	split counts as its parts
 * @publications: how often the buffer was published
 * @clients: processes that have a client number now
 * @channel: MMAPDEMO_CHANNEL_..., then @size is that of the ring; 0 if the buffer is not
 *	a channel
 * @reserved: zero
 */
struct mmapdemo_info {
	__u32 abi_version;
	__u32 page_size;
	__u64 features;
	__u64 size;
	__u32 opens;
	__u32 maps;
	__u64 publications;
	__u32 clients;
	__u32 channel;
	__u32 reserved[4];
};

#define MMAPDEMO_CHANNEL 0x1	       /* the buffer is one */
#define MMAPDEMO_CHANNEL_LINES 0x2     /* its records are aligned to 64 bytes, not 8 */
#define MMAPDEMO_CHANNEL_PRODUCER 0x10 /* the role is taken */
#define MMAPDEMO_CHANNEL_CONSUMER 0x20

#define MMAPDEMO_FEATURE_CREATE 0x1   /* CREATE, OPEN, REMOVE, REMOVE_NAME, RESIZE */
#define MMAPDEMO_FEATURE_EVENTS 0x2   /* PUBLISH, EVENTS, WATCH, poll(2) */
#define MMAPDEMO_FEATURE_WORDS 0x4    /* CLIENT, WAIT, WAKE */
#define MMAPDEMO_FEATURE_CHANNELS 0x8 /* JOIN, CHANNEL_WAIT, CHANNEL_WAKE */
#define MMAPDEMO_FEATURE_ENGINES 0x10 /* ENGINE, ENGINE_INFO, ENGINE_RUN */

/* The longest name, in characters, and the largest buffer, in bytes. */
#define MMAPDEMO_NAME_MAX 32
#define MMAPDEMO_SIZE_MAX 0x10000000000ULL

/**
 * struct mmapdemo_create - the buffer that CREATE makes
 * @size: bytes, 1 to MMAPDEMO_SIZE_MAX; rounded up to whole pages
 * @mode: permission bits of the node, 0 for 0600; must be 0 without a name
 * @flags: 0, or MMAPDEMO_CREATE_CHANNEL, alone or with MMAPDEMO_CREATE_LINES;
 *	then @size is a power of two, MMAPDEMO_RING_MIN to MMAPDEMO_RING_MAX
 * @name: letters, digits, '_', '-' and '.', not beginning with '.'; then zeroes.
 *	Empty: the buffer has no name and no node
 * @reserved: zero
 */
struct mmapdemo_create {
	__u64 size;
	__u32 mode;
	__u32 flags;
	char name[40];
	__u64 reserved;
};

#define MMAPDEMO_CREATE_CHANNEL 0x1
#define MMAPDEMO_CREATE_LINES 0x2 /* records aligned to 64 bytes, not 8 */

/* The smallest and the largest ring, in bytes. */
#define MMAPDEMO_RING_MIN 0x10000ULL
#define MMAPDEMO_RING_MAX 0x40000000ULL

/* Offsets for mmap(2). All regions end below 2^44, the limit of mmap2() of 32-bit programs. */
#define MMAPDEMO_PRODUCER_REGION 0x10000000000ULL
#define MMAPDEMO_CONSUMER_REGION 0x20000000000ULL
#define MMAPDEMO_DATA_REGION 0x30000000000ULL

/**
 * struct mmapdemo_record - what precedes a message
 * @header: the message's length plus 1; 0 if it is not published
 * @spare: any value; nothing reads it
 */
struct mmapdemo_record {
	__u32 header;
	__u32 spare;
};

/**
 * struct mmapdemo_producer_page - written by the producer, and by the driver for it
 * @head: position after the last published record; a hint, since it is stored later
 * @messages: published since the channel was made; this and the next three members
 *	are for people, no decision depends on them
 * @bytes: of these messages
 * @full: how often there was no space
 * @wakes: how often the producer woke the consumer
 * @sleeping: not 0 if the consumer must call CHANNEL_WAKE when it has freed something
 * @wanted: bytes of free space, including the 8 more, that the producer waits for or
 *	waited for last; poll(2) reports output when they are free. 0 if it never waited
 *
 * The members that one side writes often and those that the other side reads are 128 bytes
 * apart, since processors fetch cache lines of 64 bytes in pairs.
 */
struct mmapdemo_producer_page {
	__u64 head;
	__u64 messages;
	__u64 bytes;
	__u64 full;
	__u64 wakes;
	__u64 padding1[11];
	__u32 sleeping;
	__u32 wanted;
	__u64 padding2[15];
};

/**
 * struct mmapdemo_consumer_page - written by the consumer, and by the driver for it
 * @taken: position after the last record that the consumer has used
 * @messages: taken since the channel was made; this and the next four members are for
 *	people
 * @bytes: of these messages
 * @empty: how often there was no message
 * @wakes: how often the consumer woke the producer
 * @errors: how often the ring contained something that is not a message
 * @freed: position up to which the producer may write again; at most @taken
 * @sleeping: not 0 if the producer must call CHANNEL_WAKE when it has published
 */
struct mmapdemo_consumer_page {
	__u64 taken;
	__u64 messages;
	__u64 bytes;
	__u64 empty;
	__u64 wakes;
	__u64 errors;
	__u64 padding1[10];
	__u64 freed;
	__u64 padding2[15];
	__u32 sleeping;
	__u32 padding3[31];
};

/* The roles of JOIN. */
#define MMAPDEMO_PRODUCER 1
#define MMAPDEMO_CONSUMER 2

/**
 * struct mmapdemo_remove - the name that REMOVE_NAME takes away
 * @name: as in struct mmapdemo_create, and not empty
 * @reserved: zero
 */
struct mmapdemo_remove {
	char name[40];
	__u64 reserved;
};

/**
 * struct mmapdemo_events - how often a buffer was published
 * @publications: since the buffer was made
 * @unseen: of these, how many this open file had not seen before
 */
struct mmapdemo_events {
	__u64 publications;
	__u64 unseen;
};

/*
 * The bits of a word that hold the client number of its owner, 0 if it has none; programs
 * may use the other two bits. Client numbers are 1 to MMAPDEMO_CLIENT_MAX.
 */
#define MMAPDEMO_CLIENT_MASK 0x3fffffffU
#define MMAPDEMO_CLIENT_MAX (MMAPDEMO_CLIENT_MASK - 1)

#define MMAPDEMO_WAIT_OWNER 0x1 /* the word holds the number of a client */
#define MMAPDEMO_WAIT_FOREVER (~0ULL)

/**
 * struct mmapdemo_wait - which word to wait for, and until when
 * @offset: of the word in the buffer, bytes, a multiple of 4
 * @expected: the caller sleeps only while the word has this value
 * @flags: 0 or MMAPDEMO_WAIT_OWNER
 * @deadline: nanoseconds of the caller's CLOCK_MONOTONIC, up to 2^63 - 1, or
 *	MMAPDEMO_WAIT_FOREVER; with one in the past the call does not sleep
 * @reserved: zero
 */
struct mmapdemo_wait {
	__u64 offset;
	__u32 expected;
	__u32 flags;
	__u64 deadline;
	__u64 reserved;
};

/**
 * struct mmapdemo_wake - which waiters to wake
 * @offset: of their word in the buffer, bytes, a multiple of 4
 * @count: how many at most, 1 to 2^31 - 1, without observers; those that have waited
 *	longest come first
 * @reserved: zero
 */
struct mmapdemo_wake {
	__u64 offset;
	__u32 count;
	__u32 reserved;
};

/**
 * struct mmapdemo_engine - the engine that the call makes
 * @name: of its kind; then zeroes
 * @in: descriptor of the channel of which it becomes the consumer, or -1
 * @out: descriptor of the channel of which it becomes the producer, or -1
 * @rate: source: records a second, 1 to 1,000,000. sink and echo: zero. Kinds of other
 *	modules define this and the next two themselves
 * @length: source: bytes of a record, 16 to MMAPDEMO_ENGINE_MESSAGE_MAX; @rate times
 *	@length is at most a GiB
 * @count: source: how many records, 0 for no limit
 * @reserved: zero
 */
struct mmapdemo_engine {
	char name[24];
	__s32 in;
	__s32 out;
	__u64 rate;
	__u64 length;
	__u64 count;
	__u64 reserved;
};

/* The longest message that an engine takes, in bytes. It refuses and counts longer ones. */
#define MMAPDEMO_ENGINE_MESSAGE_MAX 65536U

/**
 * struct mmapdemo_source_record - the beginning of each record of a source
 * @sequence: from 0; dropped records have a sequence number, too
 * @time: when the record was due, nanoseconds of CLOCK_MONOTONIC as the process that
 *	called ENGINE sees it
 */
struct mmapdemo_source_record {
	__u64 sequence;
	__u64 time;
};

/**
 * struct mmapdemo_engine_info - what an engine has done
 * @name: of its kind
 * @received: messages, without those in @refused
 * @received_bytes: of these
 * @sent: messages
 * @sent_bytes: of these
 * @dropped: records for which there was no space
 * @refused: messages that were too long; they are lost
 * @value: sink: the crc32c; kinds of other modules define it themselves
 * @running: 1 while a thread runs it
 * @ended: 1 if it has ended
 * @error: why it has ended: 0, it was done; EPIPE, a peer is gone; EPROTO, a peer has
 *	broken the rules; EMSGSIZE, a message is longer than half the ring of @out
 * @reserved: zero
 */
struct mmapdemo_engine_info {
	char name[24];
	__u64 received;
	__u64 received_bytes;
	__u64 sent;
	__u64 sent_bytes;
	__u64 dropped;
	__u64 refused;
	__u64 value;
	__u32 running;
	__u32 ended;
	__u32 error;
	__u32 reserved;
};

/* Documentation/userspace-api/ioctl/ioctl-number.rst shows this letter as free. */
#define MMAPDEMO_IOC_MAGIC 'Y'

/* Fill a struct mmapdemo_info. Errors: EFAULT. */
#define MMAPDEMO_IOC_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x00, struct mmapdemo_info)

/*
 * Make a buffer; returns a descriptor of it, O_RDWR, close-on-exec. Takes a
 * struct mmapdemo_create.
 * Errors: EINVAL for a size, mode, flag, name or reserved member that is not as described;
 * EPERM unless the descriptor is a writable one of /dev/mmapdemo that open(2) returned, and
 * for a name in a user namespace other than the initial one; EEXIST for a name that is
 * taken; EDQUOT if a user who is charged would exceed a limit, ENOSPC if all users together
 * would, or if no minor number is left; ENOMEM; EMFILE, ENFILE; EFAULT; EINTR, unless the
 * signal's handler restarts calls, while the call waits because of user_max_names.
 */
#define MMAPDEMO_IOC_CREATE _IOW(MMAPDEMO_IOC_MAGIC, 0x01, struct mmapdemo_create)

/*
 * Returns a new descriptor, close-on-exec, of the same buffer. It is a new open file, with
 * a separate position and separate unseen publications. The argument is O_RDONLY or O_RDWR.
 * Errors: EINVAL for other arguments; EACCES for an access mode that this descriptor does
 * not have; ENOMEM, EMFILE, ENFILE.
 */
#define MMAPDEMO_IOC_OPEN _IO(MMAPDEMO_IOC_MAGIC, 0x02)

/*
 * Take the name of this descriptor's buffer away: /dev/mmapdemo-NAME is gone at once, and
 * the name can be used again. The driver frees the buffer when its last descriptor and
 * mapping are gone. No argument.
 * Errors: ENOENT if the buffer has no name, or has it no longer, or if OPEN returned the
 * descriptor; EPERM for a caller that is not the creator and does not have CAP_FOWNER, and
 * for /dev/mmapdemo; EINVAL for an argument; EINTR for a fatal signal.
 */
#define MMAPDEMO_IOC_REMOVE _IO(MMAPDEMO_IOC_MAGIC, 0x03)

/*
 * Take a name away, as REMOVE does, but by the name: its node need not be in the caller's
 * /dev. Needs a writable descriptor of /dev/mmapdemo that open(2) returned. Takes a struct
 * mmapdemo_remove.
 * Errors: ENOENT if there is no such name; EPERM for another descriptor, and for a caller
 * that is not the creator and does not have CAP_FOWNER; EINVAL for a name that CREATE would
 * refuse, for an empty name, and for a reserved member; EFAULT; EINTR for a fatal signal.
 */
#define MMAPDEMO_IOC_REMOVE_NAME _IOW(MMAPDEMO_IOC_MAGIC, 0x11, struct mmapdemo_remove)

/*
 * Change the size of this descriptor's buffer to the number of bytes that the argument
 * points to, 1 to MMAPDEMO_SIZE_MAX, rounded up to whole pages. Bytes that are inside both
 * sizes stay, new ones are zero.
 * Errors: EBUSY while the buffer is mapped, or a thread reads or writes it or waits for one
 * of its words; EBADF for a descriptor that cannot write; EPERM for a caller that is not the
 * creator and does not have CAP_FOWNER; EINVAL for another size; EDQUOT, ENOSPC, ENOMEM as
 * for CREATE; EFAULT; EINTR for a fatal signal. After an error nothing has changed.
 */
#define MMAPDEMO_IOC_RESIZE _IOW(MMAPDEMO_IOC_MAGIC, 0x04, __u64)

/*
 * Publish, as msync(MS_SYNC) on a shared writable mapping and fsync(2) do. No argument.
 * Errors: EBADF for a descriptor that cannot write; EINVAL for an argument.
 */
#define MMAPDEMO_IOC_PUBLISH _IO(MMAPDEMO_IOC_MAGIC, 0x05)

/*
 * Fill a struct mmapdemo_events. Afterwards this open file has seen these publications:
 * poll(2) reports POLLPRI only when there are more. Errors: EFAULT; then they stay unseen.
 */
#define MMAPDEMO_IOC_EVENTS _IOR(MMAPDEMO_IOC_MAGIC, 0x06, struct mmapdemo_events)

/*
 * Returns the number of the calling process on this open file. The driver assigns it at
 * the first call; later calls return the same. The driver does not assign a number that has
 * ended before it has assigned all others. No argument.
 * Errors: EBADF for a descriptor that cannot write; EINVAL for an argument; ENOSPC if all
 * numbers are taken; ENOMEM.
 */
#define MMAPDEMO_IOC_CLIENT _IO(MMAPDEMO_IOC_MAGIC, 0x07)

/*
 * Sleep while a word has a value. Takes a struct mmapdemo_wait. Returns 0 after a WAKE of
 * the word, and when a client of the buffer ends: the caller must look at the word again.
 * The driver executes a full barrier before it loads the word, so other processors see what
 * the caller stored before.
 * Errors: EAGAIN if the word has another value; EOWNERDEAD with MMAPDEMO_WAIT_OWNER if
 * the word holds a client number that has ended or was never assigned; ETIMEDOUT; EINTR,
 * unless the signal's handler restarts calls (SA_RESTART); EBADF for a descriptor that cannot
 * read; EINVAL for an offset that is not a multiple of 4 or not inside the buffer, an unknown
 * flag, another deadline, and for a reserved member; ENOMEM; EFAULT.
 */
#define MMAPDEMO_IOC_WAIT _IOW(MMAPDEMO_IOC_MAGIC, 0x08, struct mmapdemo_wait)

/*
 * Wake threads that sleep on a word; returns how many, without observers. Takes a struct
 * mmapdemo_wake.
 * Errors: EBADF for a descriptor that cannot write; EINVAL for an offset as for WAIT, for
 * another count, and for a reserved member; EFAULT.
 */
#define MMAPDEMO_IOC_WAKE _IOW(MMAPDEMO_IOC_MAGIC, 0x09, struct mmapdemo_wake)

/*
 * Take a role in a channel. The argument is MMAPDEMO_PRODUCER or MMAPDEMO_CONSUMER.
 * Errors: EBUSY if the role is taken, or this open file has a role; EBADF for a
 * descriptor that is not O_RDWR; EINVAL for another argument; ENOTTY for a buffer that is
 * not a channel.
 */
#define MMAPDEMO_IOC_JOIN _IO(MMAPDEMO_IOC_MAGIC, 0x0a)

/*
 * For the consumer: sleep until there is a record at @taken. For the producer: sleep until
 * @wanted bytes are free, as @head and @freed say. The argument points to a deadline as in
 * struct mmapdemo_wait. The call may return early: the caller must look again.
 * Errors: EPIPE at a hang-up, if there is no record and not enough space; ETIMEDOUT; EINTR,
 * unless the signal's handler restarts calls; EBADF for a caller that has no role by JOIN;
 * EINVAL for another deadline; EFAULT.
 */
#define MMAPDEMO_IOC_CHANNEL_WAIT _IOW(MMAPDEMO_IOC_MAGIC, 0x0b, __u64)

/*
 * Clear @sleeping of the peer, and wake it. No argument.
 * Errors: EPIPE at a hang-up; then @sleeping stays set. EBADF for a caller that has no role
 * by JOIN; EINVAL for an argument.
 */
#define MMAPDEMO_IOC_CHANNEL_WAKE _IO(MMAPDEMO_IOC_MAGIC, 0x0c)

/*
 * Make an engine; returns its descriptor, close-on-exec. It does nothing before ENGINE_RUN.
 * Like CREATE, the call needs a writable descriptor of /dev/mmapdemo that open(2) returned.
 * Takes a struct mmapdemo_engine. poll(2) of the new descriptor reports a hang-up when the
 * engine has ended. /proc/PID/fdinfo shows what ENGINE_INFO returns, and the names of the
 * channels when the engine was made.
 * Errors: EPERM for another descriptor; ENOENT for a kind that is not registered;
 * EBADF for an @in or @out that is not a descriptor or not O_RDWR; EINVAL for one that is not
 * a channel, is missing, or is given to a kind that has none, and for parameters or reserved
 * members that are not as described; EBUSY if a role is taken, and if @in and @out are the
 * same channel; EDQUOT if this user has enough engines, ENOSPC if all users together do;
 * ENOMEM; EMFILE, ENFILE; EFAULT.
 */
#define MMAPDEMO_IOC_ENGINE _IOW(MMAPDEMO_IOC_MAGIC, 0x0d, struct mmapdemo_engine)

/* On the descriptor of an engine: fill a struct mmapdemo_engine_info. Errors: EFAULT. */
#define MMAPDEMO_IOC_ENGINE_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x0e, struct mmapdemo_engine_info)

/*
 * On the descriptor of an engine: run it in the calling thread until it ends, then return 0,
 * at once if it has already ended; ENGINE_INFO returns why. After EINTR and ECANCELED another
 * call continues where this one stopped. No argument.
 * Errors: EINTR, unless the signal's handler restarts calls; ECANCELED if another thread
 * closes the last descriptor of the engine in the caller's table of descriptors; EBUSY
 * while another thread runs it; EINVAL for an argument.
 */
#define MMAPDEMO_IOC_ENGINE_RUN _IO(MMAPDEMO_IOC_MAGIC, 0x0f)

/*
 * Returns a descriptor, close-on-exec, from which publications are read, as described
 * above. The argument is 0 or O_NONBLOCK.
 * Errors: EINVAL for another argument; EBADF for a descriptor that cannot read; ENOTTY for a
 * channel; ENOMEM; EMFILE, ENFILE.
 */
#define MMAPDEMO_IOC_WATCH _IO(MMAPDEMO_IOC_MAGIC, 0x10)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
