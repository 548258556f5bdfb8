// SPDX-License-Identifier: BSD-2-Clause
/* The operations that fault-injection.c lets fail. */
#include "operations.h"

/* Far from all other maps: the page tables of what is mapped here are its own. */
#define ARENA ((unsigned char *)0x100000000000)
#define OTHER ((unsigned char *)0x200000000000)

static unsigned char bytes[4 * PAGE];
int fd = -1;
/* What an operation opens: the node, a buffer, /proc/self/mem. */
static int opened;
static int pipes[2];

static void unmap_all(long result)
{
	(void)result;
	unmap(ARENA, PAGES);
	unmap(OTHER, PAGES);
}

static long map_at(unsigned char *address, int flags)
{
	return (long)mmap(address, SIZE, RW, flags | MAP_FIXED, fd, 0);
}

static void map_shared(void)
{
	assert_int_equal(map_at(ARENA, MAP_SHARED), (long)ARENA);
}

static void map_private(void)
{
	assert_int_equal(map_at(ARENA, MAP_PRIVATE), (long)ARENA);
}

static void map_both(void)
{
	map_shared();
	assert_int_equal(map_at(OTHER, MAP_PRIVATE), (long)OTHER);
	store(OTHER);
}

static void open_pipe(void)
{
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
}

static void close_pipe(long result)
{
	(void)result;
	assert_int_equal(close(pipes[0]), 0);
	assert_int_equal(close(pipes[1]), 0);
}

static long run_open(void)
{
	opened = open(NODE, O_RDWR | O_CLOEXEC);
	return opened;
}

static void finish_open(long result)
{
	if (result >= 0)
		assert_int_equal(close(opened), 0);
}

static long run_map_shared(void)
{
	return map_at(ARENA, MAP_SHARED);
}

static long run_map_private(void)
{
	return map_at(ARENA, MAP_PRIVATE);
}

/* A page fault that finds no memory is tried again: no error reaches us. */
static long run_load(void)
{
	load(ARENA + PAGE);
	return 0;
}

static long run_store(void)
{
	store(ARENA + PAGE);
	return 0;
}

static long run_read(void)
{
	return pread(fd, bytes, sizeof(bytes), PAGE);
}

static long run_write(void)
{
	return pwrite(fd, bytes, sizeof(bytes), PAGE);
}

static long run_splice_out(void)
{
	loff_t offset = PAGE;

	return splice(fd, &offset, pipes[1], NULL, 4 * PAGE, 0);
}

static void fill_pipe(void)
{
	open_pipe();
	assert_int_equal(write(pipes[1], bytes, sizeof(bytes)), sizeof(bytes));
}

static long run_splice_in(void)
{
	loff_t offset = PAGE;

	return splice(pipes[0], NULL, fd, &offset, 4 * PAGE, 0);
}

static long run_info(void)
{
	struct mmapdemo_info answer;

	return ioctl(fd, MMAPDEMO_IOC_INFO, &answer);
}

static long create(const char *name)
{
	struct mmapdemo_create args = { .size = 4 * PAGE };

	snprintf(args.name, sizeof(args.name), "%s", name);
	opened = ioctl(fd, MMAPDEMO_IOC_CREATE, &args);
	return opened;
}

static long run_create(void)
{
	return create("");
}

static long run_create_named(void)
{
	return create("failing");
}

/* Whole, or nothing is there. */
static void finish_create_named(long result)
{
	if (result >= 0) {
		assert_int_equal(access(NODE "-failing", F_OK), 0);
		assert_int_equal(ioctl(opened, MMAPDEMO_IOC_REMOVE, 0), 0);
		assert_int_equal(close(opened), 0);
	}
	assert_fails(access(NODE "-failing", F_OK), ENOENT);
}

static void create_named(void)
{
	assert_true(run_create_named() >= 0);
}

/* Its node is gone, whatever the rest of the system has heard of that. */
static long run_remove(void)
{
	return ioctl(opened, MMAPDEMO_IOC_REMOVE, 0);
}

