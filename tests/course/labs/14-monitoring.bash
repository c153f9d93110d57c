# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "Prometheus over replicas and node-exporter, a load tester behind a profile"
from lesson-3-scaling/lab1
from lesson-3-scaling/lab2
metrics=$(echo "$COURSE"/lesson-3-scaling/snippets/16-*.js)
mend app/server.js "/^const instanceId/r $metrics" "the application with the course's own metrics"
mend app/package.json 's/"os": .*/"prom-client": "^12.0.0"/' "whose metrics() gives a text, as the course has it"
compose="docker-compose -f docker-compose.monitoring.yml"
run "$compose up -d"
run "$compose up -d --scale app=3"
run "$compose ps"
holds 0 "the load tester is not there" "! $compose ps -a --format '{{.Service}}' | grep artillery"
up_is() { echo "curl -fsS 'http://localhost:9090/api/v1/query?query=up' | jq -e '[.data.result[] | select(.metric.job == \"$1\" and .value[1] == \"1\")] | length > 0'"; }
for job in prometheus app cadvisor; do
	holds 60 "Prometheus scrapes $job" "$(up_is $job)"
done
holds 30 "Grafana (a stand-in)" "curl -fsS http://localhost:3001/api/health"
holds 30 "cAdvisor (a stand-in)" "curl -fsS http://localhost:8080/healthz"
run "$compose run --rm artillery run /scripts/basic-load.yml"
check "its requests were answered" grep -E 'requests: [1-9][0-9]* answered' "$output_dir/$count"
holds 30 "and counted" "curl -fsS 'http://localhost:9090/api/v1/query?query=http_requests_total' | jq -e '.data.result | length > 0'"
run "$compose --profile testing down --volumes"

mkdir stack && cd stack || return
take compose-orchestrating/snippets/22-performance-monitoring-stack.yaml docker-compose.yml
own prometheus.yml <<'EOF'
scrape_configs:
  - job_name: all
    scrape_interval: 1s
    static_configs:
      - targets: ['localhost:9090', 'node-exporter:9100', 'cadvisor:8080']
EOF
cp -r ../app my-app
run "docker build -t my-app:latest my-app"
run "docker-compose up -d"
for target in localhost:9090 node-exporter:9100 cadvisor:8080; do
	holds 60 "Prometheus scrapes $target" "curl -fsS 'http://localhost:9090/api/v1/query?query=up' | jq -e '[.data.result[] | select(.metric.instance == \"$target\" and .value[1] == \"1\")] | length == 1'"
done
holds 30 "and has the numbers of this machine" "curl -fsS 'http://localhost:9090/api/v1/query?query=node_memory_MemTotal_bytes' | jq -e '.data.result[0].value[1] | tonumber > 1e8'"
cd ..
