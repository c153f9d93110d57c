/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server is, and its host.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/pair.h"
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

int endpoint_info(struct request *request, struct error *err)
{
	json *info = describe_host(request->engine, err);

	if (!info)
		return -1;
	answer_json(request, 200, info);
	return 0;
}
