# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "HAProxy over replicas by server-template, which asks 127.0.0.11:53"
from lesson-3-scaling/lab1
take lesson-3-scaling/files/docker-compose.haproxy.yml
take lesson-3-scaling/files/haproxy haproxy
play lesson-3-scaling/snippets/05
compose="docker-compose -f docker-compose.haproxy.yml"
check "haproxy itself refuses the file" eventually 10 \
	sh -c "$compose logs haproxy | grep \"'stats admin' not allowed in 'defaults'\""
mend haproxy/haproxy.cfg '/^stats admin/d' "on any machine: 'stats admin' is for frontends"
run "$compose restart haproxy"
check "it answers" eventually 30 answers http://localhost/
instances()
{
	for _ in $(seq "$1"); do curl -fsS -m 5 http://localhost/ | jq -r .instance || echo FAILED; done | sort -u
}
five_answer() { [ "$(instances 20 | grep -vc FAILED)" = 5 ]; }
check "each of five replicas gets requests" eventually 60 five_answer
play lesson-3-scaling/snippets/05
# Requests all the time while four of five go; each must be answered.
(while [ ! -e stop ]; do curl -fsS -m 5 -o /dev/null http://localhost/ || echo failed; done >failures 2>&1) &
run "$compose up -d --scale app=2"
run "$compose up -d --scale app=1"
one_answers() { [ "$(instances 10 | wc -l)" = 1 ]; }
check "scaled back, one answers" eventually 60 one_answers
touch stop
wait
note "requests that failed meanwhile: $(grep -c ^failed failures) (this app ends without finishing any)"
