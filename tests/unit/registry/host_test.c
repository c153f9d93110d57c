/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/host.h"

#include "base/error.h"
#include "base/strvec.h"
#include "tests/harness/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>

TEST(a_host_is_a_name_or_an_address_and_perhaps_a_port)
{
	char name[HOST_SIZE];
	uint16_t port;

	CHECK(host_split("Example.COM:5000", name, &port));
	CHECK_TEXT(name, "example.com");
	CHECK_INT(port, 5000);
	CHECK(host_split("[2001:DB8::1]:443", name, &port));
	CHECK_TEXT(name, "2001:DB8::1");
	CHECK_INT(port, 443);
	CHECK(host_split("localhost", name, &port));
	CHECK_INT(port, 0);
}

TEST(what_is_no_host_is_refused)
{
	static const char *const wrong[] = {"",		"a b",	     "a:0",	    "a:65536",
					    "a:",	"a:5x",	     "-a",	    "a/b",
					    "user@a",	"[::1",	     "[127.0.0.1]", "[::1]x",
					    "a\x1b[0m", "ä.example", "a%41",	    "[::1%eth0]"};
	struct error err = {0};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(host_check(wrong[i], &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

TEST(this_machine_has_many_names)
{
	CHECK(host_is_loopback("localhost"));
	CHECK(host_is_loopback("LOCALHOST."));
	CHECK(host_is_loopback("registry.localhost"));
	CHECK(host_is_loopback("127.3.2.1"));
	CHECK(host_is_loopback("::1"));
	CHECK(host_is_loopback("::ffff:127.0.0.1"));
	CHECK(!host_is_loopback("128.0.0.1"));
	CHECK(!host_is_loopback("localhost.example"));
	CHECK(!host_is_loopback("notlocalhost"));
	CHECK(host_is_local("169.254.169.254"));
	CHECK(host_is_local("fe80::1"));
	CHECK(host_is_local("0.0.0.0"));
	CHECK(host_is_local("::"));
	CHECK(!host_is_local("10.0.0.1"));
	CHECK(!host_is_local("2001:db8::1"));
}

TEST(addresses_are_seen_as_connect_gets_them)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sockaddr_in6 address6 = {.sin6_family = AF_INET6};

	inet_pton(AF_INET, "169.254.169.254", &address.sin_addr);
	CHECK(host_address_is_local((struct sockaddr *)&address));
	inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
	CHECK(!host_address_is_local((struct sockaddr *)&address));
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &address6.sin6_addr);
	CHECK(host_address_is_local((struct sockaddr *)&address6));
	address.sin_family = AF_UNIX;
	CHECK(host_address_is_local((struct sockaddr *)&address));
}

TEST(lists_have_hosts_and_networks)
{
	auto_strvec struct strvec list = {0};

	strvec_add(&list, "registry.example:5000");
	strvec_add(&list, "plain.example");
	strvec_add(&list, "10.0.0.0/8");
	strvec_add(&list, "2001:db8::/33");
	CHECK(host_is_listed("Registry.Example:5000", &list));
	CHECK(!host_is_listed("registry.example", &list));
	CHECK(!host_is_listed("registry.example:5001", &list));
	CHECK(host_is_listed("plain.example", &list));
	CHECK(host_is_listed("10.200.0.1:5000", &list));
	CHECK(!host_is_listed("11.0.0.1", &list));
	CHECK(host_is_listed("[2001:db8::1]:80", &list));
	CHECK(!host_is_listed("[2001:db8:8000::1]", &list));
	CHECK(!host_is_listed("10.0.0.1.example", &list));
}

TEST(list_entries_are_checked)
{
	CHECK(host_is_list_entry("a.example:5000"));
	CHECK(host_is_list_entry("10.0.0.0/8"));
	CHECK(host_is_list_entry("::/0"));
	CHECK(!host_is_list_entry("10.0.0.0/33"));
	CHECK(!host_is_list_entry("10.0.0/8"));
	CHECK(!host_is_list_entry("http://a.example"));
}
