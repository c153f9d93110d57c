/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sysctl.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "runtime/spec.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#define LONGEST_VALUE 4096

struct allowed {
	const char *key; /* a trailing '/' allows all below */
	enum spec_namespace namespace;
};

static const struct allowed allowed[] = {
	{"sys/net/", SPEC_NS_NETWORK},
	{"sys/kernel/msgmax", SPEC_NS_IPC},
	{"sys/kernel/msgmnb", SPEC_NS_IPC},
	{"sys/kernel/msgmni", SPEC_NS_IPC},
	{"sys/kernel/sem", SPEC_NS_IPC},
	{"sys/kernel/shmall", SPEC_NS_IPC},
	{"sys/kernel/shmmax", SPEC_NS_IPC},
	{"sys/kernel/shmmni", SPEC_NS_IPC},
	{"sys/kernel/shm_rmid_forced", SPEC_NS_IPC},
	{"sys/fs/mqueue/", SPEC_NS_IPC},
	{"sys/kernel/domainname", SPEC_NS_UTS},
};

char *sysctl_path(const char *key)
{
	/* As sysctl(8): the separator that comes first is the separator. */
	char separator = key[strcspn(key, "./")];
	auto_free char *path = alloc_format("sys/%s", key);
	bool at_start = true;

	for (char *c = path + 4; *c; c++) {
		if (separator == '.' && *c == '/')
			return NULL;
		if (*c == separator)
			*c = '/';
		if (*c == '/' ? at_start : !isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return NULL;
		if (at_start && *c == '.') /* also refuses ".." */
			return NULL;
		at_start = *c == '/';
	}
	return at_start ? NULL : take_ptr(path);
}

static const struct allowed *find_allowed(const char *path)
{
	for (size_t i = 0; i < array_length(allowed); i++) {
		size_t length = strlen(allowed[i].key);

		if (allowed[i].key[length - 1] == '/' ? strncmp(path, allowed[i].key, length) == 0
						      : strcmp(path, allowed[i].key) == 0)
			return &allowed[i];
	}
	return NULL;
}

static int check_one(const struct spec *spec, const struct pair *sysctl, bool joins_network,
		     struct error *err)
{
	auto_free char *path = sysctl_path(sysctl->name);
	const struct allowed *row = path ? find_allowed(path) : NULL;

	if (!path)
		return error_set(err, ERROR_INVALID, "'%s' is not the name of a sysctl",
				 sysctl->name);
	if (!row)
		return error_set(err, ERROR_INVALID,
				 "the sysctl '%s' is not a namespaced one: it would change the "
				 "host",
				 sysctl->name);
	if (!spec->namespaces[row->namespace].own &&
	    !(joins_network && row->namespace == SPEC_NS_NETWORK))
		return error_set(err, ERROR_INVALID,
				 "the sysctl '%s' cannot be set in a namespace of the host",
				 sysctl->name);
	if (strlen(sysctl->value) > LONGEST_VALUE || strpbrk(sysctl->value, "\r\n"))
		return error_set(err, ERROR_INVALID, "the value of the sysctl '%s' is not a line",
				 sysctl->name);
	return 0;
}

int sysctl_check(const struct spec *spec, int joins_network, struct error *err)
{
	for (size_t i = 0; i < spec->sysctl_count; i++)
		if (check_one(spec, &spec->sysctls[i], joins_network, err) < 0)
			return -1;
	return 0;
}

int sysctl_apply(const struct spec *spec, int proc_fd, struct error *err)
{
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		const struct pair *sysctl = &spec->sysctls[i];
		auto_free char *path = sysctl_path(sysctl->name);
		auto_close int fd = path_open(proc_fd, path, PATH_NO_LINKS, O_WRONLY, err);

		if (fd < 0)
			return error_wrap(err, "cannot set the sysctl '%s'", sysctl->name);
		/* One write is one value: a short one would be another value. */
		if (write(fd, sysctl->value, strlen(sysctl->value)) !=
		    (ssize_t)strlen(sysctl->value))
			return error_errno(err, "cannot set the sysctl '%s' to '%s'", sysctl->name,
					   sysctl->value);
	}
	return 0;
}
