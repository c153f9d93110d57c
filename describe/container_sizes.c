/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much room a container takes: what it has written, and that with its image.
 */
#include "describe/objects.h"

#include "base/units.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/archive/usage_tree.h"
#include "storage/image/image.h"

#include <stdio.h>

void describe_sizes_read(struct describe_sizes *sizes, const struct container *container,
			 const struct engine *engine)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/upper", container->id);
	sizes->written = usage_tree(engine->layout.containers_fd, path);
	sizes->whole = sizes->written;
	for (size_t i = 0; i < container->layer_count; i++)
		sizes->whole += image_layer_size(&engine->layout, container->chain_ids[i]);
}
