# Die Texte der Dienste, bei denen man sich in der Demo anmeldet, auf Deutsch.
#
# $provider ist der Name eines solchen Dienstes („Example University“), $service die Adresse dessen, der ihn fragt.

# Am Fuß jeder Seite. $site sagt, welcher Dienst es ist.
about = { $site ->
    [university] Eine erfundene Universität für die Demo. Niemand hier ist echt, und nichts verlässt diesen Rechner.
   *[social] Ein erfundenes soziales Netzwerk für die Demo. Niemand hier ist echt, und nichts verlässt diesen Rechner.
}

## Eine Person wählen

# Titel und Überschrift.
choose = Wer sind Sie?
asks = Der Dienst unter { $service } möchte das wissen.

# Vor der Liste dessen, was der Dienst bekommt. Zwischen den letzten beiden steht „und“.
learns = Er erfährt
learns-name = Ihren Namen
learns-email = Ihre E‑Mail-Adresse
learns-groups = Ihre Gruppen
and = und

# Neben der Person, die hier angemeldet ist.
signed-in = angemeldet

# Der Knopf für alle, die sich nicht anmelden wollen.
refuse = Nein, zurück

# Neben einer Person: was sie in den Räumen der Demo darf.
note-staff = Personal: darf moderieren
note-student = Im Studium: darf in jedem Raum sprechen
note-guest = Zu Gast: ein Raum bleibt geschlossen
note-verified = Geprüfte E‑Mail-Adresse: darf in jedem Raum sprechen
note-unverified = Ungeprüfte E‑Mail-Adresse: ein Raum bleibt geschlossen
note-both = Studiert auch an der Example University

## Wer angemeldet ist

# Titel.
front-signed-in = Angemeldet
front-signed-out = Abgemeldet

signed-in-as = Sie sind als { $name } angemeldet
signed-in-next = Dienste können { $provider } fragen, wer Sie sind, und Sie müssen sich nicht erneut anmelden.
sign-out = Abmelden
nobody = Niemand ist angemeldet
nobody-next = Beginnen Sie zum Anmelden bei dem Dienst, den Sie benutzen möchten.

## Ein Formular, das sich selbst abschickt

# Titel und Überschrift.
moment = Einen Moment
moment-next = Sie kehren zu { $service } zurück. Wenn nichts geschieht, drücken Sie den Knopf.
continue = Weiter

## Anfragen ohne Antwort

# Titel.
trouble = Hier geht es nicht weiter
trouble-heading = Von hier aus geht es nicht weiter
trouble-next = Gehen Sie zum Dienst zurück und beginnen Sie dort neu. Kommt diese Seite wieder, sagen Sie es denen, die den Dienst betreiben.
trouble-client = Der Dienst, von dem Sie kommen, ist bei { $provider } nicht registriert.
trouble-address = Der Dienst, von dem Sie kommen, bat um Antwort an eine Adresse, die er nie registriert hat.
trouble-form = Diese Wahl wurde nicht auf unserer eigenen Seite getroffen.
