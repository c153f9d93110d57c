/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_containers.c - directories and names of containers, and the layers that they
 * need.
 */
#include "storage/check/check_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "storage/container_use.h"
#include "storage/image/layer_store.h"
#include "storage/reference.h"

#define NAMES "by-name"

static bool is_id(const char *name)
{
	return reference_is_hex(name, 64) && !name[64];
}

/* Is somebody at it? Whoever creates, starts or removes a container holds this. */
static bool is_locked(const struct layout *layout, const char *id)
{
	char path[100];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "%.64s/lock", id);
	fd = openat(layout->run_containers_fd, path, O_RDWR | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

enum layers { LAYERS_THERE, LAYERS_MENDABLE, LAYERS_LOST };

/* Mendable: from a blob, with the layer itself (check_rebuild). */
static enum layers look_at_layers(struct check_walk *walk, const struct container_stack *stack)
{
	enum layers result = LAYERS_THERE;

	for (size_t i = 0; i < stack->count; i++) {
		if (layer_store_has(walk->layout, stack->chain_ids[i]))
			continue;
		if (!map_has(&walk->rebuild, stack->chain_ids[i]))
			return LAYERS_LOST;
		result = LAYERS_MENDABLE;
	}
	return result;
}

static void check_container_layers(struct check_walk *walk, const struct container_use *use)
{
	enum layers worst = LAYERS_THERE;
	struct check_finding *finding;

	for (size_t i = 0; i < use->stack_count; i++) {
		enum layers next = look_at_layers(walk, &use->stacks[i]);

		worst = next > worst ? next : worst;
	}
	if (worst == LAYERS_THERE)
		return;
	finding = check_find(walk, CHECK_DAMAGE, "container", use->name,
			     "layers of its image are missing");
	if (worst == LAYERS_LOST)
		finding->action = arena_format(walk->arena,
					       "load or pull '%s' again: it then starts, if that "
					       "is still the same image",
					       *use->image ? use->image : "its image");
	else if (check_may(walk, finding))
		finding->action = "see there";
}

/* What is wrong with its description; NULL: nothing. */
static const char *const problems[] = {
	[CONTAINER_USE_READ] = NULL,
	[CONTAINER_USE_MISSING] = "it has no description: its creation or removal was killed",
	[CONTAINER_USE_EMPTY] = "its description is empty: the machine went down",
	[CONTAINER_USE_DAMAGED] = "its description is damaged",
};

static bool has_directory(struct check_walk *walk, const char *id)
{
	return faccessat(walk->layout->containers_fd, id, F_OK, 0) == 0;
}

/* What the engine is to look after, and what there is to say about it. */
struct patient {
	const char *id;
	struct check_finding *finding;
	bool is_run; /* below RUN alone */
};

struct patients {
	struct patient *items;
	size_t count;
};

static void add_patient(struct check_walk *walk, struct patients *patients,
			const struct patient *patient)
{
	patients->items =
		arena_grow(walk->arena, patients->items, patients->count, sizeof(*patients->items));
	patients->items[patients->count++] = *patient;
}

/* With what is wrong with it. */
static enum container_use_state read_use(struct check_walk *walk, const char *id,
					 struct container_use *use, const char **problem)
{
	const struct check *check = walk->check;
	enum container_use_state state = container_use_read(use, walk->layout, id, walk->arena);

	*problem = problems[state];
	if (state != CONTAINER_USE_READ || !check->look_at)
		return state;
	*problem = check->look_at("container", id, check->data, walk->arena);
	return *problem ? CONTAINER_USE_DAMAGED : state;
}

static void check_container(struct check_walk *walk, const char *id, struct patients *patients)
{
	struct container_use use;
	const char *problem = NULL;
	enum container_use_state state = read_use(walk, id, &use, &problem);
	struct patient patient = {.id = arena_string(walk->arena, id)};

	if (state == CONTAINER_USE_READ)
		check_container_layers(walk, &use);
	if (state == CONTAINER_USE_READ || is_locked(walk->layout, id) || !has_directory(walk, id))
		return;
	patient.finding =
		check_find(walk, state == CONTAINER_USE_DAMAGED ? CHECK_DAMAGE : CHECK_LITTER,
			   "container", arena_format(walk->arena, "%.12s", id), problem);
	add_patient(walk, patients, &patient);
}

/* A removal that was killed near its end leaves the directory below RUN. */
static void check_run_directory(struct check_walk *walk, const char *id, struct patients *patients)
{
	struct patient patient = {.id = arena_string(walk->arena, id), .is_run = true};

	if (has_directory(walk, id) || is_locked(walk->layout, id))
		return;
	patient.finding =
		check_find(walk, CHECK_LITTER, "container", arena_format(walk->arena, "%.12s", id),
			   "it has gone, but not what it had in RUN");
	add_patient(walk, patients, &patient);
}

static void see_again(struct check_walk *walk, const struct patient *patient)
{
	const struct layout *layout = walk->layout;
	struct check_finding *finding = patient->finding;
	struct container_use use;
	const char *problem;
	bool has_gone =
		faccessat(patient->is_run ? layout->run_containers_fd : layout->containers_fd,
			  patient->id, F_OK, 0) < 0;

	if (has_gone)
		check_repaired(finding, "removed");
	else if (patient->is_run)
		finding->action = "it cannot be removed";
	else if (read_use(walk, patient->id, &use, &problem) == CONTAINER_USE_READ)
		check_repaired(finding, "its monitor has written it again");
	else
		finding->action = arena_format(
			walk->arena, "remove it with 'coracle container rm -f %.12s'", patient->id);
}

/* A name of a container that has gone: nobody creates one now. */
int check_containers_names(struct check_walk *walk, struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (faccessat(walk->layout->containers_fd, NAMES, F_OK, 0) < 0)
		return 0;
	if (check_list(walk, walk->layout->containers_fd, NAMES, &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		char path[300], target[100] = "";
		struct check_finding *finding;
		struct stat status;

		snprintf(path, sizeof(path), NAMES "/%.255s", *name);
		if (fstatat(walk->layout->containers_fd, path, &status, 0) == 0)
			continue;
		if (readlinkat(walk->layout->containers_fd, path, target, sizeof(target) - 1) < 0)
			continue;
		finding = check_find(walk, CHECK_LITTER, "name", *name,
				     "it belongs to a container that has gone");
		if (check_may(walk, finding) && unlinkat(walk->layout->containers_fd, path, 0) == 0)
			check_repaired(finding, "removed");
	}
	return 0;
}

static int list_ids(struct check_walk *walk, int dirfd, struct strvec *ids, struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (check_list(walk, dirfd, ".", &names, err) < 0)
		return -1;
	strvec_each (name, &names)
		if (is_id(*name))
			strvec_add(ids, *name);
	return 0;
}

int check_containers(struct check_walk *walk, struct error *err)
{
	auto_strvec struct strvec ids = {0};
	auto_strvec struct strvec run_ids = {0};
	struct patients patients = {0};
	bool is_allowed = !walk->check->is_dry && walk->check->look_after;

	if (list_ids(walk, walk->layout->containers_fd, &ids, err) < 0 ||
	    list_ids(walk, walk->layout->run_containers_fd, &run_ids, err) < 0)
		return -1;
	walk->check->containers = ids.count;
	strvec_each (id, &ids)
		check_container(walk, *id, &patients);
	strvec_each (id, &run_ids)
		check_run_directory(walk, *id, &patients);
	if (patients.count > 0 && is_allowed)
		walk->check->look_after(walk->check->data);
	for (size_t i = 0; i < patients.count && is_allowed; i++)
		see_again(walk, patients.items + i);
	return 0;
}
