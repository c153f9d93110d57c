/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/platform.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/image/image.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

/* Images' names of machines, the kernel's, and those that qemu's handlers are registered under. */
static const struct machine {
	const char *image, *kernel, *handler;
} machines[] = {
	{"amd64", "x86_64", "x86_64"},
	{"arm64", "aarch64", "aarch64"},
	{"386", "i686", "i386"},
	{"arm", "armv7l", "arm"},
	{"riscv64", "riscv64", "riscv64"},
	{"ppc64le", "ppc64le", "ppc64le"},
	{"s390x", "s390x", "s390x"},
	{"loong64", "loongarch64", "loongarch64"},
	{"mips64le", "mips64", "mips64el"},
};

static const struct machine *find_machine(const char *name)
{
	for (size_t i = 0; i < array_length(machines); i++)
		if (strcasecmp(name, machines[i].image) == 0 ||
		    strcasecmp(name, machines[i].kernel) == 0)
			return &machines[i];
	return NULL;
}

/* What 64-bit kernels run besides their own. */
static bool is_native(const struct machine *machine)
{
	struct utsname system;
	const struct machine *ours;

	uname(&system);
	ours = find_machine(system.machine);
	return machine == ours || (ours == &machines[0] && machine == &machines[2]) ||
	       (ours == &machines[1] && machine == &machines[3]);
}

static bool has_emulator(const struct machine *machine)
{
	auto_free char *path = alloc_format("/proc/sys/fs/binfmt_misc/qemu-%s", machine->handler);
	auto_strbuf struct strbuf text = {0};

	return file_read(AT_FDCWD, path, 4096, &text, NULL) == 0 &&
	       strncmp(strbuf_text(&text), "enabled", 7) == 0;
}

static bool is_same(const char *wanted, const char *have)
{
	const struct machine *machine = find_machine(wanted);

	return strcasecmp(wanted, have) == 0 || (machine && machine == find_machine(have));
}

static bool is_known(const char *text)
{
	return text && *text;
}

/* "arm64" alone is "linux/arm64". Takes @text apart. */
static void split(char *text, const char **os, const char **architecture, const char **variant)
{
	*os = strsep(&text, "/");
	*architecture = strsep(&text, "/");
	*variant = text;
	if (!*architecture && find_machine(*os)) {
		*architecture = *os;
		*os = "linux";
	}
}

static bool matches(const char *wanted, const struct image *image)
{
	auto_free char *copy = alloc_string(wanted);
	const char *os, *architecture, *variant;

	split(copy, &os, &architecture, &variant);
	if (is_known(image->os) && strcasecmp(os, image->os) != 0)
		return false;
	if (architecture && is_known(image->architecture) &&
	    !is_same(architecture, image->architecture))
		return false;
	return !variant || !is_known(image->variant) || strcasecmp(variant, image->variant) == 0;
}

static int check_machine(const char *architecture, struct error *err)
{
	const struct machine *machine = architecture ? find_machine(architecture) : NULL;
	struct utsname system;

	if (!machine || is_native(machine) || has_emulator(machine))
		return 0;
	uname(&system);
	return error_set(err, ERROR_UNSUPPORTED,
			 "images for linux/%s do not run on this machine, a %s, without an "
			 "emulator: qemu-%s is not registered in /proc/sys/fs/binfmt_misc; install "
			 "qemu-user-static (on Debian and Ubuntu with binfmt-support)",
			 machine->image, system.machine, machine->handler);
}

int platform_can_run(const char *wanted, struct error *err)
{
	auto_free char *copy = alloc_string(wanted ? wanted : "");
	const char *os, *architecture, *variant;

	if (!*copy)
		return 0;
	split(copy, &os, &architecture, &variant);
	if (strcasecmp(os, "linux") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "images for %s do not run here, only those for linux", wanted);
	return check_machine(architecture, err);
}

int platform_check(const char *wanted, const struct image *image, struct error *err)
{
	if (!wanted || !*wanted || matches(wanted, image))
		return 0;
	return error_set(err, ERROR_NOT_FOUND,
			 "the image that is here is for %s/%s, not for the platform %s that was "
			 "asked for",
			 is_known(image->os) ? image->os : "linux",
			 is_known(image->architecture) ? image->architecture : "?", wanted);
}
