/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/model.h - a project as data: what its compose files say, resolved.
 *
 * Filled by project_load, printed by project_print, compared and applied by plan and apply. All
 * memory belongs to the arena given to project_load. How "not given" looks, everywhere:
 *
 *   strings            NULL
 *   lists of strings   NULL; given but empty: a vector whose first item is NULL
 *   numbers            MODEL_UNSET; durations are nanoseconds, sizes bytes (-1: unlimited)
 *   fractions          MODEL_UNSET_FRACTION
 *   booleans           TRISTATE_UNSET
 *   objects            a NULL pointer
 *   lists of objects   items NULL, count 0; given but empty: items not NULL, count 0
 *
 * Key-value lists (environment, labels, options) are vectors of "NAME=value" in the order of the
 * file; "NAME" alone is a null value. Objects that a mapping names have the name as first member.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;

#define MODEL_UNSET	     INT64_MIN
#define MODEL_UNSET_FRACTION (-1.0)

enum tristate { TRISTATE_UNSET, TRISTATE_FALSE, TRISTATE_TRUE };

/* The value, or @fallback when it is not given. */
static inline bool model_flag(enum tristate value, bool fallback)
{
	return value == TRISTATE_UNSET ? fallback : value == TRISTATE_TRUE;
}

static inline int64_t model_number(int64_t value, int64_t fallback)
{
	return value == MODEL_UNSET ? fallback : value;
}

/* Where something stands in the files, for messages. */
struct location {
	const char *file; /* as given or found; NULL: it does not stand in a file */
	unsigned line, column;
};

enum service_condition {
	CONDITION_UNSET,
	CONDITION_STARTED,
	CONDITION_HEALTHY,
	CONDITION_COMPLETED_SUCCESSFULLY,
};

/* Its words, by value and NULL-terminated; "" for CONDITION_UNSET. */
extern const char *const model_conditions[];

struct service_dependency {
	char *service;
	enum service_condition condition; /* never CONDITION_UNSET after loading */
	enum tristate restart;
	enum tristate required; /* TRISTATE_FALSE: a missing or disabled one is only warned about */
	bool is_implied;	/* from links, network_mode, volumes_from, …: not written down */
	struct node *extensions;
};

struct service_port {
	char *name;
	char *mode;	 /* "ingress" or "host" */
	char *host_ip;	 /* without brackets */
	int64_t target;	 /* 1..65535 */
	char *published; /* "8080", "8000-8010": any free one of them; NULL: ephemeral */
	char *protocol;	 /* "tcp", "udp", "sctp", in any case */
	char *app_protocol;
	struct node *extensions;
};

struct mount_bind {
	enum tristate create_host_path; /* unset: true */
	char *propagation;
	char *recursive; /* "enabled", "disabled", "writable", "readonly" */
	char *selinux;	 /* "z", "Z" */
	struct node *extensions;
};

struct mount_volume {
	char **labels;
	enum tristate nocopy;
	char *subpath;
	struct node *extensions;
};

struct mount_tmpfs {
	int64_t size;
	int64_t mode;
	struct node *extensions;
};

struct mount_image {
	char *subpath;
	struct node *extensions;
};

struct service_volume {
	char *type;   /* "bind", "volume", "tmpfs", "image" */
	char *source; /* absolute path, key of the project's volumes, image or service; NULL:
			 anonymous */
	char *target; /* cleaned */
	enum tristate read_only;
	char *consistency;
	struct mount_bind *bind;
	struct mount_volume *volume;
	struct mount_tmpfs *tmpfs;
	struct mount_image *image;
	struct node *extensions;
};

/* A service's use of a secret or config. */
struct service_file {
	char *source;
	char *target;	 /* NULL: "/SOURCE" for configs; secrets always have one */
	char *uid, *gid; /* NULL: the container's user */
	int64_t mode;
	struct node *extensions;
};

