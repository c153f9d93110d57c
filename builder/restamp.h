/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/restamp.h - the times of files as SOURCE_DATE_EPOCH wants them, so that the same build on
 * another day gives the same image.
 *
 * The cache keeps layers with the times that they were made with: another epoch shall not do all
 * the work anew. So what goes into an image with one are copies of them.
 */
#pragma once

struct build;
struct error;
struct layer_stack;

/* Exchanges the layers that the build has made; those of its bases stay. Nothing without an epoch.
 */
int restamp_layers(const struct build *build, struct layer_stack *layers, struct error *err);
