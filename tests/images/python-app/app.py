"""The service of the test image: it only has to be there."""

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return "hello"
