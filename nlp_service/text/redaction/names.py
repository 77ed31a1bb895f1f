"""Names, where the text says that they are some: 我叫…, 收件人：…, …女士, my name is …, Mr. …; none is guessed."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.masks import HAN
from nlp_service.text.redaction._candidates import Candidate, Stretch, matches
from nlp_service.text.redaction.surnames import COMPOUND_SURNAMES, NO_WORD, SURNAMES

# What goes on after a name and doesn't occur in one; after a surname, and after one character of a given name.
_AFTER_SURNAME: Final = (
    "的了是在有和與与及或想要来來去到说說请請问問没沒也都就还還很对對从從被把给給让讓跟您你我他她它们們吗嗎呢吧啊"
    "呀先女太两兩便电電"
)
_AFTER_GIVEN: Final = (
    f"{_AFTER_SURNAME}不会會能可以向为為这這那个個手号號住址身寄收件订訂单單买買卖賣退换換货貨今昨因但所已刚剛老"
)
_GIVEN: Final = f"(?!小姐|[{_AFTER_SURNAME}])[{HAN}]"
_SECOND: Final = f"(?![{_AFTER_GIVEN}])[{HAN}]"
# Words that begin with a surname: 联系人马上回电 names nobody.
_WORDS: Final = (
    "(?:[马馬][上桶]|常[常用见見]|高[兴興度级級]|方[便面法式案]|[万萬][一科]|安[排全装裝徽]|管[理家]|余[额額]|[钟鐘][点點]|施工|程序"
    "|凌晨|王者|金牌|于[昨今]|范围|石家|江西|温州|易[错錯]|文本|金[额額]|文[字件]|[许許]多|申[请請]|[严嚴]重|[颜顏]色|莫名|毛病"
    "|[黄黃][金牛]|白[天色]|于是|任[何意选選]|段[时時]|[卫衛]生|[简簡][单單写寫称稱]|[顾顧]客|温馨|江[苏蘇]|[广廣][东東]|[应應][该該]|左右|[龙龍]年|项目|項目|谢谢|謝謝|[万萬]能)"
)
_FULL: Final = f"(?!{_WORDS})(?:{COMPOUND_SURNAMES}|[{SURNAMES}]){_GIVEN}(?:{_SECOND})?"
_TITLE: Final = "(?:先生|女士|小姐(?!姐)|太太)"
# 经理 as in 曾经理解 and 主任 as in 主任务 are none.
_POST: Final = (
    "(?:[经經]理(?![解论論财財会會发發赔賠由想清顺順睬亏虧应應智性])|主任(?![务務])|主管|老[师師](?!傅)|师傅|師傅"
    "|[医醫]生|律[师師])"
)
_SURNAME_BEFORE: Final = f"(?= ?老?(?:{_TITLE}|{_POST})){NO_WORD}"
_USUAL: Final = "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓"
_NAME: Final = f"(?!{_WORDS})[{SURNAMES}](?:{_GIVEN})?(?![{_USUAL}]){_SECOND}"
# A whole name begins where another word ends that one can tell; 是 is none before 女士: 是高跟女士鞋.
_TITLED: Final = re.compile(
    rf"(?P<name>(?:(?<![{HAN}])|(?<=[系问問谢謝给給找户戶人请請])){_NAME}(?= ?老?{_TITLE})"
    rf"|(?<=[天是让讓叫被由和与與]){_NAME}(?= ?(?:先生|小姐(?!姐)|太太))"
    rf"|{COMPOUND_SURNAMES}(?:{_GIVEN}){{0,2}}(?= ?老?{_TITLE})|(?![东東]方){COMPOUND_SURNAMES}(?= ?{_POST})"
    rf"|[{SURNAMES}]{_SURNAME_BEFORE})"
)
_ROLE: Final = (
    "(?:[收寄]件人|收[货貨]人|[联聯][系繫络絡]人|持卡人|投保人|被保[险險]人|[户戶]名|[客顾顧用][户戶客]姓名|姓名"
    "|[我他她]的?名字)"
)
_SAID: Final = re.compile(
    rf"(?:我(?:[现現]在)?叫做?|我的?名字(?:[叫是]|叫做)|本人(?:姓名|叫)|名[叫为為]"
    rf"|{_ROLE}(?:[是为為叫写寫]|改[成为為])?)[ :]{{0,3}}"
    rf"(?P<name>{_FULL})"
)
_FIELD: Final = re.compile(
    rf"{_ROLE}(?:姓名)? ?[:是为為] ?(?P<name>(?![{HAN}]{{0,3}}(?:公司|[部组組店收]))(?!本人|同上|客服|保密|匿名"
    rf"|不[详詳变變]|[没沒无無未]|自己|[朋友家父母])(?:{_GIVEN}){{2,4}}(?:[·•・](?:{_GIVEN}){{1,10}}){{0,3}}"
    rf"|[A-Z][A-Za-z'’-]{{1,20}}(?:,? [A-Z][A-Za-z'’-]{{0,20}}){{0,3}})(?![{HAN}A-Za-z])"
)
_SURNAME_SAID: Final = re.compile(
    rf"(?:免[贵貴]姓|我姓|本人姓)[ :]?(?P<name>{COMPOUND_SURNAMES}|(?![什啥甚名氏])[{HAN}])"
)

_NO_NAME: Final = r"(?!(?:The|A|An|My|Your|Not|It|You|We|They|That|This|On|In|At)(?![A-Za-z]))"
_WORD: Final = r"[A-Z](?:[a-z]{0,2}['’-])?[A-Za-z]{1,20}(?:['’-][A-Z][a-z]{1,20})?(?!['’]s)"
_FURTHER: Final = rf"(?: (?:[A-Z]\.|(?:van|von|de|der|da|bin|al)(?= [A-Z])|(?!I[ '’]){_NO_NAME}{_WORD})){{0,3}}"
_ENGLISH: Final = rf"{_NO_NAME}{_WORD}{_FURTHER}"
_ENGLISH_SAID: Final = re.compile(
    rf"(?<![A-Za-z])(?:(?i:(?:my|his|her|full|birth|registered) ?name is(?: registered as)?|my name['’]s"
    rf"|(?:first |last |full |sur)name ?(?:is|:)|(?<!user )name ?:"
    rf"|recipient ?:|consignee ?:|cardholder ?:|attn ?:|speaking (?:with|to)) ?(?P<said>{_ENGLISH})"
    rf"|(?i:this is|you are speaking with) (?P<speaking>{_ENGLISH})"
    rf"(?= (?:speaking|here|calling|from(?! (?:the|China)))(?![A-Za-z])))"
)
# What people say of their name instead of it.
_NO_LOWER: Final = (
    "(?!(?:not|what|who|how|why|where|when|which|on|in|at|under|above|below|behind|inside|into|over|across|off|out|up|down"
    "|of|to|as|by|for|the|a|an|my|your|his|her|their|our|its|this|that|these|those|there|here|and|or|but|because|if|than"
    "|i|is|are|was|were|be|been|it|they|we|so|also|too|very|still|always|never|already|just|even|only|actually|really"
    "|probably|apparently|clearly|currently|definitely|both|all|one|two|twice|nowhere|everywhere|somewhere"
    "|same|right|wrong|wrongly|correct|correctly|incorrect|incorrectly|different|fine|good|bad|okay|ok|ready|gone|mine"
    "|yours|common|rare|unusual|long|longer|short|shorter|enough|public|private|unique|similar|identical"
    "|known|unknown|missing|blank|empty|invalid|valid|full|cut|put|set|split|spelt|written|shown|hidden|taken|given|stolen"
    "|forgotten|mistaken|being|getting|having|going|coming|causing|showing|appearing|calling|speaking|from|with|without"
    "|no|now|[a-z]+(?:able|ible)|misspel[a-z]*|spel[a-z]*|(?!(?:[a-z]{0,4}fred|jared|ahmed|(?:mo|mu)ham+ed"
    "|s[ay]{1,2}ed|reed|obed|[a-z]ed)(?![a-z]))[a-z]+ed)(?![a-z]))"
)
_LOWER_SAID: Final = re.compile(
    rf"(?<![A-Za-z])(?i:my name is|my name['’]s) (?P<name>{_NO_LOWER}[a-z]{{2,15}}(?: {_NO_LOWER}[a-z]{{2,15}})?)"
    r"(?= ?(?:[,.!?;]|$)| (?:and|i|from|calling|speaking|my)(?![a-z]))",
    re.M,
)
_BRANDS: Final = (
    "(?!(?:Martens|Pepper|Oetker|Bronner|Dre|Coffee|Muscle|Bean"
    "|Dior|Universe|World|USA|Teen|America|Jart|Right|Clean)(?![A-Za-z]))"
)
_ENGLISH_TITLED: Final = re.compile(rf"(?<![A-Za-z])(?:M[rRsSx]|M[rR][sS]|Dr|DR|Miss)\.? (?P<name>{_BRANDS}{_ENGLISH})")


def names(stretch: Stretch) -> Iterator[Candidate]:
    """Names of people, without their titles."""
    yield from matches(_TITLED, stretch, "name", group="name")
    yield from matches(_SAID, stretch, "name", named=True, group="name")
    yield from matches(_FIELD, stretch, "name", named=True, group="name")
    yield from matches(_SURNAME_SAID, stretch, "name", named=True, group="name")
    yield from matches(_ENGLISH_SAID, stretch, "name", named=True, group="said")
    yield from matches(_ENGLISH_SAID, stretch, "name", named=True, group="speaking")
    yield from matches(_LOWER_SAID, stretch, "name", named=True, group="name")
    yield from matches(_ENGLISH_TITLED, stretch, "name", group="name")
