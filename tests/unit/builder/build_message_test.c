/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "builder/build.h"
#include "builder/build_message.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char room[BUILD_MESSAGE_ROOM];

TEST(an_event_comes_through_as_it_was_behind_its_head)
{
	const struct build_event event = {
		.kind = BUILD_STEP_OUTPUT,
		.step = 3,
		.name = "[build 2/4] RUN make",
		.bytes = "a\0b",
		.length = 3,
		.stream = 2,
		.done = 5,
		.total = 6,
		.time_ns = 7,
		.duration_ns = 8,
	};
	struct build_event heard;
	int sockets[2];
	ssize_t n;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	build_message_send(sockets[0], "HEAD", 4, &event);
	n = recv(sockets[1], room, sizeof(room), MSG_DONTWAIT);
	CHECK(n > 4 && memcmp(room, "HEAD", 4) == 0);
	CHECK(build_message_read(&heard, room + 4, (size_t)n - 4));
	CHECK_INT(heard.kind, BUILD_STEP_OUTPUT);
	CHECK_INT(heard.step, 3);
	CHECK_TEXT(heard.name, "[build 2/4] RUN make");
	CHECK(!heard.text);
	CHECK_INT(heard.length, 3);
	CHECK(memcmp(heard.bytes, "a\0b", 3) == 0);
	CHECK_INT(heard.stream, 2);
	CHECK_INT(heard.done, 5);
	CHECK_INT(heard.total, 6);
	CHECK_INT(heard.time_ns, 7);
	CHECK_INT(heard.duration_ns, 8);
	CHECK(!build_message_read(&heard, room + 4, (size_t)n - 5));
	CHECK(!build_message_read(&heard, room, 3));
	close(sockets[0]);
	close(sockets[1]);
}

TEST(long_output_comes_in_pieces)
{
	static char bytes[100001];
	const struct build_event event = {
		.kind = BUILD_STEP_OUTPUT, .name = "n", .bytes = bytes, .length = sizeof(bytes)};
	struct build_event heard;
	size_t total = 0, pieces = 0;
	int sockets[2];
	ssize_t n;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	build_message_send(sockets[0], "", 0, &event);
	while ((n = recv(sockets[1], room, sizeof(room), MSG_DONTWAIT)) > 0) {
		CHECK(build_message_read(&heard, room, (size_t)n));
		total += heard.length;
		pieces++;
	}
	CHECK_INT(total, sizeof(bytes));
	CHECK(pieces > 1);
	close(sockets[0]);
	close(sockets[1]);
}
