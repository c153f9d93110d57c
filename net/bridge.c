/* SPDX-License-Identifier: Apache-2.0 */
#include "net/bridge.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "net/address.h"
#include "net/link.h"
#include "net/net_sysctl.h"

bool bridge_is_up(const char *name)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
}

/* A MAC of its own keeps the bridge from taking over that of its lowest port, which would change
 * the gateway's address under the containers whenever one comes or goes. */
static void derive_mac(uint8_t mac[6], const char *seed)
{
	struct sha256_ctx state;

	sha256_init(&state);
	sha256_update(&state, strlen(seed), (const uint8_t *)seed);
	sha256_digest(&state, 6, mac);
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02);
}

static struct nl_msg *creation(const struct bridge_settings *settings)
{
	struct ifinfomsg info = {0};
	struct nl_msg *message =
		netlink_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	struct nlattr *link_info;
	uint8_t mac[6];

	derive_mac(mac, settings->seed);
	nla_put_string(message, IFLA_IFNAME, settings->name);
	nla_put(message, IFLA_ADDRESS, sizeof(mac), mac);
	nla_put_u32(message, IFLA_MTU, settings->mtu);
	link_info = nla_nest_start(message, IFLA_LINKINFO);
	nla_put_string(message, IFLA_INFO_KIND, "bridge");
	nla_nest_end(message, link_info);
	return message;
}

static int write_sysctl(const char *family, const char *name, const char *key, const char *value,
			struct error *err)
{
	char path[128];
	struct error why = {0};

	snprintf(path, sizeof(path), "net/%s/conf/%s/%s", family, name, key);
	if (net_sysctl_write(path, value, &why) == 0 || why.code == ENOENT)
		return 0;
	return error_pass(err, &why);
}

/* route_localnet lets 127.0.0.1:PORT of the host reach a container; the firewall drops packets for
 * 127.0.0.0/8 that come from anywhere but the host itself. */
static int write_sysctls(const struct bridge_settings *settings, struct error *err)
{
	const char *off = settings->enable_ipv6 ? "0" : "1";

	if (write_sysctl("ipv6", settings->name, "accept_ra", "0", err) < 0 ||
	    write_sysctl("ipv6", settings->name, "disable_ipv6", off, err) < 0)
		return -1;
	if (!settings->enable_ipv4)
		return 0;
	if (settings->check_sources &&
	    write_sysctl("ipv4", settings->name, "rp_filter", "1", err) < 0)
		return -1;
	return write_sysctl("ipv4", settings->name, "route_localnet", "1", err);
}

static void add_alias(struct netlink_batch *batch, const struct bridge_settings *settings)
{
	struct nl_msg *message = link_change(settings->name, true);

	if (settings->alias)
		nla_put_string(message, IFLA_IFALIAS, settings->alias);
	netlink_add(batch, message, "set the bridge '%s' up", settings->name);
}

int bridge_create(struct netlink *netlink, const struct bridge_settings *settings,
		  struct error *err)
{
	struct netlink_batch batch = {0};
	struct error why = {0};
	unsigned index;

	netlink_add(&batch, creation(settings), "create the bridge '%s'", settings->name);
	if (netlink_commit(netlink, &batch, &why) < 0 && why.code != EEXIST)
		return error_pass(err, &why);
	index = link_index(settings->name);
	if (write_sysctls(settings, err) < 0)
		return -1;
	for (size_t i = 0; i < settings->address_count; i++)
		address_add(&batch, index, &settings->addresses[i]);
	add_alias(&batch, settings);
	return netlink_commit(netlink, &batch, err);
}
