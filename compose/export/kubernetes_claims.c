/* SPDX-License-Identifier: Apache-2.0 */
/* PersistentVolumeClaims: what the project's volumes become. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

#define WAY_TO(volume) WAY(KEY("volumes"), KEY((volume)->key))

const char *kubernetes_claim(struct export_work *work, const struct project_volume *volume)
{
	if (volume->external == TRISTATE_TRUE)
		return volume->name ? volume->name : volume->key;
	return export_name(work, "claim", volume->key, volume->key);
}

/* "10Gi", "512M" */
static bool is_quantity(const char *text)
{
	static const char *const units[] = {"",	  "k",	"M",  "G",  "T", "P",
					    "Ki", "Mi", "Gi", "Ti", "Pi"};
	size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; digits && i < array_length(units); i++)
		if (strcmp(text + digits, units[i]) == 0)
			return true;
	return false;
}

static const char *size_of(struct export_work *work, const struct project_volume *volume)
{
	const char *said = export_label(volume->labels, LABEL_STORAGE_SIZE);

	if (said && is_quantity(said))
		return said;
	if (said)
		export_note(work, WAY_TO(volume),
			    LABEL_STORAGE_SIZE ": '%s' is no size such as 10Gi", said);
	else
		export_note(work, WAY_TO(volume),
			    "1Gi is asked for; the label " LABEL_STORAGE_SIZE " says how much");
	return "1Gi";
}

static const char *mode_of(struct export_work *work, const struct project_volume *volume,
			   bool is_shared)
{
	static const char *const modes[] = {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany",
					    "ReadWriteOncePod"};
	const char *said = export_label(volume->labels, LABEL_ACCESS_MODE);

	for (size_t i = 0; said && i < array_length(modes); i++)
		if (strcmp(said, modes[i]) == 0)
			return said;
	if (said)
		export_note(work, WAY_TO(volume),
			    LABEL_ACCESS_MODE ": '%s' is no access mode such as ReadWriteMany",
			    said);
	else if (is_shared)
		export_note(work, WAY_TO(volume),
			    "several pods use it: the storage class must know ReadWriteMany, or "
			    "the label " LABEL_ACCESS_MODE " say ReadWriteOnce");
	return is_shared ? "ReadWriteMany" : "ReadWriteOnce";
}

void kubernetes_claim_spec(struct export_work *work, struct node *spec,
			   const struct project_volume *volume, bool is_shared)
{
	const char *class = export_label(volume->labels, LABEL_STORAGE_CLASS);

	export_add_text(work, export_list_at(work, spec, "accessModes"),
			mode_of(work, volume, is_shared));
	if (class)
		export_set_text(work, spec, "storageClassName", class);
	spec = export_map_at(work, export_map_at(work, spec, "resources"), "requests");
	export_set_text(work, spec, "storage", size_of(work, volume));
}

/* How many pods have it. */
static int64_t count_pods(const struct export_work *work, const struct project_volume *volume)
{
	const struct project *project = work->project;
	int64_t count = 0;

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];
		bool is_used = false;

		for (size_t j = 0; j < service->volumes.count; j++) {
			const struct service_volume *use = &service->volumes.items[j];

			is_used = is_used || (strcmp(use->type, "volume") == 0 && use->source &&
					      strcmp(use->source, volume->key) == 0);
		}
		if (!is_used)
			continue;
		if (kubernetes_workload(work, service) == WORKLOAD_DAEMON_SET)
			return INT32_MAX;
		count += project_replicas(service);
	}
	return count;
}

void kubernetes_print_claims(struct export_work *work)
{
	const struct project *project = work->project;
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < project->volumes.count; i++) {
		const struct project_volume *volume = &project->volumes.items[i];
		int64_t pods = count_pods(work, volume);
		struct node *object, *metadata;

		if (volume->external == TRISTATE_TRUE)
			export_note(work, WAY_TO(volume), "the claim '%s' must be there",
				    kubernetes_claim(work, volume));
		if (volume->external == TRISTATE_TRUE || pods == 0 ||
		    kubernetes_is_own_volume(work, volume))
			continue;
		object = kubernetes_object(work, "v1", "PersistentVolumeClaim",
					   kubernetes_claim(work, volume));
		metadata = export_map_at(work, object, "metadata");
		kubernetes_label(work, export_map_at(work, metadata, "labels"), NULL);
		kubernetes_add_labels(work, metadata, volume->labels, WAY_TO(volume));
		kubernetes_claim_spec(work, export_map_at(work, object, "spec"), volume, pods > 1);
		kubernetes_print(&text, object);
	}
	if (text.length)
		export_add_file(work, "volumes.yaml", &text, false);
}
