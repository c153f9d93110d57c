/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands in running containers. What is known of one is a file beside the container's state
 * (RUN/containers/ID/exec.EXECID), so it outlives connections and goes with the container.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/config/config.h"
#include "api/failure.h"
#include "api/frames.h"
#include "api/request.h"
#include "api/session.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/attach.h"
#include "engine/container.h"
#include "engine/container_event.h"
#include "engine/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE    (sizeof("exec..on") + CONTAINER_ID_LENGTH)
#define UNKNOWN_CODE 255
#define KEPT_S	     300 /* after its end, as Docker */

/* One that is being looked at or run. */
struct command {
	struct request *request;
	struct container_exec exec;
	const char *id, *container_id;
	int run_fd; /* RUN/containers/ID */
	int on_fd;  /* exec.EXECID.on, which whoever runs it holds locked */
	json *record;
};

/* Written into exec.EXECID.on: who runs it, and which process of ours has its terminal's other
 * side. */
struct runner {
	struct process_id run, connection;
	int terminal_fd; /* of the connection; -1: it has none */
};

static const struct config_member members[] = {
	{"Cmd", CONFIG_LIST, offsetof(struct container_exec, args)},
	{"Env", CONFIG_LIST, offsetof(struct container_exec, env)},
	{"User", CONFIG_TEXT, offsetof(struct container_exec, user)},
	{"WorkingDir", CONFIG_TEXT, offsetof(struct container_exec, working_dir)},
	{"DetachKeys", CONFIG_TEXT, offsetof(struct container_exec, detach_keys)},
	{"Tty", CONFIG_FLAG, offsetof(struct container_exec, terminal)},
	{"Privileged", CONFIG_FLAG, offsetof(struct container_exec, privileged)},
	{0},
};

static void release(struct command *command)
{
	cleanup_close(&command->run_fd);
	cleanup_close(&command->on_fd);
	json_cleanup(&command->record);
}

static int save(const struct command *command, struct error *err)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "exec.%s", command->id);
	return json_save_volatile(command->run_fd, name, command->record, 0600, err);
}

