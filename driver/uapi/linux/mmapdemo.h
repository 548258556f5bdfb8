/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mmapdemo: a buffer of the driver, mapped into user space.
 *
 * THE NODE. /dev/mmapdemo is one buffer: memory that the driver owns, zeroed
 * when the module is loaded, of a fixed size in whole pages. It behaves like a
 * plain file of that size which cannot grow. Its bytes stay until the module
 * is unloaded.
 *
 * MAPPING. mmap(2) shows the buffer's own pages, at the offset asked for:
 *
 *   MAP_SHARED    all pages at once, by remap_pfn_range(): touching them never
 *                 faults, and every map, read(2) and write(2) meets the same
 *                 bytes at once
 *   MAP_PRIVATE   page by page on first touch; a store copies the page and
 *                 stays in the process
 *
 *   EINVAL        offset not a multiple of the page size, length 0, or any
 *                 part of the window past the end of the buffer
 *   EPERM         PROT_EXEC (mprotect(2) answers EACCES later)
 *   EACCES        a shared writable map of a read-only descriptor, at once or
 *                 by mprotect(2); any map of a write-only descriptor
 *   EFAULT        mremap(2) to more than was mapped; and calls that would pin the
 *                 pages of a shared map: vmsplice(2), process_vm_readv(2), a
 *                 read(2) into it from a disk with O_DIRECT, registered buffers
 *                 of io_uring(7), futex(2) between processes
 *
 * FILE OPERATIONS. read(2), write(2), pread(2), pwrite(2), their vectored
 * forms and splice(2) act on the same bytes. At the end of the buffer a read
 * returns 0 and a write fails with ENOSPC; across it both return a short
 * count. O_APPEND means the end, so such a write is ENOSPC too. A bad address
 * is EFAULT. lseek(2) knows all five whences: SEEK_END tells the size, all of
 * it is data, and a position past the end is EINVAL (ENXIO for SEEK_DATA and
 * SEEK_HOLE).
 *
 * EVENTS. All users share one set of pages, so there is nothing to flush:
 * fsync(2), and msync(2) with MS_SYNC of a shared map, by a writable descriptor
 * publish. The buffer counts it, and each open file remembers how far it has
 * seen. The ioctl EVENTS tells how much is unseen, and then it is seen. A new
 * open file has seen all. By a read-only descriptor fsync(2) and msync(2) succeed
 * and publish nothing.
 *
 * read(2) and write(2) of bytes never block. So poll(2), select(2) and epoll(7) find a
 * descriptor that can read readable (POLLIN) and one that can write writable
 * (POLLOUT), always, as they do a regular file, and an unseen publication is POLLPRI,
 * an exceptional condition of select(2), as a change of an attribute in sysfs is.
 * SIGIO (O_ASYNC) says POLL_PRI. With EPOLLET each publication is an edge, of
 * EPOLLIN, too; epoll(7) takes no EPOLLPRI together with EPOLLEXCLUSIVE.
 *
 * Event loops that know input and output only (asyncio, Go, libuv, mio) use WATCH.
 * It returns another descriptor, which is read like that of eventfd(2): read(2)
 * of 8 bytes or more gives a __u64, the publications that this descriptor has not told
 * of yet, of those since WATCH. It waits until there is one (EAGAIN with O_NONBLOCK,
 * EINTR unless the signal's handler restarts calls); fewer than 8 bytes are EINVAL, and
 * what could not be copied (EFAULT) stays untold. POLLIN says that there is one, and
 * one publication wakes all descriptors that poll, also those with EPOLLEXCLUSIVE.
 * Nothing else can be done with it: write(2) is EBADF, lseek(2) ESPIPE, mmap(2) ENODEV.
 * It keeps the buffer, but does not prevent RESIZE.
 *
 * WORDS. futex(2) between processes is EFAULT on memory mapped by
 * remap_pfn_range(), and so pthread mutexes and semaphores that are shared
 * between processes cannot wait there. WAIT and WAKE do the same work for any
 * aligned 32-bit word of the buffer, named by its offset: WAIT sleeps while the
 * word has an expected value, WAKE wakes who sleeps. The value is compared under
 * the lock that WAKE takes, so whoever changes it first and then wakes is missed
 * by nobody.
 *
 * Who waits by a descriptor that cannot write is an observer. Each WAKE of the word wakes
 * its observers, besides those that it counts, so readers take no wake-up from those who
 * wait for a lock. The waker wakes one observer only; each observer that returns from
 * WAIT wakes up to two others. So many observers cost the waker no time, and one that gets
 * no CPU may delay those that came after it. A WAKE is not slowed by those who wait for
 * other words.
 *
 * TIMES are nanoseconds of CLOCK_MONOTONIC as the calling process sees it, whose time
 * namespace (time_namespaces(7)) may shift it.
 *
 * Words may have owners that die. CLIENT gives the calling process a number, to
 * be stored in the word while it holds what the word stands for. The number
 * ends when the process exits, when it closes its last descriptor of this open
 * file, and when it executes another program and that closes one (close-on-exec). A
 * process that closes a copy of a descriptor (dup(2), or mmap.mmap() of Python, which
 * makes one) keeps its number. The descriptors of all its threads count, also of those
 * that have a table of their own (unshare(2)). Where processes share one table (clone(2)
 * with CLONE_FILES), the exit of the last of them is the exit of all.
 * Then the driver wakes all who wait for words of the buffer, and they look again:
 * WAIT with MMAPDEMO_WAIT_OWNER fails with EOWNERDEAD.
 *
 * MORE NODES. CREATE makes a buffer with a name, which is /dev/mmapdemo-NAME,
 * owned by its creator, or without one, which lives as long as its descriptors
 * and maps. It needs a writable descriptor of /dev/mmapdemo itself: the mode of that node
 * says who may make buffers and engines, and those of other nodes say nothing about it.
 * REMOVE takes a name away by a descriptor of the buffer, REMOVE_NAME by the name, RESIZE
 * changes a size.
 *
 * Names and nodes are two things: a name is the same for all, but its node is a file that
 * the kernel puts into its own file system, devtmpfs, only. Another /dev, such as a
 * container's, does not have it, anybody who may write there can delete it, and a file that
 * is there already stays in its place. To open a buffer one needs its node, whose rights are
 * checked as those of any file.
 *
 * QUOTAS. The number and bytes of buffers are limited, for all users and for each one, by
 * the module's parameters max_bytes, user_max_bytes and user_max_buffers (the latter two not
 * for CAP_SYS_RESOURCE in the initial user namespace). Those pay for a buffer, or an engine,
 * who made it and, where it was made in a user namespace, the owner of that and of each
 * namespace above it but the initial one, whichever uids they have given away. They pay
 * until the memory is freed, so who lets others open a buffer lets them keep it: a reader
 * who has it open or mapped after REMOVE keeps its creator from making another one.
 * RESIZE to a page before REMOVE gives the bytes back unless somebody maps it. Pages of a
 * private map that were put into a pipe by vmsplice(2) are the pipe's, whose limit is
 * fs.pipe-user-pages-soft: they stay after the buffer is gone, and are no longer counted here,
 * but by the memory cgroup of who made the buffer.
 *
 * udev hears of each name when it comes and when it goes. A user may make as many in a
 * second as the module's parameter user_max_names says, and those of ten seconds at once;
 * beyond that CREATE of a name waits (not for CAP_SYS_RESOURCE).
 *
 * CHANNELS. CREATE with MMAPDEMO_CREATE_CHANNEL makes a buffer that carries
 * messages of any length from one producer to one consumer, in order. Its size
 * is that of the ring: a power of two. It is mapped in three regions, by offset:
 *
 *   MMAPDEMO_PRODUCER_REGION  a page: struct mmapdemo_producer_page
 *   MMAPDEMO_CONSUMER_REGION  a page: struct mmapdemo_consumer_page
 *   MMAPDEMO_DATA_REGION      the ring, twice in a row, so that no message wraps
 *
 * All may be mapped for reading. For writing, the producer may map its page and
 * the data, the consumer its page, and nobody else anything: EACCES. Private
 * maps and all other offsets are EINVAL. Writable maps are not inherited by
 * fork(2).
 *
 * A role is taken by JOIN, for the calling process and this open file. It is
 * given back when the process is done with the open file, as a number of CLIENT
 * ends, and its last writable map is gone. One open file has one
 * role. A peer is missed by those who have met it: who joined while it was there,
 * or before it came, and a consumer whom it left messages. Then there is a hang-up,
 * until another one joins.
 *
 * read(2) receives one message, write(2) sends one. They take the role for the
 * open file, which keeps it until its last descriptor is closed. A read waits
 * for a message (EAGAIN with O_NONBLOCK), returns 0 at a hang-up, and leaves a
 * message that is longer than asked for: EMSGSIZE. A write waits for room, and
 * is EPIPE at a hang-up, EMSGSIZE beyond half the ring. EBUSY: the role is
 * somebody else's, or was taken by JOIN. EPROTO: what is in the ring is no
 * message. 0 bytes are nothing to either, so a message of none can be told from
 * a hang-up by poll(2) only. lseek(2) is ESPIPE, splice(2), which would wait with a
 * pipe locked, EINVAL. poll(2) tells of a message as input, of room as output, and
 * of a hang-up; it speaks of the role that the open file has, or else of those that
 * are free and that its access mode allows. fsync(2) does nothing, and RESIZE,
 * PUBLISH, EVENTS, WATCH, CLIENT, WAIT and WAKE are ENOTTY, as JOIN, CHANNEL_WAIT and
 * CHANNEL_WAKE are on other buffers.
 *
 * THE RING. A position is the number of bytes from the birth of the channel, a
 * multiple of the records' alignment: 8, or 64 with MMAPDEMO_CREATE_LINES. A
 * record is a struct mmapdemo_record, its message, and padding up to the
 * alignment. It lies at its position modulo the size.
 *
 *  1. A record's header holds the length plus 1, or 0: nothing is here (yet).
 *     It publishes the record, so it is stored last, with release semantics.
 *  2. The header at the producer's position is 0. So a producer writes the
 *     message, and 0 to the header behind it, and then its own header.
 *  3. A record needs its own size and 8 bytes more to be free, for that 0.
 *  4. Of several records published at once the first header is stored last.
 *  5. The consumer loads a header once, with acquire semantics. It stores @taken
 *     for each record it is done with, and @freed, with release semantics, at
 *     least for each eighth of the ring and before it sleeps. The producer looks
 *     at @freed only.
 *  6. The driver sets @sleeping of who calls CHANNEL_WAIT or poll(2) and finds
 *     nothing, and then looks again, with a full barrier between. Who publishes,
 *     or frees, looks at @sleeping of its peer after a full barrier, and calls
 *     CHANNEL_WAKE if it is set, which clears it. So epoll(7) by edge tells who
 *     takes all there is, and then asks by CHANNEL_WAIT or read(2).
 *  7. Whoever joins believes @taken, and no other position: a consumer goes on there;
 *     a producer walks from there over records to the first 0, at most once around.
 *     Where there is none, or a header that is none, it begins an empty ring, by
 *     storing a 0 at @taken.
 *  8. When a role ends, the driver wakes the peer and sets @sleeping in the page
 *     of who has gone: the next CHANNEL_WAKE then tells of the hang-up. Messages
 *     that are there are still received.
 *  9. A length that is more than half the size, and a @freed that goes back or
 *     past the producer's position, are the end of the matter: EPROTO.
 *
 * A consumer that is killed between the use of a message and the store of @taken
 * leaves it to its successor, who sees the message again, at the same position.
 *
 * ENGINES. An engine is a peer inside the kernel: it consumes one channel, produces
 * for another, or both, by the rules above. ENGINE makes one, which
 * takes its roles, and returns its descriptor. ENGINE_RUN runs it in the calling
 * thread until it ends, so it takes the time of that thread and obeys its priority,
 * its CPUs, the limits of its control groups, and its signals; the kernel has no thread
 * for it. An engine that nobody runs keeps its roles and does nothing. When its last
 * descriptor is closed, the engine is gone. It ends by itself when a peer that it has met
 * is gone; it gives its roles back at once then. There are
 *
 *   source  produces records that begin with a struct mmapdemo_source_record, at a rate
 *           of up to a million a second; it makes those that are due in
 *           groups, at most 10,000 times a second, and drops and counts those that
 *           find no room
 *   sink    consumes, and counts messages and bytes; its value is the crc32c of all
 *           of them, one behind the other
 *   echo    sends each message back as it is
 *
 * and those that other modules register. How many there may be is limited by the module's
 * parameters max_engines, for all users, and user_max_engines, for each (the latter
 * not for CAP_SYS_RESOURCE).
 *
 * IOCTLS. Structures have the same layout for 32- and 64-bit programs.
 * Reserved members are zero. An unknown call is ENOTTY, a bad pointer EFAULT.
 */
