"""Each endpoint of the real server with the real models: documented shape, valid offsets, digests of what answered."""

import base64

import numpy as np
import pytest

from nlp_service.contracts import EMOTIONS, KINDS, SENTIMENTS

HEADS = {"reasons", "sentiment", "emotions", "kinds", "questions", "faq"}
REASON = {"status", "code", "path", "alternatives", "evidence", "skipped"}
NODE = {"code", "name", "probability"}
SENTENCE = {"turn", "speaker", "start", "end", "sentiment", "score", "probabilities", "kind"} | {
    *("emotion", "aspects", "stage", "reason"),
}
ASPECT = {"start", "end", "clause_start", "clause_end", "sentiment", "score"}
JOURNEY = {"start", "peak", "valley", "end", "mean", "slope", "recovery", "curve", "peak_at", "valley_at"} | {
    f"by_{kind}" for kind in ("stage", "reason", "speaker")
}
CLUSTER = {
    "id",
    "name",
    "generated_name",
    "representative",
    "size",
    "share",
    "kind",
    "keywords",
    "members",
    "wordings",
    "reach",
    "theme",
    "position",
    "reason",
    "answer",
    "predecessors",
    "change",
    "stability",
    "event",
    "quiet_runs",
}


@pytest.fixture(scope="module")
def digests(server):
    models = {model["task"]: model["digest"] for model in server.client.get("/v1/models").json()["models"]}
    (tree,) = server.client.get("/v1/taxonomies").json()["taxonomies"]
    return {**models, "taxonomy": tree["digest"]}


@pytest.fixture(scope="module")
def analysed(server, transcripts):
    """The transcripts, each with its result."""
    answer = server.answer("/v1/analyze", documents=transcripts)
    assert [result["id"] for result in answer["documents"]] == [transcript["id"] for transcript in transcripts]
    return list(zip(transcripts, answer["documents"], strict=True))


def _check_reason(reason):
    assert set(reason) == REASON
    assert all(set(node) == NODE for node in [*reason["path"], *reason["alternatives"]])
    if reason["status"] == "out_of_scope":
        assert (reason["code"], reason["path"]) == (None, [])
    else:
        assert reason["status"] in ("tagged", "review")
        assert reason["path"][-1]["code"] == reason["code"]


