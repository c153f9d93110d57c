/* SPDX-License-Identifier: Apache-2.0 */
#include "net/network_config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/record.h"
#include "base/strvec.h"
#include "base/units.h"
#include "net/direct_modes.h"
#include "net/link.h"

#define NAME_LIMIT 200 /* room for ".json" and the suffix of a temporary file */

/* One row per driver option; the handler says what is wrong, or NULL. */
typedef const char *option_handler(struct network_options *options, size_t offset,
				   const char *value);

static const char *take_flag(struct network_options *options, size_t offset, const char *value)
{
	bool *flag = (bool *)((char *)options + offset);

	*flag = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
	if (!*flag && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
		return "expected true or false";
	return NULL;
}

static const char *take_interface(struct network_options *options, size_t offset, const char *value)
{
	*(const char **)((char *)options + offset) = value;
	return link_is_name(value) ? NULL : "expected an interface name of at most 15 characters";
}

static const char *take_address4(struct network_options *options, size_t offset, const char *value)
{
	struct cidr address;

	if (!cidr_parse_address(&address, value) || address.family != AF_INET)
		return "expected an IPv4 address";
	/* 0.0.0.0 is what is meant when nothing is said: all addresses, of both families. */
	*(const char **)((char *)options + offset) = address.address ? value : NULL;
	return NULL;
}

static const char *take_text(struct network_options *options, size_t offset, const char *value)
{
	*(const char **)((char *)options + offset) = value;
	return *value ? NULL : "expected a value"; /* direct_check knows which */
}

static const char *take_mtu(struct network_options *options, size_t offset, const char *value)
{
	int64_t mtu;

	(void)offset;
	if (units_parse_int(&mtu, value, 68, 65535, NULL) < 0)
		return "expected a number from 68 to 65535";
	options->mtu = (unsigned)mtu;
	return NULL;
}

/* @offset is that of is_open4 or is_open6; the matching is_isolated lies two members further. */
static const char *take_mode(struct network_options *options, size_t offset, const char *value)
{
	bool *is_open = (bool *)((char *)options + offset);
	bool *is_isolated = offset == offsetof(struct network_options, is_open4)
				    ? &options->is_isolated4
				    : &options->is_isolated6;

	*is_open = strcmp(value, "nat-unprotected") == 0;
	*is_isolated = strcmp(value, "isolated") == 0;
	return *is_open || *is_isolated || strcmp(value, "nat") == 0
		       ? NULL
		       : "expected nat, nat-unprotected or isolated (routed is not supported)";
}

static const char *take_unsupported(struct network_options *options, size_t offset,
				    const char *value)
{
	(void)options;
	(void)offset;
	(void)value;
	return "not supported";
}

#define AT(name) offsetof(struct network_options, name)

static const struct {
	const char *name;
	option_handler *handler;
	size_t offset;
} option_rows[] = {
	{"com.docker.network.bridge.default_bridge", take_flag, AT(is_default)},
	{"com.docker.network.bridge.name", take_interface, AT(bridge)},
	{"com.docker.network.bridge.enable_ip_masquerade", take_flag, AT(masquerade)},
	{"com.docker.network.bridge.enable_icc", take_flag, AT(icc)},
	{"io.coracle.bridge.guard", take_flag, AT(guard)},
	{"com.docker.network.bridge.inhibit_ipv4", take_flag, AT(inhibit_ipv4)},
	{"com.docker.network.bridge.host_binding_ipv4", take_address4, AT(host_binding_ipv4)},
	{"com.docker.network.bridge.gateway_mode_ipv4", take_mode, AT(is_open4)},
	{"com.docker.network.bridge.gateway_mode_ipv6", take_mode, AT(is_open6)},
	{"com.docker.network.bridge.trusted_host_interfaces", take_unsupported, 0},
	{"com.docker.network.container_iface_prefix", take_interface, AT(interface_prefix)},
	{"com.docker.network.driver.mtu", take_mtu, 0},
	{"com.docker.network.host_ipv4", take_unsupported, 0},
	{"com.docker.network.host_ipv6", take_unsupported, 0},
	{"parent", take_interface, AT(parent)},
	{"macvlan_mode", take_text, AT(macvlan_mode)},
	{"ipvlan_mode", take_text, AT(ipvlan_mode)},
	{"ipvlan_flag", take_text, AT(ipvlan_flag)},
};

static int take_option(struct network_options *options, const struct network *network,
		       const struct pair *pair, struct error *err)
{
	const char *value = pair->value ? pair->value : "";

	for (size_t i = 0; i < array_length(option_rows); i++) {
		const char *problem;

		if (strcmp(option_rows[i].name, pair->name) != 0)
			continue;
		problem = option_rows[i].handler(options, option_rows[i].offset, value);
		if (!problem)
			return 0;
		return error_set(err,
				 option_rows[i].handler == take_unsupported ? ERROR_UNSUPPORTED
									    : ERROR_INVALID,
				 "network '%s': option %s=%s: %s", network->name, pair->name, value,
				 problem);
	}
	return 0;
}

void network_config_warn(const struct network *network)
{
	for (size_t i = 0; i < network->option_count; i++) {
		bool is_known = false;

		for (size_t j = 0; j < array_length(option_rows); j++)
			is_known |= strcmp(option_rows[j].name, network->options[i].name) == 0;
		if (!is_known)
			log_warning_once("network '%s': unknown option '%s' has no effect",
					 network->name, network->options[i].name);
	}
}

int network_config_options(const struct network *network, struct network_options *options,
			   struct error *err)
{
	*options = (struct network_options){
		.interface_prefix = "eth",
		.masquerade = true,
		.icc = true,
		.guard = true,
	};
	for (size_t i = 0; i < network->option_count; i++)
		if (take_option(options, network, &network->options[i], err) < 0)
			return -1;
	if ((options->is_isolated4 || options->is_isolated6) && !network->internal)
		return error_set(err, ERROR_INVALID,
				 "network '%s': gateway mode isolated needs an internal network",
				 network->name);
	return 0;
}

/* An address that has to lie in @subnet. */
static int check_member(const struct network *network, const struct cidr *subnet, const char *text,
			const char *what, struct error *err)
{
	struct cidr member;

	if (!text)
		return 0;
	if (cidr_parse(&member, text, err) < 0)
		return error_wrap(err, "network '%s': %s", network->name, what);
	if (member.family != subnet->family || cidr_first(&member) < cidr_first(subnet) ||
	    cidr_last(&member) > cidr_last(subnet)) {
		if (subnet->address == 0)
			return 0; /* picked from the pools later */
		return error_set(err, ERROR_INVALID,
				 "network '%s': %s %s lies outside of its subnet", network->name,
				 what, text);
	}
	return 0;
}

static int check_subnet(const struct network *network, const struct network_subnet *subnet,
			struct error *err)
{
	struct cidr cidr;

	if (!subnet->subnet) {
		if (subnet->gateway || subnet->ip_range || subnet->reserved_count)
			return error_set(err, ERROR_INVALID,
					 "network '%s': gateway, ip_range and aux_addresses need a "
					 "subnet",
					 network->name);
		return 0;
	}
	if (cidr_parse(&cidr, subnet->subnet, err) < 0)
		return error_wrap(err, "network '%s': subnet", network->name);
	if (!strchr(subnet->subnet, '/'))
		return error_set(err, ERROR_INVALID,
				 "network '%s': subnet %s has no prefix length, as 10.5.0.0/16 has",
				 network->name, subnet->subnet);
	if (cidr.address != 0 && cidr.prefix < 8)
		return error_set(err, ERROR_INVALID, "network '%s': subnet %s is too large",
				 network->name, subnet->subnet);
	if (cidr.family == AF_INET ? !network->enable_ipv4 : !network->enable_ipv6)
		return error_set(err, ERROR_INVALID,
				 "network '%s': subnet %s needs enable_%s: true", network->name,
				 subnet->subnet, cidr.family == AF_INET ? "ipv4" : "ipv6");
	if (check_member(network, &cidr, subnet->gateway, "gateway", err) < 0 ||
	    check_member(network, &cidr, subnet->ip_range, "ip_range", err) < 0)
		return -1;
	for (size_t i = 0; i < subnet->reserved_count; i++)
		if (check_member(network, &cidr, subnet->reserved[i].value, "aux_address", err) < 0)
			return -1;
	return 0;
}

bool network_has_driver(const char *driver)
{
	return strcmp(driver, "bridge") == 0 || direct_is(&(struct network){.driver = driver});
}

int network_config_check(const struct network *network, struct error *err)
{
	struct network_options options;
	const char *problem;
	int families[2] = {0};

	if (!network->name || !path_is_name(network->name) || strlen(network->name) > NAME_LIMIT)
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a network name (letters, digits, '_', '.' and '-', "
				 "at most %d)",
				 network->name ? network->name : "", NAME_LIMIT);
	if (network->driver && !network_has_driver(network->driver))
		return error_set(err, ERROR_UNSUPPORTED,
				 "network '%s': driver '%s' is not supported: use bridge, macvlan "
				 "or ipvlan",
				 network->name, network->driver);
	if (!network->enable_ipv4 && !network->enable_ipv6)
		return error_set(err, ERROR_INVALID,
				 "network '%s': IPv4 and IPv6 are both disabled", network->name);
	for (size_t i = 0; i < network->subnet_count; i++) {
		struct cidr cidr;

		if (check_subnet(network, &network->subnets[i], err) < 0)
			return -1;
		if (!network->subnets[i].subnet)
			continue;
		cidr_parse(&cidr, network->subnets[i].subnet, NULL);
		if (families[cidr.family == AF_INET6]++)
			return error_set(err, ERROR_UNSUPPORTED,
					 "network '%s': more than one %s subnet is not supported",
					 network->name, cidr.family == AF_INET ? "IPv4" : "IPv6");
	}
	if (network_config_options(network, &options, err) < 0)
		return -1;
	problem = direct_check(network, &options);
	return problem ? error_set(err, ERROR_INVALID, "network '%s': %s", network->name, problem)
		       : 0;
}

int network_config_save(int dirfd, const struct network *network, struct error *err)
{
	auto_json json *document = json_new_object();
	auto_free char *path = alloc_format("%s.json", network->name);
	json *subnets = json_new_array();

	json_set_string(document, "name", network->name);
	json_set_string(document, "id", network->id);
	json_set_string(document, "driver", network->driver);
	json_set_string(document, "created", network->created);
	json_set_bool(document, "internal", network->internal);
	json_set_bool(document, "enable_ipv4", network->enable_ipv4);
	json_set_bool(document, "enable_ipv6", network->enable_ipv6);
	json_set_bool(document, "attachable", network->attachable);
	json_set_bool(document, "owns_link", network->owns_link);
	json_set_string(document, "bridge", network->bridge);
	json_set_int(document, "mtu", network->mtu);
	for (size_t i = 0; i < network->subnet_count; i++) {
		const struct network_subnet *subnet = &network->subnets[i];
		json *entry = json_new_object();

		json_set_string(entry, "subnet", subnet->subnet);
		json_set_string(entry, "gateway", subnet->gateway);
		json_set_string(entry, "ip_range", subnet->ip_range);
		json_set(entry, "reserved", pair_to_json(subnet->reserved, subnet->reserved_count));
		json_add(subnets, entry);
	}
	json_set(document, "subnets", subnets);
	json_set(document, "options", pair_to_json(network->options, network->option_count));
	json_set(document, "ipam_options",
		 pair_to_json(network->ipam_options, network->ipam_option_count));
	json_set(document, "labels", pair_to_json(network->labels, network->label_count));
	return json_save(dirfd, path, document, 0600, err);
}

static bool is_id(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static const struct field subnet_fields[] = {
	FIELD(struct network_subnet, FIELD_STRING, subnet, "subnet"),
	FIELD(struct network_subnet, FIELD_STRING, gateway, "gateway"),
	FIELD(struct network_subnet, FIELD_STRING, ip_range, "ip_range"),
	FIELD_TEXTS(struct network_subnet, reserved, reserved_count, "reserved"),
	{0},
};

static const struct field fields[] = {
	FIELD_FORM_NEEDED(struct network, FIELD_STRING, name, "name", path_is_name),
	FIELD_FORM_NEEDED(struct network, FIELD_STRING, id, "id", is_id),
	FIELD(struct network, FIELD_STRING, driver, "driver"),
	FIELD_FORM(struct network, FIELD_STRING, created, "created", units_is_time),
	FIELD(struct network, FIELD_BOOL, internal, "internal"),
	FIELD_NEEDED(struct network, FIELD_BOOL, enable_ipv4, "enable_ipv4"),
	FIELD(struct network, FIELD_BOOL, enable_ipv6, "enable_ipv6"),
	FIELD(struct network, FIELD_BOOL, attachable, "attachable"),
	FIELD(struct network, FIELD_BOOL, owns_link, "owns_link"),
	FIELD_FORM_NEEDED(struct network, FIELD_STRING, bridge, "bridge", link_is_name),
	FIELD_RANGE(struct network, FIELD_INT, mtu, "mtu", 0, 65535),
	FIELD_LIST(struct network, subnets, subnet_count, "subnets", subnet_fields),
	FIELD_TEXTS(struct network, options, option_count, "options"),
	FIELD_TEXTS(struct network, ipam_options, ipam_option_count, "ipam_options"),
	FIELD_TEXTS(struct network, labels, label_count, "labels"),
	{0},
};

/* An interface that is not the network's would be taken away with it. */
static bool owns_its_link(const struct network *network, const struct network_options *options)
{
	const char *given = direct_is(network) ? options->parent : options->bridge;
	const char *prefix = direct_is(network) ? "dm-" : "br-";

	if (given)
		return strcmp(network->bridge, given) == 0;
	return strncmp(network->bridge, prefix, 3) == 0 && strlen(network->bridge) == 15 &&
	       strncmp(network->bridge + 3, network->id, 12) == 0;
}

static int check_record(const char *name, struct network *network, struct error *err)
{
	struct network_options options;

	if (strcmp(network->name, name) != 0)
		return error_set(err, ERROR_INVALID, "it says it is of '%s'", network->name);
	if (network_config_check(network, err) < 0 ||
	    network_config_options(network, &options, err) < 0)
		return -1;
	if (!owns_its_link(network, &options))
		return error_set(err, ERROR_INVALID, "'bridge' cannot be '%s'", network->bridge);
	if (!network->mtu)
		network->mtu = 1500;
	return 0;
}

static int missing(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "network '%s' does not exist", name);
	return error_state(err, FACT_NO_NETWORK, name, NULL);
}

int network_config_load(int dirfd, const char *name, struct network *network, struct arena *arena,
			struct error *err)
{
	auto_free char *path = alloc_format("%s.json", name);
	struct error why = {0};

	if (!path_is_name(name) || strlen(name) > NAME_LIMIT)
		return missing(name, err);
	if (record_load(fields, network, dirfd, path, arena, &why) < 0 && why.code == ENOENT)
		return missing(name, err);
	if (!why.code && check_record(name, network, &why) == 0)
		return 0;
	return error_set(err, why.code,
			 "cannot read the network '%s': %s: put 'networks/%s' back, or remove it, "
			 "and its bridge (see 'ip link')",
			 name, why.text, path);
}

int network_config_names(int dirfd, struct strvec *names, struct error *err)
{
	auto_close int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list the networks");
	take_fd(&fd);
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0)
			strvec_add_n(names, entry->d_name, length - 5);
		else
			file_remove_stale(dirfd, entry->d_name);
	}
	strvec_sort(names);
	return 0;
}

