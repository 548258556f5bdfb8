// SPDX-License-Identifier: BSD-2-Clause
/*
 * CHANNEL_WAIT and CHANNEL_WAKE: what is waited for, until when, who is woken, and
 * what becomes of @sleeping. The end of the peer is in channel-hangup.c.
 */
#include "channel.h"

static void a_message_is_not_waited_for(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	for (int i = 0; i < 100; i++) {
		assert_fails(wait_until(consumer.fd, 0), ETIMEDOUT);
		publish_text(&producer, "a message of forty bytes, more or less");
		assert_int_equal(wait_until(consumer.fd, 0), 0);
		assert_int_equal(wait_until(consumer.fd, MMAPDEMO_WAIT_FOREVER), 0);
		take_text(&consumer, "a message of forty bytes, more or less");
	}
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

/* Once around and more: each place of the ring. */
static void a_message_is_looked_for_at_taken(void **state)
{
	static char message[RING / 8];
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	memset(message, 0xff, sizeof(message));
	for (size_t length = 0; length < sizeof(message); length = length * 9 / 8 + 8) {
		publish_silently(&producer, message, length);
		producer.producer->head = 0;
		assert_int_equal(wait_until(consumer.fd, 0), 0);
		consumer.position = producer.position;
		free_taken(&consumer);
		assert_fails(wait_until(consumer.fd, 0), ETIMEDOUT);
	}
	assert_true(producer.position > RING);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

/* What the producer's page says, and what the consumer's does. */
static void set_room(struct side *producer, struct side *consumer, uint64_t head, uint64_t freed)
{
	producer->producer->head = head;
	consumer->consumer->taken = freed;
	consumer->consumer->freed = freed;
}

static void assert_has_room(struct side *producer, uint64_t room)
{
	producer->producer->wanted = (uint32_t)room;
	assert_int_equal(wait_until(producer->fd, 0), 0);
	producer->producer->wanted = (uint32_t)room + 1;
	assert_fails(wait_until(producer->fd, 0), ETIMEDOUT);
	producer->producer->wanted = (uint32_t)room + 8;
	assert_fails(wait_until(producer->fd, 0), ETIMEDOUT);
}

static void room_is_what_lies_between_freed_and_head(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	for (uint64_t at = 0; at < 3 * RING; at += RING / 2 - 8) {
		for (uint64_t used = 0; used <= RING; used += RING / 4) {
			set_room(&producer, &consumer, at + used, at);
			assert_has_room(&producer, RING - used);
		}
	}
	set_room(&producer, &consumer, (1ULL << 40) + 8, 1ULL << 40);
	assert_has_room(&producer, RING - 8);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

struct waiter {
	int fd;
	int role;
	uint32_t wanted;
	uint64_t deadline;
	int error;
	void (*before)(void);
};

/* In a process with the role; what CHANNEL_WAIT must say to it. */
static void wait_as(void *arg)
{
	const struct waiter *w = arg;
	struct side side = take(w->fd, w->role);
	int result;

	if (w->role == MMAPDEMO_PRODUCER) {
		side.producer->head = 8;
		side.producer->wanted = w->wanted;
	}
	if (w->before)
		w->before();
	result = wait_until(side.fd, w->deadline);
	assert_int_equal(result < 0 ? errno : 0, w->error);
}

/* In a channel where nobody has waited before. */
static pid_t start_waiter(struct waiter waiter)
{
	struct side viewer = map_side(waiter.fd, 0);
	pid_t pid;

	if (!waiter.deadline)
		waiter.deadline = MMAPDEMO_WAIT_FOREVER;
	pid = start_child(wait_as, &waiter);
	until_flagged(pid, waiter.role == MMAPDEMO_PRODUCER ? &viewer.producer->sleeping :
							      &viewer.consumer->sleeping);
	unmap_side(&viewer);
	return pid;
}

static void WAKE_wakes_the_consumer(void **state)
{
	const uint64_t deadlines[] = { 0, INT64_MAX, MMAPDEMO_WAIT_FOREVER };

	for (int i = 0; i < 3; i++) {
		int fd = create_channel(node(state), "");
		struct side producer = take(fd, MMAPDEMO_PRODUCER);
		pid_t pid = start_waiter((struct waiter){
			.fd = fd, .role = MMAPDEMO_CONSUMER, .deadline = deadlines[i] });

		publish_silently(&producer, "late", 4);
		assert_int_not_equal(producer.consumer->sleeping, 0);
		assert_int_equal(wake_peer(producer.fd), 0);
		assert_int_equal(end_child(pid), 0);
		leave_role(&producer);
		close(fd);
	}
}

static void WAKE_wakes_the_producer(void **state)
{
	int fd = create_channel(node(state), "");
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);
	pid_t pid = start_waiter(
		(struct waiter){ .fd = fd, .role = MMAPDEMO_PRODUCER, .wanted = (uint32_t)RING });

	consumer.consumer->freed = 8;
	assert_int_not_equal(consumer.producer->sleeping, 0);
	assert_int_equal(wake_peer(consumer.fd), 0);
	assert_int_equal(end_child(pid), 0);
	leave_role(&consumer);
	close(fd);
}

static void WAKE_clears_the_flag_of_who_does_not_sleep(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_int_equal(wake_peer(producer.fd), 0);
	assert_int_equal(wake_peer(consumer.fd), 0);
	consumer.consumer->sleeping = UINT32_MAX;
	producer.producer->sleeping = UINT32_MAX;
	assert_int_equal(wake_peer(producer.fd), 0);
	assert_int_equal(consumer.consumer->sleeping, 0);
	assert_int_equal(producer.producer->sleeping, UINT32_MAX);
	assert_int_equal(wake_peer(consumer.fd), 0);
	assert_int_equal(producer.producer->sleeping, 0);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

/* Also when it does not sleep for long: it says so before it looks. */
static void WAIT_sets_the_flag_of_its_own_side(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	assert_fails(wait_until(consumer.fd, now() + SECOND / 100), ETIMEDOUT);
	assert_int_not_equal(consumer.consumer->sleeping, 0);
	assert_int_equal(producer.producer->sleeping, 0);
	assert_int_equal(wake_peer(producer.fd), 0);
	producer.producer->wanted = (uint32_t)RING + 8;
	assert_fails(wait_until(producer.fd, now() + SECOND / 100), ETIMEDOUT);
	assert_int_not_equal(producer.producer->sleeping, 0);
	assert_int_equal(consumer.consumer->sleeping, 0);
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void nobody_is_back_before_the_deadline(void **state)
{
	int fd = create_channel(node(state), "");

	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	for (uint64_t ahead = 1; ahead < SECOND / 4; ahead *= 3) {
		uint64_t deadline = now() + ahead;

		assert_fails(wait_until(fd, deadline), ETIMEDOUT);
		assert_true(now() >= deadline);
	}
	close(fd);
}

static void a_signal_is_EINTR(void **state)
{
	int fd = create_channel(node(state), "");
	pid_t pid;

	handled = shared_memory();
	pid = start_waiter((struct waiter){
		.fd = fd, .role = MMAPDEMO_CONSUMER, .before = handle_signal, .error = EINTR });
	assert_int_equal(kill(pid, SIGUSR1), 0);
	assert_int_equal(end_child(pid), 0);
	assert_int_equal(load_word(handled), 1);
	unmap(handled, 1);
	close(fd);
}

static void a_restarting_handler_waits_on(void **state)
{
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	pid_t pid;

	handled = shared_memory();
	pid = start_waiter((struct waiter){
		.fd = fd, .role = MMAPDEMO_CONSUMER, .before = restart_after_signal });
	for (uint32_t i = 1; i <= 3; i++) {
		until_asleep(pid);
		assert_int_equal(kill(pid, SIGUSR1), 0);
		while (load_word(handled) != i)
			usleep(1000);
	}
	until_asleep(pid);
	assert_true(publish_text(&producer, "at last"));
	assert_int_equal(end_child(pid), 0);
	unmap(handled, 1);
	leave_role(&producer);
	close(fd);
}

/* However often it is restarted: else it would last as long as the signals come. */
static void a_restarted_wait_keeps_its_deadline(void **state)
{
	int fd = create_channel(node(state), "");
	siginfo_t ended = { 0 };
	uint64_t deadline = now() + 2 * SECOND;
	pid_t pid;

	handled = shared_memory();
	pid = start_waiter((struct waiter){ .fd = fd,
					    .role = MMAPDEMO_CONSUMER,
					    .before = restart_after_signal,
					    .deadline = deadline,
					    .error = ETIMEDOUT });
	while (!ended.si_pid) {
		kill(pid, SIGUSR1);
		usleep(20000);
		assert_int_equal(waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
	}
	assert_int_equal(end_child(pid), 0);
	assert_true(now() >= deadline);
	unmap(handled, 1);
	close(fd);
}

static void a_deadline_out_of_range_is_EINVAL(void **state)
{
	static const uint64_t wrong[] = { 1ULL << 63, (1ULL << 63) + 1, ~0ULL - 1, 3ULL << 62 };
	int fd = create_channel(node(state), "");
	struct side producer = take(fd, MMAPDEMO_PRODUCER);
	struct side consumer = take(fd, MMAPDEMO_CONSUMER);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_fails(wait_until(producer.fd, wrong[i]), EINVAL);
		assert_fails(wait_until(consumer.fd, wrong[i]), EINVAL);
	}
	leave_role(&producer);
	leave_role(&consumer);
	close(fd);
}

static void a_bad_address_is_EFAULT(void **state)
{
	unsigned char *p = memory(2);
	int fd = create_channel(node(state), "");

	memset(p, 0, PAGE);
	assert_int_equal(mprotect(p + PAGE, PAGE, PROT_NONE), 0);
	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, NULL), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, -PAGE), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, p + PAGE), EFAULT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, p + PAGE - 7), EFAULT);
	/* Eight bytes anywhere, and none is written. */
	assert_int_equal(mprotect(p, PAGE, PROT_READ), 0);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, p + PAGE - 8), ETIMEDOUT);
	assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAIT, p + 1), ETIMEDOUT);
	unmap(p, 2);
	close(fd);
}

