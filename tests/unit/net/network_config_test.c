/* SPDX-License-Identifier: Apache-2.0 */
#include "net/network_config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "tests/harness/harness.h"

static struct error err;

TEST(a_description_survives_the_file)
{
	struct pair reserved = {"printer", "10.0.0.9"}, label = {"a.b", "c \"d\""};
	struct pair option = {"com.docker.network.driver.mtu", "1400"};
	struct network_subnet subnet = {.subnet = "10.0.0.0/24",
					.gateway = "10.0.0.1",
					.ip_range = "10.0.0.128/25",
					.reserved = &reserved,
					.reserved_count = 1};
	struct network network = {
		.name = "front",
		.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.driver = "bridge",
		.internal = true,
		.enable_ipv4 = true,
		.attachable = true,
		.subnets = &subnet,
		.subnet_count = 1,
		.options = &option,
		.option_count = 1,
		.labels = &label,
		.label_count = 1,
		.created = "2026-01-02T03:04:05Z",
		.bridge = "br-0123456789ab",
		.mtu = 1400,
	};
	struct network read, *all;
	struct arena arena = {0};
	int dir = test_directory(NULL);
	size_t count;

	CHECK_OK(network_config_save(dir, &network, &err));
	CHECK_OK(network_config_load(dir, "front", &read, &arena, &err));
	CHECK_TEXT(read.id, network.id);
	CHECK(read.internal && read.attachable && read.enable_ipv4 && !read.enable_ipv6);
	CHECK_TEXT(read.subnets[0].ip_range, "10.0.0.128/25");
	CHECK_TEXT(read.subnets[0].reserved[0].value, "10.0.0.9");
	CHECK_TEXT(read.labels[0].value, "c \"d\"");
	CHECK_TEXT(read.options[0].name, option.name);
	CHECK_INT(read.mtu, 1400);
	CHECK_OK(file_replace(dir, "broken.json", "{", 1, 0600, &err));
	CHECK_OK(network_config_list(dir, &all, &count, &arena, &err));
	CHECK_INT(count, 1);
	CHECK(network_config_load(dir, "../front", &read, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	CHECK(network_config_lock(dir, "other", &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	arena_release(&arena);
	close(dir);
}

TEST(mistakes_are_named)
{
	static const struct {
		const char *subnet, *gateway, *option, *value, *problem;
		int code;
	} rows[] = {
		{"10.0.0.0", NULL, NULL, NULL, "has no prefix length", ERROR_INVALID},
		{"10.0.0.0/33", NULL, NULL, NULL, "prefix length from 0 to 32", ERROR_INVALID},
		{"ten/8", NULL, NULL, NULL, "is not an address", ERROR_INVALID},
		{"10.0.0.0/4", NULL, NULL, NULL, "too large", ERROR_INVALID},
		{"fd00::/64", NULL, NULL, NULL, "needs enable_ipv6", ERROR_INVALID},
		{"10.0.0.0/24", "10.1.0.1", NULL, NULL, "gateway 10.1.0.1 lies outside",
		 ERROR_INVALID},
		{NULL, "10.1.0.1", NULL, NULL, "need a subnet", ERROR_INVALID},
		{NULL, NULL, "com.docker.network.driver.mtu", "12", "68 to 65535", ERROR_INVALID},
		{NULL, NULL, "com.docker.network.bridge.name", "a/b", "interface name",
		 ERROR_INVALID},
		{NULL, NULL, "com.docker.network.bridge.gateway_mode_ipv4", "routed",
		 "routed is not supported", ERROR_INVALID},
		{NULL, NULL, "com.docker.network.host_ipv4", "1.2.3.4", "not supported",
		 ERROR_UNSUPPORTED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct network_subnet subnet = {.subnet = rows[i].subnet,
						.gateway = rows[i].gateway};
		struct pair option = {rows[i].option, rows[i].value};
		struct network network = {
			.name = "front",
			.enable_ipv4 = true,
			.subnets = &subnet,
			.subnet_count = 1,
			.options = &option,
			.option_count = rows[i].option != NULL,
		};

		if (network_config_check(&network, &err) == 0 || err.code != rows[i].code ||
		    !strstr(err.text, rows[i].problem))
			fail_msg("row %zu: %s", i, err.text);
	}
}

TEST(names_and_drivers_are_checked)
{
	struct network network = {.name = "../x", .enable_ipv4 = true};

	CHECK(network_config_check(&network, &err) < 0);
	CHECK(strstr(err.text, "is not a network name"));
	network = (struct network){.name = "x", .driver = "overlay", .enable_ipv4 = true};
	CHECK(network_config_check(&network, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	network = (struct network){.name = "x"};
	CHECK(network_config_check(&network, &err) < 0);
	CHECK(strstr(err.text, "both disabled"));
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *member, *value, *problem; /* @value NULL: it is left out */
} damages[] = {
	{"name", "\"back\"", "it says it is of 'back'"},
	{"name", NULL, "'name' is missing"},
	{"id", "\"0123\"", "'id' cannot be '0123'"},
	{"bridge", "\"eth0\"", "'bridge' cannot be 'eth0'"},
	{"bridge", "\"br-ffffffffffff\"", "'bridge' cannot be 'br-ffffffffffff'"},
	{"bridge", "[]", "'bridge' is not a text"},
	{"enable_ipv4", "\"yes\"", "'enable_ipv4' is neither true nor false"},
	{"mtu", "-1 ", "'mtu' is -1"},
	{"mtu", "4294967296 ", "'mtu' is 4294967296"},
	{"created", "\"today\"", "'created' cannot be 'today'"},
	{"subnets", "{}", "'subnets' is not a list"},
	{"subnets", "[{\"subnet\": 7}]", "'subnets': 1: 'subnet' is not a text"},
	{"subnets", "[{\"subnet\": \"10.0.0.0/24\", \"gateway\": \"1.1.1.1\"}]", "lies outside"},
	{"labels", "{\"a\": null}", "'labels' is not a text"},
	{"options", "[]", "'options' is not an object"},
};

TEST(damage_is_named_and_no_other_interface_is_taken_for_its_own)
{
	static const char text[] = "{\"name\": \"front\", \"id\": \"" ID "\", \"bridge\": "
				   "\"br-0123456789ab\", \"enable_ipv4\": true}";
	auto_arena struct arena arena = {0};
	auto_close int dir = test_directory(NULL);
	struct network network;

	for (size_t i = 0; i <= array_length(damages); i++) {
		auto_json json *document = json_parse(text, sizeof(text) - 1, "it", &err);
		const char *value = i < array_length(damages) ? damages[i].value : "true";
		const char *member = i < array_length(damages) ? damages[i].member : "attachable";

		json_object_object_del(document, member);
		if (value)
			json_set(document, member, json_parse(value, strlen(value), "it", &err));
		CHECK_OK(json_save(dir, "front.json", document, 0600, &err));
		if (i == array_length(damages)) {
			CHECK_OK(network_config_load(dir, "front", &network, &arena, &err));
			CHECK_INT(network.mtu, 1500);
			continue;
		}
		if (network_config_load(dir, "front", &network, &arena, &err) == 0)
			fail_msg("%s is believed", damages[i].problem);
		CHECK_INT(err.code, ERROR_INVALID);
		if (!strstr(err.text, damages[i].problem) ||
		    !strstr(err.text, "networks/front.json"))
			fail_msg("%s: %s", damages[i].problem, err.text);
	}
}

TEST(nobody_waits_for_a_network_that_is_a_fifo)
{
	auto_arena struct arena arena = {0};
	auto_close int dir = test_directory(NULL);
	struct network network;

	CHECK_INT(mkfifoat(dir, "front.json", 0600), 0);
	CHECK_INT(network_config_load(dir, "front", &network, &arena, &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK_INT(network_config_lock(dir, "front", &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
}
