/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a freestanding 32-bit test needs: system calls by their numbers, which
 * return minus the error, and words for what is not as expected. For another
 * processor, a main() that says so.
 */
#ifndef COMPAT_H
#define COMPAT_H

#ifndef __i386__

#include <stdio.h>

int main(void)
{
	puts("ok 1 - a 32-bit program # SKIP this processor's are not built\n1..1");
	return 0;
}

#else

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/mman.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODE "/dev/mmapdemo"
#define PAGE 4096U
#define RW (PROT_READ | PROT_WRITE)

/* Up to six arguments, as the C calling convention has them: on the stack. */
long call(long number, ...);
__asm__(".globl call\n"
	"call: push %ebp; push %edi; push %esi; push %ebx\n"
	"mov 20(%esp), %eax; mov 24(%esp), %ebx; mov 28(%esp), %ecx; mov 32(%esp), %edx\n"
	"mov 36(%esp), %esi; mov 40(%esp), %edi; mov 44(%esp), %ebp\n"
	"int $0x80\n"
	"pop %ebx; pop %esi; pop %edi; pop %ebp; ret\n"
	".globl _start\n"
	"_start: and $-16, %esp; call main; mov %eax, %ebx; mov $1, %eax; int $0x80\n");

/* gcc makes calls of these two. */
void *memset(void *to, int value, size_t length);
void *memcpy(void *to, const void *from, size_t length);

void *memset(void *to, int value, size_t length)
{
	volatile unsigned char *p = to;

	while (length--)
		*p++ = (unsigned char)value;
	return to;
}

void *memcpy(void *to, const void *from, size_t length)
{
	volatile unsigned char *p = to;
	const unsigned char *q = from;

	while (length--)
		*p++ = *q++;
	return to;
}

static void say(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	call(__NR_write, 1, text, length);
}

static void say_number(long number)
{
	char digits[12];
	char *p = digits + sizeof(digits);
	unsigned long left = number < 0 ? -(unsigned long)number : (unsigned long)number;

	*--p = '\0';
	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (number < 0)
		*--p = '-';
	say(p);
}

static bool failed;

static void expect_at(int line, long got, long wanted)
{
	if (got == wanted)
		return;
	failed = true;
	say("# line ");
	say_number(line);
	say(": got ");
	say_number(got);
	say(", expected ");
	say_number(wanted);
	say("\n");
}

#define expect(got, wanted) expect_at(__LINE__, (long)(got), (long)(wanted))

static long map2(int file, size_t length, int prot, int flags, uint32_t pgoff)
{
	return call(__NR_mmap2, NULL, length, prot, flags, file, pgoff);
}

static int open_node(void)
{
	int node = call(__NR_open, NODE, O_RDWR);

	expect(node >= 0, true);
	return node;
}

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}

/* Returns what main() must. */
static int run_tests(const struct test *tests, long count)
{
	int code = 0;
	long i;

	for (i = 0; i < count; i++) {
		tests[i].run();
		code |= failed;
		say(failed ? "not ok " : "ok ");
		say_number(i + 1);
		say(" - ");
		say(tests[i].name);
		say("\n");
		failed = false;
	}
	say("1..");
	say_number(count);
	say("\n");
	return code;
}

#endif /* __i386__ */

#endif /* COMPAT_H */
