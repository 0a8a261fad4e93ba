"""The shop's products and orders."""

import json

from page import serve
from store import Store

PRODUCTS = [("Lantern", 39), ("Rope, 20 m", 24), ("Tide table", 12), ("Oilskin", 118)]


def products(_):
    store = Store()
    if not store.ask("EXISTS", "products"):
        for name, price in PRODUCTS:
            store.ask("RPUSH", "products", json.dumps({"name": name, "price": price}))
    return [json.loads(product) for product in store.ask("LRANGE", "products", 0, -1)]


def order(body):
    return {"waiting": Store().ask("LPUSH", "orders", body.decode())}


serve(8080, {
    ("GET", "/products"): products,
    ("POST", "/orders"): order,
    ("GET", "/healthz"): lambda _: "well\n",
})
