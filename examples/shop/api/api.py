# SPDX-License-Identifier: Apache-2.0
"""The back end of examples/shop: items in PostgreSQL, a cache in Redis.

GET  /             who answers
GET  /health       200 when database and cache answer, else 503
GET  /config       /etc/api/config.json, read on every request
GET  /items        all items          POST /items {"name": ...}   adds one
GET  /cache/KEY    a cached value     PUT  /cache/KEY  stores the body
"""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
import redis

CONFIG = os.environ.get("API_CONFIG", "/etc/api/config.json")


def password():
    path = os.environ.get("POSTGRES_PASSWORD_FILE")
    if path:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    return os.environ.get("POSTGRES_PASSWORD", "")


def database():
    return psycopg2.connect(
        host=os.environ.get("POSTGRES_HOST", "database"),
        user=os.environ.get("POSTGRES_USER", "postgres"),
        dbname=os.environ.get("POSTGRES_DB", "postgres"),
        password=password(),
        connect_timeout=3,
    )


def cache():
    return redis.Redis(
        host=os.environ.get("REDIS_HOST", "cache"), socket_timeout=3, socket_connect_timeout=3
    )


def make_tables():
    with database() as connection, connection.cursor() as cursor:
        # Several replicas start at once: only one of them may create.
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        cursor.execute("CREATE TABLE IF NOT EXISTS items (id serial PRIMARY KEY, name text NOT NULL)")


def list_items():
    with database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM items ORDER BY id")
        return [{"id": row[0], "name": row[1]} for row in cursor.fetchall()]


def add_item(name):
    with database() as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO items (name) VALUES (%s) RETURNING id", (name,))
        return {"id": cursor.fetchone()[0], "name": name}


def read_config():
    try:
        with open(CONFIG, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def health():
    with database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache().ping()
    return {"status": "ok"}


class Handler(BaseHTTPRequestHandler):
    server_version = "api"

    def answer(self, code, document):
        body = (json.dumps(document) + "\n").encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", socket.gethostname())
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def handle_safely(self, route):
        try:
            self.answer(*route())
        except (psycopg2.Error, redis.RedisError, OSError) as error:
            self.answer(503, {"error": str(error).strip()})
        except (ValueError, KeyError) as error:
            self.answer(400, {"error": str(error)})

    def get(self):
        if self.path == "/":
            return 200, {"service": "api", "host": socket.gethostname()}
        if self.path == "/health":
            return 200, health()
        if self.path == "/config":
            return 200, read_config()
        if self.path == "/items":
            return 200, list_items()
        if self.path.startswith("/cache/"):
            value = cache().get(self.path[len("/cache/") :])
            if value is not None:
                return 200, {"value": value.decode()}
        return 404, {"error": "not found"}

    def store(self):
        if self.path == "/items":
            return 201, add_item(json.loads(self.body())["name"])
        if self.path.startswith("/cache/"):
            cache().set(self.path[len("/cache/") :], self.body())
            return 201, {"stored": True}
        return 404, {"error": "not found"}

    def do_GET(self):
        self.handle_safely(self.get)

    def do_POST(self):
        self.handle_safely(self.store)

    def do_PUT(self):
        self.handle_safely(self.store)

    def log_message(self, *arguments):
        if read_config().get("log_level") == "debug" or os.environ.get("LOG_LEVEL") == "debug":
            super().log_message(*arguments)


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    make_tables()
    try:
        server = Server(("::", int(os.environ.get("PORT", "3000"))), Handler)
    except OSError:
        Server.address_family = socket.AF_INET
        Server.server_bind = ThreadingHTTPServer.server_bind
        server = Server(("0.0.0.0", int(os.environ.get("PORT", "3000"))), Handler)
    print(f"api: listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
