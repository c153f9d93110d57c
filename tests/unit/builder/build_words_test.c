/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "builder/build_words.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(a_secret_is_a_file_or_a_variable)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct build_secret secret;

	CHECK_OK(build_words_secret(&secret, "id=a,src=/proc/self/exe", &arena, &err));
	CHECK_TEXT(secret.file, "/proc/self/exe");
	CHECK_OK(build_words_secret(&secret, "id=a,type=env", &arena, &err));
	CHECK_TEXT(secret.env, "a");
	CHECK_OK(build_words_secret(&secret, "id=a,type=env,source=B", &arena, &err));
	CHECK_TEXT(secret.env, "B");
	CHECK_OK(build_words_secret(&secret, "ID=a,env=C", &arena, &err));
	CHECK_TEXT(secret.env, "C");
	CHECK(!secret.file);
	setenv("BUILD_WORDS_TEST", "x", 1);
	CHECK_OK(build_words_secret(&secret, "id=BUILD_WORDS_TEST", &arena, &err));
	CHECK_TEXT(secret.env, "BUILD_WORDS_TEST");
	CHECK_INT(build_words_secret(&secret, "id=/nowhere/at/all", &arena, &err), -1);
	CHECK_INT(build_words_secret(&secret, "src=x", &arena, &err), -1);
	CHECK_INT(build_words_secret(&secret, "id=a,type=odd", &arena, &err), -1);
	CHECK_INT(build_words_secret(&secret, "id=a,odd=1", &arena, &err), -1);
	CHECK(strstr(err.text, "there is no key 'odd'"));
	CHECK_INT(build_words_secret(&secret, "a", &arena, &err), -1);
}

TEST(an_agent_is_given_or_that_of_the_session)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct build_ssh ssh;

	CHECK_OK(build_words_ssh(&ssh, "id=/proc/self/exe", &arena, &err));
	CHECK_TEXT(ssh.id, "id");
	CHECK_TEXT(ssh.path, "/proc/self/exe");
	unsetenv("SSH_AUTH_SOCK");
	CHECK_INT(build_words_ssh(&ssh, "default", &arena, &err), -1);
	CHECK_TEXT(err.text, "invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set");
	setenv("SSH_AUTH_SOCK", "/run/agent", 1);
	CHECK_OK(build_words_ssh(&ssh, "default", &arena, &err));
	CHECK(!ssh.path);
	CHECK_INT(build_words_ssh(&ssh, "id=/nowhere/at/all", &arena, &err), -1);
}

TEST(caches_have_a_place)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct build_cache_place place;

	CHECK_OK(build_words_cache(&place, "example.org/app:cache", false, &arena, &err));
	CHECK_TEXT(place.type, "registry");
	CHECK_TEXT(place.where, "example.org/app:cache");
	CHECK_OK(build_words_cache(&place, "type=local,dest=/c,mode=max", true, &arena, &err));
	CHECK_TEXT(place.where, "/c");
	CHECK(place.is_max);
	CHECK_OK(build_words_cache(&place, "type=inline", true, &arena, &err));
	CHECK_INT(build_words_cache(&place, "type=local,dest=/c", false, &arena, &err), -1);
	CHECK_INT(build_words_cache(&place, "type=local", false, &arena, &err), -1);
	CHECK_INT(build_words_cache(&place, "type=registry", true, &arena, &err), -1);
	CHECK_INT(build_words_cache(&place, "type=local,dest=x,mode=all", true, &arena, &err), -1);
	CHECK_INT(build_words_cache(&place, "type=gha", true, &arena, &err), -1);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
}

TEST(outputs_are_short_or_long)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct build_words_output output;

	CHECK_OK(build_words_output(&output, "out", &arena, &err));
	CHECK_INT(output.output.type, BUILD_OUTPUT_LOCAL);
	CHECK_TEXT(output.output.destination, "out");
	CHECK_OK(build_words_output(&output, "type=tar,dest=x.tar", &arena, &err));
	CHECK_INT(output.output.type, BUILD_OUTPUT_TAR);
	CHECK_OK(build_words_output(&output, "type=docker", &arena, &err));
	CHECK_INT(output.output.type, BUILD_OUTPUT_IMAGE);
	CHECK_OK(build_words_output(&output, "type=docker,dest=x.tar", &arena, &err));
	CHECK_INT(output.output.type, BUILD_OUTPUT_DOCKER);
	CHECK_OK(build_words_output(&output, "type=image,name=a:1,push=true", &arena, &err));
	CHECK_TEXT(output.name, "a:1");
	CHECK(output.pushes);
	CHECK_OK(build_words_output(&output, "type=registry", &arena, &err));
	CHECK(output.pushes);
	CHECK_INT(build_words_output(&output, "type=image,dest=x", &arena, &err), -1);
	CHECK_INT(build_words_output(&output, "type=local", &arena, &err), -1);
	CHECK_INT(build_words_output(&output, "dest=x", &arena, &err), -1);
	CHECK_INT(build_words_output(&output, "type=image,push=perhaps", &arena, &err), -1);
}
