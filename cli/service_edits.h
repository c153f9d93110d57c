/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/service_edits.h - what `service create` and `service update` may say of a service: each
 * option is a change of the model (compose/stack/stack_edit.h).
 */
#pragma once

#include "base/strvec.h"
#include "cli/options.h"
#include "cli/service_change.h"
#include "compose/stack/stack_edit.h"

/* In the order in which they are made: what goes away goes first. */
enum service_edit {
	SERVICE_EDIT_ARGS,
	SERVICE_EDIT_CAP_ADD,
	SERVICE_EDIT_CAP_DROP,
	SERVICE_EDIT_CONFIG_RM,
	SERVICE_EDIT_CONFIG_ADD,
	SERVICE_EDIT_CONSTRAINT_RM,
	SERVICE_EDIT_CONSTRAINT_ADD,
	SERVICE_EDIT_CONTAINER_LABEL_RM,
	SERVICE_EDIT_CONTAINER_LABEL_ADD,
	SERVICE_EDIT_DNS_RM,
	SERVICE_EDIT_DNS_ADD,
	SERVICE_EDIT_DNS_OPTION_RM,
	SERVICE_EDIT_DNS_OPTION_ADD,
	SERVICE_EDIT_DNS_SEARCH_RM,
	SERVICE_EDIT_DNS_SEARCH_ADD,
	SERVICE_EDIT_ENDPOINT_MODE,
	SERVICE_EDIT_ENTRYPOINT,
	SERVICE_EDIT_ENV_RM,
	SERVICE_EDIT_ENV_FILE,
	SERVICE_EDIT_ENV_ADD,
	SERVICE_EDIT_GROUP_RM,
	SERVICE_EDIT_GROUP_ADD,
	SERVICE_EDIT_HEALTH_CMD,
	SERVICE_EDIT_HEALTH_INTERVAL,
	SERVICE_EDIT_HEALTH_RETRIES,
	SERVICE_EDIT_HEALTH_START_INTERVAL,
	SERVICE_EDIT_HEALTH_START_PERIOD,
	SERVICE_EDIT_HEALTH_TIMEOUT,
	SERVICE_EDIT_HOST_RM,
	SERVICE_EDIT_HOST_ADD,
	SERVICE_EDIT_HOSTNAME,
	SERVICE_EDIT_IMAGE,
	SERVICE_EDIT_LABEL_RM,
	SERVICE_EDIT_LABEL_ADD,
	SERVICE_EDIT_LIMIT_CPU,
	SERVICE_EDIT_LIMIT_MEMORY,
	SERVICE_EDIT_LIMIT_PIDS,
	SERVICE_EDIT_LOG_DRIVER,
	SERVICE_EDIT_LOG_OPT,
	SERVICE_EDIT_MOUNT_RM,
	SERVICE_EDIT_MOUNT_ADD,
	SERVICE_EDIT_NETWORK_RM,
	SERVICE_EDIT_NETWORK_ADD,
	SERVICE_EDIT_OOM_SCORE_ADJ,
	SERVICE_EDIT_PLACEMENT_PREF,
	SERVICE_EDIT_PUBLISH_RM,
	SERVICE_EDIT_PUBLISH_ADD,
	SERVICE_EDIT_REPLICAS,
	SERVICE_EDIT_REPLICAS_MAX,
	SERVICE_EDIT_RESERVE_CPU,
	SERVICE_EDIT_RESERVE_MEMORY,
	SERVICE_EDIT_RESTART_CONDITION,
	SERVICE_EDIT_RESTART_DELAY,
	SERVICE_EDIT_RESTART_MAX,
	SERVICE_EDIT_RESTART_WINDOW,
	SERVICE_EDIT_ROLLBACK_DELAY,
	SERVICE_EDIT_ROLLBACK_FAILURE,
	SERVICE_EDIT_ROLLBACK_RATIO,
	SERVICE_EDIT_ROLLBACK_MONITOR,
	SERVICE_EDIT_ROLLBACK_ORDER,
	SERVICE_EDIT_ROLLBACK_PARALLELISM,
	SERVICE_EDIT_UPDATE_DELAY,
	SERVICE_EDIT_UPDATE_FAILURE,
	SERVICE_EDIT_UPDATE_RATIO,
	SERVICE_EDIT_UPDATE_MONITOR,
	SERVICE_EDIT_UPDATE_ORDER,
	SERVICE_EDIT_UPDATE_PARALLELISM,
	SERVICE_EDIT_SECRET_RM,
	SERVICE_EDIT_SECRET_ADD,
	SERVICE_EDIT_STOP_GRACE,
	SERVICE_EDIT_STOP_SIGNAL,
	SERVICE_EDIT_SYSCTL_RM,
	SERVICE_EDIT_SYSCTL_ADD,
	SERVICE_EDIT_ULIMIT_RM,
	SERVICE_EDIT_ULIMIT_ADD,
	SERVICE_EDIT_USER,
	SERVICE_EDIT_WORKDIR,
	SERVICE_EDIT_COUNT,
};

