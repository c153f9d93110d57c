/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of containers, into and out of them.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/job.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container.h"
#include "engine/container_files.h"
#include "registry/base64.h"

#include <errno.h>
#include <string.h>

#define TAR "application/x-tar"

/* --- what a path is --------------------------------------------------------------------------- */

/* Go's bits of os.FileMode beside the permissions. */
static uint32_t go_mode(mode_t mode)
{
	static const struct {
		mode_t type;
		uint32_t bits;
	} types[] =
		{
			{S_IFDIR, 1U << 31}, {S_IFLNK, 1U << 27},
			{S_IFBLK, 1U << 26}, {S_IFCHR, 1U << 26 | 1U << 21},
			{S_IFIFO, 1U << 25}, {S_IFSOCK, 1U << 24},
		},
	  flags[] = {{S_ISUID, 1U << 23}, {S_ISGID, 1U << 22}, {S_ISVTX, 1U << 20}};
	uint32_t bits = mode & 0777;

	for (size_t i = 0; i < array_length(types); i++)
		if ((mode & S_IFMT) == types[i].type)
			bits |= types[i].bits;
	for (size_t i = 0; i < array_length(flags); i++)
		if (mode & flags[i].type)
			bits |= flags[i].bits;
	return bits;
}

static char *format_stat(const struct container_path *path)
{
	auto_json json *value = json_new_object();
	auto_strbuf struct strbuf text = {0};
	char time[UNITS_TIME_SIZE];

	json_set_string(value, "name", path->name);
	json_set_int(value, "size", path->status.st_size);
	json_set_int(value, "mode", go_mode(path->status.st_mode));
	json_set_string(value, "mtime", units_format_time(time, &path->status.st_mtim));
	json_set_string(value, "linkTarget", path->target ? path->target : "");
	json_print(&text, value, false);
	return base64_encode(text.text, text.length);
}

/* The container and the path that the request is about. */
struct place {
	struct container container;
	const char *path;
	struct container_path found;
};

static int look(struct request *request, struct place *place, struct error *err)
{
	struct error reason = {0};

	if (container_look(request->engine, place->container.id, place->path, &place->found,
			   &request->arena, &reason) == 0)
		return 0;
	if (reason.code == ERROR_NOT_FOUND && reason.fact == FACT_NONE)
		return error_set(err, ERROR_NOT_FOUND, "Could not find the file %s in container %s",
				 request_query(request, "path", ""), request->name);
	return error_pass(err, &reason);
}

static int find(struct request *request, struct place *place, struct error *err)
{
	const char *path = request_query(request, "path", NULL);

	if (!path)
		return error_set(err, ERROR_INVALID, "bad parameter: path cannot be empty");
	place->path = path;
	return request_container(request, &place->container, err);
}

/* --- out -------------------------------------------------------------------------------------- */

static int get_work(struct request *request, int in, int out, void *data, struct error *err)
{
	const struct place *place = data;
	const struct container_copy copy = {.path = place->path, .stream_fd = out};

	(void)in;
	return container_copy_out(request->engine, place->container.id, &copy, err);
}

int endpoint_archive_get(struct request *request, struct error *err)
{
	auto_free char *header = NULL;
	struct pair headers[] = {{"X-Docker-Container-Path-Stat", NULL}};
	struct place place;
	const struct job job = {
		.work = get_work,
		.data = &place,
		.type = TAR,
		.headers = headers,
		.header_count = array_length(headers),
	};

	if (find(request, &place, err) < 0 || look(request, &place, err) < 0)
		return -1;
	header = format_stat(&place.found);
	headers[0].value = header;
	if (strcmp(request->method, "HEAD") == 0) {
		answer_head(request, TAR, headers, array_length(headers));
		return 0;
	}
	return job_run(request, &job, err) < 0 ? -1 : 0;
}

static int export_work(struct request *request, int in, int out, void *data, struct error *err)
{
	const struct container *container = data;

	(void)in;
	return container_export(request->engine, container->id, out, err);
}

int endpoint_container_export(struct request *request, struct error *err)
{
	struct container container;
	const struct job job = {.work = export_work, .data = &container, .type = TAR};

	if (request_container(request, &container, err) < 0)
		return -1;
	return job_run(request, &job, err) < 0 ? -1 : 0;
}

/* --- in --------------------------------------------------------------------------------------- */

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '/' || !path[length] || directory[length - 1] == '/');
}

static int refuse_read_only(const struct place *place, struct error *err)
{
	for (size_t i = 0; i < place->container.mount_count; i++)
		if (place->container.mounts[i].target &&
		    is_below(place->path, place->container.mounts[i].target))
			return error_set(err, ERROR_INVALID, "mounted volume is marked read-only");
	return error_set(err, ERROR_INVALID, "container rootfs is marked read-only");
}

static int put_work(struct request *request, int in, int out, void *data, struct error *err)
{
	const struct place *place = data;
	const struct container_copy copy = {
		.path = place->path,
		.stream_fd = in,
		.to_user = request_flag(request, "copyUIDGID"),
		.replaces = !request_flag(request, "noOverwriteDirNonDir"),
	};
	struct error reason = {0};

	(void)out;
	if (container_copy_in(request->engine, place->container.id, &copy, &reason) == 0)
		return 0;
	return reason.code == EROFS ? refuse_read_only(place, err) : error_pass(err, &reason);
}

int endpoint_archive_put(struct request *request, struct error *err)
{
	struct place place;
	const struct job job = {
		.work = put_work, .data = &place, .takes_body = true, .type = ANSWER_JSON};
	int result;

	if (find(request, &place, err) < 0)
		return -1;
	/* Links are followed to the directory that is meant. */
	place.path =
		arena_format(&request->arena, "%s%s/.", *place.path == '/' ? "" : "/", place.path);
	if (look(request, &place, err) < 0)
		return err->code == ERROR_INVALID ? error_set(err, ERROR_INVALID,
							      "extraction point is not a directory")
						  : -1;
	result = job_run(request, &job, err);
	if (result == 0)
		answer_empty(request, 200);
	return result < 0 ? -1 : 0;
}

/* --- what was written ------------------------------------------------------------------------- */

int endpoint_container_changes(struct request *request, struct error *err)
{
	static const char kinds[] = "CAD"; /* at the place of Docker's number */
	struct container container;
	struct container_change *changes;
	json *list = NULL;
	size_t count;

	if (request_container(request, &container, err) < 0 ||
	    container_diff(request->engine, container.id, &changes, &count, &request->arena, err) <
		    0)
		return -1;
	if (count > 0)
		list = json_new_array();
	for (size_t i = 0; i < count; i++) {
		json *change = json_new_object();

		json_set_string(change, "Path", changes[i].path);
		json_set_int(change, "Kind", strchr(kinds, changes[i].kind) - kinds);
		json_add(list, change);
	}
	answer_json(request, 200, list);
	return 0;
}
