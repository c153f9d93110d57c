/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "registry/host.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A config.json of the test's own; returns the directory. */
static int use_config(const char *text)
{
	struct error err = {0};
	const char *path;
	int dirfd = test_directory(&path);

	setenv("DOCKER_CONFIG", path, 1);
	setenv("PATH", path, 1);
	if (text)
		CHECK_OK(file_replace(dirfd, "config.json", text, strlen(text), 0600, &err));
	return dirfd;
}

static json *read_config(int dirfd)
{
	struct error err = {0};
	json *document = json_load(dirfd, "config.json", &err);

	CHECK(document);
	return document;
}

/* A helper that answers get with @answer and writes what it is told into files. */
static void make_helper(int dirfd, const char *name, const char *answer, int code)
{
	auto_free char *file = alloc_format("docker-credential-%s", name);
	auto_free char *script = alloc_format("#!/bin/sh\n/bin/cat >\"$DOCKER_CONFIG/$1-%s\"\n"
					      "[ \"$1\" != get ] || printf '%%s' '%s'\nexit %d\n",
					      name, answer, code);
	struct error err = {0};

	CHECK_OK(file_replace(dirfd, file, script, strlen(script), 0755, &err));
}

static void check_file(int dirfd, const char *name, const char *expected)
{
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};

	CHECK_OK(file_read(dirfd, name, 10000, &text, &err));
	CHECK_TEXT(strbuf_text(&text), expected);
}

static struct credentials make_login(const char *user, const char *password, const char *token)
{
	return (struct credentials){.user = alloc_string(user),
				    .password = alloc_string(password),
				    .identity_token = token ? alloc_string(token) : NULL};
}

static void check_login(const char *host, const char *user, const char *password)
{
	auto_credentials struct credentials found = {0};
	struct error err = {0};

	CHECK_OK(credentials_find(&found, host, &err));
	CHECK_TEXT(found.user ? found.user : "-", user);
	CHECK_TEXT(found.password ? found.password : "-", password);
}

TEST(a_password_may_have_colons)
{
	use_config("{\"auths\": {\"r.example:5000\": {\"auth\": \"dTphOmI=\"}}}"); /* u:a:b */
	check_login("r.example:5000", "u", "a:b");
	check_login("r.example", "-", "-");
	check_login("other.example", "-", "-");
}

TEST(keys_may_have_a_scheme_and_a_path)
{
	use_config("{\"auths\": {\"https://r.example/v1/\": {\"auth\": \"dTpw\"},"
		   " \"" HOST_DEFAULT_ACCOUNT "\": {\"auth\": \"aDpx\"}}}");
	check_login("r.example", "u", "p");
	check_login("docker.io", "h", "q");
	check_login("index.example", "-", "-");
}

TEST(an_identity_token_stands_beside_the_user)
{
	auto_credentials struct credentials found = {0};
	struct error err = {0};

	use_config("{\"auths\": {\"r\": {\"auth\": \"dTo=\", \"identitytoken\": \"tok\"}}}");
	CHECK_OK(credentials_find(&found, "r", &err));
	CHECK_TEXT(found.identity_token, "tok");
	CHECK_TEXT(found.user, "u");
}

TEST(no_file_is_no_login)
{
	use_config(NULL);
	check_login("r.example", "-", "-");
}

TEST(a_broken_file_is_named)
{
	auto_credentials struct credentials found = {0};
	struct error err = {0};

	use_config("{\"auths\": ");
	CHECK(credentials_find(&found, "r", &err) < 0);
	CHECK(strstr(err.text, "config.json"));
	use_config("{\"auths\": {\"r\": {\"auth\": \"%%%\"}}}");
	CHECK(credentials_find(&found, "r", &err) < 0);
	CHECK(strstr(err.text, "base64"));
}

