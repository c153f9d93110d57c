/* SPDX-License-Identifier: Apache-2.0 */
#include "net/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/units.h"

#define CLAIMS_FILE  ".ports"
#define CLAIMS_LIMIT ((size_t)64 << 20)
#define ID_LENGTH    64
#define STRUCK	     '#' /* the first byte of a line that has been taken back */

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

const char *claims_protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < array_length(protocols); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return "?";
}

uint8_t claims_protocol_number(const char *name)
{
	for (size_t i = 0; i < array_length(protocols); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return protocols[i].number;
	return 0;
}

struct claim *claims_add(struct claims *claims)
{
	claims->items =
		arena_grow(claims->arena, claims->items, claims->count, sizeof(*claims->items));
	claims->items[claims->count] = (struct claim){.is_ready = true};
	return &claims->items[claims->count++];
}

static bool parse_port(uint16_t *port, const char *text)
{
	uint64_t value;

	if (units_parse_u64(&value, text, NULL) < 0 || value == 0 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool parse_optional_address(struct cidr *address, const char *text)
{
	return strcmp(text, "-") == 0 || cidr_parse_address(address, text);
}

enum { ID, NAME, SHARE, READY, PROTOCOL, HOST, HOST_PORT, TARGET, RELAY, TARGET_PORT, FIELDS };

/* False: it is damaged. */
static bool parse_line(struct claims *claims, char *line)
{
	struct claim claim = {0};
	char *fields[FIELDS];
	size_t count = 0;

	for (char *field; (field = strsep(&line, "\t")) && count < FIELDS; count++)
		fields[count] = field;
	if (count != FIELDS || line || strlen(fields[ID]) != ID_LENGTH)
		return false;
	claim.container_id = fields[ID];
	claim.container_name = fields[NAME];
	claim.share = fields[SHARE][0] ? fields[SHARE] : NULL;
	claim.is_ready = strcmp(fields[READY], "ready") == 0;
	claim.is_first = strcmp(fields[READY], "first") == 0;
	claim.protocol = claims_protocol_number(fields[PROTOCOL]);
	if (claim.protocol == 0 || !cidr_parse_address(&claim.host, fields[HOST]) ||
	    !parse_port(&claim.host_port, fields[HOST_PORT]) ||
	    !parse_optional_address(&claim.target, fields[TARGET]) ||
	    !parse_optional_address(&claim.relay, fields[RELAY]) ||
	    !parse_port(&claim.target_port, fields[TARGET_PORT]))
		return false;
	if (claim.target.family && claim.target.family != claim.host.family)
		return false;
	*claims_add(claims) = claim;
	return true;
}

void claims_parse(struct claims *claims, const char *text, struct arena *arena)
{
	char *copy = arena_string(arena, text);
	size_t number = 0;

	*claims = (struct claims){.arena = arena};
	for (char *line; (line = strsep(&copy, "\n"));) {
		number++;
		if (line[0] != '\0' && line[0] != STRUCK && !parse_line(claims, line) &&
		    claims->damaged_count++ == 0)
			claims->damaged_line = number;
	}
}

/* Empty when there is no file. */
static int read_text(int dirfd, struct strbuf *text, struct error *err)
{
	struct error why = {0};

	if (file_read(dirfd, CLAIMS_FILE, CLAIMS_LIMIT, text, &why) < 0 && why.code != ENOENT)
		return error_pass(err, &why);
	/* So that lines behind a damaged one are seen. */
	for (size_t i = 0; i < text->length; i++)
		if (text->text[i] == '\0')
			text->text[i] = '?';
	return 0;
}

int claims_load(int dirfd, struct claims *claims, struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (read_text(dirfd, &text, err) < 0)
		return -1;
	claims_parse(claims, strbuf_text(&text), arena);
	if (claims->damaged_count)
		log_warning_once("line %zu of the published ports (networks/" CLAIMS_FILE
				 " below the run directory) is damaged%s: what it published is not "
				 "reachable: stop and start the container that lacks a port in "
				 "'debug ports'",
				 claims->damaged_line,
				 claims->damaged_count > 1 ? ", and others are" : "");
	return 0;
}

/* Separators of the file cannot stand in a field. */
static void add_field(struct strbuf *out, const char *text)
{
	for (; text && *text; text++)
		strbuf_add_char(out, *text == '\t' || *text == '\n' ? ' ' : *text);
	strbuf_add_char(out, '\t');
}

static void add_address(struct strbuf *out, const struct cidr *address)
{
	char text[CIDR_TEXT_SIZE] = "-";

	if (address->family)
		cidr_format_address(text, address->family, address->address);
	add_field(out, text);
}

int claims_save(int dirfd, const struct claims *claims, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		add_field(&text, claim->container_id);
		add_field(&text, claim->container_name);
		add_field(&text, claim->share);
		add_field(&text, claim->is_ready ? "ready" : claim->is_first ? "first" : "waiting");
		add_field(&text, claims_protocol_name(claim->protocol));
		add_address(&text, &claim->host);
		strbuf_printf(&text, "%u\t", claim->host_port);
		add_address(&text, &claim->target);
		add_address(&text, &claim->relay);
		strbuf_printf(&text, "%u\n", claim->target_port);
	}
	if (!claims->count) { /* nothing published: nothing on disk */
		if (unlinkat(dirfd, CLAIMS_FILE, 0) < 0 && errno != ENOENT)
			return error_errno(err, "cannot remove '%s'", CLAIMS_FILE);
		return 0;
	}
	if (file_replace_volatile(dirfd, CLAIMS_FILE, strbuf_text(&text), text.length, 0600, err) <
	    0)
		return error_wrap(err, "cannot note the published ports");
	return 0;
}

void claims_sweep(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	/* What is half written here is nobody's: the caller has the lock, and a pid tells nothing
	 * where another process may have it. */
	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, CLAIMS_FILE ".", sizeof(CLAIMS_FILE)) == 0)
			unlinkat(dirfd, entry->d_name, 0);
		else
			file_remove_stale(dirfd, entry->d_name);
}