def _check_feeling(judged):
    assert set(judged["probabilities"]) == set(SENTIMENTS)
    assert sum(judged["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert judged["sentiment"] == max(judged["probabilities"], key=judged["probabilities"].get)
    assert judged["score"] == pytest.approx(
        judged["probabilities"]["positive"] - judged["probabilities"]["negative"], abs=1e-5
    )


# --- /v1/analyze -------------------------------------------------------------------------------------------------


def test_every_sentence_is_a_piece_of_its_turn_in_order(analysed):
    for transcript, result in analysed:
        position = (0, 0)
        for sentence in result["sentences"]:
            turn = transcript["turns"][sentence["turn"]]
            assert sentence["speaker"] == turn["speaker"] != "system"
            assert 0 <= sentence["start"] < sentence["end"] <= len(turn["text"])
            assert turn["text"][sentence["start"] : sentence["end"]].strip()
            assert (sentence["turn"], sentence["start"]) >= position
            position = (sentence["turn"], sentence["end"])


def test_no_letter_of_a_turn_is_lost_between_sentences(analysed):
    for transcript, result in analysed:
        for index, turn in enumerate(transcript["turns"]):
            covered = set()
            for sentence in result["sentences"]:
                if sentence["turn"] == index:
                    covered |= set(range(sentence["start"], sentence["end"]))
            left_out = {character for place, character in enumerate(turn["text"]) if place not in covered}
            assert turn["speaker"] == "system" or not any(character.isalnum() for character in left_out)


def test_sentences_have_the_documented_shape(analysed):
    for _, result in analysed:
        for sentence in result["sentences"]:
            assert set(sentence) == SENTENCE
            assert sentence["kind"] in KINDS
            _check_feeling(sentence)


def test_emotions_and_aspects_are_the_customers(analysed):
    said = [sentence for _, result in analysed for sentence in result["sentences"]]
    emotions = [sentence["emotion"] for sentence in said if sentence["speaker"] == "customer"]
    assert set(emotions) <= {None, *EMOTIONS}
    assert None in emotions
    assert len(set(emotions)) > 2
    assert all((item["emotion"], item["aspects"]) == (None, []) for item in said if item["speaker"] == "agent")
    assert any(sentence["aspects"] for sentence in said)


def test_an_aspect_is_named_in_a_clause_of_its_sentence(analysed):
    for _, result in analysed:
        for sentence in result["sentences"]:
            for aspect in sentence["aspects"]:
                assert set(aspect) == ASPECT
                assert sentence["start"] <= aspect["clause_start"] <= aspect["start"]
                assert aspect["start"] < aspect["end"] <= aspect["clause_end"] <= sentence["end"]
                assert aspect["sentiment"] in ("negative", "positive")
                assert -1 <= aspect["score"] <= 1


def test_evidence_and_questions_are_sentences_of_the_customer(analysed):
    for _, result in analysed:
        sentences = {
            (item["turn"], item["start"], item["end"]): item
            for item in result["sentences"]
            if item["speaker"] == "customer"
        }
        for reason in result["reasons"] or ():
            _check_reason(reason)
            assert bool(reason["evidence"]) == (reason["code"] is not None)
            assert sum(item["weight"] for item in reason["evidence"]) <= 1 + 1e-5
            assert all((item["turn"], item["start"], item["end"]) in sentences for item in reason["evidence"])
        asked = [(item["turn"], item["start"], item["end"]) for item in result["questions"] or ()]
        assert asked == [place for place, item in sentences.items() if item["kind"] in ("enquiry", "request")]
        for item in result["questions"] or ():
            assert item["kind"] == sentences[item["turn"], item["start"], item["end"]]["kind"]
            assert item["faq"]["status"] in ("suggested", "no_answer")


def test_the_journey_follows_the_customers_sentences(analysed):
    for transcript, result in analysed:
        scores = [item["score"] for item in result["sentences"] if item["speaker"] == "customer"]
        journey = result["journey"]
        if not scores:
            assert journey is None
            continue
        assert set(journey) == JOURNEY
        assert [journey[key] for key in ("start", "peak", "valley", "end")] == [
            scores[0],
            max(scores),
            min(scores),
            scores[-1],
        ]
        assert journey["mean"] == pytest.approx(sum(scores) / len(scores), abs=1e-5)
        assert (journey["slope"] is None) == (journey["curve"] is None) == (len(scores) < 3)
        assert set(journey["by_speaker"]) == {item["speaker"] for item in result["sentences"]}
        by_place = {(item["turn"], item["start"], item["end"]): item for item in result["sentences"]}
        for name in ("peak", "valley"):
            moment = journey[f"{name}_at"]
            sentence = by_place[moment["turn"], moment["start"], moment["end"]]
            assert (sentence["speaker"], sentence["score"]) == ("customer", journey[name])
            stage = transcript["turns"][moment["turn"]].get("stage")
            assert stage in (None, moment["stage"])
        spoken = {item["turn"] for item in result["sentences"] if item["speaker"] == "customer"}
        stages = {transcript["turns"][turn].get("stage") for turn in spoken}
        assert set(journey["by_stage"]) >= stages - {None}


def test_only_the_features_asked_for_are_answered(server, transcripts):
    (result,) = server.answer("/v1/analyze", documents=transcripts[:1], features=["reasons"])["documents"]
    assert result["reasons"]
    assert [result[key] for key in ("sentences", "journey", "questions")] == [None] * 3


def test_what_cant_be_analysed_is_said(server):
    documents = [{"id": "e", "text": ""}, {"turns": [{"speaker": "agent", "text": "您好，请问有什么可以帮您？"}]}]
    empty, agent_only = server.answer("/v1/analyze", documents=documents)["documents"]
    assert {(item["feature"], item["reason"]) for item in empty["skipped"]} == {
        (feature, "text_empty") for feature in ("reasons", "sentiment", "questions", "faq")
    }
    assert {item["feature"] for item in agent_only["skipped"]} == {"reasons", "questions", "faq"}
    assert agent_only["sentences"]
    assert agent_only["journey"] is None


# --- the others --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/analyze", {"documents": [{"text": "我要退货"}]}),
        ("/v1/reasons", {"texts": ["我要退货"]}),
        ("/v1/sentiment", {"texts": ["我要退货"]}),
        ("/v1/questions/cluster", {"questions": [{"text": "怎么退货？"}]}),
        ("/v1/faq/suggest", {"questions": ["怎么退货？"]}),
    ],
)
def test_every_answer_names_the_models_that_gave_it(server, digests, path, body):
    assert set(digests) == {"encoder", *HEADS, "taxonomy"}
    assert all(len(digest) == 64 for digest in digests.values())
    assert server.answer(path, **body)["model"] == digests


