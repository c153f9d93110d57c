/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session_info.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/session.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/screen/output.h"
#include "runtime/spawn.h"
#include "storage/cover.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCKERS "WARNING: " /* before its own, which need no second one */

static void set_number(json *object, const char *name, rlim_t value)
{
	json_set_int(object, name, value == RLIM_INFINITY ? -1 : (int64_t)value);
}

static void add_limits(json *info)
{
	json *list = json_new_object();
	size_t count;
	const struct session_limit *limits = session_limits(&count);

	for (size_t i = 0; i < count; i++) {
		json *limit = json_new_object();
		struct rlimit now = {0};

		getrlimit((__rlimit_resource_t)limits[i].resource, &now);
		json_set_string(limit, "Name", limits[i].name);
		set_number(limit, "Hard", now.rlim_max);
		set_number(limit, "Soft", now.rlim_cur);
		json_set(list, limits[i].name, limit);
	}
	json_set(info, "DefaultUlimits", list);
}

/* A child goes where a keeper would, and waits until it has been looked at. */
static void add_cgroup(json *info)
{
	auto_strbuf struct strbuf text = {0};
	int pipe_fds[2];
	char path[40], *line;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return;
	pid = spawn_fork();
	if (pid == 0) {
		close(pipe_fds[1]);
		_exit(read(pipe_fds[0], path, 1) != 0);
	}
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (pid > 0 && file_read(AT_FDCWD, path, 65536, &text, NULL) == 0 &&
	    (line = strstr(strbuf_text(&text), "0::"))) {
		line[strcspn(line, "\n")] = '\0';
		json_set_string(info, "MonitorCgroup", line + 3);
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

void session_info_add(json *info, const struct layout *layout)
{
	auto_strvec struct strvec problems = {0};
	auto_strbuf struct strbuf cover = {0};

	session_try(&problems);
	add_limits(info);
	add_cgroup(info);
	if (cover_describe(layout, &cover))
		strvec_add(&problems, strbuf_text(&cover));
	if (!json_get(info, "Warnings"))
		json_set(info, "Warnings", json_new_array());
	strvec_each (problem, &problems)
		json_add_string(json_get(info, "Warnings"), *problem);
}

static void add_value(struct strbuf *text, int64_t value)
{
	if (value < 0)
		strbuf_add(text, "unlimited");
	else
		strbuf_printf(text, "%lld", (long long)value);
}

/* "nofile=1048576 stack=8388608:unlimited" */
void session_info_print(const json *info)
{
	auto_strbuf struct strbuf text = {0};
	json *warnings = json_get(info, "Warnings");

	json_each (name, limit, json_get(info, "DefaultUlimits")) {
		int64_t soft = json_int(limit, "Soft", -1), hard = json_int(limit, "Hard", -1);

		strbuf_printf(&text, " %s=", name);
		add_value(&text, soft);
		if (hard != soft) {
			strbuf_add_char(&text, ':');
			add_value(&text, hard);
		}
	}
	output_printf("Default Ulimits:%s\n", strbuf_text(&text));
	for (size_t i = 0; i < json_length(warnings); i++) {
		const char *warning = json_string_at(warnings, i);
		bool is_dockers = strncmp(warning, DOCKERS, strlen(DOCKERS)) == 0;

		log_warning("%s", warning + (is_dockers ? strlen(DOCKERS) : 0));
	}
}
