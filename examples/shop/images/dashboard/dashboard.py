"""For the shop's own people; it asks nobody who they are."""

import os

from page import serve
from store import Store


def orders(_):
    store = Store()
    waiting, shipped = store.ask("LLEN", "orders"), store.ask("GET", "shipped") or 0
    return f"<!doctype html><title>Orders</title><p>{waiting} waiting, {shipped} shipped</p>\n"


serve(8080, {
    ("GET", "/"): orders,
    ("GET", "/debug"): lambda _: dict(os.environ),
    ("GET", "/healthz"): lambda _: "well\n",
})
