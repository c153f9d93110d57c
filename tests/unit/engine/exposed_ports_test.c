/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "engine/exposed_ports.h"

#define WORD(text) ((char[]){text})

TEST(each_port_stands_once_with_its_protocol)
{
	char *image[] = {WORD("80/tcp"), WORD("53/udp"), NULL};
	char *own[] = {WORD("80"),	 WORD("53"),	 WORD("9001-9003/udp"),
		       WORD("9002/udp"), WORD("0"),	 WORD("x"),
		       WORD("70000"),	 WORD("80/TCP"), NULL};
	static const char *const expected[] = {"80/tcp",   "53/udp",   "53/tcp",
					       "9001/udp", "9002/udp", "9003/udp"};
	auto_arena struct arena arena = {0};
	char **ports = exposed_ports_merge(&arena, image, own);

	for (size_t i = 0; i < 6; i++)
		CHECK_TEXT(ports[i], expected[i]);
	CHECK(!ports[6]);
	CHECK(!exposed_ports_merge(&arena, NULL, NULL)[0]);
}
