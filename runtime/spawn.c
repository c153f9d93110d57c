/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spawn.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/peek.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "runtime/caps.h"
#include "runtime/cgroup.h"
#include "runtime/id_maps.h"
#include "runtime/labels.h"
#include "runtime/mount_options.h"
#include "runtime/mounts.h"
#include "runtime/resctrl.h"
#include "runtime/rlimits.h"
#include "runtime/scheduling.h"
#include "runtime/seccomp.h"
#include "runtime/seccomp_listener.h"
#include "runtime/spawn_private.h"
#include "runtime/sync.h"
#include "runtime/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* How long execve may take to show: a neighbour in the container that stops the process (ptrace)
 * must not stop us. */
#define EXEC_TIMEOUT_MS 5000
#define GROUP_ATTEMPTS	500
#define GROUP_PAUSE_MS	10

/* Namespaces that clone makes; the cgroup namespace is init.c's, and beside a new user namespace
 * the ipc namespace. */
static const uint64_t clone_flags[SPEC_NS_COUNT] = {
	[SPEC_NS_MOUNT] = CLONE_NEWNS,	  [SPEC_NS_PID] = CLONE_NEWPID,
	[SPEC_NS_NETWORK] = CLONE_NEWNET, [SPEC_NS_IPC] = CLONE_NEWIPC,
	[SPEC_NS_UTS] = CLONE_NEWUTS,	  [SPEC_NS_USER] = CLONE_NEWUSER,
};

/* ---- clone ----------------------------------------------------------------------------------- */

/* Where clone3 is not allowed (a container's filter gives ENOSYS), the old call does all but the
 * cgroup. */
static pid_t clone_old(struct spawn_clone *clone)
{
	unsigned long flags = (unsigned long)clone->namespaces | CLONE_PIDFD | SIGCHLD;

	clone->out_of_cgroup = clone->cgroup_fd >= 0;
	*clone->wait_for_place = clone->always_waits || clone->out_of_cgroup;
	return (pid_t)syscall(SYS_clone, flags, NULL, &clone->pidfd, NULL, NULL);
}

