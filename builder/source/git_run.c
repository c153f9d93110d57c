/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git as a process of its own: no shell, no terminal, no configuration of anybody, no hooks,
 * nothing but http, https, ssh and git as protocols, whatever a repository or its submodules ask
 * for.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/source/git_private.h"
#include "registry/base64.h"
#include "registry/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define OUTPUT_LIMIT ((size_t)1 << 20)
#define STALL_S	     120

/* ---- the environment ------------------------------------------------------------------------- */

static const char *const fixed_environment[] = {
	"PATH=/usr/local/bin:/usr/bin:/bin",
	"HOME=/nonexistent",
	"LC_ALL=C",
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_ATTR_NOSYSTEM=1",
	"GIT_TEMPLATE_DIR=",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ASKPASS=true",
	"SSH_ASKPASS_REQUIRE=never",
	"GIT_ALLOW_PROTOCOL=http:https:ssh:git",
	NULL,
};

/* How the network is reached from here. */
static const char *const passed_environment[] = {
	"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
	"ALL_PROXY",  "no_proxy",    "NO_PROXY",    NULL,
};

/* Hosts that the user knows must be who they were; nothing is written to his file. git gives this
 * to a shell: a home with odd characters does not count. */
static void add_ssh(struct strvec *env)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
	const char *home = getenv("HOME");
	bool is_plain = home && *home == '/' && strspn(home, plain) == strlen(home);

	strvec_addf(env,
		    "GIT_SSH_COMMAND=ssh -F /dev/null -o BatchMode=yes -o ConnectTimeout=30 "
		    "-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/dev/null "
		    "-o 'GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts %s/.ssh/known_hosts'",
		    is_plain ? home : "/root");
}

/* A password goes neither into arguments, which everybody can see, nor into files. */
static void add_login(struct strvec *env, const struct git_url *url)
{
	auto_free char *coded = NULL;

	if (!url->user)
		return;
	coded = base64_encode(url->user, strlen(url->user));
	strvec_add(env, "GIT_CONFIG_COUNT=1");
	strvec_addf(env, "GIT_CONFIG_KEY_0=http.%s.extraHeader", url->remote);
	strvec_addf(env, "GIT_CONFIG_VALUE_0=Authorization: Basic %s", coded);
}

int git_prepare(struct git *git, const struct git_url *url, const char *ssh_auth_socket,
		struct arena *arena, struct error *err)
{
	auto_strvec struct strvec env = {0};
	auto_free char *program = process_find_program(getenv("PATH"), "git");
	const char *roots = getenv("SSL_CERT_FILE");

	if (!program)
		return error_set(err, ERROR_NOT_FOUND,
				 "git is not installed here: it comes with the package 'git'");
	strvec_add_all(&env, (char *const *)fixed_environment);
	for (const char *const *name = passed_environment; *name; name++)
		if (getenv(*name))
			strvec_addf(&env, "%s=%s", *name, getenv(*name));
	if (roots && *roots)
		strvec_addf(&env, "GIT_SSL_CAINFO=%s", roots);
	if (ssh_auth_socket)
		strvec_addf(&env, "SSH_AUTH_SOCK=%s", ssh_auth_socket);
	add_ssh(&env);
	add_login(&env, url);
	*git = (struct git){
		.program = arena_string(arena, program),
		.env = strvec_copy(&env, arena),
		.directory_fd = -1,
		.stall_s = STALL_S,
	};
	return 0;
}

/* ---- running --------------------------------------------------------------------------------- */

static const char *const settings[] = {
	"core.hooksPath=/dev/null",
	"core.fsmonitor=false",
	"core.autocrlf=false",
	"init.defaultBranch=master",
	"http.lowSpeedLimit=512",
	"http.lowSpeedTime=30",
	"http.followRedirects=initial",
	"advice.detachedHead=false",
	"gc.auto=0",
	NULL,
};

static void add_arguments(struct strvec *args, const struct git *git, char *const *arguments)
{
	strvec_add(args, git->program);
	for (const char *const *setting = settings; *setting; setting++) {
		strvec_add(args, "-c");
		strvec_add(args, *setting);
	}
	strvec_add_all(args, arguments);
}

