// SPDX-License-Identifier: BSD-2-Clause
/*
 * Producers and consumers that are killed at random, and their successors: nothing
 * that was sent is lost, nothing comes twice but what was not released, and the
 * order is kept. A hundred kills, and a thousand on shared memory; with SOAK ten
 * thousand on each. Each message begins with its own position.
 */
#include "channel.h"

#include <sys/mman.h>
#include <sys/prctl.h>

/* Beside the channel, shared. Of what was killed, the last thing it was sure of. */
struct diary {
	uint64_t sent;	   /* position after what was sent for sure */
	uint64_t seen;	   /* position of the message that was received last */
	uint64_t released; /* position after it, once it was released for sure */
	uint64_t next;	   /* position after it, whatever became of that */
	uint64_t heirs;	   /* successors who went on, of both kinds */
	uint64_t again;	   /* messages that came once more */
	uint64_t seed;
};

static struct diary *diary;

static void note(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_SEQ_CST);
}

/* Its predecessor's role is free once that is gone, at once or soon. */
static void take_role(struct pair *s, bool produces)
{
	int err = -EBUSY;

	while (err == -EBUSY)
		err = produces ? mmapdemo_producer_open(&s->p, s->buffer) :
				 mmapdemo_consumer_open(&s->c, s->buffer);
	assert_int_equal(err, 0);
}

static void write_position(void *place, size_t length, uint64_t position)
{
	memcpy(place, &position, sizeof(position));
	fill((char *)place + sizeof(position), length - sizeof(position), position);
}

static uint32_t random_length(uint64_t *random)
{
	uint32_t most = below(random, 50) ? 200 : 20000;

	return (uint32_t)sizeof(uint64_t) + below(random, most);
}

/* At a hang-up a message is sent all the same, if there is room. */
static void send_some(struct pair *s, uint64_t *random)
{
	uint32_t length = random_length(random), n = 1 + below(random, 8);
	uint64_t position = mmapdemo_producer_position(&s->p);
	struct mmapdemo_batch batch;
	void *place = NULL;
	int err;

	err = mmapdemo_batch_begin(&batch, &s->p, &place, length, NULL);
	if (err == -EPIPE) {
		usleep(100);
		return;
	}
	assert_int_equal(err, 0);
	do {
		write_position(place, length, position);
		position += (length + 15) / 8 * 8;
		length = random_length(random);
	} while (--n && (place = mmapdemo_batch_add(&batch, length)));
	err = mmapdemo_batch_publish(&batch);
	assert_true(err == 0 || err == -EPIPE);
	assert_int_equal(mmapdemo_producer_position(&s->p), position);
	note(&diary->sent, position);
}

static void produce(struct pair *s)
{
	uint64_t random = diary->seed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(0);
	take_role(s, true);
	assert_true(mmapdemo_producer_position(&s->p) >= diary->sent);
	__atomic_fetch_add(&diary->heirs, 1, __ATOMIC_SEQ_CST);
	for (;;)
		send_some(s, &random);
}

static void receive_one_more(struct pair *s)
{
	uint64_t position = mmapdemo_consumer_position(&s->c), told;
	const void *place;
	size_t length;
	int err = mmapdemo_consumer_peek(&s->c, &place, &length, NULL);

	if (err == -EPIPE) {
		usleep(100);
		return;
	}
	assert_int_equal(err, 0);
	memcpy(&told, place, sizeof(told));
	assert_int_equal(told, position);
	check((const char *)place + sizeof(told), length - sizeof(told), position);
	note(&diary->next, position + (length + 15) / 8 * 8);
	note(&diary->seen, position);
	mmapdemo_consumer_release(&s->c);
	note(&diary->released, mmapdemo_consumer_position(&s->c));
}

static void consume(struct pair *s)
{
	uint64_t position;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(0);
	take_role(s, false);
	position = mmapdemo_consumer_position(&s->c);
	if (position != diary->released) {
		assert_true(position == diary->next && diary->next > diary->released);
	} else if (diary->seen == position && position) {
		diary->again++;
	}
	__atomic_fetch_add(&diary->heirs, 1, __ATOMIC_SEQ_CST);
	note(&diary->released, position);
	for (;;)
		receive_one_more(s);
}

/* By the signal, not by an assertion of its own. */
static void kill_it(pid_t pid)
{
	kill(pid, SIGKILL);
	join(pid, SIGKILL);
}

static pid_t begin_again(struct pair *s, bool produces, uint64_t *random)
{
	diary->seed = below(random, 1U << 31);
	return start_with(produces ? produce : consume, s);
}

static void goes_on(const uint64_t *entry)
{
	uint64_t before = __atomic_load_n(entry, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(entry, __ATOMIC_SEQ_CST) == before)
		usleep(50);
}

static void successors_lose_nothing(void **state)
{
	struct pair *s = open_pair(state);
	int kills = s->backing->kind == MMAPDEMO_KIND_SHM ? 1000 : 100;
	uint64_t random = 3;
	pid_t pids[2];

	if (getenv("SOAK"))
		kills = 10000;
	diary = mmap(NULL, sizeof(*diary), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_ptr_not_equal(diary, MAP_FAILED);
	mmapdemo_producer_close(&s->p);
	mmapdemo_consumer_close(&s->c);
	for (int i = 0; i < 2; i++)
		pids[i] = begin_again(s, i, &random);
	for (int i = 0; i < kills; i++) {
		int which = (int)below(&random, 2);

		alarm(60);
		usleep(below(&random, 1500));
		kill_it(pids[which]);
		pids[which] = begin_again(s, which, &random);
		/* Both: nobody who sleeps is forgotten either. Others may die before they begin. */
		if (i % 2 == 0) {
			goes_on(&diary->sent);
			goes_on(&diary->released);
		}
	}
	kill_it(pids[0]);
	kill_it(pids[1]);
	assert_true(diary->heirs >= (uint64_t)kills / 2);
	assert_true(diary->released <= diary->sent + RING);
	munmap(diary, sizeof(*diary));
	close_pair(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON_CHANNELS(successors_lose_nothing),
	};

	return run_on_backings("channel-kills", tests, sizeof(tests) / sizeof(tests[0]));
}