static pid_t clone_here(struct spawn_clone *clone)
{
	struct clone_args args = {
		.flags = clone->namespaces | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&clone->pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	*clone->wait_for_place = clone->always_waits;
	clone->out_of_cgroup = false;
	if (clone->cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)clone->cgroup_fd;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		pid = clone_old(clone);
	return pid;
}

pid_t spawn_clone(struct spawn_clone *clone, struct error *err)
{
	pid_t pid;

	clone->pidfd = -1;
	pid = clone_here(clone);
	return pid < 0 ? error_errno(err, "cannot create a process") : pid;
}

int spawn_place(const struct spawn_clone *clone, pid_t pid, int sync_fd, struct error *err)
{
	char text[24];

	if (!*clone->wait_for_place)
		return 0;
	snprintf(text, sizeof(text), "%d", pid);
	if (clone->out_of_cgroup &&
	    file_write_pseudo(clone->cgroup_fd, "cgroup.procs", text, err) < 0)
		return error_wrap(err, "cannot put the process into its cgroup");
	return sync_send(sync_fd, SYNC_PLACED, "", 0, -1, err);
}

int spawn_take_child(struct spawned *spawned, const char *what, struct error *err)
{
	struct sync_child child;
	pid_t first = spawned->pid;

	if (sync_wait_child(spawned->sync_fd, spawned->pidfd, &child, &spawned->terminal_fd, what,
			    err) < 0) {
		if (err->code == ENOMEM) /* so says a pid namespace whose first process has gone */
			return error_set(err, ENOMEM,
					 "cannot create a process: the container has ended, or "
					 "there is no memory");
		return -1;
	}
	cleanup_close(&spawned->pidfd);
	spawned->pid = child.pid;
	spawned->pidfd = child.pidfd;
	process_reap(first);
	return 0;
}

/* One that clones again is a group of its own (child_begin_group). Its successor of which it has
 * not told is a child of ours in another pid namespace: unreaped, it would keep that from ending.
 * True: the first one is reaped, too. */
static bool reap_group(pid_t first)
{
	bool is_reaped = false;
	pid_t pid = kill(-first, SIGKILL) < 0 ? -1 : 0;

	for (int attempt = 0; pid >= 0 && attempt < GROUP_ATTEMPTS; attempt++) {
		while ((pid = waitpid(-first, NULL, WNOHANG)) > 0)
			is_reaped = is_reaped || pid == first;
		if (pid == 0)
			poll(NULL, 0, GROUP_PAUSE_MS);
	}
	return is_reaped;
}

void spawn_abandon(pid_t pid, int pidfd)
{
	if (pid <= 0)
		return;
	if (pidfd >= 0) {
		process_signal(pidfd, SIGKILL, NULL);
		process_wait_exit(pidfd, -1, NULL);
	} else {
		kill(pid, SIGKILL); /* our unreaped child: the number is still its own */
	}
	if (!reap_group(pid))
		process_reap(pid);
}

pid_t spawn_fork(void)
{
	for (enum cgroup_place place = 0; place < CGROUP_PLACE_COUNT; place++) {
		auto_close int fd = cgroup_open_place(place);
		struct clone_args args = {
			.flags = CLONE_INTO_CGROUP,
			.exit_signal = SIGCHLD,
			.cgroup = (unsigned)fd,
		};
		pid_t pid = fd < 0 ? -1 : (pid_t)syscall(SYS_clone3, &args, sizeof(args));

		if (pid >= 0)
			return pid;
	}
	return fork();
}

/* ---- for spawn and exec ---------------------------------------------------------------------- */

int spawn_send_filter(int sync_fd, const struct spec *spec, const char *cache_dir,
		      struct error *err)
{
	auto_seccomp_filter struct seccomp_filter filter = {0};
	auto_free struct sock_filter *message = NULL;

	if (!spec->seccomp)
		return 0;
	if (seccomp_prepare(&filter, spec->seccomp, spec->capabilities.bounding, cache_dir, err) <
	    0)
		return -1;
	message = alloc_zeroed(filter.length + 1, sizeof(*message));
	message[0].k = filter.flags;
	memcpy(message + 1, filter.code, filter.length * sizeof(*message));
	if (sync_send(sync_fd, SYNC_FILTER, message, (filter.length + 1) * sizeof(*message), -1,
		      err) == 0)
		return seccomp_has_listener(&filter);
	/* A child that has gone left an error to be read, or its end of file says enough. */
	return err->code == EPIPE || err->code == ECONNRESET ? 0 : -1;
}

int spawn_set_oom_score(int pidfd, const struct spec *spec, struct error *err)
{
	struct error reason;
	char path[48], text[16];

	if (!spec->has_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", process_number(pidfd));
	snprintf(text, sizeof(text), "%d", spec->oom_score_adj);
	/* 0 is what everybody gets who did not ask. */
	if (file_write_pseudo(AT_FDCWD, path, text, &reason) == 0 || !spec->oom_score_adj)
		return 0;
	error_pass(err, &reason);
	if (err->code != EACCES && err->code != EPERM)
		return error_wrap(err, "cannot set oom_score_adj to %d", spec->oom_score_adj);
	log_warning_once("cannot lower oom_score_adj to %d without CAP_SYS_RESOURCE: it stays as "
			 "it is",
			 spec->oom_score_adj);
	return 0;
}

int spawn_settle(pid_t pid, const struct spec *spec, char *const *groups, struct error *err)
{
	if (scheduling_set(pid, spec, err) < 0 || resctrl_join(groups, pid, err) < 0)
		return -1;
	return spec->namespaces[SPEC_NS_USER].own
		       ? rlimits_set(pid, spec->rlimits, spec->rlimit_count, err)
		       : 0;
}

const char *spawn_apparmor_profile(const struct spec *spec)
{
	auto_strbuf struct strbuf enabled = {0};

	if (!spec->apparmor_profile || !*spec->apparmor_profile ||
	    strcmp(spec->apparmor_profile, "unconfined") == 0)
		return NULL;
	if (file_read(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &enabled, NULL) ==
		    0 &&
	    strbuf_text(&enabled)[0] == 'Y')
		return spec->apparmor_profile;
	log_warning_once("the AppArmor profile '%s' has no effect: this host has no AppArmor",
			 spec->apparmor_profile);
	return NULL;
}

int spawn_wait_exec(int sync_fd, struct error *err)
{
	/* Gone, or still at it without a word: whatever happens now is the program's exit. */
	return sync_wait_end(sync_fd, EXEC_TIMEOUT_MS, "executing the program", err);
}

/* ---- preparing ------------------------------------------------------------------------------- */

static int check_namespaces(const struct spec *spec, struct error *err)
{
	const struct spec_namespace_use *user = &spec->namespaces[SPEC_NS_USER];
	bool has_offsets = spec->has_time_offset[SPEC_CLOCK_MONOTONIC] ||
			   spec->has_time_offset[SPEC_CLOCK_BOOTTIME];

	if ((spec->hostname || spec->domainname) && !spec->namespaces[SPEC_NS_UTS].own)
		return error_set(err, ERROR_INVALID, "a host or domain name needs a uts namespace");
	if (user->own && !user->path && (!spec->uids.count || !spec->gids.count))
		return error_set(err, ERROR_INVALID,
				 "a user namespace needs linux.uidMappings and linux.gidMappings");
	if (!user->own && (spec->uids.count || spec->gids.count))
		return error_set(err, ERROR_INVALID,
				 "linux.uidMappings and linux.gidMappings need a user namespace");
	if (has_offsets &&
	    (!spec->namespaces[SPEC_NS_TIME].own || spec->namespaces[SPEC_NS_TIME].path))
		return error_set(err, ERROR_INVALID,
				 "linux.timeOffsets need a time namespace of the container's own");
	return 0;
}

static int check_spec(const struct spawn_request *request, struct error *err)
{
	const struct spec *spec = request->spec;
	uint64_t missing = spec->capabilities.bounding & ~caps_available();

	if (check_namespaces(spec, err) < 0)
		return -1;
	if (!spec->args || !spec->args[0])
		return error_set(err, ERROR_INVALID, "no command to run");
	if (sysctl_check(spec, request->netns_fd >= 0, err) < 0)
		return -1;
	for (int cap = 0; cap < 64; cap++)
		if (missing >> cap & 1)
			log_warning_once("the container does not get %s: this process itself has "
					 "not got it",
					 spec_capability_name(cap));
	return 0;
}

static int open_namespaces(struct launch *launch, struct error *err)
{
	for (int ns = 0; ns < SPEC_NS_COUNT; ns++) {
		const struct spec_namespace_use *use = &launch->spec->namespaces[ns];

		if (!use->own || !use->path)
			continue;
		launch->namespaces[ns] = peek_open(use->path);
		if (launch->namespaces[ns] < 0)
			return error_errno(err, "cannot open the namespace '%s'", use->path);
	}
	if (launch->request->netns_fd >= 0) {
		cleanup_close(&launch->namespaces[SPEC_NS_NETWORK]);
		launch->namespaces[SPEC_NS_NETWORK] =
			fcntl(launch->request->netns_fd, F_DUPFD_CLOEXEC, 3);
	}
	return 0;
}

/* Its own mapping, or that of the container's user namespace. */
static int map_ids(int tree_fd, const struct spec *spec, const struct spec_mount *mount,
		   bool is_recursive, struct error *err)
{
	bool has_own = mount->uids.count > 0;
	auto_close int userns = -1;

	if (!has_own && !spec->uids.count)
		return error_set(err, ERROR_INVALID, "there is no id mapping");
	userns = id_maps_open(has_own ? &mount->uids : &spec->uids,
			      has_own ? &mount->gids : &spec->gids, err);
	return userns < 0 ? -1 : mounts_map_ids(tree_fd, userns, is_recursive, err);
}

static int open_tree_of(struct launch *launch, size_t i, struct error *err)
{
	const struct spec_mount *mount = &launch->spec->mounts[i];
	auto_mount_options struct mount_options options = {0};
	/* The procfs of a pid namespace that is joined: its owner's, or without one a new file
	 * system, which is about the namespace that this process's children get. */
	bool is_joined = launch->namespaces[SPEC_NS_PID] >= 0 && mount->type &&
			 strcmp(mount->type, "proc") == 0 && mount->source_fd > 0;

	if (mount_options_parse(&options, mount, err) < 0)
		return -1;
	if ((!options.is_bind && !is_joined) || options.remounts)
		return 0;
	launch->trees[i] = mounts_open_source(mount, err);
	if (launch->trees[i] < 0)
		return -1;
	if (options.maps_ids &&
	    map_ids(launch->trees[i], launch->spec, mount, options.maps_recursively, err) < 0)
		return error_wrap(err, "mount '%s'", mount->destination);
	return 0;
}

static int open_trees(struct launch *launch, struct error *err)
{
	for (size_t i = 0; i < launch->spec->mount_count; i++)
		if (open_tree_of(launch, i, err) < 0)
			return -1;
	return 0;
}

static int open_files(struct launch *launch, struct error *err)
{
	const struct spawn_request *request = launch->request;

	if (request->rootfs_fd >= 0)
		launch->root_fd = fcntl(request->rootfs_fd, F_DUPFD_CLOEXEC, 3);
	else if (launch->spec->root_path)
		launch->root_fd = mounts_open_root(launch->spec->root_path, err);
	else
		return error_set(err, ERROR_INVALID, "the container has no root file system");
	if (launch->root_fd < 0)
		return -1;
	if (launch->spec->use_init) {
		if (!request->init_path)
			return error_set(err, ERROR_NOT_FOUND,
					 "the container's init is not "
					 "installed");
		launch->init_fd = mounts_open_readonly_file(request->init_path, err);
		if (launch->init_fd < 0)
			return error_wrap(err, "cannot open the container's init");
	}
	return open_namespaces(launch, err) < 0 ? -1 : open_trees(launch, err);
}

static void launch_init(struct launch *launch, const struct spawn_request *request)
{
	*launch = (struct launch){
		.spec = request->spec,
		.request = request,
		.sync_fd = -1,
		.root_fd = -1,
		.init_fd = -1,
	};
	launch->trees = alloc_zeroed(request->spec->mount_count + 1, sizeof(int));
	for (size_t i = 0; i < request->spec->mount_count; i++)
		launch->trees[i] = -1;
	for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
		launch->namespaces[ns] = -1;
}

static void launch_release(struct launch *launch)
{
	cleanup_close(&launch->sync_fd);
	cleanup_close(&launch->root_fd);
	cleanup_close(&launch->init_fd);
	for (size_t i = 0; i < launch->spec->mount_count; i++)
		cleanup_close(&launch->trees[i]);
	for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
		cleanup_close(&launch->namespaces[ns]);
	free(launch->trees);
}

/* ---- the door -------------------------------------------------------------------------------- */

static uint64_t new_namespaces(const struct launch *launch)
{
	uint64_t flags = 0;

	for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
		if (launch->spec->namespaces[ns].own && launch->namespaces[ns] < 0)
			flags |= clone_flags[ns];
	return flags & CLONE_NEWUSER ? flags & ~(uint64_t)CLONE_NEWIPC : flags;
}

static bool has_early_hooks(const struct spec *spec)
{
	return spec->hooks[SPEC_HOOK_PRESTART].count > 0 ||
	       spec->hooks[SPEC_HOOK_CREATE_RUNTIME].count > 0 ||
	       spec->hooks[SPEC_HOOK_CREATE_CONTAINER].count > 0;
}

static int have_hooks_run(struct spawned *spawned, const struct spawn_request *request,
			  const char *what, struct error *err)
{
	auto_close int input = -1;

	if (sync_wait(spawned->sync_fd, SYNC_MOUNTED, &spawned->terminal_fd, what, err) < 0)
		return -1;
	input = request->run_hooks(request->hooks_data, spawned->pid, err);
	return input < 0 ? -1 : sync_send(spawned->sync_fd, SYNC_HOOKED, "", 0, input, err);
}

/* Clocks of its own for the next child: an offset can be set only before anybody lives by it.
 * Returns the way back for this process's further children, -1 for none, -2 with an error. */
static int offset_clocks(const struct launch *launch, struct error *err)
{
	static const char *const names[SPEC_CLOCK_COUNT] = {"monotonic", "boottime"};
	const struct spec *spec = launch->spec;
	auto_strbuf struct strbuf text = {0};
	auto_close int before = -1;

	if (!spec->namespaces[SPEC_NS_TIME].own || launch->namespaces[SPEC_NS_TIME] >= 0)
		return -1;
	for (int i = 0; i < SPEC_CLOCK_COUNT; i++)
		if (spec->has_time_offset[i])
			strbuf_printf(&text, "%s %" PRId64 " %u\n", names[i],
				      spec->time_offsets[i].seconds,
				      spec->time_offsets[i].nanoseconds);
	before = open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC);
	if (before < 0 || unshare(CLONE_NEWTIME) < 0) {
		error_errno(err, "cannot create a time namespace");
		return -2;
	}
	if (text.length &&
	    file_write_pseudo(AT_FDCWD, "/proc/self/timens_offsets", strbuf_text(&text), err) < 0) {
		setns(before, CLONE_NEWTIME);
		error_wrap(err, "cannot set linux.timeOffsets");
		return -2;
	}
	return take_fd(&before);
}

/* Pipes that this process made are the host's root's, which a user namespace knows nothing of: its
 * own could not open them again. */
static void give_stdio(const struct launch *launch)
{
	uint32_t uid;

	if (!launch->spec->uids.count ||
	    !id_maps_find(&uid, &launch->spec->uids, launch->spec->user.uid))
		return;
	for (int i = 0; i < 3; i++) {
		int fd = launch->request->stdio_fds[i];
		struct stat about;

		if (fd >= 0 && fstat(fd, &about) == 0 &&
		    (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)) &&
		    fchown(fd, uid, (gid_t)-1) < 0)
			log_debug("cannot change the owner of descriptor %d", fd);
	}
}