bool network_config_load_listed(int dirfd, const char *name, struct network *network,
				struct arena *arena)
{
	struct error why = {0};

	if (network_config_load(dirfd, name, network, arena, &why) == 0)
		return true;
	if (why.code != ERROR_NOT_FOUND)
		log_warning_once("%s", why.text);
	return false;
}

int network_config_list(int dirfd, struct network **networks, size_t *count, struct arena *arena,
			struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (network_config_names(dirfd, &names, err) < 0)
		return -1;
	*count = 0;
	*networks = arena_array(arena, names.count + 1, sizeof(**networks));
	strvec_each (name, &names)
		*count += network_config_load_listed(dirfd, *name, &(*networks)[*count], arena);
	return 0;
}

int network_config_lock(int dirfd, const char *name, struct error *err)
{
	auto_free char *path = alloc_format("%s.json", name);

	for (;;) {
		auto_close int fd = -1;
		struct stat held, current;
		struct error why = {.code = ENOENT};

		if (path_is_name(name) && strlen(name) <= NAME_LIMIT)
			fd = file_open(dirfd, path, O_RDONLY, &why);
		if (fd < 0 && why.code == ENOENT)
			return missing(name, err);
		if (fd < 0)
			return error_set(err, why.code, "cannot lock the network '%s': %s", name,
					 why.text);
		while (flock(fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return error_errno(err, "cannot lock the network '%s'", name);
		/* The network may have been removed, and made anew, while we waited. */
		if (fstat(fd, &held) == 0 && fstatat(dirfd, path, &current, 0) == 0 &&
		    held.st_ino == current.st_ino)
			return take_fd(&fd);
	}
}

int network_config_remove(int dirfd, const char *name, struct error *err)
{
	auto_free char *path = alloc_format("%s.json", name);

	if (unlinkat(dirfd, path, 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove the network '%s'", name);
	return 0;
}

bool network_config_subnet(const struct network *network, int family, struct cidr *subnet,
			   struct cidr *gateway)
{
	for (size_t i = 0; i < network->subnet_count; i++) {
		const struct network_subnet *entry = &network->subnets[i];

		if (!entry->subnet || cidr_parse(subnet, entry->subnet, NULL) < 0 ||
		    subnet->family != family)
			continue;
		if (gateway && (!entry->gateway || !cidr_parse_address(gateway, entry->gateway)))
			*gateway = (struct cidr){0};
		return true;
	}
	return false;
}
