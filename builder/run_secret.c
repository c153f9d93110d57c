/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/run_secret.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "builder/build_private.h"
#include "builder/dockerfile/mount.h"

#define LARGEST_SECRET ((size_t)500 << 10)

int run_secret_read(const struct build_secret *secret, struct strbuf *content, struct error *err)
{
	const char *value = secret->content;

	if (secret->file)
		return file_read(AT_FDCWD, secret->file, LARGEST_SECRET, content, err) < 0
			       ? error_wrap(err, "cannot read secret %s", secret->id)
			       : 0;
	if (secret->env) {
		value = getenv(secret->env);
		if (!value)
			return error_set(err, ERROR_NOT_FOUND,
					 "secret %s: environment variable %s is not set",
					 secret->id, secret->env);
	}
	strbuf_add(content, value ? value : "");
	return 0;
}

int run_secret_find(const struct build *build, const struct dockerfile_mount *mount,
		    const struct build_secret **secret, struct error *err)
{
	const struct build_request *request = build->request;
	auto_strbuf struct strbuf content = {0};

	*secret = NULL;
	for (size_t i = 0; i < request->secret_count; i++)
		if (strcmp(request->secrets[i].id, mount->id) == 0)
			*secret = &request->secrets[i];
	if (*secret)
		return run_secret_read(*secret, &content, err);
	if (mount->is_required)
		return error_set(err, ERROR_NOT_FOUND,
				 "secret %s: not found: give it with --secret id=%s,src=FILE",
				 mount->id, mount->id);
	return 0;
}

static int check_socket(const char *path, const char *id, struct error *err)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return error_errno(err, "ssh agent %s: cannot find '%s'", id, path);
	if (!S_ISSOCK(status.st_mode))
		return error_set(err, ERROR_INVALID,
				 "ssh agent %s: '%s' is neither a socket nor a key", id, path);
	return 0;
}

int run_secret_find_agent(const struct build *build, const struct dockerfile_mount *mount,
			  const char **socket, struct error *err)
{
	const struct build_request *request = build->request;
	bool is_given = false;

	*socket = NULL;
	for (size_t i = 0; i < request->ssh_count; i++)
		if (strcmp(request->ssh[i].id, mount->id) == 0) {
			is_given = true;
			*socket = request->ssh[i].path ? request->ssh[i].path
						       : getenv("SSH_AUTH_SOCK");
		}
	if (*socket && **socket)
		return check_socket(*socket, mount->id, err);
	*socket = NULL;
	if (is_given)
		return error_set(err, ERROR_INVALID,
				 "invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set");
	if (mount->is_required)
		return error_set(err, ERROR_NOT_FOUND,
				 "unset ssh forward key %s: give it with "
				 "--ssh",
				 mount->id);
	return 0;
}