static bool makes_user_namespace(const struct launch *launch)
{
	return launch->spec->namespaces[SPEC_NS_USER].own && launch->namespaces[SPEC_NS_USER] < 0;
}

/* Of the first process: in its cgroup, and in a user namespace that has ids. */
static int place(struct spawned *spawned, const struct spawn_clone *clone,
		 const struct launch *launch, const char *what, struct error *err)
{
	const struct spec *spec = launch->spec;

	if (makes_user_namespace(launch)) {
		give_stdio(launch);
		if (id_maps_write(spawned->pid, &spec->uids, &spec->gids, err) < 0)
			return -1;
	}
	if (spawn_place(clone, spawned->pid, spawned->sync_fd, err) < 0)
		return -1;
	return launch->namespaces[SPEC_NS_USER] >= 0 ? spawn_take_child(spawned, what, err) : 0;
}

static int tell_listener(const struct spawned *spawned, const struct spawn_request *request,
			 int listener_fd, struct error *err)
{
	struct seccomp_process process = {
		.id = request->id,
		.bundle = request->bundle,
		.status = "creating",
		.pid = spawned->pid,
		.init_pid = spawned->pid,
	};

	return seccomp_listener_send(request->spec, &process, listener_fd, err);
}

static int hand_shake(struct spawned *spawned, const struct spawn_clone *clone,
		      const struct launch *launch, struct error *err)
{
	static const char what[] = "the container was being set up";
	bool joins = launch->namespaces[SPEC_NS_PID] >= 0;
	const struct spawn_request *request = launch->request;
	const struct spec *spec = launch->spec;
	auto_close int listener = -1;
	int has_listener;

	if (place(spawned, clone, launch, what, err) < 0 ||
	    spawn_set_oom_score(spawned->pidfd, spec, err) < 0)
		return -1;
	if (launch->has_hooks && have_hooks_run(spawned, request, what, err) < 0)
		return -1;
	has_listener = spawn_send_filter(spawned->sync_fd, spec, request->seccomp_cache, err);
	if (has_listener < 0)
		return -1;
	if (has_listener) {
		listener = sync_wait_fd(spawned->sync_fd, SYNC_LISTENER, &spawned->terminal_fd,
					what, err);
		if (listener < 0)
			return -1;
	}
	if ((joins ? spawn_take_child(spawned, what, err)
		   : sync_wait(spawned->sync_fd, SYNC_READY, &spawned->terminal_fd, what, err)) < 0)
		return -1;
	if (has_listener && tell_listener(spawned, launch->request, listener, err) < 0)
		return -1;
	return spawn_settle(spawned->pid, spec, request->groups, err);
}

