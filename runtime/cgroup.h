/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup.h - door: one cgroup v2 directory per container.
 *
 * The v2 hierarchy is found wherever it is mounted (/sys/fs/cgroup, …/unified). A controller that
 * is not in it cannot limit: that is one warning (log_warning_once) naming limit and reason, and
 * everything else works.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct spec_resources;

struct cgroup_stats {
	uint64_t cpu_usage_us, cpu_user_us, cpu_system_us;
	uint64_t cpu_periods, cpu_throttled_periods, cpu_throttled_us; /* of a quota */
	int64_t memory_usage, memory_limit, memory_cache;    /* -1: no memory controller */
	int64_t memory_anonymous, memory_files, memory_swap; /* 0: not known */
	uint64_t oom_kills;
	int64_t pids, pids_limit; /* -1: no pids controller */
	uint64_t io_read_bytes, io_write_bytes, io_reads, io_writes;
};

/* Where keepers and monitors live. The root, which nobody can freeze, kill or limit; where
 * controllers keep it from holding processes (a cgroup namespace), the cgroup of pid 1, which ends
 * with the machine or the container that we are in. Never a container's: its limits and its end are
 * not theirs. */
enum cgroup_place { CGROUP_ROOT, CGROUP_OF_PID_1, CGROUP_PLACE_COUNT };
/* -1 when there is none. */
int cgroup_open_place(enum cgroup_place place);
/* Of a process, as this one sees it: malloc'ed. */
char *cgroup_path_of(pid_t pid, struct error *err);

/* Creates @path (with parents, enabling what controllers there are on the way) and sets the limits
 * and the device program. Returns a descriptor of the directory. Existing is fine.
 * ERROR_UNSUPPORTED: here nobody can make any, and why. */
int cgroup_create(const char *path, const struct spec_resources *resources, struct error *err);
/* The same for one that somebody else has made (ENOENT). */
int cgroup_adopt(const char *path, const struct spec_resources *resources, struct error *err);
/* Have those below it been given controllers, so that no process can be in it itself? */
bool cgroup_is_divided(int cgroup_fd);
/* Where a container has none: names each limit that is set and so has no effect, once. */
void cgroup_warn_without(const struct spec_resources *resources);
/* Other limits for one that is there (ENOENT). What the kernel refuses changes nothing. */
int cgroup_update(const char *path, const struct spec_resources *resources, struct error *err);
/* ENOENT in @err when it is not there. */
int cgroup_open(const char *path, struct error *err);
/* ERROR_UNSUPPORTED: no hierarchy of version 2 is mounted. */
int cgroup_open_root(struct error *err);
/* Is there a hierarchy of version 2 at all? For who is about to make what needs one. */
int cgroup_check(struct error *err);
/* An empty one below it, without limits of its own. Always a new one: into one that cgroup.kill was
 * used on, Linux 6.18 clones no process alive. */
int cgroup_renew_child(int cgroup_fd, const char *name, struct error *err);
/* Is there any process in it or below? */
bool cgroup_is_populated(int cgroup_fd);
/* Kills every process in it (cgroup.kill, Linux 5.14, else a loop), thawing first. */
int cgroup_kill(int cgroup_fd, struct error *err);
/* Freezes or thaws and waits until it is so (bounded). */
int cgroup_freeze(int cgroup_fd, bool frozen, struct error *err);
bool cgroup_is_frozen(int cgroup_fd);
/* Kills what is left, waits for the exit (bounded) and removes the directory with its children;
 * a missing one is fine. Empty parents that we made ("coracle/…") go too. */
int cgroup_destroy(const char *path, struct error *err);
int cgroup_read_stats(int cgroup_fd, struct cgroup_stats *stats, struct error *err);
/* How many processes of this cgroup the OOM killer ended; 0 without the memory controller. */
uint64_t cgroup_oom_kills(int cgroup_fd);
/* Pids below the cgroup as seen from the caller; malloc'ed. */
int cgroup_list_pids(int cgroup_fd, pid_t **pids, size_t *count, struct error *err);
