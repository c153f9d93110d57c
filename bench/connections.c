/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/connections.c - new TCP connections by the second, and how long each takes.
 *
 *   connections serve PORT                answers one byte on each connection and closes it
 *   connections load ADDRESS PORT SECONDS [RATE [AT_ONCE]]
 *
 * The load connects, sends one byte, waits for the answer and the end. At RATE (0: as fast as
 * AT_ONCE allow) connections a second it starts them when their time has come, however long others
 * take, and counts from then: so a stall shows in all that had to wait for it. It prints the rate
 * and the latencies in microseconds, and fails when a connection fails.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_AT_ONCE 20000
#define EVENTS	     256
/* Latencies up to 2^32 us: 16 steps for each power of two. */
#define STEPS	4
#define BUCKETS (32 << STEPS)

struct connection {
	int fd;
	bool is_sent;
	uint64_t start_us;
};

struct load {
	struct sockaddr_storage target;
	socklen_t target_length;
	uint64_t end_us, rate;
	size_t at_once;
	int epoll_fd;
	struct connection connections[MOST_AT_ONCE];
	size_t free[MOST_AT_ONCE], free_count;
	uint64_t begin_us, started, done, failed, max_us;
	uint64_t buckets[BUCKETS];
	int last_error;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static socklen_t parse_address(struct sockaddr_storage *out, const char *text, uint16_t port)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) {
		fprintf(stderr, "connections: not an address: '%s'\n", text);
		exit(2);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

/* ---- serve ---- */

static int listen_at(uint16_t port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&any, sizeof(any)) < 0 || listen(fd, 4096) < 0)
		die("listen");
	return fd;
}

static void watch(int epoll_fd, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
}

static void answer(int fd)
{
	char byte;

	if (recv(fd, &byte, 1, 0) == 1)
		send(fd, &byte, 1, MSG_NOSIGNAL);
	close(fd);
}

_Noreturn static void serve(uint16_t port)
{
	int epoll_fd = epoll_create1(0), listener = listen_at(port);
	struct epoll_event events[EVENTS];

	watch(epoll_fd, listener, EPOLLIN, (uint64_t)listener);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = (int)events[i].data.u64;

			if (fd != listener) {
				answer(fd);
				continue;
			}
			while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
				watch(epoll_fd, fd, EPOLLIN, (uint64_t)fd);
		}
	}
}

/* ---- load ---- */

static size_t bucket_of(uint64_t us)
{
	int power;

	if (us < 1 << STEPS)
		return us;
	power = 63 - __builtin_clzll(us);
	if (power > 31)
		return BUCKETS - 1;
	return (size_t)(power - STEPS + 1) << STEPS |
	       ((us >> (power - STEPS)) & ((1 << STEPS) - 1));
}

static uint64_t bucket_start(size_t bucket)
{
	size_t power = bucket >> STEPS, step = bucket & ((1 << STEPS) - 1);

	return power == 0 ? step : (UINT64_C(1) << STEPS | step) << (power - 1);
}

static void finish(struct load *load, size_t index, bool is_good)
{
	struct connection *connection = &load->connections[index];
	uint64_t us = now_us() - connection->start_us;

	close(connection->fd);
	load->free[load->free_count++] = index;
	if (!is_good) {
		load->last_error = errno;
		load->failed++;
		return;
	}
	load->done++;
	load->buckets[bucket_of(us)]++;
	if (us > load->max_us)
		load->max_us = us;
}

static void start(struct load *load, uint64_t start_us)
{
	size_t index = load->free[--load->free_count];
	struct connection *connection = &load->connections[index];

	load->started++;
	*connection = (struct connection){
		.fd = socket(load->target.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0),
		.start_us = start_us,
	};
	if (connection->fd < 0)
		die("socket");
	if (connect(connection->fd, (void *)&load->target, load->target_length) < 0 &&
	    errno != EINPROGRESS) {
		finish(load, index, false);
		return;
	}
	watch(load->epoll_fd, connection->fd, EPOLLIN | EPOLLOUT | EPOLLET, index);
}