#ifndef _UAPI_LINUX_MMAPDEMO_H
#define _UAPI_LINUX_MMAPDEMO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Version of the module, the library and the tool: they are released as one. */
#define MMAPDEMO_VERSION "0.1.0"

/* Raised only when an old program would no longer work. */
#define MMAPDEMO_ABI_VERSION 2

/**
 * struct mmapdemo_info - what a buffer is, and who uses it now
 * @abi_version: MMAPDEMO_ABI_VERSION of the driver
 * @page_size: bytes; the unit of mmap(2) offsets and of @size
 * @features: MMAPDEMO_FEATURE_..., abilities added within one ABI version
 * @size: of the buffer, bytes, a multiple of @page_size
 * @opens: open files on the buffer, the caller's and those of WATCH included
 * @maps: windows mapped now, in all processes; one split by mprotect(2) or
 *	munmap(2) counts as the parts it was split into
 * @publications: so far
 * @clients: processes that have a client number now
 * @channel: MMAPDEMO_CHANNEL_..., 0 for what is none; then @size is the ring's
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

#define MMAPDEMO_CHANNEL 0x1	       /* it is one */
#define MMAPDEMO_CHANNEL_LINES 0x2     /* its records are aligned to 64 bytes, not 8 */
#define MMAPDEMO_CHANNEL_PRODUCER 0x10 /* somebody has the role */
#define MMAPDEMO_CHANNEL_CONSUMER 0x20

