/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sides of starting one more process: little happens between clone and execve, so one file
 * holds it. The functions that run in the child are below the line that says so.
 *
 * A process that the container can see can be looked into by one that has CAP_SYS_PTRACE there,
 * whatever its being dumpable says, and anybody can read its command line. Therefore two clones:
 * the first child joins everything but the pid namespace, lets go of all that is the host's
 * (descriptors, root, capabilities, at last by execve its memory: runtime/trampoline.h) and only
 * then clones the process that enters it, as a brother of its own (CLONE_PARENT), and ends. init.c
 * does the same for a container that shares another one's pid namespace. Where a filter of the
 * user's forbids the trampoline that, the clone has our memory still, but no command line.
 */
#include "runtime/exec.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strvec.h"
#include "runtime/caps.h"
#include "runtime/child.h"
#include "runtime/identity.h"
#include "runtime/join.h"
#include "runtime/labels.h"
#include "runtime/mounts.h"
#include "runtime/scheduling.h"
#include "runtime/seccomp_listener.h"
#include "runtime/spawn_private.h"
#include "runtime/sync.h"
#include "runtime/terminal.h"
#include "runtime/trampoline.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

struct launch_exec {
	const struct exec_request *request;
	const char *apparmor_profile;
	const char *label, *mount_label; /* SELinux's */
	int sync_fd;
	bool wait_for_place;
	struct terminal terminal; /* with request->terminal */
};

/* ---- the child ------------------------------------------------------------------------------- */

static int open_root(const struct exec_request *request, struct error *err)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root", process_number(request->init_pidfd));
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && process_has_exited(request->init_pidfd)) {
		close(fd);
		return error_set(err, ESRCH, "the container is not running");
	}
	return fd < 0 ? error_errno(err, "cannot open the container's root") : fd;
}

/* Also those that are the host's: joining them again changes nothing. */
static int join(const struct exec_request *request, struct error *err)
{
	const struct spec_namespace_use *namespaces = request->spec->namespaces;
	int all = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNS |
		  CLONE_NEWPID;
	auto_close int root = -1;

	/* The host's own cannot be joined again: "user". */
	if (namespaces[SPEC_NS_USER].own)
		all |= CLONE_NEWUSER;
	if (namespaces[SPEC_NS_TIME].own)
		all |= CLONE_NEWTIME;
	if (spec_shares_mounts(request->spec)) {
		root = open_root(request, err);
		if (root < 0)
			return -1;
	}
	if (join_namespaces(request->init_pidfd, all, err) < 0)
		return -1;
	/* The namespace's own root is somebody else's. */
	if (root >= 0 && (fchdir(root) < 0 || chroot(".") < 0))
		return error_errno(err, "cannot enter the container's root");
	return namespaces[SPEC_NS_USER].own ? child_become_root(err) : 0;
}

static int open_pts(struct error *err)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* A link here would be the container's trick. terminal_open checks what it finds. */
	return path_open(root, "/dev/pts", PATH_NO_LINKS, O_PATH | O_DIRECTORY, err);
}

/* The container's own, unless it has put something else there. O_NONBLOCK: that may be a FIFO. */
static int open_null(const char *label, struct error *err)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd =
		path_open(root, "/dev/null", PATH_IN_ROOT, O_RDWR | O_NONBLOCK | O_NOCTTY, NULL);

	return fd >= 0 && child_is_null(fd) ? take_fd(&fd) : mounts_open_private_null(label, err);
}

static int connect_stdio(struct launch_exec *launch, const struct spec_user *user,
			 struct error *err)
{
	const struct exec_request *request = launch->request;
	struct spec spec = *request->spec;
	auto_close int null = -1;
	auto_close int pts = -1;

	if (!request->terminal) {
		null = open_null(launch->mount_label, err);
		if (null < 0)
			return -1;
		return child_connect_stdio(request->stdio_fds, null, user, err);
	}
	pts = open_pts(err);
	if (pts < 0)
		return error_wrap(err, "cannot open a terminal");
	spec.user = *user;
	if (request->rows) {
		spec.console_rows = request->rows;
		spec.console_columns = request->columns;
	}
	if (terminal_open(&launch->terminal, pts, &spec, err) < 0)
		return -1;
	return sync_send(launch->sync_fd, SYNC_TERMINAL, "", 0, launch->terminal.master_fd, err);
}

/* No passwd is no reason to fail. */
static int find_home(struct identity *identity, struct arena *arena, int root)
{
	const struct spec_user *user = &identity->user;
	const char *text = arena_format(arena, "%u:%u", user->uid, user->gid);
	struct identity found = {0};

	if (root >= 0 && identity_resolve(&found, arena, root, text, NULL, NULL) == 0)
		identity->home = found.home;
	return 0;
}

static int find_user(const struct exec_request *request, struct arena *arena,
		     struct identity *identity, struct error *err)
{
	auto_close int root = -1;

