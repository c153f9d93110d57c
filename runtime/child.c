/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/child.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/session.h"
#include "base/strvec.h"
#include "runtime/caps.h"
#include "runtime/labels.h"
#include "runtime/mounts.h"
#include "runtime/rlimits.h"
#include "runtime/scheduling.h"
#include "runtime/spec.h"
#include "runtime/sync.h"
#include "runtime/trampoline.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static void send_warning(enum log_level level, const char *text, void *data)
{
	if (level == LOG_LEVEL_WARNING)
		sync_send(*(int *)data, SYNC_WARNING, text, strnlen(text, 1000) + 1, -1, NULL);
}

void child_prepare(int sync_fd, const char *label)
{
	static int warning_fd;

	warning_fd = sync_fd;
	log_set_sink(send_warning, &warning_fd);
	/* Until execve nobody but the host's root may look into this process, which still has the
	 * parent's memory and descriptors (CVE-2016-9962). */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	process_hide_arguments();
	if (label)
		labels_set_keys(label);
	session_leave();
}

_Noreturn void child_fail(int sync_fd, const struct error *err)
{
	sync_send(sync_fd, SYNC_ERROR, err, sizeof(*err), -1, NULL);
	_exit(127);
}

void child_close_others(int from, const int *kept, size_t count)
{
	for (;;) {
		int next = -1;

		for (size_t i = 0; i < count; i++)
			if (kept[i] >= from && (next < 0 || kept[i] < next))
				next = kept[i];
		if (next < 0)
			break;
		if (next > from)
			syscall(SYS_close_range, from, next - 1, 0);
		from = next + 1;
	}
	process_close_from(from);
}

/* So that a user other than root can open /dev/stdout again. Never what others have a name for. */
static void give_to(int fd, const struct spec_user *user)
{
	struct stat about;

	if (fstat(fd, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)) &&
	    about.st_uid != user->uid && fchown(fd, user->uid, (gid_t)-1) < 0)
		log_debug("cannot change the owner of descriptor %d", fd);
}

bool child_is_null(int fd)
{
	struct stat about;

	return fstat(fd, &about) == 0 && S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3);
}

int child_connect_stdio(const int fds[3], int null_fd, const struct spec_user *user,
			struct error *err)
{
	int copies[3];

	/* Out of the way first: a source may itself be 0, 1 or 2. */
	for (int i = 0; i < 3; i++) {
		bool is_null = fds[i] < 0 || child_is_null(fds[i]);

		copies[i] = fcntl(is_null ? null_fd : fds[i], F_DUPFD_CLOEXEC, 3);
		if (copies[i] < 0)
			return error_errno(err, "cannot connect descriptor %d", i);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(copies[i], i) < 0)
			return error_errno(err, "cannot connect descriptor %d", i);
		close(copies[i]);
		give_to(i, user);
	}
	return 0;
}

int child_enter_directory(const char *path, struct error *err)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = -1;
	char where[4096];

	if (path[0] != '/')
		return error_set(err, ERROR_INVALID,
				 "the working directory '%s' is not an absolute path", path);
	/* RESOLVE_NO_MAGICLINKS: /proc/self/fd/N is no way out (CVE-2024-21626). */
	fd = path_open(root, path, PATH_IN_ROOT, O_PATH | O_DIRECTORY, err);
	if (fd < 0)
		return error_wrap(err, "cannot enter the working directory");
	if (fchdir(fd) < 0)
		return error_errno(err, "cannot enter the working directory '%s'", path);
	if (syscall(SYS_getcwd, where, sizeof(where)) < 0 || where[0] != '/')
		return error_set(err, ERROR_INVALID,
				 "the working directory '%s' is outside the container", path);
	return 0;
}

int child_set_apparmor(const char *profile, struct error *err)
{
	auto_close int proc = mounts_open_private_proc(err);
	auto_free char *path = alloc_format("%d/attr/apparmor/exec", getpid());
	auto_free char *old_path = alloc_format("%d/attr/exec", getpid());
	auto_free char *text = alloc_format("exec %s", profile);
	auto_close int fd = -1;

	if (proc < 0)
		return -1;
	fd = path_open(proc, path, PATH_NO_LINKS, O_WRONLY, err);
	if (fd < 0) /* before Linux 5.8, or without LSM stacking */
		fd = path_open(proc, old_path, PATH_NO_LINKS, O_WRONLY, err);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return error_errno(err, "cannot set the AppArmor profile '%s'", profile);
	return 0;
}

