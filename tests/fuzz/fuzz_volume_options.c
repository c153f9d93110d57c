/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_volume_options.c - type, device and o of a volume, a line each: what is accepted
 * can be mounted at least in form.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/volume/volume_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	char *rest = text;
	const char *type = strsep(&rest, "\n"), *device = strsep(&rest, "\n"), *o = rest;
	struct pair pairs[] = {{"type", type}, {"device", device}, {"o", o}};
	const struct volume volume = {.name = "v", .options = pairs, .option_count = 3};
	auto_volume_mount struct volume_mount mount = {0};
	struct error err = {0};

	if (volume_options_parse(&mount, &volume, &err) < 0) {
		assert(err.text[0]);
		return 0;
	}
	assert(*mount.device);
	assert(mount.is_bind || *mount.type);
	assert(!(mount.is_bind && mount.device[0] != '/'));
	strvec_each (option, &mount.options)
		assert(**option && !strchr(*option, ','));
	/* No look-ups of names: only what needs none. */
	if (strncmp(mount.type, "nfs", 3) != 0 && strcmp(mount.type, "cifs") != 0 &&
	    strcmp(mount.type, "smb3") != 0)
		assert(volume_options_resolve(&mount, &err) == 0);
	return 0;
}
