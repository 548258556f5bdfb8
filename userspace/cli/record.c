// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo record: messages and their times into a file. A message is taken out of
 * the channel when it is in the file, by one call for each.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "options.h"
#include "recording.h"

static_assert(sizeof(RECORDING_MAGIC) == sizeof(((struct recording_header *)0)->magic), "it fits");
static_assert(sizeof(struct recording_header) == 32, "the format of the file");

struct recorder {
	const struct options *options;
	const char *name, *path;
	bool to_stdout;
	struct mmapdemo_consumer receiver;
	int fd;
	uint64_t messages, bytes;
	uint64_t end; /* of the file, as far as it is whole */
	struct timespec start;
};

/*
 * All of it, or back to where the file was whole before, unless it is stdout. Returns 0 or an
 * errno.
 */
static int append(struct recorder *r, const void *head, size_t head_size, const void *data,
		  size_t length)
{
	size_t total = head_size + length;
	size_t done = 0;
	int err = 0;

	while (done < total && !err) {
		size_t in_head = done < head_size ? head_size - done : 0;
		size_t in_data = done < head_size ? 0 : done - head_size;
		struct iovec parts[] = {
			{ (char *)(uintptr_t)head + head_size - in_head, in_head },
			{ (char *)(uintptr_t)data + in_data, length - in_data },
		};
		ssize_t written = writev(r->fd, parts, 2);

		if (written < 0 && (errno != EINTR || stopped()))
			err = errno;
		if (written > 0)
			done += (size_t)written;
	}
	if (!err)
		r->end += total;
	else if (!r->to_stdout && ftruncate(r->fd, (off_t)r->end) < 0 && errno != EINVAL)
		err = errno;
	return err;
}

/*
 * Before anything changes. What is recorded must not spoil what is still to be received, or
 * be sent once more; and not what was recorded before, unless one asks for it.
 */
static int check_file(const struct recorder *r)
{
	struct stat channel, file;
	char path[PATH_MAX];

	if (r->to_stdout ? fstat(STDOUT_FILENO, &file) < 0 : stat(r->path, &file) < 0)
		return EXIT_OK;
	snprintf(path, sizeof(path), "%s%s", path_prefix(r->name), r->name);
	if (stat(path, &channel) == 0 && channel.st_dev == file.st_dev &&
	    channel.st_ino == file.st_ino)
		return failed(r->options, "%s: is the channel itself; name another file", r->path);
	if (!r->to_stdout && S_ISREG(file.st_mode) && file.st_size && !r->options->force)
		return failed(r->options, "%s: is there already; --force overwrites it", r->path);
	return EXIT_OK;
}

/* Stdout is not cut: it may have had something in it before. */
static int open_file(struct recorder *r)
{
	if (r->to_stdout)
		r->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		r->fd = open(r->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (r->fd < 0 || (!r->to_stdout && ftruncate(r->fd, 0) < 0 && errno != EINVAL))
		return failed(r->options, "%s: %s", r->path, strerror(errno));
	return EXIT_OK;
}

/* Returns an exit code, and says why when it is not EXIT_OK. */
static int begin_file(struct recorder *r)
{
	struct recording_header header = { .magic = RECORDING_MAGIC };
	int code = open_file(r);
	struct timespec now;
	int err;

	if (code)
		return code;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &r->start);
	header.version = htole32(RECORDING_VERSION);
	header.start = htole64((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	err = append(r, &header, sizeof(header), NULL, 0);
	return err ? failed(r->options, "%s: %s", r->path, write_error(err)) : EXIT_OK;
}

static uint64_t nanoseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec - start->tv_sec) * 1000000000 + (uint64_t)now.tv_nsec -
	       (uint64_t)start->tv_nsec;
}

static int file_failed(const struct recorder *r, int err)
{
	return failed(r->options,
		      "%s: %s; %" PRIu64 " messages are in it, the next ones still in %s", r->path,
		      write_error(err), r->messages, r->name);
}

/* The next message. Returns 0, why there is none, or an errno of the file. */
static int record_one(struct recorder *r)
{
	struct recording_message head;
	const void *data;
	size_t length;
	int err;

	do {
		err = mmapdemo_consumer_peek(&r->receiver, &data, &length, NULL);
	} while (err == -EINTR && !stopped());
	if (err)
		return err;
	head.time = htole64(nanoseconds_since(&r->start));
	head.length = htole64(length);
	err = append(r, &head, sizeof(head), data, length);
	if (err)
		return err;
	mmapdemo_consumer_release(&r->receiver);
	r->messages++;
	r->bytes += length;
	return 0;
}

static int record_all(struct recorder *r)
{
	struct progress progress;
	int err = 0;

	progress_start(&progress, "record", 0);
	while (!err && !stopped() && (!r->options->count || r->messages < r->options->count)) {
		err = record_one(r);
		progress_at(&progress, r->bytes);
	}
	progress_end(&progress);
	if (stopped())
		err = -EINTR;
	if (err > 0)
		return file_failed(r, err);
	if (err && err != -EPIPE)
		return failed(r->options, "%s: %s; %" PRIu64 " recorded", r->name,
			      channel_error(err), r->messages);
	if (r->options->count && r->messages < r->options->count)
		return failed(r->options, "%s: the sender is gone; %" PRIu64 " recorded", r->name,
			      r->messages);
	return EXIT_OK;
}

static int print_recorded(const struct recorder *r)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "messages", json_object_new_uint64(r->messages));
	json_object_object_add(object, "bytes", json_object_new_uint64(r->bytes));
	return print_report(r->options, object, r->to_stdout ? "-" : r->path);
}

/* A pipe, or a terminal, has no disk to reach. */
static int finish_file(const struct recorder *r)
{
	int err = 0;

	if (fsync(r->fd) < 0 && errno != EINVAL && errno != EROFS)
		err = errno;
	if (close(r->fd) < 0 && !err)
		err = errno;
	return err ? failed(r->options, "%s: %s", r->path, strerror(err)) : EXIT_OK;
}

static int run_record(const struct options *options, int argc, char **argv)
{
	struct recorder r = {
		.options = options,
		.name = argv[0],
		.path = output_name(argv[1]),
		.to_stdout = is_stdio(argv[1]),
	};
	int code = check_file(&r);

	(void)argc;
	if (!code)
		code = receiver_open(options, r.name, &r.receiver);
	if (code)
		return code;
	stop_by_signals();
	code = begin_file(&r);
	if (!code)
		code = record_all(&r);
	mmapdemo_consumer_close(&r.receiver);
	if (r.fd >= 0 && finish_file(&r) && !code)
		code = EXIT_FAILED;
	if ((!code || stopped()) && options->json && print_recorded(&r))
		code = EXIT_FAILED;
	return code;
}

const struct verb verb_record = {
	.name = "record",
	.group = GROUP_CHANNELS,
	.arguments = "NAME FILE",
	.summary = "messages of a channel, and their times, into FILE",
	.details =
		"Ends when the sender has gone, after --count messages, or by Ctrl-C. What is in\n"
		"FILE at any time is whole messages, and what is not there is still in the\n"
		"channel. Its format is in userspace/cli/recording.h. FILE may be '-',\n"
		"stdout. A file that is there, and not empty, is overwritten by --force only.",
	.examples = "mmapdemo record chat kept --count 1000\n"
		    "mmapdemo record chat - | zstd >kept.zst",
	.run = run_record,
	.takes = TAKES_COUNT | TAKES_FORCE | TAKES_JSON,
	.least = 2,
	.most = 2,
};