static void map_ids(struct map *map, char *const *container_ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		map_set(map, container_ids[i], container_ids[i]);
}

static bool is_line_of(const char *line, const struct map *container_ids)
{
	char id[ID_LENGTH + 1];

	snprintf(id, sizeof(id), "%.*s", (int)strcspn(line, "\t\n"), line);
	return map_has(container_ids, id);
}

int claims_strike(int dirfd, char *const *container_ids, size_t count, struct error *err)
{
	auto_map struct map gone = {0};
	auto_strbuf struct strbuf text = {0};
	struct error why = {0};
	auto_close int fd = file_open(dirfd, CLAIMS_FILE, O_WRONLY, &why);
	const char struck = STRUCK;

	if (fd < 0)
		return why.code == ENOENT ? 0 : error_pass(err, &why);
	if (read_text(dirfd, &text, err) < 0)
		return -1;
	map_ids(&gone, container_ids, count);
	for (size_t at = 0, next; at < text.length; at = next) {
		next = at + strcspn(text.text + at, "\n") + 1;
		if (is_line_of(text.text + at, &gone) && pwrite(fd, &struck, 1, (off_t)at) < 0)
			return error_errno(err, "cannot take back the published ports");
	}
	return 0;
}

void claims_remove_containers(struct claims *claims, char *const *container_ids, size_t count)
{
	auto_map struct map gone = {0};
	size_t kept = 0;

	map_ids(&gone, container_ids, count);
	for (size_t i = 0; i < claims->count; i++)
		if (!map_has(&gone, claims->items[i].container_id))
			claims->items[kept++] = claims->items[i];
	claims->count = kept;
	claims->by_port = NULL;
}

static int rank(const struct claim *claim)
{
	return claim->is_ready ? 2 : claim->is_first;
}

bool claims_is_outranked(const struct claims *claims, const struct claim *claim)
{
	for (size_t i = 0; i < claims->count && claim->share; i++) {
		const struct claim *other = &claims->items[i];

		if (other->share && strcmp(other->share, claim->share) == 0 &&
		    rank(other) > rank(claim))
			return true;
	}
	return false;
}

