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
#include "compose/model/project.h"

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

/* What was printed, read again, prints the same. */
static void check_feedback(const struct project *project, enum project_format format)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf first = {0}, second = {0};
	struct project again;

	project_print(&first, project, format);
	if (load(&again, strbuf_text(&first), first.length, &arena) < 0)
		return;
	project_print(&second, &again, format);
	if (strcmp(strbuf_text(&first), strbuf_text(&second)) != 0) {
		fprintf(stderr, "first:\n%s\nsecond:\n%s\n", strbuf_text(&first),
			strbuf_text(&second));
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = {0};
	struct project project;
	char hash[65];

	log_set_sink(ignore, NULL);
	log_forget();
	if (size > 16384 || load(&project, data, size, &arena) < 0)
		return 0;
	for (size_t i = 0; i < project.services.count; i++)
		project_service_hash(hash, &project, &project.services.items[i]);
	check_feedback(&project, PROJECT_YAML);
	check_feedback(&project, PROJECT_JSON);
	return 0;
}
