/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain directory stands for the file system: mkdir and rmdir of this program do in it what they
 * do there.
 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "runtime/resctrl.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODE 0755

static void put(const char *directory, const char *name, const char *text)
{
	char path[512];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static bool refuses_writes; /* then what is to be written to cannot be */

/* A directory of resctrl has its files from the beginning, a monitoring group fewer of them. */
int mkdir(const char *path, mode_t mode)
{
	char inner[512];

	if (syscall(SYS_mkdirat, AT_FDCWD, path, mode) < 0)
		return -1;
	if (!strstr(path, "/resctrl/"))
		return 0;
	put(path, "tasks", "");
	if (strstr(path, "/mon_groups/"))
		return 0;
	if (!refuses_writes)
		put(path, "schemata", "");
	snprintf(inner, sizeof(inner), "%s/mon_groups", path);
	return (int)syscall(SYS_mkdirat, AT_FDCWD, inner, mode);
}

/* They go with it. */
int rmdir(const char *path)
{
	struct stat about;

	if (stat(path, &about) < 0)
		return -1;
	return strstr(path, "/resctrl/") ? file_remove_tree(AT_FDCWD, path, NULL)
					 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

static struct error err;

struct place {
	char root[256];
	struct resctrl_plan plan;
};

static void place_init(struct place *place)
{
	const char *path;
	auto_close int fd = test_directory(&path);

	memset(place, 0, sizeof(*place));
	CHECK(fd >= 0);
	snprintf(place->root, sizeof(place->root), "%s/resctrl", path);
	CHECK(syscall(SYS_mkdirat, AT_FDCWD, place->root, MODE) == 0);
	put(place->root, "schemata", "    MB:0=100;1=100\n    L3:0=fff;1=fff\n");
	put(place->root, "tasks", "");
}

static int make(struct place *place, const struct spec_intel_rdt *rdt, const char *id)
{
	resctrl_plan_release(&place->plan);
	place->plan = (struct resctrl_plan){0};
	CHECK_OK(resctrl_plan(&place->plan, place->root, rdt, id, &err));
	return resctrl_make(&place->plan, place->root, rdt, &err);
}

static bool holds(const struct place *place, const char *name, const char *wanted)
{
	auto_strbuf struct strbuf text = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", place->root, name);
	return file_read(AT_FDCWD, path, 4096, &text, NULL) == 0 &&
	       strcmp(strbuf_text(&text), wanted) == 0;
}

static bool is_there(const struct place *place, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", place->root, name);
	return access(path, F_OK) == 0;
}

static void remove_own(struct place *place)
{
	strvec_each (group, &place->plan.own)
		CHECK_OK(resctrl_remove(*group, &err));
}

TEST(a_group_is_named_after_its_container_and_goes_with_it)
{
	struct spec_intel_rdt rdt = {.memory_bandwidth = "MB:0=20"};
	struct place place;

	place_init(&place);
	CHECK_OK(make(&place, &rdt, "web"));
	CHECK(holds(&place, "web/schemata", "MB:0=20\n"));
	CHECK_OK(resctrl_join(place.plan.groups.items, 42, &err));
	CHECK(holds(&place, "web/tasks", "42") && holds(&place, "tasks", ""));
	remove_own(&place);
	CHECK(!is_there(&place, "web"));
	remove_own(&place);
	/* One of this name that somebody else has made stays. */
	CHECK_OK(make(&place, &rdt, "web"));
	CHECK_OK(make(&place, &rdt, "web"));
	CHECK_INT(place.plan.own.count, 0);
	resctrl_plan_release(&place.plan);
}

TEST(a_group_with_a_name_of_its_own_is_made_once_and_stays)
{
	struct spec_intel_rdt rdt = {.group = "gold", .l3_cache = "L3:0=f0;1=f"};
	struct place place;

	place_init(&place);
	CHECK_OK(make(&place, &rdt, "web"));
	CHECK(holds(&place, "gold/schemata", "L3:0=f0;1=f\n"));
	CHECK_INT(place.plan.own.count, 0);
	CHECK_OK(make(&place, &rdt, "db"));
	rdt.l3_cache = "L3:0=f0;1=e";
	CHECK(make(&place, &rdt, "api") < 0 && err.code == ERROR_CONFLICT);
	CHECK(strstr(err.text, "/gold' is there already and has not 'L3:0=f0;1=e'"));
	rdt = (struct spec_intel_rdt){.group = "silver"};
	CHECK(make(&place, &rdt, "api") < 0 && err.code == ERROR_NOT_FOUND);
	rdt.group = "gold";
	CHECK_OK(make(&place, &rdt, "api"));
	CHECK(holds(&place, "gold/schemata", "L3:0=f0;1=f\n"));
	resctrl_plan_release(&place.plan);
}

TEST(who_makes_one_waits_for_whoever_is_at_it)
{
	struct spec_intel_rdt rdt = {.group = "gold", .l3_cache = "L3:0=f0;1=f"};
	struct place place;
	int fd, status;
	pid_t pid;

	place_init(&place);
	fd = open(place.root, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
	pid = fork();
	if (pid == 0) {
		close(fd); /* a lock is held as long as anybody has it */
		_exit(make(&place, &rdt, "db") < 0);
	}
	/* The other one has made the directory, and not yet written what it is to have. */
	CHECK_OK(resctrl_plan(&place.plan, place.root, &rdt, "web", &err));
	CHECK(mkdir(place.plan.groups.items[0], MODE) == 0);
	usleep(50000);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	put(place.plan.groups.items[0], "schemata", "L3:0=f0;1=f\n");
	close(fd);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	resctrl_plan_release(&place.plan);
}

TEST(schemata_are_compared_by_what_they_mean)
{
	static const struct {
		const char *wanted;
		bool is_so;
	} cases[] = {
		{"L3:0=7f0;1=1f", true},  {"L3:1=1F", true},	     {"L3:0=007f0", true},
		{"L3:0=7f0;2=1f", false}, {"L3:0=7f", false},	     {"L2:0=7f0", false},
		{"MB:0=20;1=70", true},	  {"MB:1=70", true},	     {"MB:1=070", true},
		{"MB:1=7", false},	  {"MB:1=x", false},	     {"MB:1", false},
		{"L3CODE:0=1", true},	  {"L3:0=7f0;1=1fx", false}, {"L3", false},
	};
	struct place place;
	char group[512];

	place_init(&place);
	snprintf(group, sizeof(group), "%s/x", place.root);
	CHECK(mkdir(group, MODE) == 0);
	put(group, "schemata", "    MB:0= 20;1= 70\n    L3:0=7f0;1=01f\nL3CODE:0=001\n");
	for (size_t i = 0; i < array_length(cases); i++) {
		struct spec_intel_rdt rdt = {.group = "x",
					     .schemata = (char *[]){(char *)cases[i].wanted, NULL}};

		if ((make(&place, &rdt, "web") == 0) != cases[i].is_so)
			fail_msg("%s", cases[i].wanted);
	}
	resctrl_plan_release(&place.plan);
}

TEST(a_monitoring_group_lies_in_the_other_and_goes_with_the_container)
{
	struct spec_intel_rdt rdt = {.group = "/", .cache_monitoring = true};
	struct place place;
	char inner[512];

	place_init(&place);
	snprintf(inner, sizeof(inner), "%s/mon_groups", place.root);
	CHECK(syscall(SYS_mkdirat, AT_FDCWD, inner, MODE) == 0);
	CHECK_OK(make(&place, &rdt, "web"));
	CHECK_OK(resctrl_join(place.plan.groups.items, 42, &err));
	CHECK(holds(&place, "tasks", "42") && holds(&place, "mon_groups/web/tasks", "42"));
	CHECK(make(&place, &rdt, "web") < 0);
	CHECK(strstr(err.text, "monitoring: cannot make the group '"));
	CHECK_INT(place.plan.own.count, 0);
	rdt.group = NULL;
	CHECK_OK(make(&place, &rdt, "db"));
	CHECK_INT(place.plan.own.count, 2);
	CHECK(is_there(&place, "db/mon_groups/db"));
	remove_own(&place);
	CHECK(!is_there(&place, "db") && is_there(&place, "mon_groups/web"));
	resctrl_plan_release(&place.plan);
}

TEST(what_the_kernel_refuses_is_told_in_its_words_and_leaves_no_group)
{
	struct spec_intel_rdt rdt = {.group = "gold", .l3_cache = "L3:0=5"};
	struct place place;
	char path[512];

	place_init(&place);
	snprintf(path, sizeof(path), "%s/info", place.root);
	CHECK(syscall(SYS_mkdirat, AT_FDCWD, path, MODE) == 0);
	put(path, "last_cmd_status", "Mask 5 has non-consecutive 1-bits\n");
	refuses_writes = true;
	CHECK(make(&place, &rdt, "web") < 0);
	refuses_writes = false;
	CHECK(strstr(err.text, "'L3:0=5' is refused"));
	CHECK(strstr(err.text, "Mask 5 has non-consecutive 1-bits"));
	CHECK(!is_there(&place, "gold"));
	resctrl_plan_release(&place.plan);
}

TEST(a_group_has_a_name_and_no_way)
{
	static const char *const names[] = {"", ".", "..", "../out", "a/b", "/a"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct spec_intel_rdt rdt = {.group = names[i]};
		auto_resctrl_plan struct resctrl_plan plan = {0};

		CHECK(resctrl_plan(&plan, "/sys/fs/resctrl", &rdt, "one", &err) < 0);
		CHECK(err.code == ERROR_INVALID && strstr(err.text, "closID"));
	}
}

TEST(without_the_file_system_it_is_said_what_is_missing)
{
	auto_free char *path = resctrl_find(&err);

	if (path)
		test_skip("resctrl is mounted here");
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "file system of type resctrl"));
}
