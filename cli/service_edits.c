/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service_edits.h"

#include "base/cleanup.h"

static const struct {
	enum stack_edit_kind kind;
	const char *path;
} rows[SERVICE_EDIT_COUNT] = {
	[SERVICE_EDIT_ARGS] = {STACK_SET_TEXT, "command"},
	[SERVICE_EDIT_CAP_ADD] = {STACK_ADD_ITEM, "cap_add"},
	[SERVICE_EDIT_CAP_DROP] = {STACK_ADD_ITEM, "cap_drop"},
	[SERVICE_EDIT_CONFIG_RM] = {STACK_REMOVE_FILE, "configs"},
	[SERVICE_EDIT_CONFIG_ADD] = {STACK_ADD_FILE, "configs"},
	[SERVICE_EDIT_CONSTRAINT_RM] = {STACK_REMOVE_ITEM, "deploy.placement.constraints"},
	[SERVICE_EDIT_CONSTRAINT_ADD] = {STACK_ADD_ITEM, "deploy.placement.constraints"},
	[SERVICE_EDIT_CONTAINER_LABEL_RM] = {STACK_REMOVE_PAIR, "labels"},
	[SERVICE_EDIT_CONTAINER_LABEL_ADD] = {STACK_ADD_PAIR, "labels"},
	[SERVICE_EDIT_DNS_RM] = {STACK_REMOVE_ITEM, "dns"},
	[SERVICE_EDIT_DNS_ADD] = {STACK_ADD_ITEM, "dns"},
	[SERVICE_EDIT_DNS_OPTION_RM] = {STACK_REMOVE_ITEM, "dns_opt"},
	[SERVICE_EDIT_DNS_OPTION_ADD] = {STACK_ADD_ITEM, "dns_opt"},
	[SERVICE_EDIT_DNS_SEARCH_RM] = {STACK_REMOVE_ITEM, "dns_search"},
	[SERVICE_EDIT_DNS_SEARCH_ADD] = {STACK_ADD_ITEM, "dns_search"},
	[SERVICE_EDIT_ENDPOINT_MODE] = {STACK_SET_TEXT, "deploy.endpoint_mode"},
	[SERVICE_EDIT_ENTRYPOINT] = {STACK_SET_TEXT, "entrypoint"},
	[SERVICE_EDIT_ENV_RM] = {STACK_REMOVE_PAIR, "environment"},
	[SERVICE_EDIT_ENV_FILE] = {STACK_ADD_ITEM, "env_file"},
	[SERVICE_EDIT_ENV_ADD] = {STACK_ADD_PAIR, "environment"},
	[SERVICE_EDIT_GROUP_RM] = {STACK_REMOVE_ITEM, "group_add"},
	[SERVICE_EDIT_GROUP_ADD] = {STACK_ADD_ITEM, "group_add"},
	[SERVICE_EDIT_HEALTH_CMD] = {STACK_SET_TEXT, "healthcheck.test"},
	[SERVICE_EDIT_HEALTH_INTERVAL] = {STACK_SET_TEXT, "healthcheck.interval"},
	[SERVICE_EDIT_HEALTH_RETRIES] = {STACK_SET_NUMBER, "healthcheck.retries"},
	[SERVICE_EDIT_HEALTH_START_INTERVAL] = {STACK_SET_TEXT, "healthcheck.start_interval"},
	[SERVICE_EDIT_HEALTH_START_PERIOD] = {STACK_SET_TEXT, "healthcheck.start_period"},
	[SERVICE_EDIT_HEALTH_TIMEOUT] = {STACK_SET_TEXT, "healthcheck.timeout"},
	[SERVICE_EDIT_HOST_RM] = {STACK_REMOVE_HOST, "extra_hosts"},
	[SERVICE_EDIT_HOST_ADD] = {STACK_ADD_HOST, "extra_hosts"},
	[SERVICE_EDIT_HOSTNAME] = {STACK_SET_TEXT, "hostname"},
	[SERVICE_EDIT_IMAGE] = {STACK_SET_TEXT, "image"},
	[SERVICE_EDIT_LABEL_RM] = {STACK_REMOVE_PAIR, "deploy.labels"},
	[SERVICE_EDIT_LABEL_ADD] = {STACK_ADD_PAIR, "deploy.labels"},
	[SERVICE_EDIT_LIMIT_CPU] = {STACK_SET_TEXT, "deploy.resources.limits.cpus"},
	[SERVICE_EDIT_LIMIT_MEMORY] = {STACK_SET_TEXT, "deploy.resources.limits.memory"},
	[SERVICE_EDIT_LIMIT_PIDS] = {STACK_SET_NUMBER, "deploy.resources.limits.pids"},
	[SERVICE_EDIT_LOG_DRIVER] = {STACK_SET_TEXT, "logging.driver"},
	[SERVICE_EDIT_LOG_OPT] = {STACK_ADD_PAIR, "logging.options"},
	[SERVICE_EDIT_MOUNT_RM] = {STACK_REMOVE_MOUNT, "volumes"},
	[SERVICE_EDIT_MOUNT_ADD] = {STACK_ADD_MOUNT, "volumes"},
	[SERVICE_EDIT_NETWORK_RM] = {STACK_REMOVE_NETWORK, "networks"},
	[SERVICE_EDIT_NETWORK_ADD] = {STACK_ADD_NETWORK, "networks"},
	[SERVICE_EDIT_OOM_SCORE_ADJ] = {STACK_SET_NUMBER, "oom_score_adj"},
	[SERVICE_EDIT_PLACEMENT_PREF] = {STACK_ADD_PREFERENCE, "deploy.placement.preferences"},
	[SERVICE_EDIT_PUBLISH_RM] = {STACK_REMOVE_PORT, "ports"},
	[SERVICE_EDIT_PUBLISH_ADD] = {STACK_ADD_PORT, "ports"},
	[SERVICE_EDIT_REPLICAS] = {STACK_SET_NUMBER, "deploy.replicas"},
	[SERVICE_EDIT_REPLICAS_MAX] = {STACK_SET_NUMBER, "deploy.placement.max_replicas_per_node"},
	[SERVICE_EDIT_RESERVE_CPU] = {STACK_SET_TEXT, "deploy.resources.reservations.cpus"},
	[SERVICE_EDIT_RESERVE_MEMORY] = {STACK_SET_TEXT, "deploy.resources.reservations.memory"},
	[SERVICE_EDIT_RESTART_CONDITION] = {STACK_SET_TEXT, "deploy.restart_policy.condition"},
	[SERVICE_EDIT_RESTART_DELAY] = {STACK_SET_TEXT, "deploy.restart_policy.delay"},
	[SERVICE_EDIT_RESTART_MAX] = {STACK_SET_NUMBER, "deploy.restart_policy.max_attempts"},
	[SERVICE_EDIT_RESTART_WINDOW] = {STACK_SET_TEXT, "deploy.restart_policy.window"},
	[SERVICE_EDIT_ROLLBACK_DELAY] = {STACK_SET_TEXT, "deploy.rollback_config.delay"},
	[SERVICE_EDIT_ROLLBACK_FAILURE] = {STACK_SET_TEXT, "deploy.rollback_config.failure_action"},
	[SERVICE_EDIT_ROLLBACK_RATIO] = {STACK_SET_TEXT,
					 "deploy.rollback_config.max_failure_ratio"},
	[SERVICE_EDIT_ROLLBACK_MONITOR] = {STACK_SET_TEXT, "deploy.rollback_config.monitor"},
	[SERVICE_EDIT_ROLLBACK_ORDER] = {STACK_SET_TEXT, "deploy.rollback_config.order"},
	[SERVICE_EDIT_ROLLBACK_PARALLELISM] = {STACK_SET_NUMBER,
					       "deploy.rollback_config.parallelism"},
	[SERVICE_EDIT_UPDATE_DELAY] = {STACK_SET_TEXT, "deploy.update_config.delay"},
	[SERVICE_EDIT_UPDATE_FAILURE] = {STACK_SET_TEXT, "deploy.update_config.failure_action"},
	[SERVICE_EDIT_UPDATE_RATIO] = {STACK_SET_TEXT, "deploy.update_config.max_failure_ratio"},
	[SERVICE_EDIT_UPDATE_MONITOR] = {STACK_SET_TEXT, "deploy.update_config.monitor"},
	[SERVICE_EDIT_UPDATE_ORDER] = {STACK_SET_TEXT, "deploy.update_config.order"},
	[SERVICE_EDIT_UPDATE_PARALLELISM] = {STACK_SET_NUMBER, "deploy.update_config.parallelism"},
	[SERVICE_EDIT_SECRET_RM] = {STACK_REMOVE_FILE, "secrets"},
	[SERVICE_EDIT_SECRET_ADD] = {STACK_ADD_FILE, "secrets"},
	[SERVICE_EDIT_STOP_GRACE] = {STACK_SET_TEXT, "stop_grace_period"},
	[SERVICE_EDIT_STOP_SIGNAL] = {STACK_SET_TEXT, "stop_signal"},
	[SERVICE_EDIT_SYSCTL_RM] = {STACK_REMOVE_PAIR, "sysctls"},
	[SERVICE_EDIT_SYSCTL_ADD] = {STACK_ADD_PAIR, "sysctls"},
	[SERVICE_EDIT_ULIMIT_RM] = {STACK_REMOVE_PAIR, "ulimits"},
	[SERVICE_EDIT_ULIMIT_ADD] = {STACK_ADD_ULIMIT, "ulimits"},
	[SERVICE_EDIT_USER] = {STACK_SET_TEXT, "user"},
	[SERVICE_EDIT_WORKDIR] = {STACK_SET_TEXT, "working_dir"},
};

static int make_flags(const struct service_edits *edits, json *model, const char *service,
		      struct error *err)
{
	const struct {
		int value;
		const char *path;
	} flags[] = {
		{edits->init, "init"},
		{edits->no_healthcheck, "healthcheck.disable"},
		{edits->read_only, "read_only"},
		{edits->tty, "tty"},
	};

	for (size_t i = 0; i < array_length(flags); i++) {
		const struct stack_edit edit = {STACK_SET_FLAG, flags[i].path,
						flags[i].value == 1 ? "true" : "false"};

		if (flags[i].value >= 0 && stack_edit_service(model, service, &edit, 1, err) < 0)
			return -1;
	}
	return 0;
}

int service_edits_make(const struct service_edits *edits, json *model, const char *service,
		       struct error *err)
{
	for (size_t i = 0; i < SERVICE_EDIT_COUNT; i++)
		strvec_each (value, &edits->given[i]) {
			const struct stack_edit edit = {rows[i].kind, rows[i].path, *value};

			if (stack_edit_service(model, service, &edit, 1, err) < 0)
				return -1;
		}
	return make_flags(edits, model, service, err);
}
