/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - what an attacker tries inside a container. Static: it runs in any image.
 *
 *   probe calls               each system call of the table below, "NAME ok" or "NAME ERRNO"
 *   probe by ABI NAME=NUM...  each with arguments of zero (socket-N: that family); ABI is "native",
 *                             of which x32's numbers are, too, or "i386"
 *   probe device c|b MAJ MIN  makes a node in /tmp and opens it
 *   probe snoop SECONDS       looks into every other process: its files, root, executable, memory,
 *                             and for texts of the host in its command line, environment and maps;
 *                             SIGTERM ends it earlier
 *   probe key                 is the key there that "probe keep" has made?
 *   probe keep COMMAND...     runs the command in a session keyring with a key
 *   probe hold SECONDS        traces every other process that it may, and lets none go
 *   probe swap A B SECONDS    exchanges the two names as fast as it can
 *   probe write PATH          opens for writing
 *   probe inject              pushes a character into the terminal on each of 0, 1 and 2
 *   probe status              capabilities, seccomp, ids
 *   probe session             what prctl(2) says that /proc does not
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *error_name(int number)
{
	const char *name = strerrorname_np(number);

	return name ? name : "?";
}

/* ---- system calls ---------------------------------------------------------------------------- */

struct call {
	const char *name;
	long number;
	long arguments[6];
	long (*run)(void); /* instead of the number, for what needs more than one call */
};

/* A child that ends at once; the parent waits for it. */
static long clone_with(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long clone_plain(void)
{
	return clone_with(0);
}

static long clone_user(void)
{
	return clone_with(CLONE_NEWUSER);
}

static long clone_mount(void)
{
	return clone_with(CLONE_NEWNS);
}

static long clone_pid(void)
{
	return clone_with(CLONE_NEWPID);
}

static long clone_network(void)
{
	return clone_with(CLONE_NEWNET);
}

static long clone_cgroup(void)
{
	return clone_with(CLONE_NEWCGROUP);
}

/* In a child, so that what succeeds does not change what comes after. */
static long in_child(long (*run)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(run() < 0 ? errno : 0);
	waitpid(pid, &status, 0);
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static long unshare_user_now(void)
{
	return unshare(CLONE_NEWUSER);
}

static long unshare_user(void)
{
	return in_child(unshare_user_now);
}

static long unshare_mount_now(void)
{
	return unshare(CLONE_NEWNS);
}

static long unshare_mount(void)
{
	return in_child(unshare_mount_now);
}

static long unshare_time_now(void)
{
	return unshare(0x80);
}

static long unshare_time(void)
{
	return in_child(unshare_time_now);
}

static long join_own_now(void)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY);

	return setns(fd, CLONE_NEWUTS);
}

static long join_own(void)
{
	return in_child(join_own_now);
}

static long trace_child(void)
{
	pid_t pid = fork();
	int status;
	long result;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	result = ptrace(PTRACE_ATTACH, pid, NULL, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, __WALL);
	return result;
}

static long mount_now(void)
{
	return mount("none", "/tmp", "tmpfs", 0, NULL);
}

static long mount_tmpfs(void)
{
	return in_child(mount_now);
}

static long start_perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr)};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long load_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static long start_io_uring(void)
{
	char parameters[120] = {0};

	return syscall(SYS_io_uring_setup, 1, parameters);
}

static long open_handle(void)
{
	char handle[64] = {8, 0, 0, 0, 1};

	return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY);
}

/* The kernel takes 32 bits of the family: what is above them must not get past a filter. */
static long open_vsock_disguised(void)
{
	return syscall(SYS_socket, 0x100000000L | 40, SOCK_STREAM, 0);
}

#define PLAIN(label, call, ...)                                                                    \
	{                                                                                          \
		label, SYS_##call, {__VA_ARGS__}, NULL                                             \
	}
#define BY(label, function)                                                                        \
	{                                                                                          \
		label, 0, {0}, function                                                            \
	}

#ifdef __x86_64__
/* Through the gate for 32-bit programs, with that one's numbers. ENOSYS where the kernel has none.
 */
static long call_i386(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(second), "d"(third), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	errno = (int)-result;
	return result < 0 ? -1 : result;
}

#else
static long call_i386(long number, long first, long second, long third)
{
	(void)number, (void)first, (void)second, (void)third;
	errno = ENOSYS;
	return -1;
}
#endif

