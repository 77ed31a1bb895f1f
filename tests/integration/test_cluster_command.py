"""`nlp-service cluster` as an analyst runs it, with the real models: what is asked, kept from run to run, drafted."""

import csv
import json

import pytest

from nlp_service.tasks.faq import read_entries

FILES = ["clusters.csv", "clusters.json", "clusters.md", "questions.jsonl", "report.html"]
ASKED = {
    "delivery": "快递多久能到|我的快递什么时候能到|快递几天能送到|请问包裹多久能送到|快递大概要几天才到"
    "|包裹什么时候送到家|快递还要多久才能到|包裹几天可以送到",
    "invoice": "怎么开发票|可以开电子发票吗|发票在哪里开|请问怎么开电子发票|能开公司抬头的发票吗|电子发票怎么开"
    "|我要开发票|开发票要怎么操作",
    "password": "How do I reset my password?|I forgot my password|reset my account password|my password does not work"
    "|how can I change my password|where can I reset my password|password reset please|I need a new password",
}
QUESTIONS = [text for texts in ASKED.values() for text in texts.split("|")]


@pytest.fixture
def lines(tmp_path):
    """Writes rows as JSON Lines: the file."""

    def write(rows, name="in.jsonl"):
        file = tmp_path / name
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return file

    return write


@pytest.fixture
def cluster(command_line, tmp_path):
    """Runs the command into a folder: the finished process, and the clusters if there are any."""

    def run(file, *flags, folder="out"):
        finished = command_line("cluster", file, tmp_path / folder, *flags)
        written = tmp_path / folder / "clusters.json"
        return finished, json.loads(written.read_text(encoding="utf-8")) if written.exists() else None

    return run


def _rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_five_files_say_the_same(cluster, lines, tmp_path):
    run, found = cluster(lines([{"id": f"n{n}", "text": text, "topic": "x"} for n, text in enumerate(QUESTIONS)]))
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout + run.stderr
    folder = tmp_path / "out"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert all(f"written: {folder / name}" in run.stdout for name in FILES)
    assert "encoding: 0 of 24" in run.stderr

    assert found["questions"] == len(QUESTIONS)
    assert found["title"] in run.stdout
    assert {"encoder", "kinds"} <= set(found["model"])
    assert 2 <= len(found["clusters"]) <= 6
    belongs = {member: group["id"] for group in found["clusters"] for member in group["members"]}
    questions = _rows(folder / "questions.jsonl")
    assert [(row["text"], row["cluster"]) for row in questions] == [
        (text, belongs.get(f"n{number}")) for number, text in enumerate(QUESTIONS)
    ]
    assert len(questions) - len(belongs) == found["outliers"]
    passwords = {belongs.get(f"n{number}") for number in range(16, 24)} - {None}
    assert passwords.isdisjoint({belongs.get(f"n{number}") for number in range(16)})

    with (folder / "clusters.csv").open(encoding="utf-8-sig", newline="") as file:
        table = {row["id"]: row for row in csv.DictReader(file)}
    assert {row["id"]: str(row["size"]) for row in found["clusters"]} == {
        name: row["questions"] for name, row in table.items()
    }
    report = (folder / "report.html").read_text(encoding="utf-8")
    markdown = (folder / "clusters.md").read_text(encoding="utf-8")
    for group in found["clusters"]:
        assert group["name"] in report
        assert group["name"] in markdown


