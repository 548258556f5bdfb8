/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of buffers made at run time share. */
#ifndef NAMED_H
#define NAMED_H

#include "device.h"

#include <linux/capability.h>

#define ALICE 1001
#define BOB 1002

static inline int create_as(int fd, const char *name, uint64_t size, unsigned int mode)
{
	struct mmapdemo_create args = { .size = size, .mode = mode };

	snprintf(args.name, sizeof(args.name), "%s", name);
	return ioctl(fd, MMAPDEMO_IOC_CREATE, &args);
}

/* A descriptor of a new buffer; "" has no name. */
static inline int create(int fd, const char *name, size_t pages)
{
	int new = create_as(fd, name, pages * PAGE, 0);

	assert_true(new >= 0);
	return new;
}

static inline int resize(int fd, uint64_t size)
{
	return ioctl(fd, MMAPDEMO_IOC_RESIZE, &size);
}

static inline int remove_name(int fd)
{
	return ioctl(fd, MMAPDEMO_IOC_REMOVE, 0);
}

/* By a descriptor of the node. */
static inline int remove_by_name(int fd, const char *name)
{
	struct mmapdemo_remove args = { 0 };

	snprintf(args.name, sizeof(args.name), "%s", name);
	return ioctl(fd, MMAPDEMO_IOC_REMOVE_NAME, &args);
}

static inline void remove_and_close(int fd)
{
	assert_int_equal(remove_name(fd), 0);
	close(fd);
}

static inline void become(unsigned int user)
{
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(user, user, user), 0);
	assert_int_equal(setresuid(user, user, user), 0);
}

/* As @user, but with one capability, which is in the first 32. */
static inline void become_with(unsigned int user, unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
	become(user);
	data[0].permitted = 1U << capability;
	data[0].effective = 1U << capability;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* What the kernel says of a named buffer; -1 if there is none. */
static inline long long attribute(const char *name, const char *what)
{
	char path[128];
	long long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/mmapdemo/mmapdemo%s%s/%s", *name ? "-" : "", name,
		 what);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%lld", &value) != 1)
			value = -2;
		fclose(file);
	}
	return value;
}

/* A parameter of the module: for all users. */
static inline void set_limit(const char *limit, const char *value)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/mmapdemo/parameters/%s", limit);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

#endif /* NAMED_H */
