"""The words of English grammar, and the commonest words of opinion, that delimit what a clause is about.

None of the lists names an aspect: a noun is whatever stands between these words.
"""

from typing import Final


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


DETERMINERS: Final = _words(
    "the a an my your our their his her its this that these those no any some every each all both such what another"
)
PRONOUNS: Final = _words(
    "i me you he him she we us they them it myself yourself itself themselves mine yours ours theirs someone "
    "somebody everyone everybody anyone anybody nobody everything anything nothing something one who whom which "
    "there here"
)
PREPOSITIONS: Final = _words(
    "of in on at to from with without for by about into onto over under after before during since until till "
    "through between against off out up down around near like as than per via within beyond behind"
)
COPULAS: Final = _words(
    "is are was were am be been being isn't aren't wasn't weren't feels felt feel looks looked look seems seemed "
    "seem smells smelled smelt smell tastes tasted taste sounds sounded sound gets got get became becomes remains"
)
AUXILIARIES: Final = _words(
    "has have had hasn't haven't hadn't does do did doesn't don't didn't can could can't couldn't cannot will "
    "would won't wouldn't shall should shouldn't may might must need needs never"
)
# Verbs a business's customers use of what they judge. Those in -ed are recognised by their ending.
VERBS: Final = _words(
    "keeps keep kept takes take took arrives arrive comes came come goes went go broke breaks break works work "
    "runs run ran lasts last costs cost stops fell falls fall makes made make gave gives give drops crashes "
    "freezes fails sucks rocks died dies die lost loses blew shrank tore wore froze rang hung stuck left sent "
    "brought told said says put puts threw forgot drove flew sold bought ate slept spoke knew knows understood "
    "understands leaks refuses charges ignores wants helps exceeds meets deserves leaves leave tears peels fades "
    "fits fit lags hurts stinks burns lacks includes offers provides treats saved saves beat beats met let lets "
    "won cut hit set shut began begins grew found thought wrote read cause causes vanishes disappears repeats "
    "expires matches disconnects loads responds answers calls deals handles explains sits"
)
ADVERBS: Final = _words(
    "very so too really quite just still always again also even only ever not already rather pretty super "
    "extremely absolutely completely totally constantly often soon now then today yesterday tomorrow here there "
    "well once twice almost barely hardly simply literally honestly actually finally currently and or but however "
    "although though while whereas yet because if when where why how unless whenever way far more most less least "
    "much many few several first time second day days week weeks month months year years hour hours minute minutes "
    "ages forever"
)
# Their object is judged.
LIKING: Final = _words(
    "love loves loved loving like likes liked enjoy enjoys enjoyed hate hates hated dislike disliked adore adored "
    "appreciate appreciated recommend despise loathe prefer admire"
)
# ... with the preposition: "happy with the camera", "thanks for your help".
LIKING_WITH: Final = _words(
    "happy pleased satisfied disappointed unhappy impressed frustrated annoyed delighted thrilled dissatisfied fed "
    "upset angry furious thanks thank grateful sick tired problem problems issue issues trouble kudos shame bored "
    "obsessed struggling wrong"
)
# Before a noun they judge it: "great food, awful parking".
OPINIONS: Final = _words(
    "great good excellent amazing awesome fantastic wonderful lovely nice perfect superb brilliant outstanding "
    "best beautiful friendly helpful fast quick easy delicious fresh clean comfortable cheap fair terrible awful "
    "horrible bad worst poor pathetic disgusting ridiculous shocking appalling rude slow dirty useless broken "
    "lousy overpriced expensive unacceptable disappointing dreadful mediocre cold stale faulty defective damaged "
    "incredible impressive solid decent top first-class sloppy unprofessional misleading hidden zero endless "
    "constant"
)
# Nouns that name nothing, times, and the customer's own people.
VOID: Final = _words(
    "thing things way lot lots bit time times day days week weeks month months year years hour hours minute "
    "minutes morning evening night afternoon moment while problem problems issue issues waste joke shame disgrace "
    "nightmare rip-off scam experience job work money life end start fact point reason case something anything "
    "husband wife son daughter kids kid mother father mom mum dad friend friends family people person guys guy "
    "world rest everything place stuff ever disappointment first second third same other half part kind sort "
    "couple hassle disaster idea choice purchase product item one ones stars star review reviews"
)
