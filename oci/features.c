/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/features.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "oci/container.h"
#include "runtime/caps.h"
#include "runtime/known.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <sys/stat.h>

static json *new_member(json *object, const char *name)
{
	json_set(object, name, json_new_object());
	return json_get(object, name);
}

static void add_words(json *object, const char *name, enum known_words which)
{
	auto_strvec struct strvec words = {0};
	json *list = json_new_array();

	known_words(&words, which);
	strvec_each (word, &words)
		json_add_string(list, *word);
	json_set(object, name, list);
}

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
	json_set_bool(cgroup, "systemd", true);
	json_set_bool(cgroup, "systemdUser", false);
	json_set_bool(cgroup, "rdma", true);
}

static void add_seccomp(json *part)
{
	json *seccomp = new_member(part, "seccomp");

	json_set_bool(seccomp, "enabled", true);
	add_words(seccomp, "actions", KNOWN_SECCOMP_ACTIONS);
	add_words(seccomp, "operators", KNOWN_SECCOMP_OPERATORS);
	add_words(seccomp, "archs", KNOWN_SECCOMP_ARCHES);
	add_words(seccomp, "knownFlags", KNOWN_SECCOMP_FLAGS);
	add_words(seccomp, "supportedFlags", KNOWN_SECCOMP_FLAGS);
}

json *oci_features(void)
{
	json *features = json_new_object();
	json *part, *rdt, *annotations;

	json_set_string(features, "ociVersionMin", "1.0.0");
	json_set_string(features, "ociVersionMax", "1.2.0");
	add_words(features, "hooks", KNOWN_HOOKS);
	add_words(features, "mountOptions", KNOWN_MOUNT_OPTIONS);
	part = new_member(features, "linux");
	add_words(part, "namespaces", KNOWN_NAMESPACES);
	add_capabilities(part);
	add_cgroup(part);
	add_seccomp(part);
	json_set_bool(new_member(part, "apparmor"), "enabled", true);
	json_set_bool(new_member(part, "selinux"), "enabled", true);
	rdt = new_member(part, "intelRdt");
	json_set_bool(rdt, "enabled", true);
	json_set_bool(rdt, "schemata", true);
	json_set_bool(rdt, "monitoring", true);
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
