/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container_memo.h"
#include "engine/event_journal.h"
#include "runtime/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* openat2, close_range, nft objects: what is missing would fail with less clear words. */
static int check_kernel(struct error *err)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	if (major > 5 || (major == 5 && minor >= 10))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED, "Linux 5.10 or newer is needed, this is %s",
			 name.release);
}

int engine_open(struct engine *engine, const char *root, const char *run, struct error *err)
{
	*engine = (struct engine){0};
	if (check_kernel(err) < 0)
		return -1;
	if (layout_open(&engine->layout, root, run, err) < 0)
		return -1;
	if (mkdirat(engine->layout.containers_fd, "by-name", 0700) < 0 && errno != EEXIST) {
		error_errno(err, "cannot create '%s/containers/by-name'", root);
		layout_close(&engine->layout);
		return -1;
	}
	engine->net = (struct net_context){
		.config_dirfd = engine->layout.networks_fd,
		.run_dirfd = engine->layout.run_networks_fd,
		.run_path = engine->layout.run,
		.open_cgroups = cgroup_open_root,
	};
	engine->seccomp_cache = alloc_format("%s/cache/seccomp", engine->layout.root);
	mkdir(engine->seccomp_cache, 0700);
	event_journal_open(engine);
	return 0;
}

void engine_close(struct engine *engine)
{
	event_journal_close();
	container_memo_release(engine);
	layout_close(&engine->layout);
	free(engine->seccomp_cache);
	engine->seccomp_cache = NULL;
}

/* -1: it is there, but may not be executed, wherever another one might be. */
static int judge_helper(const char *path, struct error *err)
{
	if (access(path, X_OK) == 0)
		return 1;
	if (errno != EACCES || access(path, F_OK) < 0)
		return 0;
	return error_set(
		err, ERROR_UNSUPPORTED,
		"cannot execute '%s': %s; is its mode 755, and its file system not mounted "
		"noexec?",
		path, error_strerror(EACCES));
}

char *engine_helper_path(const char *name, struct error *err)
{
	/* Seen from this program: in the build tree, installed, and for one helper another. */
	static const char *const places[] = {"libexec/coracle/", "../libexec/coracle/", ""};
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	auto_free char *installed = NULL;
	char *slash;
	int judgement;

	self[length > 0 ? length : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < array_length(places); i++) {
		auto_free char *path =
			alloc_format("%.*s/%s%s", (int)(slash - self), self, places[i], name);

		judgement = judge_helper(path, err);
		if (judgement)
			return judgement > 0 ? take_ptr(path) : NULL;
	}
	installed = alloc_format("%s/%s", LIBEXECDIR, name);
	judgement = judge_helper(installed, err);
	if (judgement)
		return judgement > 0 ? take_ptr(installed) : NULL;
	error_set(err, ERROR_NOT_FOUND,
		  "the helper '%s' is neither beside this program nor in '%s': run 'make install'",
		  name, LIBEXECDIR);
	return NULL;
}
