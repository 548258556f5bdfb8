// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reports of engines in the background: a file each, in a directory of the user's. The
 * process of the engine holds a lock on its file; the kernel drops it with the process,
 * however that ends. So a file that can be locked is a report of one that is gone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "engines.h"

#define PREFIX "engine-" /* of the file's name; mkstemp(3) makes the rest */
#define ROOM 256	 /* for a path */

static void directory(char path[ROOM])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime && *runtime == '/' && strlen(runtime) < ROOM / 2)
		snprintf(path, ROOM, "%s/mmapdemo", runtime);
	else
		snprintf(path, ROOM, "/tmp/mmapdemo-%u", (unsigned int)geteuid());
}

/* A descriptor of the directory, if it is the user's own and nobody else's; or -errno. */
static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat stat;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) == 0 && stat.st_uid == geteuid() && !(stat.st_mode & 077))
		return fd;
	close(fd);
	return -EPERM;
}

static int create_failed(const struct options *options, const char *path, int err)
{
	return failed(options,
		      "%s: no place for the engine's report: %s (XDG_RUNTIME_DIR can name "
		      "a directory of yours)",
		      path, err == -EPERM ? "not yours alone" : strerror(-err));
}

/* An empty file, locked. A child of fork(2) has the lock, too. */
int report_create(const struct options *options, int *fd)
{
	char path[ROOM], file[ROOM + sizeof(PREFIX "XXXXXX") + 1];
	int err;

	directory(path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return create_failed(options, path, -errno);
	err = open_directory(path);
	if (err < 0)
		return create_failed(options, path, err);
	close(err);
	snprintf(file, sizeof(file), "%s/" PREFIX "XXXXXX", path);
	*fd = mkostemp(file, O_CLOEXEC);
	if (*fd < 0)
		return create_failed(options, path, -errno);
	flock(*fd, LOCK_EX);
	return EXIT_OK;
}

/* The process that would have written it does not come. -1 is none. */
void report_discard(int fd)
{
	char link[64], path[ROOM * 2];
	ssize_t length;

	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length > 0) {
		path[length] = '\0';
		unlink(path);
	}
	close(fd);
}

/* The character that stands for no name: no name has one. */
static const char *or_none(const char *name)
{
	return *name ? name : "/";
}

/* In place of the last one. There is nobody to tell an error to. */
void report_write(int fd, const struct report *report)
{
	const struct mmapdemo_engine_entry *engine = &report->engine;
	const struct mmapdemo_engine_info *info = &engine->info;
	char text[ROOM * 2];
	int length;

	length = snprintf(text, sizeof(text),
			  "%d %d %s %s %s %u %u %llu %llu %llu %llu %llu %llu %llu\n",
			  (int)engine->pid, (int)report->end, info->name, or_none(engine->in),
			  or_none(engine->out), info->ended, info->error, info->received,
			  info->received_bytes, info->sent, info->sent_bytes, info->dropped,
			  info->refused, info->value);
	if (pwrite(fd, text, (size_t)length, 0) != length)
		return;
	/* The last one may have been longer. */
	if (ftruncate(fd, length) < 0)
		return;
}

/* False if it is not whole: then its process has not come to write it, or could not. */
static bool read_report(int fd, struct report *report)
{
	struct mmapdemo_engine_entry *engine = &report->engine;
	struct mmapdemo_engine_info *info = &engine->info;
	char text[ROOM * 2];
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
	unsigned int end;
	int numbers;

	text[length < 0 ? 0 : length] = '\0';
	numbers = sscanf(text, "%d %u %23s %39s %39s %u %u %llu %llu %llu %llu %llu %llu %llu",
			 &engine->pid, &end, info->name, engine->in, engine->out, &info->ended,
			 &info->error, &info->received, &info->received_bytes, &info->sent,
			 &info->sent_bytes, &info->dropped, &info->refused, &info->value);
	if (numbers != 14)
		return false;
	report->end = end;
	if (*engine->in == '/')
		*engine->in = '\0';
	if (*engine->out == '/')
		*engine->out = '\0';
	return true;
}

/* Whether it is of a process that is gone. */
static bool take_report(int directory, const char *file, struct report *report)
{
	bool taken;
	int fd;

	*report = (struct report){ 0 };
	if (strlen(file) >= sizeof(report->file))
		return false;
	strcpy(report->file, file);
	fd = openat(directory, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	taken = flock(fd, LOCK_EX | LOCK_NB) == 0 && read_report(fd, report);
	close(fd);
	return taken;
}

static int is_report(const struct dirent *file)
{
	return strncmp(file->d_name, PREFIX, strlen(PREFIX)) == 0;
}

/*
 * The reports of engines that work no more, *@count of them; free(3) *@reports. None, if
 * there is no directory of them. Returns -ENOMEM at most.
 */
int report_list(struct report **reports, size_t *count)
{
	struct dirent **files;
	char path[ROOM];
	int fd, n;

	*reports = NULL;
	*count = 0;
	directory(path);
	fd = open_directory(path);
	if (fd < 0)
		return 0;
	/* musl has no scandirat(). */
	snprintf(path, ROOM, "/proc/self/fd/%d", fd);
	n = scandir(path, &files, is_report, versionsort);
	if (n > 0)
		*reports = malloc((size_t)n * sizeof(**reports));
	for (int i = 0; i < n; i++) {
		if (*reports && take_report(fd, files[i]->d_name, &(*reports)[*count]))
			++*count;
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	close(fd);
	return n > 0 && !*reports ? -ENOMEM : 0;
}

/* Somebody has seen it. */
void report_remove(const struct report *report)
{
	char path[ROOM];
	int fd;

	directory(path);
	fd = open_directory(path);
	if (fd < 0)
		return;
	unlinkat(fd, report->file, 0);
	close(fd);
}
