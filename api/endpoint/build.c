/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds as Docker's classic builder has them: parameters in, its lines out.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/config/config.h"
#include "api/endpoint/build_lines.h"
#include "api/job.h"
#include "api/registry_login.h"
#include "api/request.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "builder/build.h"
#include "builder/build_words.h"
#include "engine/namespace_mode.h"

#include <errno.h>
#include <string.h>

/* --- parameters ------------------------------------------------------------------------------- */

/* A parameter that is JSON; NULL: it is not there. */
static int read_json(struct request *request, const char *name, bool is_list, json **value,
		     struct error *err)
{
	const char *text = request_query(request, name, NULL);

	*value = NULL;
	if (!text || strcmp(text, "null") == 0)
		return 0;
	*value = json_parse(text, strlen(text), name, err);
	if (!*value)
		return error_wrap(err, "bad parameter '%s'", name);
	if (is_list ? json_is_array(*value) : json_is_object(*value))
		return 0;
	return error_set(err, ERROR_INVALID, "bad parameter '%s': it is no %s", name,
			 is_list ? "list" : "map");
}

/* An argument without a value is one that the client does not have. */
static int read_pairs(struct request *request, const char *name, struct pair **pairs, size_t *count,
		      struct error *err)
{
	auto_json json *map = NULL;

	if (read_json(request, name, false, &map, err) < 0)
		return -1;
	*pairs =
		arena_array(&request->arena, (map ? (size_t)json_object_object_length(map) : 0) + 1,
			    sizeof(**pairs));
	if (!map)
		return 0;
	json_each (key, value, map)
		if (json_is_string(value))
			(*pairs)[(*count)++] = (struct pair){
				arena_string(&request->arena, key),
				arena_string(&request->arena, json_object_get_string(value))};
	return 0;
}

static int read_caches(struct request *request, struct build_request *build, struct error *err)
{
	auto_json json *list = NULL;

	if (read_json(request, "cachefrom", true, &list, err) < 0)
		return -1;
	build->cache_from =
		arena_array(&request->arena, json_length(list) + 1, sizeof(*build->cache_from));
	for (size_t i = 0; i < json_length(list); i++) {
		const char *text = json_string_at(list, i);

		if (text && build_words_cache(&build->cache_from[build->cache_from_count++],
					      arena_string(&request->arena, text), false,
					      &request->arena, err) < 0)
			return error_wrap(err, "bad parameter 'cachefrom'");
	}
	return 0;
}

static int read_ulimits(struct request *request, struct build_request *build, struct error *err)
{
	auto_json json *list = NULL;

	if (read_json(request, "ulimits", true, &list, err) < 0)
		return -1;
	if (config_read_ulimits(&build->ulimits, &build->ulimit_count, list, &request->arena, err) <
	    0)
		return error_wrap(err, "bad parameter 'ulimits'");
	return 0;
}

static int read_resources(struct request *request, struct build_request *build, struct error *err)
{
	struct spec_resources *resources = &build->resources;
	int64_t shares = 0, period = 0;
	const struct {
		const char *name;
		int64_t *value;
	} rows[] = {
		{"shmsize", &build->shm_size},
		{"memory", &resources->memory_limit},
		{"memswap", &resources->memory_swap},
		{"cpuquota", &resources->cpu_quota_us},
		{"cpushares", &shares},
		{"cpuperiod", &period},
	};

	for (size_t i = 0; i < array_length(rows); i++)
		if (request_number(request, rows[i].name, rows[i].value, err) < 0)
			return -1;
	resources->cpu_shares = shares > 0 ? (uint64_t)shares : 0;
	resources->cpu_period_us = period > 0 ? (uint64_t)period : 0;
	resources->cpuset_cpus = request_query(request, "cpusetcpus", NULL);
	resources->cpuset_mems = request_query(request, "cpusetmems", NULL);
	return 0;
}

