/* SPDX-License-Identifier: Apache-2.0 */
#include "api/connection.h"

#include "api/http.h"
#include "api/request.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>
#include <sys/socket.h>

/* Who changes something is noted: whoever reaches the socket can do what root can. */
static void note(const struct request *request, const struct ucred *peer)
{
	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
		log_info("%s %s of process %d, user %u", request->method, request->path,
			 (int)peer->pid, (unsigned)peer->uid);
}

void connection_serve(const struct api_settings *settings, struct engine *engine, int fd)
{
	struct error reason = {0};
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	struct http *http = http_new(fd, &reason);
	struct request *request;

	if (!http) {
		log_warning("%s", reason.text);
		return;
	}
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	while ((request = http_next(http))) {
		request->settings = settings;
		request->engine = engine;
		note(request, &peer);
		routes_answer(request);
		http_free_request(request);
	}
	http_free(http);
}
