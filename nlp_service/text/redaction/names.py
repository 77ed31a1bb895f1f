"""Names, where the text says that they are some: 我叫…, 收件人：…, …女士, my name is …, Mr. …; none is guessed."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.masks import HAN
from nlp_service.text.redaction._candidates import Candidate, Stretch, matches

# The usual ones, without those that are mostly another word before a title or a name (和, 向, 时, 车, 都, 能 …).
_SURNAMES: Final = (
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈"
    "曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏"
    "薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯"
    "尹黎易常武乔喬贺賀赖賴龚龔"
    "文庞龐樊兰蘭殷施陶洪翟安颜顏倪严嚴牛温溫芦蘆季俞章鲁魯葛伍韦韋申尤毕畢聂聶焦柳邢祝岳齐齊梅莫庄莊辛管涂谷祁耿"
    "牟卜詹霍靳简簡"
    "柴欧歐尚佟阮穆饶饒卓甄褚鲍鮑冉闵閔缪繆覃蓝藍娄婁屈仇游遊沙麦麥左桂喻骆駱裴项項柯蒲窦竇祖费費郎臧楼樓翁桑苗凌"
    "卫衛鄂荆荊"
)
_COMPOUND: Final = (
    "(?:欧阳|歐陽|太史|上官|司马|司馬|东方|東方|独孤|獨孤|南宫|南宮|万俟|夏侯|诸葛|諸葛|尉迟|尉遲|公孙|公孫|慕容"
    "|令狐|皇甫|长孙|長孫|宇文|司徒|司空)"
)
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
    "|[黄黃]金|白[天色]|于是|任[何意选選]|段[时時]|[卫衛]生|[简簡][单單写寫称稱]|[顾顧]客|温馨|江[苏蘇]|[广廣][东東]|[应應][该該]|左右|[龙龍]年|项目|項目|谢谢|謝謝|[万萬]能)"
)
_FULL: Final = f"(?!{_WORDS})(?:{_COMPOUND}|[{_SURNAMES}]){_GIVEN}(?:{_SECOND})?"
_TITLE: Final = "(?:先生|女士|小姐(?!姐)|太太)"
_TITLED: Final = re.compile(
    rf"(?P<name>(?:(?<![{HAN}])|(?<=[系问問谢謝给給找户戶人请請]))(?!{_WORDS})[{_SURNAMES}](?:{_GIVEN})?(?![{_SURNAMES}]){_SECOND}|{_COMPOUND}(?:{_GIVEN}){{0,2}}"
    rf"|(?<!对)(?<!對)[{_SURNAMES}]) ?(?=老?{_TITLE})"
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
_SURNAME_SAID: Final = re.compile(rf"(?:免[贵貴]姓|我姓|本人姓)[ :]?(?P<name>{_COMPOUND}|(?![什啥甚名氏])[{HAN}])")

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
_NO_LOWER: Final = (
    "(?!(?:not|what|who|how|on|in|at|the|a|an|my|your|and|or|but|i|is|was|it|so|also|still|wrong|missing|incorrect|different"
    "|correct|already|changed|blank|invalid|required|registered|cut|empty|no|now|misspel[a-z]*|spel[a-z]*|listed|written|being|calling|speaking|from|here|with|printed|shown)(?![a-z]))"
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