static void finish_remove(long result)
{
	if (result < 0)
		assert_int_equal(run_remove(), 0);
	assert_int_equal(close(opened), 0);
	assert_fails(access(NODE "-failing", F_OK), ENOENT);
}

static long run_remove_name(void)
{
	struct mmapdemo_remove args = { .name = "failing" };

	return ioctl(fd, MMAPDEMO_IOC_REMOVE_NAME, &args);
}

static void create_unnamed(void)
{
	assert_true(run_create() >= 0);
	assert_int_equal(pwrite(opened, "stays", 5, 0), 5);
}

static long run_resize(void)
{
	uint64_t more = 64 * PAGE;

	return ioctl(opened, MMAPDEMO_IOC_RESIZE, &more);
}

/* All of it, or nothing has changed. */
static void finish_resize(long result)
{
	char text[6] = "";

	assert_int_equal(info(opened).size, (result < 0 ? 4 : 64) * PAGE);
	assert_int_equal(pread(opened, text, 5, 0), 5);
	assert_string_equal(text, "stays");
	assert_int_equal(close(opened), 0);
}

static long run_shrink(void)
{
	uint64_t less = PAGE;

	return ioctl(opened, MMAPDEMO_IOC_RESIZE, &less);
}

static void finish_shrink(long result)
{
	assert_int_equal(info(opened).size, (result < 0 ? 4 : 1) * PAGE);
	assert_int_equal(close(opened), 0);
}

static long run_open_again(void)
{
	opened = ioctl(fd, MMAPDEMO_IOC_OPEN, O_RDWR);
	return opened;
}

static long run_events(void)
{
	struct mmapdemo_events answer;

	return ioctl(fd, MMAPDEMO_IOC_EVENTS, &answer);
}

static long run_client(void)
{
	return ioctl(opened, MMAPDEMO_IOC_CLIENT, 0);
}

static void finish_client(long result)
{
	assert_int_equal(info(opened).clients, result >= 0);
	assert_int_equal(close(opened), 0);
}

/* The word is another: that is what WAIT has to say. */
static long run_wait(void)
{
	struct mmapdemo_wait args = { .expected = 1, .flags = MMAPDEMO_WAIT_OWNER };
	long result = ioctl(opened, MMAPDEMO_IOC_WAIT, &args);

	assert_int_equal(result, -1);
	return errno == EAGAIN ? 0 : result;
}

static long run_wake(void)
{
	struct mmapdemo_wake args = { .count = 1 };

	return ioctl(opened, MMAPDEMO_IOC_WAKE, &args);
}

static void close_opened(long result)
{
	(void)result;
	assert_int_equal(close(opened), 0);
}

static long run_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static void finish_fork(long result)
{
	if (result > 0)
		assert_int_equal(end_child((pid_t)result), 0);
	unmap_all(result);
}

static long run_protect(void)
{
	return mprotect(ARENA + PAGE, PAGE, PROT_READ);
}

static long run_unmap(void)
{
	return munmap(ARENA + PAGE, PAGE);
}

static long run_move(void)
{
	return (long)mremap(ARENA, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, OTHER);
}

static long run_remap(void)
{
	return remap_file_pages(ARENA + PAGE, PAGE, 0, 100, 0);
}

static void open_mem(void)
{
	map_shared();
	opened = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	assert_true(opened >= 0);
}

static void close_mem(long result)
{
	assert_int_equal(close(opened), 0);
	unmap_all(result);
}

static long run_peek(void)
{
	return pread(opened, bytes, 64, (off_t)(ARENA + PAGE));
}

static long run_poke(void)
{
	return pwrite(opened, bytes, 64, (off_t)(ARENA + PAGE));
}

