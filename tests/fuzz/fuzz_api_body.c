/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_api_body.c - bodies of create (c), update (u) and network connect (n): what is
 * accepted is a container's configuration, and what is refused says why.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "api/config/config.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "tests/fuzz/json_tree.h"

static void drop(enum log_level level, const char *text, void *data)
{
	(void)level, (void)text, (void)data;
}

static void check(const struct container_config *config)
{
	for (size_t i = 0; i < config->mount_count; i++) {
		const struct container_mount *mount = &config->mounts[i];

		assert(mount->target[0] == '/');
		assert(mount->type != CONTAINER_MOUNT_BIND || mount->source[0] == '/');
	}
	for (size_t i = 0; i < config->port_count; i++)
		assert(config->ports[i].container_port && config->ports[i].protocol);
	for (size_t i = 0; i < config->endpoint_count; i++)
		assert(*config->endpoints[i].network);
	assert(!config->network_mode || !config->endpoint_count);
}

static void read_create(const json *body, struct arena *arena)
{
	/* There is no network but those that are there always. */
	struct engine engine = {
		.net = {.config_dirfd = -1, .run_dirfd = -1, .run_path = "/nowhere"}};
	auto_strvec struct strvec warnings = {0};
	struct container_config config;
	const struct config_reading reading = {&engine, &config, arena, &warnings};
	struct error err = {0};

	if (config_read(&reading, body, &err) == 0)
		check(&config);
	else
		assert(err.text[0]);
}

static void read_update(const json *body, struct arena *arena)
{
	struct spec_resources limits = {0};
	struct container_config config = {0};
	struct error err = {0};

	if (config_read_limits(&limits, body, arena, &err) < 0 ||
	    config_read_restart(&config, body, &err) < 0)
		assert(err.text[0]);
}

static void read_endpoint(const json *body, struct arena *arena)
{
	struct endpoint_request endpoint = {.network = "n"};
	struct error err = {0};

	if (config_read_endpoint(&endpoint, body, arena, &err) < 0)
		assert(err.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_arena struct arena arena = {0};
	auto_json json *body = NULL;

	if (length < 2)
		return 0;
	log_set_sink(drop, NULL);
	body = json_parse((const char *)bytes + 1, length - 1, "body", NULL);
	if (!json_is_object(body))
		return 0;
	if (bytes[0] == 'u')
		read_update(body, &arena);
	else if (bytes[0] == 'n')
		read_endpoint(body, &arena);
	else
		read_create(body, &arena);
	return 0;
}
