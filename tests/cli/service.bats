#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `service`: create, look, scale, remove; what update may change.

load helper
load service_helper

@test "a service alone: create, ls, ps, inspect, rm" {
	docker network create own >/dev/null
	expect 0 docker service create --name solo --replicas 2 --network own -p 8082:80 -e A=1 \
		--label tier=back --container-label inner=yes --limit-memory 64M --mount type=volume,source=solo,target=/data \
		--restart-condition on-failure busybox sh -c 'trap "exit 0" TERM; echo $A; while :; do sleep 0.05; done'
	matches $'^[0-9a-z]{25}\n'
	has 'overall progress: 2 out of 2 tasks'
	has 'verify: Service converged'
	expect 1 docker service create --name solo busybox
	has_error 'name conflicts with an existing object: service solo already exists'
	expect 0 docker service ls
	matches 'solo +replicated +2/2 +busybox +\*:8082->80/tcp'
	expect 0 docker service ps --format '{{.Name}} {{.DesiredState}} {{.CurrentState}}' solo
	matches '^solo.1 Running Running .*'
	expect 0 docker service inspect --pretty solo
	has $'Service Mode:\tReplicated\n Replicas:\t2\n'
	has $' tier=back\n'
	has $' Limits:\n  Memory:\t64MiB\n'
	has $' PublishedPort = 8082\n  Protocol = tcp\n  TargetPort = 80\n'
	expect 1 docker service inspect --pretty --format x solo
	expect 0 docker service inspect --format '{{.Spec.Name}} {{.Spec.Labels.tier}} {{.Spec.Mode.Replicated.Replicas}} {{index .Spec.TaskTemplate.ContainerSpec.Env 0}} {{.Spec.TaskTemplate.Resources.Limits.MemoryBytes}} {{.Spec.TaskTemplate.RestartPolicy.Condition}} {{(index .Endpoint.Ports 0).PublishedPort}}' solo
	is 'solo back 2 A=1 67108864 on-failure 8082'
	[ "$(inspect_of solo_1 '{{.Config.Labels.inner}} {{(index .Mounts 0).Name}}')" = 'yes solo' ]
	expect 0 docker inspect --format '{{.Spec.Name}}' "$(docker service ls -q)"
	is solo
	expect 0 docker inspect --type service --format '{{.Spec.Mode.Replicated.Replicas}}' solo
	is 2
	expect 1 docker inspect --type container solo
	expect 0 docker service logs --raw --tail 1 solo
	has 1
	expect 0 docker service create --name detailed --log-opt env=A -e 'A=x y' busybox sh -c 'echo said; exec sleep 1000'
	expect 0 docker service logs --raw --details detailed
	is 'A=x+y said'
	expect 0 docker service rm detailed
	expect 0 docker service rm solo
	is solo
	expect 0 docker service ls -q
	is ''
	expect 1 docker service rm solo
	has_error 'no such service: solo'
	expect 1 docker service ps solo
	has_error 'no such service: solo'
}

@test "update changes what it says, and nothing else" {
	web_stack shop 1
	docker network create own >/dev/null
	expect 0 docker service update -q --env-add 'X=a $b' --env-rm NONE --label-add l=1 --container-label-add c=2 --limit-cpu 0.5 \
		--publish-add 8083:80 --mount-add type=tmpfs,target=/scratch --network-add own --host-add db:192.0.2.7 --hostname host \
		--restart-max-attempts 3 --update-parallelism 2 --update-delay 1s --constraint-add node.role==manager --user 0 shop_web
	has shop_web
	[ "$(docker exec shop_web_1 sh -c 'echo "$X $SAYS $(hostname)"')" = 'a $b one host' ]
	expect 0 docker exec shop_web_1 grep -c 'scratch tmpfs' /proc/mounts
	expect 0 docker exec shop_web_1 grep 192.0.2.7 /etc/hosts
	expect 0 docker service inspect --format '{{.Spec.UpdateConfig.Parallelism}} {{.Spec.Labels.l}} {{json .Spec.TaskTemplate.Placement.Constraints}} {{len .Endpoint.Ports}} {{len .Spec.TaskTemplate.Networks}} {{.Spec.TaskTemplate.Resources.Limits.NanoCPUs}}' shop_web
	is '2 1 ["node.role==manager"] 2 2 500000000'
	expect 0 docker service update -q --publish-rm 80 --env-rm X --mount-rm /scratch --network-rm own shop_web
	expect 0 docker service inspect --format '{{json .Spec.TaskTemplate.ContainerSpec.Env}} {{json .Endpoint.Ports}} {{len .Spec.TaskTemplate.Networks}}' shop_web
	is '["SAYS=one"] null 1'
	# What is about updates replaces no task.
	id=$(docker ps -q)
	expect 0 docker service update -q --update-delay 3s --rollback-parallelism 2 shop_web
	[ "$(docker ps -q)" = "$id" ]
	expect 0 docker service update -q --force shop_web
	[ "$(docker ps -q)" != "$id" ]
	expect 1 docker service update --replicas many shop_web
	has_error many
	expect 1 docker service update --mount-add type=bind,where=/ shop_web
	has_error "unexpected key 'where'"
	expect 1 docker service update --rollback --force shop_web
	has_error 'other flags may not be combined with --rollback'
	expect 1 docker service update --image x none
	has_error 'no such service: none'
}

@test "scale" {
	web_stack shop 1
	expect 0 docker service scale shop_web=3
	has 'shop_web scaled to 3'
	has 'overall progress: 3 out of 3 tasks'
	[ "$(docker ps -q | wc -l)" = 3 ]
	expect 1 docker service scale shop_web=2 none=1
	has_error 'none: no such service: none'
	[ "$(docker ps -q | wc -l)" = 2 ]
	expect 0 docker service scale -d shop_web=4
	is 'shop_web scaled to 4'
	# What comes behind it in the same command is said and judged as without -d.
	expect 1 docker service scale -d shop_web=3 none=1 shop_web=4
	is $'shop_web scaled to 3\nshop_web scaled to 4'
	has_error 'none: no such service: none'
	# Whoever comes next waits for it.
	expect 0 docker service scale shop_web=4
	[ "$(docker ps -q | wc -l)" = 4 ]
	expect 1 docker service scale shop_web
	has_error "invalid scale specifier 'shop_web'"
	expect 0 docker service scale shop_web=0
	expect 0 docker service ls --format '{{.Replicas}}'
	is 0/0
}
