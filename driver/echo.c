// SPDX-License-Identifier: GPL-2.0-only
/* The engine that sends each message back unchanged. */
#include "engine.h"

static ssize_t message(void *state, void *message, size_t length)
{
	return length;
}

struct mmapdemo_engine_ops mmapdemo_echo_ops = {
	.name = "echo",
	.owner = THIS_MODULE,
	.in = true,
	.out = true,
	.message = message,
};