static void become_git(const struct git *git, char *const *argv, int output_fd, int error_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setpgid(0, 0);
	umask(0022);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	process_reset_children();
	if (fchdir(git->directory_fd) < 0)
		_exit(126);
	dup2(null_fd, STDIN_FILENO);
	dup2(output_fd, STDOUT_FILENO);
	dup2(error_fd, STDERR_FILENO);
	process_close_from(STDERR_FILENO + 1);
	execve(git->program, argv, git->env);
	_exit(127);
}

/* What it says: of too much the last part. 1: something, 0: it has ended, -1: nothing for long. */
static int take(int fd, struct strbuf *said, int stall_s)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int count = poll(&ready, 1, stall_s < 0 ? -1 : stall_s * 1000);
	ssize_t length;

	if (count <= 0)
		return count == 0 ? -1 : 1;
	if (said->length > OUTPUT_LIMIT)
		strbuf_clear(said);
	length = read(fd, strbuf_reserve(said, 4096), 4095);
	if (length <= 0)
		return length < 0 && errno == EINTR;
	said->length += (size_t)length;
	said->text[said->length] = '\0';
	return 1;
}

/* The first line that says what is wrong (those behind it are what came of it), and the one before,
 * which may be what ssh or a server said. */
static void find_complaint(const char *said, const char **complaint, const char **before)
{
	const char *last = NULL;

	*complaint = said;
	*before = NULL;
	for (const char *line = said; *line; line += strcspn(line, "\r\n")) {
		line += strspn(line, "\r\n");
		if (strncmp(line, "fatal: ", 7) == 0 || strncmp(line, "error: ", 7) == 0) {
			*complaint = line;
			*before = last;
			return;
		}
		/* Progress is no reason. */
		last = memchr(line, '%', strcspn(line, "\r\n")) ? NULL : line;
	}
}

static void copy_line(char *text, size_t size, const char *line)
{
	text_copy(text, size, line ? line : "", line ? strcspn(line, "\r\n") : 0);
}

static int failed(const struct strbuf *said, int status, struct error *err)
{
	char text[400], reason[400];
	const char *complaint, *before;

	find_complaint(strbuf_text(said), &complaint, &before);
	copy_line(text, sizeof(text), complaint);
	copy_line(reason, sizeof(reason), before);
	if (!*text)
		return error_set(err, EIO, "git has ended with code %d", status);
	return error_set(err, EIO, *reason ? "git: %s (%s)" : "git: %s", text, reason);
}

static pid_t start(const struct git *git, char *const *argv, int output_fd, int *said_fd)
{
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become_git(git, argv, output_fd, pair[1]);
	close(pair[1]);
	*said_fd = pair[0];
	return pid;
}

static int take_output(int fd, struct strbuf *output, struct error *err)
{
	char buffer[4096];
	ssize_t length;
	off_t at = 0;

	while (output && (length = pread(fd, buffer, sizeof(buffer), at)) != 0) {
		if (length < 0)
			return error_errno(err, "cannot read what git says");
		strbuf_add_n(output, buffer, (size_t)length);
		at += length;
	}
	return 0;
}

int git_run(const struct git *git, char *const *arguments, struct strbuf *output, struct error *err)
{
	auto_strvec struct strvec args = {0};
	auto_strbuf struct strbuf said = {0};
	auto_close int output_fd = memfd_create("git", MFD_CLOEXEC), said_fd = -1;
	int more, status;
	pid_t pid;

	if (output_fd < 0)
		return error_errno(err, "cannot create a memory file");
	add_arguments(&args, git, arguments);
	pid = start(git, args.items, output_fd, &said_fd);
	if (pid < 0)
		return error_errno(err, "cannot start '%s'", git->program);
	while ((more = take(said_fd, &said, git->stall_s)) > 0)
		;
	if (more < 0)
		kill(-pid, SIGKILL);
	status = process_reap(pid);
	if (more < 0)
		return error_set(err, ERROR_TIMEOUT, "git has heard nothing for %d seconds",
				 git->stall_s);
	return status ? failed(&said, status, err) : take_output(output_fd, output, err);
}