def test_an_emoji_says_hardly_anything_about_the_contact_reason(server):
    plain, angry = server.answer("/v1/reasons", texts=["請問什麼時候出貨？", "😡請問什麼時候出貨？"])["results"]
    assert plain["code"] == angry["code"] == "delivery.dispatch.dispatch_time"
    assert angry["path"][-1]["probability"] == pytest.approx(plain["path"][-1]["probability"], abs=0.02)


def test_reasons(server):
    answer = server.answer("/v1/reasons", texts=["快递一周了还没到，帮我催一下", "", "x"], top_k=2)
    assert len(answer["results"]) == 3
    for reason in answer["results"]:
        _check_reason(reason)
        assert len(reason["alternatives"]) <= 2
    assert answer["results"][1]["skipped"] == [{"feature": "reasons", "reason": "text_empty"}]


def test_sentiment(server):
    text = "东西很好。就是物流太慢了！"
    good, empty = server.answer("/v1/sentiment", texts=[text, " "])["results"]
    assert [text[item["start"] : item["end"]] for item in good["sentences"]] == ["东西很好。", "就是物流太慢了！"]
    for judged in [*good["sentences"], good["overall"]]:
        _check_feeling(judged)
        assert judged["emotion"] in (None, *EMOTIONS)
    (liked,), (disliked,) = (sentence["aspects"] for sentence in good["sentences"])
    assert [text[item["start"] : item["end"]] for item in (liked, disliked)] == ["东西", "物流"]
    assert (liked["sentiment"], disliked["sentiment"]) == ("positive", "negative")
    assert (empty["sentences"], empty["overall"]) == ([], None)
    assert empty["skipped"] == [{"feature": "sentiment", "reason": "text_empty"}]


def test_clusters_and_their_ids_live_on(server):
    wordings = ["快递什么时候到", "我的快递几天能到", "包裹多久才能送到", "物流多久能到货", "快递大概几号到"]
    wordings += ["怎么开电子发票", "发票在哪里申请", "可以补开发票吗", "电子发票怎么下载", "开发票要什么信息"]
    questions = [{"id": f"n{number}", "text": text} for number, text in enumerate(wordings * 2)]
    first = server.answer("/v1/questions/cluster", questions=questions)
    assert first["clusters"]
    assert all(set(cluster) == CLUSTER for cluster in first["clusters"])
    known = {cluster["reason"]["code"]: cluster["answer"]["id"] for cluster in first["clusters"] if cluster["answer"]}
    assert any(code.startswith("invoices.") and entry.startswith("invoice-") for code, entry in known.items())
    members = [member for cluster in first["clusters"] for member in cluster["members"]]
    assert sorted([*members, *first["outliers"]]) == sorted(item["id"] for item in questions)
    assert all(cluster["size"] == len(cluster["members"]) for cluster in first["clusters"])
    assert sorted(first["sample"]) == sorted(item["text"] for item in questions)
    earlier = {"previous": first["clusters"], "previous_sample": first["sample"]}
    again = server.answer("/v1/questions/cluster", questions=questions, **earlier)
    assert {cluster["id"] for cluster in again["clusters"]} == {cluster["id"] for cluster in first["clusters"]}
    assert {cluster["event"] for cluster in first["clusters"]} == {"born"}
    assert {cluster["event"] for cluster in again["clusters"]} == {"steady"}


def test_faq_suggestions(server):
    known, empty = server.answer("/v1/faq/suggest", questions=["缺货的商品什么时候补货？", ""], top_k=2)["results"]
    assert known["status"] == "suggested"
    assert 1 <= len(known["suggestions"]) <= 2
    assert known["suggestions"][0]["id"] == "product-restock"
    assert all(set(item) == {"id", "question", "answer", "probability"} for item in known["suggestions"])
    assert (empty["status"], empty["skipped"]) == ("no_answer", [{"feature": "faq", "reason": "text_empty"}])


