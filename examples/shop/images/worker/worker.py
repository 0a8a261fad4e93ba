"""Ships what was ordered."""

import time

from store import Store

while True:
    try:
        store = Store()
        while True:
            _, order = store.ask("BRPOP", "orders", 0)
            store.ask("INCR", "shipped")
            print("shipped:", order, flush=True)
    except (OSError, RuntimeError) as error:
        print("no database:", error, flush=True)
        time.sleep(2)
