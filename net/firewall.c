/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "net/network_config.h"
#include "net/nft_query.h"
#include "net/shortcut.h"

#define DEFAULT_RUN_PATH "/run/coracle"
#define LAYOUT_ROOM	 (256 << 10)

/* "coracle", or "coracle-" and 8 digits made from a run path of its own. */
void firewall_table_name(char out[FIREWALL_NAME_SIZE], const char *run_path)
{
	char hex[DIGEST_HEX_SIZE];

	if (strcmp(run_path, DEFAULT_RUN_PATH) == 0) {
		snprintf(out, FIREWALL_NAME_SIZE, "coracle");
		return;
	}
	digest_hex(hex, run_path, strlen(run_path));
	snprintf(out, FIREWALL_NAME_SIZE, "coracle-%.8s", hex);
}

int firewall_lock(const struct net_context *context, struct error *err)
{
	auto_close int lock = file_lock(context->config_dirfd, ".lock", true, true, err);
	struct stat status;

	if (lock < 0)
		return -1;
	if (fstat(lock, &status) < 0 || status.st_size == 0)
		return take_fd(&lock);
	/* Whoever had it was killed between the files and the table. */
	claims_sweep(context->run_dirfd);
	if (firewall_rebuild(context, err) < 0)
		return -1;
	firewall_settle(lock);
	return take_fd(&lock);
}

int firewall_begin(int lock, struct error *err)
{
	if (ftruncate(lock, 1) < 0)
		return error_errno(err, "cannot note a change of the firewall in '.lock' of the "
					"networks");
	return 0;
}

void firewall_settle(int lock)
{
	if (ftruncate(lock, 0) < 0)
		log_debug("the firewall will be built anew once more");
}

/* A kernel without nf_tables for bridges has the first only. */
static size_t part_count = FIREWALL_PARTS;

static void queue_elements(struct nft_batch *batch, const struct firewall_elements *elements,
			   bool is_removal)
{
	for (size_t p = 0; elements && p < part_count; p++) {
		const struct firewall_part *part = firewall_part(p);

		batch->family = part->family;
		for (int i = part->first_set; i < (int)part->end_set; i++)
			(is_removal ? nft_delete_elements
				    : nft_add_elements)(batch, firewall_sets[i].name,
							elements->items[i], elements->counts[i]);
	}
}

static void queue_layout(struct nft_batch *batch, const struct firewall_part *part)
{
	batch->family = part->family;
	for (uint32_t i = part->first_set; i < part->end_set; i++)
		nft_add_set(batch, &firewall_sets[i], i + 1);
	for (size_t i = 0; i < part->chain_count; i++)
		nft_add_chain(batch, &part->chains[i]);
	for (size_t i = 0; i < part->rule_count; i++)
		nft_add_rule(batch, &part->rules[i]);
}

void firewall_mark(uint8_t mark[NFT_MARK_SIZE])
{
	auto_nft struct nft_batch batch = {0};
	char hex[DIGEST_HEX_SIZE];

	nft_begin(&batch, NFPROTO_INET, "");
	/* libmnl leaves the bytes between attributes as they are. */
	memset(strbuf_reserve(&batch.bytes, LAYOUT_ROOM), 0, LAYOUT_ROOM);
	for (size_t i = 0; i < FIREWALL_PARTS; i++)
		queue_layout(&batch, firewall_part(i));
	digest_hex(hex, batch.bytes.text, batch.bytes.length);
	memcpy(mark, hex, NFT_MARK_SIZE);
}

/* The whole tables with everything in them. */
static int write_tables(const char *table, const struct firewall_elements *elements,
			void (*begin)(struct nft_batch *batch), struct error *err)
{
	auto_nft struct nft_batch batch = {0};
	uint8_t mark[NFT_MARK_SIZE];

	firewall_mark(mark);
	nft_begin(&batch, NFPROTO_INET, table);
	batch.mark = mark;
	for (size_t i = 0; i < part_count; i++) {
		batch.family = firewall_part(i)->family;
		begin(&batch);
		if (elements)
			queue_layout(&batch, firewall_part(i));
	}
	queue_elements(&batch, elements, false);
	return nft_commit(&batch, err);
}

static int ask_for_part(const char *table, size_t index, struct error *err)
{
	auto_nft struct nft_batch batch = {0};

	nft_begin(&batch, firewall_part(index)->family, table);
	nft_check_table(&batch);
	return nft_commit(&batch, err);
}

bool firewall_has_part(const char *table, size_t index)
{
	if (index == 0 || index >= part_count)
		return index < part_count;
	return ask_for_part(table, index, NULL) == 0;
}

/* Not, when it cannot be asked. */
static bool lacks_part(const char *table, size_t index)
{
	struct error why = {0};

	return ask_for_part(table, index, &why) < 0 && !error_is_shortage(why.code);
}

