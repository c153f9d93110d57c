/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/bundle/gather.h - what a project needs around it: the files and folders that its model
 * names, for a bundle or for a folder.
 */
#pragma once

#include "base/map.h"
#include "compose/export/export.h"
#include "compose/model/place.h"
#include "compose/model/project.h"
#include "storage/bundle/bundle.h"

struct gathering {
	struct project *project; /* loaded with its env_files; it is changed */
	struct arena *arena;	 /* of all memory but @paths */
	struct bundle_file *files;
	size_t count;
	int64_t size;
	struct map paths; /* that are there already */
	struct export_note *notes;
	size_t note_count;
};
void gather_release(struct gathering *gathering);
/* Says what the other machine has to have itself, or what stays behind. */
void gather_note(struct gathering *gathering, const struct step *way, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Files and folders that are nobody's. */
int gather_folder(struct gathering *gathering, const char *path, mode_t mode, struct error *err);
int gather_text(struct gathering *gathering, const char *path, const char *text, mode_t mode,
		struct error *err);
/* What is read while building or loading is left out, and the image is named. */
void gather_settle(struct gathering *gathering, struct service *service);
/* The service's volume of type bind: what it binds of the project comes below files/. */
int gather_bind(struct gathering *gathering, const struct service *service, size_t index,
		struct error *err);
/* A config or secret comes below @folder, with @mode where it was no file. */
int gather_content(struct gathering *gathering, struct project_file *file, const char *folder,
		   mode_t mode, struct error *err);
