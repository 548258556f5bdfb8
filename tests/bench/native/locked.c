// SPDX-License-Identifier: BSD-2-Clause
/* Slots in shared memory, guarded as textbooks do. */
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "native.h"

struct slots {
	size_t size;
	uint64_t count, sent, received;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	sem_t full, empty;
	char data[];
};

static void *create(size_t size, int lines)
{
	struct slots *slots = shared_memory(sizeof(*slots) + RING);
	pthread_mutexattr_t mutex;
	pthread_condattr_t changed;

	(void)lines;
	slots->size = size;
	slots->count = RING / size;
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&slots->mutex, &mutex);
	pthread_condattr_init(&changed);
	pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&slots->changed, &changed);
	sem_init(&slots->full, 1, 0);
	sem_init(&slots->empty, 1, (unsigned int)slots->count);
	return slots;
}

static char *slot(struct slots *slots, uint64_t number)
{
	return slots->data + number % slots->count * slots->size;
}

static void send_locked(void *state, const void *message, size_t size)
{
	struct slots *slots = state;

	pthread_mutex_lock(&slots->mutex);
	while (slots->sent - slots->received == slots->count)
		pthread_cond_wait(&slots->changed, &slots->mutex);
	memcpy(slot(slots, slots->sent++), message, size);
	pthread_cond_signal(&slots->changed);
	pthread_mutex_unlock(&slots->mutex);
}

static void receive_locked(void *state, void *message, size_t size)
{
	struct slots *slots = state;

	pthread_mutex_lock(&slots->mutex);
	while (slots->sent == slots->received)
		pthread_cond_wait(&slots->changed, &slots->mutex);
	memcpy(message, slot(slots, slots->received++), size);
	pthread_cond_signal(&slots->changed);
	pthread_mutex_unlock(&slots->mutex);
}

static void send_counted(void *state, const void *message, size_t size)
{
	struct slots *slots = state;

	sem_wait(&slots->empty);
	memcpy(slot(slots, slots->sent++), message, size);
	sem_post(&slots->full);
}

static void receive_counted(void *state, void *message, size_t size)
{
	struct slots *slots = state;

	sem_wait(&slots->full);
	memcpy(message, slot(slots, slots->received++), size);
	sem_post(&slots->empty);
}

const struct peer mutex_peer = {
	.name = "pthread mutex and condition",
	.many = 75000,
	.create = create,
	.send = send_locked,
	.receive = receive_locked,
};

const struct peer semaphores = {
	.name = "two semaphores",
	.many = 75000,
	.create = create,
	.send = send_counted,
	.receive = receive_counted,
};
