/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side of starting a container, from clone to execve. The steps stand in a table and
 * run in its order; an error crosses to the parent with the step's name.
 */
#include "runtime/spawn_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "runtime/child.h"
#include "runtime/devices.h"
#include "runtime/hook.h"
#include "runtime/mounts.h"
#include "runtime/old_root.h"
#include "runtime/sync.h"
#include "runtime/sysctl.h"
#include "runtime/terminal.h"
#include "runtime/trampoline.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

struct init {
	struct launch *launch;
	const struct spec *spec;
	struct mounts mounts;
	struct terminal terminal;
	struct child child;
	struct seccomp_filter filter;
};

struct step {
	const char *name; /* NULL: its errors say what could not be done */
	int (*run)(struct init *init, struct error *err);
};

static const int namespace_flags[SPEC_NS_COUNT] = {
	[SPEC_NS_MOUNT] = CLONE_NEWNS,	  [SPEC_NS_PID] = CLONE_NEWPID,
	[SPEC_NS_NETWORK] = CLONE_NEWNET, [SPEC_NS_IPC] = CLONE_NEWIPC,
	[SPEC_NS_UTS] = CLONE_NEWUTS,	  [SPEC_NS_CGROUP] = CLONE_NEWCGROUP,
	[SPEC_NS_USER] = CLONE_NEWUSER,	  [SPEC_NS_TIME] = CLONE_NEWTIME,
};

/* Its process is another one in the end, in the pid namespace of another container. */
static bool joins_processes(const struct init *init)
{
	return init->launch->namespaces[SPEC_NS_PID] >= 0;
}

static int wait_for_place(struct init *init, struct error *err)
{
	struct sync_message message;

	if (!init->launch->wait_for_place)
		return 0;
	return sync_expect(init->launch->sync_fd, &message, SYNC_PLACED, err);
}

/* The others are to be this user namespace's: who joins it makes them with another clone, and
 * ends. */
static int clone_again(struct init *init, struct error *err)
{
	unsigned long flags = (unsigned long)init->launch->later_namespaces;
	int pidfd = -1;
	pid_t pid;

	child_begin_group();
	pid = (pid_t)syscall(SYS_clone, flags | CLONE_PARENT | CLONE_PIDFD | SIGCHLD, NULL, &pidfd,
			     NULL, NULL);
	if (pid < 0)
		return error_errno(err, "cannot create a process");
	if (pid > 0) {
		sync_send(init->launch->sync_fd, SYNC_CHILD, &pid, sizeof(pid), pidfd, NULL);
		_exit(0);
	}
	return 0;
}

static int enter_user_namespace(struct init *init, struct error *err)
{
	int joined = init->launch->namespaces[SPEC_NS_USER];

	if (!init->spec->namespaces[SPEC_NS_USER].own)
		return 0;
	if (joined >= 0 && setns(joined, CLONE_NEWUSER) < 0)
		return error_errno(err, "cannot join it");
	if (child_become_root(err) < 0)
		return -1;
	return joined >= 0 ? clone_again(init, err) : 0;
}

/* Is it to be made here? The cgroup namespace's root is the cgroup at its creation. What an ipc
 * namespace has from its creation on (/dev/mqueue) belongs to who creates it, and in a user
 * namespace that is to be its root. */
static bool makes(const struct init *init, enum spec_namespace ns)
{
	const struct spec_namespace_use *uses = init->spec->namespaces;

	return uses[ns].own && init->launch->namespaces[ns] < 0 &&
	       (ns == SPEC_NS_CGROUP || (ns == SPEC_NS_IPC && uses[SPEC_NS_USER].own &&
					 init->launch->namespaces[SPEC_NS_USER] < 0));
}

