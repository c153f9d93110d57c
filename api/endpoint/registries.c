/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registries: logins, and what a reference means there.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/body.h"
#include "api/job.h"
#include "api/registry_login.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "engine/engine.h"
#include "registry/credentials.h"
#include "registry/registry.h"
#include "storage/reference.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int endpoint_auth(struct request *request, struct error *err)
{
	auto_json json *body = NULL;
	auto_free char *host = NULL, *transport = NULL, *token = NULL;
	const char *user, *password;
	json *answer;

	if (request_json(request, &body, err) < 0)
		return -1;
	user = body_text(body, "username");
	password = body_text(body, "password");
	host = credentials_host(body_text(body, "serveraddress"), err);
	transport = host ? engine_helper_path("transport", err) : NULL;
	if (!transport)
		return -1;
	if (!user || !password)
		return error_set(err, ERROR_INVALID, "username and password are needed");
	if (registry_check_login(transport, host, user, password, &token, err) < 0)
		return -1;
	answer = json_new_object();
	json_set_string(answer, "Status", "Login Succeeded");
	json_set_string(answer, "IdentityToken", token ? token : "");
	answer_json(request, 200, answer);
	return 0;
}

/* --- distribution ----------------------------------------------------------------------------- */

#define LARGEST_CONFIG ((int64_t)8 << 20)

static json *platform_of(const json *source)
{
	static const char *const members[] = {"architecture", "os", "os.version", "variant"};
	json *platform = json_new_object();

	for (size_t i = 0; i < array_length(members); i++)
		json_set_string(platform, members[i], json_string(source, members[i], NULL));
	return platform;
}

static int wait_for_blob(struct registry *registry, int transfer, struct error *err)
{
	struct registry_event event;

	for (;;) {
		if (registry_next(registry, &event, err) < 0)
			return -1;
		if (event.transfer == transfer && event.kind == REGISTRY_FAILED)
			return error_pass(err, event.err);
		if (event.transfer == transfer && event.kind == REGISTRY_DONE)
			return 0;
	}
}

/* The config of an image that is for one platform says which. */
static int add_platform(json *platforms, struct registry *registry, const json *descriptor,
			struct error *err)
{
	auto_close int fd = memfd_create("config", MFD_CLOEXEC);
	struct registry_blob blob = {.size = json_int(descriptor, "size", 0), .fd = fd};
	auto_free char *bytes = NULL;
	auto_json json *config = NULL;
	int transfer;

	if (fd < 0)
		return error_errno(err, "cannot make a file in memory");
	if (blob.size <= 0 || blob.size > LARGEST_CONFIG)
		return error_set(err, ERROR_INVALID, "the size of the image config is wrong");
	if (reference_parse_digest(blob.hex, json_string(descriptor, "digest", ""), "config", err) <
	    0)
		return -1;
	transfer = registry_fetch_blob(registry, &blob, err);
	if (transfer < 0 || wait_for_blob(registry, transfer, err) < 0)
		return -1;
	bytes = alloc_zeroed((size_t)blob.size + 1, 1);
	if (pread(fd, bytes, (size_t)blob.size, 0) != blob.size)
		return error_set(err, ERROR_INVALID, "the image config is not whole");
	config = json_parse(bytes, (size_t)blob.size, "image config", err);
	if (!config)
		return -1;
	json_add(platforms, platform_of(config));
	return 0;
}

static int describe(json *answer, struct registry *registry,
		    const struct registry_document *document, struct error *err)
{
	auto_json json *manifest = json_parse(document->bytes, document->length, "manifest", err);
	json *descriptor = json_new_object(), *platforms = json_new_array();
	json *list = json_get(manifest, "manifests");
	auto_strbuf struct strbuf digest = {0};

	strbuf_printf(&digest, "sha256:%s", document->hex);
	json_set_string(descriptor, "mediaType", document->media_type);
	json_set_string(descriptor, "digest", strbuf_text(&digest));
	json_set_int(descriptor, "size", (int64_t)document->length);
	json_set(answer, "Descriptor", descriptor);
	json_set(answer, "Platforms", platforms);
	if (!manifest)
		return -1;
	if (!list)
		return add_platform(platforms, registry, json_get(manifest, "config"), err);
	for (size_t i = 0; i < json_length(list); i++)
		json_add(platforms, platform_of(json_get(json_at(list, i), "platform")));
	return 0;
}

static int distribution_work(struct request *request, int in, int out, void *data,
			     struct error *err)
{
	const char *full = data;
	auto_free char *transport = engine_helper_path("transport", err);
	size_t length = reference_repository_length(full);
	const struct registry_options options = {
		.transport = transport,
		.repository = arena_string_n(&request->arena, full, length),
	};
	auto_free char *host = alloc_string_n(full, strcspn(full, "/"));
	auto_registry struct registry *registry = NULL;
	struct registry_document document = {0};
	auto_json json *answer = json_new_object();
	int result;

	(void)in;
	registry_login_lend(request, host);
	if (!transport || registry_open(&registry, &options, err) < 0)
		return -1;
	result = registry_get_manifest(registry, full + length + 1, &document, err);
	if (result == 0)
		result = describe(answer, registry, &document, err);
	registry_document_release(&document);
	return result < 0 ? -1 : job_line(out, answer, err);
}

int endpoint_distribution(struct request *request, struct error *err)
{
	auto_free char *full = reference_normalize(request->name, err);
	const struct job job = {.work = distribution_work, .data = full, .type = ANSWER_JSON};

	if (!full)
		return -1;
	return job_run(request, &job, err) < 0 ? -1 : 0;
}