/* What is wrong with it is said here, in words; the trampoline has only numbers. */
int child_try_label(struct child *child, struct error *err)
{
	if (!child->label)
		return 0;
	child->proc_fd = labels_open_proc(err);
	if (child->proc_fd < 0 || labels_set_exec(child->proc_fd, child->label, err) < 0)
		return -1;
	return labels_set_exec(child->proc_fd, "", err);
}

/* ---- identity -------------------------------------------------------------------------------- */

int child_become_root(struct error *err)
{
	if ((setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) && errno != EINVAL)
		return error_errno(err, "cannot become the user namespace's root");
	/* Changing ids made the process whatever fs.suid_dumpable says. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}

int child_become(const struct child *child, struct error *err)
{
	const struct spec_user *user = child->user;
	bool needs_admin = child->spec->seccomp && !child->spec->no_new_privileges;

	if (scheduling_set_own(child->spec, err) < 0 ||
	    (!child->spec->namespaces[SPEC_NS_USER].own && /* there: the parent */
	     rlimits_set(0, child->spec->rlimits, child->spec->rlimit_count, err) < 0) ||
	    caps_bound(child->capabilities->bounding, err) < 0)
		return -1;
	if (setgroups(user->group_count, user->groups) < 0)
		return error_errno(err, "cannot set the %zu groups", user->group_count);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot keep the capabilities");
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return error_errno(err, "cannot become group %u", user->gid);
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return error_errno(err, "cannot become user %u", user->uid);
	/* execve gives root its bounding set and everybody else nothing; what is set here beside
	 * that is the inheritable and ambient sets. */
	if (caps_set(child->capabilities, needs_admin ? UINT64_C(1) << CAP_SYS_ADMIN : 0, err) < 0)
		return -1;
	umask(user->has_umask ? user->umask : 0022);
	if (child->spec->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot set no_new_privs");
	/* Changing ids made the process whatever fs.suid_dumpable says. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}

/* ---- execve ---------------------------------------------------------------------------------- */

/* Returns 0 when it can be executed, else an errno. */
static int examine(const char *path)
{
	struct stat about;

	if (stat(path, &about) < 0)
		return errno;
	if (S_ISDIR(about.st_mode))
		return EISDIR;
	/* access(2) asks for the real ids, which are the effective ones by now. */
	return access(path, X_OK) < 0 ? errno : 0;
}

static int search_path(char **found, const char *name, const char *path, struct error *err)
{
	int worst = ENOENT;

	for (size_t length; path; path = path[length] ? path + length + 1 : NULL) {
		int rc;

		length = strcspn(path, ":");
		free(*found);
		*found = length ? alloc_format("%.*s/%s", (int)length, path, name)
				: alloc_format("./%s", name);
		rc = examine(*found);
		if (rc == 0)
			return 0;
		if (rc == EACCES)
			worst = EACCES;
	}
	if (worst == ENOENT)
		return error_set(err, ENOENT, "exec: \"%s\": executable file not found in $PATH",
				 name);
	return error_set(err, worst, "exec: \"%s\": permission denied", name);
}

static int find_program(char **found, const struct child *child, struct error *err)
{
	const char *first = child->args ? child->args[0] : NULL;
	const char *name = child->program ? child->program : first;
	const char *path = strvec_getenv(child->env, "PATH");
	int rc;

	if (!name || !*name)
		return error_set(err, ENOENT, "exec: \"\": executable file not found in $PATH");
	if (!strchr(name, '/'))
		return search_path(found, name, path ? path : "", err);
	*found = alloc_string(name);
	rc = examine(name);
	if (rc == EISDIR)
		return error_set(err, EISDIR, "exec: \"%s\": is a directory", name);
	if (rc == EACCES)
		return error_set(err, EACCES, "exec: \"%s\": permission denied", name);
	if (rc)
		return error_set(err, rc, "exec: \"%s\": stat %s: %s", name, name,
				 error_strerror(rc));
	return 0;
}

/* Would the filter let a helper of ours do its work? A profile of the user's may be that strict. */
static bool allows(const struct seccomp_filter *filter, const uint32_t *calls, size_t count)
{
	static const uint64_t arguments[6];

	for (size_t i = 0; filter && filter->code && i < count; i++)
		if (seccomp_evaluate(filter, calls[i], arguments) != SECCOMP_RET_ALLOW)
			return false;
	return true;
}

static bool allows_trampoline(const struct seccomp_filter *filter, int flags)
{
	static const uint32_t calls[] = {SYS_execveat, SYS_prctl, SYS_fcntl,	 SYS_execve,
					 SYS_read,     SYS_write, SYS_exit_group};
	static const uint32_t entering[] = {SYS_clone, SYS_sendmsg, SYS_setsid};
	static const uint32_t terminal[] = {SYS_ioctl};
	static const uint32_t listening[] = {SYS_accept4, SYS_getsockopt, SYS_close};
	static const uint32_t labelling[] = {SYS_openat, SYS_close};

	return allows(filter, calls, array_length(calls)) &&
	       (!(flags & TRAMPOLINE_ENTERS) || allows(filter, entering, array_length(entering))) &&
	       (!(flags & TRAMPOLINE_LISTENS) ||
		allows(filter, listening, array_length(listening))) &&
	       (!(flags & TRAMPOLINE_HAS_LABEL) ||
		allows(filter, labelling, array_length(labelling))) &&
	       (!(flags & TRAMPOLINE_HAS_TERMINAL) ||
		allows(filter, terminal, array_length(terminal)));
}

static bool allows_reaper(const struct seccomp_filter *filter)
{
	static const uint32_t calls[] = {
		SYS_brk,
		SYS_clone,
		SYS_close,
		SYS_dup3,
		SYS_execve,
		SYS_execveat,
		SYS_exit_group,
		SYS_fcntl,
		SYS_ioctl,
		SYS_kill,
		SYS_rt_sigaction,
		SYS_rt_sigprocmask,
		SYS_set_robust_list,
		SYS_setpgid,
		SYS_rt_sigtimedwait,
		SYS_set_tid_address,
		SYS_wait4,
	};

	return allows(filter, calls, array_length(calls));
}

static int first_place(const struct child *child)
{
	return STDERR_FILENO + 1 + child->preserved;
}

/* Without it the command itself is what ends, and its second output goes where the first one does.
 * The other end waits for the end of the third. */
static void do_without_reaper(const struct child *child)
{
	fcntl(STDERR_FILENO, F_DUPFD, first_place(child) + TRAMPOLINE_REAPER);
	dup2(STDOUT_FILENO, STDERR_FILENO);
}

static int open_trampoline(const struct seccomp_filter *filter, int flags)
{
	int fd = -1;

	if (!allows_trampoline(filter, flags))
		return -1;
	fd = trampoline_open();
	if (fd < 0)
		log_warning("this process's executable is not shielded from the container: cannot "
			    "create an executable memory file: %s",
			    error_strerror(errno));
	return fd;
}

/* From here on the agent may be asked about what we do. It must be told of the container before. */
static int announce_listener(const struct child *child, int listener_fd, struct error *err)
{
	auto_close int fd = listener_fd;

	return fd < 0 ? 0 : sync_send(child->sync_fd, SYNC_LISTENER, "", 0, fd, err);
}

/* What we say until the agent has its descriptor must not depend on it. */
static int install(const struct child *child, const struct seccomp_filter *filter,
		   struct error *err)
{
	static const uint32_t calls[] = {SYS_sendmsg, SYS_close};
	int listener_fd = -1;

	if (!filter || !filter->code)
		return 0;
	if (seccomp_has_listener(filter) && !allows(filter, calls, array_length(calls)))
		return error_set(err, ERROR_INVALID,
				 "the seccomp profile has to allow sendmsg and close: the listener "
				 "gets its descriptor by them");
	if (seccomp_install(filter, &listener_fd, err) < 0)
		return -1;
	return announce_listener(child, listener_fd, err);
}

/* Copies @fd to @place. What stood there may be anything by now. */
static int put(int fd, int place, struct error *err)
{
	if (dup2(fd, place) < 0)
		return error_errno(err, "cannot duplicate a descriptor");
	return 0;
}

/* ---- without the trampoline ---- */

/* Goes on as another process, the parent's child too; this one ends. */
void child_begin_group(void)
{
	setpgid(0, 0);
}

static int enter_pid_namespace(const struct child *child, struct error *err)
{
	int pidfd = -1;
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD | SIGCHLD, NULL, &pidfd,
				   NULL, NULL);

	if (pid < 0)
		return error_errno(err, "cannot create a process");
	if (pid > 0) {
		sync_send(child->sync_fd, SYNC_CHILD, &pid, sizeof(pid), pidfd, NULL);
		_exit(0);
	}
	return 0;
}