static int create(struct spawned *spawned, struct launch *launch, struct error *err)
{
	const struct spawn_request *request = launch->request;
	struct spawn_clone clone = {
		.cgroup_fd = request->cgroup_fd,
		.wait_for_place = &launch->wait_for_place,
	};
	auto_close int clocks = -1;
	int sync_fds[2];

	if (open_files(launch, err) < 0 || sync_open(sync_fds, err) < 0)
		return -1;
	launch->sync_fd = sync_fds[1];
	spawned->sync_fd = sync_fds[0];
	clone.namespaces = new_namespaces(launch);
	clone.always_waits = makes_user_namespace(launch);
	/* Those belong to the user namespace, which only the child can join. */
	if (launch->namespaces[SPEC_NS_USER] >= 0) {
		launch->later_namespaces = clone.namespaces;
		clone.namespaces = 0;
	}
	clocks = offset_clocks(launch, err);
	if (clocks < -1)
		return -1;
	spawned->pid = spawn_clone(&clone, err);
	if (spawned->pid == 0) {
		close(sync_fds[0]);
		init_run(launch);
	}
	if (clocks >= 0)
		setns(clocks, CLONE_NEWTIME);
	if (spawned->pid < 0)
		return -1;
	spawned->pidfd = clone.pidfd;
	/* The child's end must be the child's alone, or its death would not be seen. */
	close(take_fd(&launch->sync_fd));
	return hand_shake(spawned, &clone, launch, err);
}

