/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall_watch.h - door: somebody restores our nftables table when another program changes
 * it.
 *
 * One process of all that share a RUN has this role: whoever has the flock on RUN/networks/.watch.
 * That is a pipe, too, on which all others wait: the one who leaves writes a byte into it, and the
 * kernel wakes one of them. The role of one that is killed goes to the next that opens the watch:
 * that comes soon, since a killed monitor is replaced at once. The file goes with the last network.
 */
#pragma once

struct error;
struct firewall_watch;
struct loop;
struct net_context;

/* @context and @loop outlive it. */
int firewall_watch_open(struct firewall_watch **watch, const struct net_context *context,
			struct loop *loop, struct error *err);
/* Hands the role on; NULL is fine. */
void firewall_watch_close(struct firewall_watch *watch);
/* Restores the table if it is not as it should be. 1: it was not, as @difference says (a constant);
 * 0: it was. */
int firewall_restore(const struct net_context *context, const char **difference, struct error *err);
/* The same without a change, for who only wants to know. */
int firewall_differs(const struct net_context *context, const char **difference, struct error *err);
