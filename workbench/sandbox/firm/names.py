"""Words from which the names of people, companies, trusts and websites are put together. Nobody is meant."""


def _words(text: str) -> list[str]:
    """Split a text at its blanks; an underscore stands for a blank within a word."""
    return [word.replace("_", " ") for word in text.split()]


FIRST = {
    "pakeha": _words(
        "John Mary James Margaret David Susan Michael Jennifer Peter Elizabeth Robert Anne William "
        "Helen Andrew Karen Mark Christine Paul Catherine Stephen Sarah Richard Judith Thomas "
        "Patricia Ian Linda Graham Jane Alan Rachel Bruce Nicola Colin Heather Neil Fiona Kenneth "
        "Joanne Murray Rebecca Stuart Emma Craig Amanda Hamish Bronwyn Angus Philippa Duncan Isla "
        "Lachlan Imogen Callum Freya Blair Harriet Gareth Olive Trevor Dorothy Warwick Beverley Ross "
        "Glenys Errol Lorna Clive Avis Rex Maureen Owen Petra Hugh Tessa Simon Kate"
    ),
    "maori": _words(
        "Hēmi Mere Wiremu Aroha Tāne Ngaire Rangi Hinemoa Piripi Marama Tamati Anahera Rāwiri Kiri "
        "Manaaki Moana Nīkau Ataahua Hōne Huia Wīremu Miriama Pētera Roimata Matiu Kahurangi Eruera "
        "Whetū Tūmanako Hera Paora Rīpeka Hohepa Mākareta Tīpene Ana Kereama Wikitoria Rōpata Hinewai "
        "Tāmihana Mihi Ariki Waimarie"
    ),
    "pasifika": _words(
        "Sione Mele Ioane Sina Viliami Ana Tavita Lupe Semisi Salote Fetu Talia Mosese Losa Iosefa "
        "Malia Sefa Leilani Tevita Seini Pita Lavinia Filipo Moana Siaosi Fa'amoe Lote Tupou"
    ),
    "chinese": _words(
        "Xiaoming Wei Li Jing Hao Mei Jun Yan Lei Xin Bo Ying Chen Fang Qiang Hui Yang Na Feng Ling "
        "Zhi Rong Tao Juan Ming Yue Guang Lan"
    ),
    "indian": _words(
        "Harpreet Priya Rajesh Anjali Gurpreet Sunita Amit Kavita Vikram Neha Manpreet Deepa Sanjay "
        "Pooja Arjun Lakshmi Ravi Meera Karan Asha Nikhil Divya Suresh Geeta Baldev Simran"
    ),
}

_STEMS = _words(
    "Ash Beck Birch Black Brad Bram Bright Brook Burn Carl Chad Clay Cliff Cob Crow Dar Den Dray "
    "East Elm Fair Far Fern Finch Flint Gar Gled Gold Gren Hal Ham Hart Hazel Hol Hurst Ink Kel "
    "Ken Kirk Lang Lark Lin Lock Long Mar Mead Mel Mill Mor Nether New Nor Oak Old Orm Pem Pen "
    "Quin Rad Ravens Red Rush Sand Sel Shel Smith Stan Stone Sutter Thorn Til Tor Under Wal War "
    "Wat West Whit Wil Win Wood Wyn Yar"
)
_ENDS = _words(
    "son ton ley well combe ford worth by field wick ham den dale croft brook gate more hurst "
    "mere stead ridge bury grave lock man shaw side stone ward wood ward ington"
)

LAST = {
    "pakeha": _words(
        "Smithson Beech Hale Oakes Finch Tester Marlow Penrose Cardew Lomax Farrant Harrow MacLeod "
        "Fraser-Test McKellan van_der_Berg O'Test Dunmore Esker Garston Kelso Purdie Quested Varley "
        "Zeller Corran Dovey Ewart"
    )
    + [stem + end for end in dict.fromkeys(_ENDS) for stem in _STEMS],
    "maori": _words(
        "Ngāta Tāne Rewi Paraone Parata Te_Ariki Hōhaia Tūhoro Wharemate Kereama Pōtae Rāpana Mātene "
        "Tīpoki Hēnare-Test Te_Whata Ruatapu Hautapu Waitoa Kāretu Tamakōhai Pūriri Manukahu "
        "Te_Rangimarie Horomona Whareaitu Karaitiana Poutama Hīroki Maunganui"
    ),
    "pasifika": _words(
        "Fa'atest Tuitest Folaumoe Sapotest Lealofi Tauvaka Fonotele Malietest Vakatini Sefomoe "
        "Taulago Manutele Ioapo Leiataua-Test Palutele Havili-Test"
    ),
    "chinese": _words("Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo Lin He Gao Luo"),
    "indian": _words(
        "Kaur Singh Patel Sharma Kumar Gupta Reddy Nair Mehta Desai Chand Prasad Iyer Bhatt Verma "
        "Sandhu Gill Rao"
    ),
}
SHORT = {
    "Elizabeth": "Liz", "Margaret": "Maggie", "Catherine": "Cath", "Michael": "Mike",
    "William": "Bill", "Robert": "Rob", "James": "Jim", "Thomas": "Tom", "Richard": "Dick",
    "Stephen": "Steve", "Andrew": "Andy", "Christine": "Chris", "Jennifer": "Jenny",
    "Patricia": "Trish", "Susan": "Sue", "David": "Dave", "Kenneth": "Ken", "Rebecca": "Becky",
    "Philippa": "Pip", "Wiremu": "Wi", "Rāwiri": "Rā", "Rajesh": "Raj", "Sanjay": "San",
    "Judith": "Judy", "Amanda": "Mandy", "Peter": "Pete", "Nicola": "Nicky", "Rachel": "Rach",
}  # fmt: skip

