import numpy as np

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.naming.keywords import class_terms
from nlp_service.tasks.questions.naming.theme_names import theme_names
from nlp_service.tasks.questions.wording.repeats import group_repeats

REFUND = ["怎么申请退款", "退款到哪里了", "退款什么时候到账"]
FREIGHT = ["退货运费谁出", "运费怎么退", "运费多少钱"]
INVOICE = ["發票怎麼開", "可以開電子發票嗎", "電子發票在哪裡下載"]
CARD = ["Where is my credit card?", "I lost my credit card", "activate my credit card"]
DOUBT = ["什么意思", "怎么办"]


def terms(*clusters):
    groups = [
        group_repeats([QuestionItem(str(row), text) for row, text in enumerate(texts)], np.eye(len(texts), dtype="f4"))
        for texts in clusters
    ]
    return class_terms(groups, [])


def names(*themes, kept=()):
    flat = iter(terms(*(cluster for theme in themes for cluster in theme)))
    parts = [[next(flat) for _ in theme] for theme in themes]
    return theme_names(parts, [theme[0][0] for theme in themes], kept)


def test_a_name_joins_the_words_of_different_clusters():
    themes = names([REFUND, FREIGHT], [INVOICE])

    assert set(themes[0].name.split(" · ")) == {"退款", "运费"}
    assert themes[0].keywords[0] in {"退款", "运费"}


def test_a_name_is_in_the_script_and_language_of_the_questions():
    themes = names([INVOICE], [CARD])

    assert "發票" in themes[0].name
    assert themes[1].name == "Credit card"


def test_a_theme_without_keywords_is_called_like_its_largest_cluster():
    (theme,) = names([DOUBT])

    assert (theme.name, theme.keywords) == ("什么意思", [])


def test_themes_have_different_names_and_kept_ones_stay():
    themes = names([REFUND], [REFUND], [REFUND, FREIGHT], kept=[None, "退款", None])

    assert themes[1].name == "退款"
    assert len({theme.name for theme in themes}) == 3


def test_no_themes_have_no_names():
    assert theme_names([], []) == []
