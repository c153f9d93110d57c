/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_connect.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "engine/container_json.h"
#include "engine/container_store.h"
#include "engine/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A monitor that nobody can reach any more (its socket was deleted) is as good as a killed one, and
 * the next is easily had. */
static void kill_unreachable(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf arguments = {0};
	struct container_state state;
	struct process_id monitor = {0};
	auto_close int pidfd = -1;
	char path[40];

	container_state_load(engine, id, &state, &arena, NULL);
	if (state.status != CONTAINER_RUNNING && state.status != CONTAINER_PAUSED &&
	    state.status != CONTAINER_RESTARTING)
		return;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", state.monitor_pid);
	if (state.monitor_pid <= 0 || process_identify(&monitor, state.monitor_pid, NULL) < 0 ||
	    file_read(AT_FDCWD, path, 1 << 20, &arguments, NULL) < 0 ||
	    !memmem(arguments.text, arguments.length, id, strlen(id) + 1))
		return;
	pidfd = process_open(&monitor, NULL);
	if (pidfd < 0)
		return;
	log_warning("the monitor of container %.12s cannot be reached: replacing it", id);
	process_signal(pidfd, SIGKILL, NULL);
	process_wait_exit(pidfd, 1000, NULL);
	container_heal(engine, id);
}

int container_not_running(const char *id, struct error *err)
{
	error_set(err, ESRCH, "container %s is not running", id);
	return error_state(err, FACT_NOT_RUNNING, id, NULL);
}

int container_connect(struct engine *engine, const char *id, struct error *err)
{
	struct error reason;

	container_heal(engine, id);
	for (int attempt = 0; attempt < 1000; attempt++) {
		struct container_dirs dirs;
		int fd = -1;

		if (container_dirs_open(engine, id, &dirs, &reason) == 0) {
			fd = control_connect(dirs.run_fd, &reason);
			container_dirs_close(&dirs);
		}
		if (fd >= 0)
			return fd;
		if (reason.code != ENOENT && reason.code != ECONNREFUSED)
			return error_pass(err, &reason);
		if (!container_has_monitor(engine, id))
			return container_not_running(id, err);
		poll(NULL, 0, 10); /* it is being started or adopted, or is about to end */
		if (attempt == 300)
			kill_unreachable(engine, id);
	}
	return error_set(err, ERROR_BUSY,
			 "container %.12s is being started and does not get ready: try again", id);
}

/* One that is killed meanwhile has a successor, which reads it, too. */
int container_tell_changed(struct engine *engine, const char *id, struct error *err)
{
	struct control_message header = {.op = CONTROL_RELOAD};
	auto_free struct control_message *answer = alloc_bytes(sizeof(*answer));
	struct error reason = {0};
	auto_close int fd = container_connect(engine, id, &reason);
	int length;

	if (fd < 0)
		return reason.code == ESRCH ? 0 : error_pass(err, &reason);
	if (control_send(fd, &header, NULL, 0, NULL) < 0)
		return 0;
	length = control_receive(fd, answer, NULL);
	return length < 0 || answer->op != CONTROL_DONE ? 0
							: control_judge(answer, length, id, err);
}
