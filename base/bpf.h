/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/bpf.h - the few calls of bpf(2) for programs that are attached to a cgroup and found there
 * again by their names. No libbpf: the programs are short and written by hand.
 *
 * All return -1 with errno. Descriptors are close-on-exec.
 */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>

#define BPF_MOST_ATTACHED 64 /* the kernel's limit for one cgroup and type */

struct bpf_code {
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type; /* where the type alone does not say it; else 0 */
	const char *name;		  /* at most 15 letters, digits and '_' */
	const struct bpf_insn *insns;
	size_t count;
};

int bpf_call(int command, union bpf_attr *attr);
int bpf_load(const struct bpf_code *code);
/* The program of that name that is attached to this cgroup itself. */
int bpf_find_attached(int cgroup_fd, enum bpf_attach_type type, const char *name);
/* Beside those of others; in place of @old, when that is not -1. */
int bpf_attach(int cgroup_fd, enum bpf_attach_type type, int program_fd, int old);
int bpf_detach(int cgroup_fd, enum bpf_attach_type type, int program_fd);