static int open_run(const struct engine *engine, const char *id)
{
	return openat(engine->layout.run_containers_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Whose process was killed has no end on disk: nobody knows its code. */
static int settle(struct command *command, struct error *err)
{
	char name[NAME_SIZE];
	auto_close int fd = -1;

	if (!json_flag(command->record, "Running", false) ||
	    json_flag(command->record, "IsLeft", false))
		return 0;
	snprintf(name, sizeof(name), "exec.%s.on", command->id);
	fd = openat(command->run_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
		return 0;
	/* It may have ended since. */
	json_cleanup(&command->record);
	snprintf(name, sizeof(name), "exec.%s", command->id);
	command->record = json_load(command->run_fd, name, err);
	if (!command->record)
		return -1;
	if (!json_flag(command->record, "Running", false))
		return 0;
	json_set_bool(command->record, "Running", false);
	json_set_int(command->record, "ExitCode", UNKNOWN_CODE);
	return save(command, err);
}

/* Which container it is of: the one that has a record of it. */
static int find(struct command *command, struct error *err)
{
	struct request *request = command->request;
	int fd = dup(request->engine->layout.run_containers_fd);
	auto_closedir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char name[NAME_SIZE];

	command->id = request->name;
	snprintf(name, sizeof(name), "exec.%.64s", command->id);
	if (directory)
		rewinddir(directory);
	while (directory && container_is_id(command->id) && (entry = readdir(directory))) {
		auto_close int run_fd = -1;

		if (!container_is_id(entry->d_name))
			continue;
		run_fd = open_run(request->engine, entry->d_name);
		if (run_fd < 0 || faccessat(run_fd, name, F_OK, 0) < 0)
			continue;
		command->record = json_load(run_fd, name, err);
		if (!command->record)
			return -1;
		command->container_id = arena_string(&request->arena, entry->d_name);
		command->run_fd = take_fd(&run_fd);
		if (settle(command, err) < 0)
			return -1;
		return config_read_members(&command->exec, members,
					   json_get(command->record, "Body"), &request->arena, err);
	}
	return error_set(err, ERROR_NOT_FOUND, "No such exec instance: %s", command->id);
}

/* ---- create ---- */

/* @called: as the client names the container. */
static int check(const struct container *container, const char *called,
		 const struct container_exec *exec, struct error *err)
{
	if (!exec->args)
		return error_set(err, ERROR_INVALID, "No exec command specified");
	if (container->state.status == CONTAINER_PAUSED) {
		error_set(err, ERROR_CONFLICT, "container %s is paused", container->name);
		return error_state(err, FACT_PAUSED, called, NULL);
	}
	if (!container_is_live(container)) {
		error_set(err, ERROR_CONFLICT, "container %s is not running", container->name);
		return error_state(err, FACT_NOT_RUNNING, container->id, NULL);
	}
	return exec->detach_keys ? attach_check_keys(exec->detach_keys, err) : 0;
}

/* Those that have ended long ago: a client may make one every few seconds for as long as the
 * container runs. */
static void sweep(int run_fd)
{
	int fd = dup(run_fd);
	auto_closedir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (directory)
		rewinddir(directory);
	while (directory && (entry = readdir(directory))) {
		auto_json json *record = NULL;
		char mark[NAME_SIZE];
		struct stat status;

		if (strncmp(entry->d_name, "exec.", 5) != 0 ||
		    !container_is_id(entry->d_name + 5) ||
		    fstatat(run_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    time(NULL) - status.st_mtime < KEPT_S)
			continue;
		record = json_load(run_fd, entry->d_name, NULL);
		if (!json_get(record, "ExitCode"))
			continue;
		snprintf(mark, sizeof(mark), "%.69s.on", entry->d_name);
		unlinkat(run_fd, mark, 0);
		unlinkat(run_fd, entry->d_name, 0);
	}
}

static int make_record(struct command *command, json *body, struct error *err)
{
	command->run_fd = open_run(command->request->engine, command->container_id);
	if (command->run_fd < 0)
		return error_errno(err, "cannot open the directory of container %.12s",
				   command->container_id);
	sweep(command->run_fd);
	command->record = json_new_object();
	json_set(command->record, "Body", json_object_get(body));
	json_set_bool(command->record, "Running", false);
	json_set(command->record, "ExitCode", NULL);
	return save(command, err);
}

int endpoint_exec_create(struct request *request, struct error *err)
{
	struct command command = {.request = request, .run_fd = -1, .on_fd = -1};
	auto_json json *body = NULL;
	struct container container;
	char id[CONTAINER_ID_LENGTH + 1];
	json *document;
	int result;

	if (request_json(request, &body, err) < 0 ||
	    config_read_members(&command.exec, members, body, &request->arena, err) < 0 ||
	    request_container(request, &container, err) < 0 ||
	    check(&container, request->name, &command.exec, err) < 0)
		return -1;
	units_random_hex(id, CONTAINER_ID_LENGTH / 2);
	command.id = id;
	command.container_id = container.id;
	result = make_record(&command, body, err);
	release(&command);
	if (result < 0)
		return -1;
	container_event_exec(&container, "exec_create", command.exec.args, id);
	document = json_new_object();
	json_set_string(document, "Id", id);
	answer_json(request, 201, document);
	return 0;
}

/* ---- start ---- */

/* What keeps a command from starting is said where its output goes. */
static void tell_failure(int fd, const struct error *reason)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, "OCI runtime exec failed: exec failed: ");
	if (!failure_execution(&text, reason))
		strbuf_printf(&text, "%s: unknown", reason->text);
	strbuf_add(&text, "\r\n");
	file_write_all(fd, text.text, text.length, NULL);
}

/* In a process of its own. Its end is on disk before anybody can hear of it. */
static int run(const int fds[3], void *data)
{
	struct command *command = data;
	struct error reason = {0};
	int code;

	memcpy(command->exec.stdio_fds, fds, sizeof(command->exec.stdio_fds));
	command->exec.id = command->id;
	code = container_exec(command->request->engine, command->container_id, &command->exec,
			      &reason);
	if (code < 0 || code == 126 || code == 127) {
		if (reason.code)
			tell_failure(fds[1], &reason);
		code = code < 0 ? 126 : code;
	}
	if (code == CONTAINER_EXEC_DETACHED) { /* it runs on, and nobody sees its end */
		json_set_bool(command->record, "IsLeft", true);
	} else {
		json_set_bool(command->record, "Running", false);
		json_set_int(command->record, "ExitCode", code);
	}
	save(command, NULL);
	return 0;
}

static void note_process(pid_t pid, int terminal_fd, void *data)
{
	const struct command *command = data;
	struct runner runner;
	char text[128];

	if (process_identify(&runner.run, pid, NULL) < 0 ||
	    process_identify(&runner.connection, getpid(), NULL) < 0)
		return;
	snprintf(text, sizeof(text), "%d %" PRIu64 " %d %" PRIu64 " %d\n", runner.run.pid,
		 runner.run.start_time, runner.connection.pid, runner.connection.start_time,
		 terminal_fd);
	file_write_all(command->on_fd, text, strlen(text), NULL);
}

static int find_runner(const struct command *command, struct runner *runner, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "exec.%s.on", command->id);
	if (json_flag(command->record, "Running", false) &&
	    file_read(command->run_fd, name, 256, &text, NULL) == 0 &&
	    sscanf(strbuf_text(&text), "%d %" SCNu64 " %d %" SCNu64 " %d", &runner->run.pid,
		   &runner->run.start_time, &runner->connection.pid, &runner->connection.start_time,
		   &runner->terminal_fd) == 5)
		return 0;
	return error_set(err, ERROR_CONFLICT, "exec command %s is not running", command->id);
}

/* Once, whoever comes first. */
static int claim(struct command *command, struct error *err)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "exec.%s.on", command->id);
	command->on_fd = openat(command->run_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (command->on_fd < 0 && errno == EEXIST)
		return error_set(err, ERROR_CONFLICT, "exec command %s %s", command->id,
				 json_flag(command->record, "Running", false) ? "is already running"
									      : "has already run");
	if (command->on_fd < 0 || flock(command->on_fd, LOCK_EX) < 0)
		return error_errno(err, "cannot begin the exec command");
	json_set_bool(command->record, "Running", true);
	return save(command, err);
}

