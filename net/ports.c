/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "net/claims.h"
#include "net/conntrack.h"
#include "net/firewall.h"
#include "net/network_config.h"
#include "net/port_holder.h"
#include "net/port_socket.h"
#include "net/port_user.h"

#define RANDOM_TRIES 32

static void cleanup_holder(struct port_holder **holder)
{
	port_holder_free(*holder);
}
#define auto_holder __attribute__((cleanup(cleanup_holder)))

/* A publication while it is being made. */
struct publication {
	const struct ports_request *request;
	struct claims *claims;	    /* all of the host; ours are added */
	struct port_holder *holder; /* takes the sockets */
	struct cidr ipv4, ipv6;	    /* the container's, family 0 when it has none to publish */
	const char *default_host4;  /* NULL: all addresses */
	bool is_ready;
};

/* Addresses on internal networks cannot be published. A network that has just gone has no options.
 */
static int find_targets(const struct net_context *context, struct publication *publication,
			struct arena *arena, struct error *err)
{
	const struct endpoint *endpoint = publication->request->endpoint;
	const char *texts[] = {endpoint->ipv4, endpoint->ipv6};
	struct cidr *targets[] = {&publication->ipv4, &publication->ipv6};
	struct network_options options;
	struct network network;
	struct error why = {0};

	if (endpoint->internal)
		return 0;
	for (int i = 0; i < 2; i++)
		if (texts[i])
			cidr_parse_address(targets[i], texts[i]);
	if (network_config_load(context->config_dirfd, endpoint->network, &network, arena, &why) <
	    0)
		return why.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &why);
	if (network_config_options(&network, &options, NULL) == 0 && options.host_binding_ipv4)
		publication->default_host4 = options.host_binding_ipv4;
	return 0;
}

static const char *describe(char *out, size_t size, const struct claim *claim)
{
	char address[CIDR_TEXT_SIZE];

	cidr_format_address(address, claim->host.family, claim->host.address);
	snprintf(out, size, claim->host.family == AF_INET ? "%s:%u" : "[%s]:%u", address,
		 claim->host_port);
	return out;
}

/* Checks against other containers, then against the host. Returns 1 when the port is free (and now
 * held), 0 when it is not (@err says why), -1 for other errors. */
static int try_claim(struct publication *publication, struct claim *claim, int *fd,
		     struct error *err)
{
	const char *protocol = claims_protocol_name(claim->protocol);
	bool is_any = claim->host_port == 0;
	const struct claim *other =
		is_any ? NULL : claims_find_conflict(publication->claims, claim);
	char where[CIDR_TEXT_SIZE + 16], user[PORT_USER_SIZE];

	*fd = -1;
	if (other) {
		error_set(err, ERROR_CONFLICT,
			  "bind for %s failed: port is already allocated: port %u/%s is already "
			  "published by '%s': stop it, or publish another port",
			  describe(where, sizeof(where), claim), claim->host_port, protocol,
			  other->container_name);
		return 0;
	}
	*fd = port_socket_bind(claim);
	if (*fd >= 0) {
		/* The kernel may give a port whose holder has died, but which is still claimed. */
		if (!is_any || !claims_find_conflict(publication->claims, claim))
			return 1;
		close(take_fd(fd));
		return error_set(err, ERROR_CONFLICT, "no free port was found") + 1;
	}
	if (errno == EADDRINUSE) {
		error_set(err, ERROR_CONFLICT,
			  "bind for %s failed: port is already allocated: port %u/%s is in use by "
			  "%s (address already in use): stop it, or publish another port",
			  describe(where, sizeof(where), claim), claim->host_port, protocol,
			  port_user_describe(user, claim));
		return 0;
	}
	/* A kernel without SCTP sockets can still translate its packets; a host without IPv6 has
	 * nobody who could ask. */
	if (claim->protocol == IPPROTO_SCTP && errno != EADDRNOTAVAIL)
		return 1;
	return error_errno(err, "cannot publish port %u/%s at %s", claim->host_port, protocol,
			   describe(where, sizeof(where), claim));
}

