/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
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
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},"
			 "{\"type\":\"pid\"}]}}",
			 "twice"));
	CHECK(is_refused("{\"ociVersion\":\"1.0\",\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_X\","
			 "\"soft\":1,\"hard\":1}]}}",
			 "rlimits"));
}

/* Every member that the standard has for Linux, each with a value that is not its default. */
static const char everything[] =
	"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
	"\"hostname\":\"boat\",\"domainname\":\"sea\",\"annotations\":{\"a\":\"b\",\"c\":\"\"},"
	"\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
	"\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4294967294]},"
	"\"args\":[\"sh\",\"\"],\"env\":[\"A=1\"],\"cwd\":\"/srv\",\"capabilities\":{"
	"\"bounding\":[\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_BPF\"],"
	"\"inheritable\":[\"CAP_SETUID\"],\"ambient\":[\"CAP_SYSLOG\"]},\"rlimits\":[{\"type\":"
	"\"RLIMIT_CORE\",\"soft\":1,\"hard\":18446744073709551615}],\"noNewPrivileges\":true,"
	"\"oomScoreAdj\":-17,\"apparmorProfile\":\"armor\",\"selinuxLabel\":\"u:r:t:s0\","
	"\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-3,\"priority\":4,\"flags\":["
	"\"SCHED_FLAG_RESET_ON_FORK\",\"SCHED_FLAG_UTIL_CLAMP_MAX\"],\"runtime\":1000,"
	"\"deadline\":2000,\"period\":18446744073709551615},\"ioPriority\":{\"class\":"
	"\"IOPRIO_CLASS_IDLE\",\"priority\":0},\"execCPUAffinity\":{\"initial\":\"0-1\","
	"\"final\":\"3\"}},"
	"\"mounts\":[{\"destination\":\"/data\",\"type\":\"none\",\"source\":\"/srv\",\"options\":["
	"\"rbind\",\"ridmap\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":1}],"
	"\"gidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":4294967294}]}],"
	"\"hooks\":{\"prestart\":[{\"path\":\"/a\"},{\"path\":\"/"
	"b\",\"args\":[\"b\",\"c\"],\"env\":["
	"\"D=e\"],\"timeout\":30}],\"createRuntime\":[{\"path\":\"/c\"}],\"createContainer\":[{"
	"\"path\":\"/d\"}],\"startContainer\":[{\"path\":\"/e\"}],\"poststart\":[{\"path\":\"/"
	"f\"}],"
	"\"poststop\":[{\"path\":\"/g\"}]},"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/1/ns/"
	"pid\"},"
	"{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"cgroup\"},{"
	"\"type\":"
	"\"user\"},{\"type\":\"time\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,"
	"\"size\":65536}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
	"\"timeOffsets\":{\"monotonic\":{\"secs\":-5,\"nanosecs\":999999999},\"boottime\":{}},"
	"\"devices\":[{\"type\":\"b\",\"path\":\"/dev/x\",\"major\":8,\"minor\":1,\"fileMode\":432,"
	"\"uid\":1,\"gid\":2}],\"cgroupsPath\":\"a/b\",\"sysctl\":{\"net.core.somaxconn\":\"9\"},"
	"\"maskedPaths\":[\"/m\"],\"readonlyPaths\":[\"/r\"],\"rootfsPropagation\":\"runbindable\","
	"\"mountLabel\":\"u:o:t:s0\",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
	"\"defaultErrnoRet\":5,\"listenerPath\":\"/run/l\",\"listenerMetadata\":\"m\"},"
	"\"intelRdt\":{\"closID\":\"x\",\"l3CacheSchema\":\"L3:0=f\",\"memBwSchema\":\"MB:0=2\","
	"\"schemata\":[\"L2:0=f\"],\"enableMonitoring\":true,\"enableCMT\":true,"
	"\"enableMBM\":true},\"memoryPolicy\":{\"mode\":"
	"\"MPOL_INTERLEAVE\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]},"
	"\"personality\":{\"domain\":\"LINUX32\"},\"resources\":{\"devices\":[{\"allow\":false,"
	"\"type\":\"a\",\"major\":-1,\"minor\":-1,\"access\":\"rwm\"},{\"allow\":true,\"type\":"
	"\"c\","
	"\"major\":0,\"minor\":3,\"access\":\"r\"}],\"memory\":{\"limit\":-1,\"swap\":"
	"9223372036854775807,"
	"\"reservation\":5,\"checkBeforeUpdate\":true},\"cpu\":{\"shares\":2,\"quota\":-1,"
	"\"period\":9,"
	"\"burst\":8,\"cpus\":\"0-1\",\"mems\":\"0\",\"idle\":0},\"pids\":{\"limit\":-1},"
	"\"blockIO\":{"
	"\"weight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1000}],"
	"\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}],"
	"\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":2}],"
	"\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":3}],"
	"\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]},"
	"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}],\"rdma\":{\"mlx\":{\"hcaHandles\":"
	"0},"
	"\"rxe\":{\"hcaHandles\":3,\"hcaObjects\":4294967295}},\"unified\":{\"memory.high\":\"9\"}}"
	"}}";

