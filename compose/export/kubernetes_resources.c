/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a node a container may take, and how much is kept for it. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"

#include <string.h>

#define WAY_TO(container, ...) WAY(KEY("services"), KEY((container)->service->name), __VA_ARGS__)

struct amounts {
	int64_t cpu_m;	/* thousandths; 0: not given */
	int64_t memory; /* bytes */
};

/* Rounded up: 0 would be none at all. */
static int64_t thousandths(double cpus)
{
	int64_t whole = (int64_t)(cpus * 1000);

	return (double)whole < cpus * 1000 ? whole + 1 : whole;
}

static const struct deploy_limits *deployed(const struct service *service, bool is_limit)
{
	const struct deploy_resources *resources =
		service->deploy ? service->deploy->resources : NULL;

	return !resources ? NULL : is_limit ? resources->limits : resources->reservations;
}

/* The service's own key, else the one below deploy: as when it runs here. */
static struct amounts limits_of(const struct service *service)
{
	const struct deploy_limits *limits = deployed(service, true);
	struct amounts amounts = {0};

	if (service->cpus > 0)
		amounts.cpu_m = thousandths(service->cpus);
	else if (limits && limits->cpus > 0)
		amounts.cpu_m = thousandths(limits->cpus);
	if (model_number(service->cpu_quota, 0) > 0)
		amounts.cpu_m = thousandths((double)service->cpu_quota /
					    (double)model_number(service->cpu_period, 100000));
	amounts.memory = service->mem_limit != MODEL_UNSET ? service->mem_limit
			 : limits			   ? model_number(limits->memory, 0)
							   : 0;
	return amounts;
}

static struct amounts requests_of(const struct service *service)
{
	const struct deploy_limits *reserved = deployed(service, false);
	int64_t shares = model_number(service->cpu_shares, 0);
	struct amounts amounts = {0};

	if (reserved && reserved->cpus > 0)
		amounts.cpu_m = thousandths(reserved->cpus);
	else if (shares > 0) /* 1024 are one processor's */
		amounts.cpu_m = thousandths((double)shares / 1024);
	amounts.memory = service->mem_reservation != MODEL_UNSET ? service->mem_reservation
			 : reserved				 ? model_number(reserved->memory, 0)
								 : 0;
	return amounts;
}

static const char *memory_text(struct export_work *work, int64_t bytes)
{
	static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti"};
	size_t unit = 0;

	while (unit + 1 < array_length(units) && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	return arena_format(work->arena, "%lld%s", (long long)bytes, units[unit]);
}

static void add_amounts(struct pod_container *container, const char *key, struct amounts amounts)
{
	struct export_work *work = container->pod->work;
	struct node *map;

	if (amounts.cpu_m <= 0 && amounts.memory <= 0)
		return;
	map = export_map_at(work, export_map_at(work, container->node, "resources"), key);
	if (amounts.cpu_m > 0 && amounts.cpu_m % 1000 == 0)
		export_set_text(work, map, "cpu",
				arena_format(work->arena, "%lld", (long long)amounts.cpu_m / 1000));
	else if (amounts.cpu_m > 0)
		export_set_text(work, map, "cpu",
				arena_format(work->arena, "%lldm", (long long)amounts.cpu_m));
	if (amounts.memory > 0)
		export_set_text(work, map, "memory", memory_text(work, amounts.memory));
}

/* ------------------------------------------------------------------ graphics cards */

static const char *device_resource(const struct device_request *request)
{
	static const struct {
		const char *driver, *resource;
	} known[] = {{"nvidia", "nvidia.com/gpu"},
		     {"amd", "amd.com/gpu"},
		     {"intel", "gpu.intel.com/i915"}};
	bool is_gpu = !request->capabilities;

	for (char **word = request->capabilities; word && *word; word++)
		is_gpu = is_gpu || strcmp(*word, "gpu") == 0;
	if (!is_gpu)
		return NULL;
	for (size_t i = 0; request->driver && i < array_length(known); i++)
		if (strcmp(known[i].driver, request->driver) == 0)
			return known[i].resource;
	return request->driver && *request->driver ? NULL : "nvidia.com/gpu";
}

static void add_devices(struct pod_container *container, const struct device_request *requests,
			size_t count, const struct step *way)
{
	struct export_work *work = container->pod->work;

	for (size_t i = 0; i < count; i++) {
		const char *resource = device_resource(&requests[i]);
		int64_t number = model_number(requests[i].count, 1);
		struct node *limits;

		if (!resource) {
			export_note(work, way, "only graphics cards have a counterpart");
			continue;
		}
		if (number < 0 || requests[i].device_ids)
			export_note(work, way,
				    "one is asked for: neither all of a node nor a certain one can "
				    "be");
		limits = export_map_at(work, export_map_at(work, container->node, "resources"),
				       "limits");
		export_set_text(
			work, limits, resource,
			arena_format(work->arena, "%lld", (long long)(number > 0 ? number : 1)));
	}
}

void kubernetes_resources(struct pod_container *container)
{
	const struct service *service = container->service;
	const struct deploy_limits *reserved = deployed(service, false);
	struct amounts limits = limits_of(service), requests = requests_of(service);

	/* The API refuses a request above its limit. */
	if (limits.cpu_m > 0 && requests.cpu_m > limits.cpu_m)
		requests.cpu_m = limits.cpu_m;
	if (limits.memory > 0 && requests.memory > limits.memory)
		requests.memory = limits.memory;
	add_amounts(container, "limits", limits);
	add_devices(container, service->gpus.items, service->gpus.count,
		    WAY_TO(container, KEY("gpus")));
	if (reserved)
		add_devices(container, reserved->devices.items, reserved->devices.count,
			    WAY_TO(container, KEY("deploy"), KEY("resources"), KEY("reservations"),
				   KEY("devices")));
	add_amounts(container, "requests", requests);
}
