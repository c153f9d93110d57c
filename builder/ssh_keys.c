/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/ssh_keys.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "builder/build_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define AGENT  "/usr/bin/ssh-agent"
#define ADD    "/usr/bin/ssh-add"
#define TRIES  500
#define NAP_MS 10

static bool is_file(const char *path)
{
	struct stat status;

	return path && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void run_agent(const char *socket, pid_t parent)
{
	char *argv[] = {(char *)AGENT, (char *)"-D", (char *)"-a", (char *)socket, NULL};
	char *env[] = {NULL};
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		dup2(null_fd, fd);
	process_close_from(3);
	process_reset_children();
	umask(0077);
	execve(AGENT, argv, env);
	_exit(127);
}

static bool answers(const char *socket_path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static int start_agent(pid_t *pid, const char *socket, struct error *err)
{
	pid_t parent = getpid();

	if (strlen(socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return error_set(err, ERROR_INVALID, "'%s' is too long for an agent's socket",
				 socket);
	*pid = fork();
	if (*pid == 0)
		run_agent(socket, parent);
	if (*pid < 0)
		return error_errno(err, "cannot start a process");
	for (int i = 0; i < TRIES && !answers(socket); i++) {
		if (i == TRIES - 1)
			return error_set(err, ERROR_TIMEOUT, "ssh-agent does not answer");
		poll(NULL, 0, NAP_MS);
	}
	return 0;
}

/* By its standard input: whose file it is, and who else may read it, is not the agent's business.
 */
static int add_key(const char *socket, const char *path, struct arena *arena, struct error *err)
{
	char *argv[] = {(char *)ADD, (char *)"-q", (char *)"-", NULL};
	char *env[] = {arena_format(arena, "SSH_AUTH_SOCK=%s", socket),
		       (char *)"SSH_ASKPASS_REQUIRE=never", NULL};
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int code;

	if (fd < 0)
		return error_errno(err, "cannot open the ssh key '%s'", path);
	code = process_run(argv, env, fd, NULL, err);
	if (code < 0)
		return -1;
	return code == 0 ? 0
			 : error_set(err, ERROR_INVALID,
				     "'%s' is no private key that can be used without a "
				     "passphrase: add it to an agent, and give the agent's socket",
				     path);
}

/* "PATH[,PATH…]" */
static int add_keys(const char *socket, const char *paths, struct arena *arena, struct error *err)
{
	for (const char *at = paths; *at;) {
		size_t length = strcspn(at, ",");

		if (add_key(socket, arena_string_n(arena, at, length), arena, err) < 0)
			return -1;
		at += length + (at[length] == ',');
	}
	return 0;
}

static int open_keys(struct build *build, struct build_ssh *ssh, struct error *err)
{
	const char *socket =
		arena_format(build->arena, "%s/staging/%s/agent%zu", build->engine->layout.root,
			     build->staging.name, build->agent_count);
	pid_t *pid = &build->agents[build->agent_count];

	if (access(AGENT, X_OK) < 0 || access(ADD, X_OK) < 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "ssh key '%s': there is no %s here: install it, or give an "
				 "agent's socket",
				 ssh->path, AGENT);
	build->agent_count++;
	if (start_agent(pid, socket, err) < 0 || add_keys(socket, ssh->path, build->arena, err) < 0)
		return -1;
	ssh->path = socket;
	return 0;
}

int ssh_keys_open(struct build *build, struct error *err)
{
	const struct build_request *request = build->request;
	struct build_request *own = arena_alloc(build->arena, sizeof(*own));
	size_t count = request->ssh_count;

	*own = *request;
	own->ssh = arena_array(build->arena, count + 1, sizeof(*own->ssh));
	build->agents = arena_array(build->arena, count + 1, sizeof(*build->agents));
	for (size_t i = 0; i < count; i++) {
		const char *path = request->ssh[i].path;

		own->ssh[i] = request->ssh[i];
		if (path && (is_file(path) || strchr(path, ',')) &&
		    open_keys(build, &own->ssh[i], err) < 0)
			return error_wrap(err, "ssh %s", own->ssh[i].id);
	}
	build->request = own;
	return 0;
}

void ssh_keys_close(struct build *build)
{
	for (size_t i = 0; i < build->agent_count; i++) {
		if (build->agents[i] <= 0)
			continue;
		kill(build->agents[i], SIGKILL); /* our child, not reaped yet: the pid is its own */
		process_reap(build->agents[i]);
	}
	build->agent_count = 0;
}