TEST(every_member_is_written_as_it_was_read)
{
	auto_arena struct arena arena = {0};
	auto_json json *document = json_parse(everything, strlen(everything), "test", NULL);
	auto_json json *written = NULL;
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};
	struct spec spec;

	CHECK(document);
	CHECK_OK(spec_json_read(&spec, document, &arena, &err));
	written = spec_json_write(&spec);
	json_print(&text, written, false);
	if (!json_object_equal(document, written))
		fail_msg("%s", strbuf_text(&text));
	CHECK(spec.scheduler.period_ns == UINT64_MAX && spec.scheduler.policy == 6);
	CHECK_INT(spec.hooks[SPEC_HOOK_PRESTART].items[1].timeout_s, 30);
	CHECK_TEXT(spec.hooks[SPEC_HOOK_POSTSTOP].items[0].path, "/g");
	CHECK_INT(spec.mounts[0].gids.items[0].count, 4294967294);
	CHECK_INT(spec.time_offsets[SPEC_CLOCK_MONOTONIC].seconds, -5);
	CHECK(spec.has_time_offset[SPEC_CLOCK_BOOTTIME] && spec.resources.has_cpu_idle);
	CHECK(!spec.resources.rdma[0].has_objects && spec.resources.rdma[1].objects == UINT32_MAX);
	CHECK_INT(spec.intel_rdt.schemata[0][1], '2');
}

TEST(what_is_not_said_is_not_set)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct spec spec;

	CHECK_OK(read_text(&spec, &arena, "{\"ociVersion\":\"1.2.0\",\"process\":null}", &err));
	CHECK(!spec.has_oom_score_adj && !spec.has_scheduler && !spec.user.has_umask);
	CHECK(spec.resources.all_devices);
	CHECK_OK(read_text(
		&spec, &arena,
		"{\"ociVersion\":\"1.2.0\",\"mounts\":[{\"destination\":\"x\"}],\"linux\":{"
		"\"resources\":{\"devices\":[{\"allow\":true}],\"memory\":{"
		"\"disableOOMKiller\":false,\"useHierarchy\":true,\"kernel\":-1},"
		"\"network\":{}},\"namespaces\":[{\"type\":\"ipc\",\"path\":\"\"}]}}",
		&err));
	CHECK_TEXT(spec.mounts[0].destination, "/x");
	CHECK(spec.resources.all_devices && spec.resources.device_rules[0].major == -1);
	CHECK(spec.namespaces[SPEC_NS_IPC].own && !spec.namespaces[SPEC_NS_IPC].path);
}

