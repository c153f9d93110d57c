/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/seccomp_default.h - the default system call profile as data; private to
 * seccomp_default.c.
 *
 * What it allows is what Docker allows: whatever is not listed fails with EPERM (and ENOSYS when it
 * is younger than the profile, so that libc falls back). Each rule may depend on a capability that
 * the container has or lacks, and on the architecture.
 */
#pragma once

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/socket.h>

#define ALWAYS (-1)
#define NEW_NAMESPACE                                                                              \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	 CLONE_NEWCGROUP)

struct default_rule {
	const char *names; /* separated by a space */
	int with;	   /* the capability that makes the rule hold, or ALWAYS */
	int without;	   /* the one that lifts it, or ALWAYS */
	const char *arch;  /* words of seccomp_profile_native_name(), NULL: all */
	int error;	   /* 0: allow, else fail with this */
	bool has_argument;
	struct scmp_arg_cmp argument;
};

static const char always_allowed[] =
	"accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir "
	"chmod chown chown32 clock_adjtime clock_adjtime64 clock_getres "
	"clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep "
	"clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 "
	"dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 "
	"epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group "
	"faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir "
	"fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync "
	"fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 "
	"fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue futex_time64 "
	"futex_wait futex_waitv futex_wake futimesat get_robust_list get_thread_area "
	"getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid "
	"getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid "
	"getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 "
	"getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid "
	"getuid32 getxattr getxattrat inotify_add_watch inotify_init inotify_init1 "
	"inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents "
	"io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kill "
	"landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 "
	"lgetxattr link linkat listen listmount listxattr listxattrat llistxattr _llseek "
	"lremovexattr lseek lsetxattr lstat lstat64 madvise map_shadow_stack membarrier "
	"memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 "
	"mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive "
	"mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal "
	"msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at "
	"nanosleep newfstatat _newselect open openat openat2 pause pidfd_open "
	"pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll "
	"ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease "
	"process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 "
	"pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg "
	"recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename "
	"renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending "
	"rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait "
	"rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max "
	"sched_get_priority_min sched_getaffinity sched_getattr sched_getparam "
	"sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
	"sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield "
	"seccomp select semctl semget semop semtimedop semtimedop_time64 send sendfile "
	"sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area "
	"set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 "
	"setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 "
	"setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid "
	"setsockopt setuid setuid32 setxattr setxattrat shmat shmctl shmdt shmget "
	"shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall "
	"socketpair splice stat stat64 statfs statfs64 statmount statx symlink symlinkat "
	"sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete "
	"timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 "
	"timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime "
	"timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink "
	"unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork vmsplice wait4 "
	"waitid waitpid write writev";

/* libseccomp compares all 64 bits of an argument, the kernel takes an int's 32: only "equal" and
 * "less" are safe against set upper bits, "greater" and "not equal" would let AF_VSOCK through. */
#define ARGUMENT(index, op, a, b)                                                                  \
	true,                                                                                      \
	{                                                                                          \
		index, SCMP_CMP_##op, a, b                                                         \
	}
#define SOCKET(family)                                                                             \
	{                                                                                          \
		"socket", ALWAYS, ALWAYS, NULL, 0, ARGUMENT(0, EQ, family, 0)                      \
	}
#define PERSONALITY(value)                                                                         \
	{                                                                                          \
		"personality", ALWAYS, ALWAYS, NULL, 0, ARGUMENT(0, EQ, value, 0)                  \
	}

static const struct default_rule default_rules[] = {
	{.names = always_allowed, .with = ALWAYS, .without = ALWAYS},
	/* All families but AF_ALG (38), the kernel's crypto interface, and AF_VSOCK (40), which
	 * reaches the hypervisor and the other machines on it. */
	{"socket", ALWAYS, ALWAYS, NULL, 0, ARGUMENT(0, LT, AF_ALG, 0)},
	SOCKET(39), /* NFC */
	SOCKET(41), /* KCM */
	SOCKET(42), /* QIPCRTR */
	SOCKET(43), /* SMC */
	SOCKET(44), /* XDP */
	SOCKET(45), /* MCTP */
	/* Linux, UNAME26 and PER_LINUX32 with it, and asking without setting. */
	PERSONALITY(0x0),
	PERSONALITY(0x8),
	PERSONALITY(0x20000),
	PERSONALITY(0x20008),
	PERSONALITY(0xffffffff),
	{.names = "sync_file_range2 swapcontext", ALWAYS, ALWAYS, "ppc64le"},
	{.names = "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush "
		  "set_tls",
	 ALWAYS,
	 ALWAYS,
	 "arm arm64"},
	{.names = "arch_prctl", ALWAYS, ALWAYS, "amd64"},
	{.names = "modify_ldt", ALWAYS, ALWAYS, "amd64 386"},
	{.names = "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr",
	 ALWAYS,
	 ALWAYS,
	 "s390x"},
	{.names = "riscv_flush_icache riscv_hwprobe", ALWAYS, ALWAYS, "riscv64"},
	{.names = "open_by_handle_at", CAP_DAC_READ_SEARCH, ALWAYS},
	{.names = "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie "
		  "lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount mount_setattr "
		  "move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
		  "sethostname setns syslog umount umount2 unshare",
	 CAP_SYS_ADMIN,
	 ALWAYS},
	{"clone", ALWAYS, CAP_SYS_ADMIN, "amd64 386 arm arm64 ppc64le riscv64 other", 0,
	 ARGUMENT(0, MASKED_EQ, NEW_NAMESPACE, 0)},
	{"clone", ALWAYS, CAP_SYS_ADMIN, "s390x", 0, ARGUMENT(1, MASKED_EQ, NEW_NAMESPACE, 0)},
	/* Its flags are behind a pointer: ENOSYS makes libc use clone. */
	{.names = "clone3", ALWAYS, CAP_SYS_ADMIN, NULL, ENOSYS},
	{.names = "reboot", CAP_SYS_BOOT, ALWAYS},
	{.names = "chroot", CAP_SYS_CHROOT, ALWAYS},
	{.names = "delete_module init_module finit_module", CAP_SYS_MODULE, ALWAYS},
	{.names = "acct", CAP_SYS_PACCT, ALWAYS},
	{.names = "kcmp pidfd_getfd process_madvise", CAP_SYS_PTRACE, ALWAYS},
	{.names = "iopl ioperm", CAP_SYS_RAWIO, ALWAYS},
	{.names = "settimeofday stime clock_settime clock_settime64", CAP_SYS_TIME, ALWAYS},
	{.names = "vhangup", CAP_SYS_TTY_CONFIG, ALWAYS},
	{.names = "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
	 CAP_SYS_NICE,
	 ALWAYS},
	{.names = "syslog", CAP_SYSLOG, ALWAYS},
	{.names = "bpf", CAP_BPF, ALWAYS},
	{.names = "perf_event_open", CAP_PERFMON, ALWAYS},
};
