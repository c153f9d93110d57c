/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/watch/rules.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/source/ignore.h"
#include "compose/model/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LARGEST_IGNORE_FILE ((size_t)1 << 20)

static const struct action {
	const char *word;
	unsigned deeds;
} actions[] = {
	{"rebuild", WATCH_REBUILDS},
	{"restart", WATCH_RESTARTS},
	{"sync", WATCH_SYNCS},
	{"sync+exec", WATCH_SYNCS | WATCH_EXECS},
	{"sync+restart", WATCH_SYNCS | WATCH_RESTARTS},
};

/* What editors and tools write beside the files that are meant, and what git keeps. */
static char *const noise_patterns[] = {
	/* git */
	(char[]){"**/.git"},
	/* JetBrains */
	(char[]){"**/*___jb_old___"},
	(char[]){"**/*___jb_tmp___"},
	(char[]){"**/.idea"},
	/* Emacs */
	(char[]){"**/.#*"},
	(char[]){"**/#*#"},
	/* Vim: its probe for a writable directory, backups, swap files */
	(char[]){"**/4913"},
	(char[]){"**/*~"},
	(char[]){"**/.*.swp"},
	(char[]){"**/.*.swx"},
	(char[]){"**/.*.swo"},
	(char[]){"**/.*.swn"},
	/* Kate */
	(char[]){"**/.*.kate-swp"},
	/* Go's probe for the umask */
	(char[]){"**/*-go-tmp-umask"},
	NULL,
};

