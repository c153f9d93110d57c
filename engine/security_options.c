/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/security_options.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "engine/container.h"

#include <fcntl.h>
#include <string.h>

static bool is_option(const char *text, const char *name, const char **value)
{
	size_t length = strlen(name);

	if (strncmp(text, name, length) != 0 ||
	    (text[length] != '=' && text[length] != ':' && text[length]))
		return false;
	*value = text[length] ? text + length + 1 : "";
	return true;
}

static int load_seccomp(struct container_config *config, const char *value, const char *directory,
			struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_free char *path = NULL;

	if (strcmp(value, "unconfined") == 0) {
		config->seccomp = NULL;
		return 0;
	}
	if (strcmp(value, "builtin") == 0)
		return 0;
	path = path_join(directory, value);
	if (file_read(AT_FDCWD, path, 4 << 20, &text, err) < 0)
		return error_wrap(err, "seccomp profile");
	config->seccomp = arena_string(arena, text.text);
	return 0;
}

int security_options_set(struct container_config *config, char *const *options,
			 const char *directory, struct arena *arena, struct error *err)
{
	const char *value;

	config->seccomp = SPEC_SECCOMP_DEFAULT;
	for (char *const *text = options; text && *text; text++) {
		if (is_option(*text, "no-new-privileges", &value))
			config->no_new_privileges = strcmp(value, "false") != 0;
		else if (is_option(*text, "apparmor", &value))
			config->apparmor = strcmp(value, "unconfined") == 0 ? NULL : value;
		else if (is_option(*text, "systempaths", &value))
			config->systempaths_unconfined = strcmp(value, "unconfined") == 0;
		else if (is_option(*text, "seccomp", &value)) {
			if (load_seccomp(config, value, directory, arena, err) < 0)
				return -1;
		} else if (is_option(*text, "label", &value)) {
			if (strcmp(value, "disable") != 0)
				log_warning_once("'%s' has no effect: SELinux labels are not set",
						 *text);
		} else {
			return error_set(err, ERROR_INVALID, "unknown option '%s'", *text);
		}
	}
	return 0;
}
