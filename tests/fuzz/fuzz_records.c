/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of every kind that ROOT and RUN have: the first byte says which, the rest is the file.
 * What a reader takes can be shown, and what it refuses it says why.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "compose/stack/service_document.h"
#include "compose/stack/stack.h"
#include "describe/objects.h"
#include "engine/container.h"
#include "engine/container_json.h"
#include "engine/engine.h"
#include "net/network_config.h"
#include "storage/build_cache/build_record.h"
#include "storage/container_use.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_record.h"
#include "storage/secret/secret_store.h"
#include "storage/volume/volume.h"
#include "tests/fuzz/canary.h"
#include "tests/fuzz/json_tree.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct engine engine;

static void show(json *document)
{
	auto_strbuf struct strbuf out = {0};

	json_print(&out, document, true);
	json_object_put(document);
}

static int read_container(struct arena *arena, struct error *err)
{
	struct container container;
	struct container_use use;
	bool is_read = container_json_load(&engine, ID, &container, arena, err) == 0;

	/* Who collects garbage believes no less than who starts it. */
	if (container_use_read(&use, &engine.layout, ID, arena) != CONTAINER_USE_READ && is_read)
		abort();
	if (!is_read)
		return -1;
	if (container_state_load(&engine, ID, &container.state, arena, err) < 0)
		return -1;
	show(describe_container(&container, &engine, false));
	free(describe_status(&container));
	free(describe_ports(&container));
	return 0;
}

static int read_state(struct arena *arena, struct error *err)
{
	struct container container = {.id = ID, .name = "a", .image_id = "", .created = ""};

	container.config.image = "a";
	error_set(err, ERROR_INVALID, "it tells of no reason");
	if (container_state_load(&engine, ID, &container.state, arena, NULL) <= 0)
		return -1;
	show(describe_container(&container, &engine, false));
	free(describe_status(&container));
	free(describe_ports(&container));
	return 0;
}

static int read_network(struct arena *arena, struct error *err)
{
	struct network network;

	if (network_config_load(engine.layout.networks_fd, "a", &network, arena, err) < 0)
		return -1;
	show(describe_network_row(&network, true));
	return 0;
}

static int read_volume(struct arena *arena, struct error *err)
{
	struct volume volume;

	if (volume_load(&engine.layout, "a", &volume, arena, err) < 0)
		return -1;
	show(describe_volume(&volume));
	show(describe_volume_row(&volume));
	return 0;
}

static int read_secret(struct arena *arena, struct error *err)
{
	struct secret_object object;

	if (secret_store_read(&engine.layout, SECRET_STORE_SECRET, "a", &object, arena, err) < 0)
		return -1;
	show(describe_secret(&object));
	show(describe_secret_row(&object));
	return 0;
}

static int read_stack(struct arena *arena, struct error *err)
{
	struct stack_service *services;
	size_t count;

	if (stack_list_services(&services, &count, &engine.layout, "a", arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		stack_full_name(&services[i].stack, services[i].name, arena);
	stack_release_services(services, count);
	return 0;
}

static int read_layer(struct arena *arena, struct error *err)
{
	struct layer_record record;

	return layer_record_load(&engine.layout, ID, &record, arena, err) ? 0 : -1;
}

static int read_build(struct arena *arena, struct error *err)
{
	struct build_record record;

	error_set(err, ERROR_INVALID, "it tells of no reason");
	if (!build_record_load(engine.layout.root_fd, "build/record", &record, arena))
		return -1;
	build_record_is_whole(&engine.layout, &record);
	show(describe_build_record_row(&record));
	return 0;
}

static int read_index(struct arena *arena, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	struct image_origin origin;

	(void)arena;
	if (image_index_open(&index, &engine.layout, false, err) < 0)
		return -1;
	for (size_t i = 0; i < image_index_count(&index); i++) {
		image_index_origin(image_index_at(&index, i), &origin);
		image_index_name(image_index_at(&index, i));
	}
	image_index_find_name(&index, "docker.io/library/a:latest");
	image_index_add(&index, &(struct image_index_entry){.hex = ID,
							    .name = "docker.io/library/a:latest",
							    .os = "linux",
							    .architecture = "amd64",
							    .variant = ""});
	return 0;
}

static const struct kind {
	const char *path;
	int (*read)(struct arena *arena, struct error *err);
} kinds[] = {
	{"containers/" ID "/container.json", read_container},
	{"../run/containers/" ID "/state.json", read_state},
	{"networks/a.json", read_network},
	{"volumes/a/volume.json", read_volume},
	{"secrets/a.json", read_secret},
	{"stacks/a.json", read_stack},
	{"layers/" ID "/layer.json", read_layer},
	{"build/record", read_build},
	{"images/index.json", read_index},
};

static void make_directory(const char *path)
{
	struct error err = {0};

	if (file_make_directories(engine.layout.root_fd, path, 0700, &err) < 0)
		abort();
}

static void open_engine(void)
{
	char root[64], run[64];
	struct error err = {0};

	set_up();
	snprintf(root, sizeof(root), "%s/room/root", directory);
	snprintf(run, sizeof(run), "%s/room/run", directory);
	if (layout_open(&engine.layout, root, run, &err) < 0)
		abort();
	make_directory("containers/" ID);
	make_directory("../run/containers/" ID);
	make_directory("volumes/a/_data");
	make_directory("layers/" ID);
	make_directory("build");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = {0};
	const struct kind *kind;
	struct error err = {0};
	auto_close int fd = -1;

	if (directory_fd < 0)
		open_engine();
	if (size == 0)
		return 0;
	kind = &kinds[data[0] % (sizeof(kinds) / sizeof(*kinds))];
	fd = openat(engine.layout.root_fd, kind->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (fd < 0 || file_write_all(fd, data + 1, size - 1, NULL) < 0)
		abort();
	if (kind->read(&arena, &err) < 0 && (!err.code || !err.text[0]))
		abort();
	check_canary();
	return 0;
}
