/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real containers out of one static busybox. They need root and /bin/busybox.
 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "runtime/cgroup.h"
#include "runtime/exec.h"
#include "runtime/spawn.h"
#include "runtime/spec.h"
#include "tests/unit/runtime/box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

TEST(exit_codes_come_back)
{
	struct box box;

	box_init(&box);
	CHECK_INT(box_run(&box, "exit 42"), 42);
	spawn_release(&box.spawned);
	CHECK_INT(box_run(&box, "busybox kill -9 $$; exit 3"), 3); /* pid 1 ignores it */
	box_release(&box);
}

TEST(missing_and_not_executable_programs_give_127_and_126)
{
	struct box box;

	box_init(&box);
	write_program(&box, "bin/data", "x", 0644);
	write_program(&box, "bin/garbage", "\177ELF garbage", 0755);
	write_program(&box, "bin/orphan", "#!/no/such/interpreter\n", 0755);
	CHECK_INT(start_failure(&box, "nosuch"), 127);
	CHECK(strstr(box.err.text, "executable file not found in $PATH"));
	CHECK_INT(start_failure(&box, "/no/such"), 127);
	CHECK(strstr(box.err.text, "no such file or directory"));
	CHECK_INT(start_failure(&box, "/bin/data"), 126);
	CHECK(strstr(box.err.text, "permission denied"));
	CHECK_INT(start_failure(&box, "data"), 126);
	CHECK_INT(start_failure(&box, "/bin"), 126);
	CHECK_INT(start_failure(&box, "garbage"), 126);
	CHECK_INT(start_failure(&box, "orphan"), 127);
	box_release(&box);
}

TEST(the_default_container_is_confined)
{
	static gid_t groups[] = {0};
	struct box box;

	box_init(&box);
	box.spec.user = (struct spec_user){.groups = groups, .group_count = 1};
	CHECK_INT(box_run(&box, "cd /proc/self; busybox grep -E 'Cap|Sec|NoNew' status;"
				"busybox hostname; busybox id; busybox cat cgroup"),
		  0);
	CHECK(strstr(box.text, "CapInh:\t0000000000000000"));
	CHECK(strstr(box.text, "CapEff:\t00000000a80425fb"));
	CHECK(strstr(box.text, "CapBnd:\t00000000a80425fb"));
	CHECK(strstr(box.text, "CapAmb:\t0000000000000000"));
	CHECK(strstr(box.text, "Seccomp:\t2"));
	CHECK(strstr(box.text, "NoNewPrivs:\t0"));
	CHECK(strstr(box.text, "box\n"));
	CHECK(strstr(box.text, "groups=0"));
	CHECK(strstr(box.text, "0::/\n"));
	box_release(&box);
}

TEST(only_three_descriptors_arrive)
{
	auto_close int leaked = open("/", O_RDONLY); /* not close-on-exec, on purpose */
	struct box box;

	box_init(&box);
	CHECK_INT(box_run(&box, "echo /proc/self/fd/*"), 0);
	CHECK_TEXT(box.text, "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n");
	spawn_release(&box.spawned);
	/* 3 is the shell's own, of the directory that it lists. */
	CHECK_INT(box_run(&box, "busybox readlink /proc/self/fd/3; busybox true"), 0);
	CHECK_TEXT(box.text, "");
	box_release(&box);
}

TEST(another_user_has_no_capabilities_but_its_groups)
{
	static gid_t groups[] = {50};
	struct box box;

	box_init(&box);
	box.spec.user = (struct spec_user){.uid = 1000, .gid = 1234, groups, 1, 0, false};
	CHECK_INT(box_run(&box, "busybox grep -E 'CapPrm|CapEff|Groups' /proc/self/status"), 0);
	CHECK(strstr(box.text, "CapPrm:\t0000000000000000"));
	CHECK(strstr(box.text, "CapEff:\t0000000000000000"));
	CHECK(strstr(box.text, "Groups:\t50 \n"));
	box_release(&box);
}

