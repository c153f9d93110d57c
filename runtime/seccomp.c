/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "runtime/seccomp_profile.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#define MAGIC "CORBPF02"

/* System calls younger than the libseccomp that Debian 12 has. From 424 on, a number means the same
 * on all architectures. */
struct young_call {
	const char *name;
	unsigned number;
};

static const struct young_call young_calls[] = {
	{"cachestat", 451},	    {"fchmodat2", 452},	       {"map_shadow_stack", 453},
	{"futex_wake", 454},	    {"futex_wait", 455},       {"futex_requeue", 456},
	{"statmount", 457},	    {"listmount", 458},	       {"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
	{"setxattrat", 463},	    {"getxattrat", 464},       {"listxattrat", 465},
	{"removexattrat", 466},	    {"open_tree_attr", 467},   {"file_getattr", 468},
	{"file_setattr", 469},
};

#define FIRST_YOUNG 451
#define LAST_YOUNG  469
#define X32_BIT	    0x40000000

struct cache_header {
	char magic[8];
	uint32_t flags, length;
	char digest[DIGEST_HEX_SIZE + 7]; /* of the code */
};

void seccomp_filter_release(struct seccomp_filter *filter)
{
	free(filter->code);
	filter->code = NULL;
	filter->length = 0;
}

/* ---- compiling ------------------------------------------------------------------------------- */

static int add_rule(scmp_filter_ctx context, const struct seccomp_profile *profile,
		    const struct seccomp_rule *rule, struct error *err)
{
	if (rule->action == profile->default_action)
		return 0;
	for (char **name = rule->names; *name; name++) {
		int number = seccomp_syscall_resolve_name(*name);
		int rc;

		if (number == __NR_SCMP_ERROR)
			continue;
		rc = seccomp_rule_add_array(context, rule->action, number, rule->argument_count,
					    rule->arguments);
		if (rc < 0 && rc != -EEXIST && rc != -EDOM)
			return error_number(err, -rc, "seccomp profile: cannot add '%s'", *name);
	}
	return 0;
}

static int fill_context(scmp_filter_ctx context, const struct seccomp_profile *profile,
			struct error *err)
{
	/* A binary tree: fewer instructions for each system call of the container. */
	seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < profile->arch_count; i++) {
		int rc = seccomp_arch_add(context, profile->arches[i]);

		if (rc < 0 && rc != -EEXIST)
			return error_number(err, -rc, "seccomp profile: cannot add architecture");
	}
	for (size_t i = 0; i < profile->rule_count; i++)
		if (add_rule(context, profile, &profile->rules[i], err) < 0)
			return -1;
	return 0;
}

static int export_code(scmp_filter_ctx context, struct strbuf *code, struct error *err)
{
	auto_close int fd = memfd_create("seccomp", MFD_CLOEXEC);
	off_t size;
	int rc;

	if (fd < 0)
		return error_errno(err, "cannot create a memory file");
	errno = EIO;
	rc = seccomp_export_bpf(context, fd);
	/* ECANCELED is its word for what the system has refused. */
	if (rc < 0)
		return error_number(err, rc == -ECANCELED ? errno : -rc,
				    "cannot compile the seccomp profile");
	size = lseek(fd, 0, SEEK_END);
	if (size <= 0 || pread(fd, strbuf_reserve(code, (size_t)size), (size_t)size, 0) != size)
		return error_errno(err, "cannot read the compiled seccomp profile");
	code->length += (size_t)size;
	return 0;
}

static void emit(struct strbuf *code, uint16_t operation, uint8_t yes, uint8_t no, uint32_t k)
{
	struct sock_filter insn = {operation, yes, no, k};

	strbuf_add_n(code, &insn, sizeof(insn));
}

/* The action that the profile has for a young call, if any says so without looking at arguments. */
static bool find_young_action(const struct seccomp_profile *profile, const char *name,
			      uint32_t *action)
{
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];

		for (char **listed = rule->names; *listed && !rule->argument_count; listed++)
			if (strcmp(*listed, name) == 0) {
				*action = rule->action;
				return true;
			}
	}
	return false;
}

