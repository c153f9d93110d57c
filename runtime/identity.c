/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define LARGEST_FILE ((size_t)10 << 20)
/* As many as the kernel takes (NGROUPS_MAX). */
#define MOST_GROUPS 65536

/* A line cut at its colons; the fields point into it. */
struct line {
	char *fields[7];
	size_t count;
};

static bool is_number(const char *text)
{
	return isdigit((unsigned char)text[0]) && text[strspn(text, "0123456789")] == '\0';
}

/* What others would take for a number, or for an include of NIS, is no name: "+0", "-1", "0x0", "
 * 0" (an image may have a line for each of them in its passwd). */
static bool is_name(const char *text)
{
	const char *digits = strncasecmp(text, "0x", 2) == 0 ? text + 2 : "";

	if (!*text || *text == '+' || *text == '-')
		return false;
	if (*digits && !digits[strspn(digits, "0123456789abcdefABCDEF")])
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f || *text == ':')
			return false;
	return true;
}

/* The file's text, empty when it is not there. */
static int read_file(struct strbuf *text, int rootfs_fd, const char *path, struct error *err)
{
	struct error local = {0};
	auto_close int fd =
		path_open(rootfs_fd, path, PATH_IN_ROOT, O_RDONLY | O_NONBLOCK | O_NOCTTY, &local);
	struct statfs where;
	struct stat about;

	if (fd < 0 && (local.code == ENOENT || local.code == ENOTDIR))
		return 0;
	if (fd < 0)
		return error_pass(err, &local);
	/* In procfs, "self" is this process: an image must not choose what of it is read. */
	if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || fstatfs(fd, &where) < 0 ||
	    where.f_type == PROC_SUPER_MAGIC)
		return error_set(err, ERROR_INVALID, "'%s' in the image is not a regular file",
				 path);
	if ((uint64_t)about.st_size > LARGEST_FILE)
		return error_set(err, ERROR_INVALID, "'%s' in the image is larger than 10 MiB",
				 path);
	for (;;) {
		char *end = strbuf_reserve(text, 65536);
		ssize_t n = read(fd, end, 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read '%s' in the image", path);
		if (n == 0)
			return 0;
		text->length += (size_t)n;
		text->text[text->length] = '\0';
		if (text->length > LARGEST_FILE)
			return error_set(err, ERROR_INVALID,
					 "'%s' in the image is larger than 10 MiB", path);
	}
}

/* Takes the next line off @at, cutting it up. False at the end. A NUL ends a line's use, not the
 * file. */
