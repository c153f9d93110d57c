/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/service_resources.h"

#include "base/arena.h"
#include "base/error.h"
#include "engine/limit_check.h"
#include "engine/spec_devices.h"

#include <stdio.h>
#include <string.h>

/* The service's own key, else the one below deploy. */
static int64_t either(int64_t own, int64_t deployed)
{
	return own != MODEL_UNSET ? own : model_number(deployed, 0);
}

static void set_cpu(struct spec_resources *resources, const struct service *service,
		    const struct deploy_limits *limits)
{
	double cpus = service->cpus > 0		   ? service->cpus
		      : limits && limits->cpus > 0 ? limits->cpus
						   : 0;

	if (cpus > 0)
		resources->cpu_quota_us = (int64_t)(cpus * 100000);
	if (service->cpu_quota != MODEL_UNSET) {
		resources->cpu_period_us = 100000;
		resources->cpu_quota_us = service->cpu_quota;
	}
	if (service->cpu_period != MODEL_UNSET)
		resources->cpu_period_us = (uint64_t)service->cpu_period;
	resources->cpu_shares = (uint64_t)model_number(service->cpu_shares, 0);
	resources->cpuset_cpus = service->cpuset;
}

static void set_memory(struct spec_resources *resources, const struct service *service,
		       const struct deploy_limits *limits, const struct deploy_limits *reserved)
{
	resources->memory_limit = either(service->mem_limit, limits ? limits->memory : MODEL_UNSET);
	resources->memory_reservation =
		either(service->mem_reservation, reserved ? reserved->memory : MODEL_UNSET);
	resources->memory_swap = model_number(service->memswap_limit, 0);
	if (resources->memory_limit > 0 && !resources->memory_swap)
		resources->memory_swap = limit_default_swap(resources->memory_limit);
	resources->pids_limit = either(service->pids_limit, limits ? limits->pids : MODEL_UNSET);
}

static int set_weights(struct spec_resources *resources, const struct service_blkio *blkio,
		       struct arena *arena, struct error *err)
{
	size_t count = blkio->weight_device.count;

	resources->io_weights = arena_array(arena, count + 1, sizeof(*resources->io_weights));
	for (size_t i = 0; i < count; i++) {
		const struct weight_device *device = &blkio->weight_device.items[i];

		if (device->weight < 10 || device->weight > 1000)
			return error_set(err, ERROR_INVALID,
					 "the weight of '%s' must be from 10 to 1000",
					 device->path);
		if (spec_devices_find_block(&resources->io_weights[i], device->path, device->weight,
					    err) < 0)
			return -1;
	}
	resources->io_weight_count = count;
	return 0;
}

static int set_throttles(struct spec_throttle **out, size_t *count,
			 const struct throttle_list *list, struct arena *arena, struct error *err)
{
	*out = arena_array(arena, list->count + 1, sizeof(**out));
	for (size_t i = 0; i < list->count; i++)
		if (spec_devices_find_block(&(*out)[i], list->items[i].path, list->items[i].rate,
					    err) < 0)
			return -1;
	*count = list->count;
	return 0;
}

static int set_io(struct spec_resources *resources, const struct service_blkio *blkio,
		  struct arena *arena, struct error *err)
{
	if (!blkio)
		return 0;
	resources->io_weight = (unsigned)model_number(blkio->weight, 0);
	if (set_weights(resources, blkio, arena, err) < 0 ||
	    set_throttles(&resources->read_bps, &resources->read_bps_count, &blkio->device_read_bps,
			  arena, err) < 0 ||
	    set_throttles(&resources->write_bps, &resources->write_bps_count,
			  &blkio->device_write_bps, arena, err) < 0 ||
	    set_throttles(&resources->read_iops, &resources->read_iops_count,
			  &blkio->device_read_iops, arena, err) < 0)
		return -1;
	return set_throttles(&resources->write_iops, &resources->write_iops_count,
			     &blkio->device_write_iops, arena, err);
}