static void emit_young_rules(struct strbuf *code, const struct seccomp_profile *profile)
{
	for (size_t i = 0; i < array_length(young_calls); i++) {
		const struct young_call *call = &young_calls[i];
		uint32_t action;

		if (seccomp_syscall_resolve_name(call->name) != __NR_SCMP_ERROR ||
		    !find_young_action(profile, call->name, &action))
			continue;
		emit(code, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call->number);
		emit(code, BPF_RET | BPF_K, 0, 0, action);
	}
	/* What nobody had heard of when this was written does not exist for the container: EPERM
	 * would keep its libc from falling back to what it did before. */
	if (profile->default_action == SCMP_ACT_ERRNO(EPERM)) {
		emit(code, BPF_JMP | BPF_JGT | BPF_K, 0, 1, LAST_YOUNG);
		emit(code, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	}
}

/* Goes in front of libseccomp's program. Other architectures, x32 and older calls pass through. */
static void emit_prelude(struct strbuf *code, const struct seccomp_profile *profile)
{
	auto_strbuf struct strbuf young = {0};
	uint32_t arches[1 + SECCOMP_MOST_ARCHES] = {seccomp_arch_native()};
	size_t count = 1;

	for (size_t i = 0; i < profile->arch_count; i++)
		if (profile->arches[i] != SCMP_ARCH_X32 && profile->arches[i] != arches[0])
			arches[count++] = profile->arches[i];
	emit_young_rules(&young, profile);
	emit(code, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < count; i++)
		emit(code, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(count - i), 0, arches[i]);
	emit(code, BPF_JMP | BPF_JA, 0, 0,
	     (uint32_t)(young.length / sizeof(struct sock_filter)) + 4);
	emit(code, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	emit(code, BPF_JMP | BPF_JGE | BPF_K, 1, 0, FIRST_YOUNG);
	emit(code, BPF_JMP | BPF_JA, 0, 0,
	     (uint32_t)(young.length / sizeof(struct sock_filter)) + 1);
	emit(code, BPF_JMP | BPF_JGE | BPF_K, (uint8_t)(young.length / sizeof(struct sock_filter)),
	     0, X32_BIT);
	strbuf_add_n(code, strbuf_text(&young), young.length);
}

static int compile_profile(struct seccomp_filter *filter, const struct seccomp_profile *profile,
			   struct error *err)
{
	scmp_filter_ctx context = seccomp_init(profile->default_action);
	auto_strbuf struct strbuf code = {0};
	int rc;

	if (!context)
		return error_set(err, ERROR_INVALID,
				 "seccomp profile: the default action cannot be used here");
	emit_prelude(&code, profile);
	rc = fill_context(context, profile, err);
	if (rc == 0)
		rc = export_code(context, &code, err);
	seccomp_release(context);
	if (rc < 0)
		return -1;
	filter->length = code.length / sizeof(struct sock_filter);
	filter->flags = profile->flags;
	if (filter->length > BPF_MAXINSNS)
		return error_set(err, ERROR_INVALID,
				 "the seccomp profile needs more than %d "
				 "instructions",
				 BPF_MAXINSNS);
	filter->code = (struct sock_filter *)(void *)strbuf_take(&code);
	return 0;
}

int seccomp_compile(struct seccomp_filter *filter, const char *profile, uint64_t capabilities,
		    struct error *err)
{
	auto_arena struct arena arena = {0};
	struct seccomp_profile parsed;

	if (strcmp(profile, SPEC_SECCOMP_DEFAULT) == 0)
		seccomp_profile_default(&parsed, &arena, capabilities);
	else if (seccomp_profile_parse(&parsed, &arena, profile, capabilities, err) < 0)
		return -1;
	return compile_profile(filter, &parsed, err);
}

/* ---- the cache ------------------------------------------------------------------------------- */

static void add_part(struct digest *hash, const void *bytes, size_t length)
{
	digest_add(hash, &length, sizeof(length));
	digest_add(hash, bytes, length);
}

static char *cache_path(const char *directory, const char *profile, uint64_t capabilities)
{
	const struct scmp_version *version = seccomp_version();
	const char *arch = seccomp_profile_native_name();
	char hex[DIGEST_HEX_SIZE];
	struct utsname kernel;
	struct digest hash;

	digest_init(&hash);
	add_part(&hash, MAGIC, sizeof(MAGIC));
	add_part(&hash, version, sizeof(*version));
	add_part(&hash, arch, strlen(arch));
	add_part(&hash, &capabilities, sizeof(capabilities));
	if (strcmp(profile, SPEC_SECCOMP_DEFAULT) == 0) {
		add_part(&hash, SECCOMP_DEFAULT_VERSION, sizeof(SECCOMP_DEFAULT_VERSION));
	} else {
		uname(&kernel); /* a profile may ask for a minimum */
		add_part(&hash, kernel.release, strlen(kernel.release));
		add_part(&hash, profile, strlen(profile));
	}
	digest_finish(&hash, hex);
	return alloc_format("%s/%s.bpf", directory, hex);
}

static bool load_cached(struct seccomp_filter *filter, const char *path)
{
	auto_strbuf struct strbuf text = {0};
	char digest[DIGEST_HEX_SIZE];
	struct cache_header header;
	size_t bytes;

	if (file_read(AT_FDCWD, path, sizeof(header) + BPF_MAXINSNS * sizeof(struct sock_filter),
		      &text, NULL) < 0 ||
	    text.length < sizeof(header))
		return false;
	memcpy(&header, text.text, sizeof(header));
	bytes = text.length - sizeof(header);
	if (memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0 || header.length == 0 ||
	    header.length > BPF_MAXINSNS || bytes != header.length * sizeof(struct sock_filter))
		return false;
	digest_hex(digest, text.text + sizeof(header), bytes);
	if (memcmp(digest, header.digest, sizeof(digest)) != 0)
		return false;
	filter->code = alloc_bytes(bytes);
	memcpy(filter->code, text.text + sizeof(header), bytes);
	filter->length = header.length;
	filter->flags = header.flags;
	return true;
}

/* A cache that cannot be written costs time, nothing else. */
static void save_cached(const struct seccomp_filter *filter, const char *directory,
			const char *path)
{
	auto_strbuf struct strbuf text = {0};
	struct cache_header header = {
		.flags = filter->flags,
		.length = (uint32_t)filter->length,
	};
	struct error err = {0};

	memcpy(header.magic, MAGIC, sizeof(header.magic));
	digest_hex(header.digest, filter->code, filter->length * sizeof(*filter->code));
	strbuf_add_n(&text, &header, sizeof(header));
	strbuf_add_n(&text, filter->code, filter->length * sizeof(*filter->code));
	if (file_make_directories(AT_FDCWD, directory, 0700, &err) < 0 ||
	    file_replace_volatile(AT_FDCWD, path, text.text, text.length, 0600, &err) < 0)
		log_debug("the compiled seccomp profile is not kept: %s", err.text);
}

int seccomp_prepare(struct seccomp_filter *filter, const char *profile, uint64_t capabilities,
		    const char *cache_dir, struct error *err)
{
	auto_free char *path = NULL;

	if (!cache_dir)
		return seccomp_compile(filter, profile, capabilities, err);
	path = cache_path(cache_dir, profile, capabilities);
	if (load_cached(filter, path))
		return 0;
	if (seccomp_compile(filter, profile, capabilities, err) < 0)
		return -1;
	save_cached(filter, cache_dir, path);
	return 0;
}

/* ---- using it -------------------------------------------------------------------------------- */

bool seccomp_has_listener(const struct seccomp_filter *filter)
{
	return filter && filter->code && (filter->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

int seccomp_install(const struct seccomp_filter *filter, int *listener_fd, struct error *err)
{
	struct sock_fprog program = {(unsigned short)filter->length, filter->code};
	int rc = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program);

	if (rc < 0)
		return error_errno(err, "cannot load the seccomp filter");
	*listener_fd = seccomp_has_listener(filter) ? rc : -1;
	return 0;
}

static bool compare(uint16_t operation, uint32_t a, uint32_t k)
{
	switch (BPF_OP(operation)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	default:
		return a & k;
	}
}

uint32_t seccomp_evaluate(const struct seccomp_filter *filter, uint32_t number,
			  const uint64_t arguments[6])
{
	struct seccomp_data data = {.nr = (int)number, .arch = seccomp_arch_native()};
	uint32_t a = 0;

	memcpy(data.args, arguments, sizeof(data.args));
	for (size_t pc = 0; pc < filter->length; pc++) {
		const struct sock_filter *insn = &filter->code[pc];

		if (insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k <= sizeof(data) - sizeof(a))
			memcpy(&a, (const char *)&data + insn->k, sizeof(a));
		else if (insn->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= insn->k;
		else if (insn->code == (BPF_JMP | BPF_JA))
			pc += insn->k;
		else if (BPF_CLASS(insn->code) == BPF_JMP && BPF_SRC(insn->code) == BPF_K)
			pc += compare(insn->code, a, insn->k) ? insn->jt : insn->jf;
		else if (insn->code == (BPF_RET | BPF_K))
			return insn->k;
		else
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}
