/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spec.h - door: what one container is: the OCI runtime-spec 1.2 configuration as plain
 * data.
 *
 * The engine fills it and saves it as config.json (a valid OCI bundle); a monitor and the OCI
 * command line load it back. All strings and arrays belong to the arena it was made in; a NULL or 0
 * means "not set" unless a field says otherwise.
 */
#pragma once

#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct arena;
struct error;
struct json_object;

struct spec_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary, and no others: the primary one only where it is here */
	size_t group_count;
	mode_t umask;
	bool has_umask;
};

struct spec_rlimit {
	int resource; /* RLIMIT_… */
	struct rlimit limit;
};

/* Bit n is capability n (CAP_CHOWN is bit 0). */
struct spec_capabilities {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* A file that is in memory only, until the last process of the container has ended. */
struct spec_file {
	const char *content;
	size_t length;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* @count ids from @inside on, of the container or of a mount's file system, are those from @outside
 * on of the host. */
struct spec_id_map {
	uint32_t inside, outside, count;
};

struct spec_id_maps {
	struct spec_id_map *items;
	size_t count;
};

struct spec_mount {
	const char *destination; /* absolute, in the container */
	const char *type; /* "bind", "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup"; of our
			     own and not in a saved spec: "file" */
	const char *source;
	char **options;	     /* as in the OCI spec: "ro", "rbind", "rslave", "size=64m", … */
	bool source_is_file; /* bind: what to make when the destination is missing */
	int source_fd; /* bind: an O_PATH descriptor or detached mount instead of source, -1 or 0:
			  none. proc: the one of a pid namespace that is joined */
	const char *subpath; /* bind: what of the source, links followed within it; NULL: all. Not
				saved */
	const struct spec_file *file; /* of type "file" */
	/* With the option "idmap" or "ridmap"; none: the container's. */
	struct spec_id_maps uids, gids;
};

enum spec_namespace {
	SPEC_NS_MOUNT,
	SPEC_NS_PID,
	SPEC_NS_NETWORK,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_CGROUP,
	SPEC_NS_USER,
	SPEC_NS_TIME,
	SPEC_NS_COUNT
};

struct spec_namespace_use {
	bool own;	  /* listed: a new namespace, or the one at path; not listed: the host's */
	const char *path; /* join this one */
};

struct spec_device {
	const char *path; /* in the container */
	char type;	  /* 'c', 'b', 'p' */
	unsigned major, minor;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct spec_device_rule {
	bool allow;
	char type;	      /* 'a', 'c', 'b' */
	int64_t major, minor; /* -1: any */
	bool read, write, mknod;
};

struct spec_throttle {
	unsigned major, minor;
	uint64_t rate;
};

struct spec_hugepages {
	const char *size; /* "2MB", as the kernel calls it */
	uint64_t limit;	  /* bytes */
};

/* Of an RDMA device; what is not set is without a limit. */
struct spec_rdma {
	const char *device;
	bool has_handles, has_objects;
	uint32_t handles, objects;
};

struct spec_resources {
	int64_t memory_limit;	    /* bytes; 0 not set, -1 unlimited */
	int64_t memory_swap;	    /* memory + swap, as Docker counts; 0 not set, -1 unlimited */
	int64_t memory_reservation; /* memory.low */
	uint64_t cpu_shares;	    /* v1 scale 2..262144, converted to cpu.weight */
	int64_t cpu_quota_us;	    /* 0 not set */
	uint64_t cpu_period_us;	    /* 0: 100000, and the quota was given as processors */
	uint64_t cpu_burst_us;	    /* 0 not set */
	bool has_cpu_idle;
	int cpu_idle; /* 1: only what nobody else wants */
	const char *cpuset_cpus, *cpuset_mems;
	int64_t pids_limit; /* 0 not set, -1 unlimited */
	unsigned io_weight; /* 10..1000, 0 not set */
	struct spec_throttle *read_bps, *write_bps, *read_iops, *write_iops;
	size_t read_bps_count, write_bps_count, read_iops_count, write_iops_count;
	struct spec_throttle *io_weights; /* of single devices: the rate is a weight, 10..1000 */
	size_t io_weight_count;
	struct spec_device_rule *device_rules;
	size_t device_rule_count;
	bool all_devices;	  /* privileged: no device program at all */
	bool check_before_update; /* refuse a memory limit below what is in use */
	struct spec_hugepages *hugepages;
	size_t hugepage_count;
	struct spec_rdma *rdma;
	size_t rdma_count;
	struct pair
		*unified; /* files of cgroup v2 and what to write, a line a write; they go last */
	size_t unified_count;
};

/* sched_setattr(2). */
struct spec_scheduler {
	int policy; /* SCHED_OTHER, … */
	int nice, priority;
	uint64_t flags; /* SCHED_FLAG_… */
	uint64_t runtime_ns, deadline_ns, period_ns;
};

struct spec_io_priority {
	int class; /* IOPRIO_CLASS_… */
	int level; /* 0, the most urgent, to 7 */
};

/* What a time namespace adds to a clock of the host. */
struct spec_time_offset {
	int64_t seconds;
	uint32_t nanoseconds;
};

enum spec_clock { SPEC_CLOCK_MONOTONIC, SPEC_CLOCK_BOOTTIME, SPEC_CLOCK_COUNT };

/* Intel's resource director: a group below /sys/fs/resctrl. */
struct spec_intel_rdt {
	const char *group; /* NULL: named after the container */
	const char *l3_cache, *memory_bandwidth;
	char **schemata;
	/* Any of them: a monitoring group. The kernel tells only all there is together. */
	bool monitoring, cache_monitoring, bandwidth_monitoring;
};

/* set_mempolicy(2). */
struct spec_memory_policy {
	int mode;	   /* MPOL_… */
	const char *nodes; /* "0-3,7" */
	uint64_t flags;
};

struct spec_hook {
	const char *path;
	char **args; /* with the name first; NULL: the path */
	char **env;
	int timeout_s; /* 0: none */
};

struct spec_hooks {
	struct spec_hook *items;
	size_t count;
};

enum spec_hook_kind {
	SPEC_HOOK_PRESTART,
	SPEC_HOOK_CREATE_RUNTIME,
	SPEC_HOOK_CREATE_CONTAINER,
	SPEC_HOOK_START_CONTAINER,
	SPEC_HOOK_POSTSTART,
	SPEC_HOOK_POSTSTOP,
	SPEC_HOOK_COUNT
};

struct spec {
	const char *root_path; /* may be NULL: the caller of spawn brings a mount */
	bool root_readonly;