static int start_session(const struct child *child, struct error *err)
{
	if (setsid() < 0)
		return error_errno(err, "cannot create a session");
	if ((child->trampoline_flags & TRAMPOLINE_HAS_TERMINAL) && ioctl(0, TIOCSCTTY, 0) < 0)
		return error_errno(err, "cannot make the terminal the controlling one");
	return 0;
}

/* As in the trampoline's steps. */
static bool find_peer(uid_t *uid, int fd)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	*uid = peer.uid;
	return true;
}

static int take_caller(struct child *child, uid_t owner, struct error *err)
{
	for (;;) {
		auto_close int fd = accept4(child->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		struct sync_message message;
		uid_t peer;

		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			return error_errno(err, "cannot wait for the start");
		if (fd < 0 || !find_peer(&peer, fd) || peer != owner ||
		    sync_expect(fd, &message, SYNC_GO, NULL) < 0)
			continue;
		child->sync_fd = take_fd(&fd);
		return 0;
	}
}

static int wait_for_go(struct child *child, struct error *err)
{
	struct sync_message message;
	uid_t owner;

	if (child->listen_fd <= 0)
		return sync_expect(child->sync_fd, &message, SYNC_GO, err);
	if (sync_expect(child->sync_fd, &message, SYNC_KEEP, err) < 0)
		return -1;
	if (!find_peer(&owner, child->sync_fd))
		return error_errno(err, "cannot see who waits for this process");
	close(child->sync_fd);
	return take_caller(child, owner, err);
}

/* Before any clone: the procfs is the host's. */
static int set_label_here(struct child *child, struct error *err)
{
	if (!child->label)
		return 0;
	if (labels_set_exec(child->proc_fd, child->label, err) < 0)
		return -1;
	cleanup_close(&child->proc_fd);
	return 0;
}

/* What the trampoline does otherwise. */
static int wait_here(struct child *child, struct error *err)
{
	bool enters = child->trampoline_flags & TRAMPOLINE_ENTERS;

	if ((enters ? enter_pid_namespace(child, err)
		    : sync_send(child->sync_fd, SYNC_READY, "", 0, -1, err)) < 0 ||
	    wait_for_go(child, err) < 0)
		return -1;
	if (child->init_fd >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot become a reaper");
	return enters ? start_session(child, err) : 0;
}

/* ---- with it ---- */

static int raise_fd(const struct child *child, int *fd, struct error *err)
{
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, first_place(child) + TRAMPOLINE_PLACES);
	return *fd < 0 ? error_errno(err, "cannot duplicate a descriptor") : 0;
}

/* The descriptors that the trampoline finds; all others are closed by its execve. */
static int place_descriptors(struct child *child, int *trampoline_fd, bool has_reaper,
			     struct error *err)
{
	int *const places[TRAMPOLINE_PLACES] = {
		[TRAMPOLINE_SYNC] = &child->sync_fd,
		[TRAMPOLINE_REAPER] = has_reaper ? &child->init_fd : NULL,
		[TRAMPOLINE_LISTENER] = child->listen_fd > 0 ? &child->listen_fd : NULL,
		[TRAMPOLINE_PROC] = child->label ? &child->proc_fd : NULL,
	};
	int first = first_place(child);

	if (raise_fd(child, trampoline_fd, err) < 0)
		return -1;
	for (int i = 0; i < TRAMPOLINE_PLACES; i++)
		if (places[i] && raise_fd(child, places[i], err) < 0)
			return -1;
	process_cloexec_from(first);
	for (int i = 0; i < TRAMPOLINE_PLACES; i++)
		if (places[i] && put(*places[i], first + i, err) < 0)
			return -1;
	return 0;
}

/* The caller's, which nothing else came along with. */
static void keep_preserved(const struct child *child)
{
	for (int fd = STDERR_FILENO + 1; fd < first_place(child); fd++)
		fcntl(fd, F_SETFD, 0);
}

/* The init's command line: its name, then ours. It is executed by descriptor, out of a read-only
 * tree, so that /proc/1/exe cannot be written to either. */
static void exec_init(const struct child *child, const struct trampoline_way *way)
{
	auto_strvec struct strvec args = {0};

	strvec_add(&args, child->is_reaper ? "coracle-reaper" : "coracle-init");
	strvec_add_all(&args, child->args);
	if (way->trampoline_fd >= 0)
		trampoline_exec(way, "", args.items, child->env);
	else
		syscall(SYS_execveat, child->init_fd, "", args.items, child->env, AT_EMPTY_PATH);
}

static void exec_program(const struct child *child, const struct trampoline_way *way,
			 const char *program)
{
	if (way->trampoline_fd >= 0)
		trampoline_exec(way, program, child->args, child->env);
	else
		execve(program, child->args, child->env);
}

int child_exec(struct child *child, const struct seccomp_filter *filter, struct error *err)
{
	auto_free char *program = NULL;
	bool has_reaper = child->is_reaper && allows_reaper(filter);
	bool has_init = child->init_fd >= 0 && (!child->is_reaper || has_reaper);
	int listens = child->listen_fd > 0 ? TRAMPOLINE_LISTENS : 0;
	struct trampoline_way way = {.sync_fd = first_place(child), .label = child->label};
	auto_close int trampoline = -1;
	bool is_filtered = false;

	if (find_program(&program, child, err) < 0)
		return -1;
	if (child->trampoline_flags & TRAMPOLINE_ENTERS)
		child_begin_group();
	way.flags = child->trampoline_flags | listens | (has_init ? TRAMPOLINE_IS_REAPER : 0) |
		    (child->label ? TRAMPOLINE_HAS_LABEL : 0);
	trampoline = open_trampoline(filter, way.flags);
	if (trampoline < 0 && set_label_here(child, err) < 0)
		return -1;
	/* Who may be asked about execve must be listening before that. */
	if (trampoline < 0 && seccomp_has_listener(filter)) {
		if (install(child, filter, err) < 0)
			return -1;
		is_filtered = true;
	}
	if ((trampoline < 0 ? wait_here(child, err)
			    : place_descriptors(child, &trampoline, has_init, err)) < 0)
		return -1;
	way.trampoline_fd = trampoline;
	if (trampoline < 0)
		process_cloexec_from(first_place(child));
	if (child->is_reaper && !has_reaper)
		do_without_reaper(child);
	keep_preserved(child);
	if (!is_filtered && install(child, filter, err) < 0)
		return -1;
	if (has_init)
		exec_init(child, &way);
	else
		exec_program(child, &way, program);
	return error_errno(err, "exec: \"%s\"", child->args[0]);
}

int child_receive_filter(const struct child *child, struct seccomp_filter *filter,
			 struct error *err)
{
	struct sync_message message;
	size_t length;

	if (!child->spec->seccomp)
		return 0;
	if (sync_expect(child->sync_fd, &message, SYNC_FILTER, err) < 0)
		return -1;
	/* The first instruction's place holds the flags. */
	length = message.length / sizeof(struct sock_filter);
	if (length < 2 || length > BPF_MAXINSNS + 1)
		return error_set(err, EPROTO, "a garbled seccomp filter");
	filter->flags = message.filter[0].k;
	filter->length = length - 1;
	filter->code = alloc_bytes(filter->length * sizeof(*filter->code));
	memcpy(filter->code, message.filter + 1, filter->length * sizeof(*filter->code));
	return 0;
}
