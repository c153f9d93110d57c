/* SPDX-License-Identifier: Apache-2.0 */
#include "api/routes.h"

#include "api/answer.h"
#include "api/failure.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HARMLESS true
#define TELLING	 false /* a GET all the same: what it says is not for everybody */
#define CHANGING false

/* The first one that fits answers. */
static const struct route table[] = {
	{"GET", "/_ping", GROUP_SYSTEM, HARMLESS, endpoint_ping},
	{"GET", "/version", GROUP_SYSTEM, HARMLESS, endpoint_version},
	{"GET", "/info", GROUP_SYSTEM, HARMLESS, endpoint_info},

	{"GET", "/containers/json", GROUP_CONTAINERS, HARMLESS, endpoint_container_list},
	{"GET", "/containers/{}/json", GROUP_CONTAINERS, HARMLESS, endpoint_container_inspect},

	{"POST", "/containers/create", GROUP_CONTAINERS, CHANGING, endpoint_container_create},
	{"POST", "/containers/{}/update", GROUP_CONTAINERS, CHANGING, endpoint_container_update},
	{"POST", "/containers/{}/start", GROUP_CONTAINERS, CHANGING, endpoint_container_start},
	{"POST", "/containers/{}/stop", GROUP_CONTAINERS, CHANGING, endpoint_container_stop},
	{"POST", "/containers/{}/restart", GROUP_CONTAINERS, CHANGING, endpoint_container_restart},
	{"POST", "/containers/{}/kill", GROUP_CONTAINERS, CHANGING, endpoint_container_kill},
	{"POST", "/containers/{}/pause", GROUP_CONTAINERS, CHANGING, endpoint_container_pause},
	{"POST", "/containers/{}/unpause", GROUP_CONTAINERS, CHANGING, endpoint_container_unpause},
	{"POST", "/containers/{}/rename", GROUP_CONTAINERS, CHANGING, endpoint_container_rename},
	{"POST", "/containers/{}/wait", GROUP_CONTAINERS, CHANGING, endpoint_container_wait},
	{"DELETE", "/containers/{}", GROUP_CONTAINERS, CHANGING, endpoint_container_remove},
	{"POST", "/containers/prune", GROUP_CONTAINERS, CHANGING, endpoint_container_prune},
	{"GET", "/containers/{}/archive", GROUP_FILES, TELLING, endpoint_archive_get},
	{"PUT", "/containers/{}/archive", GROUP_FILES, CHANGING, endpoint_archive_put},
	{"GET", "/containers/{}/export", GROUP_FILES, TELLING, endpoint_container_export},
	{"GET", "/containers/{}/changes", GROUP_FILES, TELLING, endpoint_container_changes},
	{"POST", "/commit", GROUP_FILES, CHANGING, endpoint_commit},

	{"GET", "/containers/{}/logs", GROUP_LOGS, TELLING, endpoint_container_logs},
	{"POST", "/containers/{}/attach", GROUP_CONTAINERS, CHANGING, endpoint_container_attach},
	{"POST", "/containers/{}/resize", GROUP_CONTAINERS, CHANGING, endpoint_container_resize},
	{"GET", "/containers/{}/stats", GROUP_STATS, TELLING, endpoint_container_stats},
	{"GET", "/metrics", GROUP_STATS, HARMLESS, endpoint_metrics},
	{"GET", "/containers/{}/top", GROUP_CONTAINERS, HARMLESS, endpoint_container_top},
	{"POST", "/containers/{}/exec", GROUP_EXEC, CHANGING, endpoint_exec_create},
	{"POST", "/exec/{}/start", GROUP_EXEC, CHANGING, endpoint_exec_start},
	{"POST", "/exec/{}/resize", GROUP_EXEC, CHANGING, endpoint_exec_resize},
	{"GET", "/exec/{}/json", GROUP_EXEC, TELLING, endpoint_exec_inspect},

	{"GET", "/events", GROUP_EVENTS, HARMLESS, endpoint_events},

	{"GET", "/system/df", GROUP_SYSTEM, HARMLESS, endpoint_disk_usage},
	{"POST", "/build", GROUP_BUILD, CHANGING, endpoint_build},
	{"POST", "/build/prune", GROUP_BUILD, CHANGING, endpoint_build_prune},

	{"GET", "/images/json", GROUP_IMAGES, HARMLESS, endpoint_image_list},
	{"GET", "/images/search", GROUP_IMAGES, TELLING, endpoint_absent_search},
	{"GET", "/images/get", GROUP_IMAGES, TELLING, endpoint_image_get_all},
	{"POST", "/images/create", GROUP_IMAGES, CHANGING, endpoint_image_create},
	{"POST", "/images/load", GROUP_IMAGES, CHANGING, endpoint_image_load},
	{"POST", "/images/prune", GROUP_IMAGES, CHANGING, endpoint_image_prune},
	{"GET", "/images/{}/json", GROUP_IMAGES, HARMLESS, endpoint_image_inspect},
	{"GET", "/images/{}/history", GROUP_IMAGES, HARMLESS, endpoint_image_history},
	{"GET", "/images/{}/get", GROUP_IMAGES, TELLING, endpoint_image_get},
	{"POST", "/images/{}/push", GROUP_IMAGES, CHANGING, endpoint_image_push},
	{"POST", "/images/{}/tag", GROUP_IMAGES, CHANGING, endpoint_image_tag},
	{"DELETE", "/images/{}", GROUP_IMAGES, CHANGING, endpoint_image_delete},
	{"POST", "/auth", GROUP_IMAGES, CHANGING, endpoint_auth},
	{"GET", "/distribution/{}/json", GROUP_IMAGES, TELLING, endpoint_distribution},

	{"GET", "/networks", GROUP_NETWORKS, HARMLESS, endpoint_network_list},
	{"POST", "/networks/create", GROUP_NETWORKS, CHANGING, endpoint_network_create},
	{"POST", "/networks/prune", GROUP_NETWORKS, CHANGING, endpoint_network_prune},
	{"POST", "/networks/{}/connect", GROUP_NETWORKS, CHANGING, endpoint_network_connect},
	{"POST", "/networks/{}/disconnect", GROUP_NETWORKS, CHANGING, endpoint_network_disconnect},
	{"GET", "/networks/{}", GROUP_NETWORKS, HARMLESS, endpoint_network_inspect},
	{"DELETE", "/networks/{}", GROUP_NETWORKS, CHANGING, endpoint_network_delete},

	{"GET", "/volumes", GROUP_VOLUMES, HARMLESS, endpoint_volume_list},
	{"POST", "/volumes/create", GROUP_VOLUMES, CHANGING, endpoint_volume_create},
	{"POST", "/volumes/prune", GROUP_VOLUMES, CHANGING, endpoint_volume_prune},
	{"GET", "/volumes/{}", GROUP_VOLUMES, HARMLESS, endpoint_volume_inspect},
	{"DELETE", "/volumes/{}", GROUP_VOLUMES, CHANGING, endpoint_volume_delete},

	{"GET", "/plugins", GROUP_SYSTEM, HARMLESS, endpoint_absent_plugins},
	{"GET POST DELETE", "/swarm{}", GROUP_SYSTEM, CHANGING, endpoint_absent_swarm},
	{"GET POST DELETE", "/services{}", GROUP_SYSTEM, CHANGING, endpoint_absent_swarm},
	{"GET POST DELETE", "/nodes{}", GROUP_SYSTEM, CHANGING, endpoint_absent_swarm},
	{"GET POST DELETE", "/tasks{}", GROUP_SYSTEM, CHANGING, endpoint_absent_swarm},
	{"GET POST DELETE", "/secrets{}", GROUP_SYSTEM, CHANGING, endpoint_absent_swarm},
	{"GET POST DELETE", "/configs{}", GROUP_SYSTEM, CHANGING, endpoint_absent_swarm},
	{"POST", "/session", GROUP_BUILD, CHANGING, endpoint_absent_buildkit},
	{"POST", "/grpc", GROUP_BUILD, CHANGING, endpoint_absent_buildkit},
};

