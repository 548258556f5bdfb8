// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmapdemo save: the buffer into a file. Written beside it and renamed, so that
 * the file is whole, old or new, whatever happens. Stdout is written as it is.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"

static int write_all(int fd, const struct window *window)
{
	struct progress progress;
	int err = 0;

	progress_start(&progress, "save", window->size);
	for (size_t done = 0; done < window->size && !err;) {
		size_t n = window->size - done < CHUNK ? window->size - done : CHUNK;
		ssize_t written = write(fd, window->data + done, n);

		if (written < 0 && errno != EINTR)
			err = errno;
		if (written > 0)
			done += (size_t)written;
		if (!err && stopped())
			err = EINTR;
		progress_at(&progress, done);
	}
	progress_end(&progress);
	return err;
}

/* What is at @path now: a regular file, whose owner and mode stay, or nothing. */
static int look_at(const struct options *options, const char *path, struct stat *st)
{
	mode_t mask;

	if (stat(path, st) == 0) {
		if (S_ISDIR(st->st_mode))
			return failed(options, "%s: is a directory; name a file", path);
		if (!S_ISREG(st->st_mode))
			return failed(options, "%s: not a regular file; use 'mmapdemo read >%s'",
				      path, path);
		return EXIT_OK;
	}
	if (errno != ENOENT)
		return failed(options, "%s: %s", path, strerror(errno));
	if (lstat(path, st) == 0)
		return failed(options, "%s: is a symbolic link to nothing; name a file", path);
	mask = umask(0);
	umask(mask);
	*st = (struct stat){ .st_mode = 0666 & ~mask, .st_uid = (uid_t)-1, .st_gid = (gid_t)-1 };
	return EXIT_OK;
}

/*
 * As the file that it replaces, without setuid and setgid: other bytes are another program. Who may
 * not give it to that owner keeps it, or who cannot, for a user namespace does not know all owners.
 */
static int take_over(int fd, const struct stat *st)
{
	if (fchown(fd, st->st_uid, st->st_gid) < 0 && errno != EPERM && errno != EINVAL)
		return errno;
	return fchmod(fd, st->st_mode & 0777) < 0 ? errno : 0;
}

static int save(const struct options *options, const struct window *window, const char *path,
		const struct stat *st)
{
	char beside[PATH_MAX];
	int err = 0;
	int fd;

	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside))
		return failed(options, "%s: %s", path, strerror(ENAMETOOLONG));
	stop_by_signals();
	fd = mkstemp(beside);
	if (fd < 0)
		return failed(options, "%s: cannot write beside it: %s", path, strerror(errno));
	err = write_all(fd, window);
	if (!err && fsync(fd) < 0)
		err = errno;
	if (!err)
		err = take_over(fd, st);
	if (close(fd) < 0 && !err)
		err = errno;
	if (!err && stopped())
		err = EINTR;
	if (!err && rename(beside, path) < 0)
		err = errno;
	if (!err)
		return EXIT_OK;
	unlink(beside);
	return failed(options, "%s: %s; nothing was saved", path, write_error(err));
}

static int save_to_stdout(const struct options *options)
{
	struct window window;
	int code = window_open(options, &window, MMAPDEMO_READ_ONLY);
	int err;

	if (code)
		return code;
	stop_by_signals();
	err = write_all(STDOUT_FILENO, &window);
	if (err && stopped())
		code = failed(options, "stdout: interrupted; it has a part of the bytes");
	else if (err)
		code = stdout_failed(options, err);
	else if (options->json)
		code = print_report(options, json_window(options->offset, window.size), "-");
	window_close(&window);
	return code;
}

static int run_save(const struct options *options, int argc, char **argv)
{
	struct window window;
	struct stat st;
	char *path;
	int code;

	(void)argc;
	if (is_stdio(argv[0]))
		return save_to_stdout(options);
	code = look_at(options, argv[0], &st);
	if (code)
		return code;
	/* Through a symbolic link to the file that it names. */
	path = realpath(argv[0], NULL);
	code = window_open(options, &window, MMAPDEMO_READ_ONLY);
	if (!code) {
		code = save(options, &window, path ? path : argv[0], &st);
		if (!code && options->json)
			code = print_json(options, json_window(options->offset, window.size));
		window_close(&window);
	}
	free(path);
	return code;
}

const struct verb verb_save = {
	.name = "save",
	.group = GROUP_BYTES,
	.arguments = "FILE",
	.summary = "the buffer into FILE, which stays whole in any case",
	.details = "FILE may be '-', stdout.",
	.examples = "mmapdemo save saved\n"
		    "mmapdemo save -d news - | zstd >news.zst",
	.run = run_save,
	.takes = TAKES_USUAL,
	.least = 1,
	.most = 1,
};
