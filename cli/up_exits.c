/* SPDX-License-Identifier: Apache-2.0 */
/* What the end of a container means for an attached `up`, and the code it ends with. */
#include "base/error.h"
#include "base/units.h"
#include "cli/up_attached_private.h"
#include "engine/labels.h"

#include <string.h>

/* Is this the successful end that another service waits for? */
static bool is_job(const struct attached *attached, const char *service)
{
	const struct project *project = attached->invocation->project;

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *other = &project->services.items[i];

		for (size_t j = 0; j < other->depends_on.count; j++)
			if (strcmp(other->depends_on.items[j].service, service) == 0 &&
			    other->depends_on.items[j].condition ==
				    CONDITION_COMPLETED_SUCCESSFULLY)
				return true;
	}
	return false;
}

/* A job whose end others wait for ends nothing where the code of one of them is asked for. */
static bool is_reason_to_stop(const struct attached *attached, const struct container *container)
{
	const struct up_attached *options = attached->options;

	if (container->state.exit_code != 0)
		return attached->aborts_on_exit || options->abort_on_failure;
	return attached->aborts_on_exit &&
	       !(options->exit_code_from && is_job(attached, labels_service(container)));
}

bool up_exits_end_all(struct attached *attached, const struct container *container)
{
	struct timespec ended = {0};

	if (attached->is_stopping && !attached->ended.tv_sec) /* for another reason */
		return false;
	if (!is_reason_to_stop(attached, container) || !container->state.finished_at ||
	    units_parse_time(&ended, container->state.finished_at, NULL) < 0)
		return false;
	if (!attached->ended.tv_sec || units_is_earlier(&ended, &attached->ended)) {
		attached->code = container->state.exit_code;
		attached->ended = ended;
	}
	return true;
}

int up_exits_code(struct attached *attached, struct error *err)
{
	const char *from = attached->options->exit_code_from;
	struct container_choice choice = {.service = from};
	struct container container;
	int code = attached->is_interrupted ? CODE_INTERRUPTED : attached->code;
	bool is_known = false;

	if (from) {
		int found = invocation_choose(attached->invocation, &choice, &container, err);

		if (found < 0 && !attached->has_failed)
			return -1;
		is_known = found == 0 && container.state.started_at;
		code = is_known ? container.state.exit_code : 0;
	}
	if (attached->has_failed && code != 0)
		invocation_error(attached->invocation, &attached->start_err);
	if (!attached->has_failed || code != 0)
		return code;
	return error_pass(err, &attached->start_err);
}
