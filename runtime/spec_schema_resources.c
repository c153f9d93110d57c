/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of "linux.resources". What only cgroup v1 had is refused by name.
 */
#include "runtime/spec_schema.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#define ROW(name, kind, member) SPEC_ROW(name, kind, struct spec_resources, member)

static const char no_kernel[] = "cgroup v2 counts the kernel's memory within the limit";

static const struct spec_field memory_rows[] = {
	{ROW("limit", FIELD_INT64, memory_limit), .minimum = -1, .maximum = INT64_MAX},
	{ROW("swap", FIELD_INT64, memory_swap), .minimum = -1, .maximum = INT64_MAX},
	{ROW("reservation", FIELD_INT64, memory_reservation), .minimum = -1, .maximum = INT64_MAX},
	{ROW("checkBeforeUpdate", FIELD_FLAG, check_before_update)},
	{.name = "kernel", .kind = FIELD_REFUSED, .zero_is_unset = true, .note = no_kernel},
	{.name = "kernelTCP", .kind = FIELD_REFUSED, .zero_is_unset = true, .note = no_kernel},
	{.name = "swappiness", .kind = FIELD_REFUSED, .note = "cgroup v2 has none of its own"},
	{.name = "disableOOMKiller",
	 .kind = FIELD_REFUSED,
	 .note = "cgroup v2 cannot do without the OOM killer"},
	{.name = "useHierarchy",
	 .kind = FIELD_REFUSED,
	 .is_given = true,
	 .note = "a limit of cgroup v2 holds for all that is below it"},
	{0},
};

static const struct spec_field cpu_rows[] = {
	{ROW("shares", FIELD_UINT64, cpu_shares)},
	{ROW("quota", FIELD_INT64, cpu_quota_us)},
	{ROW("period", FIELD_UINT64, cpu_period_us)},
	{ROW("burst", FIELD_UINT64, cpu_burst_us)},
	{ROW("cpus", FIELD_TEXT, cpuset_cpus)},
	{ROW("mems", FIELD_TEXT, cpuset_mems)},
	{ROW("idle", FIELD_INT, cpu_idle), .also = offsetof(struct spec_resources, has_cpu_idle),
	 .minimum = 0, .maximum = 1},
	{.name = "realtimeRuntime", .kind = FIELD_REFUSED, .note = "cgroup v2 has no such limit"},
	{.name = "realtimePeriod", .kind = FIELD_REFUSED, .note = "cgroup v2 has no such limit"},
	{0},
};

static const struct spec_field pids_rows[] = {
	{ROW("limit", FIELD_INT64, pids_limit), .minimum = -1, .maximum = INT64_MAX},
	{0},
};

/* ---- block devices --------------------------------------------------------------------------- */

#define NUMBERS                                                                                    \
	{SPEC_ROW("major", FIELD_UNSIGNED, struct spec_throttle, major), .required = true,         \
	 .minimum = 0, .maximum = 0xfff},                                                          \
	{                                                                                          \
		SPEC_ROW("minor", FIELD_UNSIGNED, struct spec_throttle, minor),                    \
			.required = true, .minimum = 0, .maximum = 0xfffff                         \
	}

static const struct spec_field rate_rows[] = {
	NUMBERS,
	{SPEC_ROW("rate", FIELD_UINT64, struct spec_throttle, rate), .required = true},
	{0},
};

static const char no_leaves[] = "cgroup v2 has no weight against a cgroup's own children";

static const struct spec_field weight_rows[] = {
	NUMBERS,
	{SPEC_ROW("weight", FIELD_UINT64, struct spec_throttle, rate), .minimum = 10,
	 .maximum = 1000, .required = true},
	{.name = "leafWeight", .kind = FIELD_REFUSED, .note = no_leaves},
	{0},
};

