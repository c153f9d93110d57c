/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT/stacks/.swarm is there while this host is meant to be a swarm. */
#include "compose/stack/swarm.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MARK ".swarm"

static void make_id(char id[SWARM_ID_SIZE], const char *what, const struct layout *layout)
{
	auto_strbuf struct strbuf machine = {0};
	auto_free char *text = NULL;
	char hex[65];

	file_read(AT_FDCWD, "/etc/machine-id", 4096, &machine, NULL);
	text = alloc_format("%s %s %s", what, strbuf_text(&machine), layout->root);
	digest_hex(hex, text, strlen(text));
	snprintf(id, SWARM_ID_SIZE, "%.25s", hex);
}

void swarm_node_id(char id[SWARM_ID_SIZE], const struct layout *layout)
{
	make_id(id, "node", layout);
}

void swarm_cluster_id(char id[SWARM_ID_SIZE], const struct layout *layout)
{
	make_id(id, "cluster", layout);
}

bool swarm_is_active(const struct layout *layout)
{
	return faccessat(layout->stacks_fd, MARK, F_OK, 0) == 0;
}

int swarm_enter(const struct layout *layout, struct error *err)
{
	if (swarm_is_active(layout))
		return error_set(err, ERROR_CONFLICT,
				 "This node is already part of a swarm. Use \"docker swarm leave\" "
				 "to leave this swarm and join another one.");
	return file_replace(layout->stacks_fd, MARK, "", 0, 0600, err);
}

int swarm_leave(const struct layout *layout, struct error *err)
{
	if (unlinkat(layout->stacks_fd, MARK, 0) == 0)
		return 0;
	if (errno != ENOENT)
		return error_errno(err, "cannot leave the swarm");
	return error_set(err, ERROR_NOT_FOUND, "This node is not part of a swarm");
}
