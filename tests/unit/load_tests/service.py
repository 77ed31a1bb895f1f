"""A server that answers as the service does, for tests of what loads it: `python service.py --port N …`."""

import asyncio
import json
import signal
import sys

METRICS = b'nlp_service_queue_tokens{lane="bulk"} 5.0\nnlp_service_batch_sequences_sum %d.0\n'


async def main(port, exit_code):
    encoded = set()

    def answer(path, body):
        if path == "/health/ready":
            return b"{}"
        if path == "/metrics":
            return METRICS % len(encoded)
        encoded.add(body)
        wanted = json.loads(body)
        name, items = next((name, items) for name, items in wanted.items() if isinstance(items, list))
        results = "documents" if name == "documents" else "results"
        return json.dumps({results: [{} for _ in items]}).encode()

    async def on_connection(reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = head.partition("content-length: ")[2].split("\r\n")[0]
                body = answer(head.split()[1], await reader.readexactly(int(length or 0)))
                timing = "server-timing: total;dur=1.0, encode;dur=0.5\r\n"
                writer.write(f"HTTP/1.1 200 OK\r\n{timing}content-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    await asyncio.start_server(on_connection, "127.0.0.1", port)
    await end.wait()
    sys.exit(exit_code)


if "--help" in sys.argv:
    sys.stdout.write("  --port N\n  --engine NAME\n")
elif "--broken" in sys.argv:
    sys.exit("Error: the model is missing")
else:
    asyncio.run(main(int(sys.argv[sys.argv.index("--port") + 1]), 3 if "--ends-badly" in sys.argv else 0))
