# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "nginx over replicas by DNS"
play lesson-3-scaling/snippets/03
from lesson-3-scaling/lab1
after "docker-compose up -d" answers http://localhost/health
play lesson-3-scaling/snippets/04
check "three replicas" sh -c '[ "$(docker-compose ps -q app | wc -l)" = 3 ]'
run "docker-compose restart nginx" "nginx asks for addresses when it starts"
after_restart()
{
	answers http://localhost/ && [ "$(for _ in {1..30}; do curl -s http://localhost/ | jq -r .instance; done | sort -u | wc -l)" = 3 ]
}
check "each of the three answers" eventually 30 after_restart
check "the status page counts" sh -c 'curl -fsS http://localhost/lb-health | grep -q "Load Balancer OK"'
