/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is not: swarms, BuildKit, plugins, searches.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/request.h"
#include "base/error.h"

#include <string.h>

#define NO_MANAGER                                                                                 \
	"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to " \
	"connect this node to swarm and try again."

int endpoint_absent_swarm(struct request *request, struct error *err)
{
	(void)err;
	if (strcmp(request->path, "/swarm/init") == 0 || strcmp(request->path, "/swarm/join") == 0)
		answer_message(request, 501,
			       "this server has no swarm: 'coracle stack deploy' runs stacks here");
	else if (strcmp(request->path, "/swarm/leave") == 0)
		answer_message(request, 503, "This node is not part of a swarm");
	else
		answer_message(request, 503, NO_MANAGER);
	return 0;
}

int endpoint_absent_buildkit(struct request *request, struct error *err)
{
	(void)request;
	return error_set(err, ERROR_UNSUPPORTED,
			 "there is no BuildKit behind this API: set DOCKER_BUILDKIT=0, or build "
			 "with 'coracle image build'");
}

int endpoint_absent_search(struct request *request, struct error *err)
{
	(void)err;
	answer_message(request, 501,
		       "this server does not search registries: look at the registry's own page");
	return 0;
}

int endpoint_absent_plugins(struct request *request, struct error *err)
{
	(void)err;
	answer_json(request, 200, json_new_array());
	return 0;
}