static void set_size(struct command *command, const json *body)
{
	json *size = json_get(body, "ConsoleSize");

	if (json_length(size) != 2)
		size = json_path(command->record, "Body", "ConsoleSize", NULL);
	if (json_length(size) == 2) {
		json_set_int(command->record, "Rows", json_object_get_int(json_at(size, 0)));
		json_set_int(command->record, "Columns", json_object_get_int(json_at(size, 1)));
	}
}

static int begin(struct command *command, struct session *session, const json *body,
		 struct error *err)
{
	struct request *request = command->request;
	const json *wishes = json_get(command->record, "Body");
	struct container container;

	if (container_find_healed(request->engine, command->container_id, &container,
				  &request->arena, err) < 0 ||
	    check(&container, container.id, &command->exec, err) < 0 || claim(command, err) < 0)
		return -1;
	/* What is sent in frames is asked for here; what has a terminal was when it was made. */
	session->is_raw = json_flag(body, "Tty", false);
	session->has_terminal = command->exec.terminal;
	session->takes_input = json_flag(wishes, "AttachStdin", false);
	set_size(command, body);
	if (json_flag(body, "Detach", false)) {
		session->raw.fd = -1;
		if (session_run_alone(session, err) < 0)
			return -1;
		answer_empty(request, 200);
		return 0;
	}
	if (answer_hijack(request, frames_type(request, session->is_raw), &session->raw) < 0)
		return 0;
	session->rows = (unsigned short)json_int(command->record, "Rows", 0);
	session->columns = (unsigned short)json_int(command->record, "Columns", 0);
	return session_run(session, err);
}

