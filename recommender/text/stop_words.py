"""Function words per language: frequent in every article, so they say nothing about its topic.

Written as they stand in text, lower case; `terms` folds both sides the same way. Kept small on purpose:
a word that is merely frequent gets its low weight from the index's document frequencies.
"""

from __future__ import annotations

from typing import Final

_DE = """
aber als am an auch auf aus bei beim bin bis bist da dadurch dafür damit dann das dass dazu dein dem den denen
denn der deren des deshalb dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem
einen einer eines er es etwa etwas euch euer für gegen gewesen hab habe haben hat hatte hatten hätte hätten
hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder
jedes jedoch jener kann kein keine keinem keinen keiner können könne könnte könnten machen man mehr mein meine
mich mir mit muss müssen nach nachdem nicht nichts noch nun nur ob oder ohne schon sehr sei seien sein seine
seinem seinen seiner selbst sich sie sind so sogar solche soll sollen sollte sollten sondern sonst sowie über
um und uns unser unter viel vom von vor während war waren warum was weg weil weiter weitere welche welchem
welchen welcher wenn wer werde werden wie wieder will wir wird wo wobei wollen worden wurde wurden würde
würden zu zum zur zwar zwischen sagte sagt
"""
_EN = """
a about after again against all also am an and any are as at be because been before being below between both
but by can could did do does doing don down during each few for from further had has have having he her here
hers herself him himself his how i if in into is it its itself just me more most my myself no nor not now of
off on once only or other our ours out over own said same she should so some such than that the their theirs
them themselves then there these they this those through to too under until up very was we were what when
where which while who whom why will with would you your yours
"""
_FR = """
ai ainsi alors au aucun aussi autre aux avant avec avoir c ce cela celle celui ces cet cette ceux chez comme d
dans de depuis des donc dont du elle elles en encore entre est et été être eu eux fait faire fut il ils j je
jusqu l la le les leur leurs lors lui m ma mais me même mes moi moins mon n ne ni nos notre nous on ont ou où
par pas pendant peu plus pour pourquoi qu quand que quel quelle quelles quels qui s sa sans se selon sera ses
si son sont sous sur t ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous y à était
étaient avait avaient a
"""
_IT = """
a abbiamo ad agli ai al alla alle allo anche ancora avere aveva avevano c che chi ci coi col come con contro
cui da dagli dai dal dalla dalle dallo degli dei del dell della delle dello di dopo dove dunque e ed era erano
essere fa fino fra gli ha hai hanno ho i il in io l la le lei li lo loro ma mentre mi mia mio molto ne negli
nei nel nell nella nelle nello noi non nostra nostro o ogni per perché però più poi prima quale quando quanto
quella quelle quelli quello questa queste questi questo qui se sei senza si sia siamo sono sta stata stati
stato su sua sue sugli sui sul sulla sulle sullo suo suoi tra tu tutti tutto un una uno voi è
"""
_ES = """
a al algo algunas algunos ante antes aquí así aún aunque cada como con contra cual cuando cuándo de del desde
donde dos durante e el él ella ellas ellos en entre era eran es esa ese eso esta está están estaba estas este
esto estos fue fueron ha había habían han hasta hay la las le les lo los más me mi mientras muy ni no nos
nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque que qué quien quién se según ser
será si sí sido sin sobre son su sus también tan tanto te tiene tienen todo todos tras tu un una unas uno unos
y ya yo
"""
_NL = """
aan al alle als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een en er ge geen
haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kon kunnen maar me meer men
met mij mijn moet na naar niet niets nog nu of om omdat ons ook op over reeds te tegen toch toen tot u uit uw
van veel voor want waren was wat we wel werd wezen wie wij wil worden wordt zal ze zei zelf zich zij zijn zo
zonder zou
"""
_PT = """
a ao aos aquela aquele aquilo as até com como da das de dela dele deles depois do dos e ela elas ele eles em
entre era eram essa esse esta está este eu foi foram há isso isto já lhe mais mas me mesmo meu minha muito na
nas nem no nos nossa nosso não nós o os ou para pela pelas pelo pelos por qual quando que quem se sem ser será
seu seus sobre sua suas são só também te tem têm tinha um uma umas uns você vocês à às
"""

STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    code: frozenset(words.split())
    for code, words in {
        "de": _DE, "en": _EN, "fr": _FR, "it": _IT, "es": _ES, "nl": _NL, "pt": _PT,
    }.items()
}  # fmt: skip
