/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/request/request.h"
#include "cli/request/rows.h"
#include "engine/container.h"

#include <stdlib.h>
#include <string.h>

struct test_options {
	struct request_options request;
};

static const struct option_spec rows[] = {
	LIMIT_ROWS_CPU(test_options, request.limits),
	LIMIT_ROWS_MEMORY(test_options, request.limits),
	REQUEST_HEALTH(test_options, request.health),
	REQUEST_COMMON(test_options, request),
	REQUEST_CONTAINER(test_options, request),
	{0},
};

#define MOST_WORDS 16

/* As a command line: words that blanks separate. */
static int fill(struct container_config *config, struct arena *arena, const char *line,
		struct error *err)
{
	struct test_options options = {0};
	struct option_set sets[] = {{rows, &options}, {0}};
	auto_strvec struct strvec arguments = {0};
	char *words[MOST_WORDS] = {NULL}, *rest = arena_string(arena, line);
	int result;

	for (size_t count = 0; rest && *rest && count + 1 < MOST_WORDS; count++)
		words[count] = strsep(&rest, " ");
	options_init(&sets[0]);
	result = options_parse(sets, OPTIONS_FIRST, words, &arguments, err) < 0 ||
				 request_fill(config, &options.request, arena, err) < 0
			 ? -1
			 : 0;
	options_release(&sets[0]);
	return result;
}

static struct container_config fill_well(struct arena *arena, const char *line)
{
	struct container_config config;
	struct error err = {0};

	if (fill(&config, arena, line, &err) < 0)
		fail_msg("'%s': %s", line, err.text);
	return config;
}

TEST(nothing_asked_for_is_dockers_default)
{
	auto_arena struct arena arena = {0};
	struct container_config config = fill_well(&arena, "");

	CHECK_INT(config.endpoint_count, 1);
	CHECK_TEXT(config.endpoints[0].network, "bridge");
	CHECK(!config.network_mode && !config.entrypoint && !config.healthcheck.test);
	CHECK(config.stop_timeout_ns == -1);
	CHECK_TEXT(config.seccomp, SPEC_SECCOMP_DEFAULT);
	CHECK(config.restart.condition == RESTART_NO);
	CHECK(!config.resources.memory_swap && !config.resources.cpu_period_us);
}

TEST(variables_come_from_us_or_take_the_images_away)
{
	auto_arena struct arena arena = {0};
	struct container_config config;

	setenv("DOCKER_CONFIG", "/nonexistent", 1);
	setenv("REQUEST_TEST_OURS", "ours", 1);
	unsetenv("REQUEST_TEST_NONE");
	config = fill_well(&arena, "-e A=1 -e REQUEST_TEST_OURS -e REQUEST_TEST_NONE --env B=");
	CHECK_TEXT(config.env[0], "A=1");
	CHECK_TEXT(config.env[1], "REQUEST_TEST_OURS=ours");
	CHECK_TEXT(config.env[2], "REQUEST_TEST_NONE");
	CHECK_TEXT(config.env[3], "B=");
}

TEST(the_first_network_gets_what_is_said_outside)
{
	auto_arena struct arena arena = {0};
	struct container_config config = fill_well(
		&arena, "--network name=a,driver-opt=x=y,gw-priority=3 --network b --ip 10.0.0.1 "
			"--network-alias one --net-alias two");

	CHECK_INT(config.endpoint_count, 2);
	CHECK_TEXT(config.endpoints[0].ipv4, "10.0.0.1");
	CHECK_TEXT(config.endpoints[0].aliases[1], "two");
	CHECK_TEXT(config.endpoints[0].options[0].value, "y");
	CHECK_INT(config.endpoints[0].gw_priority, 3);
	CHECK(!config.endpoints[1].ipv4 && !config.endpoints[1].aliases);
	config = fill_well(&arena, "--network container:x");
	CHECK_TEXT(config.network_mode, "container:x");
	CHECK_INT(config.endpoint_count, 0);
}

TEST(limits_are_numbers_of_the_kernel)
{
	auto_arena struct arena arena = {0};
	struct container_config config = fill_well(
		&arena, "-m 64m --cpus 0.5 --pids-limit -1 --shm-size 1g --oom-score-adj -5");

	CHECK(config.resources.memory_limit == 64 << 20);
	CHECK(config.resources.memory_swap == 128 << 20);
	CHECK_INT(config.resources.cpu_quota_us, 50000);
	CHECK_INT(config.resources.pids_limit, -1);
	CHECK(config.shm_size == 1 << 30);
	CHECK(config.has_oom_score_adj && config.oom_score_adj == -5);
}

TEST(a_check_without_a_command_is_the_images)
{
	auto_arena struct arena arena = {0};
	struct container_config config = fill_well(&arena, "--health-interval 2s");

	CHECK(!config.healthcheck.test);
	CHECK(config.healthcheck.interval_ns == INT64_C(2000000000));
	config = fill_well(&arena, "--health-cmd true");
	CHECK_TEXT(config.healthcheck.test[0], "CMD-SHELL");
	CHECK_TEXT(config.healthcheck.test[1], "true");
	config = fill_well(&arena, "--no-healthcheck");
	CHECK_TEXT(config.healthcheck.test[0], "NONE");
}