/* Those that clone could not make; a pid namespace is entered later, by the trampoline. */
static int enter_namespaces(struct init *init, struct error *err)
{
	const struct launch *launch = init->launch;

	for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
		if (launch->namespaces[ns] >= 0 && ns != SPEC_NS_USER &&
		    setns(launch->namespaces[ns], namespace_flags[ns]) < 0)
			return error_errno(err, "cannot join a namespace");
	for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
		if (makes(init, ns) && unshare(namespace_flags[ns]) < 0)
			return error_errno(err, "cannot create a namespace");
	return 0;
}

static int start_session(struct init *init, struct error *err)
{
	(void)init;
	if (setsid() < 0)
		return error_errno(err, "cannot create a session");
	return 0;
}

static int set_names(struct init *init, struct error *err)
{
	const struct spec *spec = init->spec;

	if (!spec->namespaces[SPEC_NS_UTS].own)
		return 0;
	if (spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
		return error_errno(err, "'%s'", spec->hostname);
	if (spec->domainname && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
		return error_errno(err, "'%s'", spec->domainname);
	return 0;
}

/* A new network namespace's loopback is down; one that we join is its maker's business. */
static int start_loopback(struct init *init, struct error *err)
{
	auto_close int fd = -1;
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (!init->spec->namespaces[SPEC_NS_NETWORK].own ||
	    init->launch->namespaces[SPEC_NS_NETWORK] >= 0)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_errno(err, "cannot start the loopback interface");
	return 0;
}

int init_leave_chroot(struct error *err)
{
	auto_close int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (own < 0 || setns(own, CLONE_NEWNS) < 0)
		return error_errno(err, "cannot find the root of the mount namespace");
	return 0;
}

/* Any directory of this private mount namespace would do, and / is always there. But hooks look for
 * the container's files where the bundle has them. */
static const char *place_of_root(const struct init *init)
{
	const char *path = init->spec->root_path;

	const struct spawn_request *request = init->launch->request;

	if (spec_shares_mounts(init->spec))
		return path;
	return init->launch->has_hooks && !request->no_pivot && path && request->rootfs_fd < 0
		       ? path
		       : "/";
}

/* Slave, not private: "rslave" volumes go on receiving the host's mounts. */
static int separate_mounts(struct error *err)
{
	if (init_leave_chroot(err) < 0)
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return error_errno(err, "cannot separate the mounts from the host's");
	return 0;
}

static int attach_root(struct init *init, struct error *err)
{
	/* In a namespace of somebody else's nothing changes but that there is one more mount. */
	if (!spec_shares_mounts(init->spec) && separate_mounts(err) < 0)
		return -1;
	return mounts_attach_root(&init->mounts, init->launch->root_fd, place_of_root(init),
				  mounts_root_is_slave(init->spec->rootfs_propagation), err);
}

/* The device nodes follow their file system at once, before anything else is in it. */
static int mount_all(struct init *init, struct error *err)
{
	const struct spec *spec = init->spec;

	for (size_t i = 0; i < spec->mount_count; i++) {
		int had_dev = init->mounts.dev_fd;

		if (mounts_attach(&init->mounts, &spec->mounts[i], init->launch->trees[i], err) < 0)
			return -1;
		if (init->mounts.dev_fd != had_dev &&
		    (devices_make_default(init->mounts.dev_fd, err) < 0 ||
		     mounts_use_null(&init->mounts, init->mounts.dev_fd, err) < 0))
			return -1;
	}
	return 0;
}

static int make_devices(struct init *init, struct error *err)
{
	return devices_make(&init->mounts, init->spec, err);
}

static int open_terminal(struct init *init, struct error *err)
{
	const struct spec *spec = init->spec;

	if (!spec->terminal)
		return 0;
	if (init->mounts.pts_fd < 0 || init->mounts.dev_fd < 0)
		return error_set(err, ERROR_INVALID,
				 "a terminal needs mounts of its own at /dev "
				 "(tmpfs) and /dev/pts (devpts)");
	if (terminal_open(&init->terminal, init->mounts.pts_fd, spec, err) < 0 ||
	    terminal_make_console(&init->terminal, init->mounts.dev_fd, err) < 0)
		return -1;
	return sync_send(init->launch->sync_fd, SYNC_TERMINAL, "", 0, init->terminal.master_fd,
			 err);
}

/* Before the masks, through the descriptor of the fresh procfs: only this process has a path to it
 * yet. Another one is made where there is none, since taking it down waits for the kernel's
 * readers. */
static int set_sysctls(struct init *init, struct error *err)
{
	auto_close int proc = -1;

	if (!init->spec->sysctl_count)
		return 0;
	if (init->mounts.proc_fd >= 0)
		return sysctl_apply(init->spec, init->mounts.proc_fd, err);
	proc = mounts_open_private_proc(err);
	return proc < 0 ? -1 : sysctl_apply(init->spec, proc, err);
}

/* Before anything is read-only or hidden. */
static int run_hooks(struct init *init, struct error *err)
{
	const struct spec_hooks *hooks = &init->spec->hooks[SPEC_HOOK_CREATE_CONTAINER];
	struct hook_place place = {.kind = "createContainer"};
	struct sync_message message;
	int result;

	if (!init->launch->has_hooks)
		return 0;
	if (sync_send(init->launch->sync_fd, SYNC_MOUNTED, "", 0, -1, err) < 0 ||
	    sync_expect(init->launch->sync_fd, &message, SYNC_HOOKED, err) < 0)
		return -1;
	place.input_fd = message.fd;
	result = hook_run_all(hooks, &place, err);
	cleanup_close(&message.fd);
	return result;
}

static int hide_paths(struct init *init, struct error *err)
{
	if (mounts_mask(&init->mounts, init->spec->masked_paths, err) < 0)
		return -1;
	return mounts_make_readonly(&init->mounts, init->spec->readonly_paths, err);
}

static int make_directory(struct init *init, struct error *err)
{
	const char *cwd = init->spec->cwd;
	auto_close int fd = -1;

	if (!cwd || strcmp(cwd, "/") == 0)
		return 0;
	fd = path_open(init->mounts.root_fd, cwd, PATH_IN_ROOT, O_PATH | O_DIRECTORY, err);
	if (fd < 0 && err->code == ENOENT)
		fd = path_make_directories(init->mounts.root_fd, cwd, 0755, 0, 0, err);
	return fd < 0 ? -1 : 0;
}

static int finish_root(struct init *init, struct error *err)
{
	return init->spec->root_readonly ? mounts_set_root_readonly(&init->mounts, err) : 0;
}

/* pivot_root(2), "pivot_root(".", ".")": the old root comes to lie on top of the new one, where
 * umount finds it by the same path. */
static int exchange_roots(struct error *err)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return error_errno(err, "pivot_root");
	if (umount2(".", MNT_DETACH) < 0)
		return error_errno(err, "cannot detach the host's root");
	return 0;
}

/* The filter of Docker's containers has no pivot_root, whatever their capabilities. The new root
 * lies over the old one, so that ".." from anywhere outside of it ends in it again: chroot will do.
 */
static int enter_upper_root(struct error *err)
{
	old_root_empty();
	return chroot(".") < 0 ? error_errno(err, "chroot") : 0;
}

static int change_root(struct init *init, struct error *err)
{
	if (fchdir(init->mounts.root_fd) < 0)
		return error_errno(err, "cannot enter the new root");
	if (spec_shares_mounts(init->spec)) {
		if (chroot(".") < 0)
			return error_errno(err, "chroot");
	} else if (init->launch->request->no_pivot) {
		if (enter_upper_root(err) < 0)
			return -1;
	} else if (exchange_roots(err) < 0 &&
		   ((err->code != EPERM && err->code != ENOSYS) || enter_upper_root(err) < 0))
		return -1;
	if (chdir("/") < 0)
		return error_errno(err, "cannot enter the new root");
	if (!init->spec->rootfs_propagation)
		return 0;
	return mounts_set_root_propagation(&init->mounts, init->spec->rootfs_propagation, err);
}

static int connect_stdio(struct init *init, struct error *err)
{
	auto_close int null = -1;
	char path[40];

	if (init->spec->terminal)
		return joins_processes(init) ? terminal_connect(&init->terminal, err)
					     : terminal_adopt(&init->terminal, err);
	/* What masks files is known to be the null device. /proc is the host's still. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", init->mounts.null_fd);
	null = open(path, O_RDWR | O_CLOEXEC);
	if (null < 0)
		return error_errno(err, "cannot open the null device");
	return child_connect_stdio(init->launch->request->stdio_fds, null, &init->spec->user, err);
}

static int enter_directory(struct init *init, struct error *err)
{
	return child_enter_directory(init->spec->cwd ? init->spec->cwd : "/", err);
}

static int set_apparmor(struct init *init, struct error *err)
{
	const char *profile = init->launch->apparmor_profile;

	return profile ? child_set_apparmor(profile, err) : 0;
}

static int try_label(struct init *init, struct error *err)
{
	return child_try_label(&init->child, err);
}

static int become(struct init *init, struct error *err)
{
	return child_become(&init->child, err);
}

static int receive_filter(struct init *init, struct error *err)
{
	return child_receive_filter(&init->child, &init->filter, err);
}

static const struct step steps[] = {
	{"join the cgroup", wait_for_place},
	{"enter the user namespace", enter_user_namespace},
	{"join namespaces", enter_namespaces},
	{"start a session", start_session},
	{"set the host name", set_names},
	{"start the loopback interface", start_loopback},
	{"attach the root file system", attach_root},
	{NULL, mount_all},
	{"make devices", make_devices},
	{"make the working directory", make_directory},
	{"open the terminal", open_terminal},
	{NULL, set_sysctls},
	{"connect the standard descriptors", connect_stdio},
	{NULL, run_hooks},
	{NULL, hide_paths},
	{"finish the root file system", finish_root},
	{"set the AppArmor profile", set_apparmor},
	{NULL, try_label},
	{"change the root", change_root},
	{"enter the working directory", enter_directory},
	{"receive the seccomp filter", receive_filter},
	{"change the identity", become},
};

_Noreturn void init_run(struct launch *launch)
{
	int listen_fd = launch->request->listen_fd > 0 ? launch->request->listen_fd : -1;
	struct init init = {
		.launch = launch,
		.spec = launch->spec,
		.terminal = {-1, -1},
		.child = {.sync_fd = launch->sync_fd,
			  .spec = launch->spec,
			  .user = &launch->spec->user,
			  .capabilities = &launch->spec->capabilities,
			  .args = launch->spec->args,
			  .env = launch->spec->env,
			  .init_fd = launch->init_fd,
			  .listen_fd = launch->request->listen_fd,
			  .preserved = launch->request->preserved,
			  .label = launch->label,
			  .proc_fd = -1},
	};
	struct error err = {0};

	child_prepare(launch->sync_fd, launch->label);
	mounts_init(&init.mounts);
	init.mounts.label = launch->mount_label;
	for (size_t i = 0; i < array_length(steps); i++) {
		if (steps[i].run(&init, &err) == 0)
			continue;
		if (steps[i].name)
			error_wrap(&err, "cannot %s", steps[i].name);
		child_fail(launch->sync_fd, &err);
	}
	/* Nothing of the host stays open while the container waits to be started: neither
	 * directories nor the ends of somebody's pipes. */
	child_close_others(3 + init.child.preserved,
			   (int[]){launch->sync_fd, launch->init_fd, listen_fd, init.child.proc_fd},
			   4);
	if (joins_processes(&init))
		init.child.trampoline_flags =
			TRAMPOLINE_ENTERS | (init.spec->terminal ? TRAMPOLINE_HAS_TERMINAL : 0);
	child_exec(&init.child, &init.filter, &err);
	child_fail(init.child.sync_fd, &err);
}
