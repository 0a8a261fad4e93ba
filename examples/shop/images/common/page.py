"""A small HTTP server: functions by path."""

import http.server
import json


def serve(port, paths):
    """`paths` says for each path and method what makes the answer: text, or what becomes JSON."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            make = paths.get((self.command, self.path.split("?")[0]))
            status, body = (200, make) if make else (404, lambda _: "no such page\n")
            size = int(self.headers.get("Content-Length") or 0)
            try:
                body = body(self.rfile.read(size))
            except Exception as error:
                status, body = 503, f"{error}\n"
            kind = "text/html; charset=utf-8" if isinstance(body, str) else "application/json"
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do

    http.server.ThreadingHTTPServer(("", port), Handler).serve_forever()
