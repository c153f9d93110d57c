/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/attaching.h"

#include "base/error.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "engine/attach.h"

#include <unistd.h>

int attaching_fill(struct attach_client *client, const struct container *container, bool has_input,
		   struct error *err)
{
	client->id = container->id;
	client->stdin_fd = has_input && container->config.stdin_open ? STDIN_FILENO : -1;
	client->stdout_fd = STDOUT_FILENO;
	client->stderr_fd = STDERR_FILENO;
	if (has_input && container->config.tty && !output_is_terminal(STDIN_FILENO))
		return error_set(err, ERROR_INVALID,
				 "cannot attach stdin to a TTY-enabled container because stdin is "
				 "not a terminal");
	return 0;
}

int attaching_run(struct invocation *invocation, struct attach_client *client, struct error *err)
{
	struct error lost = {0};
	int fd = -1, code;

	if (attach_open(invocation->engine, client, &fd, err) < 0)
		return -1;
	code = attach_relay(invocation->engine, client, fd, &lost);
	if (code == ATTACH_INTERRUPTED)
		return 128 + client->signal;
	return code < 0 ? exec_output_failed(invocation, &lost) : code;
}
