/* SPDX-License-Identifier: Apache-2.0 */
#include "net/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"

#define CLAIMS_FILE  ".ports"
#define CLAIMS_LIMIT ((size_t)64 << 20)

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

static void parse_line(struct claims *claims, char *line)
{
	struct claim claim = {0};
	char *fields[FIELDS];
	size_t count = 0;

	for (char *field; (field = strsep(&line, "\t")) && count < FIELDS; count++)
		fields[count] = field;
	if (count != FIELDS || line || strlen(fields[ID]) != 64)
		return;
	claim.container_id = fields[ID];
	claim.container_name = fields[NAME];
	claim.share = fields[SHARE][0] ? fields[SHARE] : NULL;
	claim.is_ready = strcmp(fields[READY], "ready") == 0;
	claim.protocol = claims_protocol_number(fields[PROTOCOL]);
	if (claim.protocol == 0 || !cidr_parse_address(&claim.host, fields[HOST]) ||
	    !parse_port(&claim.host_port, fields[HOST_PORT]) ||
	    !parse_optional_address(&claim.target, fields[TARGET]) ||
	    !parse_optional_address(&claim.relay, fields[RELAY]) ||
	    !parse_port(&claim.target_port, fields[TARGET_PORT]))
		return;
	if (claim.target.family && claim.target.family != claim.host.family)
		return;
	*claims_add(claims) = claim;
}

void claims_parse(struct claims *claims, const char *text, struct arena *arena)
{
	char *copy = arena_string(arena, text);

	*claims = (struct claims){.arena = arena};
	for (char *line; (line = strsep(&copy, "\n"));)
		parse_line(claims, line);
}

int claims_load(int dirfd, struct claims *claims, struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct error why = {0};

	if (file_read(dirfd, CLAIMS_FILE, CLAIMS_LIMIT, &text, &why) < 0 && why.code != ENOENT)
		return error_pass(err, &why);
	claims_parse(claims, strbuf_text(&text), arena);
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
		add_field(&text, claim->is_ready ? "ready" : "waiting");
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

void claims_remove_container(struct claims *claims, const char *container_id)
{
	size_t kept = 0;

	for (size_t i = 0; i < claims->count; i++)
		if (strcmp(claims->items[i].container_id, container_id) != 0)
			claims->items[kept++] = claims->items[i];
	claims->count = kept;
}

bool claims_is_same_port(const struct claim *a, const struct claim *b)
{
	return a->protocol == b->protocol && a->host_port == b->host_port &&
	       a->host.family == b->host.family && a->host.address == b->host.address;
}

const struct claim *claims_find_conflict(const struct claims *claims, const struct claim *wanted)
{
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (claim->protocol != wanted->protocol || claim->host_port != wanted->host_port ||
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
