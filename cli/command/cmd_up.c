/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/strvec.h"
#include "cli/up_attached.h"
#include "cli/up_options.h"

struct up_options {
	struct up_common common;
	struct up_attached attached;
	bool detach, no_deps, no_start, wait;
	int menu;
	int64_t wait_timeout_ns;
};

#define AT(member) offsetof(struct up_options, member)

static const struct option_spec up_options[] = {
	{"abort-on-container-exit", 0, OPTION_BOOL, AT(attached.abort_on_exit),
	 "stop everything when a container ends", NULL, false},
	{"abort-on-container-failure", 0, OPTION_BOOL, AT(attached.abort_on_failure),
	 "stop everything when a container fails", NULL, false},
	{"always-recreate-deps", 0, OPTION_BOOL, AT(common.always_recreate_deps),
	 "recreate dependencies too", NULL, false},
	{"attach", 0, OPTION_LIST, AT(attached.attach), "show only these services", "SERVICE",
	 false},
	{"attach-dependencies", 0, OPTION_BOOL, AT(attached.attach_dependencies),
	 "show the output of dependencies too", NULL, false},
	{"build", 0, OPTION_UNAVAILABLE, 0, "images cannot be built", NULL, false},
	{"detach", 'd', OPTION_BOOL, AT(detach), "do not stay with the containers", NULL, false},
	{"exit-code-from", 0, OPTION_STRING, AT(attached.exit_code_from),
	 "exit with the code of this service", "SERVICE", false},
	{"force-recreate", 0, OPTION_BOOL, AT(common.force_recreate),
	 "recreate containers even if nothing changed", NULL, false},
	{"menu", 0, OPTION_TRISTATE, AT(menu), "keyboard shortcuts", NULL, true},
	{"no-attach", 0, OPTION_LIST, AT(attached.no_attach), "do not show these services",
	 "SERVICE", false},
	{"no-build", 0, OPTION_BOOL, AT(common.no_build),
	 "do not build an image, even if it is missing", NULL, false},
	{"no-color", 0, OPTION_BOOL, AT(attached.no_colour), "prefixes without colour", NULL,
	 false},
	{"no-deps", 0, OPTION_BOOL, AT(no_deps), "do not start dependencies", NULL, false},
	{"no-log-prefix", 0, OPTION_BOOL, AT(attached.no_prefix), "no prefixes", NULL, false},
	{"no-recreate", 0, OPTION_BOOL, AT(common.no_recreate),
	 "keep existing containers as they are", NULL, false},
	{"no-start", 0, OPTION_BOOL, AT(no_start), "create containers only", NULL, false},
	{"pull", 0, OPTION_STRING, AT(common.pull), "when to pull: always, missing or never",
	 "POLICY", false},
	{"quiet-build", 0, OPTION_BOOL, AT(common.quiet_build), "build without progress", NULL,
	 false},
	{"quiet-pull", 0, OPTION_BOOL, AT(common.quiet_pull), "pull without progress", NULL, false},
	{"remove-orphans", 0, OPTION_TRISTATE, AT(common.remove_orphans),
	 "remove containers of services that the compose file lacks", NULL, false},
	{"renew-anon-volumes", 'V', OPTION_BOOL, AT(common.renew_anon_volumes),
	 "new anonymous volumes for recreated containers", NULL, false},
	{"scale", 0, OPTION_SCALE, AT(common.scales), "number of replicas of a service", NULL,
	 false},
	{"timeout", 't', OPTION_SECONDS, AT(attached.timeout_ns),
	 "how long to wait before killing what is stopped", NULL, false},
	{"timestamps", 0, OPTION_BOOL, AT(attached.timestamps), "show the time of each line", NULL,
	 false},
	{"wait", 0, OPTION_BOOL, AT(wait), "wait until services are running or healthy; implies -d",
	 NULL, false},
	{"wait-timeout", 0, OPTION_SECONDS, AT(wait_timeout_ns), "how long to wait for that", NULL,
	 false},
	{"watch", 'w', OPTION_UNAVAILABLE, 0, "files cannot be watched", NULL, false},
	{"yes", 'y', OPTION_BOOL, AT(common.yes), "answer yes to every question", NULL, false},
	{0},
};

static int up_check(const void *data, struct error *err)
{
	const struct up_options *options = data;
	const struct up_attached *attached = &options->attached;
	bool aborts = attached->abort_on_exit || attached->abort_on_failure;

	if (options->menu == 1)
		return error_set(err, ERROR_UNSUPPORTED, "--menu is not available");
	if (up_common_check(&options->common, err) < 0)
		return -1;
	if (attached->abort_on_exit && attached->abort_on_failure)
		return error_set(err, ERROR_INVALID,
				 "--abort-on-container-exit and --abort-on-container-failure are "
				 "incompatible");
	if (attached->attach.count > 0 && attached->attach_dependencies)
		return error_set(err, ERROR_INVALID,
				 "--attach and --attach-dependencies are incompatible");
	if ((options->detach || options->wait) &&
	    (aborts || attached->exit_code_from || attached->attach.count > 0 ||
	     attached->attach_dependencies))
		return error_set(err, ERROR_INVALID,
				 "%s cannot be combined with --abort-on-container-exit, "
				 "--abort-on-container-failure, --exit-code-from, --attach or "
				 "--attach-dependencies",
				 options->wait ? "--wait" : "--detach");
	return 0;
}

/* Services that options name must exist before anything is started. */
static int check_names(const struct invocation *invocation, const struct up_attached *attached,
		       struct error *err)
{
	const struct strvec *lists[] = {&attached->attach, &attached->no_attach};
	const char *from = attached->exit_code_from;

	if (from && !project_find_service(invocation->project, from))
		return error_set(err, ERROR_NOT_FOUND, "no such service: %s", from);
	for (size_t i = 0; i < 2; i++)
		strvec_each (name, lists[i])
			if (!project_find_service(invocation->project, *name))
				return error_set(err, ERROR_NOT_FOUND, "no such service: %s",
						 *name);
	return 0;
}

static int up_run(struct invocation *invocation, struct error *err)
{
	struct up_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_up up = {
		.no_start = options->no_start,
		.no_deps = options->no_deps,
		.timeout_ns = options->attached.timeout_ns,
		.wait = options->wait,
		.wait_timeout_ns = options->wait_timeout_ns > 0 ? options->wait_timeout_ns : 0,
	};

	if (up_common_fill(invocation, &options->common, &up, err) < 0 ||
	    check_names(invocation, &options->attached, err) < 0)
		return -1;
	if (options->detach || options->wait || options->no_start || apply.dry_run)
		return apply_up(&apply, &up, err);
	return up_attached_run(invocation, &options->attached, &up, err);
}

const struct command cmd_up = {
	.name = "up",
	.usage = "[SERVICE...]",
	.help = "create and start what the compose file says",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_FILE | NEEDS_LOCK | SERVICE_ARGUMENTS |
		 HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct up_options),
	.options = up_options,
	.check = up_check,
	.run = up_run,
};
