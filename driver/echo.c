// SPDX-License-Identifier: GPL-2.0-only
/* The engine that sends each message back as it is. */
#include <linux/string.h>

#include "engine.h"

static ssize_t message(void *state, const void *message, size_t length, void *answer)
{
	memcpy(answer, message, length);
	return length;
}

struct mmapdemo_engine_ops mmapdemo_echo_ops = {
	.name = "echo",
	.owner = THIS_MODULE,
	.in = true,
	.out = true,
	.message = message,
};