TEST(what_is_wrong_is_named_by_its_place)
{
	static const struct {
		const char *part, *why;
	} cases[] = {
		{"\"mounts\":[{}]", "mounts[0].destination: is missing"},
		{"\"mounts\":[{\"destination\":\"/\"},5]", "mounts[1]: is not an object"},
		{"\"mounts\":{}", "mounts: is not a list"},
		{"\"mounts\":[{\"destination\":\"/"
		 "\",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,"
		 "\"size\":1}]}]",
		 "mounts[0]: uidMappings and gidMappings"},
		{"\"process\":{\"scheduler\":{}}", "process.scheduler.policy: is missing"},
		{"\"process\":{\"scheduler\":{\"policy\":\"SCHED_ISO\"}}",
		 "process.scheduler.policy"},
		{"\"process\":{\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":100}}",
		 "process.scheduler.priority: is out of range: 0 to 99"},
		{"\"process\":{\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"X\"]}}",
		 "process.scheduler.flags[0]"},
		{"\"process\":{\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}}",
		 "process.ioPriority.priority: is out of range: 0 to 7"},
		{"\"process\":{\"user\":[]}", "process.user: is not an object"},
		{"\"process\":{\"user\":{\"umask\":512}}", "process.user.umask"},
		{"\"process\":{\"user\":{\"additionalGids\":[0,\"1\"]}}",
		 "process.user.additionalGids[1]: is not a whole number"},
		{"\"process\":{\"capabilities\":{\"ambient\":[1]}}",
		 "process.capabilities.ambient[0]"},
		{"\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1}]}",
		 "process.rlimits[0].hard: is missing"},
		{"\"process\":{\"oomScoreAdj\":1001}", "process.oomScoreAdj"},
		{"\"process\":{\"oomScoreAdj\":1.5}", "process.oomScoreAdj: is not a whole number"},
		{"\"hooks\":{\"prestart\":[{\"path\":\"a\"}]}",
		 "hooks.prestart[0]: path is not absolute"},
		{"\"hooks\":{\"poststop\":[{\"path\":\"/a\",\"timeout\":0}]}",
		 "hooks.poststop[0].timeout: is out of range: 1 to"},
		{"\"hooks\":{\"poststart\":[{\"args\":[]}]}",
		 "hooks.poststart[0].path: is missing"},
		{"\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":4294967295}]"
		 "}",
		 "linux.uidMappings[0]: size is out of range"},
		{"\"linux\":{\"gidMappings\":[{\"containerID\":0,\"hostID\":1}]}",
		 "linux.gidMappings[0].size: is missing"},
		{"\"linux\":{\"timeOffsets\":{\"realtime\":{}}}", "linux.timeOffsets.realtime"},
		{"\"linux\":{\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}}",
		 "linux.timeOffsets.boottime.nanosecs"},
		{"\"linux\":{\"personality\":{\"domain\":\"BSD\"}}", "linux.personality.domain"},
		{"\"linux\":{\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"A\"]}}",
		 "linux.personality.flags"},
		{"\"linux\":{\"rootfsPropagation\":\"public\"}", "linux.rootfsPropagation"},
		{"\"linux\":{\"rootfsPropagation\":\"r\"}", "linux.rootfsPropagation"},
		{"\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]}",
		 "linux.namespaces[0]: path is not absolute"},
		{"\"linux\":{\"namespaces\":[{\"type\":\"host\"}]}", "linux.namespaces[0].type"},
		{"\"linux\":{\"devices\":[{\"type\":\"d\",\"path\":\"/a\"}]}",
		 "linux.devices[0].type"},
		{"\"linux\":{\"netDevices\":{\"eth0\":{}}}", "linux.netDevices"},
		{"\"linux\":{\"intelRdt\":{\"closID\":\"../x\"}}", "linux.intelRdt: closID"},
		{"\"linux\":{\"memoryPolicy\":{\"mode\":\"MPOL_X\"}}", "linux.memoryPolicy.mode"},
		{"\"linux\":{\"seccomp\":[]}", "linux.seccomp: is not an object"},
		{"\"linux\":{\"resources\":{\"memory\":{\"swappiness\":0}}}",
		 "linux.resources.memory.swappiness"},
		{"\"linux\":{\"resources\":{\"memory\":{\"disableOOMKiller\":true}}}",
		 "linux.resources.memory.disableOOMKiller"},
		{"\"linux\":{\"resources\":{\"memory\":{\"useHierarchy\":false}}}",
		 "linux.resources.memory.useHierarchy"},
		{"\"linux\":{\"resources\":{\"memory\":{\"kernel\":1}}}",
		 "linux.resources.memory.kernel"},
		{"\"linux\":{\"resources\":{\"memory\":{\"limit\":-2}}}",
		 "linux.resources.memory.limit"},
		{"\"linux\":{\"resources\":{\"cpu\":{\"realtimeRuntime\":1}}}",
		 "linux.resources.cpu.realtimeRuntime"},
		{"\"linux\":{\"resources\":{\"cpu\":{\"idle\":2}}}", "linux.resources.cpu.idle"},
		{"\"linux\":{\"resources\":{\"cpu\":{\"shares\":-1}}}",
		 "linux.resources.cpu.shares"},
		{"\"linux\":{\"resources\":{\"blockIO\":{\"weight\":9}}}",
		 "linux.resources.blockIO.weight"},
		{"\"linux\":{\"resources\":{\"blockIO\":{\"leafWeight\":10}}}",
		 "linux.resources.blockIO.leafWeight"},
		{"\"linux\":{\"resources\":{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":1,"
		 "\"minor\":0}]}}}",
		 "linux.resources.blockIO.throttleReadBpsDevice[0].rate: is missing"},
		{"\"linux\":{\"resources\":{\"devices\":[{\"access\":\"x\"}]}}",
		 "linux.resources.devices[0].access"},
		{"\"linux\":{\"resources\":{\"devices\":[{\"type\":\"p\"}]}}",
		 "linux.resources.devices[0].type"},
		{"\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"../"
		 "2MB\",\"limit\":1}]}}",
		 "linux.resources.hugepageLimits[0]: pageSize"},
		{"\"linux\":{\"resources\":{\"rdma\":{\"mlx\":{}}}}", "linux.resources.rdma.mlx"},
		{"\"linux\":{\"resources\":{\"unified\":{\"../x\":\"1\"}}}",
		 "linux.resources.unified.../x"},
		{"\"linux\":{\"resources\":{\"unified\":{\"memory.high\":1}}}",
		 "linux.resources.unified.memory.high: is not a text"},
		{"\"linux\":[]", "linux: is not an object"},
		{"\"annotations\":{\"a\":1}", "annotations.a: is not a text"},
		{"\"hostname\":7", "hostname: is not a text"},
	};

	for (size_t i = 0; i < array_length(cases); i++) {
		char text[512];

		snprintf(text, sizeof(text), "{\"ociVersion\":\"1.2.0\",%s}", cases[i].part);
		if (!is_refused(text, cases[i].why))
			fail_msg("%s is not refused with '%s'", cases[i].part, cases[i].why);
	}
}

