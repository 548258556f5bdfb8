// SPDX-License-Identifier: BSD-2-Clause
/*
 * gdb reads and writes the maps of another process. What works on that process is
 * gdbserver, which gdb controls by the packets that are sent here.
 */
#include "device.h"

#define GDBSERVER "/bin/gdbserver"

/* A process that waits, and its debugger. */
struct session {
	pid_t tracee;
	pid_t server;
	FILE *to;
	FILE *from;
};

static void wait_for_debugger(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static pid_t start_server(pid_t tracee, int in, int out)
{
	char number[12];
	pid_t pid;

	snprintf(number, sizeof(number), "%d", tracee);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(CHILD_SECONDS);
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		execl(GDBSERVER, "gdbserver", "--once", "--attach", "stdio", number, NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

/* A packet is $TEXT#XX, XX the sum of its bytes, answered by + if it is right. */
static void send(struct session *session, const char *format, ...)
{
	unsigned char sum = 0;
	char text[256];
	va_list args;
	size_t i;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (i = 0; text[i]; i++)
		sum += (unsigned char)text[i];
	assert_true(fprintf(session->to, "$%s#%02x", text, sum) > 0);
	assert_int_equal(fflush(session->to), 0);
	assert_int_equal(getc(session->from), '+');
}

/* What is between $ and #, at most @size - 1 characters; c*N is c, repeated. */
static void receive(struct session *session, char *text, int size)
{
	size_t length = 0;
	int c;

	assert_int_equal(getc(session->from), '$');
	while ((c = getc(session->from)) != '#') {
		int more = c == '*' ? getc(session->from) - 29 : 1;

		assert_true(c != EOF && more > 0 && length + more < (size_t)size);
		memset(text + length, c == '*' ? text[length - 1] : c, more);
		length += more;
	}
	text[length] = '\0';
	getc(session->from);
	getc(session->from);
	assert_int_equal(putc('+', session->to), '+');
}

static void assert_receives(struct session *session, const char *expected)
{
	char answer[64];

	receive(session, answer, sizeof(answer));
	assert_string_equal(answer, expected);
}

static void start_session(struct session *session)
{
	int there[2], back[2];

	assert_int_equal(pipe2(there, O_CLOEXEC), 0);
	assert_int_equal(pipe2(back, O_CLOEXEC), 0);
	session->tracee = start_child(wait_for_debugger, NULL);
	session->server = start_server(session->tracee, there[0], back[1]);
	assert_int_equal(close(there[0]), 0);
	assert_int_equal(close(back[1]), 0);
	session->to = fdopen(there[1], "w");
	session->from = fdopen(back[0], "r");
	send(session, "Hg0");
	assert_receives(session, "OK");
}

static void end_session(struct session *session)
{
	send(session, "D");
	assert_receives(session, "OK");
	fclose(session->to);
	fclose(session->from);
	assert_int_equal(end_child(session->server), 0);
	assert_int_equal(kill(session->tracee, SIGKILL), 0);
	assert_int_equal(end_child(session->tracee), -SIGKILL);
}

/* How many of the @length bytes at @p gdb gets; all are those expected. */
static size_t examine(struct session *session, const void *p, const unsigned char *expected,
		      size_t length)
{
	char answer[256], byte[3];
	size_t i;

	send(session, "m%lx,%zx", (unsigned long)p, length);
	receive(session, answer, sizeof(answer));
	if (answer[0] == 'E')
		return 0;
	for (i = 0; answer[2 * i]; i++) {
		assert_true(i < length);
		snprintf(byte, sizeof(byte), "%02x", expected[i]);
		assert_memory_equal(answer + 2 * i, byte, 2);
	}
	return i;
}

static bool set(struct session *session, void *p, const char *hex)
{
	char answer[64];

	send(session, "M%lx,%zx:%s", (unsigned long)p, strlen(hex) / 2, hex);
	receive(session, answer, sizeof(answer));
	if (strcmp(answer, "OK"))
		assert_int_equal(answer[0], 'E');
	return !strcmp(answer, "OK");
}

static void gdb_examines_and_sets_a_shared_map(void **state)
{
	struct session session;
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_SHARED, RW, 80, 2);
	start_session(&session);
	assert_int_equal(examine(&session, p + PAGE - 8, pattern + 81 * PAGE - 8, 16), 16);
	assert_true(set(&session, p + PAGE - 2, "67646221"));
	assert_memory_equal(p + PAGE - 2, "gdb!", 4);
	end_session(&session);
	assert_device_but(fd, 81 * PAGE - 2, "gdb!", 4);
	unmap(p, 2);
}

static void gdb_cannot_set_a_read_only_shared_map(void **state)
{
	int reader = open_node(O_RDONLY);
	struct session session;
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(reader, MAP_SHARED, PROT_READ, 80, 2);
	start_session(&session);
	assert_int_equal(examine(&session, p, pattern + 80 * PAGE, 16), 16);
	assert_false(set(&session, p, "67646221"));
	assert_false(set(&session, p + PAGE - 2, "67646221"));
	end_session(&session);
	assert_device_unchanged(fd);
	unmap(p, 2);
	assert_int_equal(close(reader), 0);
}

static void gdb_sees_nothing_behind_a_shared_map(void **state)
{
	unsigned char *p = reserve(3);
	struct session session;
	int fd = node(state);

	fill(fd);
	assert_ptr_equal(mmap(p, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 80 * PAGE), p);
	unmap(p + 2 * PAGE, 1);
	start_session(&session);
	assert_true(examine(&session, p + 2 * PAGE - 8, pattern + 82 * PAGE - 8, 16) <= 8);
	assert_false(set(&session, p + 2 * PAGE - 2, "67646221"));
	end_session(&session);
	/* What lies inside may have been stored. */
	assert_device_but(fd, 82 * PAGE - 2, p + 2 * PAGE - 2, 2);
	unmap(p, 2);
}

static void gdb_sets_a_private_map_in_its_process_only(void **state)
{
	struct session session;
	int fd = node(state);
	unsigned char *p;

	fill(fd);
	p = map(fd, MAP_PRIVATE, RW, 80, 2);
	start_session(&session);
	assert_true(set(&session, p, "67646221"));
	assert_int_equal(examine(&session, p, (const unsigned char *)"gdb!", 4), 4);
	end_session(&session);
	assert_pages(p, 80, 2);
	assert_device_unchanged(fd);
	unmap(p, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gdb_examines_and_sets_a_shared_map),
		TEST(gdb_cannot_set_a_read_only_shared_map),
		TEST(gdb_sees_nothing_behind_a_shared_map),
		TEST(gdb_sets_a_private_map_in_its_process_only),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
