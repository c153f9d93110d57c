/* SPDX-License-Identifier: Apache-2.0 */
/* `logout`: forgets what `login` kept. */
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/screen/output.h"
#include "registry/credentials.h"

static int logout_run(struct invocation *invocation, struct error *err)
{
	const char *server = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;
	auto_free char *host = credentials_host(server, err);
	int rc = host ? credentials_erase(host, err) : -1;

	if (rc < 0)
		return -1;
	output_printf(rc > 0 ? "Removing login credentials for %s\n" : "Not logged in to %s\n",
		      host);
	return 0;
}

const struct command cmd_logout =
	COMMAND("logout", "[SERVER]", "Forget the credentials for a registry",
		EXAMPLE("registry.example.com", "Forget what login has kept for this registry"),
		.most = 1, .run = logout_run);