#define THROTTLES(json_name, member, its_rows)                                                     \
	{                                                                                          \
		ROW(json_name, FIELD_LIST, member),                                                \
			.also = offsetof(struct spec_resources, member##_count),                   \
			.rows = (its_rows), .size = sizeof(struct spec_throttle)                   \
	}

static const struct spec_field block_rows[] = {
	{ROW("weight", FIELD_UNSIGNED, io_weight), .minimum = 10, .maximum = 1000,
	 .zero_is_unset = true},
	{.name = "leafWeight", .kind = FIELD_REFUSED, .note = no_leaves},
	{ROW("weightDevice", FIELD_LIST, io_weights),
	 .also = offsetof(struct spec_resources, io_weight_count), .rows = weight_rows,
	 .size = sizeof(struct spec_throttle)},
	THROTTLES("throttleReadBpsDevice", read_bps, rate_rows),
	THROTTLES("throttleWriteBpsDevice", write_bps, rate_rows),
	THROTTLES("throttleReadIOPSDevice", read_iops, rate_rows),
	THROTTLES("throttleWriteIOPSDevice", write_iops, rate_rows),
	{0},
};

/* ---- device rules ---------------------------------------------------------------------------- */

static int read_rule_type(void *member, const json *value, const struct spec_place *place,
			  const struct spec_reader *reader)
{
	const char *text = spec_fields_text(value, place, reader);

	if (!text)
		return -1;
	if (*text && (!strchr("abc", *text) || text[1]))
		return spec_fields_refuse(place, reader, "is not 'a', 'b' or 'c'");
	*(char *)member = *text ? *text : 'a';
	return 0;
}

static json *write_rule_type(const void *member)
{
	return json_new_string(member, 1);
}

static int read_access(void *member, const json *value, const struct spec_place *place,
		       const struct spec_reader *reader)
{
	struct spec_device_rule *rule = member;
	const char *text = spec_fields_text(value, place, reader);

	if (!text)
		return -1;
	if (text[strspn(text, "rwm")])
		return spec_fields_refuse(place, reader, "is not made of r, w and m");
	rule->read = strchr(text, 'r');
	rule->write = strchr(text, 'w');
	rule->mknod = strchr(text, 'm');
	return 0;
}

static json *write_access(const void *member)
{
	const struct spec_device_rule *rule = member;
	char text[4];
	int length = snprintf(text, sizeof(text), "%s%s%s", rule->read ? "r" : "",
			      rule->write ? "w" : "", rule->mknod ? "m" : "");

	return json_new_string(text, (size_t)length);
}

static const struct spec_field rule_rows[] = {
	{SPEC_ROW("allow", FIELD_FLAG, struct spec_device_rule, allow), .always = true},
	{SPEC_ROW("type", FIELD_CUSTOM, struct spec_device_rule, type), .read = read_rule_type,
	 .write = write_rule_type},
	{SPEC_ROW("major", FIELD_INT64, struct spec_device_rule, major), .always = true,
	 .minimum = -1, .maximum = 0xfff},
	{SPEC_ROW("minor", FIELD_INT64, struct spec_device_rule, minor), .always = true,
	 .minimum = -1, .maximum = 0xfffff},
	{.name = "access", .kind = FIELD_CUSTOM, .read = read_access, .write = write_access},
	{0},
};

/* What a rule does not say is any device and any access. A list whose last word allows everything
 * is no restriction. */
static int read_rules(void *member, const json *value, const struct spec_place *place,
		      const struct spec_reader *reader)
{
	struct spec_resources *resources = member;
	size_t count = json_length(value);
	const struct spec_device_rule *last;

	if (!json_is_array(value))
		return spec_fields_refuse(place, reader, "is not a list");
	resources->device_rules =
		arena_array(reader->arena, count + 1, sizeof(*resources->device_rules));
	for (size_t i = 0; i < count; i++) {
		struct spec_place item = {place, NULL, i};

		resources->device_rules[i] = (struct spec_device_rule){
			false, 'a', -1, -1, true, true, true,
		};
		if (!json_is_object(json_at(value, i)))
			return spec_fields_refuse(&item, reader, "is not an object");
		if (spec_fields_read(&resources->device_rules[i], json_at(value, i), rule_rows,
				     &item, reader) < 0)
			return -1;
	}
	resources->device_rule_count = count;
	last = &resources->device_rules[count ? count - 1 : 0];
	resources->all_devices =
		count == 0 || (last->allow && last->type == 'a' && last->major < 0 &&
			       last->minor < 0 && last->read && last->write && last->mknod);
	return 0;
}

static json *write_rules(const void *member)
{
	const struct spec_resources *resources = member;
	json *list = json_new_array();

	for (size_t i = 0; i < resources->device_rule_count; i++) {
		json *item = json_new_object();

		spec_fields_write(item, &resources->device_rules[i], rule_rows);
		json_add(list, item);
	}
	return list;
}

/* ---- the others ------------------------------------------------------------------------------ */

static const struct spec_field hugepage_rows[] = {
	{SPEC_ROW("pageSize", FIELD_TEXT, struct spec_hugepages, size), .required = true},
	{SPEC_ROW("limit", FIELD_UINT64, struct spec_hugepages, limit), .required = true},
	{0},
};

/* It becomes part of a file's name: "64KB", "2MB", "1GB". */
static int check_hugepages(void *item, const struct spec_place *place,
			   const struct spec_reader *reader)
{
	const char *size = ((struct spec_hugepages *)item)->size;
	const char *unit = size + strspn(size, "0123456789");

	if (unit == size || !*unit || !strchr("KMG", *unit) || strcmp(unit + 1, "B") != 0)
		return spec_fields_refuse(place, reader, "pageSize is not like '2MB'");
	return 0;
}

static const struct spec_field rdma_rows[] = {
	{SPEC_ROW("hcaHandles", FIELD_UNSIGNED, struct spec_rdma, handles),
	 .also = offsetof(struct spec_rdma, has_handles)},
	{SPEC_ROW("hcaObjects", FIELD_UNSIGNED, struct spec_rdma, objects),
	 .also = offsetof(struct spec_rdma, has_objects)},
	{0},
};

static int read_rdma(void *member, const json *value, const struct spec_place *place,
		     const struct spec_reader *reader)
{
	struct spec_resources *resources = member;

	if (!json_is_object(value))
		return spec_fields_refuse(place, reader, "is not an object");
	json_each (name, limits, (json *)value) {
		struct spec_place item = {place, name, 0};
		struct spec_rdma *rdma;

		resources->rdma = arena_grow(reader->arena, resources->rdma, resources->rdma_count,
					     sizeof(*rdma));
		rdma = &resources->rdma[resources->rdma_count++];
		*rdma = (struct spec_rdma){.device = arena_string(reader->arena, name)};
		if (!json_is_object(limits))
			return spec_fields_refuse(&item, reader, "is not an object");
		if (spec_fields_read(rdma, limits, rdma_rows, &item, reader) < 0)
			return -1;
		if (!rdma->has_handles && !rdma->has_objects)
			return spec_fields_refuse(&item, reader,
						  "has neither hcaHandles nor hcaObjects");
		if (!*name || strpbrk(name, " \n"))
			return spec_fields_refuse(&item, reader, "is no name of a device");
	}
	return 0;
}

static json *write_rdma(const void *member)
{
	const struct spec_resources *resources = member;
	json *object = resources->rdma_count ? json_new_object() : NULL;

	for (size_t i = 0; i < resources->rdma_count; i++) {
		json *limits = json_new_object();

		spec_fields_write(limits, &resources->rdma[i], rdma_rows);
		json_set(object, resources->rdma[i].device, limits);
	}
	return object;
}

#define LONGEST_FILE 64 /* in a cgroup: MAX_CFTYPE_NAME */

/* Each is a file in the container's cgroup and nowhere else. */
static int read_unified(void *member, const json *value, const struct spec_place *place,
			const struct spec_reader *reader)
{
	static const struct spec_field rows[] = {
		{ROW("unified", FIELD_PAIRS, unified),
		 .also = offsetof(struct spec_resources, unified_count)},
		{0},
	};
	struct spec_resources *resources = member;
	auto_json json *object = json_new_object();

	json_set(object, place->name, json_object_get((json *)value));
	if (spec_fields_read(resources, object, rows, place->parent, reader) < 0)
		return -1;
	for (size_t i = 0; i < resources->unified_count; i++) {
		struct spec_place item = {place, resources->unified[i].name, 0};

		if (!*item.name || strlen(item.name) > LONGEST_FILE || strchr(item.name, '/') ||
		    item.name[0] == '.')
			return spec_fields_refuse(&item, reader, "is no name of a file");
	}
	return 0;
}

static json *write_unified(const void *member)
{
	const struct spec_resources *resources = member;

	return resources->unified_count ? pair_to_json(resources->unified, resources->unified_count)
					: NULL;
}

const struct spec_field spec_resource_rows[] = {
	{.name = "devices", .kind = FIELD_CUSTOM, .read = read_rules, .write = write_rules},
	{.name = "memory", .kind = FIELD_OBJECT, .rows = memory_rows},
	{.name = "cpu", .kind = FIELD_OBJECT, .rows = cpu_rows},
	{.name = "pids", .kind = FIELD_OBJECT, .rows = pids_rows},
	{.name = "blockIO", .kind = FIELD_OBJECT, .rows = block_rows},
	{ROW("hugepageLimits", FIELD_LIST, hugepages),
	 .also = offsetof(struct spec_resources, hugepage_count), .rows = hugepage_rows,
	 .size = sizeof(struct spec_hugepages), .check = check_hugepages},
	{.name = "network",
	 .kind = FIELD_WARNED,
	 .note = "cgroup v2 has no classes of packets; a filter can match the cgroup's path"},
	{.name = "rdma", .kind = FIELD_CUSTOM, .read = read_rdma, .write = write_rdma},
	{.name = "unified", .kind = FIELD_CUSTOM, .read = read_unified, .write = write_unified},
	{0},
};
