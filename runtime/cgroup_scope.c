/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_scope.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "runtime/cgroup.h"
#include "runtime/cgroup_properties.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long systemd may take: it may be at work with a thousand units. */
#define PATIENCE_MS 30000
#define STAND_IN    "/bin/cat"
/* systemctl's exit code for a unit that is not there. */
#define NOT_LOADED 5

/* No paths, no settings of the caller's. */
static char english[] = "LC_ALL=C";
static char *const environment[] = {english, NULL};

/* ---- names ----------------------------------------------------------------------------------- */

/* As systemd has them, so that no pattern can be meant, and nothing is quoted. */
static bool is_unit_name(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	if (length <= end || length > 255 || strcmp(name + length - end, suffix) != 0)
		return false;
	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr(":-_.\\", *at))
			return false;
	return true;
}

static int split(char **slice, char **name, const char *text, struct error *err)
{
	const char *prefix = strchr(text, ':');
	const char *last = prefix ? strchr(prefix + 1, ':') : NULL;

	if (!last || strchr(last + 1, ':') || !last[1])
		return error_set(err, ERROR_INVALID,
				 "with systemd cgroupsPath is 'SLICE:PREFIX:NAME', and not '%s'",
				 text);
	*slice = prefix > text ? alloc_format("%.*s", (int)(prefix - text), text)
			       : alloc_string("system.slice");
	*name = last > prefix + 1 ? alloc_format("%.*s-%s.scope", (int)(last - prefix - 1),
						 prefix + 1, last + 1)
				  : alloc_format("%s.scope", last + 1);
	return 0;
}

int cgroup_scope_parse(char **slice, char **name, const char *cgroups_path, const char *id,
		       struct error *err)
{
	auto_free char *its_slice = NULL, *its_name = NULL;

	if (!cgroups_path || !*cgroups_path) {
		its_slice = alloc_string("system.slice");
		its_name = alloc_format("coracle-%s.scope", id);
	} else if (split(&its_slice, &its_name, cgroups_path, err) < 0) {
		return -1;
	}
	if (!is_unit_name(its_slice, ".slice"))
		return error_set(err, ERROR_INVALID, "'%s' is not the name of a slice of systemd's",
				 its_slice);
	if (!is_unit_name(its_name, ".scope"))
		return error_set(err, ERROR_INVALID, "'%s' is not the name of a scope of systemd's",
				 its_name);
	*slice = take_ptr(its_slice);
	*name = take_ptr(its_name);
	return 0;
}

/* Its process 1 has to be ours, or a number of ours would be somebody else's to it. */
int cgroup_scope_check(struct error *err)
{
	auto_strbuf struct strbuf first = {0};

	if (access("/run/systemd/system", F_OK) < 0 ||
	    file_read(AT_FDCWD, "/proc/1/comm", 64, &first, NULL) < 0 ||
	    strcmp(strbuf_text(&first), "systemd\n") != 0)
		return error_set(
			err, ERROR_UNSUPPORTED,
			"systemd cannot make the cgroup: it does not run on this host; leave "
			"--systemd-cgroup away");
	return 0;
}

/* ---- systemctl ------------------------------------------------------------------------------- */

static _Noreturn void run_child(char *const *argv, const int fds[3])
{
	process_reset_children();
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(126);
	process_close_from(3);
	execve(argv[0], argv, environment);
	dprintf(STDERR_FILENO, "cannot execute %s: %s", argv[0], error_strerror(errno));
	_exit(127);
}