struct service_network {
	char *network; /* key of the project's networks */
	char **aliases;
	char *ipv4_address, *ipv6_address;
	char **link_local_ips;
	char *mac_address;
	char *interface_name;
	int64_t priority, gw_priority;
	char **driver_opts;
	struct node *extensions;
};

struct service_healthcheck {
	char **test; /* first item CMD, CMD-SHELL or NONE; NULL: the image's */
	int64_t interval, timeout, start_period, start_interval;
	int64_t retries;
	enum tristate disable;
	struct node *extensions;
};

struct service_logging {
	char *driver;
	char **options;
	struct node *extensions;
};

struct service_ulimit {
	char *name;
	/* `single` holds "name: N", which is both; -1 is unlimited. */
	int64_t single, soft, hard;
	struct node *extensions;
};

struct service_env_file {
	char *path;
	enum tristate required; /* unset: true */
	char *format;		/* NULL, "raw" */
	char *scope;		/* loader: whose .env its values see; NULL: the project's */
	struct node *extensions;
};

struct service_device {
	char *source; /* host path, or a CDI name when target is NULL */
	char *target;
	char *permissions;
	struct node *extensions;
};

/* deploy.resources.reservations.devices[] and gpus[] */
struct device_request {
	char **capabilities;
	char *driver;
	int64_t count; /* -1: all */
	char **device_ids;
	char **options;
	struct node *extensions;
};

struct generic_resource {
	char *kind;
	int64_t value;
	struct node *extensions;
};

struct deploy_generic {
	struct generic_resource *discrete_resource_spec;
	struct node *extensions;
};

struct deploy_limits {
	double cpus;
	int64_t memory;
	int64_t pids;
	struct {
		struct device_request *items;
		size_t count;
	} devices;
	struct {
		struct deploy_generic *items;
		size_t count;
	} generic_resources;
	struct node *extensions;
};

struct deploy_resources {
	struct deploy_limits *limits, *reservations;
	struct node *extensions;
};

struct deploy_restart_policy {
	char *condition; /* "none", "on-failure", "any"; NULL: any */
	int64_t delay, window;
	int64_t max_attempts;
	struct node *extensions;
};

struct deploy_update {
	int64_t parallelism; /* 0: all at once */
	int64_t delay, monitor;
	char *failure_action; /* "continue", "rollback", "pause" */
	double max_failure_ratio;
	char *order; /* "start-first", "stop-first" */
	struct node *extensions;
};

struct placement_preference {
	char *spread;
	struct node *extensions;
};

struct deploy_placement {
	char **constraints;
	struct {
		struct placement_preference *items;
		size_t count;
	} preferences;
	int64_t max_replicas_per_node;
	struct node *extensions;
};

struct service_deploy {
	char *mode; /* "replicated", "global", "replicated-job", "global-job" */
	int64_t replicas;
	char **labels;
	struct deploy_update *update_config, *rollback_config;
	struct deploy_resources *resources;
	struct deploy_restart_policy *restart_policy;
	struct deploy_placement *placement;
	char *endpoint_mode;
	struct node *extensions;
};

struct service_build {
	char *context; /* absolute, or a URL */
	char *dockerfile;
	char *dockerfile_inline;
	char **entitlements;
	char **args;
	char **ssh; /* "ID" or "ID=PATH" */
	char **labels;
	char **cache_from, **cache_to;
	char **additional_contexts; /* "NAME=path, URL, service:X, docker-image://X" */
	enum tristate no_cache, pull, privileged;
	char **no_cache_filter;
	char **extra_hosts; /* "HOST=IP" */
	char *isolation;
	char *network;
	char *target;
	struct {
		struct service_file *items;
		size_t count;
	} secrets;
	int64_t shm_size;
	char **tags;
	struct {
		struct service_ulimit *items;
		size_t count;
	} ulimits;
	char **platforms;
	char *provenance, *sbom; /* "true", "false" or their options as text */
	struct node *extensions;
};

struct watch_exec {
	char **command;
	char *user;
	enum tristate privileged;
	char *working_dir;
	char **environment;
	struct node *extensions;
};

