"""Lines that news CMSs put between and around an article's paragraphs, as rules.

Every rule matches a whole line and is anchored at its start, so that a sentence that merely mentions a
newsletter or a photo stays. Matching is done on casefolded text with ASCII quotes and dashes (so ß is ss).
"""

from __future__ import annotations

import re
from typing import Final

# The line says just this (punctuation and arrows around it do not count).
_EXACT: Final = """
anzeige|anzeigen|werbung|kurze werbeeinblendung|werbeeinblendung|kurze werbepause|advertisement|anzeige:
publicité|pubblicità|publicidad|sponsored|gesponsert|zurück zum anfang|schaltfläche "zurück zum anfang"
nach oben|zum seitenanfang|zurück nach oben|back to top|zur startseite|startseite|zurück zur startseite
ort des geschehens|details zur meldung|teilen|artikel teilen|beitrag teilen|diesen artikel teilen|drucken
artikel drucken|merken|artikel merken|vorlesen|artikel anhören|anhören|link kopieren|link kopiert|per mail
per e-mail|e-mail|email|share|tweet|pin it|facebook|twitter|x|whatsapp|instagram|linkedin|xing|telegram
threads|bluesky|mastodon|youtube|tiktok|pinterest|auf facebook teilen|auf twitter teilen|auf x teilen
per whatsapp teilen|per e-mail teilen|per mail versenden|kommentare|kommentar|kommentare lesen
kommentar schreiben|kommentar verfassen|kommentieren|zu den kommentaren|alle kommentare anzeigen
jetzt kommentieren|diskutieren sie mit|mitdiskutieren|schreibe einen kommentar
schreiben sie einen kommentar|leave a comment|comments|antworten abbrechen|newsletter
newsletter abonnieren|newsletter bestellen|zum newsletter|jetzt abonnieren|jetzt anmelden|anmelden
weiterlesen|mehr lesen|mehr anzeigen|mehr laden|weitere anzeigen|read more|lire la suite|alle anzeigen
video|bildergalerie|fotostrecke|bilderstrecke|zur bildergalerie|zur fotostrecke|zum video|galerie|audio
podcast|bild vergrössern|vollbild|vergrössern|symbolbild|archivbild|abspielen|bild in lightbox öffnen
externer inhalt|empfohlener externer inhalt|empfohlener redaktioneller inhalt|inhalt laden|akzeptieren
cookies akzeptieren|alle akzeptieren|cookie-einstellungen|datenschutzeinstellungen|alle rechte vorbehalten
all rights reserved|impressum|datenschutz|agb|kontakt|fehler gefunden? jetzt melden
fehler gefunden?jetzt melden|hauptinhalt|embed|aktualisiert am|mehr infos|eigene recherche
eigene recherchen|link zum youtube-inhalt|infos zum zitiervorschlag|externer inhalt nicht verfügbar
quellen|quelle|dpa|apa|afp|sda|reuters|dpa/afp|afp/dpa|(dpa)|(apa)|(afp)|(sda)
"""

# These also head a list of links, which goes with them.
_LINK_LIST_HEADINGS: Final = """
ähnliche artikel|ähnliche beiträge|ähnliche themen|verwandte artikel|verwandte themen|verwandte beiträge
ähnliche|lesen sie auch|lesen sie mehr|lesen sie dazu auch|lesen sie hierzu auch|lies auch|lest auch
lesen sie weiter|mehr zum thema|mehr zu diesem thema|mehr dazu|zum thema|mehr aus diesem ressort
mehr aus dem ressort|auch interessant|das könnte sie auch interessieren|das könnte sie interessieren
das könnte dich auch interessieren|das könnte ihnen auch gefallen|dazu passend|passend dazu
passend zum thema|siehe auch|weiterführende links|weitere artikel|weitere beiträge|weitere themen
weitere meldungen|weitere nachrichten|weitere links|empfehlungen der redaktion|unsere empfehlungen
empfohlene artikel|top-artikel|meistgelesen|meistgelesene artikel|meistkommentiert|beliebteste artikel
neueste artikel|neueste beiträge|aktuelle meldungen|die neuesten videos|related articles|related posts
related stories|more on this story|you may also like|read also|see also|à lire aussi|lire aussi
sur le même sujet|leggi anche|articoli correlati|lea también|artículos relacionados
"""

