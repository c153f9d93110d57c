/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server is, and its host.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/pair.h"
#include "base/units.h"
#include "describe/objects.h"
#include "describe/version.h"

#include <string.h>

int endpoint_ping(struct request *request, struct error *err)
{
	static const struct pair headers[] = {
		{"Builder-Version", "1"},
		{"Cache-Control", "no-cache, no-store, must-revalidate"},
		{"Pragma", "no-cache"},
		{"Swarm", "inactive"},
	};

	(void)err;
	answer_text(request, ANSWER_TEXT, strcmp(request->method, "HEAD") == 0 ? "" : "OK", headers,
		    array_length(headers));
	return 0;
}

int endpoint_version(struct request *request, struct error *err)
{
	json *version = version_server();

	(void)err;
	json_set_bool(version, "Experimental", false);
	answer_json(request, 200, version);
	return 0;
}

/* What Docker's clients look for besides, and what of it would be a warning. */
static const char constants[] =
	"{\"NFd\":0,\"NGoroutines\":0,\"NEventsListener\":0,\"BridgeNfIptables\":true,"
	"\"BridgeNfIp6tables\":true,\"IndexServerAddress\":\"https://index.docker.io/v1/\","
	"\"RegistryConfig\":{\"IndexConfigs\":{\"docker.io\":{\"Name\":\"docker.io\",\"Mirrors\":"
	"[],\"Secure\":true,\"Official\":true}},\"InsecureRegistryCIDRs\":[],\"Mirrors\":[]},"
	"\"HttpProxy\":\"\",\"HttpsProxy\":\"\",\"NoProxy\":\"\",\"ContainerdCommit\":{\"ID\":"
	"\"\"},\"RuncCommit\":{\"ID\":\"\"},\"InitCommit\":{\"ID\":\"\"},\"Warnings\":null,"
	"\"Swarm\":{\"NodeID\":\"\",\"NodeAddr\":\"\",\"LocalNodeState\":\"inactive\","
	"\"ControlAvailable\":false,\"Error\":\"\",\"RemoteManagers\":null}}";

int endpoint_info(struct request *request, struct error *err)
{
	json *info = describe_host(request->engine, err);
	auto_json json *more = NULL;
	struct timespec now = units_now();
	char time[UNITS_TIME_SIZE];

	if (!info)
		return -1;
	more = json_parse(constants, sizeof(constants) - 1, "info", err);
	json_each (name, value, more)
		json_set(info, name, json_object_get(value));
	json_set_string(info, "ID", json_string(info, "Name", ""));
	json_set_string(info, "SystemTime", units_format_time(time, &now));
	answer_json(request, 200, info);
	return 0;
}
