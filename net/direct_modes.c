/* SPDX-License-Identifier: Apache-2.0 */
#include "net/direct_modes.h"

#include <linux/if_link.h>
#include <string.h>

#include "base/cleanup.h"

#include "net/network_config.h"

static const struct direct_mode modes[] = {
	/* The first of a driver is its default. */
	{"macvlan", "bridge", MACVLAN_MODE_BRIDGE}, {"macvlan", "private", MACVLAN_MODE_PRIVATE},
	{"macvlan", "vepa", MACVLAN_MODE_VEPA},	    {"macvlan", "passthru", MACVLAN_MODE_PASSTHRU},
	{"ipvlan", "l2", IPVLAN_MODE_L2},	    {"ipvlan", "l3", IPVLAN_MODE_L3},
	{"ipvlan", "l3s", IPVLAN_MODE_L3S},
};

static const struct direct_mode flags[] = {
	{"ipvlan", "bridge", 0},
	{"ipvlan", "private", IPVLAN_F_PRIVATE},
	{"ipvlan", "vepa", IPVLAN_F_VEPA},
};

bool direct_is(const struct network *network)
{
	return network->driver &&
	       (strcmp(network->driver, "macvlan") == 0 || strcmp(network->driver, "ipvlan") == 0);
}

static const struct direct_mode *find(const struct direct_mode *list, size_t count,
				      const char *driver, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].driver, driver) == 0 &&
		    (!name || strcmp(list[i].name, name) == 0))
			return &list[i];
	return NULL;
}

const struct direct_mode *direct_find_mode(const struct network *network,
					   const struct network_options *options)
{
	bool is_macvlan = strcmp(network->driver, "macvlan") == 0;

	return find(modes, array_length(modes), network->driver,
		    is_macvlan ? options->macvlan_mode : options->ipvlan_mode);
}

const struct direct_mode *direct_find_flag(const struct network *network,
					   const struct network_options *options)
{
	return find(flags, array_length(flags), network->driver, options->ipvlan_flag);
}

const char *direct_check(const struct network *network, const struct network_options *options)
{
	if (!direct_is(network))
		return options->parent || options->macvlan_mode || options->ipvlan_mode ||
				       options->ipvlan_flag
			       ? "parent and the modes are for the drivers macvlan and ipvlan"
			       : NULL;
	if (!direct_find_mode(network, options))
		return strcmp(network->driver, "macvlan") == 0
			       ? "macvlan_mode is bridge, private, vepa or passthru"
			       : "ipvlan_mode is l2, l3 or l3s";
	if (options->ipvlan_flag && !direct_find_flag(network, options))
		return "ipvlan_flag is bridge, private or vepa, with the driver ipvlan";
	return NULL;
}
