/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server's executable, libexec/coracle/api: the only one that knows Docker's HTTP, and the
 * only one that loads libmicrohttpd.
 */
#include "api/server.h"
#include "api/settings.h"
#include "base/error.h"
#include "base/log.h"
#include "base/nss.h"
#include "base/session.h"

#include <stdio.h>

static void print(enum log_level level, const char *text, void *data)
{
	(void)data;
	if (level != LOG_LEVEL_DEBUG)
		fprintf(stderr, "%s%s\n", level == LOG_LEVEL_WARNING ? "warning: " : "", text);
}

int main(int argc, char **argv)
{
	struct api_settings settings;
	struct error reason = {0};

	(void)argc;
	session_begin();
	nss_prepare();
	log_set_sink(print, NULL);
	if (api_settings_parse(&settings, argv + 1, &reason) < 0 ||
	    server_run(&settings, &reason) < 0) {
		fprintf(stderr, "coracle: %s\n", reason.text);
		return 1;
	}
	return 0;
}
