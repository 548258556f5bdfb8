/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verbs of the tool share. A verb is one file with one function; it
 * returns the exit code. It knows the library, and no system call that the
 * library makes for it.
 */
#ifndef MMAPDEMO_CLI_H
#define MMAPDEMO_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <json-c/json.h>

#include "mmapdemo.h"
#include "mmapdemo_channel.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* it did not work, or the answer is no */
	EXIT_USAGE = 2,	 /* the command line is wrong; nothing was done */
};

/* A file was cut short while it was mapped, or a device vanished. */
#define MEMORY_GONE "the mapped memory is gone: file cut short, disk full, or device vanished"

/* The most bytes that a verb works on between two looks at its progress. */
#define CHUNK ((size_t)1 << 20)

struct options {
	const char *verb;
	const char *device; /* never NULL */
	uint64_t offset;
	uint64_t length; /* meaningful if has_length */
	bool has_length;
	bool has_device;
	bool json;
	bool truncate;
	bool hex;
	bool write;
	uint64_t to;
	bool has_to;
	const char *on;	   /* NULL if not given */
	unsigned int mode; /* permission bits; 0 if not given */
	uint64_t count;	   /* 0 if not given */
	double timeout;	   /* seconds; meaningful if has_timeout */
	bool has_timeout;
	bool kill;
	bool force;
	bool channel, lines;
	bool files;
	bool raw;
	const char *in, *out; /* NULL if not given */
	uint64_t rate;	      /* 0 if not given */
	bool background;
	uint32_t word; /* meaningful if has_word */
	bool has_word;
	int conflict;	 /* exit code of lock when the time is over */
	char **command;	 /* after "--"; NULL if there is none */
	double interval; /* seconds */
	double speed;	 /* a factor */
	uint64_t from;	 /* 0 if not given */
	bool follow, times, append, loop;
};

/* output.c: messages go to stderr, one line each, data to stdout. */
__attribute__((format(printf, 2, 3))) void noted(const struct options *options, const char *format,
						 ...);
__attribute__((format(printf, 2, 3))) int failed(const struct options *options, const char *format,
						 ...);
__attribute__((format(printf, 2, 3))) int misused(const struct options *options, const char *format,
						  ...);
bool has_failed(void);
const char *write_error(int err);
int print_report(const struct options *options, struct json_object *object, const char *path);
int print_json(const struct options *options, struct json_object *object);
int stdout_failed(const struct options *options, int err);
int flush_stdout(const struct options *options);
int print_json_line(const struct options *options, struct json_object *object);
int close_stdout(const struct options *options, int code);
const char *paint(int stream_fd, const char *colour);
struct json_object *json_window(uint64_t offset, uint64_t length);
void print_json_window(uint64_t offset, uint64_t length, const char *member, const char *first);
void print_hex(const uint8_t *data, size_t size);

/* size.c */
int parse_size(const char *text, uint64_t *bytes);
void format_size(uint64_t bytes, char *text, size_t room);

/* window.c: the part of the buffer that --device, --offset, --length name. */
struct window {
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
	uint8_t *data; /* byte --offset of the buffer; NULL if size is 0 */
	size_t size;
};

int buffer_open(const struct options *options, struct mmapdemo_buffer **buffer, unsigned int flags);
int window_open(const struct options *options, struct window *window, unsigned int flags);
void window_close(struct window *window);

/* node.c: names without nodes, and files without a name. */
struct dirent;

bool is_node_path(const char *path, const char **name);
const char *node_state(int state);
int node_failed(const struct options *options, const char *name, int state);
struct dirent **find_strays(size_t *count);
void free_strays(struct dirent **files, size_t count);

/* named.c: buffers of the driver by their names; "/..." is a path as ever. */
int named_open(const struct options *options, const char *name, struct mmapdemo_buffer **buffer,
	       unsigned int flags);
const char *path_prefix(const char *name);
const char *device_path(const char *name);
int named_failed(const struct options *options, const char *name, int err);
int take_bytes(const struct options *options, const char *text, uint64_t *bytes);

/* record-info.c */
int print_recording(const struct options *options, const char *path);

/* text.c: bytes and times for people. */
#define TIME_ROOM 64

void format_time(const struct timespec *time, char *text, size_t room);
void print_escaped(const void *data, size_t length);

/* place.c: the bytes of a buffer at --offset, for processes to wait for each other. */
struct place {
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_view view;
};

int place_open(const struct options *options, const char *name, size_t bytes, size_t align,
	       unsigned int flags, struct place *place);
void place_close(struct place *place);
int place_failed(const struct options *options, const char *name, int err);
const struct timespec *deadline_of(const struct options *options, struct timespec *room);

/* suggest.c: the nearest word to one that was typed wrongly. */
struct suggestion {
	const char *word; /* as typed */
	const char *best; /* NULL if nothing is near */
	unsigned int distance;
};

void suggest_for(struct suggestion *suggestion, const char *word);
void suggest(struct suggestion *suggestion, const char *candidate);
const char *suggestion_text(const struct suggestion *suggestion);

/* channel.c: sides of channels by their names. */
int sender_open(const struct options *options, const char *name, struct mmapdemo_producer *sender);
int receiver_open(const struct options *options, const char *name,
		  struct mmapdemo_consumer *receiver);
int await_message(const struct options *options, struct mmapdemo_consumer *receiver,
		  const void **data, size_t *length);
const char *channel_error(int err);
void json_channel(struct json_object *object, uint32_t channel, bool in_driver);

/* stop.c: Ctrl-C as a regular end. */
void stop_by_signals(void);
bool stopped(void);
void die_by_signals(const struct options *options, const char *name, const char *what);
void die_if_stopped(const struct options *options, int signal);

/* input.c: FILE, which is stdin, or stdout, if it is "-". */
bool is_stdio(const char *path);
const char *input_name(const char *path);
const char *output_name(const char *path);
void note_terminal(const struct options *options, int fd);
int open_input(const struct options *options, const char *path, int *fd);

/* Whole input, read before a byte of the buffer changes. */
int read_input(const struct options *options, int fd, const char *name, size_t most, uint8_t **data,
	       size_t *size);

/* progress.c: a bar on a terminal's stderr, for work over a second. */
struct progress {
	const char *what;
	uint64_t total; /* bytes; 0 if nobody knows */
	struct timespec start;
	double last; /* seconds from the start, when it was drawn */
	bool shown;
};

void progress_start(struct progress *progress, const char *what, uint64_t total);
void progress_at(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress);

#endif /* MMAPDEMO_CLI_H */
