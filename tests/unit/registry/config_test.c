/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/config.h"

#include "base/error.h"
#include "base/file.h"
#include "tests/harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_wrong(const char *text, const char *where, const char *what)
{
	auto_config struct config config = {0};
	struct error err = {0};

	CHECK(config_parse(&config, text, "f", false, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	if (strncmp(err.text, where, strlen(where)) != 0 || !strstr(err.text, what))
		fail_msg("'%s' is not at %s with '%s'", err.text, where, what);
}

TEST(mirrors_keep_their_order)
{
	auto_config struct config config = {0};
	struct error err = {0};
	const struct strvec *mirrors;

	CHECK_OK(config_parse(&config,
			      "{\"registry-mirrors\": [\"https://one.example/\"],\n"
			      " \"mirrors\": {\"docker.io\": [\"http://two.example:5000/p\"],"
			      " \"r.example:5000\": [\"https://three.example\"]},\n"
			      " \"insecure-registries\": [\"r.example:5000\", \"10.0.0.0/8\"],\n"
			      " \"limits\": {\"retry-seconds\": 0.5, \"attempts\": 2}}",
			      "f", false, &err));
	mirrors = config_mirrors(&config, "docker.io");
	CHECK(mirrors);
	CHECK_INT(mirrors->count, 2);
	CHECK_TEXT(mirrors->items[0], "https://one.example");
	CHECK_TEXT(mirrors->items[1], "http://two.example:5000/p");
	CHECK_TEXT(config_mirrors(&config, "r.example:5000")->items[0], "https://three.example");
	CHECK(!config_mirrors(&config, "r.example"));
	CHECK_INT(config.insecure.count, 2);
	CHECK_INT(config.limits.attempts, 2);
	CHECK(config.limits.retry_seconds > 0.49 && config.limits.retry_seconds < 0.51);
	CHECK_INT(config.limits.chunk, settings_limits_default.chunk);
}

TEST(mistakes_have_a_place)
{
	check_wrong("{\n  \"mirors\": {}\n}", "f:2:3: ", "'mirors' is not known");
	check_wrong("{\n  \"mirrors\": []\n}", "f:2:3: ", "must be an object");
	check_wrong("{\"mirrors\":\n {\"a b\": []}}", "f:2:3: ", "is no registry");
	check_wrong("{\"mirrors\": {\"a\": \"https://b\"}}", "f:1:14: ", "list of addresses");
	check_wrong("{\"mirrors\": {\"a\":\n[\"ftp://b\"]}}", "f:2:2: ", "must be an address");
	check_wrong("{\"registry-mirrors\": [1]}", "f:1:", "list of addresses");
	check_wrong("{\"registry-mirrors\": {}}", "f:1:2: ", "list of addresses");
	check_wrong("{\"insecure-registries\": [\"a/b/c\"]}", "f:1:26: ", "HOST");
	check_wrong("{\"insecure-registries\": \"a\"}", "f:1:2: ", "list of hosts");
	check_wrong("{\"limits\": {\"attempts\": 0}}", "f:1:13: ", "'attempts' must be a number");
	check_wrong("{\"limits\": {\"attempts\": 1.5}}", "f:1:13: ", "'attempts' must be a number");
	check_wrong("{\"limits\": {\"speed\": 1}}", "f:1:13: ", "'speed' is not known");
	check_wrong("{\n\"a\": }", "f:2:", "no valid JSON");
	check_wrong("[]", "f:1:1: ", "an object");
}

TEST(a_daemon_file_has_members_of_its_own)
{
	auto_config struct config config = {0};
	struct error err = {0};

	CHECK_OK(config_parse(&config,
			      "{\"data-root\": \"/x\", \"mirrors\": 1, \"limits\": 1,"
			      " \"insecure-registries\": [\"http://a.example:80\"]}",
			      "f", true, &err));
	CHECK_TEXT(config.insecure.items[0], "a.example:80");
}

TEST(the_environment_names_the_file)
{
	auto_config struct config config = {0}, none = {0};
	struct error err = {0};
	const char *path;
	char file[300];
	int dirfd = test_directory(&path);

	snprintf(file, sizeof(file), "%s/r.json", path);
	setenv("CORACLE_REGISTRIES", file, 1);
	CHECK(config_load(&none, &err) < 0);
	CHECK_INT(err.code, ENOENT);
	CHECK_OK(
		file_replace(dirfd, "r.json", "{\"insecure-registries\":[\"x\"]}", 29, 0644, &err));
	CHECK_OK(config_load(&config, &err));
	CHECK_TEXT(config.insecure.items[0], "x");
	unsetenv("CORACLE_REGISTRIES");
}