TEST(a_hosts_own_helper_comes_before_the_store_and_that_before_auths)
{
	int dirfd =
		use_config("{\"credHelpers\": {\"one.example\": \"own\"}, \"credsStore\": \"all\","
			   " \"auths\": {\"two.example\": {\"auth\": \"dTpw\"}}}");

	make_helper(dirfd, "own", "{\"Username\":\"o\",\"Secret\":\"1\"}", 0);
	make_helper(dirfd, "all", "{\"Username\":\"a\",\"Secret\":\"2\"}", 0);
	check_login("one.example", "o", "1");
	check_file(dirfd, "get-own", "one.example");
	check_login("two.example", "a", "2");
	check_login("docker.io", "a", "2");
	check_file(dirfd, "get-all", HOST_DEFAULT_ACCOUNT);
	make_helper(dirfd, "all", "credentials not found in native keychain", 1);
	check_login("two.example", "u", "p");
	check_login("three.example", "-", "-");
}

TEST(a_helper_can_give_an_identity_token)
{
	auto_credentials struct credentials found = {0};
	struct error err = {0};
	int dirfd = use_config("{\"credsStore\": \"all\"}");

	make_helper(dirfd, "all", "{\"Username\":\"<token>\",\"Secret\":\"idt\"}", 0);
	CHECK_OK(credentials_find(&found, "r", &err));
	CHECK_TEXT(found.identity_token, "idt");
	CHECK(!found.user);
}

static void check_helper_failure(int dirfd, const char *expected)
{
	auto_credentials struct credentials found = {0};
	struct error err = {0};

	(void)dirfd;
	CHECK(credentials_find(&found, "r", &err) < 0);
	if (!strstr(err.text, expected))
		fail_msg("'%s' does not say '%s'", err.text, expected);
}

TEST(a_helper_that_fails_is_an_error)
{
	int dirfd = use_config("{\"credsStore\": \"all\"}");
	auto_strbuf struct strbuf script = {0};
	struct error err = {0};

	check_helper_failure(dirfd, "'docker-credential-all' is not in PATH");
	make_helper(dirfd, "all", "locked\x1b[31m", 3);
	check_helper_failure(dirfd, "code 3: locked?[31m");
	make_helper(dirfd, "all", "no json", 0);
	check_helper_failure(dirfd, "the credential helper");
	make_helper(dirfd, "all", "{}", 0);
	check_helper_failure(dirfd, "gives no login");
	strbuf_add(&script,
		   "#!/bin/sh\nwhile :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n");
	CHECK_OK(file_replace(dirfd, "docker-credential-all", script.text, script.length, 0755,
			      &err));
	check_helper_failure(dirfd, "says more than");
}

TEST(the_name_of_a_helper_is_no_path)
{
	check_helper_failure(use_config("{\"credsStore\": \"../../bin/sh\"}"),
			     "cannot be the name");
	check_helper_failure(use_config("{\"credsStore\": \"a b\"}"), "cannot be the name");
}

TEST(storing_keeps_everything_else)
{
	int dirfd = use_config(
		"{\"HttpHeaders\": {\"X-A\": \"b\"}, \"psFormat\": \"t\", \"auths\": "
		"{\"other\": {\"auth\": \"eDp5\"}, \"https://r/v1/\": {\"auth\": \"b2xkOm8=\"}}}");
	auto_credentials struct credentials login = make_login("u", "a:b", NULL);
	auto_json json *document = NULL;
	auto_free char *path = NULL;
	struct error err = {0};
	struct stat status;
	bool is_plain;

	CHECK_OK(credentials_store("r", &login, &is_plain, &path, &err));
	CHECK(is_plain);
	CHECK(strstr(path, "config.json"));
	document = read_config(dirfd);
	CHECK_TEXT(json_string(document, "psFormat", ""), "t");
	CHECK_TEXT(json_string(json_get(document, "HttpHeaders"), "X-A", ""), "b");
	CHECK_TEXT(json_string(json_path(document, "auths", "other", NULL), "auth", ""), "eDp5");
	CHECK_TEXT(json_string(json_path(document, "auths", "r", NULL), "auth", ""), "dTphOmI=");
	CHECK(!json_path(document, "auths", "https://r/v1/", NULL));
	CHECK(fstatat(dirfd, "config.json", &status, 0) == 0);
	CHECK_INT(status.st_mode & 07777, 0600);
	check_login("r", "u", "a:b");
	CHECK_INT(credentials_erase("r", &err), 1);
	CHECK_INT(credentials_erase("r", &err), 0);
	check_login("r", "-", "-");
	check_login("other", "x", "y");
}

