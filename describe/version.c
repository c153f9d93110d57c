/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/version.h"

#include "storage/image/manifest.h"

#include <sys/utsname.h>

#define BUILD "coracle-" CORACLE_VERSION

static void add_pairs(json *object, const char *const pairs[][2])
{
	for (; (*pairs)[0]; pairs++)
		json_set_string(object, (*pairs)[0], (*pairs)[1]);
}

static json *describe_client(const char *architecture)
{
	json *client = json_new_object(), *platform = json_new_object();

	json_set_string(platform, "Name", "Coracle " CORACLE_VERSION);
	json_set(client, "Platform", platform);
	add_pairs(client, (const char *const[][2]){{"Version", VERSION_OF_DOCKER},
						   {"ApiVersion", VERSION_OF_API},
						   {"DefaultAPIVersion", VERSION_OF_API},
						   {"GitCommit", BUILD},
						   {"GoVersion", ""},
						   {"Os", "linux"},
						   {"Arch", architecture},
						   {"BuildTime", ""},
						   {"Context", "default"},
						   {0}});
	return client;
}

static json *describe_component(const char *name, const char *version, json *details)
{
	json *component = json_new_object();

	json_set_string(component, "Name", name);
	json_set_string(component, "Version", version);
	json_set(component, "Details", details);
	return component;
}

/* What stands in the engine's details stands beside them, too. */
static json *describe_server(const char *architecture, const char *kernel)
{
	const char *const both[][2] = {{"ApiVersion", VERSION_OF_API},
				       {"MinAPIVersion", VERSION_OF_API_OLDEST},
				       {"GitCommit", BUILD},
				       {"GoVersion", ""},
				       {"Os", "linux"},
				       {"Arch", architecture},
				       {"KernelVersion", kernel},
				       {"BuildTime", ""},
				       {0}};
	json *server = json_new_object(), *platform = json_new_object();
	json *details = json_new_object(), *ours = json_new_object();
	json *components = json_new_array();

	json_set_string(platform, "Name", "Coracle " CORACLE_VERSION);
	json_set(server, "Platform", platform);
	json_set_string(server, "Version", VERSION_OF_DOCKER);
	add_pairs(server, both);
	add_pairs(details, both);
	json_set_string(details, "Experimental", "false");
	json_set_string(ours, "GitCommit", BUILD);
	json_add(components, describe_component("Engine", VERSION_OF_DOCKER, details));
	json_add(components, describe_component("coracle", CORACLE_VERSION, ours));
	json_set(server, "Components", components);
	return server;
}

json *version_server(void)
{
	struct platform host;
	struct utsname name;

	manifest_host_platform(&host);
	uname(&name);
	return describe_server(host.architecture, name.release);
}

json *version_document(void)
{
	struct platform host;
	json *document = json_new_object();

	manifest_host_platform(&host);
	json_set(document, "Client", describe_client(host.architecture));
	json_set(document, "Server", version_server());
	return document;
}
