/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `resume`: after a reboot, what ran before runs again. Each project is started by a process of its
 * own, since one may wait long for the health of its services.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/invocation.h"
#include "cli/labelled_project.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "compose/apply/interruption.h"
#include "engine/container_resume.h"
#include "engine/labels.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct resume_options {
	bool quiet;
};

static const struct option_spec resume_options[] = {
	OPTION(BOOL, "quiet", 'q', resume_options, quiet, "Say only what fails"),
	{0},
};

/* The containers that should run again. */
static int choose(struct invocation *invocation, struct container_list *list, struct error *err)
{
	struct container *all;
	size_t count;

	if (container_list(invocation->engine, NULL, &all, &count, invocation->arena, err) < 0)
		return -1;
	*list = (struct container_list){arena_array(invocation->arena, count + 1, sizeof(*all)), 0};
	for (size_t i = 0; i < count; i++)
		if (container_resumes(invocation->engine, &all[i]))
			list->items[list->count++] = all[i];
	return 0;
}

static int resume_project(struct invocation *invocation, const char *name, struct error *err)
{
	struct apply apply;
	struct project project = {0};
	struct error reason = {0};

	invocation->project_name = name;
	apply = invocation_apply(invocation);
	if (invocation_lock(invocation, err) < 0)
		return -1;
	if (labelled_project_load(invocation, &apply.services, &project, &reason) == 0)
		apply.project = &project;
	else
		log_warning("%s; it is started by the labels of its containers, without the "
			    "contents of secrets and configs",
			    reason.text);
	return apply_resume(&apply, err);
}

static int run_child(struct invocation *invocation, const char *name)
{
	struct error err = {0};
	int result = resume_project(invocation, name, &err);

	if (result < 0 && err.code != ECANCELED) /* that is said once, for all */
		invocation_error(invocation, &err);
	invocation_end_progress(invocation);
	output_finish(NULL);
	return result < 0 ? 1 : 0;
}

static pid_t fork_project(struct invocation *invocation, const char *name, struct error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return error_errno(err, "cannot start a process for the project '%s'", name);
	if (pid == 0)
		_exit(run_child(invocation, name));
	return pid;
}

static bool is_first_of_project(const struct container_list *list, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		const char *other = labels_project(&list->items[i]);

		if (other && strcmp(other, labels_project(&list->items[at])) == 0)
			return false;
	}
	return true;
}

/* Those of no project: all at once, donors of namespaces first since they are older. */
static int resume_single(struct invocation *invocation, const struct container_list *list)
{
	int code = 0;

	for (size_t i = 0; i < list->count && !invocation_is_cancelled(invocation); i++) {
		const struct container *container = &list->items[i];
		struct error err = {0};

		if (labels_project(container))
			continue;
		if (invocation->globals->dry_run ||
		    container_start(invocation->engine, container->id, &err) == 0) {
			progress_event(
				&(struct apply_event){.kind = APPLY_DONE,
						      .object = arena_format(invocation->arena,
									     "Container %s",
									     container->name),
						      .action = "Started"},
				invocation->progress);
			continue;
		}
		error_wrap(&err, "container %s", container->name);
		invocation_error(invocation, &err);
		code = 1;
	}
	return code;
}

static int wait_all(const pid_t *pids, size_t count)
{
	int code = 0;

	for (size_t i = 0; i < count; i++) {
		if (process_reap(pids[i]) != 0)
			code = 1;
	}
	return code;
}

/* How far it has come, unless there is nothing left to go on with. */
static int interrupted(struct invocation *invocation, const struct container_list *list, int code,
		       struct error *err)
{
	size_t done = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct container container;

		if (container_find(invocation->engine, list->items[i].id, &container,
				   invocation->arena, NULL) < 0 ||
		    !container_resumes(invocation->engine, &container))
			done++;
	}
	return done == list->count
		       ? code
		       : interruption_count(done, list->count, "container", "started", err);
}

static int resume_run(struct invocation *invocation, struct error *err)
{
	const struct resume_options *options = invocation->options;
	struct container_list list;
	pid_t *pids;
	size_t count = 0;
	int code = 0;
	pid_t pid = 0;

	/* Several processes write: lines, not a block that each would redraw. */
	if (invocation_set_progress(invocation, options->quiet ? "quiet" : "plain", STDOUT_FILENO,
				    err) < 0 ||
	    choose(invocation, &list, err) < 0)
		return -1;
	pids = arena_array(invocation->arena, list.count + 1, sizeof(*pids));
	for (size_t i = 0; i < list.count && pid >= 0; i++) {
		if (!labels_project(&list.items[i]) || !is_first_of_project(&list, i))
			continue;
		pid = fork_project(invocation, labels_project(&list.items[i]), err);
		if (pid > 0)
			pids[count++] = pid;
	}
	code = resume_single(invocation, &list);
	code |= wait_all(pids, count);
	if (pid < 0)
		return -1;
	return invocation_is_cancelled(invocation) ? interrupted(invocation, &list, code, err)
						   : code;
}

const struct command cmd_resume = COMMAND(
	"resume", "", "Start what ran before a reboot, as restart policies say",
	EXAMPLE("--dry-run", "Say what would be started"), .needs = FOR_CONTAINERS | HAS_DRY_RUN,
	COMMAND_OPTIONS(resume_options, resume_options), .run = resume_run,
	.goes_on = "'coracle resume' goes on");