#define MMAPDEMO_FEATURE_CREATE 0x1   /* CREATE, OPEN, REMOVE, REMOVE_NAME, RESIZE */
#define MMAPDEMO_FEATURE_EVENTS 0x2   /* PUBLISH, EVENTS, WATCH, poll(2) */
#define MMAPDEMO_FEATURE_WORDS 0x4    /* CLIENT, WAIT, WAKE */
#define MMAPDEMO_FEATURE_CHANNELS 0x8 /* JOIN, CHANNEL_WAIT, CHANNEL_WAKE */
#define MMAPDEMO_FEATURE_ENGINES 0x10 /* ENGINE, ENGINE_INFO, ENGINE_RUN */

/* Characters in a name, bytes in a buffer: the most there can be. */
#define MMAPDEMO_NAME_MAX 32
#define MMAPDEMO_SIZE_MAX 0x10000000000ULL

/**
 * struct mmapdemo_create - a buffer to be made
 * @size: bytes, 1 to MMAPDEMO_SIZE_MAX; rounded up to whole pages
 * @mode: permission bits of the node; 0 means 0600. 0 without a name
 * @flags: 0, or MMAPDEMO_CREATE_CHANNEL, alone or with MMAPDEMO_CREATE_LINES;
 *	then @size is a power of two, MMAPDEMO_RING_MIN to MMAPDEMO_RING_MAX
 * @name: of letters, digits, '_', '-' and '.', no '.' in front; zeroes behind
 *	it. Empty: no name, no node
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

/* Bytes in a ring. */
#define MMAPDEMO_RING_MIN 0x10000ULL
#define MMAPDEMO_RING_MAX 0x40000000ULL