# One pattern a line; indented lines go on with the one before.
_PATTERNS: Final = r"""
# credits and captions that are nothing else
(?:fotos?|bild(?:er|quelle|nachweis|rechte)?|foto-?credits?|symbol(?:bild|foto)|archiv(?:bild|foto)
  |grafik|credits?|picture alliance|imago(?: images)?|getty images|quellen?)(?:\s*[:/|©]\s*
  |\s*\(c\)\s*).{1,120}
(?:©|\(c\)|copyright ?[©(:]).{0,300}
copyright(?: (?:by|19|20).{0,80})?
[^.!?]{2,80}/ ?(?:[a-z]+ via )?(?:getty images|picture alliance|imago(?: images)?|shutterstock
  |istock|dpa)\b.{0,40}
(?:symbol|archiv)bild[.: ].{0,60}
# newsletters and subscriptions
(?:jetzt |hier |gleich )?(?:unser(?:en|e)? |den |zum )?(?:\w+-?)?newsletter.{0,60}(?:abonnieren
  |anmelden|bestellen|sichern|erhalten)[.!»>]*
(?:abonnieren|bestellen|erhalten|lesen) sie .{0,80}newsletter.{0,100}
(?:melden sie sich|melde dich|registrieren sie sich) .{0,100}newsletter.{0,100}
(?:ich möchte|sie möchten|möchten sie|wollen sie) .{0,80}newsletter.{0,120}
(?:sie können|du kannst) (?:den|unseren) newsletter.{0,160}
(?:weiterlesen|jetzt lesen|lesen) mit .{0,12}(?:abo|plus|\+).{0,80}
(?:sie haben bereits|bereits|schon) (?:ein(?:en)? )?(?:abo|abonnent|registriert|konto).{0,80}
folg(?:st du|en sie) .{0,60}(?:auf|bei) .{2,30}\?
(?:[^.]{0,200}: )?abonniere (?:den|unseren) .{0,60}(?:kanal|newsletter).{0,120}
# sharing, following
(?:artikel |beitrag |seite )?(?:auf|bei|per|via|mit) (?:facebook|twitter|x|whatsapp|e-?mail
  |linkedin|xing|telegram|messenger|pinterest|instagram)(?: (?:und|oder) \w+)? (?:teilen|versenden
  |verschicken|senden|folgen)
(?:folgen sie (?:uns|dem)|folge uns|folgt uns|besuchen sie uns) .{0,120}
(?:share|tweet) (?:on|this) .{0,40}
# comments
\d+ ?(?:kommentare?|comments?|antworten)
kommentare? ?[(:]? ?\d+\)?
(?:um|zum) .{0,30}(?:kommentieren|kommentar(?:e)? .{0,20}(?:schreiben|verfassen|abgeben)).{0,160}
(?:deine|ihre) e-mail-adresse wird nicht veröffentlicht.{0,120}
was (?:meinen|denken|halten) sie\b.{0,60}\? (?:schreiben|diskutieren|stimmen) sie.{0,120}
# players, consent
(?:dieses|das|ihr) (?:video|audio|browser
  |element) (?:ist |kann |konnte |unterstützt |wird ).{0,30}(?:nicht|geladen|verfügbar
  |abgespielt).{0,80}
an dieser stelle (?:finden sie|findest du|befindet sich|steht|ist) .{0,40}(?:extern|inhalt|video
  |karte).{0,300}
(?:wir (?:benötigen|brauchen) ihre (?:zustimmung|einwilligung)
  |mit ihrer zustimmung wird hier) .{0,250}
(?:ich bin damit einverstanden|sie erklären sich damit einverstanden), dass .{0,60}(?:extern
  |inhalt).{0,250}
(?:damit|dadurch|dabei) (?:können|werden) personenbezogene daten an .{0,250}
(?:bitte )?aktivieren sie (?:bitte )?(?:java ?script|cookies).{0,160}
(?:wir|diese (?:web)?seite|diese website) (?:verwenden|nutzen|verwendet|nutzt
  |benutzt) cookies.{0,300}
(?:video|audio|inhalt) (?:wird geladen|nicht verfügbar|laden).{0,40}
# dates, bylines, reading time
(?:(?:stand|aktualisiert|update|veröffentlicht|erstellt|publiziert|zuletzt aktualisiert
  |erschienen)(?: am)?:? )?(?:(?:mo|di|mi|do|fr|sa|so)\w{0,8}[.,]+ )?\d{1,2}\. ?(?:\d{1,2}\.|(?:jan
  |feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)[a-zä]{0,7}\.?) ?(?:\d{4}|\d\d)?
  (?:,? (?:um |- )?\d{1,2}[:.]\d\d(?: uhr)?)?
(?:geschätzte )?lese(?:zeit|dauer):? .{1,30}
\d+ min(?:\.|uten?)? (?:lesezeit|lesedauer)
# signs of agencies, authors and broadcasters
\([a-zäöü]{2,4}(?:[/,;] ?[a-zäöü]{2,6})*\)
(?:mdr|ndr|wdr|swr|br|hr|rbb|sr) ?\([\w ,/-]{2,60}\)
(?:dieses thema im programm|sendung): .{1,200}
mehr (?:themen|artikel|nachrichten) (?:auf|von|aus|zu) .{2,40}
# where a text came from
(?:diese meldung|diese nachricht|dies(?:er|es) (?:text|artikel|beitrag|interview)) .{0,60}
  (?:automati(?:sch|siert)|redaktionell nicht|newsroom|ist zuerst|ist erstmals|erschien zuerst
  |stammt aus).{0,200}
(?:mit material (?:von|der)|quelle:) .{0,60}
(?:transparenzhinweis|hinweis der redaktion|anm\. ?d\. ?red)\b.{0,40}
(?:alle rechte vorbehalten|all rights reserved).{0,80}
dpa-infocom.{0,60}
# one-line teaser links: without : | or a dash after it, it must not be a sentence
(?:\++ *)?(?:lesen sie (?:auch|hier|dazu|dazu auch|hierzu auch|mehr)|lies auch|lesen sie ausserdem
  |mehr (?:zum thema|dazu)|auch interessant|siehe auch|passend dazu
  |das könnte sie (?:auch )?interessieren|lesetipp|newsletter|podcast|video
  |fotostrecke|bildergalerie|liveblog|newsblog|à lire aussi|leggi anche|lea también
  |read (?:also|more)|see also) ?(?:[:|>»]|- |\++).{0,200}
"""
_TEASER_SENTENCE: Final = (
    r"(?:lesen sie (?:auch|hier|dazu|mehr)|lies auch|mehr zum thema|mehr dazu) [^.!]{3,160}\??"
)


def _lines(block: str) -> frozenset[str]:
    return frozenset(part.strip() for line in block.splitlines() for part in line.split("|") if part.strip())


def _any_of(block: str) -> re.Pattern[str]:
    patterns = re.sub(r"\n {2,}", "", block).splitlines()
    return re.compile(
        "|".join(f"(?:{pattern})" for pattern in patterns if pattern and not pattern.startswith("#"))
    )


EXACT: Final = _lines(_EXACT)
LINK_LIST_HEADINGS: Final = _lines(_LINK_LIST_HEADINGS)
CHROME: Final = _any_of(_PATTERNS)
TEASER_SENTENCE: Final = re.compile(_TEASER_SENTENCE)