static bool is_missing_family(const struct claim *claim)
{
	return claim->host.family == AF_INET6 && claim->host.address == 0 &&
	       (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
}

/* The claims of one request for one port number: one per family. All or none are taken. */
static int try_port(struct publication *publication, const struct claim *wanted, size_t count,
		    uint16_t port, struct error *err)
{
	struct claim claims[2];
	int fds[2] = {-1, -1}, result = 1;

	for (size_t i = 0; i < count && result == 1; i++) {
		claims[i] = wanted[i];
		claims[i].host_port = port;
		result = try_claim(publication, &claims[i], &fds[i], err);
		if (result < 0 && is_missing_family(&claims[i])) {
			count = i;
			result = 1;
			break;
		}
		port = claims[i].host_port; /* what the kernel gave, when it was 0 */
	}
	for (size_t i = 0; i < count; i++) {
		if (result != 1) {
			if (fds[i] >= 0)
				close(fds[i]);
			continue;
		}
		*claims_add(publication->claims) = claims[i];
		if (fds[i] >= 0)
			port_holder_add(publication->holder, &claims[i], fds[i]);
	}
	return result;
}

static int check_request(const struct port_request *port, struct error *err)
{
	if (claims_protocol_number(port->protocol) == 0)
		return error_set(err, ERROR_INVALID,
				 "cannot publish protocol '%s' (expected tcp, udp or sctp)",
				 port->protocol);
	if (port->container_port == 0)
		return error_set(err, ERROR_INVALID, "cannot publish port 0 of a container");
	if (port->host_port_last != 0 && port->host_port_last < port->host_port)
		return error_set(err, ERROR_INVALID, "the port range %u-%u is upside down",
				 port->host_port, port->host_port_last);
	return 0;
}

/* Fills up to two claims, one per family; returns how many, or -1. */
static int prepare(const struct publication *publication, const struct port_request *port,
		   struct claim claims[2], struct error *err)
{
	const struct ports_request *request = publication->request;
	bool is_range = port->host_port == 0 || port->host_port_last > port->host_port;
	const char *host =
		port->host_ip && *port->host_ip ? port->host_ip : publication->default_host4;
	auto_free char *bare = alloc_string(host ? host : "0.0.0.0");
	size_t length = strlen(bare);
	int count = host ? 1 : 2;

	if (bare[0] == '[' && bare[length - 1] == ']') {
		bare[length - 1] = '\0';
		memmove(bare, bare + 1, length - 1);
	}
	for (int i = 0; i < count; i++) {
		struct claim *claim = &claims[i];
		bool is_ipv6;

		*claim = (struct claim){
			.container_id = request->container_id,
			.container_name = request->container_name,
			/* Replicas with a range or a free choice get a port each, as in Docker. */
			.share = is_range ? NULL : request->share,
			.is_ready = publication->is_ready,
			.protocol = claims_protocol_number(port->protocol),
			.host_port = port->host_port,
			.target_port = port->container_port,
		};
		if (!cidr_parse_address(&claim->host, i == 0 ? bare : "::"))
			return error_set(err, ERROR_INVALID,
					 "cannot publish port %u at '%s': not an address",
					 port->host_port, bare);
		is_ipv6 = claim->host.family == AF_INET6;
		claim->target = is_ipv6 ? publication->ipv6 : publication->ipv4;
		claim->relay = publication->ipv4.family ? publication->ipv4 : publication->ipv6;
	}
	return count;
}

static int publish_one(struct publication *publication, const struct port_request *port,
		       struct error *err)
{
	uint16_t last =
		port->host_port_last > port->host_port ? port->host_port_last : port->host_port;
	int tries = port->host_port == 0 ? RANDOM_TRIES : 1, result = 0, count;
	struct claim claims[2];

	if (check_request(port, err) < 0)
		return -1;
	count = prepare(publication, port, claims, err);
	if (count < 0)
		return -1;
	for (unsigned number = port->host_port; number <= last && result == 0; number++)
		for (int i = 0; i < tries && result == 0; i++)
			result =
				try_port(publication, claims, (size_t)count, (uint16_t)number, err);
	if (result == 0 && last > port->host_port)
		return error_set(err, ERROR_CONFLICT,
				 "all ports are allocated: no port from %u to %u/%s is free "
				 "(port is already allocated)",
				 port->host_port, last, port->protocol);
	return result == 1 ? 0 : -1;
}

/* Forgets flows of UDP ports of these containers. */
static void flush_flows(const struct claims *claims, char *const *container_ids, size_t count)
{
	auto_free uint16_t *ports = alloc_zeroed(claims->count + 1, sizeof(*ports));
	auto_map struct map wanted = {0};
	size_t port_count = 0;

	for (size_t i = 0; i < count; i++)
		map_set(&wanted, container_ids[i], container_ids[i]);
	for (size_t i = 0; i < claims->count; i++)
		if (claims->items[i].protocol == IPPROTO_UDP &&
		    map_has(&wanted, claims->items[i].container_id))
			ports[port_count++] = claims->items[i].host_port;
	conntrack_flush_ports(IPPROTO_UDP, ports, port_count);
}

/* Writes the claims and brings the table to them; on failure puts the claims back. */
static int apply(const struct net_context *context, const struct claims *before,
		 const struct claims *after, struct error *err)
{
	if (claims_save(context->run_dirfd, after, err) < 0)
		return -1;
	if (firewall_change_claims(context, before, after, err) == 0)
		return 0;
	claims_save(context->run_dirfd, before, NULL);
	return -1;
}

static void fill_bindings(const struct claims *claims, const char *container_id,
			  struct port_binding **bindings, size_t *count, struct arena *arena)
{
	*count = 0;
	*bindings = arena_array(arena, claims->count + 1, sizeof(**bindings));
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];
		char address[CIDR_TEXT_SIZE];

		if (strcmp(claim->container_id, container_id) != 0)
			continue;
		cidr_format_address(address, claim->host.family, claim->host.address);
		(*bindings)[(*count)++] = (struct port_binding){
			.protocol = claims_protocol_name(claim->protocol),
			.host_ip = arena_string(arena, address),
			.host_port = claim->host_port,
			.container_port = claim->target_port,
		};
	}
}

