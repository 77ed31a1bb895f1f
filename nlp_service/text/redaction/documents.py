"""Identity documents, bank cards and accounts, licence plates: checked where there is a check digit."""

import re
from collections.abc import Iterator
from typing import Final

from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from nlp_service.text.redaction._candidates import WORD_ENDS, WORD_STARTS, Candidate, Stretch, digits, matches

_PROVINCE: Final = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_MONTH_DAY: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_MAINLAND_SHAPE: Final = rf"[1-9][0-9]{{5}}[ -]?(?:18|19|20)[0-9]{{2}}[ -]?{_MONTH_DAY}[ -]?[0-9]{{3}}[0-9Xx]"
_MAINLAND: Final = re.compile(f"{WORD_STARTS}{_MAINLAND_SHAPE}{WORD_ENDS}")
_MAINLAND_OLD: Final = re.compile(f"{WORD_STARTS}{_PROVINCE}[0-9]{{6}}{_MONTH_DAY}[0-9]{{3}}{WORD_ENDS}")
_HONG_KONG: Final = re.compile(rf"{WORD_STARTS}[A-Za-z]{{1,2}}[0-9]{{6}} ?\([0-9Aa]\)")
_TAIWAN: Final = re.compile(rf"{WORD_STARTS}[A-Za-z][1289][0-9]{{8}}{WORD_ENDS}")
_IDENTITY_LABEL: Final = (
    "(?:身[份分][证證]|[证證]件|居留[证證]|(?<![A-Za-z])(?i:(?:hk)?id(?: card)?|identity(?: card)?"
    "|national id)(?![A-Za-z]))"
)
_PASSPORT_LABEL: Final = (
    r"(?:[护護]照|通行[证證]|回[乡鄉][证證]|台胞[证證]|臺胞[证證]|(?<![A-Za-z])(?i:passport)(?![A-Za-z]))"
)
_TO_VALUE: Final = r"[^0-9A-Za-z\n。,;!?\ufffc]{0,6}(?i:(?:number|no\.?)?[ :#]{0,2}(?:is|was)?)[ :#]{0,3}"
_NAMED_IDENTITY: Final = re.compile(
    rf"{_IDENTITY_LABEL}{_TO_VALUE}(?P<number>[1-9][0-9]{{16}}[0-9Xx]|{_MAINLAND_SHAPE}|[0-9]{{15}}"
    rf"|[A-Za-z]{{1,2}}[0-9]{{6}}(?: ?\([0-9Aa]\)|[0-9Aa])|[A-Za-z][1289][0-9]{{8}}"
    rf"|[1578][0-9]{{6}}\([0-9]\)){WORD_ENDS}"
)
_NAMED_PASSPORT: Final = re.compile(
    rf"{_PASSPORT_LABEL}{_TO_VALUE}(?P<number>[A-Za-z]{{0,2}}[0-9]{{6,10}}"
    rf"|[A-Za-z][0-9][A-Za-z0-9][0-9]{{6}}){WORD_ENDS}"
)
_HONG_KONG_WEIGHTS: Final = range(9, 1, -1)
_EMPTY_PLACE: Final = 36
_TAIWAN_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""In the order of their numbers, from 10 on."""
_TAIWAN_WEIGHTS: Final = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)

_CARD: Final = re.compile(
    r"(?<![A-Za-z0-9])(?<![0-9][.,-])(?P<number>[0-9]{13,19}"
    r"|(?P<fours>[0-9]{4}(?P<apart>[ -])[0-9]{4}(?P=apart)[0-9]{4}"
    r"(?P=apart)[0-9]{4})(?:(?P=apart)[0-9]{1,3})?|3[0-9]{3}[ -][0-9]{6}[ -][0-9]{4,5}"
    r"|[0-9]{6}[ -][0-9]{10,13})(?![0-9])"
)
# Issuers by their first digits, where fewer than sixteen are usual: American Express, Diners Club, an old Visa.
_ISSUED: Final = re.compile(r"4[0-9]{12}|3(?:0[0-5]|[689][0-9])[0-9]{11}|3[47][0-9]{13}|(?:[2-6]|9558)[0-9]{12,18}")
_SHORTEST_OF_ANY_ISSUER: Final = 16
_NAMED_CARD: Final = re.compile(
    "(?:(?:[银銀]行|[工农農建中交招]行|信用|储蓄|儲蓄|借[记記]|提款)卡(?:[号號]码?碼?)?|(?<![会會][员員])卡[号號]|[账帳賬帐][号號户戶]"
    r"|[户戶]口[号號]?"
    r"|(?<![A-Za-z])(?i:(?:credit |debit |bank )?(?:card|account)(?: number| no\.?)?)(?![A-Za-z]))"
    r"[^0-9A-Za-z\n。,;!?¥$€£\ufffc]{0,4}(?i:is |number )?"
    r"(?P<number>[0-9](?:[ -]?[0-9]){11,18})(?![0-9A-Za-z]|-[0-9]|[ ,.][0-9])"
)
_NAMED_ACCOUNT: Final = re.compile(
    r"(?<![A-Za-z])(?i:(?:account|routing|bank) (?:number |no\.? ?)?(?:is |: ?)?)"
    r"(?P<number>[0-9]{8,17})(?![0-9A-Za-z-])"
)
_IBAN: Final = re.compile(
    rf"{WORD_STARTS}[A-Z]{{2}}[0-9]{{2}}(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?{WORD_ENDS}"
)

_REGION: Final = "[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊]"
_PLATE: Final = re.compile(
    rf"(?<![全最更崭嶄出上换換买買清重]){_REGION}(?i:[A-HJ-NP-Z])[ ·•.-]?(?=[A-Za-z]{{0,3}}[0-9])"
    rf"(?=(?:[A-Za-z]?[0-9]){{2}}|[0-9]?[A-Za-z]{{1,2}}[0-9]{{2}}|[0-9][A-Za-z]{{2}}[0-9])"
    rf"(?:(?i:[A-HJ-NP-Z0-9]){{4}}[挂掛学學警港澳]|(?i:[A-HJ-NP-Z0-9]){{5,6}}){WORD_ENDS}"
)


def documents(stretch: Stretch) -> Iterator[Candidate]:
    """Numbers of identity documents, cards and accounts."""
    yield from matches(_MAINLAND, stretch, "id_number", fits=_is_mainland)
    yield from matches(_MAINLAND_OLD, stretch, "id_number")
    yield from matches(_HONG_KONG, stretch, "id_number", fits=_is_hong_kong)
    yield from matches(_TAIWAN, stretch, "id_number", fits=_is_taiwan)
    yield from matches(_NAMED_IDENTITY, stretch, "id_number", named=True, group="number")
    yield from matches(_NAMED_PASSPORT, stretch, "id_number", named=True, group="number")
    yield from matches(_CARD, stretch, "bank_card", group="number", fits=_is_card)
    yield from matches(_CARD, stretch, "bank_card", group="fours", fits=_is_card)
    yield from matches(_NAMED_CARD, stretch, "bank_card", named=True, group="number")
    yield from matches(_NAMED_ACCOUNT, stretch, "bank_card", named=True, group="number")
    yield from _accounts(stretch)


def plates(stretch: Stretch) -> Iterator[Candidate]:
    """Mainland licence plates, those of vehicles with batteries too."""
    yield from matches(_PLATE, stretch, "licence_plate")


def _is_mainland(written: str) -> bool:
    number = written.upper().replace("-", "").replace(" ", "")
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return bool(number[-1] == ric.calc_check_digit(number))


def _is_hong_kong(written: str) -> bool:
    """Its check digit makes the weighted sum of all its signs a multiple of eleven."""
    number = written.upper().replace(" ", "")
    letters, check = number[:-9], number[-2]
    values = [_EMPTY_PLACE] * (2 - len(letters)) + [ord(letter) - 55 for letter in letters]
    values += map(int, number[-9:-3])
    total = sum(value * weight for value, weight in zip(values, _HONG_KONG_WEIGHTS, strict=True))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def _is_taiwan(written: str) -> bool:
    """Its letter is two digits; the weighted sum of all is a multiple of ten."""
    letter = _TAIWAN_LETTERS.index(written[0].upper()) + 10
    values = [letter // 10, letter % 10, *map(int, written[1:])]
    return sum(value * weight for value, weight in zip(values, _TAIWAN_WEIGHTS, strict=True)) % 10 == 0


def _is_card(written: str) -> bool:
    number = digits(written)
    issued = _ISSUED.fullmatch(number)
    usual = len(number) >= _SHORTEST_OF_ANY_ISSUER or number[0] in "34"
    return issued is not None and usual and bool(luhn.is_valid(number))


def _accounts(stretch: Stretch) -> Iterator[Candidate]:
    """IBANs; a word in capitals that follows one is left out."""
    for match in _IBAN.finditer(*stretch):
        start, end = match.span()
        while end > start and not iban.is_valid(stretch.text[start:end], check_country=False):
            end = stretch.text.rfind(" ", start, end)
        if end > start:
            yield Candidate(start, end, "bank_card")