/* Offsets of mmap(2). All ends are below 2^44, which mmap2() of 32-bit programs can say. */
#define MMAPDEMO_PRODUCER_REGION 0x10000000000ULL
#define MMAPDEMO_CONSUMER_REGION 0x20000000000ULL
#define MMAPDEMO_DATA_REGION 0x30000000000ULL

/**
 * struct mmapdemo_record - what stands before a message
 * @header: its length plus 1; 0 if it is not published
 * @spare: any value; nobody looks at it
 */
struct mmapdemo_record {
	__u32 header;
	__u32 spare;
};

/**
 * struct mmapdemo_producer_page - written by the producer, and by the driver for it
 * @head: position behind what is published; a hint, for it is stored later
 * @messages: published, in the life of the channel; this and the rest are for
 *	people: nobody decides by them
 * @bytes: of these messages
 * @full: how often there was no room
 * @wakes: how often the consumer was woken
 * @sleeping: not 0 if the consumer must call CHANNEL_WAKE when it has freed something
 * @wanted: bytes of room, the 8 more included, that the producer waits for, or
 *	waited for last, and what poll(2) tells of; 0 where it never did
 *
 * What one side writes often, and what the other looks at, lie 128 bytes apart,
 * since processors fetch lines of 64 bytes in pairs.
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
 * @taken: position behind the last record that is done with
 * @messages: taken, in the life of the channel; this and the rest are for people
 * @bytes: of these messages
 * @empty: how often there was no message
 * @wakes: how often the producer was woken
 * @errors: how often what was there was no message
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
 * struct mmapdemo_remove - which name to take away
 * @name: as in struct mmapdemo_create, and not empty
 * @reserved: zero
 */
