/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs: the members of the body itself.
 */
#include "api/config/config.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/container.h"

#include <stdint.h>
#include <string.h>

static const struct config_member members[] = {
	{"Image", CONFIG_TEXT, offsetof(struct container_config, image)},
	{"Hostname", CONFIG_TEXT, offsetof(struct container_config, hostname)},
	{"Domainname", CONFIG_TEXT, offsetof(struct container_config, domainname)},
	{"User", CONFIG_TEXT, offsetof(struct container_config, user)},
	{"WorkingDir", CONFIG_TEXT, offsetof(struct container_config, working_dir)},
	{"StopSignal", CONFIG_TEXT, offsetof(struct container_config, stop_signal)},
	{"Tty", CONFIG_FLAG, offsetof(struct container_config, tty)},
	{"OpenStdin", CONFIG_FLAG, offsetof(struct container_config, stdin_open)},
	{"Env", CONFIG_LIST, offsetof(struct container_config, env)},
	{0},
};

/* A list, or one text that is its only item. One empty text takes the image's away. */
static int read_words(char ***out, json *value, const char *name, struct arena *arena,
		      struct error *err)
{
	if (json_is_string(value)) {
		char **words = arena_array(arena, 2, sizeof(*words));

		words[0] = arena_string(arena, json_object_get_string(value));
		words[1] = NULL;
		*out = words;
	} else if (config_read_list(out, value, name, arena, err) < 0) {
		return -1;
	}
	if (*out && !**out[0] && !(*out)[1])
		(*out)[0] = NULL;
	return 0;
}

/* The keys of {"80/tcp": {}}, as a vector. */
static char **keys(const json *object, struct arena *arena)
{
	size_t count = 0;
	char **names;

	if (!json_is_object(object) || !json_object_object_length(object))
		return NULL;
	names = arena_array(arena, (size_t)json_object_object_length(object) + 1, sizeof(*names));
	json_each (name, value, object) {
		(void)value;
		names[count++] = arena_string(arena, name);
	}
	names[count] = NULL;
	return names;
}

static int read_health(const struct config_reading *reading, const json *value, struct error *err)
{
	static const struct config_member times[] = {
		{"Interval", CONFIG_NUMBER, offsetof(struct image_healthcheck, interval_ns)},
		{"Timeout", CONFIG_NUMBER, offsetof(struct image_healthcheck, timeout_ns)},
		{"StartPeriod", CONFIG_NUMBER, offsetof(struct image_healthcheck, start_period_ns)},
		{"StartInterval", CONFIG_NUMBER,
		 offsetof(struct image_healthcheck, start_interval_ns)},
		{"Test", CONFIG_LIST, offsetof(struct image_healthcheck, test)},
		{0},
	};
	struct image_healthcheck *check = &reading->config->healthcheck;
	int64_t retries = json_int(value, "Retries", 0);

	if (config_read_members(check, times, value, reading->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int64_t ns = *(int64_t *)((char *)check + times[i].offset);

		if (ns && ns < MILLISECOND)
			return error_set(err, ERROR_INVALID,
					 "%s in Healthcheck cannot be less than 1ms",
					 times[i].name);
	}
	if (retries < 0 || retries > INT32_MAX)
		return error_set(err, ERROR_INVALID, "Retries in Healthcheck cannot be negative");
	check->retries = (int)retries;
	return 0;
}

static int read_stop_timeout(struct container_config *config, const json *body, struct error *err)
{
	int64_t seconds = json_int(body, "StopTimeout", INT64_MIN);

	if (seconds == INT64_MIN)
		return 0;
	if (seconds < -1 || seconds > INT32_MAX)
		return error_set(err, ERROR_INVALID, "invalid StopTimeout: %lld",
				 (long long)seconds);
	config->stop_timeout_ns = (seconds < 0 ? INT32_MAX : seconds) * SECOND;
	return 0;
}

static int check_env(char *const *env, struct error *err)
{
	for (; env && *env; env++)
		if (!**env || **env == '=')
			return error_set(err, ERROR_INVALID, "invalid environment variable: %s",
					 *env);
	return 0;
}

int config_read_process(const struct config_reading *reading, const json *body, struct error *err)
{
	struct container_config *config = reading->config;
	struct arena *arena = reading->arena;

	if (config_read_members(config, members, body, arena, err) < 0 ||
	    check_env(config->env, err) < 0 ||
	    read_words(&config->cmd, json_get(body, "Cmd"), "Cmd", arena, err) < 0 ||
	    read_words(&config->entrypoint, json_get(body, "Entrypoint"), "Entrypoint", arena,
		       err) < 0 ||
	    read_health(reading, json_get(body, "Healthcheck"), err) < 0)
		return -1;
	if (!config->image)
		return error_set(err, ERROR_INVALID, "no image was named: Image is empty");
	config->labels = pair_from_json(json_get(body, "Labels"), &config->label_count, arena);
	config->expose = keys(json_get(body, "ExposedPorts"), arena);
	return read_stop_timeout(config, body, err);
}
