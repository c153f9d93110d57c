/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/fact_words.h"

#include "base/error.h"
#include "base/strbuf.h"

const char *const fact_words[FACT_COUNT] = {
	[FACT_NO_CONTAINER] = "No such container: %1",
	[FACT_NO_IMAGE] = "No such image: %1",
	[FACT_NO_NETWORK] = "network %1 not found",
	[FACT_NO_VOLUME] = "get %1: no such volume",
	[FACT_NAME_TAKEN] = "Conflict. The container name \"/%1\" is already in use by container "
			    "\"%2\". You have to remove (or rename) that container to be able to "
			    "reuse that name.",
	[FACT_STILL_RUNNING] = "cannot remove container \"%1\": container is running: stop the "
			       "container before removing or force remove",
	[FACT_STILL_PAUSED] = "cannot remove container \"%1\": container is paused and must be "
			      "unpaused first",
	[FACT_NOT_RUNNING] = "container %1 is not running",
	[FACT_KILL_STOPPED] = "cannot kill container: %2: container %1 is not running",
	[FACT_PAUSED] = "Container %1 is paused, unpause the container before exec",
	[FACT_ALREADY_PAUSED] = "container %1 is already paused",
	[FACT_NOT_PAUSED] = "Container %1 is not paused",
	[FACT_START_PAUSED] = "cannot start a paused container, try unpause instead",
	[FACT_NETWORK_EXISTS] = "network with name %1 already exists",
	[FACT_NETWORK_IN_USE] = "error while removing network: network %1 has active endpoints "
				"(name:\"%2\")",
	[FACT_NOT_CONNECTED] = "container %1 is not connected to network %2",
	[FACT_VOLUME_IN_USE] = "remove %1: volume is in use - [%2]",
	[FACT_IMAGE_IN_USE] = "conflict: unable to delete %1 (must be forced) - container %2 is "
			      "using its referenced image",
	[FACT_IMAGE_SHARED] = "conflict: unable to delete %1 (must be forced) - image is "
			      "referenced in multiple repositories",
};

bool fact_words_add(struct strbuf *out, const struct error *err)
{
	const char *text = fact_words[err->fact];

	for (; text && *text; text++) {
		if (*text == '%')
			strbuf_add(out, err->about[*++text - '1']);
		else
			strbuf_add_char(out, *text);
	}
	return text != NULL;
}
