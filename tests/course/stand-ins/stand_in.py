#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# stand_in.py NAME - a server on the port of NAME that answers a few of its paths.
import http.server
import json
import sys

SERVERS = {
    "grafana": (3000, {
        "/": "<title>Grafana</title>",
        "/login": "<title>Grafana</title>",
        "/api/health": json.dumps({"database": "ok", "version": "stand-in"}),
    }),
    "cadvisor": (8080, {
        "/": "<title>cAdvisor</title>",
        "/containers/": "<title>cAdvisor - /</title>",
        "/healthz": "ok",
        "/metrics": "# TYPE cadvisor_version_info gauge\ncadvisor_version_info 1\n",
    }),
    "elasticsearch": (9200, {
        "/": json.dumps({"cluster_name": "docker-cluster", "tagline": "You Know, for Search"}),
        "/_cluster/health": json.dumps({"cluster_name": "docker-cluster", "status": "green"}),
    }),
    "traefik": (80, {}),
}


class Handler(http.server.BaseHTTPRequestHandler):
    paths = {}

    def do_GET(self):
        text = self.paths.get(self.path.split("?")[0])
        body = (text if text is not None else "404 page not found\n").encode()
        kind = "application/json" if body.startswith(b"{") else "text/html" if body.startswith(b"<") else "text/plain"
        self.send_response(200 if text is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


port, Handler.paths = SERVERS[sys.argv[1]]
print(f"{sys.argv[1]}: a stand-in, on port {port}", flush=True)
http.server.ThreadingHTTPServer(("", port), Handler).serve_forever()