struct service_watch {
	char *path;   /* absolute */
	char *action; /* "rebuild", "sync", "restart", "sync+restart", "sync+exec" */
	char *target;
	char **ignore, **include;
	enum tristate initial_sync;
	struct watch_exec *exec;
	struct node *extensions;
};

struct service_develop {
	struct {
		struct service_watch *items;
		size_t count;
	} watch;
	struct node *extensions;
};

/* post_start, pre_stop, pre_start */
struct service_hook {
	char *image; /* pre_start: NULL is the service's */
	char **command;
	char *user;
	enum tristate privileged;
	char *working_dir;
	char **environment;
	enum tristate per_replica; /* pre_start */
	struct node *extensions;
};

struct weight_device {
	char *path;
	int64_t weight;
	struct node *extensions;
};

struct throttle_device {
	char *path;
	int64_t rate; /* bytes or operations per second */
	struct node *extensions;
};

struct throttle_list {
	struct throttle_device *items;
	size_t count;
};

struct service_blkio {
	int64_t weight;
	struct {
		struct weight_device *items;
		size_t count;
	} weight_device;
	struct throttle_list device_read_bps, device_read_iops;
	struct throttle_list device_write_bps, device_write_iops;
	struct node *extensions;
};

struct service_provider {
	char *type;
	struct node *options; /* a mapping: scalars or lists of them */
	struct node *extensions;
};

struct service_credential_spec {
	char *config, *file, *registry;
	struct node *extensions;
};

struct service {
	char *name;
	const char *full_name; /* of a stack's one, which its containers go by; else NULL */
	struct location where;
	bool is_env_resolved; /* env_file is part of environment, env_files is empty */

	char *image;
	struct service_build *build;
	char *pull_policy; /* "always", "never", "missing", "build", "daily", "weekly", "every_…" */
	char *pull_refresh_after;
	char *platform;

	char **command, **entrypoint; /* NULL: the image's; empty: none */
	char *working_dir, *user;
	char **environment; /* "NAME=value" sets, "NAME" removes what the image sets */
	struct {
		struct service_env_file *items;
		size_t count;
	} env_files;
	char **labels; /* label_file is part of it */
	char **label_files;
	char **annotations;
	char *container_name, *hostname, *domainname;
	enum tristate init, stdin_open, tty, attach, read_only, privileged;
	char *stop_signal;
	int64_t stop_grace_period;
	char *restart; /* "no", "always", "unless-stopped", "on-failure[:N]" */
	struct {
		struct service_dependency *items;
		size_t count;
	} depends_on;
	struct service_healthcheck *healthcheck;
	char **profiles;
	int64_t scale;
	struct service_deploy *deploy;
	struct service_logging *logging;
	struct service_develop *develop;
	struct service_provider *provider;
	struct node *models; /* refused; kept for the message */
	enum tristate use_api_socket;
	struct service_hooks {
		struct service_hook *items;
		size_t count;
	} post_start, pre_stop, pre_start;

	char **cap_add, **cap_drop; /* as written */
	char **security_opt;
	char *userns_mode, *pid, *ipc, *uts, *cgroup, *cgroup_parent;
	char **group_add;
	struct {
		struct service_device *items;
		size_t count;
	} devices;
	char **device_cgroup_rules;
	struct {
		struct device_request *items;
		size_t count;
	} gpus;
	char **sysctls;
	struct {
		struct service_ulimit *items;
		size_t count;
	} ulimits;
	int64_t oom_score_adj;
	enum tristate oom_kill_disable;
	int64_t shm_size;
	char **storage_opt;
	char *runtime, *isolation;
	struct service_credential_spec *credential_spec;

	double cpus, cpu_percent;
	int64_t cpu_count, cpu_shares, cpu_quota;
	int64_t cpu_period;		       /* microseconds */
	int64_t cpu_rt_period, cpu_rt_runtime; /* microseconds */
	char *cpuset;
	int64_t mem_limit, mem_reservation, memswap_limit, mem_swappiness;
	int64_t pids_limit;
	struct service_blkio *blkio_config;

