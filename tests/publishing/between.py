"""A tiny HTTP proxy of the tests' own before a Bluesky server: everything passes, but for what a test asks."""

import http.client
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PUT = "com.atproto.repo.putRecord"
GET = "com.atproto.repo.getRecord"
SIGN_IN = "com.atproto.server.createSession"
UPLOAD = "com.atproto.repo.uploadBlob"


class Between:
    """Listens at `url`. `rules[method]` is a list of functions, one for each coming call of that method; each is given
    the request's handler and answers it, by `handler.forward()` or otherwise.
    """

    def __init__(self, port):
        self.target = port
        self.rules = defaultdict(list)
        self.seen = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.between = self
        self.port = self._server.server_address[1]
        self.url = f"http://localhost:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def calls(self, method):
        """How often the method was called so far."""
        return self.seen.count(method)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        between = self.server.between
        self.method = self.path.rpartition("/")[2].partition("?")[0]
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        between.seen.append(self.method)
        rules = between.rules[self.method]
        if rules:
            rules.pop(0)(self)
        else:
            self.forward()

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def ask(self):
        """The server's answer: status, headers, body."""
        connection = http.client.HTTPConnection("localhost", self.server.between.target, timeout=60)
        try:
            kept = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            connection.request(self.command, self.path, self.body or None, kept)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        between = self.server.between
        # The account's document names the server's own address, to which the client would turn.
        body = body.replace(b"localhost:%d" % between.target, b"localhost:%d" % between.port)
        return response.status, dict(response.getheaders()), body

    def forward(self):
        """Answer what the server answers."""
        status, headers, body = self.ask()
        self.answer(status, body, {"Content-Type": headers.get("content-type", headers.get("Content-Type", ""))})

    def answer(self, status, body=b"", headers=None):
        """Answer something of the test's own."""
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        """Break the connection without an answer."""
        self.close_connection = True

    def log_message(self, *arguments):
        pass