/* Which 1.N; without one the newest. */
static int take_version(struct request *request, struct error *err)
{
	unsigned major, minor;
	int length = 0;

	request->version = ANSWER_API_MINOR;
	if (sscanf(request->path, "/v%3u.%3u%n", &major, &minor, &length) != 2 ||
	    request->path[length] != '/')
		return 0;
	request->version = minor;
	request->path += length;
	if (major < 1 || (major == 1 && minor < ANSWER_API_OLDEST))
		return error_set(err, ERROR_INVALID,
				 "client version %u.%u is too old. Minimum supported API version "
				 "is 1.%d, please upgrade your client to a newer version",
				 major, minor, ANSWER_API_OLDEST);
	if (major > 1 || minor > ANSWER_API_MINOR)
		return error_set(err, ERROR_INVALID,
				 "client version %u.%u is too new. Maximum supported API version "
				 "is 1.%d",
				 major, minor, ANSWER_API_MINOR);
	return 0;
}

static bool has_method(const struct route *route, const char *method)
{
	size_t length;

	if (strcmp(method, "HEAD") == 0 && strncmp(route->methods, "GET", 3) == 0)
		return true;
	for (const char *word = route->methods; *word; word += length + (word[length] == ' ')) {
		length = strcspn(word, " ");
		if (strlen(method) == length && strncmp(word, method, length) == 0)
			return true;
	}
	return false;
}

