/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_memo.h"

#include "base/alloc.h"
#include "base/map.h"
#include "engine/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct container_memo {
	struct arena arena;
	struct map by_id; /* struct known */
};

struct known {
	struct container_stamp stamp;
	struct container container;
};

static void stamp_file(int dirfd, const char *id, const char *name, unsigned long long values[4])
{
	struct stat status;
	char path[100];

	snprintf(path, sizeof(path), "%.64s/%s", id, name);
	if (fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	values[0] = status.st_ino;
	values[1] = (unsigned long long)status.st_ctim.tv_sec;
	values[2] = (unsigned long long)status.st_ctim.tv_nsec;
	values[3] = (unsigned long long)status.st_size;
}

void container_memo_stamp(struct engine *engine, const char *id, struct container_stamp *stamp)
{
	*stamp = (struct container_stamp){0};
	stamp_file(engine->layout.containers_fd, id, "container.json", stamp->values);
	stamp_file(engine->layout.run_containers_fd, id, "state.json", stamp->values + 4);
}

static struct container_memo *memo_of(struct engine *engine)
{
	if (!engine->memo)
		engine->memo = alloc_zeroed(1, sizeof(*engine->memo));
	return engine->memo;
}

struct arena *container_memo_arena(struct engine *engine)
{
	return &memo_of(engine)->arena;
}

void container_memo_keep(struct engine *engine, const struct container_stamp *stamp,
			 const struct container *container)
{
	struct container_memo *memo = memo_of(engine);
	struct known *known = arena_alloc(&memo->arena, sizeof(*known));

	*known = (struct known){*stamp, *container};
	map_set(&memo->by_id, container->id, known);
}

bool container_memo_get(struct engine *engine, const char *id, struct container *container)
{
	const struct known *known = engine->memo ? map_get(&engine->memo->by_id, id) : NULL;
	struct container_stamp now;

	if (!known)
		return false;
	container_memo_stamp(engine, id, &now);
	if (memcmp(&now, &known->stamp, sizeof(now)) != 0)
		return false;
	*container = known->container;
	return true;
}

void container_memo_release(struct engine *engine)
{
	if (!engine->memo)
		return;
	map_release(&engine->memo->by_id);
	arena_release(&engine->memo->arena);
	free(engine->memo);
	engine->memo = NULL;
}
