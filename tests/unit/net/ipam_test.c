/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ipam.h"

#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "tests/harness/harness.h"

static struct error err;

static const char *text_of(const struct cidr *cidr)
{
	static char text[CIDR_TEXT_SIZE];

	return cidr_format(text, cidr);
}

TEST(takes_dockers_pools_in_dockers_order_and_goes_on_when_they_are_used_up)
{
	struct cidr taken[400];
	struct ipam_taken list = {taken, 0};

	for (size_t i = 0; i < 300; i++) {
		CHECK_OK(ipam_pick_subnet(&taken[i], 0, &list, &err));
		list.count++;
	}
	CHECK_TEXT(text_of(&taken[0]), "172.18.0.0/16");
	CHECK_TEXT(text_of(&taken[13]), "172.31.0.0/16");
	CHECK_TEXT(text_of(&taken[14]), "192.168.0.0/20");
	CHECK_TEXT(text_of(&taken[29]), "192.168.240.0/20");
	CHECK_TEXT(text_of(&taken[30]), "10.89.0.0/24");
	CHECK_TEXT(text_of(&taken[299]), "10.90.13.0/24");
}

TEST(never_takes_what_the_host_routes_to)
{
	struct cidr taken[3], subnet;
	struct ipam_taken list = {taken, 3};

	CHECK_OK(cidr_parse(&taken[0], "172.16.0.0/12", &err));
	CHECK_OK(cidr_parse(&taken[1], "192.168.1.7/32", &err));
	CHECK_OK(cidr_parse(&taken[2], "192.168.16.0/24", &err));
	CHECK_OK(ipam_pick_subnet(&subnet, 0, &list, &err));
	CHECK_TEXT(text_of(&subnet), "192.168.32.0/20");
	CHECK_OK(ipam_pick_subnet(&subnet, 26, &list, &err));
	CHECK_TEXT(text_of(&subnet), "192.168.0.0/26");
}

TEST(says_what_was_tried_when_everything_is_taken)
{
	struct cidr taken[2], subnet;
	struct ipam_taken list = {taken, 2};

	taken[0] = (struct cidr){.family = AF_INET, .prefix = 1};
	taken[1] = (struct cidr){.family = AF_INET, .address = 0x80000000, .prefix = 1};
	CHECK(ipam_pick_subnet(&subnet, 0, &list, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	CHECK(strstr(err.text, "all predefined address pools have been fully subnetted"));
	CHECK(strstr(err.text, "192.168.0.0/16"));
}

TEST(local_ipv6_subnets_are_stable_and_differ)
{
	struct cidr a = {0}, b = {0}, again = {0};
	struct ipam_taken none = {0};

	CHECK_OK(ipam_pick_subnet6(&a, "host", "one", &none, &err));
	CHECK_OK(ipam_pick_subnet6(&again, "host", "one", &none, &err));
	CHECK_OK(ipam_pick_subnet6(&b, "host", "two", &none, &err));
	CHECK(a.prefix == 64 && a.address >> 120 == 0xfd);
	CHECK(a.address == again.address && a.address != b.address);
	CHECK(a.address >> 80 == b.address >> 80);
}

static const char *pick(struct ipam_request *request)
{
	static char text[CIDR_TEXT_SIZE];
	ip_number address;
	struct cidr subnet;

	if (ipam_pick_address(&address, request, &err) < 0)
		return err.text;
	CHECK_OK(cidr_parse(&subnet, request->subnet->subnet, &err));
	request->last = address;
	return cidr_format_address(text, subnet.family, address);
}

TEST(addresses_count_up_and_freed_ones_come_last)
{
	struct pair reserved = {"printer", "10.0.0.3"};
	struct network_subnet subnet = {.subnet = "10.0.0.0/29",
					.gateway = "10.0.0.1",
					.reserved = &reserved,
					.reserved_count = 1};
	struct ipam_request request = {
		.network = "front", .network_id = "abcdef0123456789", .subnet = &subnet};
	ip_number used[] = {0x0a000004, 0x0a000005};

	CHECK_TEXT(pick(&request), "10.0.0.2");
	CHECK_TEXT(pick(&request), "10.0.0.4");
	CHECK_TEXT(pick(&request), "10.0.0.5");
	CHECK_TEXT(pick(&request), "10.0.0.6");
	request.used = used;
	request.used_count = 2;
	CHECK_TEXT(pick(&request), "10.0.0.2");
	CHECK_TEXT(pick(&request), "10.0.0.6");
	used[0] = 0x0a000002;
	used[1] = 0x0a000004;
	CHECK_TEXT(pick(&request), "10.0.0.5");
}

TEST(a_full_subnet_and_bad_static_addresses_are_refused)
{
	struct network_subnet subnet = {.subnet = "10.0.0.0/30", .gateway = "10.0.0.1"};
	struct ipam_request request = {
		.network = "front", .network_id = "abcdef0123456789", .subnet = &subnet};
	ip_number used[] = {0x0a000002};
	static const char *const bad[][2] = {
		{"10.0.1.1", "lies outside of the subnet 10.0.0.0/30"},
		{"10.0.0.0", "network or broadcast address"},
		{"10.0.0.3", "network or broadcast address"},
		{"10.0.0.1", "by the gateway"},
		{"10.0.0.2", "address already in use"},
		{"fd00::1", "not an IPv4 address"},
		{"ten", "not an IPv4 address"},
	};

	request.used = used;
	request.used_count = 1;
	CHECK_TEXT(pick(&request), "no available IPv4 addresses on this network's address pools: "
				   "front (abcdef012345)");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request.address = bad[i][0];
		if (!strstr(pick(&request), bad[i][1]))
			fail_msg("%s: %s", bad[i][0], err.text);
	}
}