static const struct call calls[] = {
	BY("clone", clone_plain),
	BY("clone-newuser", clone_user),
	BY("clone-newns", clone_mount),
	BY("clone-newpid", clone_pid),
	BY("clone-newnet", clone_network),
	BY("clone-newcgroup", clone_cgroup),
	PLAIN("clone3", clone3, 0, 0),
	BY("unshare-newuser", unshare_user),
	BY("unshare-newns", unshare_mount),
	BY("unshare-newtime", unshare_time),
	BY("setns", join_own),
	BY("ptrace-own-child", trace_child),
	PLAIN("keyctl", keyctl, 0, -3, 0),
	PLAIN("add_key", add_key, 0, 0, 0, 0, -2),
	PLAIN("request_key", request_key, 0, 0, 0, 0),
	BY("bpf", load_bpf),
	BY("perf_event_open", start_perf),
	PLAIN("userfaultfd", userfaultfd, 1),
	BY("io_uring_setup", start_io_uring),
	PLAIN("io_uring_enter", io_uring_enter, -1, 0, 0, 0, 0, 0),
	PLAIN("io_uring_register", io_uring_register, -1, 0, 0, 0),
	PLAIN("socket-inet", socket, AF_INET, SOCK_STREAM, 0),
	PLAIN("socket-unix", socket, AF_UNIX, SOCK_STREAM, 0),
	PLAIN("socket-packet", socket, AF_PACKET, SOCK_RAW, 0),
	PLAIN("socket-netlink", socket, AF_NETLINK, SOCK_RAW, 0),
	PLAIN("socket-alg", socket, AF_ALG, SOCK_SEQPACKET, 0),
	PLAIN("socket-vsock", socket, 40, SOCK_STREAM, 0),
	BY("socket-vsock-disguised", open_vsock_disguised),
	BY("mount", mount_tmpfs),
	PLAIN("umount2", umount2, (long)"/nothing", 0),
	PLAIN("pivot_root", pivot_root, (long)"/nothing", (long)"/nothing"),
	PLAIN("chroot", chroot, (long)"/nothing"),
	PLAIN("open_tree", open_tree, AT_FDCWD, (long)"/", 1),
	PLAIN("move_mount", move_mount, -1, (long)"", -1, (long)"", 0),
	PLAIN("fsopen", fsopen, (long)"tmpfs", 0),
	PLAIN("fspick", fspick, AT_FDCWD, (long)"/", 0),
	PLAIN("mount_setattr", mount_setattr, -1, (long)"", 0, 0, 0),
	BY("open_by_handle_at", open_handle),
	PLAIN("name_to_handle_at", name_to_handle_at, -1, (long)"", 0, 0, 0),
	PLAIN("init_module", init_module, 0, 0, (long)""),
	PLAIN("finit_module", finit_module, -1, (long)"", 0),
	PLAIN("delete_module", delete_module, (long)"nothing", 0),
	PLAIN("kexec_load", kexec_load, 0, 0, 0, -1),
	PLAIN("reboot", reboot, 0, 0, 0, 0),
	PLAIN("swapon", swapon, (long)"/nothing", 0),
	PLAIN("swapoff", swapoff, (long)"/nothing"),
	PLAIN("acct", acct, (long)"/nothing"),
	PLAIN("quotactl", quotactl, -1, 0, 0, 0),
	PLAIN("settimeofday", settimeofday, 0, 0),
	PLAIN("clock_settime", clock_settime, 0, 0),
	PLAIN("sethostname", sethostname, (long)"x", 1),
	PLAIN("setdomainname", setdomainname, (long)"x", 1),
	PLAIN("syslog", syslog, 10, 0, 0),
	PLAIN("vhangup", vhangup, 0),
	PLAIN("fanotify_init", fanotify_init, 0, 0),
	PLAIN("lookup_dcookie", lookup_dcookie, 0, 0, 0),
	PLAIN("kcmp", kcmp, 1, 1, 0, 0, 0),
	PLAIN("pidfd_getfd", pidfd_getfd, -1, 0, 0),
	PLAIN("process_madvise", process_madvise, -1, 0, 0, 0, 0),
	PLAIN("move_pages", move_pages, 0, 0, 0, 0, 0, 0),
	PLAIN("mbind", mbind, 0, 0, 0, 0, 0, 0),
	PLAIN("set_mempolicy", set_mempolicy, 0, 0, 0),
	PLAIN("memfd_secret", memfd_secret, -1),
	PLAIN("personality-linux", personality, 0),
	PLAIN("personality-ask", personality, 0xffffffffL),
	PLAIN("personality-no-randomize", personality, ADDR_NO_RANDOMIZE),
	PLAIN("personality-svr4", personality, 0x0001 | 0x4000000),
	{"unheard-of", 600, {0}, NULL},
#ifdef __x86_64__
	PLAIN("iopl", iopl, 0),
	PLAIN("ioperm", ioperm, 0, 1, 0),
	PLAIN("uselib", uselib, (long)"/nothing"),
	PLAIN("ustat", ustat, 0, 0),
	PLAIN("sysfs", sysfs, 3, 0, 0),
	PLAIN("_sysctl", _sysctl, 0),
	PLAIN("create_module", create_module, 0, 0),
	PLAIN("nfsservctl", nfsservctl, 0, 0, 0),
#endif
};