static rlim_t to_limit(int64_t value)
{
	return value < 0 ? RLIM_INFINITY : (rlim_t)value;
}

int service_resources_ulimit(struct spec_rlimit *out, const struct service_ulimit *ulimit,
			     struct error *err)
{
	int64_t hard = ulimit->single != MODEL_UNSET ? ulimit->single : ulimit->hard;
	int64_t soft = ulimit->single != MODEL_UNSET ? ulimit->single : ulimit->soft;

	if (hard == MODEL_UNSET)
		hard = soft;
	if (soft == MODEL_UNSET)
		soft = hard;
	out->resource = spec_rlimit(ulimit->name);
	if (out->resource < 0)
		return error_set(err, ERROR_INVALID, "no limit '%s'", ulimit->name);
	out->limit = (struct rlimit){to_limit(soft), to_limit(hard)};
	return 0;
}

static int set_ulimits(struct container_config *config, const struct service *service,
		       struct arena *arena, struct error *err)
{
	config->ulimits = arena_array(arena, service->ulimits.count + 1, sizeof(*config->ulimits));
	for (size_t i = 0; i < service->ulimits.count; i++)
		if (service_resources_ulimit(&config->ulimits[config->ulimit_count++],
					     &service->ulimits.items[i], err) < 0)
			return error_wrap(err, "services.%s.ulimits", service->name);
	return 0;
}

static void set_devices(struct container_config *config, const struct service *service,
			struct arena *arena)
{
	char **devices = arena_array(arena, service->devices.count + 1, sizeof(*devices));

	for (size_t i = 0; i < service->devices.count; i++) {
		const struct service_device *device = &service->devices.items[i];

		devices[i] = arena_format(arena, "%s:%s:%s", device->source,
					  device->target ? device->target : device->source,
					  device->permissions ? device->permissions : "rwm");
	}
	config->devices_requested = service->devices.count ? devices : NULL;
	config->device_rules = service->device_cgroup_rules;
}

static int refuse(const struct service *service, struct error *err)
{
	const struct deploy_resources *resources =
		service->deploy ? service->deploy->resources : NULL;

	if (service->gpus.count ||
	    (resources && resources->reservations && resources->reservations->devices.count))
		return error_set(
			err, ERROR_UNSUPPORTED,
			"services.%s: GPU and other device reservations are not supported: "
			"name the device files under 'devices'",
			service->name);
	if (service->storage_opt)
		return error_set(err, ERROR_UNSUPPORTED, "services.%s.storage_opt is not supported",
				 service->name);
	if (service->userns_mode && strcmp(service->userns_mode, "host") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "services.%s.userns_mode: only 'host' is possible", service->name);
	return 0;
}

int service_resources_set(struct container_config *config, const struct service_instance *instance,
			  struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;
	const struct deploy_resources *deployed =
		service->deploy ? service->deploy->resources : NULL;
	const struct deploy_limits *limits = deployed ? deployed->limits : NULL;
	const struct deploy_limits *reserved = deployed ? deployed->reservations : NULL;

	if (refuse(service, err) < 0)
		return -1;
	set_cpu(&config->resources, service, limits);
	set_memory(&config->resources, service, limits, reserved);
	set_devices(config, service, arena);
	config->shm_size = model_number(service->shm_size, 0);
	config->cgroup_mode = service->cgroup;
	config->cgroup_parent = service->cgroup_parent;
	config->has_oom_score_adj = service->oom_score_adj != MODEL_UNSET;
	config->oom_score_adj = (int)model_number(service->oom_score_adj, 0);
	if (set_ulimits(config, service, arena, err) < 0)
		return -1;
	if (set_io(&config->resources, service->blkio_config, arena, err) < 0)
		return error_wrap(err, "services.%s.blkio_config", service->name);
	return 0;
}