TEST(mounts_of_three_kinds_of_words)
{
	auto_arena struct arena arena = {0};
	struct container_config config =
		fill_well(&arena, "-v data:/a:ro --mount type=bind,src=/b,dst=/b,bind-recursive="
				  "writable,ro --tmpfs /c:size=1m --volumes-from x:ro");

	CHECK_INT(config.mount_count, 3);
	CHECK(config.mounts[0].type == CONTAINER_MOUNT_VOLUME && config.mounts[0].read_only);
	CHECK(config.mounts[1].is_writable_below && !config.mounts[1].create_host_path);
	CHECK_TEXT(config.mounts[2].tmpfs_options, "size=1m");
	CHECK_TEXT(config.volumes_from[0], "x:ro");
}

TEST(devices_have_three_parts)
{
	auto_arena struct arena arena = {0};
	struct container_config config = fill_well(
		&arena, "--device /dev/a --device /dev/a:rw --device /dev/a:/dev/b --device "
			"/dev/a:/dev/b:m");

	CHECK_TEXT(config.devices_requested[0], "/dev/a:/dev/a:rwm");
	CHECK_TEXT(config.devices_requested[1], "/dev/a:/dev/a:rw");
	CHECK_TEXT(config.devices_requested[2], "/dev/a:/dev/b:rwm");
	CHECK_TEXT(config.devices_requested[3], "/dev/a:/dev/b:m");
}

TEST(hosts_and_links_are_name_and_address)
{
	auto_arena struct arena arena = {0};
	struct container_config config = fill_well(
		&arena,
		"--add-host a:1.2.3.4 --add-host b=::1 --add-host c:[::2] --link /db:d --link e");

	CHECK_TEXT(config.extra_hosts[0], "a=1.2.3.4");
	CHECK_TEXT(config.extra_hosts[1], "b=::1");
	CHECK_TEXT(config.extra_hosts[2], "c=::2");
	CHECK_TEXT(config.links[0], "d=db");
	CHECK_TEXT(config.links[1], "e=e");
}

TEST(what_docker_refuses_is_refused)
{
	static const char *const wrong[][2] = {
		{"-e =x", "invalid environment variable: =x"},
		{"-l =x", "invalid label '=x': empty name"},
		{"--network x --network x", "is specified multiple times"},
		{"--network host --network x", "cannot attach both user-defined"},
		{"--network name=a,ip=1.1.1.1 --ip 1.1.1.2", "cannot specify both --ip"},
		{"--network alias=x", "network name/id is not specified"},
		{"--network name=a,ip=x", "invalid IPv4 address: x"},
		{"--ip 10.0.0.1", "user defined networks only"},
		{"--network host --link a", "host type networking can't be used with links"},
		{"--network container:x --add-host a:1.1.1.1", "custom host-to-IP mapping"},
		{"--add-host a:b:c", "invalid IP address in add-host: \"b:c\""},
		{"--link a:b:c", "bad format for links"},
		{"--mount type=odd,dst=/x", "mount type unknown"},
		{"--mount type=tmpfs,src=a,dst=/x", "field Source must not be specified"},
		{"--mount type=bind,src=/a,dst=/x,ro=maybe", "invalid boolean value"},
		{"--mount type=bind,src=/a,dst=/x,bind-nonrecursive", "is deprecated"},
		{"--mount src=a", "field Target must not be empty"},
		{"--mount type=bind,src=/a,dst=/", "destination can't be '/'"},
		{"--mount volume-subpath=a,dst=/x", "when using anonymous volumes"},
		{"--tmpfs x", "mount path must be absolute"},
		{"--device x:y", "y is not an absolute path"},
		{"--device /a:/b:rw:c", "bad format for path"},
		{"--ipc service:x", "--ipc: invalid IPC mode"},
		{"--pid container:", "--pid: invalid PID mode"},
		{"--blkio-weight 5", "Range of blkio weight is from 10 to 1000"},
		{"--shm-size -1", "SHM size can not be less than 0"},
		{"--oom-score-adj 1001", "range for oom score adj is [-1000, 1000]"},
		{"--cpus 1 --cpu-quota 5000", "cannot both be set"},
		{"--log-driver none --log-opt a=b", "invalid logging opts for driver none"},
		{"--restart always:3", "can only be used with 'on-failure'"},
		{"--health-retries -1", "--health-retries cannot be negative"},
	};

	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_arena struct arena arena = {0};
		struct container_config config;
		struct error err = {0};

		if (fill(&config, &arena, wrong[i][0], &err) == 0)
			fail_msg("'%s' was taken", wrong[i][0]);
		if (!strstr(err.text, wrong[i][1]))
			fail_msg("'%s': %s", wrong[i][0], err.text);
	}
}
