/* SPDX-License-Identifier: Apache-2.0 */
/* What a container may use beside the limits that can be changed later: block devices, shared
 * memory, how soon it is killed. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/limit_check.h"
#include "engine/spec_devices.h"

/* The kernel has neither since control groups of version 2. */
static int warn_of_missing(const struct request_options *options, struct error *err)
{
	int64_t swappiness = -1;

	if (limits_parse_number(&swappiness, "memory-swappiness", options->memory_swappiness, err) <
	    0)
		return -1;
	if (swappiness < -1 || swappiness > 100)
		return error_set(err, ERROR_INVALID,
				 "invalid value: %jd. Valid memory swappiness range is 0-100",
				 (intmax_t)swappiness);
	if (swappiness >= 0)
		log_warning("Your kernel does not support memory swappiness capabilities or the "
			    "cgroup is not mounted. Memory swappiness discarded.");
	if (options->oom_kill_disable)
		log_warning("Your kernel does not support OomKillDisable. OomKillDisable "
			    "discarded.");
	return 0;
}

static int fill_score(struct request *request, struct error *err)
{
	const char *text = request->options->oom_score_adj;
	int64_t score;

	if (!text)
		return 0;
	if (limits_parse_number(&score, "oom-score-adj", text, err) < 0 ||
	    limit_check_oom_score(score, err) < 0)
		return -1;
	request->config->has_oom_score_adj = true;
	request->config->oom_score_adj = (int)score;
	return 0;
}

int request_fill_limits(struct request *request, struct error *err)
{
	struct container_config *config = request->config;
	struct spec_resources *resources = &config->resources;
	const char *shm_size = request->options->shm_size;

	limits_warn(&request->options->limits);
	if (limits_fill(resources, &request->options->limits, err) < 0 ||
	    limits_parse_bytes(&config->shm_size, "shm-size", shm_size, err) < 0)
		return -1;
	if (request->options->limits.cpus)
		resources->cpu_period_us = 0; /* the usual one, for a number of processors */
	if (limit_settle(resources, config->shm_size, err) < 0 || fill_score(request, err) < 0)
		return -1;
	return warn_of_missing(request->options, err);
}

struct throttles {
	const char *option;
	const struct strvec *texts;
	struct spec_throttle **out;
	size_t *count;
	int (*parse)(int64_t *value, const char *text, struct error *err);
};

static int parse_weight(int64_t *value, const char *text, struct error *err)
{
	return units_parse_int(value, text, 10, 1000, err);
}

static int parse_rate(int64_t *value, const char *text, struct error *err)
{
	return units_parse_int(value, text, 0, INT64_MAX, err);
}

/* "PATH:VALUE" */
static int add_throttle(struct request *request, const struct throttles *list, const char *text,
			struct error *err)
{
	const char *colon = strrchr(text, ':');
	struct spec_throttle throttle;
	const char *path;
	int64_t value;

	if (!colon || colon == text)
		return error_set(err, ERROR_INVALID, "bad format: %s", text);
	path = arena_string_n(request->arena, text, (size_t)(colon - text));
	if (strncmp(path, "/dev/", 5) != 0)
		return error_set(err, ERROR_INVALID, "bad format for device path: %s", text);
	if (list->parse(&value, colon + 1, err) < 0 ||
	    spec_devices_find_block(&throttle, path, value, err) < 0)
		return -1;
	*list->out = arena_grow(request->arena, *list->out, *list->count, sizeof(**list->out));
	(*list->out)[(*list->count)++] = throttle;
	return 0;
}

int request_fill_blkio(struct request *request, struct error *err)
{
	const struct request_blkio *blkio = &request->options->blkio;
	struct spec_resources *to = &request->config->resources;
	const struct throttles lists[] = {
		{"blkio-weight-device", &blkio->weights, &to->io_weights, &to->io_weight_count,
		 parse_weight},
		{"device-read-bps", &blkio->read_bps, &to->read_bps, &to->read_bps_count,
		 units_parse_size},
		{"device-write-bps", &blkio->write_bps, &to->write_bps, &to->write_bps_count,
		 units_parse_size},
		{"device-read-iops", &blkio->read_iops, &to->read_iops, &to->read_iops_count,
		 parse_rate},
		{"device-write-iops", &blkio->write_iops, &to->write_iops, &to->write_iops_count,
		 parse_rate},
	};

	for (size_t i = 0; i < array_length(lists); i++)
		strvec_each (text, lists[i].texts)
			if (add_throttle(request, &lists[i], *text, err) < 0)
				return error_wrap(err, "invalid argument \"%s\" for \"--%s\" flag",
						  *text, lists[i].option);
	return 0;
}
