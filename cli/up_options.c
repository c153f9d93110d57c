/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_options.h"

#include "base/error.h"

#include <string.h>

int up_common_check(const struct up_common *common, struct error *err)
{
	if (common->force_recreate && common->no_recreate)
		return error_set(err, ERROR_INVALID,
				 "--force-recreate and --no-recreate are incompatible");
	if (common->renew_anon_volumes && common->no_recreate)
		return error_set(err, ERROR_INVALID,
				 "--renew-anon-volumes and --no-recreate are incompatible");
	if (common->always_recreate_deps && common->no_recreate)
		return error_set(err, ERROR_INVALID,
				 "--always-recreate-deps and --no-recreate are incompatible");
	if (!common->pull || strcmp(common->pull, "missing") == 0 ||
	    strcmp(common->pull, "never") == 0)
		return 0;
	if (strcmp(common->pull, "always") == 0 || strcmp(common->pull, "build") == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--pull %s is not available yet: load images with 'coracle load'",
				 common->pull);
	return error_set(err, ERROR_INVALID, "--pull must be always, missing or never, not '%s'",
			 common->pull);
}

int up_common_fill(struct invocation *invocation, const struct up_common *common,
		   struct apply_up *up, struct error *err)
{
	bool ignore = false;

	up->force_recreate = common->force_recreate;
	up->no_recreate = common->no_recreate;
	up->always_recreate_deps = common->always_recreate_deps;
	up->renew_anon_volumes = common->renew_anon_volumes;
	up->all_resources = invocation->globals->all_resources;
	up->remove_orphans = common->remove_orphans == 1;
	if (common->remove_orphans < 0 && globals_flag(&up->remove_orphans, invocation->project,
						       "COMPOSE_REMOVE_ORPHANS", err) < 0)
		return -1;
	if (globals_flag(&ignore, invocation->project, "COMPOSE_IGNORE_ORPHANS", err) < 0)
		return -1;
	if (ignore && up->remove_orphans)
		return error_set(err, ERROR_INVALID,
				 "COMPOSE_IGNORE_ORPHANS and --remove-orphans are incompatible");
	up->scale_count = common->scales.count;
	return invocation_scales(invocation, &common->scales, &up->scales, err);
}
