"""Jobs on a real server: they outlast its orderly end and kill -9, can be cancelled, and let requests through."""

import time
from itertools import product

import pytest

JOBS = "/v1/questions/cluster/jobs"
SECONDS = 90
THINGS = ["净水器", "扫地机器人", "羽绒服", "奶粉", "手机壳", "跑步鞋", "空气炸锅", "行李箱", "儿童座椅", "蓝牙耳机"]
ASKED = [
    "我上周买的{}到现在还没有发货，请问什么时候能寄出来？",
    "{}收到的时候外包装已经破了，可以给我换一个新的吗？",
    "请问{}支持七天无理由退货吗，运费由谁来承担？",
    "想问一下{}的发票可以开公司抬头吗，怎么申请？",
    "訂單裡的{}寄送地址填錯了，現在還能幫我改嗎？",
    "How long does the refund for the {} take, I sent it back ten days ago?",
]
ENDINGS = ["谢谢", "麻烦尽快回复", "在线等", "辛苦了", "急"]
SORTS = ["", "黑色的", "大号的", "新款", "白色的", "小号的", "进口的", "打折的", "儿童用的", "第二件"]
QUESTIONS = [
    {"id": f"q{number}", "text": f"{asked.format(sort + thing)}{ending}"}
    for number, (asked, thing, ending, sort) in enumerate(product(ASKED, THINGS, ENDINGS, SORTS))
]
"""So many that a job is still at work when the server is told to stop, on a fast machine too."""


@pytest.fixture
def jobs(tmp_path):
    return tmp_path / "jobs"


@pytest.fixture
def start(start_server, jobs):
    """Starts a server on the jobs left by the one before."""
    return lambda: start_server("--jobs", jobs)


def submit(server, key):
    response = server.client.post(JOBS, json={"questions": QUESTIONS}, headers={"Idempotency-Key": key})
    assert response.status_code == 202, response.text
    return response.headers["location"]


def until(server, path, status):
    deadline = time.monotonic() + SECONDS
    while (job := server.client.get(path).json())["status"] != status:
        assert job["status"] in ("queued", "running"), job
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    return job


def test_a_job_outlasts_the_orderly_end_of_the_server_and_kill_9(start, jobs):
    server = start()
    path = submit(server, "one")
    until(server, path, "running")
    assert server.terminate() == 0
    name = path.rpartition("/")[2]
    assert '"queued"' in (jobs / name / "status.json").read_text(encoding="utf-8")

    server = start()
    until(server, path, "running")
    server.close()  # SIGKILL
    assert '"running"' in (jobs / name / "status.json").read_text(encoding="utf-8")

    server = start()
    assert submit(server, "one") == path
    assert until(server, path, "succeeded")["questions"] == len(QUESTIONS)
    result = server.client.get(f"{path}/result").json()
    members = [member for cluster in result["clusters"] for member in cluster["members"]]
    assert sorted([*members, *result["outliers"]]) == sorted(question["id"] for question in QUESTIONS)
    assert len(result["clusters"]) > 1
    assert result["model"].keys() >= {"encoder", "kinds"}
    assert not (jobs / name / "input.json").exists()
    assert "净水器" not in server.log
    assert name not in server.log


def test_a_running_job_is_cancelled_and_lets_requests_through(start, jobs):
    server = start()
    first, second = submit(server, "one"), submit(server, "two")
    until(server, first, "running")
    assert server.client.get(f"{first}/result").status_code == 409
    assert server.answer("/v1/sentiment", texts=["师傅准时上门，非常满意！"])["results"]
    assert server.client.delete(first).json()["status"] == "cancelled"
    assert server.client.get(f"{first}/result").status_code == 410
    assert {path.name for path in (jobs / first.rpartition("/")[2]).iterdir()} <= {"status.json", "work.lock"}
    until(server, second, "succeeded")
    assert server.client.get(f"{second}/result").status_code == 200
    assert server.client.delete(second).status_code == 204
    assert server.client.get(second).status_code == 404
    assert not [path for path in jobs.rglob("*.json") if "净水器" in path.read_text(encoding="utf-8")]
    assert server.terminate() == 0
