/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/certs.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LARGEST_FILE ((size_t)1 << 20)

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0;
}

/* NAME.cert and NAME.key belong together; either alone is a mistake that would only show later as a
 * refusal. */
static int read_pair(struct certs *certs, struct arena *arena, int dirfd, const char *cert_name,
		     struct error *err)
{
	auto_strbuf struct strbuf certificate = {0}, key = {0}, key_name = {0};

	strbuf_add_n(&key_name, cert_name, strlen(cert_name) - strlen(".cert"));
	strbuf_add(&key_name, ".key");
	if (file_read(dirfd, cert_name, LARGEST_FILE, &certificate, err) < 0)
		return -1;
	if (file_read(dirfd, key_name.text, LARGEST_FILE, &key, err) < 0)
		return error_wrap(err, "client certificate '%s' needs its key", cert_name);
	certs->certificate = arena_string(arena, strbuf_text(&certificate));
	certs->key = arena_string(arena, strbuf_text(&key));
	return 0;
}

int certs_read(struct certs *certs, struct arena *arena, const char *directory, struct error *err)
{
	auto_strvec struct strvec names = {0};
	auto_strbuf struct strbuf authorities = {0};
	auto_closedir DIR *dir = opendir(directory);
	const struct dirent *entry;

	if (!dir && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!dir)
		return error_errno(err, "cannot open '%s'", directory);
	while ((entry = readdir(dir)))
		strvec_add(&names, entry->d_name);
	strvec_sort(&names);
	strvec_each (name, &names) {
		if (ends_with(*name, ".crt")) {
			if (file_read(dirfd(dir), *name, LARGEST_FILE, &authorities, err) < 0)
				return error_wrap(err, "'%s'", directory);
			strbuf_add_char(&authorities, '\n');
		} else if (ends_with(*name, ".cert") && !certs->certificate) {
			if (read_pair(certs, arena, dirfd(dir), *name, err) < 0)
				return error_wrap(err, "'%s'", directory);
		}
	}
	if (authorities.length > 0)
		certs->ca = arena_string(arena, authorities.text);
	return 1;
}

/* Beside the configuration that was chosen, if one was. */
static char *chosen_directory(void)
{
	const char *chosen = getenv("CORACLE_REGISTRIES");
	const char *slash = chosen ? strrchr(chosen, '/') : NULL;

	return slash ? alloc_format("%.*s/certs.d", (int)(slash - chosen), chosen) : NULL;
}

int certs_load(struct certs *certs, struct arena *arena, const char *host, struct error *err)
{
	auto_free char *chosen = chosen_directory();
	const char *const directories[] = {chosen, "/etc/coracle/certs.d", "/etc/docker/certs.d"};

	for (size_t i = 0; i < array_length(directories); i++) {
		auto_strbuf struct strbuf path = {0};
		int rc;

		if (!directories[i])
			continue;
		strbuf_printf(&path, "%s/%s", directories[i], host);
		rc = certs_read(certs, arena, path.text, err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return 0;
}
