/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/expose.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include "harness.h"

#include <string.h>

static void check(const char *text, const char *expected)
{
	auto_strvec struct strvec ports = {0};
	auto_strbuf struct strbuf all = {0};
	struct error err = {0};

	if (expose_parse(&ports, text, &err) < 0)
		fail_msg("'%s': %s", text, err.text);
	strvec_each (port, &ports)
		strbuf_printf(&all, "%s%s", all.length ? " " : "", *port);
	if (strcmp(strbuf_text(&all), expected) != 0)
		fail_msg("'%s' became '%s', not '%s'", text, strbuf_text(&all), expected);
}

static void refuse(const char *text, const char *why)
{
	auto_strvec struct strvec ports = {0};
	struct error err = {0};

	if (expose_parse(&ports, text, &err) == 0)
		fail_msg("'%s' was accepted", text);
	CHECK(err.code == ERROR_INVALID);
	if (!strstr(err.text, why))
		fail_msg("'%s': '%s' lacks '%s'", text, err.text, why);
}

TEST(ports_ranges_and_protocols)
{
	check("80", "80/tcp");
	check("80/", "80/tcp");
	check("53/UDP", "53/udp");
	check("7/sctp", "7/sctp");
	check("8000-8002/tcp", "8000/tcp 8001/tcp 8002/tcp");
	check("0", "0/tcp");
	check("65535", "65535/tcp");
}

TEST(of_the_hosts_side_nothing_is_kept)
{
	check("80:8080", "8080/tcp");
	check("127.0.0.1:80:8080/udp", "8080/udp");
	check("[::1]:80:8080", "8080/tcp");
	check(":8080", "8080/tcp");
	check("8000-8100:80", "80/tcp");
}

TEST(what_is_no_port)
{
	refuse("http", "containerPort");
	refuse("", "containerPort");
	refuse("70000", "70000");
	refuse("90-80", "90-80");
	refuse("80/foo", "foo");
	refuse("x:80", "hostPort");
	refuse("1.2.3:80:80", "1.2.3");
	refuse("1-3:80-81", "differ");
}

TEST(none_is_there_twice)
{
	auto_strvec struct strvec ports = {0};
	struct error err = {0};

	CHECK(expose_parse(&ports, "80-81", &err) == 0);
	CHECK(expose_parse(&ports, "80", &err) == 0);
	CHECK(ports.count == 2);
}