/* What the options of either command begin with. */
struct service_edits {
	struct strvec given[SERVICE_EDIT_COUNT];
	int tty, init, read_only, no_healthcheck; /* -1: not given */
	bool detach, quiet, registry_auth, no_resolve_image;
};

/* Changes @service of @model. */
int service_edits_make(const struct service_edits *edits, json *model, const char *service,
		       struct error *err);

/* A row that is one edit; the command's struct begins with struct service_edits. */
#define SERVICE_EDIT(id, word, letter, text, argument, ...)                                        \
	OPTION(LIST, word, letter, service_edits, given[SERVICE_EDIT_##id], text,                  \
	       .value = argument, ##__VA_ARGS__)

/* How tasks are replaced: by an update, or by what takes it back. */
#define SERVICE_EDIT_ROLL(id, word, actions)                                                       \
	SERVICE_EDIT(id##_DELAY, word "-delay", 0, "Wait so long between two batches",             \
		     "DURATION"),                                                                  \
		SERVICE_EDIT(id##_FAILURE, word "-failure-action", 0,                              \
			     "What to do when tasks fail", "ACTION", .words = (actions)),          \
		SERVICE_EDIT(id##_RATIO, word "-max-failure-ratio", 0,                             \
			     "Part of the tasks that may fail", "FRACTION"),                       \
		SERVICE_EDIT(id##_MONITOR, word "-monitor", 0, "Watch new tasks for so long",      \
			     "DURATION"),                                                          \
		SERVICE_EDIT(id##_ORDER, word "-order", 0, "Which of two tasks comes first",       \
			     "ORDER", .words = "start-first stop-first"),                          \
		SERVICE_EDIT(id##_PARALLELISM, word "-parallelism", 0,                             \
			     "Replace so many tasks at once, 0 for all", "N")

/* Those that both commands have under one word; where `update` adds and takes away, each has its
 * own. */
#define SERVICE_EDIT_ROWS                                                                          \
	SERVICE_EDIT(CAP_ADD, "cap-add", 0, "Add a capability", "CAP"),                            \
		SERVICE_EDIT(CAP_DROP, "cap-drop", 0, "Drop a capability", "CAP"),                 \
		SERVICE_DETACH(service_edits, detach),                                             \
		SERVICE_EDIT(ENDPOINT_MODE, "endpoint-mode", 0,                                    \
			     "How the name is resolved; it leads to all tasks either way", "MODE", \
			     .words = "vip dnsrr"),                                                \
		SERVICE_EDIT(ENTRYPOINT, "entrypoint", 0,                                          \
			     "Run this instead of the image's entrypoint", "COMMAND"),             \
		SERVICE_EDIT(HEALTH_CMD, "health-cmd", 0,                                          \
			     "Run this command to tell whether a task is well", "COMMAND"),        \
		SERVICE_EDIT(HEALTH_INTERVAL, "health-interval", 0, "Time between two checks",     \
			     "DURATION"),                                                          \
		SERVICE_EDIT(HEALTH_RETRIES, "health-retries", 0,                                  \
			     "Failures in a row that make a task unhealthy", "N"),                 \
		SERVICE_EDIT(HEALTH_START_INTERVAL, "health-start-interval", 0,                    \
			     "Time between two checks in the start period", "DURATION"),           \
		SERVICE_EDIT(HEALTH_START_PERIOD, "health-start-period", 0,                        \
			     "Time after the start in which failures do not count", "DURATION"),   \
		SERVICE_EDIT(HEALTH_TIMEOUT, "health-timeout", 0, "Time that a check may take",    \
			     "DURATION"),                                                          \
		SERVICE_EDIT(HOSTNAME, "hostname", 0, "Set the host name of containers", "NAME"),  \
		OPTION(TRISTATE, "init", 0, service_edits, init,                                   \
		       "Start an init process that passes signals on and reaps processes"),        \
		SERVICE_EDIT(LIMIT_CPU, "limit-cpu", 0, "Limit the number of CPUs of a task",      \
			     "N"),                                                                 \
		SERVICE_EDIT(LIMIT_MEMORY, "limit-memory", 0, "Limit the memory of a task",        \
			     "BYTES"),                                                             \
		SERVICE_EDIT(LIMIT_PIDS, "limit-pids", 0,                                          \
			     "Limit the number of processes of a task", "N"),                      \
		SERVICE_EDIT(LOG_DRIVER, "log-driver", 0, "Log output there", "DRIVER",            \
			     .words = "json-file local syslog journald none"),                     \
		SERVICE_EDIT(LOG_OPT, "log-opt", 0, "Set an option of the log driver",             \
			     "NAME=VALUE"),                                                        \
		OPTION(TRISTATE, "no-healthcheck", 0, service_edits, no_healthcheck,               \
		       "Do without a check, even that of the image"),                              \
		OPTION(BOOL, "no-resolve-image", 0, service_edits, no_resolve_image,               \
		       "Images are what this host has in any case", .is_hidden = true),            \
		SERVICE_EDIT(OOM_SCORE_ADJ, "oom-score-adj", 0,                                    \
			     "How soon a task is killed when memory is short, from -1000 to 1000", \
			     "N"),                                                                 \
		OPTION(BOOL, "quiet", 'q', service_edits, quiet, "Show no progress"),              \
		OPTION(TRISTATE, "read-only", 0, service_edits, read_only,                         \
		       "Do not let the root file system be written"),                              \
		SERVICE_EDIT(REPLICAS, "replicas", 0, "Have so many tasks", "N"),                  \
		SERVICE_EDIT(REPLICAS_MAX, "replicas-max-per-node", 0,                             \
			     "Note how many tasks a node may have; there is one node", "N"),       \
		SERVICE_EDIT(RESERVE_CPU, "reserve-cpu", 0, "Reserve so many CPUs for a task",     \
			     "N"),                                                                 \
		SERVICE_EDIT(RESERVE_MEMORY, "reserve-memory", 0,                                  \
			     "Reserve so much memory for a task", "BYTES"),                        \
		SERVICE_EDIT(RESTART_CONDITION, "restart-condition", 0,                            \
			     "When to start a task again", "WHEN",                                 \
			     .words = "none on-failure any"),                                      \
		SERVICE_EDIT(RESTART_DELAY, "restart-delay", 0,                                    \
			     "Wait so long before a task is started again", "DURATION"),           \
		SERVICE_EDIT(RESTART_MAX, "restart-max-attempts", 0,                               \
			     "Start a task again so often at most", "N"),                          \
		SERVICE_EDIT(RESTART_WINDOW, "restart-window", 0,                                  \
			     "Time that a task must run to count as started", "DURATION"),         \
		SERVICE_EDIT(STOP_GRACE, "stop-grace-period", 0,                                   \
			     "Wait so long before killing a task that stops", "DURATION"),         \
		SERVICE_EDIT(STOP_SIGNAL, "stop-signal", 0, "Stop tasks with this signal",         \
			     "SIGNAL"),                                                            \
		OPTION(TRISTATE, "tty", 't', service_edits, tty, "Give tasks a terminal"),         \
		SERVICE_EDIT(USER, "user", 'u', "Run as this user", "USER"),                       \
		OPTION(BOOL, "with-registry-auth", 0, service_edits, registry_auth,                \
		       "What `login` knows is used in any case", .is_hidden = true),               \
		SERVICE_EDIT(WORKDIR, "workdir", 'w', "Start in this directory", "DIR"),           \
		SERVICE_EDIT_ROLL(ROLLBACK, "rollback", "pause continue"),                         \
		SERVICE_EDIT_ROLL(UPDATE, "update", "pause continue rollback")
