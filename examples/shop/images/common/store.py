"""The shop's words to its database: Redis, over one connection."""

import os
import socket


class Store:
    def __init__(self):
        host = os.environ.get("DATABASE_SERVICE_HOST", "127.0.0.1")
        port = int(os.environ.get("DATABASE_SERVICE_PORT", "6379"))
        self.file = socket.create_connection((host, port)).makefile("rwb")
        self.ask("AUTH", os.environ["DATABASE_PASSWORD"])

    def ask(self, *words):
        """One command and its answer."""
        self.file.write(b"*%d\r\n" % len(words))
        for word in (str(word).encode() for word in words):
            self.file.write(b"$%d\r\n%s\r\n" % (len(word), word))
        self.file.flush()
        return self.answer()

    def answer(self):
        line = self.file.readline().rstrip()
        if not line:
            raise ConnectionError("the database is gone")
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"*":
            return None if rest == b"-1" else [self.answer() for _ in range(int(rest))]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode()
        return int(rest) if kind == b":" else rest.decode()