/* Matched from both ends: names of images have slashes. */
static bool fits(const struct route *route, struct request *request, const char **name)
{
	const char *hole = strchr(route->pattern, '{');
	size_t length = strlen(request->path), before, after;

	*name = NULL;
	if (!hole)
		return strcmp(route->pattern, request->path) == 0;
	before = (size_t)(hole - route->pattern);
	after = strlen(hole + 2);
	if (length < before + after || strncmp(request->path, route->pattern, before) != 0 ||
	    strcmp(request->path + length - after, hole + 2) != 0)
		return false;
	*name = arena_string_n(&request->arena, request->path + before, length - before - after);
	return true;
}

const struct route *routes_find(struct request *request, const char **name)
{
	for (size_t i = 0; i < array_length(table); i++)
		if (has_method(&table[i], request->method) && fits(&table[i], request, name))
			return &table[i];
	return NULL;
}

static const char *refusal(const struct route *route, const struct api_settings *settings)
{
	bool is_allowed = settings->allowed & (1U << route->group);
	/* Logs and statistics change nothing: who names them gets them. */
	bool is_named = is_allowed && settings->allowed != UINT32_MAX &&
			(route->group == GROUP_LOGS || route->group == GROUP_STATS);

	if (!is_allowed)
		return "this endpoint is not among those that the server allows (--allow)";
	if (settings->is_read_only && !route->is_harmless &&
	    !(is_named && strncmp(route->methods, "GET", 3) == 0))
		return "this server is read-only";
	return NULL;
}

static int try_answer(struct request *request, struct error *err)
{
	const struct route *route;
	const char *refused;

	if (take_version(request, err) < 0)
		return -1;
	route = routes_find(request, &request->name);
	if (!route)
		return error_set(err, ERROR_NOT_FOUND, "page not found");
	refused = refusal(route, request->settings);
	if (refused) {
		answer_message(request, 403, refused);
		return 0;
	}
	return route->answer(request, err);
}

void routes_answer(struct request *request)
{
	struct error reason = {0};

	if (try_answer(request, &reason) == 0)
		return;
	if (request->is_answered)
		log_warning("%s %s: %s", request->method, request->path, reason.text);
	else
		failure_answer(request, &reason);
}
