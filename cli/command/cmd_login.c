/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login: asks the registry whether the credentials are good, then keeps them where Docker's client
 * keeps its own.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/screen/output.h"
#include "engine/engine.h"
#include "registry/credentials.h"
#include "registry/registry.h"

#include <errno.h>
#include <string.h>
#include <termios.h>

#define LONGEST_ANSWER ((size_t)64 << 10)

struct login_options {
	const char *user, *password;
	bool password_stdin;
};

static const struct option_spec login_options[] = {
	OPTION(STRING, "password", 'p', login_options, password,
	       "Password or token; others can see it, so prefer --password-stdin",
	       .value = "PASSWORD"),
	OPTION(BOOL, "password-stdin", 0, login_options, password_stdin,
	       "Take the password from standard input"),
	OPTION(STRING, "username", 'u', login_options, user, "User name", .value = "USER"),
	{0},
};

static int login_check(const void *data, struct error *err)
{
	const struct login_options *options = data;

	if (options->password && options->password_stdin)
		return error_set(err, ERROR_INVALID,
				 "--password and --password-stdin exclude each other");
	if (options->password_stdin && !options->user)
		return error_set(err, ERROR_INVALID, "--password-stdin needs --username");
	return 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void strip_newline(struct strbuf *text)
{
	while (text->length > 0 && strchr("\r\n", text->text[text->length - 1]))
		text->text[--text->length] = '\0';
}

/* Up to the end of the line, or of the file. */
static int read_stdin(struct strbuf *text, bool is_line, struct error *err)
{
	ssize_t n = 0;
	char c;

	while (text->length < LONGEST_ANSWER) {
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || (is_line && c == '\n'))
			break;
		strbuf_add_char(text, c);
	}
	if (n < 0)
		return error_errno(err, "cannot read stdin");
	if (text->length == LONGEST_ANSWER)
		return error_set(err, ERROR_INVALID, "stdin has more than %zu bytes",
				 LONGEST_ANSWER);
	strip_newline(text);
	return 0;
}

/* What ends the process meanwhile restores the terminal (cli/screen/terminal.h). */
static int prompt(char **answer, const char *question, bool is_hidden, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct termios before, silent;
	int rc;

	if (!output_is_terminal(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0) {
		error_set(err, ERROR_INVALID,
			  "stdin is no terminal: use --username and --password-stdin");
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	/* Before the question, after which somebody quick begins to type. */
	if (is_hidden)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fprintf(stderr, "%s: ", question);
	rc = read_stdin(&text, true, err);
	if (is_hidden) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
		fputc('\n', stderr);
	}
	if (rc < 0)
		return -1;
	if (text.length == 0)
		return error_set(err, ERROR_INVALID, "a %s is needed",
				 is_hidden ? "password" : "user name");
	*answer = strbuf_take(&text);
	return 0;
}

static int ask_credentials(struct credentials *credentials, const struct login_options *options,
			   struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (options->password)
		log_warning("--password can be seen by others: use --password-stdin");
	if (options->user)
		credentials->user = alloc_string(options->user);
	else if (prompt(&credentials->user, "Username", false, err) < 0)
		return -1;
	if (options->password) {
		credentials->password = alloc_string(options->password);
		return 0;
	}
	if (!options->password_stdin)
		return prompt(&credentials->password, "Password", true, err);
	if (read_stdin(&text, false, err) < 0)
		return -1;
	if (text.length == 0)
		return error_set(err, ERROR_INVALID, "stdin has no password");
	credentials->password = strbuf_take(&text);
	return 0;
}

/* ---- running --------------------------------------------------------------------------------- */

static int store(const char *host, const struct credentials *credentials, struct error *err)
{
	auto_free char *path = NULL;
	bool is_plain;

	if (credentials_store(host, credentials, &is_plain, &path, err) < 0)
		return -1;
	if (is_plain)
		log_warning("the login is stored unencrypted in '%s': a credential helper would "
			    "avoid that ('credsStore' in that file)",
			    path);
	return 0;
}

/* Without options, what is stored already is tried first, as Docker does. 1: it is good. */
static int try_stored(const char *transport, const char *host, const struct login_options *options,
		      struct error *err)
{
	auto_credentials struct credentials stored = {0};
	auto_free char *token = NULL;

	if (options->user || options->password || options->password_stdin)
		return 0;
	if (credentials_find(&stored, host, err) < 0)
		return -1;
	if (!stored.user || !stored.password)
		return 0;
	output_line("Authenticating with existing credentials...");
	if (registry_check_login(transport, host, stored.user, stored.password, &token, err) == 0)
		return 1;
	return err->code == ERROR_DENIED && output_is_terminal(STDIN_FILENO) ? 0 : -1;
}

static int login_run(struct invocation *invocation, struct error *err)
{
	const struct login_options *options = invocation->options;
	const char *server = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;
	auto_credentials struct credentials credentials = {0};
	auto_free char *host = credentials_host(server, err);
	auto_free char *transport = host ? engine_helper_path("transport", err) : NULL;
	int rc = transport ? try_stored(transport, host, options, err) : -1;

	if (rc < 0)
		return -1;
	if (rc == 0) {
		if (ask_credentials(&credentials, options, err) < 0 ||
		    registry_check_login(transport, host, credentials.user, credentials.password,
					 &credentials.identity_token, err) < 0 ||
		    store(host, &credentials, err) < 0)
			return -1;
	}
	output_line("Login Succeeded");
	return 0;
}

const struct command cmd_login =
	COMMAND("login", "[SERVER]", "Check credentials for a registry and keep them",
		EXAMPLE("-u ann --password-stdin registry.example.com < token",
			"Log in with the token that is in a file"),
		.most = 1, COMMAND_OPTIONS(login_options, login_options), .check = login_check,
		.run = login_run);
