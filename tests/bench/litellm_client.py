"""LiteLLM as a client, run by the interpreter of its own environment: prints chunks a second and ms to a first token.

Arguments: base URL of the long stream, base URL of the short one, rounds of the short one.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks another machine for a table of prices

import litellm

_REQUEST = {"model": "openai/kimi-k2-thinking", "api_key": "none", "messages": [{"role": "user", "content": "q"}]}


async def main(long: str, short: str, rounds: int) -> None:
    litellm.telemetry = False
    firsts = []
    for _ in range(rounds + 3):
        begun = time.perf_counter()
        first = None
        async for _chunk in await litellm.acompletion(**_REQUEST, api_base=short, stream=True):
            first = first or time.perf_counter() - begun
        firsts.append(first)
    begun, chunks = time.perf_counter(), 0
    async for _chunk in await litellm.acompletion(**_REQUEST, api_base=long, stream=True):
        chunks += 1
    figures = {
        "chunks": chunks,
        "rate": chunks / (time.perf_counter() - begun),
        "first_ms": 1000 * statistics.median(firsts[3:]),
    }
    print(json.dumps(figures))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
