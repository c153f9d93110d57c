/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container.h - door: containers as users know them.
 *
 * ROOT/containers/ID/container.json is what the container is (written by container_create, and
 * again by whoever changes it, who tells its monitor), RUN/containers/ID/state.json what it does
 * now (written by its monitor, or under its lock by whoever finds it without one). Names are links
 * in ROOT/containers/by-name.
 *
 * Starting forks the process that becomes the container's monitor; starting and stopping can be
 * begun for many containers and then waited for together (struct container_task).
 */
#pragma once

#include "base/record.h"
#include "engine/engine.h"
#include "net/ports.h"
#include "runtime/spec.h"
#include "storage/image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum container_mount_type {
	CONTAINER_MOUNT_BIND,
	CONTAINER_MOUNT_VOLUME,
	CONTAINER_MOUNT_TMPFS,
	CONTAINER_MOUNT_IMAGE,
};

struct container_mount {
	enum container_mount_type type;
	const char *source; /* host path; volume name (NULL: anonymous); image reference */
	const char *target; /* absolute */
	bool read_only;
	bool create_host_path;	 /* bind: make a missing source; volume: `-v /target` */
	const char *propagation; /* bind: "rprivate" when NULL */
	bool is_recursive_off;	 /* bind: recursive: disabled */
	bool is_writable_below; /* bind: read_only counts for it alone, not what is mounted below */
	bool no_copy;		/* volume: do not seed */
	const char *subpath;	/* volume, image */
	char **labels;		/* volume: "NAME=value" of one that is made for this mount */
	char **options;		/* the same: of its driver */
	char **layers;		/* image: its chain ids, found by container_create */
	int64_t tmpfs_size;	/* bytes, 0: no limit of its own */
	unsigned tmpfs_mode;	/* 0: 01777 */
	const char *tmpfs_options; /* the short form's options: "size=64m,uid=1000" */
};

/* Named by nobody: such a volume has 64 hexadecimal digits as its name. */
bool container_mount_is_anonymous(const struct container_mount *mount);

enum container_file_kind { CONTAINER_SECRET, CONTAINER_CONFIG };

/* A secret or config: installed on the container's tmpfs and bound read-only over its target. */
struct container_file {
	enum container_file_kind kind;
	const char *source;  /* its name in the compose file, for messages and inspect */
	const char *target;  /* absolute */
	const char *content; /* NULL on loading: the content is never written to container.json */
	size_t length;
	const char *uid, *gid; /* names or numbers, looked up in the container; NULL: its user */
	int mode;	       /* -1: 0444 */
	const char
		*external;  /* its name in the store of secrets or configs; NULL: not from there */
	const char *digest; /* of the content, by secret_store_digest */
};

enum container_restart { RESTART_NO, RESTART_ALWAYS, RESTART_UNLESS_STOPPED, RESTART_ON_FAILURE };

struct container_restart_policy {
	enum container_restart condition;
	int max_attempts;  /* 0: no limit */
	int64_t delay_ns;  /* 0: Docker's back-off, 100 ms doubling to 1 min */
	int64_t window_ns; /* how long it must run to count as a success; 0: 10 s */
};

struct container_config {
	const char *name;  /* NULL: a random one */
	const char *image; /* as asked for; resolved by container_create */
	/* "linux/arm64/v8": what the image must be for, or it is an error; NULL: whatever is here
	 */
	const char *platform;
	/* NULL: the image's. An empty vector clears it. Setting entrypoint drops the image's cmd.
	 */
	char **entrypoint, **cmd;
	char **env; /* "NAME=value" sets, "NAME" removes what the image sets */
	const char *working_dir, *user, *hostname, *domainname;
	char **group_add;
	bool tty, stdin_open, use_init, read_only, privileged, auto_remove;
	char **cap_add, **cap_drop;
	bool no_new_privileges, systempaths_unconfined;
	const char *seccomp; /* as struct spec: SPEC_SECCOMP_DEFAULT, NULL unconfined, or JSON */
	const char *apparmor;
	const char *stop_signal; /* NULL: the image's, then TERM */
	int64_t stop_timeout_ns; /* -1: 10 s */
	struct container_restart_policy restart;
	struct image_healthcheck healthcheck; /* test NULL: the image's; {"NONE"}: none */

