// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the tool says: errors in one line, JSON through json-c, colours only
 * where somebody looks.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static void say(const struct options *options, const char *format, va_list args)
{
	fprintf(stderr, "mmapdemo%s%s: ", options->verb ? " " : "",
		options->verb ? options->verb : "");
	vfprintf(stderr, format, args);
}

/* One line about what one should know, though it works. */
void noted(const struct options *options, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(options, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static bool has_said;

/* Whether failed() has said something. */
bool has_failed(void)
{
	return has_said;
}

/* One line about what did not work. Returns EXIT_FAILED. */
int failed(const struct options *options, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(options, format, args);
	va_end(args);
	fputc('\n', stderr);
	has_said = true;
	return EXIT_FAILED;
}

/* One line about the argument that is wrong. Returns EXIT_USAGE. */
int misused(const struct options *options, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(options, format, args);
	va_end(args);
	fprintf(stderr, " (see 'mmapdemo %s%s--help')\n", options->verb ? options->verb : "",
		options->verb ? " " : "");
	return EXIT_USAGE;
}

/* Print one JSON object and free it. Returns EXIT_OK or EXIT_FAILED. */
int print_json(const struct options *options, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		puts(text);
	json_object_put(object);
	return text ? EXIT_OK : failed(options, "out of memory");
}

/* As a line on stderr if @path, FILE of a verb, is stdout. Otherwise as print_json(). */
int print_report(const struct options *options, struct json_object *object, const char *path)
{
	const char *text;

	if (!is_stdio(path))
		return print_json(options, object);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(stderr, "%s\n", text);
	json_object_put(object);
	return text ? EXIT_OK : failed(options, "out of memory");
}

static bool loss_said;

/* Once is enough, and a verb that was interrupted says so itself. Returns EXIT_FAILED. */
int stdout_failed(const struct options *options, int err)
{
	if (!loss_said && !(err == EINTR && stopped()))
		failed(options, "cannot write to stdout: %s", write_error(err));
	loss_said = true;
	return EXIT_FAILED;
}

/*
 * What was printed, now: somebody waits for it. All of it: a part may have been lost before, by a
 * signal. Returns EXIT_OK or EXIT_FAILED.
 */
int flush_stdout(const struct options *options)
{
	return fflush(stdout) || ferror(stdout) ? stdout_failed(options, errno) : EXIT_OK;
}

/* One JSON object as a line, at once; frees it. Returns EXIT_OK or EXIT_FAILED. */
int print_json_line(const struct options *options, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		puts(text);
	json_object_put(object);
	return text ? flush_stdout(options) : failed(options, "out of memory");
}

/* Why write(2) of mapped bytes failed, in words. */
const char *write_error(int err)
{
	if (err == EINTR)
		return "interrupted";
	return err == EFAULT ? MEMORY_GONE : strerror(err);
}

/* Data that did not reach stdout is a failure: said here, if not said yet. */
int close_stdout(const struct options *options, int code)
{
	int lost = ferror(stdout);

	return fclose(stdout) != 0 || lost ? stdout_failed(options, errno) : code;
}

/* An escape sequence for a stream that is a terminal, else "". NO_COLOR: see no-color.org. */
const char *paint(int stream_fd, const char *colour)
{
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && *no_color) || !isatty(stream_fd))
		return "";
	return colour;
}

struct json_object *json_window(uint64_t offset, uint64_t length)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "offset", json_object_new_uint64(offset));
	json_object_object_add(object, "length", json_object_new_uint64(length));
	return object;
}

/*
 * What may be long is printed as it comes, for there might be no memory for all of it: a window,
 * as print_json() lays it out, with a member more. The caller goes on after its @first character.
 */
void print_json_window(uint64_t offset, uint64_t length, const char *member, const char *first)
{
	printf("{\n  \"offset\":%" PRIu64 ",\n  \"length\":%" PRIu64 ",\n  \"%s\":%s", offset,
	       length, member, first);
}

void print_hex(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size && !ferror(stdout); i++) {
		uint8_t byte = data[i]; /* once: others may store meanwhile */

		putchar_unlocked(digits[byte >> 4]);
		putchar_unlocked(digits[byte & 15]);
	}
}
