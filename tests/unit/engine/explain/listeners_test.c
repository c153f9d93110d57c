/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of /proc/PID/net, as the kernel prints them on this machine.
 */
#include "engine/explain/listeners.h"

#include "base/arena.h"
#include "tests/harness/harness.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct arena arena;

static struct listeners parsed(const char *protocol, const char *text)
{
	struct listeners listeners = {.arena = &arena};

	listeners_parse(&listeners, protocol, text);
	return listeners;
}

#define HEADING "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"

static const char *line(const char *address, const char *rest)
{
	struct in_addr ipv4;

	inet_pton(AF_INET, address, &ipv4);
	return arena_format(&arena, "   0: %08X:%s\n", ipv4.s_addr, rest);
}

TEST(who_waits_and_where)
{
	const char *text = arena_format(&arena, HEADING "%s%s%s%s%s",
					line("0.0.0.0", "0050 00000000:0000 0A 0:0 00:0 0"),
					line("127.0.0.1", "0051 00000000:0000 0A 0:0 00:0 0"),
					line("127.0.0.11", "0052 00000000:0000 0A 0:0 00:0 0"),
					line("172.18.0.2", "0053 010012AC:1234 01 0:0 00:0 0"),
					line("172.18.0.2", "0051 00000000:0000 0A 0:0 00:0 0"));
	struct listeners listeners = parsed("tcp", text);

	CHECK_INT(listeners.count, 3);
	CHECK(!listeners_find(&listeners, "tcp", 80)->is_loopback);
	CHECK(!listeners_find(&listeners, "tcp", 81)->is_loopback);
	CHECK(!listeners_find(&listeners, "tcp", 82));
	CHECK(!listeners_find(&listeners, "tcp", 83));
	CHECK(!listeners_find(&listeners, "udp", 80));
	arena_release(&arena);
}

TEST(both_families_and_datagrams)
{
	struct listeners listeners =
		parsed("udp", HEADING "  1: 00000000000000000000000000000000:0035 "
				      "00000000000000000000000000000000:0000 07 0:0 00:0 0\n"
				      "  2: 00000000000000000000000000000000:0036 "
				      "00000000000000000000000000000000:0001 07 0:0 00:0 0\n");

	CHECK_INT(listeners.count, 1);
	CHECK(listeners_find(&listeners, "udp", 53));
	CHECK(!listeners_find(&listeners, "udp", 53)->is_loopback);
	arena_release(&arena);
}

TEST(what_is_no_table)
{
	CHECK_INT(parsed("tcp", "").count, 0);
	CHECK_INT(parsed("tcp", HEADING "\n\nx\n 1: 00:0 00:0 0A\n 1: 0000000G:0 0:0 0A").count, 0);
	CHECK_INT(parsed("tcp", HEADING " 1: 00000000: 00000000: 0A").count, 0);
	arena_release(&arena);
}
