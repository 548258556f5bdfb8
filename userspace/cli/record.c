// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo record: messages and their times into a file. A message is taken out of
 * the channel when it is in the file, by one call for each.
 */
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

struct recorder {
	const struct options *options;
	const char *name, *path;
	bool to_stdout;
	struct mmapdemo_consumer receiver;
	int fd;
	uint64_t messages, bytes;
	uint64_t end; /* of the file, as far as it is whole */
	struct timespec start;
	uint64_t before; /* nanoseconds of the recording that it goes on with */
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

/* A message goes after the last one, in the file and in time. Returns an exit code. */
static int find_end(struct recorder *r)
{
	FILE *file = fopen(r->path, "re");
	enum recording_state state;
	struct recording old;
	char text[128];

	if (!file)
		return failed(r->options, "%s: %s", r->path, strerror(errno));
	state = recording_begin(&old, file);
	while (!state)
		state = recording_pass(&old);
	fclose(file);
	r->end = old.whole;
	r->before = old.last;
	if (state == RECORDING_END)
		return EXIT_OK;
	recording_error(&old, state, text, sizeof(text));
	if (state == RECORDING_CUT)
		return failed(r->options,
			      "%s: %s; 'truncate -s %" PRIu64 " %s' removes what there is of it",
			      r->path, text, old.whole, r->path);
	return failed(r->options, "%s: %s", r->path, text);
}

/*
 * Before anything changes. What is recorded must not spoil what is still to be received, or
 * be sent once more; and not what was recorded before, unless one asks for it.
 */
static int check_file(struct recorder *r)
{
	struct stat channel, file;
	char path[PATH_MAX];
	bool used;

	if (r->to_stdout ? fstat(STDOUT_FILENO, &file) < 0 : stat(r->path, &file) < 0)
		return EXIT_OK;
	snprintf(path, sizeof(path), "%s%s", path_prefix(r->name), r->name);
	if (stat(path, &channel) == 0 && channel.st_dev == file.st_dev &&
	    channel.st_ino == file.st_ino)
		return failed(r->options, "%s: is the channel itself; name another file", r->path);
	used = !r->to_stdout && S_ISREG(file.st_mode) && file.st_size;
	if (used && r->options->append)
		return find_end(r);
	if (used && !r->options->force)
		return failed(r->options,
			      "%s: is there already; --append goes on with it, --force "
			      "overwrites it",
			      r->path);
	return EXIT_OK;
}

/* Stdout is not cut: it may have had something in it before. */
static int open_file(struct recorder *r)
{
	if (r->to_stdout)
		r->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		r->fd = open(r->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (r->fd < 0 ||
	    (!r->to_stdout && ftruncate(r->fd, (off_t)r->end) < 0 && errno != EINVAL) ||
	    (r->end && lseek(r->fd, (off_t)r->end, SEEK_SET) < 0))
		return failed(r->options, "%s: %s", r->path, strerror(errno));
	return EXIT_OK;
}

/* Returns an exit code, and says why when it is not EXIT_OK. */
static int begin_file(struct recorder *r)
{
	struct recording_header header;
	int code = open_file(r);
	struct timespec now;
	int err;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &r->start);
	if (code || r->end)
		return code;
	recording_make_header(&header, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
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

	err = await_message(r->options, &r->receiver, &data, &length);
	if (err)
		return err;
	recording_make_message(&head, r->before + nanoseconds_since(&r->start), length);
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
	if (err == -ETIMEDOUT)
		return failed(r->options, "%s: no message came in time; %" PRIu64 " recorded",
			      r->name, r->messages);
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

static int check_options(const struct options *options, const char *name, bool to_stdout)
{
	if (strcmp(name, "info") == 0 && (options->append || options->force || options->follow ||
					  options->count || options->has_timeout))
		return misused(options, "info: takes no option but --json");
	if (options->append && options->force)
		return misused(options, "--append: not with --force");
	if (options->append && to_stdout)
		return misused(options, "--append: not to stdout; name a file");
	return EXIT_OK;
}

static int run_record(const struct options *options, int argc, char **argv)
{
	struct recorder r = {
		.options = options,
		.name = argv[0],
		.path = output_name(argv[1]),
		.to_stdout = is_stdio(argv[1]),
		.fd = -1,
	};
	int code = check_options(options, r.name, r.to_stdout);

	(void)argc;
	if (!code && strcmp(r.name, "info") == 0)
		return print_recording(options, argv[1]);
	if (!code)
		code = check_file(&r);
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
	.arguments = "NAME|info FILE",
	.summary = "messages of a channel, and their times, into FILE",
	.details =
		"Ends when the sender has gone, after --count messages, or by Ctrl-C. What is in\n"
		"FILE at any time is whole messages, and what is not there is still in the\n"
		"channel. FILE may be '-', stdout. 'record info FILE' prints what FILE holds; its\n"
		"exit code is 1 if the end of FILE is missing.",
	.examples = "mmapdemo record chat kept --follow\n"
		    "mmapdemo record info kept",
	.run = run_record,
	.takes = TAKES_COUNT | TAKES_TIMEOUT | TAKES_FOLLOW | TAKES_APPEND | TAKES_FORCE |
		 TAKES_JSON,
	.least = 2,
	.most = 2,
};
