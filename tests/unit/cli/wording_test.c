/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/wording.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/front.h"
#include "cli/globals.h"
#include "tests/harness/harness.h"

#include <errno.h>

static struct globals globals;
static const struct command rm = {
	.name = "rm", .usage = "CONTAINER...", .options = globals_options};
static const struct command run = {.name = "run", .usage = "IMAGE", .needs = FAILS_AS_RUN};

static void check_said(const struct front *front, const struct command *command,
		       const struct error *err, const char *wanted)
{
	struct invocation invocation = {.front = front,
					.command = command,
					.name = command ? command->name : NULL,
					.globals = &globals,
					.is_at_work = true};
	auto_strbuf struct strbuf text = {0};

	wording_error(&text, &invocation, err);
	CHECK_TEXT(strbuf_text(&text), wanted);
}

TEST(each_front_has_its_words_for_what_is_missing)
{
	struct error err = {0};

	error_set(&err, ERROR_NOT_FOUND, "no such container: x");
	error_state(&err, FACT_NO_CONTAINER, "x", NULL);
	check_said(&front_coracle, &rm, &err, "coracle: no such container: x");
	check_said(&front_compose, &rm, &err, "no such container: x");
	check_said(&front_docker, &rm, &err, "Error response from daemon: No such container: x");
	check_said(&front_docker, &run, &err,
		   "docker: Error response from daemon: No such container: x\n\n"
		   "Run 'docker run --help' for more information");
}

TEST(what_the_user_handed_over_is_not_the_daemons)
{
	struct error err = {0};

	error_set(&err, ENOENT, "cannot open 'x': see 'coracle image load'");
	error_state(&err, FACT_OF_CLIENT, NULL, NULL);
	error_wrap(&err, "--input");
	check_said(&front_coracle, &rm, &err,
		   "coracle: --input: cannot open 'x': see 'coracle image load'");
	check_said(&front_compose, &rm, &err, "--input: cannot open 'x': see 'docker image load'");
	check_said(&front_docker, &rm, &err, "--input: cannot open 'x': see 'docker image load'");
}

TEST(an_option_that_is_not_there_comes_with_the_usage)
{
	struct invocation invocation = {
		.front = &front_docker, .command = &rm, .name = "rm", .globals = &globals};
	struct error err = {0};

	error_set(&err, ERROR_INVALID, "unknown option '--x'");
	error_state(&err, FACT_UNKNOWN_OPTION, "--x", NULL);
	check_said(&front_docker, &rm, &err,
		   "unknown flag: --x\n\nUsage:  docker rm [OPTIONS] CONTAINER [CONTAINER...]\n\n"
		   "Run 'docker rm --help' for more information");
	check_said(&front_docker, NULL, &err,
		   "unknown flag: --x\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\n"
		   "Run 'docker --help' for more information");
	check_said(&front_compose, &rm, &err, "unknown flag: --x");
	CHECK_INT(wording_code(&invocation, &err), 125);
	invocation.front = &front_compose;
	CHECK_INT(wording_code(&invocation, &err), 1);
}

TEST(a_run_that_does_not_come_to_its_container_says_so_by_its_code)
{
	struct invocation invocation = {
		.front = &front_coracle, .command = &run, .globals = &globals};

	CHECK_INT(wording_code(&invocation, &(struct error){.code = EACCES}), 126);
	CHECK_INT(wording_code(&invocation, &(struct error){.code = ENOENT}), 127);
	CHECK_INT(wording_code(&invocation, &(struct error){.code = ERROR_CONFLICT}), 125);
	invocation.command = &rm;
	CHECK_INT(wording_code(&invocation, &(struct error){.code = ENOENT}), 1);
}

TEST(hints_name_the_program_that_has_the_command)
{
	static const char text[] = "'coracle logs a', 'coracle image pull', 'coracle -p x down'";
	auto_strbuf struct strbuf docker = {0}, compose = {0}, own = {0};

	wording_hints(&docker, &front_docker, text);
	CHECK_TEXT(strbuf_text(&docker),
		   "'docker logs a', 'docker image pull', 'docker compose -p x down'");
	wording_hints(&compose, &front_compose, text);
	CHECK_TEXT(strbuf_text(&compose),
		   "'docker-compose logs a', 'docker image pull', 'docker-compose -p x down'");
	wording_hints(&own, &front_coracle, text);
	CHECK_TEXT(strbuf_text(&own), text);
	strbuf_clear(&docker);
	wording_hints(&docker, &front_docker, "'coracle compose build'");
	CHECK_TEXT(strbuf_text(&docker), "'docker compose build'");
}