WORDS = _words(
    "Kauri Rimu Rātā Tōtara Nīkau Mānuka Kōwhai Pōhutukawa Matai Kahikatea Tūī Kererū Weka Kea "
    "Kākā Kiwi Moa Takahē Huia Korimako Pīwakawaka Kōtuku Tōrea Matuku Tītī Harakeke Raupō Toetoe "
    "Pāua Kina Koru Tahi Rua Mauao Aoraki Moana Awa Maunga Rangi Whetū Harbour Summit Northern "
    "Southern Eastern Western Alpine Coastal Pacific Tasman Anchor Beacon Compass Lantern Harvest "
    "Orchard Meadow Willow Cedar Juniper Hawthorn Bramble Clover Thistle Heron Falcon Kestrel "
    "Plover Swift Albatross Gannet Granite Basalt Marble Copper Silver Cobalt Amber Crimson "
    "Indigo Violet Saffron Quill Anvil Bellows Chisel Mason Cooper Fletcher Saddler Weaver Tiller "
    "Drover Lighthouse Keystone Cornerstone Milestone Pinnacle Zenith Horizon Meridian Equinox "
    "Solstice Aurora Comet Nova Orbit Vector Prism Vertex Axis Tangent Cipher Ember Flint Hearth "
    "Kiln Forge Smelter Ferry Mooring Jetty Wharf"
)

MIDDLES = (
    "", "& Sons", "Bros", "NZ", "Ridge", "Bay", "Point", "Valley", "Hill", "River", "Lake", "Creek",
    "Downs", "Park", "Plains", "Head", "Gully", "Terrace", "Crossing", "Junction", "Sound", "Cove",
    "Spur", "& Co",
)  # fmt: skip
TRADES = (
    "Holdings", "Investments", "Properties", "Farms", "Builders", "Plumbing", "Electrical",
    "Transport", "Freight", "Motors", "Joinery", "Landscapes", "Orchards", "Dairy", "Forestry",
    "Fisheries", "Engineering", "Consulting", "Design", "Digital", "Media", "Foods", "Bakery", "Cafe",
    "Roofing", "Painting", "Interiors", "Clothing", "Trading", "Developments", "Contractors",
    "Vineyards", "Tours", "Lodge", "Dental", "Physio", "Veterinary", "Marine", "Surveying",
    "Logistics",
)  # fmt: skip
TRUST_KINDS = (
    ("Family Trust", "family", 60),
    ("Trust", "family", 14),
    ("Whānau Trust", "family", 6),
    ("Investment Trust", "investment", 8),
    ("Property Trust", "property", 5),
    ("Farm Trust", "farm", 4),
    ("Charitable Trust", "charitable", 3),
)
STREETS = _words(
    "Kauri Rimu Test Quay Gate Mill Orchard Chapel Station Harbour Bluff Ferry Lantern Quarry "
    "Larch Juniper Meadow Sandpiper Heron Kingfisher Miro Tawa Tōtara Ngaio Karaka Pūriri "
    "Bellbird Cobbler Tanner Drover Beacon Anchor Saddler Weaver Tinker Thatcher Hopkiln Hazel "
    "Bramble Foxglove Primrose Thistle Clover Barley Summerhill"
)
STREET_TYPES = ("Street", "Road", "Avenue", "Place", "Lane", "Terrace", "Drive", "Crescent", "Rise", "Way")
MAIL_HOSTS = ("inbox", "postbox", "fibre", "webmail", "paddock", "kiwimail", "bigmail", "homeline")
