/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/caps.h"
#include "runtime/spec.h"
#include "runtime/spec_json.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

static int read_text(struct spec *spec, struct arena *arena, const char *text, struct error *err)
{
	auto_json json *document = json_parse(text, strlen(text), "test", err);

	return document ? spec_json_read(spec, document, arena, err) : -1;
}

static bool is_refused(const char *text, const char *why)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct spec spec;

	return read_text(&spec, &arena, text, &err) < 0 && strstr(err.text, why);
}

TEST(knows_capabilities_with_and_without_prefix_in_any_case)
{
	CHECK_INT(spec_capability("CAP_CHOWN"), 0);
	CHECK_INT(spec_capability("net_admin"), 12);
	CHECK_INT(spec_capability("NET_ADMIN"), 12);
	CHECK_INT(spec_capability("cap_checkpoint_restore"), 40);
	CHECK_INT(spec_capability("NET"), -1);
	CHECK_INT(spec_capability("CAP_"), -1);
	for (int cap = 0; cap <= 40; cap++)
		CHECK_INT(spec_capability(spec_capability_name(cap)), cap);
}

TEST(knows_limits_by_name)
{
	CHECK_INT(spec_rlimit("nofile"), RLIMIT_NOFILE);
	CHECK_INT(spec_rlimit("RLIMIT_NPROC"), RLIMIT_NPROC);
	CHECK_INT(spec_rlimit("files"), -1);
	for (int limit = 0; limit < RLIM_NLIMITS; limit++)
		CHECK_INT(spec_rlimit(spec_rlimit_name(limit)), limit);
}

TEST(knows_signals_by_name_and_number)
{
	CHECK_INT(spec_signal("TERM"), SIGTERM);
	CHECK_INT(spec_signal("sigterm"), SIGTERM);
	CHECK_INT(spec_signal("15"), 15);
	CHECK_INT(spec_signal("RTMIN+3"), SIGRTMIN + 3);
	CHECK_INT(spec_signal("SIGRTMAX-1"), SIGRTMAX - 1);
	CHECK_INT(spec_signal("IOT"), SIGABRT);
	CHECK_INT(spec_signal("RTMIN+99"), -1);
	CHECK_INT(spec_signal("0"), -1);
	CHECK_INT(spec_signal("65"), -1);
	CHECK_INT(spec_signal(""), -1);
	CHECK_INT(spec_signal("TERM "), -1);
	CHECK_TEXT(spec_signal_name(SIGKILL), "SIGKILL");
	for (int number = 1; number <= SIGRTMAX; number++)
		if (number < 32 || number >= SIGRTMIN)
			CHECK_INT(spec_signal(spec_signal_name(number)), number);
}

TEST(defaults_are_dockers)
{
	auto_arena struct arena arena = {0};
	struct spec spec;
	size_t masked = 0, readonly = 0;

	spec_init_default(&spec, &arena);
	CHECK(spec.capabilities.bounding == 0xa80425fb);
	CHECK(spec.capabilities.inheritable == 0 && spec.capabilities.ambient == 0);
	CHECK(!spec.namespaces[SPEC_NS_USER].own && spec.namespaces[SPEC_NS_CGROUP].own);
	while (spec.masked_paths[masked])
		masked++;
	while (spec.readonly_paths[readonly])
		readonly++;
	CHECK(masked >= 12);
	CHECK_INT(readonly, 5);
	CHECK_INT(spec.mount_count, 7);
	CHECK_TEXT(spec.mounts[6].destination, "/dev/shm");
	CHECK(!spec.resources.device_rules[0].allow && spec.resources.device_rules[0].type == 'a');
}

TEST(privileged_hides_nothing_and_may_all)
{
	auto_arena struct arena arena = {0};
	struct spec spec;

	spec_init_default(&spec, &arena);
	spec_make_privileged(&spec, &arena);
	CHECK(spec.capabilities.effective == (caps_all() & caps_available()));
	CHECK(!spec.masked_paths && !spec.readonly_paths && !spec.seccomp);
	CHECK(spec.resources.all_devices);
	for (size_t i = 0; i < spec.mount_count; i++)
		for (char **option = spec.mounts[i].options; *option; option++)
			CHECK(strcmp(*option, "ro") != 0);
}

static void fill(struct spec *spec, struct arena *arena)
{
	static char *args[] = {(char *)"sh", (char *)"-c", (char *)"echo \"quoted\"", NULL};
	static char *env[] = {(char *)"A=1", (char *)"EMPTY=", NULL};
	static gid_t groups[] = {7, 4294967294};
	static struct spec_rlimit limits[] = {{RLIMIT_NOFILE, {100, RLIM_INFINITY}}};
	static struct spec_device devices[] = {{"/dev/fuse", 'c', 10, 229, 0666, 1, 2}};
	static struct spec_throttle throttles[] = {{8, 16, 1048576}};
	static struct pair sysctls[] = {{"net.core.somaxconn", "1024"}};
	static struct pair annotations[] = {{"a", "b"}};

	spec_init_default(spec, arena);
	spec->root_path = "/rootfs";
	spec->args = args;
	spec->env = env;
	spec->cwd = "/srv";
	spec->terminal = true;
	spec->console_rows = 24;
	spec->console_columns = 80;
	spec->user = (struct spec_user){1000, 1001, groups, 2, 0027, true};
	spec->rlimits = limits;
	spec->rlimit_count = 1;
	spec->devices = devices;
	spec->device_count = 1;
	spec->has_oom_score_adj = true;
	spec->oom_score_adj = -5;
	spec->resources.memory_limit = INT64_C(8) << 30;
	spec->resources.pids_limit = -1;
	spec->resources.read_bps = throttles;
	spec->resources.read_bps_count = 1;
	spec->sysctls = sysctls;
	spec->sysctl_count = 1;
	spec->annotations = annotations;
	spec->annotation_count = 1;
	spec->use_init = true;
	spec->cgroups_path = "coracle/x";
	spec->hostname = "boat";
	spec->namespaces[SPEC_NS_IPC].path = "/proc/1/ns/ipc";
}

