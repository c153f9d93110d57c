/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/storage/tar_maker.h - tar archives made byte by byte, wrong ones too, and the text
 * form of a tree to compare with.
 */
#pragma once

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Entries in tests name only what they are about. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One tar entry: @type as in the header. A zeroed one ends a list. */
struct tar_entry {
	char type;
	const char *name;
	const char *text; /* content, or a link's target */
	unsigned mode;	  /* 0: 0755 for directories, 0644 otherwise */
	unsigned uid, gid;
	unsigned major, minor;
	const char *pax; /* records "key=value" separated by \n, put in front as a PAX header */
	long mtime;
};

static inline void tar_pad(struct strbuf *out)
{
	while (out->length % 512)
		strbuf_add_char(out, '\0');
}

static inline void tar_header(struct strbuf *out, const struct tar_entry *entry, size_t size)
{
	char block[512] = {0};
	unsigned mode = entry->mode ? entry->mode : entry->type == '5' ? 0755 : 0644;
	bool is_link = entry->type == '1' || entry->type == '2';
	unsigned sum = 0;

	memcpy(block, entry->name, strnlen(entry->name, 100));
	snprintf(block + 100, 8, "%07o", mode & 07777);
	snprintf(block + 108, 8, "%07o", entry->uid & 07777777);
	snprintf(block + 116, 8, "%07o", entry->gid & 07777777);
	snprintf(block + 124, 12, "%011zo", size & 077777777777);
	snprintf(block + 136, 12, "%011lo", entry->mtime & 077777777777);
	block[156] = entry->type;
	if (is_link && entry->text)
		memcpy(block + 157, entry->text, strnlen(entry->text, 100));
	memcpy(block + 257, "ustar\00000", 8);
	snprintf(block + 329, 8, "%07o", entry->major & 0777);
	snprintf(block + 337, 8, "%07o", entry->minor & 0777);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum & 0777777);
	strbuf_add_n(out, block, sizeof(block));
}

static inline void tar_pax(struct strbuf *out, const char *records)
{
	auto_strbuf struct strbuf body = {0};

	while (*records) {
		size_t length = strcspn(records, "\n");
		size_t total = length + 2; /* blank and newline */
		size_t digits = 1;

		while (snprintf(NULL, 0, "%zu", total + digits) > (int)digits)
			digits++;
		strbuf_printf(&body, "%zu %.*s\n", total + digits, (int)length, records);
		records += length + (records[length] == '\n');
	}
	tar_header(out, &(struct tar_entry){.type = 'x', .name = "pax"}, body.length);
	strbuf_add_n(out, strbuf_text(&body), body.length);
	tar_pad(out);
}

static inline void tar_add_bytes(struct strbuf *out, const struct tar_entry *entry,
				 const void *bytes, size_t length)
{
	if (entry->pax)
		tar_pax(out, entry->pax);
	tar_header(out, entry, length);
	strbuf_add_n(out, bytes, length);
	tar_pad(out);
}

static inline void tar_add(struct strbuf *out, const struct tar_entry *entry)
{
	bool has_data = strchr("07SLKgx", entry->type) && entry->type && entry->text;

	tar_add_bytes(out, entry, entry->text ? entry->text : "",
		      has_data ? strlen(entry->text) : 0);
}

static inline void tar_end(struct strbuf *out)
{
	static const char zeroes[1024];

	strbuf_add_n(out, zeroes, sizeof(zeroes));
}

static inline void tar_make(struct strbuf *out, const struct tar_entry *entries)
{
	for (; entries->name; entries++)
		tar_add(out, entries);
	tar_end(out);
}

/* A file in memory with this content, at its start. */
static inline int tar_open(const void *bytes, size_t length)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = write(fd, at, length);

		if (n <= 0)
			break;
		at += n;
		length -= (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static inline void describe_content(struct strbuf *out, int dirfd, const char *name)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[64];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	strbuf_printf(out, "=%s", text);
}

static inline void describe_xattrs(struct strbuf *out, int dirfd, const char *name)
{
	char path[300], names[512], value[256];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	size = llistxattr(path, names, sizeof(names));
	for (char *key = names; size > 0 && key < names + size; key += strlen(key) + 1) {
		ssize_t length = lgetxattr(path, key, value, sizeof(value) - 1);

		value[length > 0 ? length : 0] = '\0';
		strbuf_printf(out, " %s=%s", key, strncmp(key, "security.", 9) ? value : "?");
	}
}

static inline void describe_below(struct strbuf *out, int dirfd, const char *prefix);

/* "d755 name", "f644 0:0 name=content", "l name->target", "c1,3 name"; a whiteout is "w name". */
static inline void describe_entry(struct strbuf *out, int dirfd, const char *name,
				  const char *prefix)
{
	char target[256], path[1024];
	struct stat status;
	ssize_t n;

	fstatat(dirfd, name, &status, AT_SYMLINK_NOFOLLOW);
	snprintf(path, sizeof(path), "%s%s", prefix, name);
	if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0)) {
		strbuf_printf(out, "w %s\n", path);
		return;
	}
	strbuf_add_char(out, "?pc?d?b?f?l?s???"[(status.st_mode >> 12) & 15]);
	if (!S_ISLNK(status.st_mode))
		strbuf_printf(out, "%o", status.st_mode & 07777);
	if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
		strbuf_printf(out, "[%u,%u]", major(status.st_rdev), minor(status.st_rdev));
	if (status.st_uid || status.st_gid)
		strbuf_printf(out, " %u:%u", status.st_uid, status.st_gid);
	if (status.st_nlink > 1 && !S_ISDIR(status.st_mode))
		strbuf_printf(out, " x%u", (unsigned)status.st_nlink);
	strbuf_printf(out, " %s", path);
	if (S_ISREG(status.st_mode))
		describe_content(out, dirfd, name);
	if (S_ISLNK(status.st_mode)) {
		n = readlinkat(dirfd, name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		strbuf_printf(out, "->%s", target);
	}
	describe_xattrs(out, dirfd, name);
	strbuf_add_char(out, '\n');
	if (S_ISDIR(status.st_mode)) {
		auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		strncat(path, "/", sizeof(path) - strlen(path) - 1);
		describe_below(out, fd, path);
	}
}

static inline void describe_below(struct strbuf *out, int dirfd, const char *prefix)
{
	auto_strvec struct strvec names = {0};
	auto_closedir DIR *dir = fdopendir(openat(dirfd, ".", O_RDONLY | O_CLOEXEC));
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			strvec_add(&names, entry->d_name);
	strvec_sort(&names);
	strvec_each (name, &names)
		describe_entry(out, dirfd, *name, prefix);
}

/* The whole tree below a directory, sorted, one line each. */
static inline void describe(struct strbuf *out, int dirfd)
{
	describe_below(out, dirfd, "");
}
