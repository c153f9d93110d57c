/* SPDX-License-Identifier: Apache-2.0 */
#include "net/shortcut.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/btf.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/bpf.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "net/claims.h"
#include "net/shortcut_program.h"

#define NAME_SIZE    16
#define MOST_ENTRIES 4096
#define MOST_HOLDERS 256

struct entry {
	struct shortcut_key key;
	struct shortcut_target target;
};

struct entries {
	struct entry *items;
	size_t count;
	struct arena *arena;
};

struct place {
	int cgroup_fd;
	uint64_t netns_cookie;
	char name[NAME_SIZE]; /* of the programs: one of this RUN and network namespace */
};

static const struct shortcut_kind {
	enum bpf_attach_type type;
	int family;
	size_t (*build)(struct bpf_insn *insns, int family, const struct shortcut_maps *maps);
} kinds[] = {
	{BPF_CGROUP_INET4_GETPEERNAME, AF_INET, shortcut_program_peer},
	{BPF_CGROUP_INET6_GETPEERNAME, AF_INET6, shortcut_program_peer},
	{BPF_CGROUP_INET6_CONNECT, AF_INET6, shortcut_program_connect},
	/* The last to come and the first to go: it stands for all. */
	{BPF_CGROUP_INET4_CONNECT, AF_INET, shortcut_program_connect},
};

/* ---- what is wanted ---- */

/* False for an address that need not be the host's for ever. */
static bool host_key(struct shortcut_key *key, const struct claim *claim)
{
	const struct cidr *host = &claim->host;

	*key = (struct shortcut_key){
		.address = htonl((uint32_t)host->address),
		.port = htons(claim->host_port),
		.family = (uint32_t)host->family,
	};
	if (host->address == 0)
		return true;
	return host->family == AF_INET ? host->address >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET
				       : host->address == 1;
}

static struct shortcut_target target_of(const struct claim *claim)
{
	struct shortcut_target target = {.port = htons(claim->target_port), .count = 1};
	bool is_ipv4 = claim->target.family == AF_INET;

	if (is_ipv4)
		target.address[2] = htonl(0xffff);
	cidr_to_bytes((uint8_t *)&target.address[is_ipv4 ? 3 : 0], claim->target.family,
		      claim->target.address);
	return target;
}

static void add_holders(const struct claim *const *holders, size_t count, void *data)
{
	struct entries *entries = data;
	struct shortcut_key key;

	if (holders[0]->protocol != IPPROTO_TCP || !host_key(&key, holders[0]))
		return;
	count = count < MOST_HOLDERS ? count : MOST_HOLDERS;
	for (size_t i = 0; i < count; i++) {
		struct entry *entry;

		entries->items = arena_grow(entries->arena, entries->items, entries->count,
					    sizeof(*entries->items));
		entry = &entries->items[entries->count++];
		*entry = (struct entry){key, target_of(holders[i])};
		entry->key.index = (uint32_t)i;
		entry->target.count = (uint32_t)count;
	}
}

static int compare_entries(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct shortcut_key));
}

static struct entries find_entries(const struct claims *claims, struct arena *arena)
{
	struct entries entries = {.arena = arena};

	claims_each_port(claims, add_holders, &entries);
	if (entries.count > 1)
		qsort(entries.items, entries.count, sizeof(*entries.items), compare_entries);
	return entries;
}

/* ---- in the kernel ---- */

static int read_cookie(uint64_t *cookie)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*cookie);

	return fd < 0 ? -1 : getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size);
}

static int find_place(struct place *place, const struct net_context *context, struct error *err)
{
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;

	place->cgroup_fd = -1;
	if (read_cookie(&place->netns_cookie) < 0)
		return error_errno(err, "cannot tell network namespaces apart");
	if (!context->open_cgroups)
		return error_set(err, ERROR_UNSUPPORTED, "there are no cgroups");
	place->cgroup_fd = context->open_cgroups(err);
	if (place->cgroup_fd < 0)
		return -1;
	digest_init(&digest);
	digest_add(&digest, &place->netns_cookie, sizeof(place->netns_cookie));
	digest_add(&digest, context->run_path, strlen(context->run_path));
	digest_finish(&digest, hex);
	snprintf(place->name, sizeof(place->name), "coracle%.8s", hex);
	return 0;
}

