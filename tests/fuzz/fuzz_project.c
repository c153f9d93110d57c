/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a compose file, through the whole loader. What loads is printed, loaded again, and
 * must then print the same.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "compose/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int load(struct project *project, const void *text, size_t length, struct arena *arena)
{
	static char *environment[] = {(char *)"HOME=/home/fuzz", (char *)"A=1", (char *)"B=", NULL};
	char path[64], *files[] = {path, NULL};
	char *env_files[] = {(char *)"/dev/null", NULL};
	const struct project_request request = {.files = files,
						.env_files = env_files,
						.environment = environment,
						.name = "fuzz",
						.directory = "/nonexistent",
						.no_env_resolution = true};
	auto_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	auto_strbuf struct strbuf problems = {0};
	struct error err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		abort();
	return project_load(project, &request, arena, &problems, &err);
}

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf first = {0}, second = {0}, json = {0};
	struct project project, again;
	char hash[65];

	log_set_sink(ignore, NULL);
	log_forget();
	if (size > 16384 || load(&project, data, size, &arena) < 0)
		return 0;
	project_print(&first, &project, PROJECT_YAML);
	project_print(&json, &project, PROJECT_JSON);
	for (size_t i = 0; i < project.services.count; i++)
		project_service_hash(hash, &project, &project.services.items[i]);
	if (load(&again, strbuf_text(&first), first.length, &arena) < 0)
		return 0;
	project_print(&second, &again, PROJECT_YAML);
	if (strcmp(strbuf_text(&first), strbuf_text(&second)) != 0) {
		fprintf(stderr, "first:\n%s\nsecond:\n%s\n", strbuf_text(&first),
			strbuf_text(&second));
		abort();
	}
	return 0;
}
