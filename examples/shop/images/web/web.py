"""The shop's front: lists what there is to buy."""

import json
import os

import jinja2
import urllib3

from page import serve

API = f"http://{os.environ['API_SERVICE_HOST']}:{os.environ['API_SERVICE_PORT']}"
PAGE = jinja2.Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en"><title>Shop</title><h1>Shop</h1><ul>
{% for product in products %}<li>{{ product.name }}: {{ product.price }} €</li>
{% endfor %}</ul></html>
""")
pool = urllib3.PoolManager()


def front(_):
    answer = pool.request("GET", f"{API}/products", timeout=2.0)
    return PAGE.render(products=json.loads(answer.data))


def buy(body):
    return json.loads(pool.request("POST", f"{API}/orders", body=body, timeout=2.0).data)


serve(8080, {
    ("GET", "/"): front,
    ("POST", "/orders"): buy,
    ("GET", "/healthz"): lambda _: "well\n",
})
