/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_request.c - the command line of `container run`, a word a line: what is accepted
 * is a container's configuration, and what is refused says why.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/request/request.h"
#include "cli/request/rows.h"
#include "engine/container.h"

#define MOST_WORDS 32

struct fuzz_options {
	struct request_options request;
};

static const struct option_spec rows[] = {
	LIMIT_ROWS_CPU(fuzz_options, request.limits),
	LIMIT_ROWS_MEMORY(fuzz_options, request.limits),
	REQUEST_HEALTH(fuzz_options, request.health),
	REQUEST_COMMON(fuzz_options, request),
	REQUEST_CONTAINER(fuzz_options, request),
	{0},
};

static void drop(enum log_level level, const char *text, void *data)
{
	(void)level, (void)text, (void)data;
}

static void check(const struct container_config *config)
{
	for (size_t i = 0; i < config->mount_count; i++) {
		assert(config->mounts[i].target[0] == '/');
		assert(config->mounts[i].type != CONTAINER_MOUNT_BIND ||
		       config->mounts[i].source[0] == '/');
	}
	for (size_t i = 0; i < config->port_count; i++)
		assert(config->ports[i].container_port && config->ports[i].protocol);
	for (size_t i = 0; i < config->endpoint_count; i++)
		assert(*config->endpoints[i].network);
	assert(!config->network_mode || !config->endpoint_count);
}

/* Files of the machine that runs this are not read. */
static bool names_file(char *const *words)
{
	for (; *words; words++)
		if (strncmp(*words, "--env-file", 10) == 0 ||
		    strncmp(*words, "--label-file", 12) == 0 || strstr(*words, "seccomp"))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	char *words[MOST_WORDS + 1] = {NULL}, *rest = text;
	struct fuzz_options options = {0};
	struct option_set sets[] = {{rows, &options}, {0}};
	auto_strvec struct strvec arguments = {0};
	auto_arena struct arena arena = {0};
	struct container_config config;
	struct error err = {0};

	for (size_t i = 0; rest && i < MOST_WORDS; i++)
		words[i] = strsep(&rest, "\n");
	if (names_file(words))
		return 0;
	log_set_sink(drop, NULL);
	options_init(&sets[0]);
	if (options_parse(sets, OPTIONS_FIRST, words, &arguments, &err) == 0) {
		if (request_fill(&config, &options.request, &arena, &err) == 0)
			check(&config);
		else
			assert(err.text[0]);
	}
	options_release(&sets[0]);
	return 0;
}