	char *network_mode; /* "none", "host", "bridge", "service:X", "container:X" */
	struct {
		struct service_network *items; /* in the order of the file */
		size_t count;
	} networks;
	struct {
		struct service_port *items;
		size_t count;
	} ports;
	char **expose; /* "80", "80/udp", "3000-3010" */
	char **dns, **dns_search, **dns_opt;
	char **extra_hosts; /* "HOST=IP", the same host possibly several times */
	char **links;	    /* "SERVICE[:ALIAS]" */
	char **external_links;
	char *mac_address;

	struct {
		struct service_volume *items;
		size_t count;
	} volumes;
	char **volumes_from; /* "SERVICE[:ro|rw]", "container:NAME[:ro|rw]" */
	char **tmpfs;	     /* "/run", "/run:size=64m,mode=1777" */
	struct {
		struct service_file *items;
		size_t count;
	} secrets, configs;
	struct node *extensions;
};

struct ipam_config {
	char *subnet, *ip_range, *gateway;
	char **aux_addresses;
	struct node *extensions;
};

struct network_ipam {
	char *driver;
	struct {
		struct ipam_config *items;
		size_t count;
	} config;
	char **options;
	struct node *extensions;
};

/* Networks and volumes by key; `name` is what the object is called on this host. */
struct project_network {
	char *key;
	struct location where;
	char *name;
	char *driver;
	char **driver_opts;
	struct network_ipam *ipam;
	enum tristate external, internal, attachable, enable_ipv4, enable_ipv6;
	char **labels;
	struct node *extensions;
};

struct project_volume {
	char *key;
	struct location where;
	char *name;
	char *driver;
	char **driver_opts;
	enum tristate external;
	char **labels;
	struct node *extensions;
};

/* A secret or config. Exactly one source, unless external. */
struct project_file {
	char *key;
	struct location where;
	char *name;
	char *file;	   /* absolute */
	char *environment; /* a variable's name */
	char *content;	   /* configs only */
	enum tristate external;
	char **labels;
	char *driver;
	char **driver_opts;
	char *template_driver;
	/* The variable's value when `environment` is given and set; never printed or hashed. */
	char *value;
	struct node *extensions;
};

struct project_file_list {
	struct project_file *items;
	size_t count;
};

struct project {
	char *name;
	const char *name_separator; /* between the words of a name that is made: "-" or "_" */
	char *working_dir;	    /* absolute */
	char **files;		    /* compose files, absolute; "-" for standard input */
	char **env_files;	    /* the project's own that were read, absolute */
	char **environment;	    /* "NAME=value": the process environment over env_files */
	char **profiles;	    /* the active ones */

	struct {
		struct service *items; /* enabled ones, sorted by name */
		size_t count;
	} services;
	struct {
		struct service *items; /* with inactive profiles, sorted by name */
		size_t count;
	} disabled;
	/* These are sorted by key. */
	struct {
		struct project_network *items;
		size_t count;
	} networks;
	struct {
		struct project_volume *items;
		size_t count;
	} volumes;
	struct project_file_list secrets, configs;
	struct node *models;	 /* as written */
	struct node *extensions; /* top-level x-… */
	/* --no-interpolate, --no-normalize: what was read, merged; printed instead of the model. */
	struct node *raw;
	/* What the model was filled from: for the places of mistakes (place.h). */
	const struct node *tree;
};

/* An enabled service by name; NULL when there is none. */
struct service *project_find_service(const struct project *project, const char *name);
/* An enabled or disabled one. */
struct service *project_find_any_service(const struct project *project, const char *name);
struct project_network *project_find_network(const struct project *project, const char *key);
struct project_volume *project_find_volume(const struct project *project, const char *key);
struct project_file *project_find_file(const struct project_file_list *list, const char *key);

/* How many replicas: scale, else deploy.replicas, else 1; 1 for mode global. */
int64_t project_replicas(const struct service *service);
