/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "net/port_text.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/ports.h"

static void check_one(const char *text, const char *ip, struct port_request want)
{
	auto_arena struct arena arena = {0};
	struct port_request *ports = NULL;
	size_t count = 0;

	CHECK(port_text_add(&ports, &count, text, &arena, NULL) == 0);
	CHECK(count == 1);
	CHECK(ports[0].host_port == want.host_port);
	CHECK(ports[0].host_port_last == want.host_port_last);
	CHECK(ports[0].container_port == want.container_port);
	CHECK_TEXT(ports[0].protocol, want.protocol);
	if (ip)
		CHECK_TEXT(ports[0].host_ip, ip);
	else
		CHECK(!ports[0].host_ip);
}

TEST(reads_one_port)
{
	check_one("80", NULL, (struct port_request){.container_port = 80, .protocol = "tcp"});
	check_one(":80", NULL, (struct port_request){.container_port = 80, .protocol = "tcp"});
	check_one("53:5353/UDP", NULL, (struct port_request){"udp", NULL, 53, 0, 5353});
	check_one("127.0.0.1:8080:80", "127.0.0.1",
		  (struct port_request){"tcp", NULL, 8080, 0, 80});
	check_one("127.0.0.1::80", "127.0.0.1", (struct port_request){"tcp", NULL, 0, 0, 80});
	check_one("[::1]:8080:80", "::1", (struct port_request){"tcp", NULL, 8080, 0, 80});
	check_one("::1:8080:80", "::1", (struct port_request){"tcp", NULL, 8080, 0, 80});
	check_one("8000-8010:80", NULL, (struct port_request){"tcp", NULL, 8000, 8010, 80});
}

TEST(takes_ranges_of_the_same_length)
{
	auto_arena struct arena arena = {0};
	struct port_request *ports = NULL;
	size_t count = 0;

	CHECK(port_text_add(&ports, &count, "7000-7002:80-82/udp", &arena, NULL) == 0);
	CHECK(port_text_add(&ports, &count, "90-91", &arena, NULL) == 0);
	CHECK(count == 5);
	CHECK(ports[2].host_port == 7002 && ports[2].container_port == 82);
	CHECK(ports[2].host_port_last == 0);
	CHECK(ports[4].host_port == 0 && ports[4].container_port == 91);
}

TEST(refuses_what_is_no_port)
{
	static const char *const wrong[] = {"",		"x",	 "0",	    "80:",     "70000:80",
					    "80:70000", "5-3:1", "1-2:3-5", "80/icmp", "-1:80"};

	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_arena struct arena arena = {0};
		struct port_request *ports = NULL;
		struct error err = {0};
		size_t count = 0;

		if (port_text_add(&ports, &count, wrong[i], &arena, &err) == 0)
			fail_msg("'%s' was taken", wrong[i]);
		CHECK(err.code == ERROR_INVALID);
	}
}
