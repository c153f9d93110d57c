#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `service update`, `scale` and `rollback` of a service that is asked all the time: no request fails.

load helper
load service_helper

# Asks the published port without a pause until ./finished is there; writes what answered, or "dark".
ask()
{
	inside sh -c 'while [ ! -e finished ]; do curl -sm 5 http://127.0.0.1:8081/ || echo "dark $?"; done >>answers'
}

begin_asking()
{
	rm -f finished answers
	eventually 5 says_it one
	ask &
	asker=$!
}

# All answers were among those that are given, and each of them was.
end_asking()
{
	local word
	touch finished
	wait "$asker"
	for word; do
		grep -qx "$word" answers || fail "nobody said $word: $(sort answers | uniq -c)"
	done
	! grep -q dark answers || fail "failed requests: $(sort answers | uniq -c)"
}

@test "updates of both orders, scaling and going back lose no request" {
	for order in start-first stop-first; do
		web_stack "$order" 2 "order: $order"
		begin_asking
		expect 0 docker service update --env-add SAYS=two "${order}_web"
		has 'overall progress: 2 out of 2 tasks'
		eventually 5 says_it two
		expect 0 docker service rollback "${order}_web"
		eventually 5 says_it one
		expect 0 docker service scale "${order}_web=4"
		expect 0 docker service scale "${order}_web=2"
		end_asking one two
		docker stack rm "$order" >/dev/null
	done
}

@test "tasks that were are shown below those that are" {
	web_stack shop 1
	expect 0 docker service update -q --env-add SAYS=two shop_web
	expect 0 docker service ps shop_web
	matches 'shop_web\.1 +busybox .* Running +Running '
	matches ' \\_ shop_web\.1 +busybox .* Shutdown +Shutdown '
	expect 0 docker service ps --filter desired-state=running -q shop_web
	matches '^[0-9a-f]{25}$'
	expect 0 docker service inspect --format '{{.UpdateStatus.State}} {{.UpdateStatus.Message}} {{.Version.Index}}' shop_web
	is 'completed update completed 2'
}

@test "a failure pauses the update, or goes back" {
	web_stack shop 2 'failure_action: pause' 'order: start-first' 'monitor: 1s'
	eventually 5 says_it one
	expect 1 docker service update --env-add SAYS=broken shop_web
	has_error 'service update paused: '
	[ "$(says)" = one ]
	expect 0 docker service inspect --format '{{.UpdateStatus.State}}' shop_web
	is paused
	expect 0 docker service rollback shop_web
	expect 0 docker service update --update-failure-action rollback --env-add SAYS=broken shop_web
	has 'rollback: update rolled back'
	expect 0 docker service inspect --format '{{.UpdateStatus.State}} {{json .Spec.TaskTemplate.ContainerSpec.Env}}' shop_web
	is 'rollback_completed ["SAYS=one"]'
	[ "$(says)" = one ]
	expect 1 docker service rollback shop_web
	has_error 'service shop_web does not have a previous spec'
}

@test "what a killed update has left, the next command finishes" {
	web_stack shop 3 'delay: 2s'
	inside timeout -s KILL 1 "$BATS_FILE_TMPDIR/docker" service update --env-add SAYS=two shop_web || true
	expect 0 docker service inspect --format '{{.UpdateStatus.State}}' shop_web
	is updating
	expect 0 docker service scale shop_web=2
	expect 0 docker service inspect --format '{{.UpdateStatus.State}}' shop_web
	is completed
	[ "$(docker ps -aq | wc -l)" = 2 ]
	for name in shop_web_1 shop_web_2; do
		[ "$(docker exec "$name" sh -c 'echo $SAYS')" = two ]
	done
}