TEST(no_new_privileges_is_set_and_the_filter_all_the_same)
{
	struct box box;

	box_init(&box);
	box.spec.no_new_privileges = true;
	box.spec.user.uid = 1000;
	CHECK_INT(box_run(&box, "busybox grep -E 'NoNew|Seccomp:' /proc/self/status"), 0);
	CHECK(strstr(box.text, "NoNewPrivs:\t1") && strstr(box.text, "Seccomp:\t2"));
	box_release(&box);
}

TEST(masked_paths_show_nothing_and_readonly_ones_cannot_be_written)
{
	struct box box;

	box_init(&box);
	CHECK_INT(box_run(&box,
			  "busybox cat /proc/keys /proc/timer_list /proc/interrupts;"
			  "busybox ls -A /sys/firmware /proc/acpi 2>/dev/null | "
			  "busybox grep -v :; "
			  "for f in /proc/sys/kernel/core_pattern /sys/x /sys/fs/cgroup/x; do "
			  "echo x 2>/dev/null > $f && echo wrote $f; done;"
			  "busybox chmod 0 /proc/keys 2>/dev/null && echo chmod"),
		  1);
	CHECK_TEXT(box.text + strspn(box.text, "\n"), "");
	box_release(&box);
}

TEST(only_the_listed_devices_open)
{
	struct box box;

	box_init(&box);
	CHECK_INT(box_run(&box, "cd /tmp; busybox mknod n c 1 3; echo x > n && echo null;"
				"busybox mknod m c 1 1; busybox head -c1 m && echo mem;"
				"busybox mknod b b 8 0; busybox head -c1 b && echo disk; true"),
		  0);
	CHECK(strstr(box.text, "null\n"));
	CHECK(!strstr(box.text, "mem\n") && !strstr(box.text, "disk\n"));
	CHECK(strstr(box.text, "Operation not permitted"));
	box_release(&box);
}

TEST(a_readonly_root_still_gets_its_mounts)
{
	static char *options[] = {(char *)"ro", NULL};
	struct spec_mount mounts[16];
	struct box box;

	box_init(&box);
	memcpy(mounts, box.spec.mounts, box.spec.mount_count * sizeof(*mounts));
	mounts[box.spec.mount_count] = (struct spec_mount){
		.destination = "/new/dir/hosts",
		.type = "bind",
		.source = "/etc/passwd",
		.options = options,
		.source_fd = -1,
	};
	box.spec.mounts = mounts;
	box.spec.mount_count++;
	box.spec.root_readonly = true;
	box.spec.cwd = "/work/here";
	CHECK_INT(box_run(&box, "pwd; echo x > /x || echo root; echo x > /new/dir/hosts || echo "
				"bind; echo x > /dev/shm/x && echo shm; busybox test -f "
				"/new/dir/hosts && echo there"),
		  0);
	CHECK(strstr(box.text, "/work/here\n") && strstr(box.text, "root\n"));
	CHECK(strstr(box.text, "bind\n") && strstr(box.text, "shm\n"));
	CHECK(strstr(box.text, "there\n"));
	box_release(&box);
}

TEST(tmpfs_options_reach_the_kernel)
{
	static char *options[] = {(char *)"size=64k", (char *)"mode=0700", (char *)"noexec", NULL};
	struct spec_mount mounts[16];
	struct box box;

	box_init(&box);
	memcpy(mounts, box.spec.mounts, box.spec.mount_count * sizeof(*mounts));
	mounts[box.spec.mount_count] = (struct spec_mount){
		.destination = "/scratch", .type = "tmpfs", .options = options, .source_fd = -1};
	box.spec.mounts = mounts;
	box.spec.mount_count++;
	CHECK_INT(box_run(&box, "busybox grep scratch /proc/mounts; busybox stat -c %a /scratch"),
		  0);
	CHECK(strstr(box.text, "noexec") && strstr(box.text, "size=64k"));
	CHECK(strstr(box.text, "700\n"));
	box_release(&box);
}

static bool create_fails(struct box *box, const char *why)
{
	char *args[] = {(char *)"sh", NULL};
	bool ok = box_create(box, args) < 0 && strstr(box->err.text, why);

	if (!ok)
		print_message("got: %s\n", box->err.text);
	CHECK(box->spawned.pid == -1 && box->spawned.pidfd == -1);
	return ok;
}