def test_a_request_of_more_sentences_than_memory_should_hold_is_refused(server):
    turns = [{"speaker": "customer", "text": "a!" * 50_000}] * 20
    response = server.post("/v1/analyze", documents=[{"turns": turns}])
    assert response.status_code == 413
    assert response.json()["type"].endswith("too-much-work")


def test_a_fragment_of_a_conversation_gets_no_answer(server):
    turns = [
        {"speaker": "customer", "text": "我的退款还没到账，要多久？"},
        {"speaker": "agent", "text": "请问是哪个订单？"},
        {"speaker": "customer", "text": "要多久"},
    ]
    (result,) = server.answer("/v1/analyze", documents=[{"turns": turns}])["documents"]
    told, fragment = (question["faq"] for question in result["questions"])
    assert told["suggestions"][0]["id"] == "refund-time"
    assert (fragment["status"], fragment["suggestions"]) == ("no_answer", [])
    assert fragment["skipped"] == [{"feature": "faq", "reason": "context_dependent"}]


def test_embeddings_as_numbers_and_as_base64(server, digests):
    body = {"input": ["我要退货", "where is it"], "model": "default"}
    response = server.post("/v1/embeddings", **body)
    answer = response.json()
    assert response.headers["x-model-digest"] == digests["encoder"]
    assert [item["index"] for item in answer["data"]] == [0, 1]
    vectors = np.array([item["embedding"] for item in answer["data"]], dtype=np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    packed = server.answer("/v1/embeddings", **body, encoding_format="base64")
    unpacked = [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in packed["data"]]
    assert np.allclose(vectors, unpacked, atol=1e-6)
    assert answer["usage"]["total_tokens"] >= 4


def test_a_text_of_which_nothing_is_left_has_no_embedding(server):
    refusal = server.post("/v1/embeddings", input=["我要退货", " \u3000 "], model="default")
    assert refusal.status_code == 422
    assert [error["pointer"] for error in refusal.json()["errors"]] == ["/input/1"]


def test_the_catalogue(server):
    models = server.client.get("/v1/models").json()["models"]
    assert all(set(model) == {"task", "name", "version", "digest", "precision", "device", "engine"} for model in models)
    (summary,) = server.client.get("/v1/taxonomies").json()["taxonomies"]
    whole = server.client.get(f"/v1/taxonomies/{summary['id']}").json()
    assert len(whole["nodes"]) == summary["nodes"]
    assert summary["depth"] == 3
    assert {"code", "parent", "name", "aliases", "examples"} <= set(whole["nodes"][0])
    assert server.client.get("/v1/taxonomies/none").status_code == 404


def test_health_metrics_documentation_and_stage_times(server, metrics):
    assert server.client.get("/health/live").json() == {"status": "live"}
    assert server.client.get("/health/ready").json() == {"status": "ready"}
    assert server.client.get("/openapi.json").json()["openapi"].startswith("3.")
    assert server.client.get("/docs").status_code == 200
    assert server.client.head("/health/live").headers["content-length"] == "17"
    timing = server.post("/v1/reasons", texts=["没有人问过的一句话：我要退货"]).headers["server-timing"]
    assert {part.partition(";")[0].strip() for part in timing.split(",")} >= {"total", "split", "encode", "heads"}
    value = metrics(server.metrics())
    assert value("requests_total", route="/v1/reasons", method="POST", status="200") >= 1
    assert value("queue_tokens", lane="interactive") == value("queue_tokens", lane="bulk") == 0
    assert value("queue_seconds_count", lane="interactive") >= 1


def test_a_caller_says_how_long_it_waits_and_whom_it_lets_pass(server):
    def ask(**headers):
        texts = [f"第{number}件商品坏了，请问怎么退货" for number in range(200)]
        named = {f"X-{name.replace('_', '-')}": value for name, value in headers.items()}
        return server.client.post("/v1/reasons", json={"texts": texts}, headers=named)

    late = ask(Request_Timeout_Ms="2")
    assert late.status_code in (413, 429, 504)  # depending on what the queue knows of its speed
    assert (late.status_code == 429) == ("retry-after" in late.headers)
    assert ask(Request_Timeout_Ms="60000", Priority="bulk").status_code == 200
    for header, value in {"Request_Timeout_Ms": "0", "Priority": "urgent"}.items():
        refused = ask(**{header: value})
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith(f"X-{header.replace('_', '-')} must be ")
