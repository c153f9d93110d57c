/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_manifest.c - indexes, manifests and configs of strangers.
 */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "storage/image/image.h"
#include "storage/image/manifest.h"

static void be_quiet(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_json json *document = json_parse((const char *)bytes, length, "fuzz", NULL);
	auto_arena struct arena arena = {0};
	struct platform platform, host;
	struct manifest manifest;
	struct image image = {0};
	enum manifest_kind kind;

	log_set_sink(be_quiet, NULL);
	if (!document)
		return 0;
	manifest_classify(document, "", &kind, NULL);
	manifest_parse(document, &manifest, &arena, NULL);
	manifest_parse_config(document, &image, &arena, NULL);
	manifest_parse_platform(document, &platform, &arena);
	manifest_host_platform(&host);
	manifest_rate_platform(&platform, &host);
	manifest_is_attestation(document);
	return 0;
}