TEST(a_process_and_resources_are_read_alone)
{
	static const char process[] = "{\"args\":[\"id\"],\"cwd\":\"/tmp\",\"user\":{\"uid\":5}}";
	/* dockerd's update writes 0 where nothing is wanted. */
	static const char resources[] = "{\"memory\":{\"limit\":7,\"kernel\":0,\"kernelTCP\":0},"
					"\"unified\":{\"a.b\":\"c\"}}";
	auto_arena struct arena arena = {0};
	auto_json json *first = json_parse(process, strlen(process), "test", NULL);
	auto_json json *second = json_parse(resources, strlen(resources), "test", NULL);
	struct spec_resources limits;
	struct error err = {0};
	struct spec spec;

	fill(&spec, &arena);
	CHECK_OK(spec_read_process(&spec, first, &arena, &err));
	CHECK_TEXT(spec.args[0], "id");
	CHECK(!spec.env && !spec.terminal && !spec.rlimit_count && !spec.capabilities.bounding);
	CHECK(spec.user.uid == 5 && spec.user.gid == 0 && !spec.has_oom_score_adj);
	CHECK_TEXT(spec.hostname, "boat");
	CHECK_OK(spec_read_resources(&limits, second, &arena, &err));
	CHECK_INT(limits.memory_limit, 7);
	CHECK_TEXT(limits.unified[0].value, "c");
	CHECK_INT(spec_read_resources(&limits, first, &arena, &err), 0);
	CHECK_INT(spec_read_process(&spec, NULL, &arena, &err), -1);
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