TEST(links_in_the_image_redirect_nothing)
{
	auto_close int outside = -1;
	struct box box;

	box_init(&box);
	mkdirat(box.root, "outside", 0755);
	CHECK(symlinkat("/outside", box.root, "proc") == 0);
	CHECK(create_fails(&box, "must be a directory, not a link"));
	unlinkat(box.root, "proc", 0);
	CHECK(symlinkat("../../outside", box.root, "dev") == 0);
	CHECK(create_fails(&box, "must be a directory, not a link"));
	outside = openat(box.root, "outside/null", O_PATH | O_CLOEXEC);
	CHECK(outside < 0);
	box_release(&box);
}

TEST(nothing_is_mounted_over_proc)
{
	struct spec_mount mounts[16];
	struct box box;

	box_init(&box);
	memcpy(mounts, box.spec.mounts, box.spec.mount_count * sizeof(*mounts));
	mounts[box.spec.mount_count] = (struct spec_mount){
		.destination = "/proc/self/attr", .type = "tmpfs", .source_fd = -1};
	box.spec.mounts = mounts;
	box.spec.mount_count++;
	CHECK(create_fails(&box, "inside /proc"));
	mounts[box.spec.mount_count - 1].destination = "/proc";
	CHECK(create_fails(&box, "inside /proc"));
	box_release(&box);
}

TEST(the_working_directory_is_no_way_out)
{
	auto_close int leaked = open("/", O_RDONLY | O_DIRECTORY);
	struct box box;

	box_init(&box);
	box.spec.cwd = "/proc/self/fd/3";
	CHECK(create_fails(&box, "working directory"));
	box.spec.cwd = arena_format(&box.arena, "/proc/self/fd/%d", leaked);
	CHECK(create_fails(&box, "working directory"));
	box.spec.cwd = "/proc/self/cwd";
	CHECK(create_fails(&box, "working directory"));
	box_release(&box);
}

TEST(our_own_executable_is_out_of_reach)
{
	struct box box;
	char *args[] = {(char *)"self", NULL};

	box_init(&box);
	write_program(&box, "bin/self", "#!/proc/self/exe\n", 0755);
	if (box_create(&box, args) < 0 || spawn_start(&box.spawned, &box.err) < 0)
		fail_msg("%s", box.err.text);
	/* What runs is the trampoline, which finds no socket and leaves. */
	CHECK_INT(process_reap(box.spawned.pid), 127);
	box_release(&box);
}

TEST(what_waits_for_its_start_has_nothing_of_ours)
{
	char *args[] = {(char *)"sh", (char *)"-c", (char *)"exit 5", NULL};
	auto_strbuf struct strbuf maps = {0};
	char path[40], exe[100] = "";
	struct box box;

	box_init(&box);
	if (box_create(&box, args) < 0)
		fail_msg("%s", box.err.text);
	snprintf(path, sizeof(path), "/proc/%d/exe", box.spawned.pid);
	CHECK(readlink(path, exe, sizeof(exe) - 1) > 0);
	CHECK(strstr(exe, "memfd:coracle-trampoline"));
	snprintf(path, sizeof(path), "/proc/%d/maps", box.spawned.pid);
	CHECK(file_read(AT_FDCWD, path, 65536, &maps, &box.err) == 0);
	CHECK(!strstr(strbuf_text(&maps), "spawn_test"));
	CHECK(spawn_start(&box.spawned, &box.err) == 0);
	CHECK_INT(process_reap(box.spawned.pid), 5);
	box_release(&box);
}

TEST(a_child_killed_during_the_handshake_is_an_error)
{
	char *args[] = {(char *)"sh", NULL};
	struct box box;

	box_init(&box);
	CHECK(box_create(&box, args) == 0);
	CHECK(process_signal(box.spawned.pidfd, SIGKILL, &box.err) == 0);
	CHECK(process_wait_exit(box.spawned.pidfd, 5000, &box.err) == 0);
	CHECK(spawn_start(&box.spawned, &box.err) < 0);
	CHECK(waitpid(box.spawned.pid, NULL, WNOHANG) < 0 && errno == ECHILD);
	box_release(&box);
}

