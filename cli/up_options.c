/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_options.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/question.h"
#include "cli/screen/filter.h"
#include "cli/screen/terminal.h"

#include <string.h>
#include <unistd.h>

int up_check_pull(const char *policy, struct error *err)
{
	return policy && apply_check_pull_policy(policy, err) < 0 ? error_wrap(err, "--pull") : 0;
}

int up_common_check(const struct up_common *common, struct error *err)
{
	if (common->build && common->no_build)
		return error_set(err, ERROR_INVALID, "--build and --no-build are incompatible");
	if (common->force_recreate && common->no_recreate)
		return error_set(err, ERROR_INVALID,
				 "--force-recreate and --no-recreate are incompatible");
	if (common->renew_anon_volumes && common->no_recreate)
		return error_set(err, ERROR_INVALID,
				 "--renew-anon-volumes and --no-recreate are incompatible");
	if (common->always_recreate_deps && common->no_recreate)
		return error_set(err, ERROR_INVALID,
				 "--always-recreate-deps and --no-recreate are incompatible");
	return up_check_pull(common->pull, err);
}

static bool say_yes(const char *question, void *data)
{
	(void)question;
	(void)data;
	return true;
}

static bool ask(const char *question, void *data)
{
	auto_strbuf struct strbuf text = {0};

	invocation_end_progress(data);
	filter_text(&text, question, strlen(question));
	strbuf_add(&text, " [y/N] ");
	return question_ask(strbuf_text(&text));
}

int up_common_fill(struct invocation *invocation, const struct up_common *common,
		   struct apply_up *up, struct error *err)
{
	bool ignore = false;

	up->force_recreate = common->force_recreate;
	up->confirm = common->yes ? say_yes : isatty(STDIN_FILENO) ? ask : NULL;
	up->confirm_data = invocation;
	if (invocation->globals->dry_run && !common->yes)
		up->confirm = NULL;
	up->no_recreate = common->no_recreate;
	up->always_recreate_deps = common->always_recreate_deps;
	up->renew_anon_volumes = common->renew_anon_volumes;
	up->all_resources = invocation->globals->all_resources;
	up->remove_orphans = common->remove_orphans == 1;
	up->pull = common->pull;
	up->quiet_pull = common->quiet_pull;
	up->builds = common->build;
	up->no_build = common->no_build;
	up->quiet_build = common->quiet_build;
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
