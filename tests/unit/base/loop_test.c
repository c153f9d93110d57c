/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include "tests/harness/harness.h"

#include <stddef.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct node_pair {
	struct loop_source timers[2];
	int went_off;
};

/* Whichever comes first clears the other, which has expired as well. */
static void clear_other(struct loop_source *source, uint32_t events)
{
	struct node_pair *pair = source->data;

	(void)events;
	loop_timer_read(source);
	pair->went_off++;
	loop_timer_set(&pair->timers[source == &pair->timers[0]], 0, 0);
}

TEST(a_cleared_timer_does_not_go_off_in_the_same_batch)
{
	struct loop loop;
	struct node_pair pair = {0};

	CHECK(loop_init(&loop, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		pair.timers[i] = (struct loop_source){.handler = clear_other, .data = &pair};
		CHECK(loop_timer_create(&loop, &pair.timers[i], NULL) == 0);
		loop_timer_set(&pair.timers[i], 1, 0);
	}
	usleep(2000);
	CHECK(loop_step(&loop, 1000, NULL) == 2);
	CHECK(pair.went_off == 1);
	for (int i = 0; i < 2; i++)
		loop_timer_release(&pair.timers[i]);
	loop_release(&loop);
}

static void set_again(struct loop_source *source, uint32_t events)
{
	struct node_pair *pair = source->data;

	(void)events;
	loop_timer_read(source);
	pair->went_off++;
	loop_timer_set(&pair->timers[source == &pair->timers[0]], INT64_C(3600000000000), 0);
}

TEST(a_timer_that_was_set_again_waits_for_its_new_time)
{
	struct loop loop;
	struct node_pair pair = {0};

	CHECK(loop_init(&loop, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		pair.timers[i] = (struct loop_source){.handler = set_again, .data = &pair};
		CHECK(loop_timer_create(&loop, &pair.timers[i], NULL) == 0);
		loop_timer_set(&pair.timers[i], 1, 0);
	}
	usleep(2000);
	CHECK(loop_step(&loop, 1000, NULL) == 2);
	CHECK(pair.went_off == 1);
	CHECK(loop_step(&loop, 0, NULL) == 0);
	for (int i = 0; i < 2; i++)
		loop_timer_release(&pair.timers[i]);
	loop_release(&loop);
}

struct door {
	struct loop_source source;
	int client, knocks;
};

static void open_door(struct loop_source *source, uint32_t events)
{
	struct door *door = source->data;

	(void)events;
	door->knocks++;
	door->client = loop_accept(source);
}

TEST(whoever_waits_without_a_descriptor_for_it_does_not_keep_the_loop_busy)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX}; /* the kernel names it */
	socklen_t size = sizeof(address);
	struct door door = {.source = {.handler = open_door, .data = &door}};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct rlimit before, none = {0, 0};
	struct loop loop;

	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(connect(client, (struct sockaddr *)&address, size) == 0);
	CHECK(loop_init(&loop, NULL) == 0);
	CHECK(loop_add(&loop, &door.source, listener, EPOLLIN, NULL) == 0);

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none.rlim_max = before.rlim_max;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	for (int i = 0; i < 10000; i++)
		loop_step(&loop, 0, NULL);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(door.client < 0);
	CHECK(door.knocks > 0 && door.knocks < 5000);

	while (door.client < 0)
		CHECK(loop_step(&loop, -1, NULL) >= 0);
	loop_remove(&door.source);
	close(door.client);
	close(client);
	close(listener);
	loop_release(&loop);
}
