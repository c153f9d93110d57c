/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that an OCI bundle asks for, seen from inside of a container.
 */
#include "tests/unit/runtime/box.h"

#include <sched.h>
#include <sys/mount.h>

static struct spec_mount *add_mount(struct box *box, const char *destination, const char *type,
				    const char *source, char **options)
{
	struct spec_mount *mount;

	mount = arena_array(&box->arena, box->spec.mount_count + 1, sizeof(*mount));
	memcpy(mount, box->spec.mounts, box->spec.mount_count * sizeof(*mount));
	box->spec.mounts = mount;
	mount = &box->spec.mounts[box->spec.mount_count++];
	*mount = (struct spec_mount){.destination = destination,
				     .type = type,
				     .source = source,
				     .options = options,
				     .source_fd = -1};
	return mount;
}

#define OPTIONS(...) ((char *[]){__VA_ARGS__, NULL})

TEST(a_tmpfs_takes_what_it_covers)
{
	struct box box;

	box_init(&box);
	CHECK(mkdirat(box.root, "data", 0750) == 0 && mkdirat(box.root, "data/sub", 0711) == 0);
	write_program(&box, "data/sub/file", "content", 0640);
	CHECK(fchownat(box.root, "data/sub/file", 5, 6, 0) == 0);
	CHECK(symlinkat("/etc", box.root, "data/link") == 0);
	CHECK(mkfifoat(box.root, "data/pipe", 0600) == 0);
	add_mount(&box, "/data", "tmpfs", "tmpfs", OPTIONS((char *)"tmpcopyup"));
	CHECK_INT(box_run(&box,
			  "cd /data; busybox stat -c '%n %a %u %g %F' . sub sub/file link pipe; "
			  "busybox cat sub/file; >new; busybox stat -f -c %T ."),
		  0);
	CHECK_TEXT(box.text, ". 750 0 0 directory\nsub 711 0 0 directory\n"
			     "sub/file 640 5 6 regular file\nlink 777 0 0 symbolic link\n"
			     "pipe 600 0 0 fifo\ncontenttmpfs\n");
	CHECK(faccessat(box.root, "data/new", F_OK, 0) < 0);
	spawn_release(&box.spawned);
	box.spec.mounts[box.spec.mount_count - 1].type = "bind";
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "mount '/data': only a tmpfs has 'tmpcopyup'"));
	box_release(&box);
}

TEST(a_mount_is_changed_in_place)
{
	struct box box;

	box_init(&box);
	add_mount(&box, "/tmp", "tmpfs", "tmpfs", OPTIONS((char *)"size=4k"));
	add_mount(&box, "/tmp", "tmpfs", "tmpfs",
		  OPTIONS((char *)"remount", (char *)"ro", (char *)"size=8k"));
	CHECK_INT(box_run(&box, "busybox grep ' /tmp ' /proc/mounts; >/tmp/x"), 1);
	CHECK(strstr(box.text, "tmpfs /tmp tmpfs ro,") && strstr(box.text, "size=8k"));
	CHECK(strstr(box.text, "Read-only"));
	box_release(&box);
}

TEST(recursive_attributes_reach_what_is_below)
{
	const char *path;
	auto_close int source = test_directory(&path);
	auto_free char *below = NULL;
	struct box box;

	box_init(&box);
	CHECK(asprintf(&below, "%s/below", path) > 0 && mkdirat(source, "below", 0755) == 0);
	CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("tmpfs", below, "tmpfs", 0, NULL) == 0);
	add_mount(&box, "/a", "bind", path, OPTIONS((char *)"rbind", (char *)"ro"));
	add_mount(
		&box, "/b", "none", path,
		OPTIONS((char *)"rbind", (char *)"rro", (char *)"rnoexec", (char *)"rnosymfollow"));
	add_mount(&box, "/c", "tmpfs", "tmpfs", OPTIONS((char *)"rro", (char *)"rnoatime"));
	CHECK_INT(box_run(&box, "busybox grep -E ' /(a|b|c)' /proc/mounts"), 0);
	CHECK(strstr(box.text, " /a ") && strstr(box.text, "tmpfs /a/below tmpfs rw,relatime"));
	CHECK(strstr(box.text, "tmpfs /b/below tmpfs ro,noexec,relatime"));
	CHECK(strstr(box.text, "tmpfs /c tmpfs ro,noatime"));
	CHECK(umount(below) == 0);
	box_release(&box);
}

