/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/settings.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "tests/harness/harness.h"

TEST(the_transport_reads_what_the_command_wrote)
{
	static char header[] = "X-A: b", host[] = "a:1", network[] = "10.0.0.0/8";
	char *headers[] = {header, NULL}, *insecure[] = {host, network, NULL};
	auto_settings struct settings settings = {.agent = "a/1",
						  .host = "docker.io",
						  .repository = "x/\"y\"",
						  .can_push = true,
						  .headers = headers,
						  .insecure = insecure,
						  .limits = settings_limits_default};
	auto_settings struct settings got = {0};
	auto_strbuf struct strbuf text = {0};
	struct settings_endpoint *endpoint = settings_add_endpoint(&settings);
	struct error err = {0};

	endpoint->url = "https://m";
	endpoint->is_mirror = true;
	endpoint = settings_add_endpoint(&settings);
	endpoint->url = "http://r";
	endpoint->password = "p\nw";
	endpoint->is_fallback = true;
	settings.limits.retry_seconds = 0.25;
	settings_format(&text, &settings);
	CHECK_OK(settings_parse(&got, text.text, text.length, &err));
	CHECK_TEXT(got.repository, "x/\"y\"");
	CHECK(!got.mount_from);
	CHECK(got.can_push);
	CHECK_INT(got.endpoint_count, 2);
	CHECK(got.endpoints[0].is_mirror && !got.endpoints[1].is_mirror);
	CHECK(got.endpoints[1].is_fallback);
	CHECK_TEXT(got.endpoints[1].password, "p\nw");
	CHECK(!got.endpoints[1].user);
	CHECK_TEXT(got.headers[0], "X-A: b");
	CHECK(!got.headers[1]);
	CHECK_TEXT(got.insecure[1], "10.0.0.0/8");
	CHECK(got.limits.retry_seconds > 0.24 && got.limits.retry_seconds < 0.26);
	CHECK_INT(got.limits.chunk, settings_limits_default.chunk);
}

TEST(settings_without_a_place_to_ask_are_refused)
{
	auto_settings struct settings got = {0};

	CHECK(settings_parse(&got, "{\"host\":\"a\",\"agent\":\"b\"}", 24, NULL) < 0);
	CHECK(settings_parse(&got, "nonsense", 8, NULL) < 0);
}
