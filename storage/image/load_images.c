/* SPDX-License-Identifier: Apache-2.0 */
/* storage/image/load_images.c - all images of a source, whichever kind it is. */
#include "base/error.h"
#include "base/log.h"
#include "storage/image/load_image.h"

static int check_platform(const struct load_images *images, const struct load_image *image,
			  struct error *err)
{
	const char *name = image->name_count ? image->names[0] : image->config_file->hex;
	const char *os = *image->platform.os ? image->platform.os : "linux";
	const struct platform *wanted = &images->wanted;

	if (!*image->platform.architecture || manifest_rate_platform(&image->platform, wanted) > 0)
		return 0;
	if (images->is_strict)
		return error_set(err, ERROR_NOT_FOUND,
				 "image %s is for %s/%s, not for the platform that is asked for",
				 name, os, image->platform.architecture);
	log_warning("image %s is for %s/%s, but this host is %s/%s", name, os,
		    image->platform.architecture, wanted->os, wanted->architecture);
	return 0;
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
		if (check_platform(images, images->items + i, err) < 0)
			return -1;
	return 0;
}
