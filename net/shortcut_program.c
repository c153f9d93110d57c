/* SPDX-License-Identifier: Apache-2.0 */
#include "net/shortcut_program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>

/* Registers: r6 the context, r7 the address asked for, r8 the family of the key, later the target,
 * r9 the socket. All that is not for us leaves to the end, which lets the call go on. */
#define CONTEXT BPF_REG_6
#define ADDRESS BPF_REG_7
#define FAMILY	BPF_REG_8
#define TARGET	BPF_REG_8
#define SOCKET	BPF_REG_9

#define CTX(member)	 ((short)offsetof(struct bpf_sock_addr, member))
#define SOCK(member)	 ((short)offsetof(struct bpf_sock, member))
#define KEY(member)	 ((short)(-16 + (int)offsetof(struct shortcut_key, member)))
#define OF(type, member) ((short)offsetof(struct type, member))

#define LOOPBACK  ((int)htonl(INADDR_LOOPBACK))
#define IS_MAPPED ((int)htonl(0xffff))

struct code {
	struct bpf_insn *insns;
	size_t count;
	size_t leaving[32]; /* jumps to the end */
	size_t leaving_count;
};

static size_t emit(struct code *code, struct bpf_insn insn)
{
	code->insns[code->count] = insn;
	return code->count++;
}

static void load(struct code *code, int size, int to, int from, short offset)
{
	emit(code, (struct bpf_insn){.code = (__u8)(BPF_LDX | BPF_MEM | size),
				     .dst_reg = to & 15,
				     .src_reg = from & 15,
				     .off = offset});
}

static void load_word(struct code *code, int to, int from, short offset)
{
	load(code, BPF_W, to, from, offset);
}

static void store(struct code *code, int to, short offset, int from)
{
	emit(code, (struct bpf_insn){.code = BPF_STX | BPF_MEM | BPF_W,
				     .dst_reg = to & 15,
				     .src_reg = from & 15,
				     .off = offset});
}

static void store_number(struct code *code, int to, short offset, int number)
{
	emit(code, (struct bpf_insn){.code = BPF_ST | BPF_MEM | BPF_W,
				     .dst_reg = to & 15,
				     .off = offset,
				     .imm = number});
}

static void copy(struct code *code, int to, int from)
{
	emit(code, (struct bpf_insn){.code = BPF_ALU64 | BPF_X | BPF_MOV,
				     .dst_reg = to & 15,
				     .src_reg = from & 15});
}

/* 32 bits: the rest becomes 0. */
static void compute(struct code *code, int operation, int to, int number)
{
	emit(code, (struct bpf_insn){.code = (__u8)(BPF_ALU | BPF_K | operation),
				     .dst_reg = to & 15,
				     .imm = number});
}

static void call(struct code *code, int function)
{
	emit(code, (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = function});
}

/* Two instructions hold a number of 64 bits, or a map. */
static void load_long(struct code *code, int to, int kind, uint64_t number)
{
	emit(code, (struct bpf_insn){.code = BPF_LD | BPF_DW | BPF_IMM,
				     .dst_reg = to & 15,
				     .src_reg = kind & 15,
				     .imm = (int)(uint32_t)number});
	emit(code, (struct bpf_insn){.imm = (int)(uint32_t)(number >> 32)});
}

/* A jump whose end is not known yet; see land. 32 bits: addresses have no sign. */
static size_t jump_if(struct code *code, int condition, int reg, int number)
{
	return emit(code, (struct bpf_insn){.code = (__u8)(BPF_JMP32 | BPF_K | condition),
					    .dst_reg = reg & 15,
					    .imm = number});
}

static size_t jump_if_null(struct code *code, int condition, int reg)
{
	return emit(code, (struct bpf_insn){.code = (__u8)(BPF_JMP | BPF_K | condition),
					    .dst_reg = reg & 15});
}

static size_t jump(struct code *code)
{
	return emit(code, (struct bpf_insn){.code = BPF_JMP | BPF_JA});
}

static void land(struct code *code, size_t from)
{
	code->insns[from].off = (short)(code->count - from - 1);
}

static void leave(struct code *code, size_t from)
{
	code->leaving[code->leaving_count++] = from;
}

static void leave_if(struct code *code, int condition, int reg, int number)
{
	leave(code, jump_if(code, condition, reg, number));
}

static void leave_if_differ(struct code *code, int size, int reg, int other)
{
	leave(code, emit(code, (struct bpf_insn){.code = (__u8)(size | BPF_X | BPF_JNE),
						 .dst_reg = reg & 15,
						 .src_reg = other & 15}));
}