int endpoint_exec_start(struct request *request, struct error *err)
{
	struct command command = {.request = request, .run_fd = -1, .on_fd = -1};
	struct session session = {
		.request = request, .run = run, .started = note_process, .data = &command};
	auto_json json *body = NULL;
	int result = request_json(request, &body, err);

	if (result == 0)
		result = find(&command, err);
	if (result == 0)
		result = begin(&command, &session, body, err);
	release(&command);
	return result;
}

/* ---- resize ---- */

/* Our side of its terminal has the size; who runs the command gives it to the container's. */
static int resize(struct command *command, const struct winsize *size, struct error *err)
{
	struct runner runner;
	auto_close int connection = -1, run = -1, terminal = -1;

	if (find(command, err) < 0 || find_runner(command, &runner, err) < 0)
		return -1;
	if (runner.terminal_fd < 0)
		return error_set(err, ERROR_CONFLICT, "exec command %s has no terminal",
				 command->id);
	connection = process_open(&runner.connection, err);
	run = connection < 0 ? -1 : process_open(&runner.run, err);
	if (run < 0)
		return error_set(err, ERROR_CONFLICT, "nobody sees exec command %s any more",
				 command->id);
	terminal = (int)syscall(SYS_pidfd_getfd, connection, runner.terminal_fd, 0);
	if (terminal < 0 || ioctl(terminal, TIOCSWINSZ, size) < 0)
		return error_errno(err, "cannot resize the terminal of exec command %s",
				   command->id);
	return process_signal(run, SIGWINCH, err);
}

int endpoint_exec_resize(struct request *request, struct error *err)
{
	struct command command = {.request = request, .run_fd = -1, .on_fd = -1};
	struct winsize size = {0};
	int result = request_size(request, &size.ws_row, &size.ws_col, err);

	if (result == 0)
		result = resize(&command, &size, err);
	release(&command);
	if (result == 0)
		answer_empty(request, 200);
	return result;
}

/* ---- inspect ---- */

/* The only child of who runs it; 0: it does not run, or nobody sees it. */
static pid_t find_process(const struct command *command)
{
	auto_strbuf struct strbuf children = {0};
	struct runner runner;
	char path[64];

	if (find_runner(command, &runner, NULL) < 0 || !process_is_alive(&runner.run))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", runner.run.pid, runner.run.pid);
	if (file_read(AT_FDCWD, path, 4096, &children, NULL) < 0)
		return 0;
	return (pid_t)strtol(strbuf_text(&children), NULL, 10);
}

static json *describe_process(const struct command *command)
{
	const struct container_exec *exec = &command->exec;
	json *value = json_new_object();

	json_set_bool(value, "tty", exec->terminal);
	json_set_string(value, "entrypoint", exec->args ? exec->args[0] : "");
	json_set(value, "arguments", json_from_strings(exec->args ? exec->args + 1 : NULL));
	json_set_bool(value, "privileged", exec->privileged);
	json_set_string(value, "user", exec->user);
	return value;
}

int endpoint_exec_inspect(struct request *request, struct error *err)
{
	struct command command = {.request = request, .run_fd = -1, .on_fd = -1};
	const json *body;
	json *document;

	if (find(&command, err) < 0) {
		release(&command);
		return -1;
	}
	body = json_get(command.record, "Body");
	document = json_new_object();
	json_set_string(document, "ID", command.id);
	json_set_string(document, "ContainerID", command.container_id);
	json_set_bool(document, "Running", json_flag(command.record, "Running", false));
	json_set(document, "ExitCode", json_object_get(json_get(command.record, "ExitCode")));
	json_set_int(document, "Pid", find_process(&command));
	json_set_bool(document, "OpenStdin", json_flag(body, "AttachStdin", false));
	json_set_bool(document, "OpenStdout", json_flag(body, "AttachStdout", false));
	json_set_bool(document, "OpenStderr", json_flag(body, "AttachStderr", false));
	json_set_bool(document, "CanRemove", false);
	json_set_string(document, "DetachKeys", json_string(body, "DetachKeys", ""));
	json_set(document, "ProcessConfig", describe_process(&command));
	answer_json(request, 200, document);
	release(&command);
	return 0;
}