TEST(what_is_saved_is_loaded)
{
	auto_arena struct arena arena = {0};
	auto_close int directory = test_directory(NULL);
	struct error err = {0};
	struct spec out, in;

	fill(&out, &arena);
	CHECK_OK(spec_save(directory, "config.json", &out, &err));
	CHECK_OK(spec_load(directory, "config.json", &in, &arena, &err));
	CHECK_TEXT(in.args[2], "echo \"quoted\"");
	CHECK_TEXT(in.env[1], "EMPTY=");
	CHECK(in.terminal && in.console_columns == 80 && in.use_init);
	CHECK(in.user.uid == 1000 && in.user.group_count == 2 && in.user.groups[1] == 4294967294);
	CHECK(in.user.has_umask && in.user.umask == 0027);
	CHECK(in.rlimits[0].limit.rlim_max == RLIM_INFINITY && in.rlimits[0].limit.rlim_cur == 100);
	CHECK(in.oom_score_adj == -5 && in.has_oom_score_adj);
	CHECK(in.resources.memory_limit == INT64_C(8) << 30 && in.resources.pids_limit == -1);
	CHECK(in.resources.read_bps[0].rate == 1048576);
	CHECK(in.resources.device_rule_count == out.resources.device_rule_count);
	CHECK(!in.resources.all_devices);
	CHECK(memcmp(&in.capabilities, &out.capabilities, sizeof(in.capabilities)) == 0);
	CHECK_TEXT(in.seccomp, SPEC_SECCOMP_DEFAULT);
	CHECK_INT(in.annotation_count, 1);
	CHECK_TEXT(in.annotations[0].value, "b");
	CHECK_TEXT(in.namespaces[SPEC_NS_IPC].path, "/proc/1/ns/ipc");
	CHECK_INT(in.mount_count, out.mount_count);
	CHECK_INT(in.mounts[0].source_fd, -1);
	CHECK_TEXT(in.devices[0].path, "/dev/fuse");
	CHECK_TEXT(in.sysctls[0].value, "1024");
	CHECK_TEXT(in.masked_paths[0], out.masked_paths[0]);
}

TEST(a_custom_seccomp_profile_survives)
{
	auto_arena struct arena arena = {0};
	auto_close int directory = test_directory(NULL);
	struct error err = {0};
	struct spec out, in;

	fill(&out, &arena);
	out.seccomp = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";
	CHECK_OK(spec_save(directory, "config.json", &out, &err));
	CHECK_OK(spec_load(directory, "config.json", &in, &arena, &err));
	CHECK_TEXT(in.seccomp, out.seccomp);
}

TEST(unknown_members_are_ignored_and_wrong_values_are_not)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct spec spec;

	CHECK_OK(read_text(&spec, &arena, "{\"ociVersion\":\"1.0.2\",\"future\":[1]}", &err));
	CHECK(is_refused("{}", "ociVersion"));
	CHECK(is_refused("[]", "not an object"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"user\":{\"uid\":-1}}}", "uid"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"user\":{\"uid\":4294967296}}}",
			 "uid"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"user\":{\"uid\":\"0\"}}}", "uid"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"cwd\":\"x\"}}", "cwd"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"args\":[1]}}", "args"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"args\":[\"a\\u0000b\"]}}",
			 "args"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"mounts\":[{\"destination\":\"x\"}]}",
			 "destination"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},"
			 "{\"type\":\"pid\"}]}}",
			 "twice"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_X\","
			 "\"soft\":1,\"hard\":1}]}}",
			 "rlimits"));
}

TEST(limits_are_soft_and_hard)
{
	struct spec_rlimit limit;
	struct error err = {0};

	CHECK_OK(spec_rlimit_parse(&limit, "nofile=10:20", &err));
	CHECK_INT(limit.resource, RLIMIT_NOFILE);
	CHECK_INT(limit.limit.rlim_cur, 10);
	CHECK_INT(limit.limit.rlim_max, 20);
	CHECK_OK(spec_rlimit_parse(&limit, "core=-1", &err));
	CHECK(limit.limit.rlim_max == RLIM_INFINITY);
	CHECK_INT(spec_rlimit_parse(&limit, "nofile", &err), -1);
	CHECK_INT(spec_rlimit_parse(&limit, "nofile=a", &err), -1);
	CHECK_INT(spec_rlimit_parse(&limit, "odd=1", &err), -1);
}
