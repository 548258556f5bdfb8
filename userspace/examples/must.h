/* SPDX-License-Identifier: BSD-2-Clause */
/* What the examples do with errors: say what failed, and end. */
#ifndef MUST_H
#define MUST_H

#include <err.h>
#include <errno.h>

/* Calls of the library return 0 or more, or a negative errno. */
static inline long must(const char *what, long result)
{
	if (result < 0) {
		errno = (int)-result;
		err(1, "%s", what);
	}
	return result;
}

/* System calls return -1, and the reason is in errno. */
static inline long must_call(const char *what, long result)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

#endif /* MUST_H */
