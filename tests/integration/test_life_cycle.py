"""The real service from start to end, alone and with two workers."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

TEXT = "订单{}的快递太慢了"


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_it_serves_through_its_notice_and_ends(start_server, metrics, flags):
    server = start_server(*flags, "--drain-notice-ms", "60000")
    url = str(server.client.base_url)

    def ask(number):
        return httpx.post(f"{url}/v1/reasons", json={"texts": [TEXT.format(number)]}, timeout=30).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(12))) == {200}
        for _ in range(2):  # whichever worker is asked
            counted = metrics(httpx.get(f"{url}/metrics").text)
            assert counted("requests_total", route="/v1/reasons", method="POST", status="200") == 12
        ending = pool.submit(server.terminate)
        while (leaving := httpx.get(f"{url}/health/ready")).status_code == 200:
            time.sleep(0.05)
        assert httpx.get(f"{url}/health/live").status_code == 200
        assert (leaving.status_code, leaving.headers["connection"]) == (503, "close")
        assert set(pool.map(ask, range(3))) == {200}
        assert server.terminate() == 0  # the second signal leaves out the rest of the notice
        assert ending.result() == 0
    assert "Traceback" not in server.log
    assert len(re.findall("Uvicorn running on", server.log)) == 1


def test_settings_that_no_worker_can_start_with_are_one_line(command_line, tmp_path):
    done = command_line(
        "serve", "--workers", "2", "--port", "0", "--faq", tmp_path / "none.jsonl", "--log-level", "error"
    )
    assert done.returncode == 2
    assert done.stderr == f"nlp-service: {tmp_path / 'none.jsonl'}: can't be read: No such file or directory\n"