void claims_hand_on(struct claims *claims, const char *except)
{
	auto_map struct map served = {0};

	for (size_t i = 0; i < claims->count; i++)
		if (claims->items[i].share && rank(&claims->items[i]) > 0)
			map_set(&served, claims->items[i].share, claims);
	for (size_t i = 0; i < claims->count; i++) {
		struct claim *claim = &claims->items[i];

		if (!claim->share || claim->is_ready || claim->is_first ||
		    map_has(&served, claim->share) ||
		    (except && strcmp(claim->container_id, except) == 0))
			continue;
		claim->is_first = true;
	}
}

bool claims_are_shared(const struct claims *claims, const char *share, const char *container_id)
{
	for (size_t i = 0; i < claims->count && share; i++) {
		const struct claim *claim = &claims->items[i];

		if (claim->share && claim->is_ready && strcmp(claim->share, share) == 0 &&
		    strcmp(claim->container_id, container_id) != 0)
			return true;
	}
	return false;
}

/* Claims are added one by one while conflicts are looked for. */
static void index_ports(struct claims *claims)
{
	if (!claims->by_port) {
		claims->by_port =
			arena_array(claims->arena, UINT16_MAX + 1, sizeof(*claims->by_port));
		claims->indexed = 0;
	}
	for (; claims->indexed < claims->count; claims->indexed++) {
		struct claim *claim = &claims->items[claims->indexed];

		claim->next = claims->by_port[claim->host_port];
		claims->by_port[claim->host_port] = (uint32_t)claims->indexed + 1;
	}
}

const struct claim *claims_find_conflict(struct claims *claims, const struct claim *wanted)
{
	const struct claim *claim;

	index_ports(claims);
	for (uint32_t at = claims->by_port[wanted->host_port]; at; at = claim->next) {
		claim = &claims->items[at - 1];
		if (claim->protocol != wanted->protocol ||
		    claim->host.family != wanted->host.family)
			continue;
		if (claim->host.address != wanted->host.address && claim->host.address != 0 &&
		    wanted->host.address != 0)
			continue;
		if (claim->share && wanted->share && strcmp(claim->share, wanted->share) == 0 &&
		    claim->host.address == wanted->host.address &&
		    strcmp(claim->container_id, wanted->container_id) != 0)
			continue;
		return claim;
	}
	return NULL;
}

static int compare_numbers(ip_number a, ip_number b)
{
	return a < b ? -1 : a > b;
}

static int compare_ports(const struct claim *a, const struct claim *b)
{
	if (a->protocol != b->protocol)
		return a->protocol - b->protocol;
	if (a->host_port != b->host_port)
		return a->host_port - b->host_port;
	if (a->host.family != b->host.family)
		return a->host.family - b->host.family;
	return compare_numbers(a->host.address, b->host.address);
}

struct claims claims_of_port(const struct claims *claims, const struct claim *claim,
			     struct arena *arena)
{
	struct claims found = {.arena = arena};

	for (size_t i = 0; i < claims->count; i++)
		if (compare_ports(&claims->items[i], claim) == 0)
			*claims_add(&found) = claims->items[i];
	return found;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *one = *(const struct claim *const *)a;
	const struct claim *other = *(const struct claim *const *)b;
	int order = compare_ports(one, other);

	return order ? order : compare_numbers(one->target.address, other->target.address);
}

/* Those of the highest rank to the front. Returns how many there are. */
static size_t choose(const struct claim **holders, size_t count)
{
	size_t chosen = 0;
	int highest = 0;

	for (size_t i = 0; i < count; i++)
		highest = rank(holders[i]) > highest ? rank(holders[i]) : highest;
	for (size_t i = 0; i < count; i++)
		if (rank(holders[i]) == highest)
			holders[chosen++] = holders[i];
	return chosen;
}

void claims_each_port(const struct claims *claims, claims_visit *visit, void *data)
{
	auto_free const struct claim **sorted = alloc_zeroed(claims->count + 1, sizeof(*sorted));
	size_t count = 0, end;

	for (size_t i = 0; i < claims->count; i++)
		if (claims->items[i].target.family)
			sorted[count++] = &claims->items[i];
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_claims);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && compare_ports(sorted[i], sorted[end]) == 0; end++)
			;
		visit(sorted + i, choose(sorted + i, end - i), data);
	}
}