/* Nothing of the server's own: neither its files nor its keys. */
static int read_context(struct request *request, struct build_request *build, struct error *err)
{
	static const char *const schemes[] = {"http://", "https://", "git://", "github.com/"};
	const char *remote = request_query(request, "remote", NULL);
	const char *dockerfile = request_query(request, "dockerfile", "Dockerfile");

	build->context = "-";
	build->dockerfile = dockerfile + strspn(dockerfile, "/");
	if (strcmp(build->dockerfile, "-") == 0) /* a name like others */
		build->dockerfile = "./-";
	build->is_from_context = true;
	build->hides_own_files = true;
	if (!remote)
		return 0;
	for (size_t i = 0; i < array_length(schemes); i++)
		if (strncmp(remote, schemes[i], strlen(schemes[i])) == 0) {
			build->context = remote;
			return 0;
		}
	return error_set(err, ERROR_INVALID,
			 "bad parameter 'remote': '%s' is neither an http URL nor one of git",
			 remote);
}

static int refuse(struct request *request, struct error *err)
{
	if (strcmp(request_query(request, "version", "1"), "2") == 0 ||
	    strcmp(request_query(request, "remote", ""), "client-session") == 0)
		return endpoint_absent_buildkit(request, err);
	if (request_flag(request, "squash"))
		return error_set(err, ERROR_INVALID,
				 "squash is only supported with experimental mode");
	if (strcmp(request_query(request, "outputs", "[]"), "[]") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "outputs are BuildKit's: use 'coracle image build --output'");
	return 0;
}

/* The builder knows networks by their names. */
static int read_network(struct request *request, struct build_request *build, struct error *err)
{
	struct network network;

	build->network = request_query(request, "networkmode", NULL);
	if (!build->network || namespace_mode_parse(build->network).kind != NAMESPACE_OWN ||
	    strcmp(build->network, "default") == 0 || strcmp(build->network, "bridge") == 0)
		return 0;
	if (network_load(&request->engine->net, build->network, &network, &request->arena, err) < 0)
		return -1;
	build->network = network.name;
	return 0;
}

static int read_build(struct request *request, struct build_request *build, struct error *err)
{
	auto_strvec struct strvec names = {0}, hosts = {0};

	*build = (struct build_request){
		.target = request_query(request, "target", NULL),
		.platform = request_query(request, "platform", NULL),
		.no_cache = request_flag(request, "nocache"),
		.pulls = request_flag(request, "pull"),
		.cgroup_parent = request_query(request, "cgroupparent", NULL),
		.allows_host_network = true,
	};
	request_query_all(request, "t", &names);
	request_query_all(request, "extrahosts", &hosts);
	build->names = strvec_copy(&names, &request->arena);
	build->extra_hosts = strvec_copy(&hosts, &request->arena);
	if (read_context(request, build, err) < 0 || read_network(request, build, err) < 0 ||
	    read_pairs(request, "buildargs", &build->args, &build->arg_count, err) < 0 ||
	    read_pairs(request, "labels", &build->labels, &build->label_count, err) < 0 ||
	    read_caches(request, build, err) < 0 || read_ulimits(request, build, err) < 0)
		return -1;
	return read_resources(request, build, err);
}

/* --- the build -------------------------------------------------------------------------------- */

static int work(struct request *request, int in, int out, void *data, struct error *err)
{
	struct build_request *build = data;
	struct build_lines lines = {.out = out, .is_quiet = request_flag(request, "q")};
	struct build_result result;
	struct error reason = {0};
	int done;

	build->stdin_fd = in;
	build->planned = build_lines_planned;
	build->progress = build_lines_event;
	build->data = &lines;
	registry_login_lend_all(request);
	if (build_run(request->engine, build, &result, &request->arena, &reason) < 0)
		done = build_lines_failed(&lines, &reason, err);
	else
		done = build_lines_end(&lines, &result, err);
	build_lines_release(&lines);
	return done;
}

/* The path of a file that is not there is no image that is not found. */
static int explain(const struct build_request *build, struct error *err)
{
	if (err->code == ERROR_NOT_FOUND && err->fact == FACT_NONE &&
	    strstr(err->text, "failed to read dockerfile"))
		return error_set(err, EIO, "Cannot locate specified Dockerfile: %s",
				 build->dockerfile);
	return -1;
}

int endpoint_build(struct request *request, struct error *err)
{
	struct build_request build;
	const struct job job = {
		.work = work, .data = &build, .takes_body = true, .type = ANSWER_JSON};
	int result;

	if (refuse(request, err) < 0 || read_build(request, &build, err) < 0)
		return -1;
	result = job_run(request, &job, err);
	/* The default network, if nobody else is on it. */
	network_detach(&request->engine->net, NULL, 0, NULL);
	return result < 0 ? explain(&build, err) : 0;
}