TEST(a_terminal_has_its_size_and_is_the_console)
{
	char *args[] = {(char *)"sh", (char *)"-c",
			(char *)"busybox stty size; busybox tty; busybox test -c /dev/console "
				"&& echo console; echo direct > /dev/console; busybox sleep 0.1",
			NULL};
	struct box box;

	box_init(&box);
	box.spec.terminal = true;
	box.spec.console_rows = 33;
	box.spec.console_columns = 99;
	if (box_create(&box, args) < 0 || spawn_start(&box.spawned, &box.err) < 0)
		fail_msg("%s", box.err.text);
	CHECK(box.spawned.terminal_fd >= 0);
	read_all(box.spawned.terminal_fd, box.text, sizeof(box.text));
	process_reap(box.spawned.pid);
	CHECK(strstr(box.text, "33 99") && strstr(box.text, "/dev/pts/0"));
	CHECK(strstr(box.text, "console\r\n") && strstr(box.text, "direct\r\n"));
	box_release(&box);
}

TEST(exec_joins_everything_and_is_as_confined)
{
	struct exec_request request = {0};
	struct box box;
	char *missing[] = {(char *)"nosuch", NULL};

	box_init(&box);
	write_program(&box, "etc/passwd", "web:x:1000:1001::/:/bin/sh\n", 0644);
	box_start_sleeper(&box);
	CHECK_INT(box_exec(&box, &request,
			   "busybox hostname; busybox grep -E 'Cap|Seccomp:' "
			   "/proc/self/status; busybox ps; busybox cat "
			   "/proc/self/cgroup; exit 5"),
		  5);
	CHECK(strstr(box.text, "box\n") && strstr(box.text, "CapEff:\t00000000a80425fb"));
	CHECK(strstr(box.text, "Seccomp:\t2") && strstr(box.text, "busybox sleep 100"));
	CHECK(strstr(box.text, "CapInh:\t0000000000000000") && strstr(box.text, "0::/\n"));
	request.user = "web";
	CHECK_INT(box_exec(&box, &request, "busybox id -u; busybox grep CapPrm /proc/self/status"),
		  0);
	CHECK(strstr(box.text, "1000\n") && strstr(box.text, "CapPrm:\t0000000000000000"));
	request.user = NULL;
	request.terminal = true;
	CHECK_INT(box_exec(&box, &request, "busybox tty"), 0);
	CHECK(strstr(box.text, "/dev/pts/"));
	request.terminal = false;
	request.cwd = "/proc/self/fd/0";
	CHECK_INT(box_exec(&box, &request, "true"), -1);
	request.cwd = NULL;
	request.args = missing;
	CHECK_INT(box_exec(&box, &request, ""), -1);
	CHECK_INT(spawn_exit_code(&box.err), 127);
	box_stop(&box);
	CHECK_INT(box_exec(&box, &request, "true"), -1);
	CHECK_INT(box.err.code, ESRCH);
	box_release(&box);
}

TEST(a_container_freezes_and_thaws)
{
	struct cgroup_stats stats;
	auto_free pid_t *pids = NULL;
	size_t count;
	struct box box;

	box_init(&box);
	box_start_sleeper(&box);
	CHECK(!cgroup_is_frozen(box.cgroup));
	CHECK(cgroup_freeze(box.cgroup, true, &box.err) == 0);
	CHECK(cgroup_is_frozen(box.cgroup));
	CHECK(cgroup_freeze(box.cgroup, false, &box.err) == 0);
	CHECK(!cgroup_is_frozen(box.cgroup));
	CHECK(cgroup_list_pids(box.cgroup, &pids, &count, &box.err) == 0);
	CHECK(count == 1 && pids[0] == box.spawned.pid);
	CHECK(cgroup_read_stats(box.cgroup, &stats, &box.err) == 0 && stats.cpu_usage_us > 0);
	CHECK(cgroup_freeze(box.cgroup, true, &box.err) == 0);
	box_stop(&box); /* frozen ones die too */
	box_release(&box);
}