int spawn_create(struct spawned *spawned, const struct spawn_request *request, struct error *err)
{
	struct error local = {0};
	struct launch launch;
	int rc;

	err = err ? err : &local;
	*spawned = (struct spawned){-1, -1, -1, -1};
	if (check_spec(request, err) < 0)
		return -1;
	launch_init(&launch, request);
	launch.apparmor_profile = spawn_apparmor_profile(request->spec);
	launch.label = labels_effective(request->spec->selinux_label);
	launch.mount_label = labels_effective(request->spec->mount_label);
	launch.has_hooks = request->run_hooks && has_early_hooks(request->spec);
	rc = create(spawned, &launch, err);
	launch_release(&launch);
	if (rc < 0) {
		spawn_abandon(spawned->pid, spawned->pidfd);
		spawn_release(spawned);
		spawned->pid = -1;
	}
	return rc;
}

int spawn_start(struct spawned *spawned, struct error *err)
{
	int rc = sync_send(spawned->sync_fd, SYNC_GO, "", 0, -1, err);

	if (rc == 0)
		rc = spawn_wait_exec(spawned->sync_fd, err);
	close(take_fd(&spawned->sync_fd));
	if (rc < 0)
		spawn_abandon(spawned->pid, spawned->pidfd);
	return rc;
}

void spawn_release(struct spawned *spawned)
{
	cleanup_close(&spawned->pidfd);
	cleanup_close(&spawned->terminal_fd);
	cleanup_close(&spawned->sync_fd);
	spawned->pidfd = spawned->terminal_fd = spawned->sync_fd = -1;
}

int spawn_exit_code(const struct error *err)
{
	switch (err->code) {
	case ENOENT:
	case ENOTDIR:
		return 127;
	case EACCES:
	case EISDIR:
	case ENOEXEC:
		return 126;
	default:
		return 128;
	}
}
