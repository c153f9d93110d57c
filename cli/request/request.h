/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/request/request.h - a container as somebody asks for it on the command line.
 *
 * A command's options hold a struct request_options, filled by the rows of cli/request/rows.h.
 */
#pragma once

#include "base/strvec.h"
#include "cli/request/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct container_config;
struct engine;
struct error;

struct request_health {
	const char *command, *interval, *timeout, *start_period, *start_interval, *retries;
	bool none;
};

struct request_blkio {
	struct strvec weights, read_bps, write_bps, read_iops, write_iops;
};

struct request_options {
	struct limit_options limits;
	struct request_health health;
	struct request_blkio blkio;
	/* process */
	const char *name, *platform, *entrypoint, *user, *working_dir, *hostname, *domainname;
	const char *restart, *stop_signal;
	int64_t stop_timeout_ns;
	bool interactive, tty, init, remove, read_only;
	struct strvec env, env_files, labels, label_files, annotations, group_add, sysctls, ulimits;
	/* mounts */
	const char *volume_driver, *shm_size;
	struct strvec volumes, mounts, tmpfs, volumes_from, storage;
	/* network */
	const char *ipv4, *ipv6, *mac;
	bool publish_all;
	struct strvec networks, aliases, link_local, links, publish, expose;
	struct strvec dns, dns_search, dns_options, hosts;
	/* whose namespaces */
	const char *pid, *ipc, *uts, *userns, *cgroupns, *cgroup_parent;
	/* rights and devices */
	bool privileged;
	struct strvec cap_add, cap_drop, security, devices, device_rules;
	const char *gpus, *runtime, *isolation;
	const char *memory_swappiness, *oom_score_adj;
	bool oom_kill_disable;
	/* output */
	const char *log_driver;
	struct strvec log_options;
	bool content_trust;
};

/* Everything but image and command, from @arena and argv. Pure, but for files that options name
 * (--env-file, …), the proxies of Docker's config.json, and the current directory. What Docker only
 * warns of is a warning here, too. */
int request_fill(struct container_config *config, const struct request_options *options,
		 struct arena *arena, struct error *err);

/* Lines of NAME=value as they are, NAME from our environment or left out. */
int request_env_files(struct strvec *env, const struct strvec *files, struct error *err);
