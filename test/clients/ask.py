"""Reads calls from standard input, a JSON object a line, and writes what the client returned.

python3 ask.py FOLDER, with FOLDER that of writ_client.py. A call: {"url", "key", "deadline_ms",
"max_answer_bytes", "verb", "category", "input"}; with "asked", a list of [category, input], it is a
batch, and so is what is returned. All of them run at once.
"""

import concurrent.futures
import dataclasses
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from writ_client import WritClient  # noqa: E402


def ask(call):
    writ = WritClient(
        call["url"],
        call.get("key"),
        deadline=call.get("deadline_ms", 20_000) / 1000,
        max_answer_bytes=2**20,
    )
    if "asked" in call:
        answers = writ.enforce_all(call["asked"])
        return [said(answer) for answer in answers]
    return said(getattr(writ, call.get("verb", "enforce"))(call["category"], call["input"]))


def said(answer):
    permitted = answer.decision == "EXECUTE"
    assert bool(answer) is permitted
    return dataclasses.asdict(answer)


calls = [json.loads(line) for line in sys.stdin]
with concurrent.futures.ThreadPoolExecutor(max_workers=32) as pool:
    for answer in pool.map(ask, calls):
        print(json.dumps(answer))
