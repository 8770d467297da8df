"""Words, names and places for the texts of composed lines."""

from __future__ import annotations


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORDS = _list(
    """
    able about above across add after again ago air all almost along also always among and animal answer any
    apple apron are area arm around arrive art ask at attic away baby back bag bake ball balloon banana bank
    barrel basket beach bean bear because bed bee before begin bell below belt berry best better between big
    bird bitter black blue board boat body book both bottle bottom bowl box boy branch bread break breeze
    brick bridge brief bring broom brother brown brush bubble bucket build bunny butter button buy buzz by
    cabbage cake call can candle cannot car carpet carrot carry cat catch cattle centre chair change chart
    cheek cheese cherry chess child church circle city class clay clean clear clever clock close cloud coal
    coat coffee cold collar colour comb come common cook cool copper copy corn corner cotton could count
    country cousin cover cow cream cross crowd cup curtain cut daily dance dark day deep deer desk dinner
    dish dizzy do dog doll door down draw dream dress drink drive drop dry duck during dust each ear early
    earth east easy eat edge egg eight elbow eleven else empty end enough equal evening ever every exam exit
    extra eye face fair fall family far farm fast fat feather feed feel fellow fence ferry few fiddle field
    fifty fill find finger fire first fish five fix flag floor flour flower fly fog follow food foot for
    forest forget fork four fox free fresh friend frog from frost fruit full funny fuzzy game garden gate
    gather gentle giggle girl give glad glass glove go goat gold good goose grand grass gravel great green
    grey ground group grow guess guitar hair half hall hammer hand happy hard harvest hat have hay he hear
    heart heavy hedge hello help hen her here hide high hill him hobby hold hole holiday home honey hook
    hope horn horse hot hotel hour house how huge hundred hurry ice idea if in inch ink inn inside into iron
    island it ivy jacket jam jar jazz jelly job join joke journey joy jug juice jump just keep kettle key
    kick kind king kitchen kite kitten knee knife knock know label ladder lake lamb lamp land large last
    late laugh lawn lazy leaf learn leather leave left leg lemon less lesson let letter level light like
    lily line lion list little live loaf long look lorry loss lot loud love low luck lunch made magic mail
    make man many map marble market match maybe me meadow meal mean meat meet melon mend merry middle milk
    mill mind minute mirror miss mix money month moon more morning moss most mother mouse mouth move much
    mud muffin music must my nail name narrow near neck need needle nest never new next nice night nine no
    nobody noise north nose not note nothing now number nut oak oats obey ocean odd of off offer often oil
    old olive on once one onion only onto open or orange other our out oven over own owl oxen pack page
    paint pair pan paper parcel park part party pass past path pea peach pear pebble pen pencil people
    pepper perhaps piano pick picnic picture pie piece pig pillow pin pink place plain plan plant plate play
    please plum pocket pond pony poor post pot potato prize proud puddle pull pump puppet puppy purple push
    put puzzle quack quail quarter queen question queue quick quiet quilt quite quiz rabbit race radio rail
    rain raven raw reach read ready real red rest rhyme ribbon rice rich ride right ring river road roof
    room root rope rose rough round row rub rug ruler run rye sack saddle safe sail salt same sand saucer
    save saw say school scissors sea seat second see seed seem sell send seven sew shadow shallow shape
    share she shed sheep sheet shell ship shirt shoe shop short should show shut side silk silver simple
    since sing sink sister six size skin sky sleep slow small smell smile smooth snow so soap sock soft soil
    some song soon soup south space speak spell spin spoon spring square squirrel stair stamp stand star
    start stay steel step stick still stone stop story stove straw street string strong such sugar suit
    summer sun supper sure swan sweet swim table tail take talk tall tape tea teach tell ten tent test than
    that the their them then there these they thick thin thing think third this thread three through throw
    thumb ticket tie tiger time tin tiny to today toe together tomato tomorrow too tool top torch touch
    towel tower town toy track train travel tree trip trouble true trust try tulip tunnel turn twelve twenty
    twice two uncle under until up upon us use usual valley van vase very view village violin visit voice
    wagon wait walk wall walnut want warm wash watch water wave wax way we weather week well west wet whale
    what wheat wheel when where which while white who whole why wide wife wild will willow win wind window
    wing winter wire wish with wolf wood wool word work world worm would write yard yarn year yellow yes yet
    yolk you young your zebra zero zigzag zone zoo
    """
)
FIRST = _list(
    """
    Ada Agnes Alan Alice Amy Anna Arthur Beth Bruno Carl Cathy Clara Cyril Dan Dora Edith Edward Ella Emil
    Eric Esther Eva Felix Flora Frank Fred George Gina Grace Greta Harry Helen Henry Hilda Hugo Ian Ida
    Irene Isaac Iris Ivan Jack Jane Jenny Jim Joan John Julia Karl Kate Keith Kurt Laura Leo Lily Lloyd Lucy
    Mabel Marc Maria Max May Mike Milo Molly Nancy Ned Nina Nora Olga Olive Oscar Otto Owen Pam Paul Penny
    Peter Polly Quentin Rachel Ralph Ray Rita Rob Rosa Roy Ruth Sally Sam Sofia Stan Sue Ted Terry Tessa
    Theo Tim Tina Toby Tom Una Uri Vera Victor Viola Wally Walter Wanda Will Xavier Yusuf Yvonne Zach Zelda
    Zoe
    """
)
LAST = _list(
    """
    Abbott Adler Archer Baker Barlow Bell Bishop Brandt Brook Carter Chapman Cole Cooper Dalton Dixon Drew
    Ellis Evans Fielding Finch Fisher Ford Fuller Gibbs Graves Green Hall Harper Hayes Hill Holt Hughes
    Ingram Irving Jarvis Jennings Keller King Kirby Lambert Lane Lindqvist Lopez Lund Marsh Mason Meyer
    Miller Moss Nash Newman Nolan North Oakley Olsen Owens Parker Pike Poole Potter Quill Quinn Reed Rhodes
    Rossi Rowe Sato Shaw Sharp Sloan Stone Swift Tanner Taylor Thorne Turner Underwood Vance Vogel Walker
    Ward Weaver Webb West Wright Yates Yilmaz York Young Zimmer
    """
)
TOWNS = _list(
    """
    Ashford Bergen Boston Bristol Cairo Calais Denver Derby Dover Dublin Essen Exeter Florence Geneva Ghent
    Graz Hanover Helsinki Izmir Jena Kiel Kyoto Leeds Lima Lisbon London Madrid Malmo Milan Naples Nice
    Norwich Oslo Oxford Paris Porto Prague Quebec Quito Riga Rome Salem Seville Siena Sydney Tampa Tokyo
    Turin Ulm Utrecht Venice Vienna Warsaw Wexford Xanten York Zurich
    """
)
ROADS = _list("Street Road Lane Avenue Square Drive Hill Way Close Park St. Rd. Ave.")
MONTHS = _list(
    """
    January February March April May June July August September October November December
    """
)
DAYS = _list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
DOMAINS = _list("com org net edu de uk fr it info")
UNITS = _list("kg g km m cm mm ml l s ms h min W kW V Hz MB GB lb oz in ft")
TITLES = _list("Mr. Mrs. Ms. Dr. Prof. Sir")
ABBREVIATIONS = _list("etc. e.g. i.e. vs. approx. No. p. pp. ca. Ltd. Inc. Co.")
CONTRACTED = _list(
    """
    don't can't won't isn't it's I'm I'll we're you're they've she's he'd let's that's o'clock wasn't
    couldn't
    """
)
HYPHENED = _list(
    """
    well-known half-past twenty-one re-read tea-time north-west two-thirds part-time up-to-date left-hand
    ice-cold
    """
)
SHORT_FORMS = _list(
    """
    UK US EU UN BBC NASA PhD DIY FAQ PDF GPS VAT ID OK TV CD ASAP RSVP PS NB AM PM HQ ZIP USB WC
    """
)
