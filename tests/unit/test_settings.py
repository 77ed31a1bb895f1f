"""Settings: a closed list, frozen, each one an environment variable and a flag of `serve`."""

import pytest
from pydantic import ValidationError

from nlp_service import settings
from nlp_service.cli.serve import serve
from nlp_service.errors import ConfigurationError
from nlp_service.settings import Settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{settings.ENVIRONMENT_PREFIX}{name.upper()}", raising=False)


def test_a_flag_wins_over_the_environment_and_the_environment_over_the_default(monkeypatch):
    assert settings.load().port == 8000
    monkeypatch.setenv("NLP_SERVICE_PORT", "8001")
    assert settings.load().port == 8001
    assert settings.load({"port": 8002}).port == 8002


def test_flags_come_as_text_or_as_numbers(tmp_path):
    loaded = settings.load({"port": "8002", "batch_tokens": 64, "faq": str(tmp_path / "faq.jsonl")})
    assert (loaded.port, loaded.batch_tokens, loaded.faq) == (8002, 64, tmp_path / "faq.jsonl")


@pytest.mark.parametrize("name", ["NLP_SERVICE_PROT", "nlp_service_prot", "NLP_SERVICE_"])
def test_an_unknown_environment_variable_is_refused_by_name(monkeypatch, name):
    monkeypatch.setenv(name, "8001")
    with pytest.raises(ConfigurationError, match=name):
        settings.load()


def test_all_unknown_environment_variables_are_named(monkeypatch):
    monkeypatch.setenv("NLP_SERVICE_ONE", "1")
    monkeypatch.setenv("NLP_SERVICE_TWO", "2")
    with pytest.raises(ConfigurationError, match="NLP_SERVICE_ONE, NLP_SERVICE_TWO"):
        settings.load()


def test_environment_variables_of_others_are_left_alone(monkeypatch):
    monkeypatch.setenv("NLP_SERVER_PORT", "1")
    monkeypatch.setenv("PORT", "1")
    assert settings.load().port == 8000


def test_an_unknown_flag_is_refused():
    with pytest.raises(ConfigurationError, match="prot"):
        settings.load({"prot": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
        ("threads", "-1"),
        ("batch_tokens", "-1"),
        ("queue_tokens", "1.5"),
        ("redis_timeout_ms", "0"),
        ("redis_ttl_s", "0"),
        ("device", "tpu"),
        ("log_level", "loud"),
        ("max_body_bytes", "x"),
    ],
)
def test_an_unusable_value_is_refused_by_name_and_not_repeated(monkeypatch, name, value):
    for load in (lambda: settings.load({name: value}), settings.load):
        with pytest.raises(ConfigurationError, match=f"^{name}: "):
            load()
        monkeypatch.setenv(f"NLP_SERVICE_{name.upper()}", value)


def test_an_unusable_value_is_refused_with_the_variable_or_flag_that_gave_it(monkeypatch):
    monkeypatch.setenv("NLP_SERVICE_PORT", "tcp://10.0.0.1:8000")
    monkeypatch.setenv("NLP_SERVICE_REDIS_TTL_S", "60")
    with pytest.raises(ConfigurationError) as refusal:
        settings.load({"redis_ttl_s": 0, "threads": 2})
    first, second = str(refusal.value).split("; ")
    assert first.startswith("port: Input should be a valid integer")
    assert first.endswith(" (NLP_SERVICE_PORT)")
    assert "10.0.0.1" not in first
    assert second == "redis_ttl_s: Input should be greater than or equal to 1 (--redis-ttl-s)"


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.endswith(("_s", "_ms"))])
def test_times_of_more_than_ten_years_are_refused(name):
    longest = settings.LONGEST_S * (1000 if name.endswith("_ms") else 1)
    assert getattr(settings.load({name: longest}), name) == longest
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        settings.load({name: longest + 1})


def test_all_unusable_values_are_named_in_one_line():
    with pytest.raises(ConfigurationError) as refusal:
        settings.load({"port": "x", "threads": "y"})
    message = str(refusal.value)
    assert "port: " in message
    assert "threads: " in message
    assert "\n" not in message


def test_settings_are_frozen():
    loaded = settings.load()
    with pytest.raises(ValidationError, match="frozen"):
        loaded.port = 1


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_described_and_a_flag_of_serve(name):
    (flag,) = [option for option in serve.params if option.name == name]
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith(".")
    assert flag.opts == [f"--{name.replace('_', '-')}"]
    assert flag.help.startswith(description)
    assert f"NLP_SERVICE_{name.upper()}" in flag.help


def test_serve_has_no_flag_that_isnt_a_setting():
    assert {option.name for option in serve.params} == set(Settings.model_fields)


def test_numbers_say_their_unit():
    dimensionless = {"port", "threads", "workers", "cache_entries", "judgements", "reasons_precision"}
    numbers = {name for name, field in Settings.model_fields.items() if field.annotation in (int, float)}
    units = ("_ms", "_s", "_tokens", "_bytes")
    assert {name for name in numbers if not name.endswith(units)} == dimensionless
