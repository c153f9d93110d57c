#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# auto-scale.sh PROJECT SERVICE MOST - one replica more when the containers are busy, one fewer when they
# are not, until the file `stop` is there. Busy is what `docker stats` says of all that run.
set -u
project=$1 service=$2 most=$3
up=15 down=4

usage()
{
	docker stats --no-stream --format "table {{.CPUPerc}}" | grep -v CPU | sed 's/%//' |
		awk '{sum += $1} END {printf "%d\n", sum}'
}

until [ -e stop ]; do
	now=$(usage)
	replicas=$(docker-compose -p "$project" ps -q "$service" | wc -l)
	wanted=$replicas
	[ "$now" -le "$up" ] || [ "$replicas" -ge "$most" ] || wanted=$((replicas + 1))
	[ "$now" -ge "$down" ] || [ "$replicas" -le 1 ] || wanted=$((replicas - 1))
	echo "$now% with $replicas"
	[ "$wanted" = "$replicas" ] || docker-compose -p "$project" up -d --scale "$service=$wanted" || exit
done