/* What a program has said, as one line. */
static char *read_words(int fd)
{
	char text[400];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = ' ';
	while (n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
	return alloc_string(*text ? text : "it does not say why");
}

static int systemctl(struct strvec *arguments, char **words, struct error *err)
{
	auto_free char *program = process_find_program(NULL, "systemctl");
	auto_close int input = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int output = memfd_create("systemctl", MFD_CLOEXEC);
	auto_strvec struct strvec argv = {0};
	int code;
	pid_t pid;

	if (!program)
		return error_set(err, ERROR_UNSUPPORTED, "there is no systemctl in /usr/bin");
	strvec_add(&argv, program);
	strvec_add_all(&argv, arguments->items);
	pid = input < 0 || output < 0 ? -1 : fork();
	if (pid < 0)
		return error_errno(err, "cannot run %s", program);
	if (pid == 0)
		run_child(argv.items, (int[3]){input, output, output});
	code = process_reap(pid);
	if (words)
		*words = read_words(output);
	return code;
}

static int command_unit(const char *verb, const char *name, char **words, struct error *err)
{
	auto_strvec struct strvec arguments = {0};

	strvec_add(&arguments, "--quiet");
	strvec_add(&arguments, verb);
	strvec_add(&arguments, "--");
	strvec_add(&arguments, name);
	return systemctl(&arguments, words, err);
}

/* "systemd 252 (252.38-1)"; -1 when it does not say. */
static int ask_version(void)
{
	auto_strvec struct strvec arguments = {0};
	auto_free char *words = NULL;
	int version;

	strvec_add(&arguments, "--version");
	if (systemctl(&arguments, &words, NULL) != 0 || sscanf(words, "systemd %d", &version) != 1)
		return -1;
	return version;
}

static void add_limits(struct strvec *properties, const struct spec_resources *resources,
		       bool is_new)
{
	int version = cgroup_properties_need_version(resources) ? ask_version() : -1;

	cgroup_properties_add(properties, resources, is_new, version);
}

/* ---- a new one ------------------------------------------------------------------------------- */

static int describe(struct strvec *argv, const struct cgroup_scope_request *request,
		    struct error *err)
{
	/* Dependencies by default would end it when the machine goes down, before whoever has
	 * started it could. */
	static const char *const fixed[] = {
		"Delegate=yes",	     "DefaultDependencies=no", "CollectMode=inactive-or-failed",
		"CPUAccounting=yes", "MemoryAccounting=yes",   "TasksAccounting=yes",
		"IOAccounting=yes",
	};
	auto_strvec struct strvec properties = {0};

	for (size_t i = 0; i < array_length(fixed); i++)
		strvec_add(&properties, fixed[i]);
	add_limits(&properties, request->resources, true);
	if (cgroup_properties_annotate(&properties, request->annotations, request->annotation_count,
				       err) < 0)
		return -1;
	strvec_add(argv, "--scope");
	strvec_add(argv, "--quiet");
	strvec_addf(argv, "--unit=%s", request->name);
	strvec_addf(argv, "--slice=%s", request->slice);
	strvec_addf(argv, "--description=%s", request->description);
	strvec_each (property, &properties)
		strvec_addf(argv, "--property=%s", *property);
	strvec_add(argv, "--");
	strvec_add(argv, STAND_IN);
	return 0;
}

static int start(struct cgroup_scope *scope, char *const *argv, int output, struct error *err)
{
	auto_close int theirs = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot create a socket");
	scope->fd = pair[0];
	theirs = pair[1];
	scope->pid = fork();
	if (scope->pid < 0) {
		scope->pid = 0;
		return error_errno(err, "cannot create a process");
	}
	if (scope->pid == 0)
		run_child(argv, (int[3]){theirs, theirs, output});
	return 0;
}

/* The stand-in repeats it. */
static int wait_for_echo(const struct cgroup_scope *scope, struct error *err)
{
	struct pollfd poll_fd = {.fd = scope->fd, .events = POLLIN};
	char byte = '.';

	if (send(scope->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return error_errno(err, "cannot reach its first process");
	if (poll(&poll_fd, 1, PATIENCE_MS) == 0)
		return error_set(err, ERROR_TIMEOUT, "it does not answer within %d s",
				 PATIENCE_MS / 1000);
	return read(scope->fd, &byte, 1) == 1 ? 0 : error_set(err, ERROR_CONFLICT, "it refuses");
}

static int attempt(struct cgroup_scope *scope, char *const *argv, struct error *err)
{
	auto_close int output = memfd_create("systemd-run", MFD_CLOEXEC);
	auto_free char *words = NULL;
	struct error reason = {0};

	if (output < 0)
		return error_errno(err, "cannot create a file in memory");
	if (start(scope, argv, output, err) < 0)
		return -1;
	if (wait_for_echo(scope, &reason) == 0)
		return 0;
	cgroup_scope_release(scope);
	words = read_words(output);
	return reason.code == ERROR_TIMEOUT ? error_pass(err, &reason)
					    : error_set(err, ERROR_CONFLICT, "%s", words);
}

/* One that has failed keeps its name until somebody takes notice, unless it was made by us. */
static bool has_failed(const char *name)
{
	return command_unit("is-failed", name, NULL, NULL) == 0 &&
	       command_unit("reset-failed", name, NULL, NULL) == 0;
}

/* Whatever its slice is below, the process knows. */
static int find_path(struct cgroup_scope *scope, const char *name, struct error *err)
{
	const char *last;

	scope->path = cgroup_path_of(scope->pid, err);
	last = scope->path ? strrchr(scope->path, '/') : NULL;
	if (!last)
		return -1;
	return strcmp(last + 1, name) == 0
		       ? 0
		       : error_set(err, ERROR_CONFLICT, "its process is in the cgroup '%s'",
				   scope->path);
}

int cgroup_scope_open(struct cgroup_scope *scope, const struct cgroup_scope_request *request,
		      struct error *err)
{
	auto_free char *program = process_find_program(NULL, "systemd-run");
	auto_strvec struct strvec argv = {0};
	int result;

	if (!program)
		return error_set(err, ERROR_UNSUPPORTED, "there is no systemd-run in /usr/bin");
	strvec_add(&argv, program);
	if (describe(&argv, request, err) < 0)
		return -1;
	result = attempt(scope, argv.items, err);
	if (result < 0 && has_failed(request->name))
		result = attempt(scope, argv.items, err);
	if (result == 0)
		result = find_path(scope, request->name, err);
	return result < 0 ? error_wrap(err, "systemd cannot make the scope '%s' in '%s'",
				       request->name, request->slice)
			  : 0;
}

void cgroup_scope_release(struct cgroup_scope *scope)
{
	cleanup_close(&scope->fd);
	scope->fd = -1;
	if (scope->pid > 0) {
		kill(scope->pid, SIGKILL);
		process_reap(scope->pid);
	}
	scope->pid = 0;
	free(scope->path);
	scope->path = NULL;
}

/* ---- one that is there ----------------------------------------------------------------------- */

int cgroup_scope_update(const char *name, const struct spec_resources *resources, struct error *err)
{
	auto_strvec struct strvec arguments = {0}, properties = {0};
	auto_free char *words = NULL;
	int code;

	add_limits(&properties, resources, false);
	if (properties.count == 0)
		return 0;
	strvec_add(&arguments, "--quiet");
	strvec_add(&arguments, "--runtime");
	strvec_add(&arguments, "set-property");
	strvec_add(&arguments, "--");
	strvec_add(&arguments, name);
	strvec_add_all(&arguments, properties.items);
	code = systemctl(&arguments, &words, err);
	if (code < 0)
		return error_wrap(err, "systemd's scope '%s'", name);
	return code == 0 ? 0
			 : error_set(err, ERROR_CONFLICT,
				     "systemd cannot change the scope '%s': %s", name, words);
}

int cgroup_scope_stop(const char *name, struct error *err)
{
	auto_free char *words = NULL;
	int code = command_unit("stop", name, &words, err);

	if (code < 0)
		return error_wrap(err, "systemd's scope '%s'", name);
	return code == 0 || code == NOT_LOADED
		       ? 0
		       : error_set(err, ERROR_CONFLICT, "systemd cannot stop the scope '%s': %s",
				   name, words);
}