static void WAKE_takes_no_argument(void **state)
{
	int fd = create_channel(node(state), "");

	assert_int_equal(join_as(fd, MMAPDEMO_CONSUMER), 0);
	for (int bit = 0; bit < 64; bit++)
		assert_fails(ioctl(fd, MMAPDEMO_IOC_CHANNEL_WAKE, 1UL << bit), EINVAL);
	assert_int_equal(wake_peer(fd), 0);
	close(fd);
}

static void assert_no_role(int fd)
{
	assert_fails(wait_until(fd, 0), EBADF);
	assert_fails(wake_peer(fd), EBADF);
}

static void who_has_no_role_by_JOIN_gets_EBADF(void **state)
{
	int fd = create_channel(node(state), "");
	int reader = open_again(fd, O_RDONLY);
	int writer = open_again(fd, O_RDWR);

	assert_no_role(fd);
	assert_no_role(reader);
	send_text(writer, "x");
	expect_text(reader, "x");
	assert_no_role(writer);
	assert_no_role(reader);
	close(writer);
	assert_int_equal(join_as(fd, MMAPDEMO_PRODUCER), 0);
	assert_int_equal(wake_peer(fd), 0);
	close(reader);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_is_not_waited_for),
		TEST(a_message_is_looked_for_at_taken),
		TEST(room_is_what_lies_between_freed_and_head),
		TEST(WAKE_wakes_the_consumer),
		TEST(WAKE_wakes_the_producer),
		TEST(WAKE_clears_the_flag_of_who_does_not_sleep),
		TEST(WAIT_sets_the_flag_of_its_own_side),
		TEST(nobody_is_back_before_the_deadline),
		TEST(a_signal_is_EINTR),
		TEST(a_restarting_handler_waits_on),
		TEST(a_restarted_wait_keeps_its_deadline),
		TEST(a_deadline_out_of_range_is_EINVAL),
		TEST(a_bad_address_is_EFAULT),
		TEST(WAKE_takes_no_argument),
		TEST(who_has_no_role_by_JOIN_gets_EBADF),
	};

	return cmocka_run_group_tests(tests, as_nobody, NULL);
}
