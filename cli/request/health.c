/* SPDX-License-Identifier: Apache-2.0 */
/* The health check: --health-… and --no-healthcheck. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/units.h"

static int set_time(int64_t *out, const char *name, const char *text, struct error *err)
{
	if (!text)
		return 0;
	if (units_parse_duration(out, text, err) < 0)
		return error_wrap(err, "invalid argument \"%s\" for \"--health-%s\" flag", text,
				  name);
	if (*out < 0)
		return error_set(err, ERROR_INVALID, "--health-%s cannot be negative", name);
	if (*out && *out < MILLISECOND)
		return error_set(err, ERROR_INVALID, "--health-%s cannot be less than 1ms", name);
	return 0;
}

static int set_retries(int *out, const char *text, struct error *err)
{
	int64_t number = 0;

	if (text && units_parse_int(&number, text, INT32_MIN, INT32_MAX, err) < 0)
		return error_wrap(err, "--health-retries");
	if (number < 0)
		return error_set(err, ERROR_INVALID, "--health-retries cannot be negative");
	*out = (int)number;
	return 0;
}

/* Without a command, the times are for the image's. */
int request_fill_health(struct request *request, struct error *err)
{
	static char none[] = "NONE", shell[] = "CMD-SHELL";
	const struct request_health *health = &request->options->health;
	struct image_healthcheck *check = &request->config->healthcheck;
	bool has_command = health->command && *health->command;
	char **test = arena_array(request->arena, 3, sizeof(*test));

	if (health->none && (has_command || health->interval || health->timeout ||
			     health->start_period || health->start_interval || health->retries))
		return error_set(err, ERROR_INVALID,
				 "--no-healthcheck conflicts with --health-* options");
	test[0] = health->none ? none : shell;
	test[1] = health->none ? NULL : arena_string(request->arena, health->command);
	check->test = health->none || has_command ? test : NULL;
	if (set_time(&check->interval_ns, "interval", health->interval, err) < 0 ||
	    set_time(&check->timeout_ns, "timeout", health->timeout, err) < 0 ||
	    set_time(&check->start_period_ns, "start-period", health->start_period, err) < 0 ||
	    set_time(&check->start_interval_ns, "start-interval", health->start_interval, err) < 0)
		return -1;
	return set_retries(&check->retries, health->retries, err);
}