static struct claims copy_claims(const struct claims *claims, struct arena *arena)
{
	struct claims copy = {.count = claims->count, .arena = arena};

	/* arena_grow doubles, so the copy has to have the room of a grown array. */
	for (size_t i = 0; i < claims->count; i++) {
		copy.items = arena_grow(arena, copy.items, i, sizeof(*copy.items));
		copy.items[i] = claims->items[i];
	}
	return copy;
}

static int publish_all(const struct net_context *context, struct publication *publication,
		       struct arena *arena, struct error *err)
{
	const struct ports_request *request = publication->request;
	auto_close int lock = firewall_lock(context, err);
	struct claims before, after;

	if (lock < 0 || claims_load(context->run_dirfd, &before, arena, err) < 0)
		return -1;
	after = copy_claims(&before, arena);
	claims_remove_containers(&after, (char *const[]){(char *)request->container_id}, 1);
	claims_hand_on(&after, NULL); /* before it comes, and again for one that is alone */
	publication->claims = &after;
	publication->is_ready = !request->is_waiting;
	for (size_t i = 0; i < request->port_count; i++)
		if (publish_one(publication, &request->ports[i], err) < 0)
			return -1;
	claims_hand_on(&after, NULL);
	if (firewall_begin(lock, err) < 0 || apply(context, &before, &after, err) < 0)
		return -1;
	firewall_settle(lock);
	flush_flows(&after, (char *const[]){(char *)request->container_id}, 1);
	return 0;
}

int ports_publish(const struct net_context *context, const struct ports_request *request,
		  struct ports_result *result, struct arena *arena, struct error *err)
{
	auto_holder struct port_holder *mine = port_holder_new();
	struct publication publication = {.request = request, .holder = mine};
	struct claims claims;

	*result = (struct ports_result){0};
	if (request->port_count == 0)
		return 0;
	if (find_targets(context, &publication, arena, err) < 0)
		return -1;
	if (!publication.ipv4.family && !publication.ipv6.family) {
		log_warning("the published ports of '%s' have no effect: it is on no network with "
			    "a way out",
			    request->container_name);
		return 0;
	}
	if (publish_all(context, &publication, arena, err) < 0)
		return error_wrap(err, "cannot publish its ports");
	if (claims_load(context->run_dirfd, &claims, arena, err) < 0)
		return -1;
	fill_bindings(&claims, request->container_id, &result->bindings, &result->binding_count,
		      arena);
	if (mine->count > 0)
		result->holder = take_ptr(mine);
	return 0;
}

/* A killed monitor's sockets may be closing right now: waits for them, at most @patience times. */
static int bind_when_free(struct claim *claim, int *patience)
{
	int fd = port_socket_bind(claim);

	for (; fd < 0 && errno == EADDRINUSE && *patience > 0; --*patience) {
		poll(NULL, 0, 10);
		fd = port_socket_bind(claim);
	}
	return fd;
}

