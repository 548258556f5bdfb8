// SPDX-License-Identifier: BSD-2-Clause
/*
 * What options of the command line are worth: sizes, counts, seconds, modes, names. Knows no
 * option; getopt(3) has left the text in optarg.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "values.h"

int take_size(const struct options *options, const char *name, uint64_t *bytes)
{
	int err = parse_size(optarg, bytes);

	if (err == -ERANGE)
		return misused(options, "--%s '%s': too large", name, optarg);
	if (err)
		return misused(options, "--%s '%s': not a size such as 4096, 0x1000, 64K or 1G",
			       name, optarg);
	return EXIT_OK;
}

int take_mode(const struct options *options, unsigned int *mode)
{
	size_t digits = strspn(optarg, "01234567");

	*mode = (unsigned int)strtoul(optarg, NULL, 8);
	if (!digits || digits > 4 || optarg[digits] || !*mode || *mode > 0777)
		return misused(options, "--mode '%s': not permissions such as 0660", optarg);
	return EXIT_OK;
}

/* A million days are no limit, and fit every clock. */
int take_number(const struct options *options, const char *name, const char *what, double *number)
{
	char *end;

	*number = strtod(optarg, &end);
	if (optarg[strspn(optarg, "0123456789.")] || end == optarg || *end)
		return misused(options, "--%s '%s': not %s such as 10 or 0.5", name, optarg, what);
	if (*number > 86400e6)
		*number = 86400e6;
	return EXIT_OK;
}

int take_interval(struct options *options, const char *name)
{
	int code = take_number(options, name, "seconds", &options->interval);

	if (!code && options->interval < 0.01)
		return misused(options, "--%s '%s': at least 0.01", name, optarg);
	return code;
}

/* NAME of a buffer, or a path, which has a '/'. */
int take_device(struct options *options, const char *name)
{
	if (!*name)
		return misused(options, "NAME '': a buffer's name or a path is needed");
	options->device = device_path(name);
	if (!options->device)
		return misused(options, "'%.40s...': too long for a path", name);
	options->has_device = true;
	return EXIT_OK;
}

/* How many: 1K is of bytes, and would be 1024. */
int take_count(const struct options *options, const char *name, uint64_t *count)
{
	if (!*optarg || optarg[strspn(optarg, "0123456789")])
		return misused(options, "--%s '%s': not a number such as 1000", name, optarg);
	errno = 0;
	*count = strtoull(optarg, NULL, 10);
	if (errno)
		return misused(options, "--%s '%s': too large", name, optarg);
	if (!*count)
		return misused(options, "--%s '%s': at least 1", name, optarg);
	return EXIT_OK;
}

/* A word, as of wait and wake. */
int take_word(const struct options *options, const char *what, const char *text, uint32_t *word)
{
	uint64_t number;

	if (parse_size(text, &number) || number > UINT32_MAX)
		return misused(options, "%s '%s': not a number from 0 to 4294967295", what, text);
	*word = (uint32_t)number;
	return EXIT_OK;
}

int take_exit_code(const struct options *options, const char *name, int *exit_code)
{
	char *end;
	long number = strtol(optarg, &end, 10);

	if (optarg[strspn(optarg, "0123456789")] || end == optarg || number > 255)
		return misused(options, "--%s '%s': not an exit code from 0 to 255", name, optarg);
	*exit_code = (int)number;
	return EXIT_OK;
}
