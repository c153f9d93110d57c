/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User namespaces, seen from inside of a container.
 */
#include "tests/unit/runtime/box.h"

#include "runtime/id_maps.h"

static struct spec_id_map maps[] = {{0, 100000, 1000}, {1000, 200000, 1000}};

static void box_init_mapped(struct box *box)
{
	static const char *const names[] = {".", "bin", "etc", "tmp"};

	box_init(box);
	for (size_t i = 0; i < array_length(names); i++)
		CHECK(fchownat(box->root, names[i], 100000, 100000, 0) == 0);
	box->spec.namespaces[SPEC_NS_USER].own = true;
	box->spec.uids = box->spec.gids = (struct spec_id_maps){maps, 2};
}

TEST(ids_are_found_in_maps)
{
	struct spec_id_maps both = {maps, 2};
	uint32_t id = 0;

	CHECK(id_maps_find(&id, &both, 0) && id == 100000);
	CHECK(id_maps_find(&id, &both, 999) && id == 100999);
	CHECK(id_maps_find(&id, &both, 1001) && id == 200001);
	CHECK(!id_maps_find(&id, &both, 2000));
}

TEST(a_user_namespace_has_a_root_of_its_own)
{
	struct spec_rlimit limit = {RLIMIT_NOFILE, {77, 77}};
	struct box box;

	box_init_mapped(&box);
	box.spec.rlimits = &limit;
	box.spec.rlimit_count = 1;
	CHECK_INT(box_run(&box,
			  "busybox id -u; busybox id -G; busybox cat /proc/self/uid_map; "
			  "busybox stat -c '%u %n' /bin /proc/1; busybox grep -E "
			  "'CapEff|Seccomp:' /proc/self/status; echo x >/dev/null && "
			  "busybox hostname; ulimit -n;"
			  "busybox mkdir /tmp/made; busybox grep -c . /sys/kernel/uevent_seqnum"),
		  0);
	CHECK(strstr(box.text, "0\n0\n"));
	CHECK(strstr(box.text,
		     "       0     100000       1000\n      1000     200000       1000\n"));
	CHECK(strstr(box.text, "0 /bin\n0 /proc/1\n"));
	CHECK(strstr(box.text, "CapEff:\t00000000a80425fb") && strstr(box.text, "Seccomp:\t2"));
	if (!strstr(box.text, "box\n77\n1\n"))
		fail_msg("%s", box.text);
	box_release(&box);
}

TEST(further_processes_are_in_it_too)
{
	struct exec_request request = {0};
	struct box box;

	box_init_mapped(&box);
	box.spec.user.uid = 1001;
	box.spec.user.gid = 1002;
	box_start_sleeper(&box);
	CHECK_INT(box_exec(&box, &request,
			   "busybox id -u; busybox id -g; busybox grep CapPrm "
			   "/proc/self/status; busybox readlink /proc/self/ns/user; "
			   "busybox readlink /proc/1/ns/user"),
		  0);
	CHECK(strstr(box.text, "1001\n1002\nCapPrm:\t0000000000000000\nuser:["));
	box.spec.user = (struct spec_user){0};
	CHECK_INT(box_exec(&box, &request, "busybox id -u; busybox stat -c %u /bin; >/tmp/x"), 0);
	CHECK_TEXT(box.text, "0\n0\n");
	box_stop(&box);
	box_release(&box);
}

TEST(a_user_namespace_can_be_joined)
{
	char path[64];
	struct box box, other;

	box_init_mapped(&box);
	box_start_sleeper(&box);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", box.spawned.pid);
	other = box;
	other.output = -1;
	other.spec.namespaces[SPEC_NS_USER].path = path;
	other.spec.uids.count = other.spec.gids.count = 0;
	CHECK_INT(box_run(&other,
			  "busybox id -u; busybox cat /proc/1/comm; busybox stat -c %u /bin;"
			  "busybox readlink /proc/self/ns/user"),
		  0);
	if (strncmp(other.text, "0\nsh\n0\nuser:[", 13) != 0)
		fail_msg("%s", other.text);
	cleanup_close(&other.output);
	spawn_release(&other.spawned);
	box_stop(&box);
	box_release(&box);
}

TEST(maps_and_namespaces_go_together)
{
	struct box box;

	box_init_mapped(&box);
	box.spec.gids.count = 0;
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "linux.gidMappings"));
	box.spec.namespaces[SPEC_NS_USER].own = false;
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "need a user namespace"));
	box_release(&box);
}

TEST(a_mount_can_have_the_containers_ids)
{
	char *options[] = {(char *)"bind", (char *)"idmap", NULL};
	struct spec_mount mounts[16];
	struct box box;

	box_init_mapped(&box);
	CHECK(mkdirat(box.root, "source", 0700) == 0);
	write_program(&box, "source/file", "content", 0600);
	memcpy(mounts, box.spec.mounts, box.spec.mount_count * sizeof(*mounts));
	mounts[box.spec.mount_count++] = (struct spec_mount){
		.destination = "/a",
		.source = arena_format(&box.arena, "%s/source", box.spec.root_path),
		.options = options,
		.source_fd = -1,
	};
	box.spec.mounts = mounts;
	CHECK_INT(box_run(&box, "busybox stat -c '%u %g' /a/file; busybox cat /a/file; >/a/new"),
		  0);
	CHECK_TEXT(box.text, "0 0\ncontent");
	CHECK(faccessat(box.root, "source/new", F_OK, 0) == 0);
	box_release(&box);
}