int ports_hold(const struct net_context *context, const char *container_id,
	       struct port_holder **holder, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_holder struct port_holder *mine = NULL;
	struct claims claims;
	int patience = 20;

	if (*holder)
		return 0;
	if (claims_load(context->run_dirfd, &claims, &arena, err) < 0)
		return -1;
	mine = port_holder_new();
	for (size_t i = 0; i < claims.count; i++) {
		struct claim *claim = &claims.items[i];
		int fd;

		if (strcmp(claim->container_id, container_id) != 0)
			continue;
		fd = bind_when_free(claim, &patience);
		if (fd >= 0)
			port_holder_add(mine, claim, fd);
	}
	if (mine->count > 0)
		*holder = take_ptr(mine);
	return 0;
}

enum part { PART_NONE, PART_LOST, PART_READY };

/* Whether there was anything to change. Who had a part and lost it is still before those who never
 * had one; who has none for now is behind all. */
static bool set_part(struct claims *claims, const char *container_id, enum part part)
{
	bool changed = false;

	for (size_t i = 0; i < claims->count; i++) {
		struct claim *claim = &claims->items[i];
		bool is_first = part == PART_LOST && (claim->is_first || claim->is_ready);

		if (strcmp(claim->container_id, container_id) != 0)
			continue;
		changed |= claim->is_ready != (part == PART_READY) || claim->is_first != is_first;
		claim->is_ready = part == PART_READY;
		claim->is_first = is_first;
	}
	if (changed && part == PART_NONE)
		claims_hand_on(claims, container_id);
	return changed;
}

static int change_part(const struct net_context *context, const char *container_id, enum part part,
		       struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_close int lock = firewall_lock(context, err);
	struct claims before, after;

	if (lock < 0 || claims_load(context->run_dirfd, &before, &arena, err) < 0)
		return -1;
	after = copy_claims(&before, &arena);
	if (!set_part(&after, container_id, part))
		return 0;
	if (firewall_begin(lock, err) < 0 || apply(context, &before, &after, err) < 0)
		return -1;
	firewall_settle(lock);
	return 0;
}

int ports_set_ready(const struct net_context *context, const char *container_id, bool ready,
		    struct error *err)
{
	return change_part(context, container_id, ready ? PART_READY : PART_LOST, err);
}

int ports_end_part(const struct net_context *context, const char *container_id, struct error *err)
{
	return change_part(context, container_id, PART_NONE, err);
}

bool ports_are_waiting(const struct net_context *context, const char *container_id)
{
	auto_arena struct arena arena = {0};
	struct claims claims;

	if (claims_load(context->run_dirfd, &claims, &arena, NULL) < 0)
		return false;
	for (size_t i = 0; i < claims.count; i++)
		if (claims.items[i].share && !claims.items[i].is_ready &&
		    strcmp(claims.items[i].container_id, container_id) == 0)
			return true;
	return false;
}

int ports_drain(const struct net_context *context, const char *container_id, struct error *err)
{
	auto_arena struct arena arena = {0};
	const char *share = NULL;
	struct claims claims;

	if (claims_load(context->run_dirfd, &claims, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < claims.count; i++)
		if (strcmp(claims.items[i].container_id, container_id) == 0 &&
		    claims.items[i].is_ready && claims.items[i].share)
			share = claims.items[i].share;
	if (!claims_are_shared(&claims, share, container_id))
		return 0;
	return ports_set_ready(context, container_id, false, err) < 0 ? -1 : 1;
}

int ports_count_damaged(const struct net_context *context, size_t *line, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct claims claims;

	if (claims_load(context->run_dirfd, &claims, &arena, err) < 0)
		return -1;
	*line = claims.damaged_line;
	return (int)claims.damaged_count;
}

int ports_retract(const struct net_context *context, char *const *container_ids, size_t count,
		  struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_close int lock = firewall_lock(context, err);
	struct claims before, after;

	if (lock < 0 || claims_load(context->run_dirfd, &before, &arena, err) < 0)
		return -1;
	after = copy_claims(&before, &arena);
	claims_remove_containers(&after, container_ids, count);
	if (before.count == 0) /* the file of damaged lines that may be there is not kept */
		return claims_save(context->run_dirfd, &after, err);
	if (after.count == before.count)
		return 0;
	/* The claims must go, whatever the kernel says: a rebuild makes the table right. */
	if (firewall_begin(lock, err) < 0 ||
	    (after.count ? claims_strike(context->run_dirfd, container_ids, count, err)
			 : claims_save(context->run_dirfd, &after, err)) < 0 ||
	    firewall_change_claims(context, &before, &after, err) < 0)
		return -1;
	firewall_settle(lock);
	flush_flows(&before, container_ids, count);
	return 0;
}

void ports_release(struct port_holder *holder)
{
	port_holder_free(holder);
}