def test_ids_and_names_that_people_gave_stay_in_the_next_run(cluster, lines, tmp_path):
    _, first = cluster(lines([{"text": text} for text in QUESTIONS]))
    clusters = tmp_path / "out" / "clusters.json"
    renamed = first["clusters"][0]
    clusters.write_text(
        clusters.read_text(encoding="utf-8").replace(f'"name": "{renamed["name"]}"', '"name": "=组长起的名字"'),
        encoding="utf-8",
    )
    run, second = cluster(lines([{"text": text} for text in QUESTIONS]), "--previous", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    assert {row["id"] for row in second["clusters"]} == {row["id"] for row in first["clusters"]}
    (kept,) = (row for row in second["clusters"] if row["id"] == renamed["id"])
    assert (kept["name"], kept["event"]) == ("=组长起的名字", "steady")
    assert "'=组长起的名字" in (tmp_path / "out" / "clusters.csv").read_text(encoding="utf-8-sig")
    assert "no change beyond chance" in run.stdout


def test_a_new_topic_is_born_because_the_earlier_run_left_a_sample(cluster, lines, tmp_path):
    _, first = cluster(lines([{"text": text} for text in QUESTIONS]), folder="week-1")
    assert sorted(first["sample"]) == sorted(QUESTIONS)
    topic = (
        "怎么申请退款|我想退款|退款在哪里申请|请问可以退款吗|申请退款要多久|退款怎么操作|可以给我退款吗|我要申请退款"
    )
    later = lines([{"text": text} for text in [*QUESTIONS, *topic.split("|") * 3]])
    run, second = cluster(later, "--previous", tmp_path / "week-1", folder="week-2")
    assert run.returncode == 0, run.stderr
    (born,) = (row for row in second["clusters"] if row["event"] == "born")
    assert "退款" in born["name"]
    assert born["size"] >= 20

    written = tmp_path / "week-1" / "clusters.json"
    del first["sample"]
    written.write_text(json.dumps(first), encoding="utf-8")
    run, second = cluster(later, "--previous", written, folder="week-2")
    assert run.returncode == 0, run.stderr
    assert "born" not in {row["event"] for row in second["clusters"]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{broken", "not valid JSON"),
        ("[]", "has no 'clusters'"),
        ('{"clusters": [{"id": "q-1"}]}', "clusters/0/name: Field required"),
        ('{"clusters": [], "sample": ["怎么退货", 7]}', "sample/1: Input should be a valid string"),
        (None, "can't be read"),
    ],
)
def test_an_unusable_earlier_run_is_refused_before_anything_is_written(cluster, lines, tmp_path, content, problem):
    previous = tmp_path / "earlier.json"
    if content is not None:
        previous.write_text(content, encoding="utf-8")
    run, found = cluster(lines([{"text": "怎么退货"}]), "--previous", previous)
    assert (run.returncode, run.stdout, found) == (2, "", None)
    (line,) = run.stderr.splitlines()
    assert "earlier.json" in line
    assert problem in line
    assert not (tmp_path / "out").exists()


def test_an_earlier_run_whose_ids_or_names_were_spoilt_is_refused(cluster, lines, tmp_path):
    row = {"id": "q", "name": "退货", "representative": "退货", "size": 1, "share": 0.5, "kind": "request"}
    row |= {"keywords": [], "members": ["1"], "stability": 1.0, "event": "born"}
    for second, problem in ((row, "its id is that of an earlier one"), ({**row, "id": "r", "name": " "}, "is empty")):
        previous = lines([{"clusters": [row, second]}], "earlier.json")
        run, _ = cluster(lines([{"text": "怎么退货"}]), "--previous", previous)
        assert run.returncode == 2
        assert f"clusters/1: {problem}" in run.stderr or problem in run.stderr


def test_questions_come_out_of_transcripts_and_answers_into_a_draft(cluster, lines, tmp_path):
    answers = {
        "delivery": "亲，一般下单后三天内可以送到，偏远地区需要五天哦。还有其他问题吗？",
        "invoice": "订单完成后，您可以在我的订单页面点击申请开电子发票。请您稍等。",
        "password": "You can reset it on the login page: click 'Forgot password'. Anything else I can help with?",
    }
    chats = []
    for topic, texts in ASKED.items():
        for number, text in enumerate(texts.split("|")):
            turns = [("customer", "你好"), ("customer", text), ("agent", answers[topic]), ("customer", "好的，谢谢")]
            turns = [{"speaker": who, "text": said, "at": "2026-03-02T10:00:00+08:00"} for who, said in turns]
            chats.append({"id": f"{topic}{number}", "turns": turns, "channel": "chat"})
    chats.insert(3, {"text": "我的快递还没到", "id": 5})
    fragments = ["那这样的话还要多久呢？", "Is that one included as well?"]
    turns = [{"speaker": "customer", "text": text} for text in fragments]
    chats += [{"id": "in the middle", "turns": turns}, {"text": fragments[0], "id": 6}]
    run, found = cluster(lines(chats), "--draft-faq", tmp_path / "faq.jsonl")
    assert run.returncode == 0, run.stderr
    questions = {row["id"]: row for row in _rows(tmp_path / "out" / "questions.jsonl")}
    assert questions["invoice1:1:0"]["at"] == "2026-03-02T10:00:00+08:00"
    assert questions["5"]["text"] == "我的快递还没到"
    assert found["fragments"] == 2
    assert "2 句离开上文看不懂，未计入" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "left out 2 sentences that can't be understood without the ones before" in run.stderr
    # What is a question as it stands is the sender's choice.
    assert [name for name, row in questions.items() if row["text"] in fragments] == ["6"]
    assert not any(row["text"] == "你好" for row in questions.values())

    entries = read_entries(tmp_path / "faq.jsonl")
    assert f"{len(entries)} entries to edit" in run.stdout
    names = {row["id"]: row["name"] for row in found["clusters"]}
    assert len(entries) >= 2
    for entry in entries:
        assert entry.questions[0] == names[entry.id]
        assert entry.answers[0].rstrip("。.") in answers["delivery"] + answers["invoice"] + answers["password"]
        assert not any("稍等" in answer or "nything else" in answer for answer in entry.answers)
        assert any(tag.startswith("asked:") for tag in entry.tags)


def test_a_table_with_small_clusters_left_out(cluster, tmp_path):
    file = tmp_path / "in.csv"
    rows = [f"{number};{text};2026/3/{number + 1} 9:05" for number, text in enumerate(QUESTIONS)]
    file.write_text("\n".join(["id;text;at", *rows, "99;;", "100;？？？;"]), encoding="utf-8-sig")
    run, found = cluster(file, "--min-size", 25)
    assert run.returncode == 0, run.stderr
    assert "2 questions without a word left out" in run.stderr
    assert (found["clusters"], found["outliers"]) == ([], 24)
    rows = _rows(tmp_path / "out" / "questions.jsonl")
    assert (rows[0]["id"], rows[0]["at"]) == ("0", "2026-03-01T09:05:00")


def test_tickets_are_read_for_what_they_ask(cluster, tmp_path):
    file = tmp_path / "in.csv"
    rows = [f'{number},"你好，我上周买的。{text}。谢谢！"' for number, text in enumerate(QUESTIONS)]
    file.write_text("\n".join(["id,text", *rows]), encoding="utf-8")
    run, _ = cluster(file, "--tickets")
    assert run.returncode == 0, run.stderr
    questions = _rows(tmp_path / "out" / "questions.jsonl")
    assert questions
    assert {row["id"].split(":")[0] for row in questions} <= {str(number) for number in range(len(QUESTIONS))}
    assert not any("谢谢" in row["text"] or "你好" in row["text"] for row in questions)


def test_parquet_is_read_as_other_tables_are(cluster, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    from pyarrow import table

    file = tmp_path / "in.parquet"
    parquet.write_table(table({"id": list(range(24)), "text": QUESTIONS, "topic": ["x"] * 24}), file)
    run, found = cluster(file, "--min-size", 25)
    assert run.returncode == 0, run.stderr
    assert (found["clusters"], found["outliers"]) == ([], 24)
    rows = _rows(tmp_path / "out" / "questions.jsonl")
    assert [(row["id"], row["text"]) for row in rows] == [(str(number), text) for number, text in enumerate(QUESTIONS)]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("怎么申请价格保护呢", "怎样申请一下价格保护", 1),
        ("How do I delete my account?", "how do i delete my acount", 1),
        ("7天内可以退货吗", "30天内可以退货吗", 0),
    ],
)
def test_near_repeats_are_one_wording(cluster, lines, one, other, count):
    # Three wordings are too few for a dense region: it takes a wording that came twice to make a cluster.
    texts = [one, "手机屏幕碎了", other]
    run, found = cluster(lines([{"text": text} for text in texts]), "--min-size", 2)
    assert run.returncode == 0, run.stderr
    assert [(row["size"], row["members"]) for row in found["clusters"]] == [(2, ["1", "3"])] * count


