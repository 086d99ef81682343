"""Korea's banks by the codes that Toss gives and takes (its reference, "Organisation codes")."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BANKS: dict[str, Promise] = {
    "06": _("KB Kookmin Bank"),
    "88": _("Shinhan Bank"),
    "20": _("Woori Bank"),
    "81": _("Hana Bank"),
    "11": _("NH NongHyup Bank"),
    "03": _("IBK Industrial Bank of Korea"),
    "90": _("KakaoBank"),
    "92": _("Toss Bank"),
    "89": _("K bank"),
    "02": _("Korea Development Bank"),
    "07": _("Suhyup Bank"),
    "12": _("Local NongHyup"),
    "23": _("SC First Bank"),
    "27": _("Citibank Korea"),
    "31": _("iM Bank"),
    "32": _("Busan Bank"),
    "34": _("Gwangju Bank"),
    "35": _("Jeju Bank"),
    "37": _("Jeonbuk Bank"),
    "39": _("Gyeongnam Bank"),
    "45": _("MG Community Credit Cooperatives"),
    "48": _("Shinhyup"),
    "50": _("Savings banks"),
    "64": _("Forestry cooperatives"),
    "71": _("Korea Post"),
}