static size_t finish(struct code *code)
{
	for (size_t i = 0; i < code->leaving_count; i++)
		land(code, code->leaving[i]);
	compute(code, BPF_MOV, BPF_REG_0, 1);
	emit(code, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
	return code->count;
}

/* TCP in the host's own network namespace, by a socket that nobody has tied to a place. */
static void check_socket(struct code *code, const struct shortcut_maps *maps)
{
	static const short ties[] = {SOCK(bound_dev_if), SOCK(src_ip4), SOCK(src_ip6[3])};

	load_word(code, BPF_REG_1, CONTEXT, CTX(protocol));
	leave_if(code, BPF_JNE, BPF_REG_1, IPPROTO_TCP);
	copy(code, BPF_REG_1, CONTEXT);
	call(code, BPF_FUNC_get_netns_cookie);
	load_long(code, BPF_REG_1, 0, maps->netns_cookie);
	leave_if_differ(code, BPF_JMP, BPF_REG_0, BPF_REG_1);
	load(code, BPF_DW, SOCKET, CONTEXT, CTX(sk));
	for (size_t i = 0; i < sizeof(ties) / sizeof(ties[0]); i++) {
		load_word(code, BPF_REG_1, SOCKET, ties[i]);
		leave_if(code, BPF_JNE, BPF_REG_1, 0);
	}
}

/* 127.0.0.0/8, and 0.0.0.0, which connect(2) takes for 127.0.0.1. */
static void check_address4(struct code *code)
{
	size_t has_address = jump_if(code, BPF_JNE, ADDRESS, 0);

	compute(code, BPF_MOV, ADDRESS, LOOPBACK);
	land(code, has_address);
	copy(code, BPF_REG_1, ADDRESS);
	compute(code, BPF_AND, BPF_REG_1, (int)htonl(IN_CLASSA_NET));
	leave_if(code, BPF_JNE, BPF_REG_1, (int)htonl(127U << IN_CLASSA_NSHIFT));
	compute(code, BPF_MOV, FAMILY, AF_INET);
}

/* ::1, or one of IPv4. */
static void check_address6(struct code *code)
{
	size_t is_other, is_checked;

	for (short word = 0; word < 2; word++) {
		load_word(code, BPF_REG_1, CONTEXT, (short)(CTX(user_ip6) + word * 4));
		leave_if(code, BPF_JNE, BPF_REG_1, 0);
	}
	load_word(code, ADDRESS, CONTEXT, CTX(user_ip6[3]));
	load_word(code, BPF_REG_1, CONTEXT, CTX(user_ip6[2]));
	is_other = jump_if(code, BPF_JNE, BPF_REG_1, 0);
	leave_if(code, BPF_JNE, ADDRESS, (int)htonl(1));
	compute(code, BPF_MOV, FAMILY, AF_INET6);
	is_checked = jump(code);
	land(code, is_other);
	leave_if(code, BPF_JNE, BPF_REG_1, IS_MAPPED);
	check_address4(code);
	land(code, is_checked);
}

/* Leaves the target, or NULL, in r0. */
static void look_up(struct code *code, const struct shortcut_maps *maps)
{
	load_long(code, BPF_REG_1, BPF_PSEUDO_MAP_FD, (uint32_t)maps->ports_fd);
	copy(code, BPF_REG_2, BPF_REG_10);
	emit(code, (struct bpf_insn){.code = BPF_ALU64 | BPF_K | BPF_ADD,
				     .dst_reg = BPF_REG_2,
				     .imm = KEY(address)});
	call(code, BPF_FUNC_map_lookup_elem);
}

/* That of the address, or of all addresses; one of several at random. */
static void find_target(struct code *code, const struct shortcut_maps *maps)
{
	size_t is_found, is_single;

	load_word(code, BPF_REG_1, CONTEXT, CTX(user_port));
	store(code, BPF_REG_10, KEY(address), ADDRESS);
	store(code, BPF_REG_10, KEY(port), BPF_REG_1);
	store(code, BPF_REG_10, KEY(family), FAMILY);
	store_number(code, BPF_REG_10, KEY(index), 0);
	look_up(code, maps);
	is_found = jump_if_null(code, BPF_JNE, BPF_REG_0);
	store_number(code, BPF_REG_10, KEY(address), 0);
	look_up(code, maps);
	leave(code, jump_if_null(code, BPF_JEQ, BPF_REG_0));
	land(code, is_found);
	copy(code, TARGET, BPF_REG_0);
	load_word(code, BPF_REG_1, TARGET, OF(shortcut_target, count));
	is_single = jump_if(code, BPF_JLE, BPF_REG_1, 1);
	call(code, BPF_FUNC_get_prandom_u32);
	load_word(code, BPF_REG_1, TARGET, OF(shortcut_target, count));
	emit(code, (struct bpf_insn){.code = BPF_ALU | BPF_X | BPF_MOD,
				     .dst_reg = BPF_REG_0,
				     .src_reg = BPF_REG_1});
	store(code, BPF_REG_10, KEY(index), BPF_REG_0);
	look_up(code, maps);
	leave(code, jump_if_null(code, BPF_JEQ, BPF_REG_0));
	copy(code, TARGET, BPF_REG_0);
	land(code, is_single);
}

static void call_storage(struct code *code, const struct shortcut_maps *maps, int flags)
{
	load_long(code, BPF_REG_1, BPF_PSEUDO_MAP_FD, (uint32_t)maps->memory_fd);
	copy(code, BPF_REG_2, SOCKET);
	compute(code, BPF_MOV, BPF_REG_3, 0);
	compute(code, BPF_MOV, BPF_REG_4, flags);
	call(code, BPF_FUNC_sk_storage_get);
	leave(code, jump_if_null(code, BPF_JEQ, BPF_REG_0));
}

/* Without memory for it the connection goes its usual way. */
static void remember(struct code *code, const struct shortcut_maps *maps)
{
	call_storage(code, maps, BPF_SK_STORAGE_GET_F_CREATE);
	store(code, BPF_REG_0, OF(shortcut_memory, asked_address), ADDRESS);
	load_word(code, BPF_REG_1, CONTEXT, CTX(user_port));
	store(code, BPF_REG_0, OF(shortcut_memory, asked_port), BPF_REG_1);
	load_word(code, BPF_REG_1, TARGET, OF(shortcut_target, address[3]));
	store(code, BPF_REG_0, OF(shortcut_memory, sent_address), BPF_REG_1);
	load_word(code, BPF_REG_1, TARGET, OF(shortcut_target, port));
	store(code, BPF_REG_0, OF(shortcut_memory, sent_port), BPF_REG_1);
}

static void start(struct code *code, struct bpf_insn *insns)
{
	*code = (struct code){.insns = insns};
	copy(code, CONTEXT, BPF_REG_1);
}

size_t shortcut_program_connect(struct bpf_insn *insns, int family,
				const struct shortcut_maps *maps)
{
	struct code code;

	start(&code, insns);
	check_socket(&code, maps);
	if (family == AF_INET) {
		load_word(&code, ADDRESS, CONTEXT, CTX(user_ip4));
		check_address4(&code);
	} else {
		check_address6(&code);
	}
	find_target(&code, maps);
	remember(&code, maps);
	for (short word = family == AF_INET ? 3 : 0; word < 4; word++) {
		load_word(&code, BPF_REG_1, TARGET,
			  (short)(OF(shortcut_target, address) + word * 4));
		store(&code, CONTEXT,
		      family == AF_INET ? CTX(user_ip4) : (short)(CTX(user_ip6) + word * 4),
		      BPF_REG_1);
	}
	load_word(&code, BPF_REG_1, TARGET, OF(shortcut_target, port));
	store(&code, CONTEXT, CTX(user_port), BPF_REG_1);
	return finish(&code);
}

/* A socket that has been connected to something else since keeps what it has. */
static void check_memory(struct code *code, short address)
{
	load_word(code, BPF_REG_1, CONTEXT, CTX(user_port));
	load_word(code, BPF_REG_2, BPF_REG_0, OF(shortcut_memory, sent_port));
	leave_if_differ(code, BPF_JMP32, BPF_REG_1, BPF_REG_2);
	load_word(code, BPF_REG_1, CONTEXT, address);
	load_word(code, BPF_REG_2, BPF_REG_0, OF(shortcut_memory, sent_address));
	leave_if_differ(code, BPF_JMP32, BPF_REG_1, BPF_REG_2);
}

size_t shortcut_program_peer(struct bpf_insn *insns, int family, const struct shortcut_maps *maps)
{
	short address = family == AF_INET ? CTX(user_ip4) : CTX(user_ip6[3]);
	struct code code;
	size_t is_ipv4;

	start(&code, insns);
	load(&code, BPF_DW, SOCKET, CONTEXT, CTX(sk));
	call_storage(&code, maps, 0);
	check_memory(&code, address);
	load_word(&code, BPF_REG_1, BPF_REG_0, OF(shortcut_memory, asked_port));
	store(&code, CONTEXT, CTX(user_port), BPF_REG_1);
	load_word(&code, BPF_REG_1, BPF_REG_0, OF(shortcut_memory, asked_address));
	store(&code, CONTEXT, address, BPF_REG_1);
	if (family == AF_INET)
		return finish(&code);
	is_ipv4 = jump_if(&code, BPF_JNE, BPF_REG_1, (int)htonl(1));
	compute(&code, BPF_MOV, BPF_REG_1, 0);
	for (short word = 0; word < 3; word++)
		store(&code, CONTEXT, (short)(CTX(user_ip6) + word * 4), BPF_REG_1);
	land(&code, is_ipv4);
	return finish(&code);
}
