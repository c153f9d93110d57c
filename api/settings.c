/* SPDX-License-Identifier: Apache-2.0 */
#include "api/settings.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const api_settings_groups[] = {
	[GROUP_SYSTEM] = "system",
	[GROUP_EVENTS] = "events",
	[GROUP_CONTAINERS] = "containers",
	[GROUP_EXEC] = "exec",
	[GROUP_LOGS] = "logs",
	[GROUP_STATS] = "stats",
	[GROUP_FILES] = "files",
	[GROUP_IMAGES] = "images",
	[GROUP_BUILD] = "build",
	[GROUP_NETWORKS] = "networks",
	[GROUP_VOLUMES] = "volumes",
	[GROUP_COUNT] = NULL,
};

static int add_group(uint32_t *groups, const char *word, size_t length, struct error *err)
{
	auto_strbuf struct strbuf list = {0};

	for (size_t i = 0; i < GROUP_COUNT; i++) {
		if (strlen(api_settings_groups[i]) == length &&
		    strncmp(api_settings_groups[i], word, length) == 0) {
			*groups |= 1U << i;
			return 0;
		}
		strbuf_printf(&list, "%s%s", i ? ", " : "", api_settings_groups[i]);
	}
	return error_set(err, ERROR_INVALID, "there is no group of endpoints '%.*s'; there are %s",
			 (int)length, word, strbuf_text(&list));
}

int api_settings_parse_groups(uint32_t *groups, const char *text, struct error *err)
{
	*groups = 0;
	for (;; text++) {
		size_t length = strcspn(text, ",");

		if (add_group(groups, text, length, err) < 0)
			return -1;
		text += length;
		if (!*text)
			return 0;
	}
}

void api_settings_format(struct strvec *words, const struct api_settings *settings)
{
	strvec_add(words, settings->root);
	strvec_add(words, settings->run);
	strvec_add(words, settings->path ? settings->path : "");
	strvec_addf(words, "%d:%" PRId64 ":%d:%d:%" PRIu32, settings->listen_fd, settings->idle_ms,
		    settings->is_read_only, settings->is_env_redacted, settings->allowed);
}

int api_settings_parse(struct api_settings *settings, char *const *words, struct error *err)
{
	int is_read_only, is_env_redacted;
	size_t count = 0;

	while (words[count])
		count++;
	if (count != 4 ||
	    sscanf(words[3], "%d:%" SCNd64 ":%d:%d:%" SCNu32, &settings->listen_fd,
		   &settings->idle_ms, &is_read_only, &is_env_redacted, &settings->allowed) != 5)
		return error_set(err, ERROR_INVALID,
				 "this is a part of coracle: start it with 'coracle api'");
	settings->root = words[0];
	settings->run = words[1];
	settings->path = *words[2] ? words[2] : NULL;
	settings->is_read_only = is_read_only;
	settings->is_env_redacted = is_env_redacted;
	return 0;
}