	char **args;
	char **env; /* NAME=value */
	const char *cwd;
	bool terminal;
	unsigned short console_rows, console_columns;
	struct spec_user user;
	struct spec_capabilities capabilities;
	struct spec_rlimit *rlimits;
	size_t rlimit_count;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int oom_score_adj;
	const char *apparmor_profile;
	const char *selinux_label;
	bool has_scheduler, has_io_priority;
	struct spec_scheduler scheduler;
	struct spec_io_priority io_priority;
	/* Processors of further processes, "0-3,7": at first, and as soon as they are in the
	 * container's cgroup; NULL: what the kernel gives. */
	const char *exec_cpus_initial, *exec_cpus_final;

	const char *hostname, *domainname;
	struct spec_mount *mounts; /* in mount order */
	size_t mount_count;
	struct spec_namespace_use namespaces[SPEC_NS_COUNT];
	struct spec_id_maps uids, gids; /* of a new user namespace */
	bool has_time_offset[SPEC_CLOCK_COUNT];
	struct spec_time_offset time_offsets[SPEC_CLOCK_COUNT];
	struct spec_device *devices; /* beside the default ones */
	size_t device_count;
	struct spec_resources resources;
	const char *cgroups_path; /* below the cgroup v2 root, e.g. "coracle/<id>" */
	struct pair *sysctls;
	size_t sysctl_count;
	char **masked_paths;
	char **readonly_paths;
	/* NULL: unconfined. SPEC_SECCOMP_DEFAULT: our own default profile, which adapts to the
	 * capabilities. Otherwise the text of a profile: OCI's or Docker's JSON form. */
	const char *seccomp;
	/* "private" (default), "slave", "shared", "unbindable", each with an "r" in front as well
	 */
	const char *rootfs_propagation;
	const char *mount_label; /* SELinux's, of the file systems that are made */
	bool has_personality;
	int personality; /* PER_LINUX, PER_LINUX32 */
	bool has_intel_rdt, has_memory_policy;
	struct spec_intel_rdt intel_rdt;
	struct spec_memory_policy memory_policy;
	struct spec_hooks hooks[SPEC_HOOK_COUNT];
	bool use_init; /* run args below the small static init (pid 1 that reaps and forwards) */
	struct pair *annotations;
	size_t annotation_count;
};

#define SPEC_SECCOMP_DEFAULT "default"

/* Does it live in a mount namespace that is there already? Its root is a mount of that one then,
 * over @root_path, and the process gets to it by chroot(2). */
bool spec_shares_mounts(const struct spec *spec);

/* Fills Docker's defaults: namespaces, mounts (/proc, /sys, /dev, /dev/pts, /dev/shm of 64 MiB,
 * /dev/mqueue, /sys/fs/cgroup read-only), capabilities, masked and read-only paths, device rules,
 * seccomp default, cwd "/". Everything else stays unset. */
void spec_init_default(struct spec *spec, struct arena *arena);
/* The limits, beside the device rules that the defaults put there. */
void spec_set_limits(struct spec *spec, const struct spec_resources *limits);
/* The same for privileged: all capabilities and devices, nothing masked, no seccomp, rw sysfs. */
void spec_make_privileged(struct spec *spec, struct arena *arena);

/* OCI runtime-spec JSON. What that format has no place for (use_init, "default" seccomp) goes into
 * annotations "org.coracle.*". Unknown members are ignored, invalid values are errors. */
int spec_save(int dirfd, const char *path, const struct spec *spec, struct error *err);
int spec_load(int dirfd, const char *path, struct spec *spec, struct arena *arena,
	      struct error *err);
/* A "process" object alone, as `exec --process` gets one: all that it can say is replaced. */
int spec_read_process(struct spec *spec, const struct json_object *process, struct arena *arena,
		      struct error *err);
/* A "resources" object alone, for an update. */
int spec_read_resources(struct spec_resources *resources, const struct json_object *object,
			struct arena *arena, struct error *err);

/* "prestart", "createRuntime", … */
const char *spec_hook_name(enum spec_hook_kind kind);

/* CAP_NET_ADMIN, net_admin, NET_ADMIN -> its number; -1 when there is none of that name. */
int spec_capability(const char *name);
const char *spec_capability_name(int capability);
/* "nofile" -> RLIMIT_NOFILE; -1 when there is none. */
int spec_rlimit(const char *name);
const char *spec_rlimit_name(int resource);
/* "nofile=1024:2048", "core=-1"; ERROR_INVALID. */
int spec_rlimit_parse(struct spec_rlimit *ulimit, const char *text, struct error *err);
/* "TERM", "SIGTERM", "15", "RTMIN+3" -> the number; -1 when there is none. */
int spec_signal(const char *name);
const char *spec_signal_name(int signal);
