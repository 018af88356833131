"""Words that names are made of in New Zealand and Australia: titles, short names, legal forms, places.

All words are folded: lower case, no accents, no full stops.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES: Final = _words(
    "mr mrs ms miss mx dr prof professor sir dame lady lord rev reverend fr father hon honourable judge "
    "justice capt captain col major sgt master esq baby infant"
)
HONOURS: Final = _words(
    "qso qsm onzm mnzm cnzm dnzm knzm obe mbe cbe kbe ao am oam ac kc qc sc jp phd md mbbs mbchb llb ba "
    "bcom bsc mba ca cpa fca acma frcs edm esq"
)
GENERATIONS: Final = {
    "jnr": "junior",
    "jr": "junior",
    "junior": "junior",
    "snr": "senior",
    "sr": "senior",
    "senior": "senior",
    "ii": "ii",
    "iii": "iii",
    "iv": "iv",
    "2nd": "ii",
    "3rd": "iii",
    "4th": "iv",
}
# Titles that tell two people of one name apart: whose they are; any other title may be anybody's.
WHOSE_TITLES: Final = {
    **dict.fromkeys(("mr", "sir", "lord", "father"), "man"),
    **dict.fromkeys(("mrs", "ms", "miss", "lady", "dame"), "woman"),
    "master": "boy",
}
PARTICLES: Final = _words("te van der den de la le du da di dos von zu ter ten bin al el st saint o")

# As written, and as hurried fingers write it.
ARTICLES: Final = _words("the teh hte")

# In whose place somebody acts who is named with them: “John Rowe as executor of …”, “Ann Rowe (attorney)”.
CAPACITIES: Final = {
    **dict.fromkeys(("trustee", "trustees"), "trustee"),
    **dict.fromkeys(("executor", "executors", "executrix", "administrator", "administrators"), "executor"),
    **dict.fromkeys(("attorney", "attorneys"), "attorney"),
    **dict.fromkeys(("guardian", "guardians"), "guardian"),
    **dict.fromkeys(("nominee", "nominees", "agent", "agents", "custodian", "custodians"), "nominee"),
}
# Legal forms as written at the end of a name, longest first; the second word is the form itself.
FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("proprietary limited", "proprietary"),
    ("proprietary ltd", "proprietary"),
    ("pty limited", "proprietary"),
    ("pty ltd", "proprietary"),
    ("pte ltd", "limited"),
    ("pty", "proprietary"),
    ("no liability", "limited"),
    ("limited partnership", "limited_partnership"),
    ("limited pship", "limited_partnership"),
    ("ltd partnership", "limited_partnership"),
    ("l p", "limited_partnership"),
    ("lp", "limited_partnership"),
    ("limited liability partnership", "partnership"),
    ("trust board", "trust_board"),
    ("tapui limited", "tapui"),
    ("tapui ltd", "tapui"),
    ("tapui", "tapui"),
    ("unlimited", "unlimited"),
    ("company limited", "limited"),
    ("company ltd", "limited"),
    ("co limited", "limited"),
    ("co ltd", "limited"),
    ("limited", "limited"),
    ("ltd", "limited"),
    ("company", "limited"),
    ("co", "limited"),
    ("incorporated", "incorporated"),
    ("inc", "incorporated"),
    ("partnership", "partnership"),
    ("pship", "partnership"),
    ("superannuation fund", "fund"),
    ("super fund", "fund"),
    ("smsf", "fund"),
    ("trust", "trust"),
    ("tr", "trust"),
    ("tst", "trust"),
    ("estate", "estate"),
)
# Short words for legal forms, where a name is read word by word.
SHORT_FORMS: Final = {
    "ltd": "limited",
    "pte": "private",
    "inc": "incorporated",
    "corp": "corporation",
    "pship": "partnership",
    "tr": "trust",
    "assn": "association",
    "univ": "university",
    "dept": "department",
    "inst": "institute",
}
# Words that say the same; the register's rule for companies, and what trusts and funds are called.
SAME_WORDS: Final = {
    "bros": "brother",
    "co": "company",
    "super": "superannuation",
    "fam": "family",
    "coy": "company",
    "assoc": "associate",
    "svcs": "service",
    "intl": "international",
    "mgmt": "management",
    "mfg": "manufacturing",
    "hldg": "holding",
    "hldgs": "holding",
    "aust": "australia",
    "ctr": "centre",
    "center": "centre",
    "st": "saint",
    "mt": "mount",
}
ORGANISATION_WORDS: Final = _words(
    "limited ltd pty company co trust tapui partnership lp inc incorporated fund holdings trustee trustees "
    "services group association society club board estate investments properties enterprises"
)
COMMON_WORDS: Final = _words(
    "family trust holdings investments properties property services group construction building builders "
    "electrical plumbing farms farm farming dairy consulting consultants management developments contracting "
    "transport motors enterprises trading trustee trustees superannuation fund international associates "
    "partners company brothers son sons and of the new zealand nz australia charitable whanau design media "
    "cafe industries solutions systems engineering"
)
PLACES: Final = _words(
    "auckland wellington christchurch hamilton tauranga dunedin napier hastings nelson rotorua whangarei "
    "invercargill whanganui wanganui gisborne taupo timaru blenheim queenstown wanaka cambridge northland "
    "waikato taranaki manawatu otago southland canterbury marlborough northshore manukau albany sydney "
    "melbourne brisbane perth adelaide hobart darwin canberra geelong cairns newcastle wollongong "
    "queensland victoria tasmania nsw vic qld wa tas nt act"
)
_UNITS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS: Final = {word: n for n, word in enumerate(_UNITS)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}

# Each line is one name: the formal form first, then what people are called by it.
_SHORT_NAMES = """
elizabeth liz lizzie beth eliza betty libby
william bill billy will willie
robert rob robbie bob bobby bert
richard rick ricky dick rich
james jim jimmy jamie
john jack johnny jon
jonathan jon jonny jono jonathon
michael mike mick mickey mikey
margaret maggie marg meg peggy margie
katherine kate kathy cathy katie kath cath kat catherine kathryn katharine
christopher chris topher kit
christine chris chrissy
christina chris tina
anthony tony ant antony
andrew andy drew
alexander alex sandy alec lex
alexandra alex sandra lexie
alexis alex
samuel sam sammy
samantha sam
patrick pat paddy
patricia pat trish patsy tricia
joseph joe joey
joanne jo
joanna jo
josephine jo josie
thomas tom tommy
timothy tim
stephen steve steven stevie
stephanie steph
matthew matt mat
daniel dan danny
david dave davy
edward ted eddie ed ned
edmund ted ed
charles charlie chuck chas
george geo
gregory greg
geoffrey geoff jeffrey jeff
peter pete
philip phil phillip
nicholas nick nicky nicolas
nicola nicky nicole
benjamin ben benny
kenneth ken kenny
kevin kev
leonard len lenny
lawrence larry laurie laurence
raymond ray
ronald ron ronnie
donald don donny
douglas doug
frederick fred freddie
francis frank
frances fran
graham graeme
susan sue suzie susanne suzanne
jennifer jen jenny
jacqueline jackie jacqui
deborah deb debbie debra
barbara barb
pamela pam
judith judy
rebecca becky bec becca
victoria vicky vicki tori
amanda mandy
gillian gill jill
heather heath
theresa terry tess teresa
terence terry
helen nell
dorothy dot dottie
eleanor ellie nell
isabella bella isabel
olivia liv
madeleine maddie
natalie nat
nathan nat nate
nathaniel nat nate
valerie val
virginia ginny
zachary zac zach
joshua josh
jacob jake
harold harry
henry harry hal
gerald gerry jerry
gerard gerry
vincent vince
walter wally walt
stanley stan
sidney sid
trevor trev
bradley brad
cameron cam
dominic dom
lachlan lachie
leslie les
martin marty
maxwell max
mitchell mitch
murray muz
philippa pip pippa
rachel rach rachael
wiremu wi
rawiri ra
alan al
allan al
albert al bert
alastair al alistair alasdair
angela ange angie
angelina ange angie
barry baz bazza
gary gaz gazza
sharon shaz shazza
karen kaz
caroline caz carol
carolyn caz carol
stuart stu
stewart stu
vivienne viv vivian
rosalind ros
rosemary ros rose
rosalie ros rose
michelle shell shelley
rochelle shell shelley
gavin gav
colin col
neville nev
russell russ
beverley bev beverly
diane di dianne
diana di
deidre dee deirdre
bernard bernie
bernadette bernie
clifford cliff
desmond des
denise dee
gordon gordie
lesley les
lynette lyn lynn
lynley lyn lynn
malcolm mal
mervyn merv
norman norm
reginald reg
rodney rod
roderick rod
roger rog
sylvia syl
warren waz wazza
warwick waz
wayne waz
yvonne von
rajesh raj
sanjay san sanj
"""


def _short_name_groups() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in _SHORT_NAMES.strip().splitlines():
        formal, *short = line.split()
        for word in (formal, *short):
            groups.setdefault(word, set()).add(formal)
    return {word: frozenset(formal) for word, formal in groups.items()}


SHORT_NAMES: Final = _short_name_groups()
"""Each given name or short form to the formal names that it may stand for."""
