/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/platform.h - door: is an image for the platform that was asked for, and can it run here?
 *
 * A container may be made for any platform; it is started where something runs it. Images of
 * another machine run where the kernel has been told of an emulator (binfmt_misc); the emulator has
 * to be loaded beforehand (flag F), since containers do not have it.
 */
#pragma once

struct error;
struct image;

/* Does anything here run images for @wanted ("OS[/ARCHITECTURE[/VARIANT]]" or an architecture; NULL
 * or "": this host's)? ERROR_UNSUPPORTED: no, and what to install. */
int platform_can_run(const char *wanted, struct error *err);
/* @wanted is "OS[/ARCHITECTURE[/VARIANT]]", NULL or "": nothing was asked for, which is fine.
 * ERROR_NOT_FOUND: the image is for another platform. */
int platform_check(const char *wanted, const struct image *image, struct error *err);