static int try_calls(char **args)
{
	(void)args;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		const struct call *call = &calls[i];
		const long *a = call->arguments;
		long result;

		errno = 0;
		result = call->run ? call->run()
				   : syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
		printf("%s %s\n", call->name, result < 0 ? error_name(errno) : "ok");
		fflush(stdout);
		if (call->number == SYS_personality && result >= 0)
			personality(0);
	}
	return 0;
}

/* In a child: a gate that the kernel lacks is a fault, and what succeeds must change nothing. */
static int try_by(char **args)
{
	bool is_i386 = strcmp(args[0], "i386") == 0;

	for (char **call = args + 1; *call; call++) {
		const char *is = strchr(*call, '=');
		long number = is ? strtol(is + 1, NULL, 0) : -1;
		long first = 0, second = 0;
		pid_t pid;
		int status;

		if (number < 0)
			return 2;
		if (strncmp(*call, "socket-", 7) == 0) { /* the family is its name's */
			first = atoi(*call + 7);
			second = SOCK_SEQPACKET;
		}
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			_exit((is_i386 ? call_i386(number, first, second, 0)
				       : syscall(number, first, second, 0, 0, 0, 0)) < 0
				      ? errno
				      : 0);
		waitpid(pid, &status, 0);
		status = WIFSIGNALED(status) ? ENOSYS : WEXITSTATUS(status);
		printf("%.*s %s\n", (int)(is - *call), *call, status ? error_name(status) : "ok");
	}
	return 0;
}

/* ---- devices and terminals --------------------------------------------------------------------
 */

static int try_device(char **args)
{
	dev_t number = makedev((unsigned)atoi(args[1]), (unsigned)atoi(args[2]));
	const char *path = "/tmp/probe-node";
	int fd;

	mkdir("/tmp", 0777);
	unlink(path);
	if (mknod(path, (args[0][0] == 'b' ? S_IFBLK : S_IFCHR) | 0666, number) < 0) {
		printf("mknod %s\n", error_name(errno));
		return 0;
	}
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY);
	printf("open %s\n", fd < 0 ? error_name(errno) : "ok");
	unlink(path);
	return 0;
}

static int try_write(char **args)
{
	int fd = open(args[0], O_WRONLY | O_NONBLOCK | O_NOCTTY);

	printf("%s\n", fd < 0 ? error_name(errno) : "ok");
	return 0;
}

static int try_inject(char **args)
{
	char letter = '!';

	(void)args;
	for (int fd = 0; fd < 3; fd++)
		printf("%d %s\n", fd,
		       ioctl(fd, TIOCSTI, &letter) < 0 ? error_name(errno) : "injected");
	return 0;
}

static int print_capabilities(char **args)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");

	(void)args;
	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "Sec", 3) == 0 ||
		    strncmp(line, "NoNew", 5) == 0 || strncmp(line, "Groups", 6) == 0 ||
		    strncmp(line, "Uid", 3) == 0 || strncmp(line, "Gid", 3) == 0)
			fputs(line, stdout);
	return 0;
}

/* ---- neighbours -------------------------------------------------------------------------------
 */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct snoop {
	unsigned long looked, executables, directories, traced, texts;
};

/* The tests have CORACLE in the command line and environment of what they run on the host, and
 * /coracle is in the paths of what is in our programs' memory; but init is also a container's. */
static void look_for_text(struct snoop *snoop, const char *pid, const char *name,
			  const char *wanted)
{
	char path[300], text[8192];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	if (length <= 0 || !memmem(text, (size_t)length, wanted, strlen(wanted)) ||
	    memmem(text, (size_t)length, "/coracle/init", 13))
		return;
	if (snoop->texts++ == 0)
		printf("%s: %.*s\n", path, (int)length, text);
}

/* The tests put /mnt/canary on the host: who sees it through a directory is out of the container.
 */
static void look_at_directory(struct snoop *snoop, const char *path)
{
	static const char *const ways[] = {"mnt/canary", "../../../../../../../../mnt/canary"};
	char target[300];
	struct stat status;

	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		snprintf(target, sizeof(target), "%s/%s", path, ways[i]);
		if (stat(target, &status) < 0)
			continue;
		printf("reached %s\n", target);
		snoop->directories++;
	}
}

