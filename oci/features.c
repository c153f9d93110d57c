/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/features.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "oci/container.h"
#include "runtime/caps.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char *const hooks[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
};

static const char *const mount_options[] = {
	"acl",
	"async",
	"atime",
	"bind",
	"defaults",
	"dev",
	"diratime",
	"dirsync",
	"exec",
	"idmap",
	"iversion",
	"lazytime",
	"loud",
	"mand",
	"noacl",
	"noatime",
	"nodev",
	"nodiratime",
	"noexec",
	"noiversion",
	"nolazytime",
	"nomand",
	"norelatime",
	"nostrictatime",
	"nosuid",
	"nosymfollow",
	"private",
	"ratime",
	"rbind",
	"rdev",
	"rdiratime",
	"relatime",
	"remount",
	"rexec",
	"ridmap",
	"rnoatime",
	"rnodev",
	"rnodiratime",
	"rnoexec",
	"rnorelatime",
	"rnostrictatime",
	"rnosuid",
	"rnosymfollow",
	"ro",
	"rprivate",
	"rrelatime",
	"rro",
	"rrw",
	"rshared",
	"rslave",
	"rstrictatime",
	"rsuid",
	"rsymfollow",
	"runbindable",
	"rw",
	"shared",
	"silent",
	"slave",
	"strictatime",
	"suid",
	"symfollow",
	"sync",
	"tmpcopyup",
	"unbindable",
};

static const char *const namespaces[] = {
	"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts",
};

static const char *const actions[] = {
	"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO",	   "SCMP_ACT_KILL",
	"SCMP_ACT_LOG",	  "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
	"SCMP_ACT_TRACE", "SCMP_ACT_TRAP",	   "SCMP_ACT_NOTIFY",
};

static const char *const operators[] = {
	"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",	    "SCMP_CMP_LE",
	"SCMP_CMP_LT", "SCMP_CMP_NE", "SCMP_CMP_MASKED_EQ",
};

static const char *const machines[] = {
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",	  "SCMP_ARCH_MIPS",	   "SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPSEL",  "SCMP_ARCH_PPC",	  "SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_RISCV64",
	"SCMP_ARCH_S390",    "SCMP_ARCH_S390X",	  "SCMP_ARCH_X32",	   "SCMP_ARCH_X86",
	"SCMP_ARCH_X86_64",
};

static const char *const flags[] = {
	"SECCOMP_FILTER_FLAG_LOG",
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW",
	"SECCOMP_FILTER_FLAG_TSYNC",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
};

static json *new_member(json *object, const char *name)
{
	json_set(object, name, json_new_object());
	return json_get(object, name);
}

static void add_words(json *object, const char *name, const char *const *words, size_t count)
{
	json *list = json_new_array();

	for (size_t i = 0; i < count; i++)
		json_add_string(list, words[i]);
	json_set(object, name, list);
}

#define ADD_WORDS(object, name, words) add_words(object, name, words, array_length(words))

static void add_capabilities(json *part)
{
	json *list = json_new_array();
	uint64_t all = caps_all();

	for (int number = 0; number < 64; number++)
		if (all >> number & 1)
			json_add_string(list, spec_capability_name(number));
	json_set(part, "capabilities", list);
}

static void add_cgroup(json *part)
{
	json *cgroup = new_member(part, "cgroup");

	json_set_bool(cgroup, "v1", false);
	json_set_bool(cgroup, "v2", true);
	json_set_bool(cgroup, "systemd", false);
	json_set_bool(cgroup, "systemdUser", false);
	json_set_bool(cgroup, "rdma", true);
}

static void add_seccomp(json *part)
{
	json *seccomp = new_member(part, "seccomp");

	json_set_bool(seccomp, "enabled", true);
	ADD_WORDS(seccomp, "actions", actions);
	ADD_WORDS(seccomp, "operators", operators);
	ADD_WORDS(seccomp, "archs", machines);
	ADD_WORDS(seccomp, "knownFlags", flags);
	ADD_WORDS(seccomp, "supportedFlags", flags);
}

json *oci_features(void)
{
	json *features = json_new_object();
	json *part, *annotations;

	json_set_string(features, "ociVersionMin", "1.0.0");
	json_set_string(features, "ociVersionMax", "1.2.0");
	ADD_WORDS(features, "hooks", hooks);
	ADD_WORDS(features, "mountOptions", mount_options);
	part = new_member(features, "linux");
	ADD_WORDS(part, "namespaces", namespaces);
	add_capabilities(part);
	add_cgroup(part);
	add_seccomp(part);
	json_set_bool(new_member(part, "apparmor"), "enabled", true);
	json_set_bool(new_member(part, "selinux"), "enabled", false);
	json_set_bool(new_member(part, "intelRdt"), "enabled", false);
	json_set_bool(new_member(new_member(part, "mountExtensions"), "idmap"), "enabled", true);
	annotations = new_member(features, "annotations");
	json_set_string(annotations, "org.coracle.version", CORACLE_VERSION);
	return features;
}

int oci_features_write_example(int dirfd, struct error *err)
{
	static char shell[] = "sh",
		    path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			     "/usr/bin:/sbin:/bin",
		    term[] = "TERM=xterm";
	static char *args[] = {shell, NULL}, *env[] = {path, term, NULL};
	auto_arena struct arena arena = {0};
	struct spec spec = {0};
	struct stat about;

	if (fstatat(dirfd, OCI_CONFIG, &about, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, ERROR_CONFLICT,
				 "'%s' exists: remove it first, or name another --bundle",
				 OCI_CONFIG);
	spec_init_default(&spec, &arena);
	spec.root_path = "rootfs";
	spec.root_readonly = true;
	spec.args = args;
	spec.env = env;
	spec.terminal = true;
	spec.hostname = "coracle";
	spec.no_new_privileges = true;
	spec.seccomp = NULL;
	return spec_save(dirfd, OCI_CONFIG, &spec, err);
}