const struct operation operations[] = {
	{ "open", true, NULL, run_open, finish_open, { ENOMEM, EFAULT } },
	{ "mmap, shared", true, NULL, run_map_shared, unmap_all, { ENOMEM } },
	{ "mmap, private", false, NULL, run_map_private, unmap_all, { ENOMEM } },
	{ "load from a private map", false, map_private, run_load, unmap_all, { 0 } },
	{ "store to a private map", false, map_private, run_store, unmap_all, { 0 } },
	{ "read", true, NULL, run_read, NULL, { EFAULT } },
	{ "write", true, NULL, run_write, NULL, { EFAULT } },
	{ "splice out", false, open_pipe, run_splice_out, close_pipe, { ENOMEM, EFAULT } },
	{ "splice in", false, fill_pipe, run_splice_in, close_pipe, { ENOMEM, EFAULT } },
	{ "ioctl", true, NULL, run_info, NULL, { EFAULT } },
	{ "EVENTS", true, NULL, run_events, NULL, { EFAULT } },
	{ "WATCH", true, NULL, run_watch, finish_watch, { ENOMEM } },
	{ "read of a watch", true, publish, run_read_watch, finish_read_watch, { EFAULT } },
	{ "CLIENT", true, create_unnamed, run_client, finish_client, { ENOMEM } },
	{ "WAIT", true, create_unnamed, run_wait, close_opened, { ENOMEM, EFAULT } },
	{ "WAKE", true, create_unnamed, run_wake, close_opened, { EFAULT } },
	{ "OPEN", true, NULL, run_open_again, finish_open, { ENOMEM, EFAULT } },
	{ "CREATE", true, NULL, run_create, finish_open, { ENOMEM, EFAULT } },
	{ "CREATE with a name",
	  true,
	  NULL,
	  run_create_named,
	  finish_create_named,
	  { ENOMEM, EFAULT } },
	{ "REMOVE", false, create_named, run_remove, finish_remove, { ENOMEM, EFAULT } },
	{ "REMOVE_NAME", true, create_named, run_remove_name, finish_remove, { ENOMEM, EFAULT } },
	{ "RESIZE to more", true, create_unnamed, run_resize, finish_resize, { ENOMEM, EFAULT } },
	{ "RESIZE to less", true, create_unnamed, run_shrink, finish_shrink, { ENOMEM, EFAULT } },
	{ "CREATE of a channel",
	  true,
	  NULL,
	  run_create_channel,
	  finish_create_channel,
	  { ENOMEM, EFAULT } },
	{ "JOIN and a map",
	  true,
	  make_channels,
	  run_join_and_map,
	  finish_join_and_map,
	  { ENOMEM } },
	{ "write to a channel", true, make_channels, run_send, finish_send, { EFAULT } },
	{ "read from a channel", true, send_message, run_receive, finish_receive, { EFAULT } },
	{ "ENGINE echo", true, make_channels, run_echo, finish_engine, { ENOMEM, EFAULT } },
	{ "ENGINE sink", true, make_channels, run_sink, finish_engine, { ENOMEM, EFAULT } },
	{ "ENGINE source", true, make_channels, run_source, finish_engine, { ENOMEM, EFAULT } },
	{ "ENGINE_INFO", true, start_echo, run_engine_info, finish_engine_info, { EFAULT } },
	{ "fork with maps", false, map_both, run_fork, finish_fork, { ENOMEM, EAGAIN } },
	{ "mprotect of a part", false, map_shared, run_protect, unmap_all, { ENOMEM } },
	{ "munmap of a part", false, map_shared, run_unmap, unmap_all, { ENOMEM } },
	{ "mremap", false, map_shared, run_move, unmap_all, { ENOMEM } },
	{ "remap_file_pages", false, map_shared, run_remap, unmap_all, { ENOMEM } },
	{ "peek, /proc/self/mem", false, open_mem, run_peek, close_mem, { ENOMEM, EFAULT, EIO } },
	{ "poke, /proc/self/mem", false, open_mem, run_poke, close_mem, { ENOMEM, EFAULT, EIO } },
	{ "load of the module", true, open_module, run_insmod, finish_load, { ENOMEM, EFAULT } },
	{ "unload of the module", false, load_it, run_rmmod, finish_unload, { ENOMEM, EFAULT } },
};

const size_t operations_count = sizeof(operations) / sizeof(operations[0]);
