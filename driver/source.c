// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine that makes records at a rate. Each record is due at an exact time. The
 * engine makes all records together that have become due since it last ran, since a
 * timer for each record would take more time than all the rest.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "clock.h"
#include "engine.h"

#define RATE_MAX 1000000

/* Bytes a second: more would keep a CPU busy all the time. */
#define FLOW_MAX SZ_1G

/**
 * struct source - the state of a source
 * @rate: records a second
 * @length: bytes of each record
 * @count: how many records it makes, 0 for no limit
 * @start: when the first record was due
 * @sequence: number of the next record
 * @offset: how far the clock of its maker is ahead of the kernel's, in ns
 */
struct source {
	u64 rate;
	u64 length;
	u64 count;
	u64 start;
	u64 sequence;
	s64 offset;
};

static int create(void **state, const struct mmapdemo_engine *args)
{
	struct source *source;

	if (!args->rate || args->rate > RATE_MAX ||
	    args->length < sizeof(struct mmapdemo_source_record) ||
	    args->length > MMAPDEMO_ENGINE_MESSAGE_MAX || args->rate * args->length > FLOW_MAX)
		return -EINVAL;
	source = kzalloc(sizeof(*source), GFP_KERNEL_ACCOUNT);
	if (!source)
		return -ENOMEM;
	source->rate = args->rate;
	source->length = args->length;
	source->count = args->count;
	source->offset = mmapdemo_clock_offset();
	*state = source;
	return 0;
}

static void destroy(void *state)
{
	kfree(state);
}

/* When record @sequence is due. Rounding errors do not add up; no overflow in 500 years. */
static u64 due(const struct source *source, u64 sequence)
{
	u64 part;
	u64 seconds = div64_u64_rem(sequence, source->rate, &part);

	return source->start + seconds * NSEC_PER_SEC +
	       div64_u64(part * NSEC_PER_SEC, source->rate);
}

static ssize_t produce(void *state, u64 now, void *record, u64 *next)
{
	struct source *source = state;
	struct mmapdemo_source_record *begin = record;

	if (source->count && source->sequence == source->count)
		return -ENODATA;
	if (!source->start)
		source->start = now;
	*next = due(source, source->sequence);
	if (*next > now)
		return -EAGAIN;
	memset(record, 0, source->length);
	begin->sequence = source->sequence++;
	begin->time = *next + source->offset;
	return source->length;
}

struct mmapdemo_engine_ops mmapdemo_source_ops = {
	.name = "source",
	.owner = THIS_MODULE,
	.out = true,
	.create = create,
	.destroy = destroy,
	.produce = produce,
};
