// SPDX-License-Identifier: GPL-2.0-only
/* The engine that takes messages and computes one checksum of all of them. */
#include <linux/slab.h>

#include "compat.h"
#include "engine.h"

/* crc32c as in RFC 3720: it begins with all ones, and its result is inverted. */
struct sink {
	u32 crc;
};

static int create(void **state, const struct mmapdemo_engine *args)
{
	struct sink *sink;

	if (args->rate || args->length || args->count)
		return -EINVAL;
	sink = kzalloc(sizeof(*sink), GFP_KERNEL_ACCOUNT);
	if (!sink)
		return -ENOMEM;
	sink->crc = ~0U;
	*state = sink;
	return 0;
}

static void destroy(void *state)
{
	kfree(state);
}

static ssize_t message(void *state, void *message, size_t length)
{
	struct sink *sink = state;

	WRITE_ONCE(sink->crc, crc32c(sink->crc, message, length));
	return 0;
}

static u64 value(const void *state)
{
	const struct sink *sink = state;

	return (u32)~READ_ONCE(sink->crc);
}

struct mmapdemo_engine_ops mmapdemo_sink_ops = {
	.name = "sink",
	.owner = THIS_MODULE,
	.in = true,
	.create = create,
	.destroy = destroy,
	.message = message,
	.value = value,
};