TEST(a_store_takes_the_login_and_the_file_only_its_name)
{
	int dirfd = use_config("{\"credsStore\": \"all\"}");
	auto_credentials struct credentials login = make_login("u", "p", NULL);
	auto_json json *document = NULL;
	struct error err = {0};
	bool is_plain;

	make_helper(dirfd, "all", "", 0);
	CHECK_OK(credentials_store("r:5000", &login, &is_plain, NULL, &err));
	CHECK(!is_plain);
	check_file(dirfd, "store-all",
		   "{\"ServerURL\":\"r:5000\",\"Username\":\"u\",\"Secret\":\"p\"}");
	document = read_config(dirfd);
	CHECK(json_path(document, "auths", "r:5000", NULL));
	CHECK(!json_path(document, "auths", "r:5000", "auth", NULL));
	CHECK_INT(credentials_erase("r:5000", &err), 1);
	check_file(dirfd, "erase-all", "r:5000");
}

TEST(a_new_file_is_for_its_owner_only)
{
	auto_credentials struct credentials login = make_login("u", "p", "t");
	auto_free char *directory = NULL;
	struct error err = {0};
	struct stat status;
	const char *path;
	int dirfd = test_directory(&path);

	directory = alloc_format("%s/new/.docker", path);
	setenv("DOCKER_CONFIG", directory, 1);
	CHECK_OK(credentials_store("docker.io", &login, NULL, NULL, &err));
	CHECK(fstatat(dirfd, "new/.docker", &status, 0) == 0);
	CHECK_INT(status.st_mode & 07777, 0700);
	CHECK(fstatat(dirfd, "new/.docker/config.json", &status, 0) == 0);
	CHECK_INT(status.st_mode & 07777, 0600);
	check_login("docker.io", "u", "");
}

TEST(a_link_stays_a_link)
{
	int dirfd = use_config(NULL);
	auto_credentials struct credentials login = make_login("u", "p", NULL);
	struct error err = {0};
	struct stat status;

	CHECK_OK(file_replace(dirfd, "real.json", "{\"a\": 1}", 8, 0600, &err));
	CHECK(symlinkat("real.json", dirfd, "config.json") == 0);
	CHECK_OK(credentials_store("r", &login, NULL, NULL, &err));
	CHECK(fstatat(dirfd, "config.json", &status, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(S_ISLNK(status.st_mode));
	check_login("r", "u", "p");
}

TEST(headers_are_lines_of_their_own)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	char **lines;

	use_config("{\"HttpHeaders\": {\"X-Meta\": \"a b\", \"User-Agent\": \"me\"}}");
	lines = credentials_headers(&arena, &err);
	CHECK_TEXT(lines[0], "X-Meta: a b");
	CHECK(!lines[1]);
	use_config("{\"HttpHeaders\": {\"X\": \"a\\r\\nAuthorization: b\"}}");
	CHECK(!credentials_headers(&arena, &err));
	use_config("{\"HttpHeaders\": {\"X: y\": \"a\"}}");
	CHECK(!credentials_headers(&arena, &err));
	use_config("{}");
	CHECK(!credentials_headers(&arena, &err)[0]);
}

static void check_host(const char *server, const char *expected)
{
	struct error err = {0};
	auto_free char *host = credentials_host(server, &err);

	CHECK_TEXT(host ? host : "-", expected);
}

TEST(a_server_is_meant_by_many_names)
{
	check_host(NULL, "docker.io");
	check_host("", "docker.io");
	check_host("docker.io", "docker.io");
	check_host(HOST_DEFAULT_ACCOUNT, "docker.io");
	check_host(HOST_DEFAULT_API, "docker.io");
	check_host("https://R.Example:5000/v2/", "r.example:5000");
	check_host("localhost:5000", "localhost:5000");
	check_host("a b", "-");
}