static void look_at(struct snoop *snoop, const char *pid)
{
	char path[300], exe[300] = "";
	int fd;

	snoop->looked++;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	if (readlink(path, exe, sizeof(exe) - 1) > 0 && strstr(exe, "coracle") &&
	    !strstr(exe, "memfd:")) {
		fd = open(path, O_WRONLY);
		printf("executable %s %s\n", exe, fd < 0 ? error_name(errno) : "open for writing");
		snoop->executables++;
	}
	look_for_text(snoop, pid, "cmdline", "CORACLE");
	look_for_text(snoop, pid, "environ", "CORACLE");
	look_for_text(snoop, pid, "maps", "/coracle");
	snprintf(path, sizeof(path), "/proc/%s/root", pid);
	look_at_directory(snoop, path);
	snprintf(path, sizeof(path), "/proc/%s/cwd", pid);
	look_at_directory(snoop, path);
	for (int i = 0; i < 24; i++) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%d", pid, i);
		look_at_directory(snoop, path);
	}
	if (strstr(exe, "coracle") && !strstr(exe, "memfd:") &&
	    ptrace(PTRACE_SEIZE, atoi(pid), NULL, NULL) == 0) {
		ptrace(PTRACE_DETACH, atoi(pid), NULL, NULL);
		snoop->traced++;
	}
}

static volatile sig_atomic_t is_told_to_end;

static void on_end(int number)
{
	(void)number;
	is_told_to_end = 1;
}

static int snoop(char **args)
{
	double end = now() + atof(args[0]);
	struct snoop snoop = {0};
	char own[16];

	signal(SIGTERM, on_end);
	snprintf(own, sizeof(own), "%d", getpid());
	while (now() < end && !is_told_to_end) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (proc && (entry = readdir(proc)))
			if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
			    strcmp(entry->d_name, own) != 0)
				look_at(&snoop, entry->d_name);
		if (proc)
			closedir(proc);
	}
	printf("looked %s, executables %lu, directories %lu, traced %lu, texts %lu\n",
	       snoop.looked > 100 ? "often" : "too rarely", snoop.executables, snoop.directories,
	       snoop.traced, snoop.texts);
	return 0;
}

static int hold(char **args)
{
	double end = now() + atof(args[0]);

	while (now() < end) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (proc && (entry = readdir(proc)))
			if (atoi(entry->d_name) > 1)
				ptrace(PTRACE_SEIZE, atoi(entry->d_name), NULL, NULL);
		if (proc)
			closedir(proc);
		usleep(1000);
	}
	return 0;
}

static int swap(char **args)
{
	double end = now() + atof(args[2]);

	if (nice(19) < 0) /* whom it attacks must get on */
		return 1;
	while (now() < end)
		for (int i = 0; i < 1000; i++)
			if (syscall(SYS_renameat2, AT_FDCWD, args[0], AT_FDCWD, args[1], 2) < 0) {
				printf("swap %s\n", error_name(errno));
				return 1;
			}
	return 0;
}

static int keep(char **args)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", "coracle-probe", "secret", 6, KEY_SPEC_SESSION_KEYRING) <
		    0) {
		printf("no keys: %s\n", error_name(errno));
		return 1;
	}
	execvp(args[0], args);
	return 127;
}

static int find_key(char **args)
{
	(void)args;
	if (syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "coracle-probe",
		    0) < 0)
		printf("no key: %s\n", error_name(errno));
	else
		printf("the key\n");
	return 0;
}

static int print_session(char **args)
{
	static const struct {
		const char *name;
		int option;
		bool by_pointer;
	} questions[] = {
		{"timer slack", PR_GET_TIMERSLACK, false},
		{"thp", PR_GET_THP_DISABLE, false},
		{"memory merge", 68, false},
		{"mce kill", PR_MCE_KILL_GET, false},
		{"securebits", PR_GET_SECUREBITS, false},
		{"mdwe", 66, false},
		{"io flusher", 58, false},
		{"tsc", PR_GET_TSC, true},
		{"pdeathsig", PR_GET_PDEATHSIG, true},
		{"subreaper", PR_GET_CHILD_SUBREAPER, true},
	};
	stack_t stack;

	(void)args;
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		int value = 0;
		int result = prctl(questions[i].option,
				   questions[i].by_pointer ? (unsigned long)&value : 0, 0, 0, 0);

		printf("%s %d\n", questions[i].name, questions[i].by_pointer ? value : result);
	}
	sigaltstack(NULL, &stack);
	printf("signal stack %d\n", stack.ss_flags);
	return find_key(NULL);
}

static const struct {
	const char *name;
	int argument_count;
	int (*run)(char **args);
} commands[] = {
	{"calls", 0, try_calls}, {"device", 3, try_device}, {"by", 2, try_by},
	{"write", 1, try_write}, {"inject", 0, try_inject}, {"snoop", 1, snoop},
	{"hold", 1, hold},	 {"swap", 3, swap},	    {"status", 0, print_capabilities},
	{"keep", 1, keep},	 {"key", 0, find_key},	    {"session", 0, print_session},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, argv[1]) == 0 &&
		    argc - 2 >= commands[i].argument_count)
			return commands[i].run(argv + 2);
	fprintf(stderr, "unknown probe\n");
	return 2;
}