struct mmapdemo_remove {
	char name[40];
	__u64 reserved;
};

/**
 * struct mmapdemo_events - what was published
 * @publications: in the life of the buffer
 * @unseen: of these, how many this open file had not been told of
 */
struct mmapdemo_events {
	__u64 publications;
	__u64 unseen;
};

/*
 * The bits of an owned word that hold a client number, 0 for nobody's; the
 * other two are their user's. The numbers given are 1 to MMAPDEMO_CLIENT_MAX.
 */
#define MMAPDEMO_CLIENT_MASK 0x3fffffffU
#define MMAPDEMO_CLIENT_MAX (MMAPDEMO_CLIENT_MASK - 1)

#define MMAPDEMO_WAIT_OWNER 0x1 /* the word holds the number of a client */
#define MMAPDEMO_WAIT_FOREVER (~0ULL)

/**
 * struct mmapdemo_wait - which word to wait for, and until when
 * @offset: of the word in the buffer, a multiple of 4
 * @expected: value that it must have for the caller to sleep
 * @flags: 0 or MMAPDEMO_WAIT_OWNER
 * @deadline: nanoseconds of the caller's CLOCK_MONOTONIC, up to 2^63 - 1, or
 *	MMAPDEMO_WAIT_FOREVER; one that is past does not sleep
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
 * @offset: of their word, a multiple of 4
 * @count: of how many at most, 1 to 2^31 - 1, besides observers; who has waited longest
 *	comes first
 * @reserved: zero
 */
struct mmapdemo_wake {
	__u64 offset;
	__u32 count;
	__u32 reserved;
};

/**
 * struct mmapdemo_engine - an engine to be made
 * @name: of its kind; zeroes behind it
 * @in: descriptor of the channel whose consumer it will be, or -1
 * @out: descriptor of the channel whose producer it will be, or -1
 * @rate: source: records a second, 1 to 1,000,000. Others: zero, or as they say;
 *	so are the next two
 * @length: source: bytes of a record, 16 to MMAPDEMO_ENGINE_MESSAGE_MAX; those of a
 *	second are at most a GiB
 * @count: source: how many records, 0 for no end
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

/* Longer messages are taken by no engine; they are refused and counted. */
#define MMAPDEMO_ENGINE_MESSAGE_MAX 65536U

/**
 * struct mmapdemo_source_record - the beginning of each record of a source
 * @sequence: from 0; those that were dropped have theirs, too
 * @time: nanoseconds of CLOCK_MONOTONIC at which it was due, as the process that
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
 * @dropped: records that found no room
 * @refused: messages that were too long, and lost
 * @value: sink: the crc32c; others: as they say
 * @running: 1 while a thread runs it
 * @ended: 1 if it works no more
 * @error: why: 0; EPIPE, a peer is gone; EPROTO, it has broken the rules; EMSGSIZE,
 *	a message can never lie in the ring to which it is to go
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

/* The letter is free in Documentation/userspace-api/ioctl/ioctl-number.rst. */
#define MMAPDEMO_IOC_MAGIC 'Y'

/* Fill a struct mmapdemo_info. Errors: EFAULT. */
#define MMAPDEMO_IOC_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x00, struct mmapdemo_info)

/*
 * Make a buffer; returns a descriptor of it, O_RDWR, close-on-exec. Takes a
 * struct mmapdemo_create.
 * Errors: EINVAL for a size, mode, name or reserved member that is not as said;
 * EPERM unless the descriptor is a writable one of /dev/mmapdemo, not by OPEN, and for a
 * name in a user namespace other than the initial one; EEXIST for a name that is taken;
 * EDQUOT, ENOSPC if one of those who pay, all users together have enough, ENOSPC also if
 * no minor number is left; ENOMEM; EMFILE, ENFILE; EFAULT; EINTR, unless the signal's
 * handler restarts calls, while a user who has made many names waits for the next.
 */
