"""A store on loopback that speaks as S3 does, one that fails now and then, and the program beside them."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

PROGRAM = os.environ["SEGMINT_PROGRAM"]
# Values that stand nowhere else, so that a file that holds one has it from the environment.
SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAQ7LEAKPROBE0KEY0",
    "AWS_SECRET_ACCESS_KEY": "q7leakprobe/secret+access/key",
    "AWS_SESSION_TOKEN": "q7leakprobe-session-token",
}
BUCKET = "shop"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """moto as a process of its own, ended by its id."""

    def __init__(self, **environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env={**os.environ, **environment}, **silent)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None, "moto has ended"
                time.sleep(0.1)
        raise AssertionError("moto does not listen")

    def end(self):
        self.process.terminate()
        self.process.wait(20)


class Unsteady:
    """Hands requests on to a store, writes them down, and answers every third with 503 or not at all."""

    def __init__(self, store):
        self.seen, outer, upstream = [], self, store.port

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.seen.append((self.command, self.path, self.headers.get("Range")))
                n = len(outer.seen)
                if n % 6 == 3:
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if n % 6 == 0:
                    self.close_connection = True
                    return
                connection = http.client.HTTPConnection("127.0.0.1", upstream)
                connection.request(self.command, self.path, headers=dict(self.headers))
                answer = connection.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()


def environment(url, **others):
    """What the program is started with: the store, credentials, and nothing of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HTTP", "http"))}
    store = {"AWS_ENDPOINT_URL": url, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    return {**kept, **store, **SECRETS, **others}


def segmint(*arguments, env, cwd, timeout=120):
    command = [PROGRAM, *map(str, arguments)]
    return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=timeout)


def run_folder(done):
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["path"])


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A folder with a simulated table and the configuration of it."""
    folder = tmp_path_factory.mktemp("shop")
    done = segmint("simulate", "--customers", 3000, "--seed", 7, "-o", folder, env=os.environ, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def store(shop):
    """A store with that table as one object, as two partitions, and with what is no table."""
    server = Server()
    try:
        client = boto3.client(
            "s3", endpoint_url=server.url, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
        )
        client.create_bucket(Bucket=BUCKET)
        table = (shop / "customers.parquet").read_bytes()
        for name in ["in/customers.parquet", "parts/y=1/a.parquet", "parts/y=2/b.parquet", "parts/_SUCCESS", "odd/x.pq"]:
            client.put_object(Bucket=BUCKET, Key=name, Body=b"" if name.endswith("_SUCCESS") else table)
        client.put_object(Bucket=BUCKET, Key="in/customers.csv", Body=b"id,x\n1,2\n")
        client.put_object(Bucket=BUCKET, Key="marked/", Body=b"")
        server.client = client
        yield server
    finally:
        server.end()