	/* NULL: the endpoints below; "none", "host", "container:ID" */
	const char *network_mode;
	struct endpoint_request *endpoints;
	size_t endpoint_count;
	struct port_request *ports;
	size_t port_count;
	const char *port_share; /* as in struct ports_request */
	char **expose;		/* "80/tcp" */
	bool publish_all;	/* what is exposed and not published goes on any free port */
	char **dns, **dns_search, **dns_options, **extra_hosts, **links;
	/* NULL own; "host"; "container:ID"; ipc also "none", "private" (nobody joins), "shareable"
	 */
	const char *pid_mode, *ipc_mode, *uts_mode;
	const char *cgroup_mode, *cgroup_parent;

	struct container_mount *mounts;
	size_t mount_count;
	struct container_file *files;
	size_t file_count;
	char **volumes_from; /* "ID[:ro]" */

	struct spec_resources resources;
	struct spec_rlimit *ulimits;
	size_t ulimit_count;
	struct pair *sysctls;
	size_t sysctl_count;
	char **devices_requested; /* "SRC[:DST[:rwm]]", expanded at start */
	char **device_rules;	  /* "c 1:3 mr" */
	int64_t shm_size;	  /* 0: 64 MiB */
	bool has_oom_score_adj;
	int oom_score_adj;

	const char *log_driver;	  /* NULL: "json-file"; "local", "none" */
	struct pair *log_options; /* max-size, max-file */
	size_t log_option_count;
	struct pair *labels;
	size_t label_count;
	struct pair *annotations;
	size_t annotation_count;
};

enum container_status {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_REMOVING,
	CONTAINER_EXITED,
	CONTAINER_DEAD,
	CONTAINER_STATUS_COUNT
};

