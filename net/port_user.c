/* SPDX-License-Identifier: Apache-2.0 */
/* The socket's inode is in /proc/net, and a process that has it open in /proc/PID/fd. */
#include "net/port_user.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "net/claims.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENING    0x0a /* of enum tcp_state */
#define LONGEST_LIST ((size_t)64 << 20)

/* Both are for all addresses, or for the same one. */
static bool overlaps(const struct claim *claim, const char *address)
{
	uint32_t words[4] = {0};
	size_t count = strlen(address) / 8;
	int family = count == 1 ? AF_INET : AF_INET6;
	ip_number number;

	if (count != 1 && count != array_length(words))
		return false;
	for (size_t i = 0; i < count; i++)
		sscanf(address + 8 * i, "%8x", &words[i]);
	number = cidr_from_bytes((const uint8_t *)words, family);
	return !number || !claim->host.address ||
	       (family == claim->host.family && number == claim->host.address);
}

/* 0: none. */
static unsigned long find_inode(const char *path, const struct claim *claim)
{
	auto_strbuf struct strbuf text = {0};
	const char *line;

	if (file_read(AT_FDCWD, path, LONGEST_LIST, &text, NULL) < 0)
		return 0;
	for (line = strchr(strbuf_text(&text), '\n'); line; line = strchr(line + 1, '\n')) {
		char address[33];
		unsigned port, state;
		unsigned long inode;

		if (sscanf(line, " %*d: %32[0-9A-F]:%x %*s %x %*s %*s %*s %*u %*u %lu", address,
			   &port, &state, &inode) == 4 &&
		    port == claim->host_port && inode &&
		    (claim->protocol != IPPROTO_TCP || state == LISTENING) &&
		    overlaps(claim, address))
			return inode;
	}
	return 0;
}

static bool has_open(int fds_fd, const char *socket)
{
	auto_closedir DIR *fds = fdopendir(fds_fd);
	const struct dirent *entry;
	char target[64];

	while (fds && (entry = readdir(fds))) {
		ssize_t n = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strcmp(target, socket) == 0)
			return true;
	}
	return false;
}

static bool name_process(char out[PORT_USER_SIZE], int proc_fd, const char *pid)
{
	auto_strbuf struct strbuf name = {0};
	char path[300];

	snprintf(path, sizeof(path), "%s/comm", pid);
	if (file_read(proc_fd, path, 64, &name, NULL) < 0)
		return false;
	snprintf(out, PORT_USER_SIZE, "'%.*s' (pid %.12s)", (int)strcspn(strbuf_text(&name), "\n"),
		 strbuf_text(&name), pid);
	return true;
}

static bool find_process(char out[PORT_USER_SIZE], unsigned long inode)
{
	auto_closedir DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char socket[64], path[300];

	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	while (proc && (entry = readdir(proc))) {
		int fd;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%s/fd", entry->d_name);
		fd = openat(dirfd(proc), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && has_open(fd, socket))
			return name_process(out, dirfd(proc), entry->d_name);
	}
	return false;
}

const char *port_user_describe(char out[PORT_USER_SIZE], const struct claim *claim)
{
	static const char *const lists[][2] = {
		{"/proc/self/net/tcp", "/proc/self/net/tcp6"},
		{"/proc/self/net/udp", "/proc/self/net/udp6"},
	};

	if (claim->protocol == IPPROTO_TCP || claim->protocol == IPPROTO_UDP)
		for (size_t i = 0; i < 2; i++) {
			unsigned long inode =
				find_inode(lists[claim->protocol == IPPROTO_UDP][i], claim);

			if (inode && find_process(out, inode))
				return out;
		}
	return "a process of the host";
}