static bool next_line(char **at, char *end, struct line *line)
{
	char *newline, *field = *at;

	if (*at >= end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	*at = newline ? newline + 1 : end;
	if (newline)
		*newline = '\0';
	if (newline > field && newline[-1] == '\r')
		newline[-1] = '\0';
	line->count = 0;
	while (line->count < array_length(line->fields)) {
		char *colon = strchr(field, ':');

		line->fields[line->count++] = field;
		if (!colon)
			break;
		*colon = '\0';
		field = colon + 1;
	}
	return true;
}

struct user_entry {
	char *name, *home; /* in the text that was searched */
	uid_t uid;
	gid_t gid;
	bool found;
};

/* The first line for that name or, with @name NULL, that uid. Lines with ids out of range are no
 * users. */
static void find_user(struct strbuf *text, const char *name, uid_t uid, struct user_entry *entry)
{
	char *at = text->text, *end = at + text->length;
	struct line line;

	entry->found = false;
	while (at && next_line(&at, end, &line)) {
		if (line.count < 4 || units_parse_id(&entry->uid, line.fields[2], NULL) < 0 ||
		    units_parse_id(&entry->gid, line.fields[3], NULL) < 0)
			continue;
		if (name ? strcmp(name, line.fields[0]) != 0 : uid != entry->uid)
			continue;
		entry->name = line.fields[0];
		entry->home = line.count > 5 ? line.fields[5] : NULL;
		entry->found = true;
		return;
	}
}

struct group_search {
	const char *name;   /* this group, or NULL */
	const char *member; /* all groups of this user, or NULL */
	gid_t gid;
	bool found;
	gid_t *groups;
	size_t group_count;
	struct arena *arena;
};

static bool has_member(char *members, const char *user)
{
	char *save = NULL;

	for (char *name = strtok_r(members, ",", &save); name; name = strtok_r(NULL, ",", &save))
		if (strcmp(name, user) == 0)
			return true;
	return false;
}

static void add_group(struct group_search *search, gid_t gid)
{
	if (search->group_count >= MOST_GROUPS || (search->group_count && gid == *search->groups))
		return;
	search->groups = arena_grow(search->arena, search->groups, search->group_count,
				    sizeof(*search->groups));
	search->groups[search->group_count++] = gid;
}

static int search_groups(struct group_search *search, int rootfs_fd, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct line line;
	char *at, *end;
	gid_t gid;

	if (read_file(&text, rootfs_fd, "/etc/group", err) < 0)
		return -1;
	at = text.text;
	end = at + text.length;
	while (at && next_line(&at, end, &line)) {
		if (line.count < 3 || units_parse_id(&gid, line.fields[2], NULL) < 0)
			continue;
		if (search->name && !search->found && strcmp(search->name, line.fields[0]) == 0) {
			search->gid = gid;
			search->found = true;
		}
		if (search->member && line.count > 3 && has_member(line.fields[3], search->member))
			add_group(search, gid);
	}
	return 0;
}

int identity_find_group(gid_t *gid, int rootfs_fd, const char *text, struct error *err)
{
	struct group_search search = {.name = text};

	/* A number is that number: out of range it is an error, not a name (CVE-2026-46680). */
	if (is_number(text))
		return units_parse_id(gid, text, err) < 0 ? error_wrap(err, "group '%s'", text) : 0;
	if (!*text || strpbrk(text, ":\n"))
		return error_set(err, ERROR_INVALID, "'%s' is not a group", text);
	if (is_name(text) && search_groups(&search, rootfs_fd, err) < 0)
		return -1;
	if (!search.found)
		return error_set(err, ERROR_NOT_FOUND,
				 "unable to find group %s: no matching entries in group file",
				 text);
	*gid = search.gid;
	return 0;
}

/* Fills @entry; a number without a line in passwd is a user all the same, in group 0. */
static int look_up_user(struct user_entry *entry, struct strbuf *text, int rootfs_fd,
			const char *name, struct error *err)
{
	uid_t uid = 0;

	if (!*name || strpbrk(name, "\n"))
		return error_set(err, ERROR_INVALID, "'%s' is not a user", name);
	if (is_number(name) && units_parse_id(&uid, name, err) < 0)
		return error_wrap(err, "user '%s'", name);
	if (read_file(text, rootfs_fd, "/etc/passwd", err) < 0)
		return -1;
	*entry = (struct user_entry){0};
	if (is_number(name) || is_name(name))
		find_user(text, is_number(name) ? NULL : name, uid, entry);
	if (!entry->found && !is_number(name))
		return error_set(err, ERROR_NOT_FOUND,
				 "unable to find user %s: no matching entries in passwd file",
				 name);
	if (!entry->found)
		*entry = (struct user_entry){.uid = uid};
	return 0;
}

int identity_find_user(uid_t *uid, int rootfs_fd, const char *text, struct error *err)
{
	auto_strbuf struct strbuf passwd = {0};
	struct user_entry entry;

	if (look_up_user(&entry, &passwd, rootfs_fd, text, err) < 0)
		return -1;
	*uid = entry.uid;
	return 0;
}

static int add_extra_groups(struct group_search *search, int rootfs_fd, char *const *names,
			    struct error *err)
{
	for (; names && *names; names++) {
		gid_t gid;

		if (identity_find_group(&gid, rootfs_fd, *names, err) < 0)
			return -1;
		add_group(search, gid);
	}
	return 0;
}

int identity_resolve(struct identity *identity, struct arena *arena, int rootfs_fd,
		     const char *text, char *const *add_groups, struct error *err)
{
	auto_free char *name = alloc_string(text && *text ? text : "0");
	auto_strbuf struct strbuf passwd = {0};
	struct group_search search = {.arena = arena};
	struct user_entry user;
	char *group = strchr(name, ':');

	memset(identity, 0, sizeof(*identity));
	if (group)
		*group++ = '\0';
	if (!*name || (group && (!*group || strchr(group, ':'))))
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a user and group: write USER or USER:GROUP", text);
	if (look_up_user(&user, &passwd, rootfs_fd, name, err) < 0)
		return -1;
	identity->user.uid = user.uid;
	identity->user.gid = user.gid;
	if (group && identity_find_group(&identity->user.gid, rootfs_fd, group, err) < 0)
		return -1;
	/* The primary group is in the list too: a set-group-ID program must not be able to drop out
	 * of a group that files deny something to (CVE-2022-2989). */
	add_group(&search, identity->user.gid);
	search.member = group ? NULL : user.name;
	if (search.member && search_groups(&search, rootfs_fd, err) < 0)
		return -1;
	if (add_extra_groups(&search, rootfs_fd, add_groups, err) < 0)
		return -1;
	identity->user.groups = search.groups;
	identity->user.group_count = search.group_count;
	identity->name = arena_string(arena, user.name);
	/* A home that is not an absolute path is no place to start in. */
	identity->home = user.home && user.home[0] == '/' ? arena_string(arena, user.home) : "/";
	return 0;
}