static void go_on(struct load *load, size_t index, uint32_t events)
{
	struct connection *connection = &load->connections[index];
	char byte[2];

	if (!connection->is_sent && (events & EPOLLOUT)) {
		if (send(connection->fd, "x", 1, MSG_NOSIGNAL) != 1) {
			finish(load, index, false);
			return;
		}
		connection->is_sent = true;
	}
	for (;;) {
		ssize_t n = recv(connection->fd, byte, sizeof(byte), 0);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			finish(load, index, n == 0 && connection->is_sent);
			return;
		}
	}
}

/* Starts those whose time has come; returns the milliseconds until the next one's. */
static int start_due(struct load *load)
{
	uint64_t now = now_us();

	while (load->free_count > MOST_AT_ONCE - load->at_once) {
		uint64_t due =
			load->rate ? load->begin_us + load->started * 1000000 / load->rate : now;

		if (due >= load->end_us)
			break;
		if (due > now)
			return (int)((due - now) / 1000);
		start(load, due);
		if (load->rate == 0 && (now = now_us()) >= load->end_us)
			break;
	}
	return 100;
}

static uint64_t percentile(const struct load *load, double share)
{
	uint64_t wanted = (uint64_t)((double)load->done * share), seen = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		seen += load->buckets[i];
		if (seen > wanted)
			return bucket_start(i);
	}
	return load->max_us;
}

static int report(const struct load *load)
{
	uint64_t us = now_us() - load->begin_us;

	printf("rate %" PRIu64 " p50 %" PRIu64 " p99 %" PRIu64 " p999 %" PRIu64 " max %" PRIu64
	       " failed %" PRIu64 " done %" PRIu64 "\n",
	       us ? load->done * 1000000 / us : 0, percentile(load, 0.5), percentile(load, 0.99),
	       percentile(load, 0.999), load->max_us, load->failed, load->done);
	if (load->failed)
		fprintf(stderr, "connections: the last failure: %s\n", strerror(load->last_error));
	return load->failed > 0 || load->done == 0;
}

static void raise_file_limit(void)
{
	struct rlimit limit = {MOST_AT_ONCE + 100, MOST_AT_ONCE + 100};

	setrlimit(RLIMIT_NOFILE, &limit);
}

static int run_load(struct load *load, double seconds)
{
	struct epoll_event events[EVENTS];

	raise_file_limit();

	load->epoll_fd = epoll_create1(0);
	for (size_t i = 0; i < MOST_AT_ONCE; i++)
		load->free[load->free_count++] = i;
	load->begin_us = now_us();
	load->end_us = load->begin_us + (uint64_t)(seconds * 1e6);
	for (;;) {
		int wait = start_due(load), count;

		if (load->free_count == MOST_AT_ONCE && now_us() >= load->end_us)
			return report(load);
		count = epoll_wait(load->epoll_fd, events, EVENTS, wait);
		for (int i = 0; i < count; i++)
			go_on(load, events[i].data.u64, events[i].events);
	}
}

int main(int argc, char **argv)
{
	static struct load load;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve((uint16_t)atoi(argv[2]));
	if (argc < 5 || argc > 7 || strcmp(argv[1], "load") != 0) {
		fprintf(stderr, "usage: connections serve PORT\n"
				"       connections load ADDRESS PORT SECONDS [RATE [AT_ONCE]]\n");
		return 2;
	}
	load.target_length = parse_address(&load.target, argv[2], (uint16_t)atoi(argv[3]));
	load.rate = argc > 5 ? (uint64_t)atoll(argv[5]) : 0;
	load.at_once = argc > 6 ? (size_t)atoi(argv[6]) : load.rate ? MOST_AT_ONCE : 32;
	return run_load(&load, atof(argv[4]));
}