/* What @path is called below @base: "" for that itself; NULL: it is elsewhere. */
static const char *below(const char *base, const char *path)
{
	size_t length = strlen(base);

	if (strcmp(base, "/") == 0)
		return path + 1;
	if (strncmp(path, base, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length + 1 : path + length;
}

/* ---- loading -----------------------------------------------------------------------------------
 */

struct loading {
	struct watch_rules *rules;
	const struct ignore *noise;
	bool no_build;
	struct arena *arena;
};

/* Patterns are about what is below @base, and may say so with its whole path. */
static const struct ignore *read_patterns(const struct loading *loading, char *const *patterns,
					  const char *base, struct error *err)
{
	auto_strvec struct strvec relative = {0};

	for (; patterns && *patterns; patterns++) {
		const char *mark = **patterns == '!' ? "!" : "";
		const char *path = *patterns + strlen(mark);
		const char *inside = *path == '/' ? below(base, path) : path;

		if (inside && *inside)
			strvec_addf(&relative, "%s%s", mark, inside);
	}
	return ignore_from_patterns(strvec_copy(&relative, loading->arena), loading->arena, err);
}

/* One that hides everything says nothing about what is being worked on. */
static bool hides_everything(const struct ignore *ignore)
{
	static const char nobody[] = "\x01";

	return ignore_judge(ignore, nobody) == IGNORE_HIDES;
}

static int read_ignore_file(const struct loading *loading, const struct ignore **ignore,
			    const char *path, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct error reason = {0};

	if (file_read(AT_FDCWD, path, LARGEST_IGNORE_FILE, &text, &reason) < 0)
		return reason.code == ENOENT || reason.code == ENOTDIR ? 0
								       : error_pass(err, &reason);
	*ignore = ignore_parse(path, strbuf_text(&text), text.length, loading->arena, err);
	return *ignore ? 1 : -1;
}

/* The Dockerfile's own ignore file, or else the context's. */
static int find_context_ignore(const struct loading *loading, const struct service_build *build,
			       const struct ignore **ignore, struct error *err)
{
	auto_free char *dockerfile =
		path_join(build->context, build->dockerfile ? build->dockerfile : "Dockerfile");
	auto_free char *own = alloc_format("%s.dockerignore", dockerfile);
	auto_free char *common = path_join(build->context, ".dockerignore");
	int found = read_ignore_file(loading, ignore, own, err);

	if (found == 0)
		found = read_ignore_file(loading, ignore, common, err);
	if (found > 0 && hides_everything(*ignore))
		*ignore = NULL;
	return found < 0 ? -1 : 0;
}

static unsigned deeds_of(const struct service_watch *config)
{
	for (size_t i = 0; i < array_length(actions); i++)
		if (strcmp(actions[i].word, config->action) == 0)
			return actions[i].deeds;
	return 0;
}

static bool is_mounted(const struct service *service, const char *path)
{
	for (size_t i = 0; i < service->volumes.count; i++) {
		const struct service_volume *volume = &service->volumes.items[i];

		if (strcmp(volume->type, "bind") == 0 && volume->source &&
		    below(volume->source, path))
			return true;
	}
	return false;
}

static bool is_initial(const struct service_watch *config)
{
	const char *old = node_text(node_get(config->extensions, "x-initialSync"));

	if (old && strcmp(old, "true") == 0) {
		log_warning("x-initialSync is DEPRECATED, please use the official `initial_sync` "
			    "attribute");
		return true;
	}
	return model_flag(config->initial_sync, false);
}

static int check_rule(const struct loading *loading, const struct watch_rule *rule,
		      struct error *err)
{
	const char *name = rule->service->name;
	const struct watch_exec *exec = rule->config->exec;

	if (rule->deeds & WATCH_REBUILDS && !rule->service->build)
		return error_set(err, ERROR_INVALID,
				 "can't watch service \"%s\" with action rebuild without a build "
				 "context",
				 name);
	if (rule->deeds & WATCH_REBUILDS && loading->no_build)
		return error_set(err, ERROR_INVALID,
				 "--no-build is incompatible with watch action rebuild in service "
				 "%s",
				 name);
	if (rule->deeds & WATCH_EXECS && (!exec || !exec->command || !exec->command[0]))
		return error_set(err, ERROR_INVALID,
				 "can't watch with action \"sync+exec\" on service %s without a "
				 "command",
				 name);
	return 0;
}

/* What is mounted is there already. Returns false when nothing is left to do. */
static bool drop_sync(struct watch_rule *rule)
{
	if (!(rule->deeds & WATCH_SYNCS) || !is_mounted(rule->service, rule->config->path))
		return true;
	rule->deeds &= ~(unsigned)WATCH_SYNCS;
	if (rule->deeds & WATCH_EXECS)
		return true;
	log_warning("path '%s' also declared by a bind mount volume, this path won't be monitored!",
		    rule->config->path);
	return false;
}

static int read_rule(const struct loading *loading, struct watch_rule *rule, struct error *err)
{
	const struct service_watch *config = rule->config;

	rule->deeds = deeds_of(config);
	rule->is_initial = is_initial(config) && rule->deeds & WATCH_SYNCS;
	rule->noise = loading->noise;
	if (check_rule(loading, rule, err) < 0)
		return -1;
	if (!drop_sync(rule))
		return 0;
	rule->own_ignore = read_patterns(loading, config->ignore, config->path, err);
	if (!rule->own_ignore)
		return -1;
	if (config->include && config->include[0]) {
		rule->include = read_patterns(loading, config->include, config->path, err);
		if (!rule->include)
			return -1;
	}
	return 1;
}

static int load_service(const struct loading *loading, const struct service *service,
			struct error *err)
{
	struct watch_rules *rules = loading->rules;
	struct watch_rule common = {.service = service};

	if (!service->develop)
		return 0;
	if (service->build && service->build->context && *service->build->context == '/') {
		common.context = service->build->context;
		if (find_context_ignore(loading, service->build, &common.context_ignore, err) < 0)
			return error_wrap(err, "service %s", service->name);
	}
	for (size_t i = 0; i < service->develop->watch.count; i++) {
		struct watch_rule rule = common;
		int wanted;

		rule.config = &service->develop->watch.items[i];
		wanted = read_rule(loading, &rule, err);
		if (wanted < 0)
			return -1;
		if (!wanted)
			continue;
		rules->items = arena_grow(loading->arena, rules->items, rules->count,
					  sizeof(*rules->items));
		rules->items[rules->count++] = rule;
	}
	return 0;
}

int watch_rules_load(struct watch_rules *rules, const struct service *const *services,
		     bool no_build, struct arena *arena, struct error *err)
{
	struct loading loading = {.rules = rules, .no_build = no_build, .arena = arena};

	loading.noise = ignore_from_patterns(noise_patterns, arena, err);
	if (!loading.noise)
		return -1;
	for (; *services; services++)
		if (load_service(&loading, *services, err) < 0)
			return -1;
	if (rules->count == 0)
		return error_set(err, ERROR_INVALID,
				 "none of the selected services is configured for watch, consider "
				 "setting a 'develop' section");
	return 0;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

const char *watch_rule_relative(const struct watch_rule *rule, const char *path)
{
	return below(rule->config->path, path);
}

static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What patterns of the rule are asked about: the path below it, or of a file its name. */
static const char *asked(const struct watch_rule *rule, const char *path)
{
	const char *relative = watch_rule_relative(rule, path);

	return relative && !*relative ? last_of(path) : relative;
}

static bool hides(const struct ignore *ignore, const char *path)
{
	return path && *path && ignore_judge(ignore, path) != IGNORE_TAKES;
}

static bool hides_all(const struct ignore *ignore, const char *path)
{
	return path && *path && ignore_judge(ignore, path) == IGNORE_HIDES;
}

bool watch_rule_takes(const struct watch_rule *rule, const char *path)
{
	const char *name = asked(rule, path);

	return name && (!rule->include || hides(rule->include, name)) &&
	       !hides(rule->noise, name) && !hides(rule->own_ignore, name) &&
	       !(rule->context && hides(rule->context_ignore, below(rule->context, path)));
}

bool watch_rule_enters(const struct watch_rule *rule, const char *path)
{
	const char *name = watch_rule_relative(rule, path);

	if (!name)
		return false;
	return !*name ||
	       (!hides_all(rule->noise, name) && !hides_all(rule->own_ignore, name) &&
		!(rule->context && hides_all(rule->context_ignore, below(rule->context, path))));
}

char *watch_rule_target(const struct watch_rule *rule, const char *path, struct arena *arena)
{
	const char *target = rule->config->target, *relative = watch_rule_relative(rule, path);
	auto_free char *whole = NULL, *clean = NULL;
	size_t length = strlen(target);

	/* A file goes into what is written as a directory. */
	if (!*relative && length > 0 && target[length - 1] == '/')
		relative = last_of(path);
	whole = alloc_format("/%s/%s", target, relative);
	clean = path_clean(whole);
	return arena_string(arena, clean);
}
