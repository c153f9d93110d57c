/* SPDX-License-Identifier: Apache-2.0 */
/* A sandbox's place in a network, and the two files that tell it of names. */
#include "engine/sandbox_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "engine/namespace_mode.h"
#include "net/hosts.h"
#include "net/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEFAULT_NETWORK "bridge"

static int attach(struct sandbox *sandbox, const char *network, struct error *err)
{
	struct endpoint_request endpoint = {.network = network};
	struct attach_request request = {
		.container_id = sandbox->id,
		.container_name = arena_format(&sandbox->arena, "step-%.12s", sandbox->id),
		.netns_fd = sandbox->netns_fd,
		.endpoints = &endpoint,
		.endpoint_count = network ? 1 : 0,
	};

	sandbox->endpoints = arena_array(&sandbox->arena, 1, sizeof(*sandbox->endpoints));
	if (network_attach(&sandbox->engine->net, &request, sandbox->endpoints, &sandbox->arena,
			   err) < 0)
		return -1;
	sandbox->endpoint_count = request.endpoint_count;
	return 0;
}

static int serve_names(struct sandbox *sandbox, const char *network, struct error *err)
{
	char *networks[] = {(char *)network, NULL};
	auto_free char *program = engine_helper_path("responder", err);
	struct responder_request request = {
		.program = program,
		.netns_fd = sandbox->netns_fd,
		.networks = networks,
		.is_isolated = sandbox->endpoints[0].internal,
	};

	if (!program)
		return -1;
	return responder_open(&sandbox->responder, &sandbox->engine->net, &request,
			      sandbox->request->loop, err);
}

int sandbox_enter_network(struct sandbox *sandbox, struct error *err)
{
	const char *wanted = sandbox->request->network;
	const char *name = wanted ? wanted : DEFAULT_NETWORK;
	struct namespace_mode mode = namespace_mode_parse(wanted);

	if (mode.kind == NAMESPACE_HOST || mode.kind == NAMESPACE_NONE)
		return 0; /* of none, the runtime makes one with nothing but loopback */
	sandbox->netns_fd = netns_create(err);
	if (sandbox->netns_fd < 0 || attach(sandbox, name, err) < 0)
		return -1;
	return serve_names(sandbox, name, err);
}

static void format_hosts(struct strbuf *text, const struct sandbox *sandbox)
{
	auto_strbuf struct strbuf host = {0};
	struct hosts_request request = {
		.hostname = sandbox->request->hostname,
		.endpoints = sandbox->endpoints,
		.endpoint_count = sandbox->endpoint_count,
		.is_local = true,
		.extra_hosts = sandbox->request->extra_hosts,
	};

	if (namespace_mode_is(sandbox->request->network, NAMESPACE_HOST)) {
		file_read(AT_FDCWD, "/etc/hosts", 1 << 20, &host, NULL);
		request.host_text = strbuf_text(&host);
	}
	hosts_format(text, &request);
}

static void format_resolv(struct strbuf *text, const struct sandbox *sandbox)
{
	auto_strbuf struct strbuf host = {0};
	struct resolv_request request = {.is_embedded = sandbox->endpoint_count > 0};

	file_read(AT_FDCWD, "/etc/resolv.conf", 65536, &host, NULL);
	request.host_text = strbuf_text(&host);
	hosts_format_resolv(text, &request);
}

static bool has_mount(const struct spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (strcmp(spec->mounts[i].destination, destination) == 0)
			return true;
	return false;
}

static void add_file(struct sandbox *sandbox, const char *destination, const struct strbuf *text)
{
	struct spec *spec = &sandbox->spec;
	struct spec_file *file;

	if (has_mount(spec, destination))
		return;
	file = arena_alloc(&sandbox->arena, sizeof(*file));
	*file = (struct spec_file){
		.content = arena_string_n(&sandbox->arena, strbuf_text(text), text->length),
		.length = text->length,
		.mode = 0644,
	};
	spec->mounts =
		arena_grow(&sandbox->arena, spec->mounts, spec->mount_count, sizeof(*spec->mounts));
	spec->mounts[spec->mount_count++] = (struct spec_mount){
		.destination = destination,
		.type = "file",
		.file = file,
		.source_is_file = true,
		.source_fd = -1,
	};
}

void sandbox_add_network_files(struct sandbox *sandbox)
{
	auto_strbuf struct strbuf hosts = {0}, resolv = {0};

	format_hosts(&hosts, sandbox);
	format_resolv(&resolv, sandbox);
	add_file(sandbox, "/etc/hosts", &hosts);
	add_file(sandbox, "/etc/resolv.conf", &resolv);
}
