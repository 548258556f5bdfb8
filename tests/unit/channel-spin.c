// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels: how long a side spins before it sleeps. The clock is the test's own: it goes
 * on when somebody looks, and at a given look something happens. So is the number of CPUs.
 */
#include "channel.h"

#include <dlfcn.h>
#include <time.h>

#define STEP 1000  /* nanoseconds from look to look */
#define LONGEST 51 /* looks in 50 us, the first one being at the beginning */
#define TRIES 8
#define SELDOM 64

static long cpus = 2;
static uint64_t looks, moment;
static void (*happens)(struct pair *s);
static struct pair *pair;

int clock_gettime(clockid_t id, struct timespec *time)
{
	(void)id;
	if (++looks == moment)
		happens(pair);
	*time = (struct timespec){ .tv_nsec = (long)looks * STEP };
	return 0;
}

long sysconf(int name)
{
	long (*other)(int name) = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");

	return name == _SC_NPROCESSORS_ONLN ? cpus : other(name);
}

static void at_look(uint64_t look, struct pair *s, void (*what)(struct pair *s))
{
	looks = 0;
	moment = look;
	happens = what;
	pair = s;
}

/* By any other clock the deadline is past: who sleeps is back at once. */
static int receive(struct pair *s, long deadline)
{
	const struct timespec time = { .tv_nsec = deadline * STEP };
	char data[8];

	return (int)mmapdemo_consumer_timedrecv(&s->c, data, sizeof(data), &time);
}

static int receive_in_vain(struct pair *s, long deadline)
{
	at_look(0, NULL, NULL);
	assert_int_equal(receive(s, deadline), -ETIMEDOUT);
	return (int)looks;
}

static void send_three(struct pair *s)
{
	assert_int_equal(mmapdemo_producer_trysend(&s->p, "abc", 3), 0);
}

static void take_all(struct pair *s)
{
	static char data[MOST];

	while (mmapdemo_consumer_tryrecv(&s->c, data, MOST) >= 0)
		;
}

static void receive_alone(struct pair *s)
{
	cpus = 1;
	assert_int_equal(mmapdemo_consumer_open(&s->c, s->buffer), 0);
	assert_int_equal(receive_in_vain(s, 1000), 0);
}

/* The library asks once in a process: this comes before the others. */
static void who_has_one_CPU_does_not_spin(void **state)
{
	struct pair *s = open_pair(state);

	mmapdemo_consumer_close(&s->c);
	join(start_with(receive_alone, s), 0);
	close_pair(s);
}

static void spinning_ends_after_50_us_or_at_the_deadline(void **state)
{
	struct pair *s = open_pair(state);

	assert_int_equal(receive_in_vain(s, 1000), LONGEST);
	assert_int_equal(receive_in_vain(s, 20), 20);
	assert_int_equal(receive_in_vain(s, 1000), LONGEST);
	close_pair(s);
}

static void a_try_does_not_spin(void **state)
{
	struct pair *s = open_pair(state);
	char data[8];

	at_look(0, NULL, NULL);
	assert_int_equal(mmapdemo_consumer_tryrecv(&s->c, data, sizeof(data)), -EAGAIN);
	assert_int_equal(receive(s, 0), -ETIMEDOUT);
	assert_int_equal(looks, 0);
	close_pair(s);
}

static void a_message_that_comes_meanwhile_needs_no_sleep(void **state)
{
	struct pair *s = open_pair(state);

	for (uint64_t look = 1; look < LONGEST; look += 7) {
		at_look(look, s, send_three);
		assert_int_equal(receive(s, 1000), 3);
		assert_int_equal(looks, look);
		assert_int_equal(s->c.page->sleeping, 0);
	}
	assert_int_equal(stat_of(s).producer_wakes, 0);
	close_pair(s);
}

static void room_that_comes_meanwhile_needs_no_sleep(void **state)
{
	const struct timespec deadline = { .tv_nsec = 1000 * STEP };
	static const char data[MOST];
	struct pair *s = open_pair(state);

	/* Each takes 1008 bytes; a try that fails would ask to be woken. */
	for (size_t i = 0; i < RING / 1008; i++)
		assert_int_equal(mmapdemo_producer_trysend(&s->p, data, 1000), 0);
	at_look(30, s, take_all);
	assert_int_equal(mmapdemo_producer_timedsend(&s->p, data, 1000, &deadline), 0);
	assert_int_equal(looks, 30);
	assert_int_equal(s->p.page->sleeping, 0);
	assert_int_equal(stat_of(s).consumer_wakes, 0);
	close_pair(s);
}

static void who_spins_in_vain_seldom_tries_again(void **state)
{
	struct pair *s = open_pair(state);

	for (int i = 0; i < 2 * SELDOM; i++)
		assert_int_equal(receive_in_vain(s, 1000),
				 i < TRIES || i % SELDOM == 0 ? LONGEST : 0);
	close_pair(s);
}

static void who_spun_to_some_purpose_goes_on(void **state)
{
	struct pair *s = open_pair(state);

	for (int i = 0; i < SELDOM; i++)
		receive_in_vain(s, 1000);
	at_look(LONGEST - 1, s, send_three);
	assert_int_equal(receive(s, 1000), 3);
	for (int i = 0; i < TRIES; i++)
		assert_int_equal(receive_in_vain(s, 1000), LONGEST);
	assert_int_equal(receive_in_vain(s, 1000), 0);
	close_pair(s);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		ON(who_has_one_CPU_does_not_spin, 1),
		ON_CHANNELS(spinning_ends_after_50_us_or_at_the_deadline),
		ON_CHANNELS(a_try_does_not_spin),
		ON_CHANNELS(a_message_that_comes_meanwhile_needs_no_sleep),
		ON_CHANNELS(room_that_comes_meanwhile_needs_no_sleep),
		ON_CHANNELS(who_spins_in_vain_seldom_tries_again),
		ON_CHANNELS(who_spun_to_some_purpose_goes_on),
	};

	return run_on_backings("channel-spin", tests, sizeof(tests) / sizeof(tests[0]));
}