enum container_health { HEALTH_NONE, HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

struct container_probe { /* one health check that was run */
	const char *start, *end;
	struct record_bytes output;
	int exit_code;
};

struct container_state {
	const char *id; /* whose it is, as it stands on disk; NULL: nothing was there */
	enum container_status status;
	pid_t pid;	     /* in the host's pid namespace; 0 when not running */
	uint64_t start_time; /* of that pid: see struct process_id */
	pid_t monitor_pid;
	int exit_code;
	bool oom_killed;
	bool stopped_by_user;
	bool is_stopping;  /* somebody has asked for its end, and it runs still */
	const char *error; /* why it could not start */
	bool root_is_old;  /* this could not be written into ROOT so far */
	const char *started_at, *finished_at; /* RFC 3339; NULL: never */
	int restart_count;
	enum container_health health;
	int failing_streak;
	struct container_probe *probes; /* the last five */
	size_t probe_count;
	struct endpoint *endpoints;
	size_t endpoint_count;
	struct port_binding *ports;
	size_t port_count;
	/* Whose this is: enough to show and remove a container whose container.json is damaged. */
	const char *name;
	struct pair *labels;
	size_t label_count;
};

struct container {
	const char *id; /* 64 hexadecimal digits */
	const char *name;
	const char *created;  /* RFC 3339 */
	const char *image_id; /* "sha256:…" */
	struct container_config config;
	/* What create resolved from the configuration and the image. */
	struct container_mount *mounts; /* complete: image volumes added, sources named */
	size_t mount_count;
	char **args; /* entrypoint + cmd as they will run */
	char **env;  /* image's and config's, merged */
	const char *user, *working_dir, *stop_signal;
	struct image_healthcheck healthcheck; /* merged; test NULL or {"NONE"}: none */
	char **expose;			      /* image's and config's */
	char **chain_ids;		      /* the image's layers, bottom first */
	size_t layer_count;
	struct container_state state;
};

/* What it asks for, or has, on the network; NULL: nothing. */
const struct endpoint_request *container_find_request(const struct container_config *config,
						      const char *network);
const struct endpoint *container_find_endpoint(const struct container_state *state,
					       const char *network);
/* Are the addresses in @endpoint such? ERROR_INVALID, with Docker's words. Pure. */
int container_check_request(const struct endpoint_request *endpoint, struct error *err);

/* Other containers that @config names become their ids; what it links to must be there. */
int container_resolve(struct engine *engine, struct container_config *config, struct arena *arena,
		      struct error *err);
/* Checks everything that can be checked before a process exists, creates missing volumes, writes
 * the container. ERROR_CONFLICT when the name is taken, ERROR_NOT_FOUND for image and networks. */
int container_create(struct engine *engine, const struct container_config *config,
		     struct container *container, struct arena *arena, struct error *err);

/* Secrets and configs are in memory: after a reboot, the same content (@config's files) is
 * installed again. Does nothing when it is there. */
int container_renew_files(struct engine *engine, const struct container *container,
			  const struct container_config *config, struct error *err);

/* Reading starts, repairs and removes nothing: what killed commands and monitors left is shown as
 * it is until somebody heals it. */
/* By full id, name, or unambiguous id prefix. ERROR_NOT_FOUND, ERROR_CONFLICT (ambiguous). */
int container_find(struct engine *engine, const char *name, struct container *container,
		   struct arena *arena, struct error *err);
/* Those that carry all of @labels ("name" or "name=value"; NULL: all), oldest first. */
int container_list(struct engine *engine, char *const *labels, struct container **containers,
		   size_t *count, struct arena *arena, struct error *err);
/* Is its description whole? ERROR_INVALID: no, and that is wrong with it. */
int container_check(struct engine *engine, const char *id, struct error *err);
/* Reads the state again. */
int container_refresh(struct engine *engine, struct container *container, struct arena *arena,
		      struct error *err);

/* Finishes what a killed command or monitor left: a container that should have a monitor (running,
 * paused, restarting) and has none gets a fresh one, a start that was killed half-way is undone, a
 * lost description is written again by the monitor, which knows it by heart, and what never was a
 * whole container goes. Cheap when all is well: two files are looked at. A monitor that was killed
 * changes no state, so who waits for a container calls this about once a second. */
void container_heal(struct engine *engine, const char *id);
void container_heal_all(struct engine *engine);
/* Heals the container that is meant, and then it is as container_find tells. */
int container_find_healed(struct engine *engine, const char *name, struct container *container,
			  struct arena *arena, struct error *err);

/* Something begun for one container. Poll fd for POLLIN, then finish. */
struct container_task {
	char id[65];
	int fd;	  /* -1: nothing to wait for; finish returns at once */
	int kind; /* private */
};

/* Forks the process that starts it and becomes its monitor. Finish fails with the errno of execve
 * (spawn_exit_code tells 126 and 127) or whatever failed on the way. Starting a running container
 * is fine and does nothing. */
int container_start_begin(struct engine *engine, const char *id, struct container_task *task,
			  struct error *err);
/* Between its stop signal and SIGKILL, when nobody says how long. */
int64_t container_grace_ms(const struct container *container);
/* @timeout_ms -1: the container's own; signal NULL: its own. Stopping a stopped one is fine. */
int container_stop_begin(struct engine *engine, const char *id, const char *signal,
			 int64_t timeout_ms, struct container_task *task, struct error *err);
/* The same for a container that is removed next: its network is left to container_remove_many. */
int container_stop_for_removal_begin(struct engine *engine, const char *id, int64_t timeout_ms,
				     struct container_task *task, struct error *err);
/* @signal NULL: SIGKILL. Done when the container has ended; with another signal also when that has
 * not ended it at once. SIGKILL and its own stop signal stop one that waits to be restarted.
 * ERROR_CONFLICT: it is not running. */
int container_kill_begin(struct engine *engine, const char *id, const char *signal,
			 struct container_task *task, struct error *err);
/* Of a stop or a restart: it is not waited for, but goes on. Releases the task. */
void container_task_leave(struct container_task *task);
/* Blocks until done; releases the task. */
int container_task_finish(struct engine *engine, struct container_task *task, struct error *err);

/* Stop and start again in one go: the monitor, the network namespace and the addresses stay. A
 * stopped one is started. */
int container_restart_begin(struct engine *engine, const char *id, const char *signal,
			    int64_t timeout_ms, struct container_task *task, struct error *err);

/* One with auto_remove that does not start is removed. */
int container_start(struct engine *engine, const char *id, struct error *err);
int container_stop(struct engine *engine, const char *id, const char *signal, int64_t timeout_ms,
		   struct error *err);
int container_kill(struct engine *engine, const char *id, const char *signal, struct error *err);
int container_pause(struct engine *engine, const char *id, bool paused, struct error *err);
/* Of its terminal. */
int container_resize(struct engine *engine, const char *id, unsigned short rows,
		     unsigned short columns, struct error *err);
int container_rename(struct engine *engine, const char *id, const char *name, struct error *err);

enum container_remove_flags {
	CONTAINER_REMOVE_FORCE = 1,   /* kill it when it runs */
	CONTAINER_REMOVE_VOLUMES = 2, /* its anonymous volumes too */
};
/* ERROR_CONFLICT when it runs and not forced. A missing one is fine. */
int container_remove(struct engine *engine, const char *id, unsigned flags, struct error *err);
/* Several stopped ones at once: links, leases and rules of all go in one transaction. */
int container_remove_many(struct engine *engine, char *const *ids, size_t count, unsigned flags,
			  struct error *err);

/* A descriptor that polls readable when the state may have changed (inotify on its RUN directory);
 * container_drain_watch empties it. One may watch many containers. */
int container_watch_new(struct error *err);
int container_watch_add(struct engine *engine, int watch_fd, const char *id, struct error *err);
void container_watch_drain(int watch_fd);
/* Waits until it is not running (and not restarting) any more; returns the exit code. */
int container_wait(struct engine *engine, const char *id, int timeout_ms, struct error *err);

struct container_exec {
	const char *id; /* in its events, of which exec_create has been told; NULL: any */
	char **args;
	char **env; /* added to the container's */
	const char *user, *working_dir;
	bool terminal, privileged, detach;
	const char *detach_keys; /* as in struct attach_client: they leave a terminal */
	int stdio_fds[3];
	/* Gets what the command writes, instead of stdio_fds; NULL. It has nothing to read then. */
	void (*take_output)(const char *bytes, size_t length, void *data);
	void *output_data[2]; /* for its descriptors 1 and 2 */
	int patience;	      /* how many SIGINT or SIGTERM it may leave unheeded; 0: 3 */
	bool *interrupted;    /* becomes true with the first one; NULL */
	int cancel_fd;	      /* readable: one has come before; 0: none */
	/* Called ten times a second while the command runs; NULL: nobody sees time pass. */
	void (*tick)(void *data);
	void *tick_data;
};
/* Runs a command in a running container and waits, relaying the caller's terminal when asked for.
 * Returns the exit code: 126, 127 with @err when it could not start; 128 and the number, with @err,
 * when so many SIGINT or SIGTERM did not end it; 141 when nobody reads its output;
 * CONTAINER_EXEC_DETACHED when its user has left it running. */
#define CONTAINER_EXEC_DETACHED 1000
int container_exec(struct engine *engine, const char *id, const struct container_exec *exec,
		   struct error *err);

/* The words of each enum, by its values and NULL-terminated; in container.json and state.json too.
 */
extern const char *const container_mount_types[];
extern const char *const container_file_kinds[];
extern const char *const container_restarts[];
extern const char *const container_statuses[]; /* "running", … */
extern const char *const container_healths[];  /* "", "starting", … */

/* "always", "unless-stopped", "on-failure[:N]", "no" or "". ERROR_INVALID. */
int container_restart_parse(struct container_restart_policy *policy, const char *text,
			    struct error *err);

const char *container_label(const struct container *container, const char *name); /* or NULL */
#define CONTAINER_ID_LENGTH 64
bool container_is_id(const char *text);
bool container_is_live(const struct container *container); /* running, paused or restarting */
/* Not live, but a start of it (of a command that was killed, or another one) is under way, or it is
 * just ending: stopping waits for that. */
bool container_is_between(struct engine *engine, const struct container *container);