#define MMAPDEMO_IOC_CREATE _IOW(MMAPDEMO_IOC_MAGIC, 0x01, struct mmapdemo_create)

/*
 * Returns a new descriptor, close-on-exec, of the same buffer, with a position
 * and publications of its own. The argument is O_RDONLY or O_RDWR.
 * Errors: EINVAL for others; EACCES for more than this descriptor may; ENOMEM,
 * EMFILE, ENFILE.
 */
#define MMAPDEMO_IOC_OPEN _IO(MMAPDEMO_IOC_MAGIC, 0x02)

/*
 * Take the name of this descriptor's buffer away: /dev/mmapdemo-NAME is gone at
 * once, the name free, and the buffer is freed by its last user. No argument.
 * Errors: ENOENT if it has no name (any more), or the descriptor came by OPEN; EPERM
 * for who is neither the creator nor CAP_FOWNER, and for /dev/mmapdemo; EINVAL; EINTR.
 */
#define MMAPDEMO_IOC_REMOVE _IO(MMAPDEMO_IOC_MAGIC, 0x03)

/*
 * Take a name away, as REMOVE does, without a descriptor of its buffer: its node need not
 * be in the caller's /dev. This is asked of a writable descriptor of /dev/mmapdemo, not by
 * OPEN. Takes a struct mmapdemo_remove.
 * Errors: ENOENT if there is no such name; EPERM for another descriptor, and for who is
 * neither the creator nor CAP_FOWNER; EINVAL for a name that CREATE would refuse, for an
 * empty one, and for what is reserved; EFAULT; EINTR.
 */
#define MMAPDEMO_IOC_REMOVE_NAME _IOW(MMAPDEMO_IOC_MAGIC, 0x11, struct mmapdemo_remove)

/*
 * Give this descriptor's buffer as many bytes as the argument points to, 1 to
 * MMAPDEMO_SIZE_MAX, rounded up to whole pages. Old bytes stay, new ones are zero.
 * Errors: EBUSY while it is mapped, read, written or waited for; EBADF
 * for a descriptor that cannot write; EPERM for who is neither the creator nor
 * CAP_FOWNER; EINVAL; EDQUOT, ENOSPC, ENOMEM as for CREATE; EFAULT; EINTR.
 * Then nothing has changed.
 */
#define MMAPDEMO_IOC_RESIZE _IOW(MMAPDEMO_IOC_MAGIC, 0x04, __u64)

/*
 * Publish, as msync(MS_SYNC) of a shared writable map and fsync(2) do. No argument.
 * Errors: EBADF for a descriptor that cannot write; EINVAL.
 */
#define MMAPDEMO_IOC_PUBLISH _IO(MMAPDEMO_IOC_MAGIC, 0x05)

/*
 * Fill a struct mmapdemo_events. What it tells counts as seen by this open file:
 * poll(2) has no POLLPRI until there is more. Errors: EFAULT; then nothing was seen.
 */
#define MMAPDEMO_IOC_EVENTS _IOR(MMAPDEMO_IOC_MAGIC, 0x06, struct mmapdemo_events)

/*
 * Returns the number of the calling process on this open file, which it is given
 * at the first call and keeps. A number that has ended is not given again before
 * all others were. No argument.
 * Errors: EBADF for a descriptor that cannot write; EINVAL; ENOSPC if all are
 * taken; ENOMEM.
 */
#define MMAPDEMO_IOC_CLIENT _IO(MMAPDEMO_IOC_MAGIC, 0x07)

/*
 * Sleep while a word has a value. Takes a struct mmapdemo_wait. Returns 0 when
 * woken, be it by WAKE or because a client of the buffer ended: look again. What
 * the caller stored before is visible before the value is looked at (a full
 * barrier). Needs a descriptor that can read.
 * Errors: EAGAIN if the value was another; EOWNERDEAD with MMAPDEMO_WAIT_OWNER if
 * it names a client that is no more, or never was; ETIMEDOUT; EINTR, unless the
 * signal's handler restarts calls (SA_RESTART); EBADF; EINVAL for an offset that
 * is not aligned or not inside the buffer, and for what else is not as said; ENOMEM;
 * EFAULT.
 */
