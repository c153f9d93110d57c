/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/docker_config.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/file_output.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LARGEST_FILE ((size_t)4 << 20)

void docker_config_release(struct docker_config *config)
{
	free(config->path);
	free(config->home);
	json_cleanup(&config->document);
	/* Zero when it was never filled: nothing was locked then. */
	if (config->lock_fd > 0)
		close(config->lock_fd);
	*config = (struct docker_config){.lock_fd = -1};
}

static int read_document(struct docker_config *config, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct error problem = {0};

	if (file_read(AT_FDCWD, config->path, LARGEST_FILE, &text, &problem) < 0) {
		if (problem.code == ENOENT || problem.code == ENOTDIR)
			return 0;
		return error_pass(err, &problem);
	}
	if (text.length == 0)
		return 0;
	config->document = json_parse(text.text, text.length, config->path, err);
	if (!config->document)
		return -1;
	if (!json_is_object(config->document))
		return error_set(err, ERROR_INVALID, "%s: an object is expected", config->path);
	return 0;
}

static int find_path(struct docker_config *config, struct error *err)
{
	const char *directory = getenv("DOCKER_CONFIG");
	const char *home = getenv("HOME");
	const struct passwd *user;

	config->lock_fd = -1;
	if (directory && *directory) {
		config->path = alloc_format("%s/config.json", directory);
		return 0;
	}
	if (!home || !*home) {
		user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	if (!home)
		return error_set(err, ENOENT,
				 "there is no HOME to look for .docker/config.json in");
	config->path = alloc_format("%s/.docker/config.json", home);
	return 0;
}

int docker_config_load(struct docker_config *config, struct error *err)
{
	if (find_path(config, err) < 0)
		return -1;
	return read_document(config, err);
}

int docker_config_load_callers(struct docker_config *config, struct error *err)
{
	const char *name = getenv("SUDO_USER"), *directory = getenv("DOCKER_CONFIG");
	const struct passwd *user;

	config->lock_fd = -1;
	if (geteuid() != 0 || !name || !*name || (directory && *directory))
		return 0;
	user = getpwnam(name);
	if (!user || user->pw_uid == 0)
		return 0;
	config->is_callers = true;
	config->uid = user->pw_uid;
	config->gid = user->pw_gid;
	config->home = alloc_string(user->pw_dir);
	config->path = alloc_format("%s/.docker/config.json", user->pw_dir);
	return read_document(config, err);
}

/* A link is kept: what it leads to is replaced. The lock is on the directory, so nothing is left.
 */
int docker_config_edit(struct docker_config *config, struct error *err)
{
	char resolved[PATH_MAX];
	auto_free char *directory = NULL;

	if (find_path(config, err) < 0)
		return -1;
	if (realpath(config->path, resolved)) {
		free(config->path);
		config->path = alloc_string(resolved);
	}
	directory =
		alloc_string_n(config->path, (size_t)(strrchr(config->path, '/') - config->path));
	if (file_make_directories(AT_FDCWD, directory, 0700, err) < 0)
		return -1;
	config->lock_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (config->lock_fd < 0 || flock(config->lock_fd, LOCK_EX) < 0)
		return error_errno(err, "cannot lock '%s'", directory);
	if (read_document(config, err) < 0)
		return -1;
	if (!config->document)
		config->document = json_new_object();
	return 0;
}

int docker_config_save(struct docker_config *config, struct error *err)
{
	auto_file_output struct file_output output = FILE_OUTPUT_CLOSED;
	auto_strbuf struct strbuf text = {0};

	json_print(&text, config->document, true);
	strbuf_add_char(&text, '\n');
	/* Root with somebody's HOME: it stays theirs. Whatever its mode was, it is private now. */
	if (file_output_open(&output, config->path, 0600, err) < 0)
		return -1;
	if (output.temporary && fchmod(output.fd, 0600) < 0)
		return error_errno(err, "cannot give '%s' its mode", config->path);
	if (file_write_all(output.fd, text.text, text.length, err) < 0)
		return error_wrap(err, "'%s'", config->path);
	return file_output_finish(&output, err);
}

char *docker_config_text(const char *name)
{
	auto_docker_config struct docker_config config = {0};
	struct error reason = {0};
	const char *text;

	if (docker_config_load(&config, &reason) < 0)
		return NULL;
	text = json_string(config.document, name, NULL);
	return text ? alloc_string(text) : NULL;
}

void docker_config_proxies(struct strvec *env)
{
	static const char *const names[][3] = {
		{"httpProxy", "HTTP_PROXY", "http_proxy"},
		{"httpsProxy", "HTTPS_PROXY", "https_proxy"},
		{"ftpProxy", "FTP_PROXY", "ftp_proxy"},
		{"noProxy", "NO_PROXY", "no_proxy"},
		{"allProxy", "ALL_PROXY", "all_proxy"},
	};
	auto_docker_config struct docker_config config = {0};
	struct error reason = {0};
	const json *proxies;

	if (docker_config_load(&config, &reason) < 0)
		return;
	proxies = json_get(json_get(config.document, "proxies"), "default");
	for (size_t i = 0; i < array_length(names); i++) {
		const char *value = json_string(proxies, names[i][0], NULL);

		if (!value)
			continue;
		strvec_addf(env, "%s=%s", names[i][1], value);
		strvec_addf(env, "%s=%s", names[i][2], value);
	}
}
