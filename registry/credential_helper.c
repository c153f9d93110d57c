/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credential_helper.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "registry/credentials.h"
#include "registry/docker_config.h"
#include "registry/text.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define ANSWER_LIMIT ((size_t)64 << 10)
#define TOKEN_USER   "<token>"

/* What a helper says when it has nothing; the wording is part of the protocol. */
static const char not_found[] = "credentials not found";

static char *find_program(const char *name, struct error *err)
{
	auto_free char *program = alloc_format("docker-credential-%s", name);
	char *found;

	if (!path_is_name(name)) {
		error_set(err, ERROR_INVALID, "'%.64s' cannot be the name of a credential helper",
			  name);
		return NULL;
	}
	found = process_find_program(getenv("PATH"), program);
	if (!found)
		error_set(err, ERROR_NOT_FOUND, "credential helper '%s' is not in PATH", program);
	return found;
}

static int become_caller(const struct docker_config *config)
{
	if (!config->is_callers)
		return 0;
	if (setenv("HOME", config->home, 1) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(config->gid, config->gid, config->gid) < 0)
		return -1;
	return setresuid(config->uid, config->uid, config->uid);
}

static void run_child(const struct credential_helper *helper, const char *path, char *word,
		      const int fds[2])
{
	char *const argv[] = {(char *)path, word, NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(fds[0], STDIN_FILENO);
	dup2(fds[1], STDOUT_FILENO);
	process_close_from(3);
	if (become_caller(helper->config) < 0)
		_exit(126);
	execv(path, argv);
	_exit(127);
}

/* At most ANSWER_LIMIT bytes; more is a mistake, and no reason to go on reading. */
static bool read_answer(int fd, struct strbuf *answer)
{
	ssize_t n;

	do {
		char *end = strbuf_reserve(answer, 4096);

		do
			n = read(fd, end, 4096);
		while (n < 0 && errno == EINTR);
		if (n > 0) {
			answer->length += (size_t)n;
			answer->text[answer->length] = '\0';
		}
	} while (n > 0 && answer->length <= ANSWER_LIMIT);
	return n == 0;
}

/* The text goes in through a memory file, so that neither side can wait for the other. */
static int input_file(const char *text, struct error *err)
{
	auto_close int fd = memfd_create("coracle", MFD_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot create a memory file");
	if (file_write_all(fd, text, strlen(text), err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot rewind a memory file");
	return take_fd(&fd);
}

/* Returns the exit code. */
static int run(const struct credential_helper *helper, char *word, const char *text,
	       struct strbuf *answer, struct error *err)
{
	auto_free char *path = find_program(helper->name, err);
	auto_close int input = -1, output = -1;
	int pair[2];
	pid_t pid;

	if (!path)
		return -1;
	input = input_file(text, err);
	if (input < 0)
		return -1;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	output = pair[0];
	pid = fork();
	if (pid == 0)
		run_child(helper, path, word, (const int[2]){input, pair[1]});
	close(pair[1]);
	if (pid < 0)
		return error_errno(err, "cannot start '%s'", path);
	if (!read_answer(output, answer)) {
		kill(pid, SIGKILL);
		process_reap(pid);
		return error_set(err, ERROR_INVALID, "'%s' says more than %zu bytes", path,
				 ANSWER_LIMIT);
	}
	return process_reap(pid);
}

static int failed(const struct credential_helper *helper, const char *word, int status,
		  const struct strbuf *answer, struct error *err)
{
	char said[200];
	size_t length = strcspn(strbuf_text(answer), "\n");

	text_copy(said, sizeof(said), strbuf_text(answer), length);
	return error_set(err, ERROR_INVALID,
			 "credential helper 'docker-credential-%s %s' has failed with code %d%s%s",
			 helper->name, word, status, said[0] ? ": " : "", said);
}

int credential_helper_get(const struct credential_helper *helper, const char *server,
			  struct credentials *credentials, struct error *err)
{
	char word[] = "get";
	auto_strbuf struct strbuf answer = {0};
	auto_json json *document = NULL;
	int status = run(helper, word, server, &answer, err);
	const char *user, *secret;

	if (status < 0)
		return -1;
	if (status != 0 && strncmp(strbuf_text(&answer), not_found, strlen(not_found)) == 0)
		return 0;
	if (status != 0)
		return failed(helper, word, status, &answer, err);
	document = json_parse(strbuf_text(&answer), answer.length, "the credential helper's answer",
			      err);
	explicit_bzero(answer.text, answer.length);
	if (!document)
		return -1;
	user = json_string(document, "Username", NULL);
	secret = json_string(document, "Secret", NULL);
	if (!user || !secret)
		return error_set(err, ERROR_INVALID,
				 "credential helper 'docker-credential-%s' gives no login",
				 helper->name);
	if (strcmp(user, TOKEN_USER) == 0) {
		credentials->identity_token = alloc_string(secret);
	} else {
		credentials->user = alloc_string(user);
		credentials->password = alloc_string(secret);
	}
	return 0;
}

int credential_helper_store(const struct credential_helper *helper, const char *server,
			    const struct credentials *credentials, struct error *err)
{
	char word[] = "store";
	auto_strbuf struct strbuf text = {0}, answer = {0};
	auto_json json *document = json_new_object();
	int status;

	json_set_string(document, "ServerURL", server);
	json_set_string(document, "Username",
			credentials->identity_token ? TOKEN_USER : credentials->user);
	json_set_string(document, "Secret", credentials->identity_token ?: credentials->password);
	json_print(&text, document, false);
	status = run(helper, word, text.text, &answer, err);
	explicit_bzero(text.text, text.length);
	if (status > 0)
		return failed(helper, word, status, &answer, err);
	return status;
}

int credential_helper_erase(const struct credential_helper *helper, const char *server,
			    struct error *err)
{
	char word[] = "erase";
	auto_strbuf struct strbuf answer = {0};
	int status = run(helper, word, server, &answer, err);

	if (status > 0 && strncmp(strbuf_text(&answer), not_found, strlen(not_found)) == 0)
		return 0;
	if (status > 0)
		return failed(helper, word, status, &answer, err);
	return status;
}