TEST(cgroup_paths_stay_below_the_root)
{
	struct spec_resources none = {0};
	struct error err = {0};

	CHECK(cgroup_create("../x", &none, &err) < 0);
	CHECK(cgroup_create("a/../..", &none, &err) < 0);
	CHECK(cgroup_create("/", &none, &err) < 0);
	CHECK(cgroup_create("", &none, &err) < 0);
	CHECK(cgroup_open("coracle-unit/no/such", &err) < 0 && err.code == ENOENT);
	CHECK(cgroup_destroy("coracle-unit/no/such", &err) == 0);
}

TEST(sysctls_and_limits_hold_inside)
{
	struct pair sysctl = {"net.ipv4.ip_forward", "1"};
	struct spec_rlimit limit = {RLIMIT_NOFILE, {77, 77}};
	struct box box;

	box_init(&box);
	box.spec.sysctls = &sysctl;
	box.spec.sysctl_count = 1;
	box.spec.rlimits = &limit;
	box.spec.rlimit_count = 1;
	CHECK_INT(box_run(&box, "busybox cat /proc/sys/net/ipv4/ip_forward; ulimit -n"), 0);
	CHECK_TEXT(box.text, "1\n77\n");
	box_release(&box);
}

TEST(clocks_of_its_own_are_offset)
{
	struct exec_request request = {0};
	char *args[] = {(char *)"sh", NULL};
	char path[64], first[64] = "", second[64] = "";
	struct box other, box;

	box_init(&box);
	box.spec.namespaces[SPEC_NS_TIME].own = true;
	box.spec.has_time_offset[SPEC_CLOCK_BOOTTIME] = true;
	box.spec.time_offsets[SPEC_CLOCK_BOOTTIME].seconds = 1000000000;
	box_start_sleeper(&box);
	CHECK(readlink("/proc/self/ns/time", first, sizeof(first) - 1) > 0);
	CHECK(readlink("/proc/self/ns/time_for_children", second, sizeof(second) - 1) > 0);
	CHECK_TEXT(first, second); /* this process's next child lives as ever */
	CHECK_INT(box_exec(&box, &request, "busybox cut -c1-4 /proc/uptime"), 0);
	CHECK_TEXT(box.text, "1000\n");
	snprintf(path, sizeof(path), "/proc/%d/ns/time", box.spawned.pid);
	other = box;
	other.output = -1;
	other.spec.namespaces[SPEC_NS_TIME].path = path;
	other.spec.has_time_offset[SPEC_CLOCK_BOOTTIME] = false;
	CHECK_INT(box_run(&other, "busybox cut -c1-4 /proc/uptime"), 0);
	CHECK_TEXT(other.text, "1000\n");
	other.spec.has_time_offset[SPEC_CLOCK_BOOTTIME] = true;
	CHECK_INT(box_create(&other, args), -1);
	CHECK(strstr(other.err.text, "linux.timeOffsets need"));
	box.spec.time_offsets[SPEC_CLOCK_BOOTTIME].seconds = INT64_MIN;
	box_stop(&box);
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "linux.timeOffsets"));
	cleanup_close(&other.output);
	box_release(&box);
}

/* The last one: the process stays in a mount namespace like a systemd host's. */
TEST(shared_host_mounts_neither_disturb_nor_receive_anything)
{
	auto_strbuf struct strbuf before = {0}, after = {0};
	struct box box;

	box_init(&box);
	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
	CHECK(file_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &before, &box.err) == 0);
	CHECK_INT(box_run(&box, "busybox grep -c shared: /proc/self/mountinfo"), 1);
	CHECK_TEXT(box.text, "0\n");
	spawn_release(&box.spawned);
	box.spec.rootfs_propagation = "shared";
	CHECK_INT(box_run(&box, "busybox grep -c 'shared:' /proc/self/mountinfo"), 0);
	CHECK_TEXT(box.text, "1\n");
	CHECK(file_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &after, &box.err) == 0);
	CHECK_TEXT(strbuf_text(&after), strbuf_text(&before));
	box_release(&box);
}
