/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/namespace_mode.h"

#include "tests/harness/harness.h"

TEST(words)
{
	CHECK_INT(namespace_mode_parse("host").kind, NAMESPACE_HOST);
	CHECK_INT(namespace_mode_parse("none").kind, NAMESPACE_NONE);
	CHECK_INT(namespace_mode_parse("private").kind, NAMESPACE_PRIVATE);
	CHECK_INT(namespace_mode_parse("shareable").kind, NAMESPACE_SHAREABLE);
	CHECK(!namespace_mode_parse("host").name);
}

TEST(names_stand_behind_a_colon)
{
	struct namespace_mode mode = namespace_mode_parse("container:db:ro");

	CHECK_INT(mode.kind, NAMESPACE_CONTAINER);
	CHECK_TEXT(mode.name, "db:ro");
	mode = namespace_mode_parse("service:host");
	CHECK_INT(mode.kind, NAMESPACE_SERVICE);
	CHECK_TEXT(mode.name, "host");
	CHECK_TEXT(namespace_mode_parse("service:").name, "");
}

TEST(everything_else_is_our_own)
{
	static const char *const texts[] = {NULL,    "",	  "bridge",    "hosts", "hos",
					    "host:", "container", "service x", "Host"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CHECK_INT(namespace_mode_parse(texts[i]).kind, NAMESPACE_OWN);
		CHECK(!namespace_mode_parse(texts[i]).name);
	}
}

TEST(foreign_is_the_hosts_or_a_containers)
{
	CHECK(namespace_mode_is_foreign("host"));
	CHECK(namespace_mode_is_foreign("container:x"));
	CHECK(!namespace_mode_is_foreign("none"));
	CHECK(!namespace_mode_is_foreign("service:x"));
	CHECK(!namespace_mode_is_foreign(NULL));
}