def test_lines_that_cant_be_used_are_named_and_the_others_are_used(cluster, tmp_path):
    file = tmp_path / "in.jsonl"
    good = [json.dumps({"id": "same", "text": text}, ensure_ascii=False).encode() for text in QUESTIONS]
    file.write_bytes(b"\n".join([*good, b"{broken", b'{"text": 3, "at": "gestern"}', b'{"turns": 3}', b"\xff", b""]))
    run, found = cluster(file)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert [f"line {number}:" in run.stderr for number in range(24, 30)] == [False, True, True, True, True, False]
    assert "4 of 28 lines" in run.stderr
    assert "23 ids came before" in run.stderr
    assert "gestern" not in run.stderr
    assert found["questions"] == 24


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b'{"text": "?!"}\n'])
def test_nothing_to_cluster_is_refused(cluster, tmp_path, content):
    file = tmp_path / "in.jsonl"
    if content is not None:
        file.write_bytes(content)
    run, found = cluster(file)
    assert (run.returncode, run.stdout, found) == (2, "", None)
    assert "in.jsonl" in run.stderr.splitlines()[-1]


def test_kinds_that_dont_exist_are_refused(cluster, lines):
    run, found = cluster(lines([{"text": "怎么退货"}]), "--sentence-kinds", "enquiry,courtesy")
    assert (run.returncode, found) == (2, None)
    assert "--sentence-kinds" in run.stderr


def test_drafts_that_people_may_have_edited_are_not_written_over(cluster, lines, tmp_path):
    drafts = tmp_path / "faq.jsonl"
    drafts.write_text("edited", encoding="utf-8")
    run, found = cluster(lines([{"text": text} for text in QUESTIONS]), "--draft-faq", drafts)
    assert (run.returncode, run.stdout, found) == (2, "", None)
    (line,) = run.stderr.splitlines()
    assert f"{drafts}: exists already" in line
    assert drafts.read_text(encoding="utf-8") == "edited"


@pytest.mark.parametrize("name", FILES)
def test_the_file_that_is_read_isnt_written(command_line, lines, tmp_path, name):
    (tmp_path / "out").mkdir()
    file = lines([{"text": text} for text in QUESTIONS])
    (tmp_path / "out" / name).symlink_to(file)
    before = file.read_bytes()
    run = command_line("cluster", file, tmp_path / "out")
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert f"{name}: is the file that is read" in line
    assert file.read_bytes() == before