static int put_entry(int map_fd, const struct entry *entry)
{
	union bpf_attr attr = {0};

	attr.map_fd = (unsigned)map_fd;
	attr.key = (uintptr_t)&entry->key;
	attr.value = (uintptr_t)&entry->target;
	return bpf_call(BPF_MAP_UPDATE_ELEM, &attr);
}

static void drop_entry(int map_fd, const struct shortcut_key *key)
{
	union bpf_attr attr = {0};

	attr.map_fd = (unsigned)map_fd;
	attr.key = (uintptr_t)key;
	bpf_call(BPF_MAP_DELETE_ELEM, &attr);
}

static const struct entry *find_entry(const struct entries *entries, const struct entry *same)
{
	return entries->count ? bsearch(same, entries->items, entries->count,
					sizeof(*entries->items), compare_entries)
			      : NULL;
}

/* But for what is there. What has no room, or anything else against it, is no shortcut. */
static void put_entries(int map_fd, const struct entries *entries, const struct entries *there)
{
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->items[i], *old = find_entry(there, entry);

		if (old && memcmp(&old->target, &entry->target, sizeof(old->target)) == 0)
			continue;
		if (put_entry(map_fd, entry) < 0)
			drop_entry(map_fd, &entry->key);
	}
}

static int make_ports_map(void)
{
	union bpf_attr attr = {0};

	attr.map_type = BPF_MAP_TYPE_HASH;
	attr.key_size = sizeof(struct shortcut_key);
	attr.value_size = sizeof(struct shortcut_target);
	attr.max_entries = MOST_ENTRIES;
	attr.map_flags = BPF_F_NO_PREALLOC;
	memcpy(attr.map_name, "coracle_ports", 14);
	return bpf_call(BPF_MAP_CREATE, &attr);
}

/* Socket storage has to say of which types it is: an int, and so many bits. */
static int load_types(void)
{
	static const char strings[] = "\0int\0memory";
	const struct {
		struct btf_header header;
		struct {
			struct btf_type type;
			uint32_t encoding;
		} key, value;
		char strings[sizeof(strings)];
	} types = {
		.header = {.magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(struct btf_header),
			   .type_len = sizeof(types.key) + sizeof(types.value),
			   .str_off = sizeof(types.key) + sizeof(types.value),
			   .str_len = sizeof(strings)},
		.key = {{.name_off = 1, .info = BTF_KIND_INT << 24, .size = sizeof(int)}, 32},
		.value = {{.name_off = 5,
			   .info = BTF_KIND_INT << 24,
			   .size = sizeof(struct shortcut_memory)},
			  8 * sizeof(struct shortcut_memory)},
		.strings = "\0int\0memory",
	};
	union bpf_attr attr = {0};

	attr.btf = (uintptr_t)&types;
	attr.btf_size = (unsigned)(offsetof(__typeof__(types), strings) + sizeof(strings));
	return bpf_call(BPF_BTF_LOAD, &attr);
}

static int make_memory_map(void)
{
	auto_close int types = load_types();
	union bpf_attr attr = {0};

	if (types < 0)
		return -1;
	attr.map_type = BPF_MAP_TYPE_SK_STORAGE;
	attr.key_size = sizeof(int);
	attr.value_size = sizeof(struct shortcut_memory);
	attr.map_flags = BPF_F_NO_PREALLOC;
	attr.btf_fd = (unsigned)types;
	attr.btf_key_type_id = 1;
	attr.btf_value_type_id = 2;
	memcpy(attr.map_name, "coracle_sockets", 16);
	return bpf_call(BPF_MAP_CREATE, &attr);
}

static int load_kind(const struct place *place, const struct shortcut_kind *kind,
		     const struct shortcut_maps *maps)
{
	struct bpf_insn insns[SHORTCUT_PROGRAM_SIZE];
	struct bpf_code code = {
		.type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		.attach_type = kind->type,
		.name = place->name,
		.insns = insns,
		.count = kind->build(insns, kind->family, maps),
	};

	return bpf_load(&code);
}

static int attach_kind(const struct place *place, const struct shortcut_kind *kind,
		       const struct shortcut_maps *maps)
{
	auto_close int old = bpf_find_attached(place->cgroup_fd, kind->type, place->name);
	auto_close int program = load_kind(place, kind, maps);

	return program < 0 ? -1 : bpf_attach(place->cgroup_fd, kind->type, program, old);
}

