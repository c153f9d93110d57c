# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "sessions in Redis behind several replicas"
from lesson-3-scaling/lab1
take lesson-3-scaling/snippets/08-2-shared-session-storage.yaml sessions.yml
session=$(echo "$COURSE"/lesson-3-scaling/snippets/09-*.js)
mend app/server.js "/^const instanceId/r $session" "the application with the course's own sessions"
mend app/server.js '/^\/\/ Main endpoint/i app.get("/visit", (req, res) => { req.session.visits = (req.session.visits || 0) + 1; res.json({ visits: req.session.visits, instance: instanceId }); });' \
	"and a page that counts visits"
mend app/package.json 's/"os": .*/"express-session": "^1.17.0", "connect-redis": "^6.0.0", "redis": "^3.0.0"/' \
	"in the versions that the course's code is written for"
compose="docker-compose -f docker-compose.yml -f sessions.yml"
run "$compose up -d --scale app=3"
run "$compose restart nginx" "nginx asks for addresses when it starts"
holds 60 "it answers" "curl -fsS http://localhost/health"
visits() { for _ in $(seq "$1"); do curl -fsS -m 5 -b jar -c jar http://localhost/visit || echo '{"visits": "FAILED"}'; done; }
visits 12 >visits.json
check "twelve visits of one session" bash -c 'jq -r .visits visits.json | tr "\n" " " | grep -x "1 2 3 4 5 6 7 8 9 10 11 12 "'
check "by three replicas" bash -c '[ "$(jq -r .instance visits.json | sort -u | wc -l)" = 3 ]'
run "$compose up -d --scale app=1"
run "$compose restart nginx"
holds 30 "it answers" "curl -fsS http://localhost/health"
check "scaled down, the session goes on" bash -c 'curl -fsS -b jar http://localhost/visit | jq -e ".visits == 13"'
run "$compose up -d --scale app=3 --force-recreate app"
run "$compose restart redis nginx" "what it keeps is in a file"
holds 60 "it answers" "curl -fsS http://localhost/health"
holds 30 "with other replicas and a restarted Redis, too" 'curl -fsS -b jar http://localhost/visit | jq -e ".visits >= 14"'
