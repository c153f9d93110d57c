/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/image_document.h - the last touches to an image's configuration: labels, and when it was
 * made.
 */
#pragma once

struct build;
struct error;

/* That of the target, when its steps are done. What was built before has the time of then, so that
 * it is the same image. */
int image_document_finish(struct build *build, struct error *err);