static void detach_all(const struct place *place)
{
	for (size_t i = array_length(kinds); i-- > 0;) {
		auto_close int program =
			bpf_find_attached(place->cgroup_fd, kinds[i].type, place->name);

		if (program >= 0 && bpf_detach(place->cgroup_fd, kinds[i].type, program) < 0)
			log_warning("a program of ours stays attached to the cgroups: %s",
				    error_strerror(errno));
	}
}

static void attach_all(const struct place *place, const struct entries *entries)
{
	auto_close int ports = make_ports_map(), memory = make_memory_map();
	struct shortcut_maps maps = {ports, memory, place->netns_cookie};
	bool is_done = ports >= 0 && memory >= 0;

	if (is_done)
		put_entries(ports, entries, &(const struct entries){0});
	for (size_t i = 0; i < array_length(kinds) && is_done; i++)
		is_done = attach_kind(place, &kinds[i], &maps) == 0;
	if (!is_done)
		detach_all(place);
}

/* The hash among the maps of a program; -1. */
static int find_ports_map(int program_fd)
{
	unsigned ids[2];
	struct bpf_prog_info info = {.nr_map_ids = 2, .map_ids = (uintptr_t)ids};
	union bpf_attr attr = {0};

	attr.info.bpf_fd = (unsigned)program_fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return -1;
	for (unsigned i = 0; i < info.nr_map_ids && i < array_length(ids); i++) {
		union bpf_attr get = {.map_id = ids[i]};
		struct bpf_map_info map = {0};
		auto_close int fd = bpf_call(BPF_MAP_GET_FD_BY_ID, &get);

		attr.info.bpf_fd = (unsigned)fd;
		attr.info.info_len = sizeof(map);
		attr.info.info = (uintptr_t)&map;
		if (fd >= 0 && bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 &&
		    map.type == BPF_MAP_TYPE_HASH)
			return take_fd(&fd);
	}
	return -1;
}

/* False when there are no programs of ours yet. */
static bool update(const struct place *place, const struct entries *before,
		   const struct entries *after)
{
	auto_close int program =
		bpf_find_attached(place->cgroup_fd, BPF_CGROUP_INET4_CONNECT, place->name);
	auto_close int map = program < 0 ? -1 : find_ports_map(program);

	if (map < 0)
		return false;
	put_entries(map, after, before);
	for (size_t i = 0; i < before->count; i++)
		if (!find_entry(after, &before->items[i]))
			drop_entry(map, &before->items[i].key);
	return true;
}

static void bring_about(const struct net_context *context, const struct entries *before,
			const struct entries *after)
{
	struct place place;

	if (find_place(&place, context, NULL) < 0)
		return;
	if (after->count == 0)
		detach_all(&place);
	else if (!before || !update(&place, before, after))
		attach_all(&place, after);
	close(place.cgroup_fd);
}

void shortcut_change(const struct net_context *context, const struct claims *before,
		     const struct claims *after)
{
	auto_arena struct arena arena = {0};
	struct entries gone = find_entries(before, &arena), wanted = find_entries(after, &arena);

	if (gone.count > 0 || wanted.count > 0)
		bring_about(context, &gone, &wanted);
}

void shortcut_rebuild(const struct net_context *context)
{
	auto_arena struct arena arena = {0};
	struct entries wanted;
	struct claims claims;

	if (claims_load(context->run_dirfd, &claims, &arena, NULL) < 0)
		return;
	wanted = find_entries(&claims, &arena);
	bring_about(context, NULL, &wanted);
}

int shortcut_check(int (*open_cgroups)(struct error *err), struct error *err)
{
	struct net_context context = {.open_cgroups = open_cgroups, .run_path = ""};
	auto_close int ports = make_ports_map(), memory = -1;
	struct shortcut_maps maps = {.ports_fd = ports};
	struct place place;
	int result = 0;

	if (find_place(&place, &context, err) < 0)
		return -1;
	close(place.cgroup_fd);
	maps.memory_fd = memory = make_memory_map();
	maps.netns_cookie = place.netns_cookie;
	for (size_t i = 0; i < array_length(kinds) && result == 0; i++) {
		auto_close int program = load_kind(&place, &kinds[i], &maps);

		if (program < 0)
			result = error_errno(err, "the kernel refuses the program");
	}
	return result;
}