/* Once more with less, when it is that what the kernel lacks. */
static int write_what_can_be(const char *table, const struct firewall_elements *elements,
			     void (*begin)(struct nft_batch *batch), struct error *err)
{
	struct error why = {0};

	if (write_tables(table, elements, begin, &why) == 0)
		return 0;
	if (why.code == EEXIST || error_is_shortage(why.code) || part_count == 1 ||
	    !lacks_part(table, part_count - 1))
		return error_pass(err, &why);
	part_count = 1;
	if (elements)
		log_warning_once("this kernel has no nf_tables for bridges "
				 "(CONFIG_NF_TABLES_BRIDGE): containers of a network can pose as "
				 "one another (try 'modprobe nf_tables_bridge')");
	return write_tables(table, elements, begin, err);
}

int firewall_add_whole(const struct net_context *context, struct firewall_elements *elements,
		       const struct network *network, struct error *err)
{
	struct dns_table table;

	firewall_add_network(elements, network);
	if (dns_names_load(context->run_dirfd, network->name, &table, elements->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < table.count; i++)
		firewall_add_lease(elements, network, &table.leases[i]);
	return 0;
}

int firewall_load(const struct net_context *context, struct firewall_elements *elements,
		  struct error *err)
{
	struct network *networks;
	struct claims claims;
	size_t count;

	if (network_config_list(context->config_dirfd, &networks, &count, elements->arena, err) <
		    0 ||
	    claims_load(context->run_dirfd, &claims, elements->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (firewall_add_whole(context, elements, &networks[i], err) < 0)
			return -1;
	firewall_add_claims(elements, &claims);
	return count > 0;
}

int firewall_rebuild(const struct net_context *context, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct firewall_elements elements = {.arena = &arena};
	struct error why = {0};
	char table[FIREWALL_NAME_SIZE];
	int needed = firewall_load(context, &elements, err);

	if (needed < 0)
		return -1;
	firewall_table_name(table, context->run_path);
	shortcut_rebuild(context);
	if (needed == 0) {
		unlinkat(context->run_dirfd, FIREWALL_WATCH_FILE, 0);
		return write_what_can_be(table, NULL, nft_remove_table, err);
	}
	if (write_what_can_be(table, &elements, nft_create_table, &why) == 0)
		return 0;
	if (why.code == EEXIST)
		return write_what_can_be(table, &elements, nft_replace_table, err);
	return error_pass(err, &why);
}

int firewall_change(const struct net_context *context, const struct firewall_elements *removed,
		    const struct firewall_elements *added, struct error *err)
{
	auto_nft struct nft_batch batch = {0};
	char table[FIREWALL_NAME_SIZE];

	firewall_table_name(table, context->run_path);
	nft_begin(&batch, NFPROTO_INET, table);
	queue_elements(&batch, removed, true);
	queue_elements(&batch, added, false);
	if (nft_commit(&batch, NULL) == 0)
		return 0;
	return firewall_rebuild(context, err);
}

int firewall_begin_lease(struct firewall_lease *change, const struct net_context *context,
			 const struct network *network, const struct dns_lease *before,
			 const struct dns_lease *after, struct error *err)
{
	if (before->container_id[0])
		firewall_add_lease(&change->removed, network, before);
	firewall_add_lease(&change->added, network, after);
	firewall_drop_common(&change->removed, &change->added);
	if (!change->removed.counts[FIREWALL_GUARD_MACS] &&
	    !change->added.counts[FIREWALL_GUARD_MACS])
		return 0;
	change->lock = firewall_lock(context, err);
	return change->lock < 0 ? -1 : firewall_begin(change->lock, err);
}

int firewall_end_lease(const struct firewall_lease *change, const struct net_context *context,
		       struct error *err)
{
	if (change->lock < 0)
		return 0;
	if (firewall_change(context, &change->removed, &change->added, err) < 0)
		return -1;
	firewall_settle(change->lock);
	return 0;
}

int firewall_change_claims(const struct net_context *context, const struct claims *before,
			   const struct claims *after, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct firewall_elements removed = {.arena = &arena}, added = {.arena = &arena};

	firewall_add_claims(&removed, before);
	firewall_add_claims(&added, after);
	firewall_drop_common(&removed, &added);
	if (firewall_change(context, &removed, &added, err) < 0)
		return -1;
	shortcut_change(context, before, after);
	return 0;
}

int firewall_has_network(const struct net_context *context, const struct network *network,
			 struct error *err)
{
	struct nft_element element = firewall_bridge_element(network);
	char table[FIREWALL_NAME_SIZE];

	firewall_table_name(table, context->run_path);
	return nft_has_element(NFPROTO_INET, table, firewall_sets[FIREWALL_BRIDGES].name, &element,
			       err);
}

void firewall_warn_about_others(const struct net_context *context, bool is_beside_docker)
{
	char table[FIREWALL_NAME_SIZE], other[64];

	firewall_table_name(table, context->run_path);
	if (nft_find_forward_drop(table, other, sizeof(other)) &&
	    !(is_beside_docker && strcmp(other, FIREWALL_DOCKER_TABLE) == 0))
		log_warning_once("the nftables table '%s' of another program drops forwarded "
				 "packets: containers may not reach the outside, nor their "
				 "published ports be reached; let it accept packets from and to "
				 "the interfaces br-* (ufw: 'ufw default allow routed'; firewalld: "
				 "put the bridges into the zone 'trusted')",
				 other);
}