#define MMAPDEMO_IOC_WAIT _IOW(MMAPDEMO_IOC_MAGIC, 0x08, struct mmapdemo_wait)

/*
 * Wake who sleeps on a word; returns how many, without observers. Takes a struct
 * mmapdemo_wake.
 * Errors: EBADF for a descriptor that cannot write; EINVAL as for WAIT; EFAULT.
 */
#define MMAPDEMO_IOC_WAKE _IOW(MMAPDEMO_IOC_MAGIC, 0x09, struct mmapdemo_wake)

/*
 * Take the role that the argument is, MMAPDEMO_PRODUCER or MMAPDEMO_CONSUMER, in
 * a channel.
 * Errors: EBUSY if it is taken, or this open file has a role; EBADF for a
 * descriptor that is not O_RDWR; EINVAL; ENOTTY for a buffer that is no channel.
 */
#define MMAPDEMO_IOC_JOIN _IO(MMAPDEMO_IOC_MAGIC, 0x0a)

/*
 * Sleep until, for the consumer, there is a record at @taken, and for the producer
 * there are @wanted bytes free between @head and @freed. The argument points to a
 * deadline as in struct mmapdemo_wait. May return early: look again.
 * Errors: EPIPE at a hang-up, if there is nothing; ETIMEDOUT; EINTR, unless the
 * signal's handler restarts calls; EBADF for who has no role by JOIN; EINVAL; EFAULT.
 */
#define MMAPDEMO_IOC_CHANNEL_WAIT _IOW(MMAPDEMO_IOC_MAGIC, 0x0b, __u64)

/*
 * Clear @sleeping of the peer, and wake it. No argument.
 * Errors: EPIPE at a hang-up; then @sleeping stays. EBADF for who has no role by
 * JOIN; EINVAL.
 */
#define MMAPDEMO_IOC_CHANNEL_WAKE _IO(MMAPDEMO_IOC_MAGIC, 0x0c)

/*
 * Make an engine; returns its descriptor, close-on-exec. It does nothing before ENGINE_RUN.
 * This is asked of a writable descriptor of /dev/mmapdemo, as CREATE.
 * Takes a struct mmapdemo_engine. poll(2) of it tells of its end as a hang-up, and
 * /proc/PID/fdinfo what ENGINE_INFO does, with the names that the channels had.
 * Errors: EPERM for another descriptor; ENOENT for a name that nobody has registered;
 * EBADF for a channel that is no descriptor or not O_RDWR; EINVAL for one that is none, that the
 * engine does not have or that it lacks, and for what else is not as said; EBUSY if
 * the role is taken, as the second one is when both channels are the same; EDQUOT,
 * ENOSPC if this user, all users together have enough; ENOMEM; EMFILE, ENFILE; EFAULT.
 */
#define MMAPDEMO_IOC_ENGINE _IOW(MMAPDEMO_IOC_MAGIC, 0x0d, struct mmapdemo_engine)

/* Of the descriptor of an engine: fill a struct mmapdemo_engine_info. Errors: EFAULT. */
#define MMAPDEMO_IOC_ENGINE_INFO _IOR(MMAPDEMO_IOC_MAGIC, 0x0e, struct mmapdemo_engine_info)

/*
 * Of the descriptor of an engine: run it in the calling thread until it ends. Returns
 * 0 then, and at once if it has ended already; ENGINE_INFO tells why. After an error, but
 * EBUSY and EINVAL, another call goes on where this one was. No argument.
 * Errors: EINTR, unless the signal's handler restarts calls; ECANCELED when another thread
 * has closed the last descriptor of the engine in the caller's table of descriptors; EBUSY
 * while another thread runs it; EINVAL.
 */
#define MMAPDEMO_IOC_ENGINE_RUN _IO(MMAPDEMO_IOC_MAGIC, 0x0f)

/*
 * Returns a descriptor, close-on-exec, which is read to learn of publications, as told
 * above. The argument is 0 or O_NONBLOCK.
 * Errors: EINVAL for others; EBADF for a descriptor that cannot read; ENOTTY for a
 * channel; ENOMEM; EMFILE, ENFILE.
 */
#define MMAPDEMO_IOC_WATCH _IO(MMAPDEMO_IOC_MAGIC, 0x10)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
