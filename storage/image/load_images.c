/* SPDX-License-Identifier: Apache-2.0 */
/* storage/image/load_images.c - all images of a source, whichever kind it is. */
#include "base/error.h"
#include "base/log.h"
#include "storage/image/load_image.h"

static void warn_of_platform(const struct load_image *image)
{
	struct platform host;

	manifest_host_platform(&host);
	if (*image->platform.architecture && manifest_rate_platform(&image->platform, &host) == 0)
		log_warning("image %s is for %s/%s, but this host is %s/%s",
			    image->name_count ? image->names[0] : image->config_file->hex,
			    *image->platform.os ? image->platform.os : "linux",
			    image->platform.architecture, host.os, host.architecture);
}

int load_images_find(struct load_images *images, struct error *err)
{
	struct blob_file *layout = NULL, *index = NULL, *docker = NULL;

	if (load_source_find(images->source, "oci-layout", &layout, err) < 0 ||
	    load_source_find(images->source, "index.json", &index, err) < 0 ||
	    load_source_find(images->source, "manifest.json", &docker, err) < 0)
		return -1;
	if (!docker && !(layout && index))
		return error_set(err, ERROR_INVALID,
				 "neither an OCI layout (index.json) nor a docker archive "
				 "(manifest.json); use files made by 'docker save', 'podman save', "
				 "'skopeo copy' or 'coracle image save'");
	if (layout && index && load_oci_find(images, index, err) < 0)
		return -1;
	if (docker && load_docker_find(images, docker, err) < 0)
		return -1;
	if (images->count == 0)
		return error_set(err, ERROR_INVALID, "there is no image in it for this host");
	for (size_t i = 0; i < images->count; i++)
		warn_of_platform(images->items + i);
	return 0;
}