TEST(ids_of_a_mount_are_mapped)
{
	struct spec_id_map uid = {0, 1000, 10}, gid = {0, 2000, 10};
	struct spec_mount *mount;
	const char *path;
	auto_close int source = test_directory(&path);
	auto_close int file = openat(source, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	struct box box;

	box_init(&box);
	CHECK(fchown(file, 1, 2) == 0);
	mount = add_mount(&box, "/a", "bind", path, OPTIONS((char *)"bind", (char *)"idmap"));
	mount->uids = (struct spec_id_maps){&uid, 1};
	mount->gids = (struct spec_id_maps){&gid, 1};
	CHECK_INT(box_run(&box, "busybox stat -c '%u %g' /a/file"), 0);
	CHECK_TEXT(box.text, "1001 2002\n");
	spawn_release(&box.spawned);
	mount->uids.count = mount->gids.count = 0;
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "mount '/a': there is no id mapping"));
	mount->type = "tmpfs";
	mount->options = OPTIONS((char *)"ridmap");
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "only a bind mount can have an id mapping"));
	box_release(&box);
}

TEST(any_file_system_can_be_mounted_that_the_kernel_has)
{
	struct box box;

	box_init(&box);
	add_mount(&box, "/a", "nosuchfs", "none", NULL);
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "cannot mount '/a'") && strstr(box.err.text, "nosuchfs"));
	CHECK(mkdirat(box.root, "low", 0755) == 0);
	write_program(&box, "low/x", "lower", 0644);
	box.spec.mounts[box.spec.mount_count - 1] = (struct spec_mount){
		.destination = "/a",
		.type = "overlay",
		.source = "overlay",
		.options = OPTIONS(arena_format(&box.arena, "lowerdir=%s/low:%s/etc",
						box.spec.root_path, box.spec.root_path)),
	};
	CHECK_INT(box_run(&box, "busybox cat /a/x"), 0);
	CHECK_TEXT(box.text, "lower");
	box_release(&box);
}

TEST(a_slave_root_receives_what_the_host_mounts)
{
	struct exec_request request = {0};
	auto_free char *place = NULL;
	struct box box;

	box_init(&box);
	CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount(box.spec.root_path, box.spec.root_path, NULL, MS_BIND, NULL) == 0);
	CHECK(mount(NULL, box.spec.root_path, NULL, MS_SHARED, NULL) == 0);
	CHECK(asprintf(&place, "%s/tmp", box.spec.root_path) > 0);
	for (int slave = 0; slave < 2; slave++) {
		box.spec.rootfs_propagation = slave ? "rslave" : "private";
		box_start_sleeper(&box);
		CHECK(mount("tmpfs", place, "tmpfs", 0, NULL) == 0);
		CHECK_INT(box_exec(&box, &request, "busybox grep -q ' /tmp ' /proc/mounts"),
			  !slave);
		CHECK(umount2(place, MNT_DETACH) == 0);
		/* Not by the cgroup, in which the next one is to live. */
		CHECK(kill(box.spawned.pid, SIGKILL) == 0);
		CHECK_INT(process_reap(box.spawned.pid), 128 + SIGKILL);
		spawn_release(&box.spawned);
	}
	box.spec.rootfs_propagation = "unbindable";
	CHECK_INT(box_run(&box, "busybox grep -c 'unbindable' /proc/self/mountinfo"), 0);
	CHECK_TEXT(box.text, "1\n");
	spawn_release(&box.spawned);
	box.spec.rootfs_propagation = "rshared";
	CHECK_INT(box_run(&box, "busybox grep -vc 'shared:' /proc/self/mountinfo"), 1);
	CHECK_TEXT(box.text, "0\n");
	CHECK(umount2(box.spec.root_path, MNT_DETACH) == 0);
	box_release(&box);
}
