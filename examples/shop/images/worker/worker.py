"""Ships what was ordered: draws a label for each parcel."""

import io
import time

from PIL import Image, ImageDraw

from store import Store


def label(order):
    image = Image.new("1", (320, 80), 1)
    ImageDraw.Draw(image).text((8, 8), order)
    drawn = io.BytesIO()
    image.save(drawn, "PNG")
    return drawn.getvalue()


while True:
    try:
        store = Store()
        while True:
            _, order = store.ask("BRPOP", "orders", 0)
            print("shipped:", order, f"(label of {len(label(order))} bytes)", flush=True)
            store.ask("INCR", "shipped")
    except (OSError, RuntimeError) as error:
        print("no database:", error, flush=True)
        time.sleep(2)
