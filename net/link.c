/* SPDX-License-Identifier: Apache-2.0 */
#include "net/link.h"

#include <ctype.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"

unsigned link_index(const char *name)
{
	return if_nametoindex(name);
}

unsigned link_index_in(const struct netlink *netlink, const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(netlink->fd, SIOCGIFINDEX, &request) == 0 ? (unsigned)request.ifr_ifindex : 0;
}

bool link_mac_in(const struct netlink *netlink, const char *name, uint8_t mac[6])
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(netlink->fd, SIOCGIFHWADDR, &request) < 0)
		return false;
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return true;
}

struct nl_msg *link_change(const char *name, bool is_up)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct nl_msg *message;

	if (is_up)
		info.ifi_flags = info.ifi_change = IFF_UP;
	message = netlink_message(RTM_NEWLINK, 0, &info, sizeof(info));
	nla_put_string(message, IFLA_IFNAME, name);
	return message;
}

void link_add_up(struct netlink_batch *batch, unsigned index)
{
	struct ifinfomsg info = {
		.ifi_index = (int)index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	netlink_add(batch, netlink_message(RTM_NEWLINK, 0, &info, sizeof(info)),
		    "set interface %u up", index);
}

void link_add_delete(struct netlink_batch *batch, const char *name)
{
	struct ifinfomsg info = {0};
	struct nl_msg *message = netlink_message(RTM_DELLINK, 0, &info, sizeof(info));

	nla_put_string(message, IFLA_IFNAME, name);
	netlink_add(batch, message, "delete the interface '%s'", name);
}

/* Interfaces in this group are to be deleted, whoever put them there: so two processes that delete
 * at the same time may well delete each other's. */
#define DOOMED_GROUP 0x436f7244

int link_delete_all(struct netlink *netlink, char *const *names, size_t count, struct error *err)
{
	struct netlink_batch batch = {0};
	struct ifinfomsg info = {0};
	struct nl_msg *message;
	struct error why = {0};

	for (size_t i = 0; i < count; i++) {
		message = link_change(names[i], false);
		nla_put_u32(message, IFLA_GROUP, DOOMED_GROUP);
		netlink_add(&batch, message, "change the group of '%s'", names[i]);
		if (batch.count == array_length(batch.messages))
			netlink_commit(netlink, &batch, NULL);
	}
	message = netlink_message(RTM_DELLINK, 0, &info, sizeof(info));
	nla_put_u32(message, IFLA_GROUP, DOOMED_GROUP);
	netlink_add(&batch, message, "delete interfaces");
	/* Those that could not join have gone already. */
	if (netlink_commit(netlink, &batch, &why) == 0 || why.code == ENODEV)
		return 0;
	return error_pass(err, &why);
}

struct listing {
	struct links *links;
	struct arena *arena;
};

static void visit_link(struct nlmsghdr *header, void *data)
{
	struct listing *listing = data;
	struct links *links = listing->links;
	struct ifinfomsg *info = NLMSG_DATA(header);
	struct nlattr *attributes[IFLA_MAX + 1];
	struct link_info *link;

	if (header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(header, sizeof(*info), attributes, IFLA_MAX, NULL) < 0 ||
	    !attributes[IFLA_IFNAME])
		return;
	links->items = arena_grow(listing->arena, links->items, links->count, sizeof(*link));
	link = &links->items[links->count++];
	*link = (struct link_info){.index = (unsigned)info->ifi_index};
	nla_strlcpy(link->name, attributes[IFLA_IFNAME], sizeof(link->name));
	if (attributes[IFLA_MTU])
		link->mtu = nla_get_u32(attributes[IFLA_MTU]);
}

int link_list(struct netlink *netlink, unsigned master, struct links *links, struct arena *arena,
	      struct error *err)
{
	struct listing listing = {.links = links, .arena = arena};
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct nl_msg *message = netlink_message(RTM_GETLINK, 0, &info, sizeof(info));

	*links = (struct links){0};
	if (master)
		nla_put_u32(message, IFLA_MASTER, master);
	return netlink_dump(netlink, message, visit_link, &listing, err);
}

bool link_parse_mac(uint8_t mac[6], const char *text)
{
	for (int i = 0; i < 6; i++) {
		unsigned value;

		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x", &value) != 1)
			return false;
		mac[i] = (uint8_t)value;
		text += 2;
		if (i < 5 && *text != ':' && *text != '-')
			return false;
		text += i < 5;
	}
	return *text == '\0' && !(mac[0] & 1);
}

char *link_format_mac(char out[18], const uint8_t mac[6])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return out;
}

bool link_is_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= IFNAMSIZ || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || strcmp(name, "all") == 0 || strcmp(name, "default") == 0 ||
	    strcmp(name, "lo") == 0)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			return false;
	return true;
}