	identity->user = request->spec->user;
	if (!request->user && strvec_getenv(request->env, "HOME"))
		return 0;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!request->user)
		return find_home(identity, arena, root);
	if (root < 0)
		return error_errno(err, "cannot open the container's root");
	if (identity_resolve(identity, arena, root, request->user, NULL, err) < 0)
		return -1;
	identity->user.umask = request->spec->user.umask;
	identity->user.has_umask = request->spec->user.has_umask;
	return 0;
}

static void fill_capabilities(struct spec_capabilities *caps, const struct exec_request *request)
{
	uint64_t all = caps_all();

	*caps = request->spec->capabilities;
	if (request->privileged)
		*caps = (struct spec_capabilities){
			.bounding = all,
			.effective = all,
			.permitted = all,
		};
}

struct child_memory {
	struct arena arena;
	struct strvec env;
	struct identity identity;
	struct seccomp_filter filter;
};

static int enter(struct launch_exec *launch, struct child *child, struct child_memory *memory,
		 struct error *err)
{
	const struct exec_request *request = launch->request;
	const int *fds = request->stdio_fds;
	const int kept[] = {launch->sync_fd, request->init_pidfd, fds[0], fds[1],
			    fds[2],	     child->init_fd};
	struct identity *identity = &memory->identity;
	const char *cwd = request->cwd ? request->cwd : request->spec->cwd;
	int first = STDERR_FILENO + 1 + request->preserved;
	struct sync_message message;

	child_close_others(first, kept, array_length(kept));
	if (request->spec->exec_cpus_initial &&
	    scheduling_set_cpus(0, request->spec->exec_cpus_initial, err) < 0)
		return -1;
	if (launch->wait_for_place && sync_expect(launch->sync_fd, &message, SYNC_PLACED, err) < 0)
		return -1;
	if (child_try_label(child, err) < 0 || join(request, err) < 0 ||
	    find_user(request, &memory->arena, identity, err) < 0 ||
	    connect_stdio(launch, &identity->user, err) < 0 ||
	    child_enter_directory(cwd ? cwd : "/", err) < 0 ||
	    (launch->apparmor_profile && child_set_apparmor(launch->apparmor_profile, err) < 0) ||
	    child_receive_filter(child, &memory->filter, err) < 0)
		return -1;
	child_close_others(
		first,
		(int[]){launch->sync_fd, launch->terminal.slave_fd, child->init_fd, child->proc_fd},
		4);
	return child_become(child, err);
}

/* Everything between clone and execve that may fail for reasons of its own. */
static int prepare_child(struct launch_exec *launch, struct child *child,
			 struct child_memory *memory, struct error *err)
{
	if (enter(launch, child, memory, err) < 0) {
		err->code = ERROR_INVALID; /* not a failed execve, whatever it is */
		return -1;
	}
	strvec_add_all(&memory->env, launch->request->env);
	if (memory->identity.home && !launch->request->exact_env &&
	    !strvec_getenv(memory->env.items, "HOME"))
		strvec_addf(&memory->env, "HOME=%s", memory->identity.home);
	child->env = memory->env.items;
	child->trampoline_flags =
		TRAMPOLINE_ENTERS | (launch->request->terminal ? TRAMPOLINE_HAS_TERMINAL : 0);
	return launch->request->terminal ? terminal_connect(&launch->terminal, err) : 0;
}

static _Noreturn void run_child(struct launch_exec *launch)
{
	const struct exec_request *request = launch->request;
	struct spec_capabilities capabilities;
	struct child_memory memory = {0};
	struct error err = {0};
	struct child child = {
		.sync_fd = launch->sync_fd,
		.spec = request->spec,
		.user = &memory.identity.user,
		.capabilities = &capabilities,
		.program = request->program,
		.args = request->args,
		.init_fd = request->reaper_fd > 0 ? request->reaper_fd : -1,
		.is_reaper = request->reaper_fd > 0,
		.preserved = request->preserved,
		.label = launch->label,
		.proc_fd = -1,
	};

	child_prepare(launch->sync_fd, launch->label);
	fill_capabilities(&capabilities, request);
	if (prepare_child(launch, &child, &memory, &err) == 0)
		child_exec(&child, &memory.filter, &err);
	child_fail(child.sync_fd, &err);
}

/* The only way to a mount of another mount namespace: from inside. This process stays in the host's
 * pid namespace, where no container sees it. */
static int clone_mount(int init_pidfd, const char *path, long type, struct error *err)
{
	auto_close int tree = -1;
	struct statfs status;

	if (join_namespaces(init_pidfd, CLONE_NEWNS, err) < 0)
		return -1;
	tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	if (tree < 0 || fstatfs(tree, &status) < 0)
		return error_errno(err, "cannot take '%s'", path);
	if (status.f_type != type)
		return error_set(err, ERROR_CONFLICT, "something else is mounted at '%s'", path);
	return take_fd(&tree);
}

static _Noreturn void send_mount(int init_pidfd, const char *path, long type, int sync_fd)
{
	struct error err = {0};
	int tree = clone_mount(init_pidfd, path, type, &err);

	if (tree < 0 || sync_send(sync_fd, SYNC_TERMINAL, "", 0, tree, &err) < 0)
		child_fail(sync_fd, &err);
	_exit(0);
}

