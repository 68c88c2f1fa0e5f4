"""Grafana's units: which there are, and which fit what a query yields.

The list was written from what is publicly known of Grafana's formats; it was not compared with a Grafana. A unit that is
missing here can be written as `suffix:…`, which every check accepts.
"""

from __future__ import annotations

_FAMILIES = {
    "misc": "none string short percent percentunit humidity dB candela hex0x hex sci locale pixel",
    "acceleration": "accMS2 accFS2 accG",
    "angle": "degree radian grad arcmin arcsec",
    "area": "areaM2 areaF2 areaMI2 acres hectares",
    "computation": "flops mflops gflops tflops pflops eflops zflops yflops",
    "concentration": "ppm conppb conngm3 conngNm3 conμgm3 conμgNm3 conmgm3 conmgNm3 congm3 congNm3 conmgdL conmmolL",
    "data": "bytes decbytes bits decbits kbytes deckbytes mbytes decmbytes gbytes decgbytes tbytes dectbytes pbytes decpbytes",
    "data rate": "pps binBps Bps binbps bps KiBs Kibits KBs Kbits MiBs Mibits MBs Mbits GiBs Gibits GBs Gbits TiBs Tibits TBs"
    " Tbits PiBs Pibits PBs Pbits",
    "moment": "dateTimeAsIso dateTimeAsIsoNoDateIfToday dateTimeAsUS dateTimeAsUSNoDateIfToday dateTimeAsLocal"
    " dateTimeAsLocalNoDateIfToday dateTimeAsSystem dateTimeFromNow",
    "energy": "watt kwatt megwatt gwatt mwatt Wm2 voltamp kvoltamp voltampreact kvoltampreact watth watthperkg kwatth kwattm"
    " amph kamph mamph joule ev amp kamp mamp volt kvolt mvolt dBm mohm ohm kohm Mohm farad µfarad nfarad pfarad ffarad henry"
    " mhenry µhenry lumens",
    "flow": "flowgpm flowcms flowcfs flowcfm litreh flowlpm flowmlpm lux",
    "force": "forceNm forcekNm forceN forcekN",
    "hash rate": "Hs KHs MHs GHs THs PHs EHs",
    "mass": "massmg massg masslb masskg masst",
    "length": "lengthmm lengthcm lengthin lengthft lengthm lengthkm lengthmi",
    "pressure": "pressurembar pressurebar pressurekbar pressurepa pressurehpa pressurekpa pressurehg pressurepsi",
    "radiation": "radbq radci radgy radrad radsv radmsv radusv radrem radexpckg radr radsvh radmsvh radusvh",
    "rotation": "rotrpm rothz rotrads rotdegs",
    "temperature": "celsius fahrenheit kelvin",
    "time": "hertz ns µs ms s m h d dtdurationms dtdurations dthms dtdhms timeticks clockms clocks",
    "throughput": "cps ops reqps rps wps iops eps mps recps rowsps cpm opm reqpm rpm wpm epm mpm recpm rowspm",
    "velocity": "velocityms velocitykmh velocitymph velocityknot",
    "volume": "mlitre litre m3 Nm3 dm3 gallons",
    "boolean": "bool bool_yes_no bool_on_off",
    "currency": "currencyUSD currencyGBP currencyEUR currencyJPY currencyRUB currencyUAH currencyBRL currencyDKK currencyISK"
    " currencyNOK currencySEK currencyCZK currencyCHF currencyPLN currencyBTC currencymBTC currencyμBTC currencyZAR currencyINR"
    " currencyKRW currencyIDR currencyPHP currencyVND currencyTRY currencyMYR currencyXPF currencyBGN currencyPYG currencyUYU"
    " currencyILS",
}
FAMILY = {unit: family for family, units in _FAMILIES.items() for unit in units.split()}
_PREFIXES = ("suffix:", "prefix:", "time:", "si:", "count:", "currency:", "bool:")

NATURAL = {
    "s": "s",
    "bytes": "bytes",
    "ratio": "percentunit",
    "percent": "percent",
    "count": "short",
    "count/s": "cps",
    "bytes/s": "binBps",
}
"""The unit to choose for what a query yields (see promql.Facts.unit)."""

_NEUTRAL = {"none", "short", "locale", "sci", "string", "hex", "hex0x", "bool", "bool_yes_no", "bool_on_off"}
_FIT = {
    "s": {"s", "dtdurations", "dthms", "dtdhms", "clocks"},
    "bytes": {"bytes", "decbytes"},
    "ratio": {"percentunit"},
    "percent": {"percent", "humidity"},
    "count/s": {"cps", "ops", "reqps", "rps", "wps", "iops", "eps", "mps", "recps", "rowsps", "pps", "hertz", "flops", "rothz"},
    "bytes/s": {"Bps", "binBps"},
    "count": set(),
}


def known(unit: str) -> bool:
    """Whether Grafana has the unit; what it does not know it prints behind the number, so a custom text works too."""
    return unit in FAMILY or unit.startswith(_PREFIXES)


def clashes(unit: str, yields: str) -> bool:
    """Whether a panel's unit says something else than its query yields. Neutral units and those of one's own never do."""
    if yields not in _FIT or unit in _NEUTRAL or unit not in FAMILY or unit in _FIT[yields]:
        return False
    return not (yields in ("count", "count/s") and FAMILY[unit] == "currency")
