// SPDX-License-Identifier: BSD-2-Clause
// The queues of Boost, in the way that their manual uses them.
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstring>
#include <new>

#include "native.h"

namespace
{

template <size_t size> struct message {
	uint64_t words[size / 8];
};

template <size_t size, size_t slot>
using fixed_queue =
	boost::lockfree::spsc_queue<message<size>, boost::lockfree::capacity<RING / slot>>;
using small_queue = fixed_queue<SHORT, SHORT>;
using line_queue = fixed_queue<LINE, 64>;

void *create(size_t size, int)
{
	if (size == SHORT)
		return new (shared_memory(sizeof(small_queue))) small_queue;
	return new (shared_memory(sizeof(line_queue))) line_queue;
}

void send(void *state, const void *data, size_t)
{
	auto &queue = *static_cast<line_queue *>(state);

	while (!queue.push(*static_cast<const message<LINE> *>(data)))
		relax();
}

void receive(void *state, void *data, size_t)
{
	auto &queue = *static_cast<line_queue *>(state);

	while (!queue.pop(*static_cast<message<LINE> *>(data)))
		relax();
}

void send_single(void *state, uint64_t count)
{
	auto &queue = *static_cast<small_queue *>(state);
	message<SHORT> one;

	for (uint64_t i = 0; i < count; i++) {
		write_message(one.words, SHORT, i);
		while (!queue.push(one))
			relax();
	}
}

void receive_single(void *state, uint64_t count)
{
	auto &queue = *static_cast<small_queue *>(state);
	message<SHORT> one;

	for (uint64_t i = 0; i < count; i++) {
		while (!queue.pop(one))
			relax();
		compare_message(one.words, SHORT, i);
	}
}

void send_arrays(void *state, uint64_t count)
{
	auto &queue = *static_cast<small_queue *>(state);
	message<SHORT> some[BATCH];

	for (uint64_t i = 0; i < count; i += BATCH) {
		size_t size = count - i < BATCH ? count - i : BATCH, done = 0;

		for (size_t j = 0; j < size; j++)
			write_message(some[j].words, SHORT, i + j);
		while (done < size) {
			size_t more = queue.push(some + done, size - done);

			if (!more)
				relax();
			done += more;
		}
	}
}

void receive_arrays(void *state, uint64_t count)
{
	auto &queue = *static_cast<small_queue *>(state);
	message<SHORT> some[BATCH];

	for (uint64_t i = 0; i < count;) {
		size_t size = queue.pop(some, BATCH);

		if (!size)
			relax();
		for (size_t j = 0; j < size; j++)
			compare_message(some[j].words, SHORT, i++);
	}
}

void receive_all(void *state, uint64_t count)
{
	auto &queue = *static_cast<small_queue *>(state);

	for (uint64_t i = 0; i < count;) {
		if (!queue.consume_all([&](const message<SHORT> &one) {
			    compare_message(one.words, SHORT, i++);
		    }))
			relax();
	}
}

namespace ipc = boost::interprocess;

void *create_interprocess(size_t size, int)
{
	const char *name = "mmapdemo-bench";

	ipc::message_queue::remove(name);
	auto queue = new ipc::message_queue(ipc::create_only, name, RING / size, size);
	ipc::message_queue::remove(name);
	return queue;
}

void send_interprocess(void *state, const void *data, size_t size)
{
	static_cast<ipc::message_queue *>(state)->send(data, size, 0);
}

void receive_interprocess(void *state, void *data, size_t size)
{
	ipc::message_queue::size_type got;
	unsigned int priority;

	static_cast<ipc::message_queue *>(state)->receive(data, size, got, priority);
	if (got != size)
		errx(1, "message_queue");
}

peer make(const char *name, unsigned int many, decltype(peer::send_many) send_many,
	  decltype(peer::receive_many) receive_many)
{
	peer made = {};

	made.name = name;
	made.many = many;
	made.most = LINE;
	made.create = create;
	made.send = send;
	made.receive = receive;
	made.send_many = send_many;
	made.receive_many = receive_many;
	return made;
}

peer make_interprocess()
{
	peer made = make("Boost.Interprocess message_queue", 50000, nullptr, nullptr);

	made.most = 0;
	made.create = create_interprocess;
	made.send = send_interprocess;
	made.receive = receive_interprocess;
	return made;
}

} // namespace

const peer boost_single =
	make("boost::lockfree::spsc_queue, push() and pop()", 1500000, send_single, receive_single);
const peer boost_arrays =
	make("boost::lockfree::spsc_queue, arrays of 32", 5000000, send_arrays, receive_arrays);
const peer boost_all =
	make("boost::lockfree::spsc_queue, consume_all()", 5000000, send_arrays, receive_all);
const peer interprocess = make_interprocess();