int exec_open_reaper(const char *path, struct error *err)
{
	return mounts_open_readonly_file(path, err);
}

/* ---- the parent ------------------------------------------------------------------------------ */

int exec_clone_mount(int init_pidfd, const char *path, long type, struct error *err)
{
	struct sync_message message;
	auto_close int ours = -1, theirs = -1;
	int sync_fds[2], received;
	pid_t pid;

	if (sync_open(sync_fds, err) < 0)
		return -1;
	ours = sync_fds[0];
	theirs = sync_fds[1];
	pid = fork();
	if (pid < 0)
		return error_errno(err, "cannot create a process");
	if (pid == 0)
		send_mount(init_pidfd, path, type, theirs);
	close(take_fd(&theirs)); /* so that its end is the end */
	received = sync_receive(ours, &message, err);
	process_reap(pid);
	if (received < 0)
		return -1;
	if (message.kind == SYNC_ERROR)
		return error_pass(err, &message.error);
	if (message.kind != SYNC_TERMINAL || message.fd < 0)
		return error_set(err, EPIPE, "cannot take '%s': the process for it has ended",
				 path);
	return message.fd;
}

static int tell_listener(const struct spawned *spawned, const struct exec_request *request,
			 int listener_fd, struct error *err)
{
	struct seccomp_process process = {
		.id = request->id,
		.bundle = request->bundle,
		.status = "running",
		.pid = spawned->pid,
		.init_pid = request->init_pid,
	};

	return seccomp_listener_send(request->spec, &process, listener_fd, err);
}

static int hand_shake(struct spawned *spawned, const struct spawn_clone *clone,
		      const struct exec_request *request, struct error *err)
{
	static const char what[] = "joining the container";
	auto_close int listener = -1;
	int has_listener;

	if (spawn_place(clone, spawned->pid, spawned->sync_fd, err) < 0)
		return -1;
	has_listener =
		spawn_send_filter(spawned->sync_fd, request->spec, request->seccomp_cache, err);
	if (has_listener < 0)
		return -1;
	if (has_listener) {
		listener = sync_wait_fd(spawned->sync_fd, SYNC_LISTENER, &spawned->terminal_fd,
					what, err);
		if (listener < 0)
			return -1;
	}
	if (spawn_take_child(spawned, what, err) < 0 ||
	    (has_listener && tell_listener(spawned, request, listener, err) < 0) ||
	    spawn_set_oom_score(spawned->pidfd, request->spec, err) < 0 ||
	    spawn_settle(spawned->pid, request->spec, request->groups, err) < 0 ||
	    (request->spec->exec_cpus_final &&
	     scheduling_set_cpus(spawned->pid, request->spec->exec_cpus_final, err) < 0) ||
	    sync_send(spawned->sync_fd, SYNC_GO, "", 0, -1, err) < 0)
		return -1;
	return spawn_wait_exec(spawned->sync_fd, err);
}

static int start(struct spawned *spawned, struct launch_exec *launch, struct error *err)
{
	const struct exec_request *request = launch->request;
	struct spawn_clone clone = {
		.cgroup_fd = request->cgroup_fd,
		.wait_for_place = &launch->wait_for_place,
	};

	spawned->pid = spawn_clone(&clone, err);
	if (spawned->pid < 0)
		return -1;
	if (spawned->pid == 0) {
		close(spawned->sync_fd);
		run_child(launch);
	}
	spawned->pidfd = clone.pidfd;
	close(take_fd(&launch->sync_fd));
	return hand_shake(spawned, &clone, request, err);
}

int exec_start(struct exec_process *process, const struct exec_request *request, struct error *err)
{
	struct launch_exec launch = {
		.request = request,
		.apparmor_profile = spawn_apparmor_profile(request->spec),
		.label = labels_effective(request->spec->selinux_label),
		.mount_label = labels_effective(request->spec->mount_label),
		.sync_fd = -1,
		.terminal = {-1, -1},
	};
	struct spawned spawned = {-1, -1, -1, -1};
	struct error local = {0};
	int sync_fds[2];
	int rc;

	err = err ? err : &local;
	*process = (struct exec_process){-1, -1, -1};
	if (process_has_exited(request->init_pidfd))
		return error_set(err, ESRCH, "the container is not running");
	if (sync_open(sync_fds, err) < 0)
		return -1;
	launch.sync_fd = sync_fds[1];
	spawned.sync_fd = sync_fds[0];
	rc = start(&spawned, &launch, err);
	cleanup_close(&launch.sync_fd);
	close(take_fd(&spawned.sync_fd));
	if (rc == 0) {
		*process = (struct exec_process){spawned.pid, spawned.pidfd, spawned.terminal_fd};
		return 0;
	}
	spawn_abandon(spawned.pid, spawned.pidfd);
	spawn_release(&spawned);
	return -1;
}
