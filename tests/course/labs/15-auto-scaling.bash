# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "the auto-scaling script, driven by load up and down"
from lesson-3-scaling/lab1
from lesson-3-scaling/lab2
compose="docker-compose -f docker-compose.monitoring.yml"
typed "watch *" expect:app-1 pause:3 send:^C
coming "0|130" "watch *" "left with Ctrl-C"
before "watch *" "export TERM=xterm"
play lesson-3-scaling/snippets/06
holds 40 "the script reads what is used" "grep -E 'Current CPU usage: [0-9.]+%, Current replicas: [0-9]+' '$output_dir'/[0-9]*"
pkill -f auto-scale.sh
run "$compose up -d --scale app=1"
mend scripts/auto-scale.sh 's/^(SCALE_UP_THRESHOLD)=.*/\1=2/; s/^(SCALE_DOWN_THRESHOLD)=.*/\1=1/; s/^(CHECK_INTERVAL)=.*/\1=2/; s/^(MAX_REPLICAS)=.*/\1=3/' \
	"the average is over all containers: five of them reach 70 % on no machine of two processors"
run "./scripts/auto-scale.sh &"
script=$output_dir/$count
replicas_are() { [ "$($compose ps -q app | wc -l)" = "$1" ]; }
(for _ in {1..60}; do
	for _ in 1 2 3 4; do curl -sS -m 20 -o /dev/null 'http://localhost/work?duration=500' & done
	wait
	[ ! -e quiet ] || exit
done) 2>/dev/null &
check "under load it scales up to three" eventually 90 replicas_are 3
touch quiet
wait
check "without load it scales down to one" eventually 120 replicas_are 1
check "step by step, as it says" bash -c 'grep -c "^Scaling app to" "$1" | grep -x 4' - "$script"
pkill -f auto-scale.sh
$compose --profile testing down >/dev/null 2>&1
