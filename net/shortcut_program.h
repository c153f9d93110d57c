/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/shortcut_program.h - the programs behind shortcut.h: what they look up and what they are.
 */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

/* Of the host's side. All in network byte order but @index, and as large as the context's members,
 * for the programs compare nothing smaller. */
struct shortcut_key {
	uint32_t address; /* of 127.0.0.0/8; the last word of ::1; 0: any of that family's */
	uint32_t port;
	uint32_t family; /* AF_INET also of ::ffff:127.0.0.1 */
	uint32_t index;	 /* of one of several holders */
};

struct shortcut_target {
	uint32_t address[4]; /* IPv4: ::ffff:a.b.c.d */
	uint32_t port;
	uint32_t count; /* of holders; at index 0 */
};

/* What a socket keeps: where it wanted to go and where it was sent. */
struct shortcut_memory {
	uint32_t asked_address, asked_port;
	uint32_t sent_address, sent_port; /* the last word of the address */
};

struct shortcut_maps {
	int ports_fd;  /* hash of shortcut_key to shortcut_target */
	int memory_fd; /* socket storage of shortcut_memory */
	uint64_t netns_cookie;
};

#define SHORTCUT_PROGRAM_SIZE 128

/* Write a program for connect(2) or getpeername(2) of @family into @insns; return its length. Pure.
 */
size_t shortcut_program_connect(struct bpf_insn *insns, int family,
				const struct shortcut_maps *maps);
size_t shortcut_program_peer(struct bpf_insn *insns, int family, const struct shortcut_maps *maps);
