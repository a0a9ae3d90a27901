# Alle Texte, die Vestibule anzeigt, auf Deutsch. Kennungen und Argumente sind dieselben wie in en.ftl, ebenso die Hinweise dort.
# Die Anrede ist „Sie“. [0] ist der Text für den Fall, dass der Name nicht bekannt ist.

## Auf jeder Seite

# Für Bildschirmleser, vor den Links zum Wechseln der Sprache.
languages = Sprache

# Link zur Hilfeseite des Betreibers.
help = Hilfe

# Vor der Mailadresse des Betreibers.
help-mail = Hilfe:

## Anmelden

# Überschrift der Seite, auf der man wählt, wie man sich anmeldet. Ohne App ist $app der Name dieser Website.
sign-in = { $app ->
    [0] Anmelden
   *[other] Bei { $app } anmelden
}

# Wo man in der App ankommt. $room ist der Name des Raums.
sign-in-room = Raum: { $room }

# Link zu einem Dienst, bei dem man sich anmelden kann. Ohne Punkt.
choice-continue-with = Weiter mit { $provider }

# Dasselbe für einen Dienst, der diese Worte vorschreibt.
choice-sign-in-with = Mit { $provider } anmelden

# Unter dem Namen: wer dort ein Konto hat.
choice-work-or-school = Geschäfts-, Schul- oder Unikonto

# Neben dem zuletzt benutzten Dienst.
choice-used-last = zuletzt benutzt

# Statt der üblichen Worte, wenn ein Dienst nicht erreichbar ist.
choice-not-answering = { $provider } antwortet nicht.

# Zweite Zeile dieses Links: Er führt trotzdem dorthin.
choice-try-again = Erneut versuchen

# Für Bildschirmleser, vor der Liste der Dienste.
choices = Anmeldemöglichkeiten

# Über der Auswahl, wenn die App oder diese Website eine neue Anmeldung wünscht.
prompt-reason-again = { $app ->
    [0] Bitte melden Sie sich erneut an.
   *[other] { $app } bittet Sie, sich erneut anzumelden.
}

# Über der Auswahl, wenn ein anderes Konto benutzt werden soll. $account ist das jetzige.
prompt-reason-another-account = { $account ->
    [0] Melden Sie sich mit dem Konto an, das Sie benutzen möchten.
   *[other] Sie sind als { $account } angemeldet. Melden Sie sich mit dem Konto an, das Sie stattdessen benutzen möchten.
}

# Beschriftung des Feldes, das eine lange Liste kürzt.
search = Nach Namen suchen

# Knopf neben diesem Feld.
search-button = Suchen

# Wenn kein Dienst die Eingabe im Namen hat. $query ist die Eingabe.
search-nothing = Kein Name hier enthält „{ $query }“.

# Link zurück zur ganzen Liste.
search-all = Alle anzeigen

# Zwischen den Diensten und den Feldern darunter.
form-or = oder mit einem Passwort

# Über beiden Feldern: welches Passwort gemeint ist. Hier: das eines Kontos dieser Seite.
form-source-local = Verwenden Sie den Namen und das Passwort Ihres Kontos auf dieser Seite.

# Dasselbe für Konten bei $provider. $others sind die Namen weiterer Dienste, mit Kommas dazwischen.
form-source-external = Verwenden Sie den Namen und das Passwort, die Sie bei { $others ->
    [0] { $provider }
   *[other] { $others } oder { $provider }
} haben.

# Dasselbe für Konten dieser Seite und für Konten bei diesen Diensten.
form-source-local-or-external = Verwenden Sie den Namen und das Passwort Ihres Kontos auf dieser Seite oder die, die Sie bei { $others ->
    [0] { $provider }
   *[other] { $others } oder { $provider }
} haben.

# Beschriftung des Feldes für den Namen.
form-name = Name

# Beschriftung des Feldes für das Passwort.
form-password = Passwort

# Der Knopf unter beiden Feldern.
form-button = Anmelden

# Nach zu vielen Versuchen: wie lange zu warten ist. $seconds ist mindestens 1.
form-wait = { $seconds ->
    [one] Warten Sie eine Sekunde.
   *[other] Warten Sie { $seconds } Sekunden.
}

# Dasselbe, wenn lange zu warten ist. $minutes ist mindestens 3.
form-wait-minutes = Warten Sie { $minutes } Minuten.

# Link daneben: zeigt die Seite noch einmal, mit der Zeit, die bleibt.
form-look-again = Wie lange noch?

# Überschrift, wenn der Betreiber keine Anmeldemöglichkeit eingerichtet hat.
none = Hier ist noch keine Anmeldemöglichkeit eingerichtet.
    .title = { $app ->
        [0] Keine Anmeldemöglichkeit
       *[other] Keine Anmeldemöglichkeit: { $app }
    }
    .text = Die Betreiber dieser Seite müssen zuerst eine einrichten. Fragen Sie dort nach, wenn Sie sich hier anmelden wollten.

## Ablehnungen: Überschrift, .title des Reiters, .text unter der Überschrift

# Es hat länger als zehn Minuten gedauert.
refused-login-expired = Diese Anmeldung hat zu lange gedauert.
    .title = Zu lange gedauert
    .text = { $app ->
        [0] Sie muss innerhalb von zehn Minuten abgeschlossen sein. Es ist nichts verloren gegangen.
       *[other] Die Anmeldung bei { $app } muss innerhalb von zehn Minuten abgeschlossen sein. Es ist nichts verloren gegangen.
    }

# In diesem Browser wurden acht weitere Anmeldungen begonnen: Mehr werden nicht behalten.
refused-login-evicted = Diese Anmeldung wurde durch neuere ersetzt.
    .title = Durch neuere ersetzt
    .text = { $app ->
        [0] Sie haben in diesem Browser mehrere Anmeldungen begonnen, und nur die neuesten bleiben erhalten. Es ist nichts verloren gegangen.
       *[other] Sie haben in diesem Browser mehrere Anmeldungen begonnen, und nur die neuesten bleiben erhalten. Die Anmeldung bei { $app } können Sie von vorn beginnen.
    }

# Der Anbieter hat in der Konfiguration einen anderen Issuer als zu Beginn der Anmeldung.
refused-provider-changed = Diese Anmeldung muss von vorn beginnen.
    .title = Von vorn beginnen
    .text = Die Einstellungen für die Anmeldung haben sich inzwischen geändert. Es ist nichts verloren gegangen.

# Zurück oder neu geladen, nachdem alles gut ging; noch angemeldet.
refused-already-signed-in = Sie sind schon angemeldet.
    .title = Schon angemeldet
    .text = { $app ->
        [0] Diese Anmeldung ist abgeschlossen. Sie können einfach weitermachen.
       *[other] Ihre Anmeldung bei { $app } ist abgeschlossen. Sie können einfach weitermachen.
    }

# Zurück oder neu geladen, nachdem alles gut ging; inzwischen abgemeldet.
refused-already-finished = Diese Anmeldung ist schon abgeschlossen.
    .title = Schon abgeschlossen
    .text = { $app ->
        [0] Jede Anmeldung gilt nur einmal. Beginnen Sie von vorn, um sich neu anzumelden.
       *[other] Jede Anmeldung bei { $app } gilt nur einmal. Beginnen Sie von vorn, um sich neu anzumelden.
    }

# Anderer Browser, privates Fenster oder blockierte Cookies.
refused-login-missing = Diese Anmeldung hat in einem anderen Browser begonnen, oder Cookies sind blockiert.
    .title = In einem anderen Browser begonnen
    .text = { $app ->
        [0] Abschließen können wir sie nur in dem Browser, in dem sie begonnen hat. Sie können hier von vorn beginnen.
       *[other] Abschließen können wir die Anmeldung bei { $app } nur in dem Browser, in dem sie begonnen hat. Sie können hier von vorn beginnen.
    }

# Beim Anbieter abgelehnt.
refused-provider-denied = { $provider ->
    [0] Sie haben die Anmeldung nicht abgeschlossen.
   *[other] Sie haben die Anmeldung bei { $provider } nicht abgeschlossen.
}
    .title = { $provider ->
        [0] Nicht abgeschlossen
       *[other] Nicht abgeschlossen: { $provider }
    }
    .text = Sie wurde dort abgebrochen, und wir haben nichts über Sie erfahren.

# Der Anbieter ist nicht zu erreichen.
refused-provider-unreachable = { $provider ->
    [0] Der Dienst, bei dem Sie sich anmelden, antwortet nicht.
   *[other] { $provider } antwortet nicht.
}
    .title = { $provider ->
        [0] Antwortet nicht
       *[other] Antwortet nicht: { $provider }
    }
    .text = Das liegt nicht an Ihnen, und oft geht es von selbst vorbei. Versuchen Sie es später noch einmal.

# Der Server des Anbieters weist alle ab, die sich von hier anmelden, weil sich zu viele angemeldet haben oder zu viele
# Passwörter falsch waren.
refused-address-banned = { $provider ->
    [0] Der Dienst, bei dem Sie sich anmelden, nimmt im Moment keine Anmeldungen von hier an.
   *[other] { $provider } nimmt im Moment keine Anmeldungen von hier an.
}
    .title = { $provider ->
        [0] Nimmt keine Anmeldungen an
       *[other] Nimmt keine Anmeldungen an: { $provider }
    }
    .text = Das geschieht eine Zeit lang, wenn es zu viele Anmeldungen oder falsche Passwörter gab, auch von anderen Leuten. Das liegt nicht an Ihnen. Versuchen Sie es später noch einmal.

# Die Antwort des Anbieters hat eine Sicherheitsregel verletzt.
refused-answer-refused = { $provider ->
    [0] Wir konnten der Antwort nicht vertrauen.
   *[other] Wir konnten der Antwort von { $provider } nicht vertrauen.
}
    .title = { $provider ->
        [0] Nicht vertrauenswürdig
       *[other] Nicht vertrauenswürdig: { $provider }
    }
    .text = Deshalb haben wir Sie nicht angemeldet. Das liegt nicht an Ihnen; oft hilft ein zweiter Versuch.

# Die Person hat sich beim Anbieter mit dem Konto einer Organisation angemeldet, die hier nicht zugelassen ist.
refused-other-organization = { $provider ->
    [0] Sie haben sich mit dem Konto einer anderen Organisation angemeldet.
   *[other] Sie haben sich bei { $provider } mit dem Konto einer anderen Organisation angemeldet.
}
    .title = { $provider ->
        [0] Anderes Konto nötig
       *[other] Anderes Konto nötig: { $provider }
    }
    .text = Auf diesem Weg können sich hier nur Mitglieder bestimmter Organisationen anmelden. Nehmen Sie das Konto, das Sie von Ihrer eigenen Organisation haben.

# Der Anbieter sagt nicht, wann sich die Person dort angemeldet hat; verlangt ist, dass es eben erst war.
refused-proof-unknown = { $provider ->
    [0] Der Dienst, bei dem Sie sich anmelden, sagt nicht, wann Sie sich dort zuletzt angemeldet haben.
   *[other] { $provider } sagt nicht, wann Sie sich dort zuletzt angemeldet haben.
}
    .title = { $provider ->
        [0] Erst dort abmelden
       *[other] Erst dort abmelden: { $provider }
    }
    .text = Deshalb wissen wir nicht, ob Sie es eben erst getan haben. Melden Sie sich dort ab und beginnen Sie dann von vorn.

# Der Anbieter sagt, dass sich die Person dort schon früher angemeldet hat; verlangt ist, dass es eben erst war.
refused-proof-too-old = { $provider ->
    [0] Der Dienst, bei dem Sie sich anmelden, hat keine neue Anmeldung verlangt.
   *[other] { $provider } hat keine neue Anmeldung verlangt.
}
    .title = { $provider ->
        [0] Erst dort abmelden
       *[other] Erst dort abmelden: { $provider }
    }
    .text = Sie haben sich dort schon früher angemeldet. Deshalb wissen wir nicht, ob Sie es auch jetzt sind. Melden Sie sich dort ab und beginnen Sie dann von vorn.

# Die Person hat sich beim Anbieter auf einem anderen Weg angemeldet, als hier verlangt ist, etwa ohne zweiten Faktor.
refused-method-refused = { $provider ->
    [0] Die Art, wie Sie sich angemeldet haben, reicht hier nicht aus.
   *[other] Die Art, wie Sie sich bei { $provider } angemeldet haben, reicht hier nicht aus.
}
    .title = { $provider ->
        [0] Anderer Weg nötig
       *[other] Anderer Weg nötig: { $provider }
    }
    .text = Hier ist ein stärkerer Nachweis nötig, etwa ein zweiter Faktor. Versuchen Sie es noch einmal und wählen Sie dort einen solchen.

# Der Anbieter hat die Person angemeldet, nennt aber ihre Gruppen nicht. Von den Gruppen hängt ab, was jemand hier darf.
refused-groups-unknown = { $provider ->
    [0] Der Dienst, bei dem Sie sich anmelden, nennt Ihre Gruppen nicht.
   *[other] { $provider } nennt Ihre Gruppen nicht.
}
    .title = { $provider ->
        [0] Gruppen nicht bekannt
       *[other] Gruppen nicht bekannt: { $provider }
    }
    .text = Von ihnen hängt ab, was Sie hier dürfen. Deshalb haben wir Sie nicht angemeldet. Das liegt nicht an Ihnen. Versuchen Sie es später noch einmal; die Betreiber dieser Seite können sehen, warum.

# Unser eigener Zugang zum Anbieter ist abgelaufen oder falsch eingerichtet.
refused-client-rejected = { $provider ->
    [0] Der Dienst, bei dem Sie sich anmelden, kann gerade nicht genutzt werden.
   *[other] { $provider } kann gerade nicht genutzt werden.
}
    .title = { $provider ->
        [0] Gerade nicht nutzbar
       *[other] Gerade nicht nutzbar: { $provider }
    }
    .text = Das liegt nicht an Ihnen. Die Betreiber dieser Seite können sehen, warum.

# Name oder Passwort stimmt nicht. Der Text ist immer derselbe, auch wenn mit dem Konto etwas anderes nicht stimmt.
refused-wrong-password = Name oder Passwort stimmt nicht.
    .title = Name oder Passwort stimmt nicht
    .text = Prüfen Sie, ob Sie sich an der richtigen Stelle anmelden, und versuchen Sie es noch einmal.

# Zu viele Versuche unter diesem Namen oder aus diesem Netz.
refused-too-many-attempts = Bitte warten Sie, bevor Sie es erneut versuchen.
    .title = Bitte warten
    .text = Es gab zu viele Versuche, oder gerade melden sich zu viele Personen an.

# Das Konto wurde vom Betreiber abgeschaltet.
refused-account-disabled = Dieses Konto kann hier zurzeit nicht genutzt werden.
    .title = Konto nicht nutzbar
    .text = Wenn Sie glauben, dass das nicht stimmt, wenden Sie sich an die Betreiber dieser Seite.

# Der Anbieter wurde vom Betreiber abgeschaltet.
refused-provider-disabled = { $provider ->
    [0] Diese Anmeldemöglichkeit kann hier zurzeit nicht genutzt werden.
   *[other] { $provider } kann hier zurzeit nicht genutzt werden.
}
    .title = { $provider ->
        [0] Hier nicht nutzbar
       *[other] Hier nicht nutzbar: { $provider }
    }
    .text = Die Betreiber dieser Seite haben diese Anmeldemöglichkeit abgeschaltet.

# Die App wurde vom Betreiber abgeschaltet.
refused-app-disabled = { $app ->
    [0] Diese App kann zurzeit nicht genutzt werden.
   *[other] { $app } kann zurzeit nicht genutzt werden.
}
    .title = { $app ->
        [0] Nicht nutzbar
       *[other] Nicht nutzbar: { $app }
    }
    .text = Die Betreiber dieser Seite haben diese App abgeschaltet.

# Angemeldet, aber keine Regel erlaubt den Zugang. $account ist ihr Name, $room der gewünschte Raum.
refused-not-permitted = { $account ->
    [0] Sie sind angemeldet
   *[other] Sie sind als { $account } angemeldet
}, werden aber { $room ->
    [0] { $app ->
        [0] hier
       *[other] in { $app }
    }
   *[other] in { $room }
} nicht erwartet.
    .title = Nicht erwartet { $room ->
        [0] { $app ->
            [0] hier
           *[other] in { $app }
        }
       *[other] in { $room }
    }
    .text = Vielleicht wird ein anderes Ihrer Konten erwartet. Wenn Sie glauben, dass Sie Zutritt haben sollten, wenden Sie sich an die Person, die Sie eingeladen hat.

# Konten werden hier von Hand angelegt, und diese Person hat noch keines. Unten steht ein Code. $help ist die Mailadresse des Betreibers.
refused-identity-unknown = Sie haben hier noch keinen Zugang.
    .title = Noch kein Zugang
    .text = { $help ->
        [0] Senden Sie den Code unten an die Betreiber dieser Seite. Dort kann man Sie freischalten.
       *[other] Senden Sie den Code unten an { $help }. Dort kann man Sie freischalten.
    }

# Die Antwort bei der ersten Anmeldung kam zu spät, oder sie wurde schon gegeben.
refused-link-request-over = Diese Frage ist schon beantwortet, oder sie hat zu lange gewartet.
    .title = Beantwortet, oder zu spät
    .text = Sie haben fünfzehn Minuten Zeit für die Antwort. Wenn Sie geantwortet haben, können Sie einfach weitergehen. Es ist nichts verloren gegangen.

# Bei der ersten Anmeldung: die neue Anmeldung gehört inzwischen zu einem anderen Konto. Nie sagen, zu welchem.
refused-link-taken = { $provider ->
    [0] Diese Anmeldung gehört inzwischen zu einem anderen Konto.
   *[other] Ihre Anmeldung mit { $provider } gehört inzwischen zu einem anderen Konto.
}
    .title = Gehört zu einem anderen Konto
    .text = Sie wurde deshalb nicht mit dem Konto verknüpft, das Sie gewählt haben. Wenn Sie das überrascht, schicken Sie den Code unten an die Betreiber dieser Seite.

# Bei der ersten Anmeldung: die Person hat sich bei ihrem Konto angemeldet, aber das zählt nicht mehr.
refused-link-proof-refused = Bitte melden Sie sich noch einmal bei Ihrem Konto an.
    .title = Noch einmal anmelden
    .text = Seitdem sind mehr als fünf Minuten vergangen, oder Ihr Konto hat sich inzwischen geändert. Es wurde nichts verknüpft.

# Der Anbieter nannte keinen brauchbaren Namen.
refused-username-missing = { $provider ->
    [0] Wir haben keinen Namen für Sie erhalten.
   *[other] { $provider } hat uns keinen Namen für Sie mitgeteilt.
}
    .title = { $provider ->
        [0] Kein Name
       *[other] Kein Name: { $provider }
    }
    .text = Wir brauchen einen Namen für Ihr Konto. Wenn Sie gefragt wurden, welche Angaben Sie weitergeben, versuchen Sie es erneut und geben Sie Ihren Namen weiter.

# Der Anbieter nannte einen Namen, der hier kein Benutzername sein kann: zu lang oder mit Zeichen, die nicht erlaubt sind.
refused-username-invalid = { $provider ->
    [0] Der Name, den wir erhalten haben, kann hier kein Benutzername sein.
   *[other] Der Name, den { $provider } uns mitgeteilt hat, kann hier kein Benutzername sein.
}
    .title = { $provider ->
        [0] Name nicht verwendbar
       *[other] Name nicht verwendbar: { $provider }
    }
    .text = Er ist zu lang oder enthält Zeichen, die hier in Benutzernamen nicht vorkommen dürfen. Senden Sie den Code unten an die Betreiber dieser Seite.

# Der Link nennt eine unbekannte App, eine unbekannte Adresse oder einen unbekannten Raum.
refused-invalid-link = Dieser Link stimmt nicht.
    .title = Link stimmt nicht
    .text = { $app ->
        [0] Er führt zu einer Adresse, die wir nicht kennen. Gehen Sie zurück zu der Seite, von der Sie kamen, und melden Sie sich von dort aus an.
       *[other] Er führt zu einer Adresse, die wir nicht kennen. Gehen Sie zurück zu { $app } und melden Sie sich von dort aus an.
    }

# Dem Link fehlt etwas, oder er verlangt etwas, das wir nicht können: die App muss ihn berichtigen.
refused-unusable-link = Dieser Link stimmt nicht.
    .title = Link stimmt nicht
    .text = { $app ->
        [0] Ihm fehlt etwas, oder er verlangt etwas, das wir nicht können. Gehen Sie zurück zu der Seite, von der Sie kamen, und versuchen Sie es noch einmal. Hilft das nicht, geben Sie denen Bescheid, von denen der Link stammt.
       *[other] Ihm fehlt etwas, oder er verlangt etwas, das wir nicht können. Gehen Sie zurück zu { $app } und versuchen Sie es noch einmal. Hilft das nicht, geben Sie den Betreibern von { $app } Bescheid.
    }

# Unsere Datenbank ist weg, gesperrt oder voll.
refused-service-unavailable = Wir können gerade niemanden anmelden.
    .title = Gerade nicht verfügbar
    .text = Es ist nichts verloren gegangen. Bitte versuchen Sie es in einer Minute erneut.

# Die Datenbank versagt beim Abmelden. Man ist noch angemeldet.
refused-still-signed-in = Sie sind noch angemeldet.
    .title = Noch angemeldet
    .text = Wir können Sie gerade nicht abmelden. Bitte versuchen Sie es in einer Minute noch einmal, bevor Sie diesen Computer verlassen.

# Die Datenbank versagt, während jemand das eigene Passwort ändert.
refused-password-unchanged = Ihr Passwort wurde nicht geändert.
    .title = Passwort nicht geändert
    .text = Wir können gerade kein neues speichern. Bitte versuchen Sie es in einer Minute noch einmal.

# Diese Seite gibt es nicht.
refused-not-found = Unter dieser Adresse gibt es nichts.
    .title = Nichts hier
    .text = Vielleicht ist sie falsch geschrieben, oder die Seite ist umgezogen.

# Eine Rückkehr vom Anbieter, die nichts von uns enthält: abgeschnitten, erfunden oder nie begonnen.
refused-invalid-callback = Diese Anmeldung lässt sich nicht abschließen.
    .title = Nicht abschließbar
    .text = Sie hat nicht hier begonnen, oder unterwegs ist ein Teil verloren gegangen. Gehen Sie zurück zu der App, zu der Sie wollten, und melden Sie sich von dort aus an.

# Eine Schaltfläche wurde angeklickt, aber nicht auf unserer Seite; es ist nichts geschehen.
refused-cross-site-request = Bitte benutzen Sie die Schaltfläche auf unserer eigenen Seite.
    .title = Nicht auf unserer Seite geklickt
    .text = Wir können nicht erkennen, ob Sie selbst geklickt haben. Deshalb wurde nichts geändert.

# Eine Anfrage, wie sie keine unserer Seiten sendet.
refused-bad-request = Das ist auf diesem Weg nicht möglich.
    .title = So nicht möglich
    .text = Wir haben die Anfrage nicht verstanden. Deshalb wurde nichts geändert. Gehen Sie zurück und versuchen Sie es noch einmal.

# Steht vor dem Code, in einer eigenen Zeile.
code = Wenn Sie um Hilfe bitten, nennen Sie diesen Code

# Steht über einem Hinweis an die Entwickler der App oder eines Links; dieser Hinweis ist auf Englisch.
developer = { $app ->
    [0] Für die Entwickler
   *[other] Für die Entwickler der App
}

# Öffnet den Rat zu Cookies.
cookies = So lassen Sie Cookies zu

# Erster Rat: die Einstellungen des Browsers.
cookies-settings = Erlauben Sie in den Einstellungen Ihres Browsers Cookies für diese Seite. Wir setzen nur wenige, und nur eigene.

# Zweiter Rat: private Fenster.
cookies-window = Wenn dies ein privates Fenster ist, beginnen und beenden Sie die Anmeldung in demselben Fenster.

# Dritter Rat: Safari behält auf reinem http keine sicheren Cookies.
cookies-https = Wenn die Adresse oben mit http:// und nicht mit https:// beginnt, speichern manche Browser, darunter Safari, unsere Cookies nicht. Fragen Sie nach der https://-Adresse, oder verwenden Sie einen anderen Browser.

## Wie es weitergeht: Beschriftungen von Schaltflächen und Links. Ohne Punkt.

# Dieselbe Anmeldung neu beginnen.
next-step-start-again = Von vorn beginnen

# Dieselbe Anmeldung neu beginnen, im jetzt offenen Browser.
next-step-start-again-here = Hier von vorn beginnen

# Dieselbe Anmeldung von vorn, nach der Abmeldung beim Anbieter.
next-step-start-again-signed-out = Von vorn beginnen

# Angemeldet weiter zur App.
next-step-continue = { $app ->
    [0] Weiter
   *[other] Weiter zu { $app }
}

# Dasselbe noch einmal.
next-step-try-again = Erneut versuchen

# Einen anderen Dienst wählen.
next-step-choose-provider = Andere Anmeldemöglichkeit

# Sich als jemand anderes anmelden.
next-step-use-another-account = Anderes Konto verwenden

# Zurück zur App, nicht angemeldet.
next-step-return = { $app ->
    [0] Zurück zur App
   *[other] Zurück zu { $app }
}

# Zur Seite, auf der man sich anmeldet.
next-step-sign-in = { $app ->
    [0] Anmelden
   *[other] Bei { $app } anmelden
}

# Zur Seite, auf der man sich bei dieser Website selbst anmeldet.
next-step-sign-in-here = Anmelden

# Zur Seite, auf der man sich abmeldet.
next-step-sign-out = Abmelden

## Abmelden

# Überschrift der Frage. Die Schaltfläche darunter hat denselben Text ohne Fragezeichen.
sign-out = Abmelden?
    .title = Abmelden

# Unter dieser Überschrift. $account ist der Name der Person.
sign-out-account = Sie sind als { $account } angemeldet.

# Knopf, der abmeldet.
sign-out-button = Abmelden

# Überschrift, wenn niemand angemeldet ist.
nobody = Sie sind nicht angemeldet.
    .title = Nicht angemeldet
    .text = Sie müssen sich nicht abmelden.

# Überschrift nach dem Abmelden.
signed-out = Sie sind abgemeldet.
    .title = Abgemeldet
    .text = In Apps, die noch offen sind, und beim Dienst, bei dem Sie sich angemeldet haben, sind Sie vielleicht weiterhin angemeldet. Schließen Sie an einem gemeinsam genutzten Computer auch den Browser.

## Das eigene Passwort ändern

# Überschrift.
password-change = Passwort ändern
    .title = Passwort ändern

# Unter der Überschrift.
password-change-text = Überall sonst, wo Sie mit diesem Konto angemeldet sind, müssen Sie sich danach erneut anmelden.

# Darunter: wessen Passwörter hier geändert werden, und wessen nicht.
password-change-whose = Diese Seite ist für Konten, die hier geführt werden. Wenn Sie sich mit einem Konto von anderswo anmelden, ändern Sie dessen Passwort dort.

# Link unter beiden Feldern, zu der Seite, wo Leute mit einem Konto dieser Seite ihr Passwort ändern.
password-change-link = Passwort eines Kontos auf dieser Seite ändern

# Beschriftung des Felds für das bisherige Passwort.
password-change-old = Bisheriges Passwort

# Das bisherige Passwort ist falsch. Der Name ist bekannt, weil die Person angemeldet ist.
password-change-not-right = Das bisherige Passwort stimmt nicht.

# Beschriftung des Felds für das neue.
password-change-new = Neues Passwort

# Unter dieser Beschriftung. $shortest ist eine Zahl.
password-change-hint = Mindestens { $shortest } Zeichen. Gut geeignet sind ein paar Wörter, die nicht zusammengehören.

# Beschriftung des Felds, in dem es noch einmal steht.
password-change-again = Neues Passwort wiederholen

# Knopf.
password-change-button = Passwort ändern

## Beim neuen Passwort: warum es abgelehnt wurde. Geändert wurde nichts.

# Weniger Zeichen, als ein Passwort haben muss.
new-password-too-short = Es ist zu kurz.

# Mehr Zeichen, als ein Passwort haben darf, oder eines, das keines haben darf.
new-password-too-long = Es ist zu lang oder enthält ein Zeichen, das sich nicht überall eingeben lässt.

# Es steht auf Listen von Passwörtern.
new-password-common = Es gehört zu den Passwörtern, die zuerst ausprobiert werden.

# Der Name, oder fast.
new-password-based-on-name = Es besteht aus Ihrem Namen, und der wird zuerst ausprobiert.

# Die zwei Eingaben sind verschieden.
new-password-mismatch = Die beiden Eingaben stimmen nicht überein.

# Das neue ist das alte.
new-password-same-as-old = Es ist das bisherige Passwort.

# Überschrift nach der Änderung.
password-changed = Ihr Passwort wurde geändert.
    .title = Passwort geändert
    .text = Melden Sie sich ab jetzt mit dem neuen an.

## Auf dem Rückweg von einem Anbieter

# Überschrift einer Seite, die von selbst weitergeht.
repost = Einen Moment, bitte.
    .title = Einen Moment
    .text = Ihre Anmeldung geht von selbst weiter. Falls nicht, klicken Sie auf die Schaltfläche.

# Knopf dieser Seite.
repost-button = Weiter

## Ein schon vergebener Name

# Überschrift nach der ersten Anmeldung. $given ist der Name, den die Person hier hat.
username-suffixed = Ihr Name hier ist { $given }.
    .title = Ihr Name hier: { $given }
    .text = Sie sind angemeldet. Der Name { $wished } war schon vergeben. Deshalb haben Sie den nächsten freien Namen erhalten.

## Bei der ersten Anmeldung: hat die Person schon ein Konto?

# Überschrift der Seite. Die Person hat sich bei einem Anbieter angemeldet, den hier noch kein Konto verwendet hat.
link-question = Sind Sie schon hier?
    .title = Schon hier? { $provider }
    .text = { $app ->
        [0] Sie haben sich mit { $provider } angemeldet. Kein Konto hier hat diese Anmeldung bisher verwendet.
       *[other] Sie haben sich mit { $provider } angemeldet, um zu { $app } zu kommen. Kein Konto hier hat diese Anmeldung bisher verwendet.
    }

# Vor dem Namen und der Adresse, die $provider nennt. Sie folgen in derselben Zeile.
link-says = Laut { $provider } sind Sie

# Überschrift über den Anmeldemöglichkeiten: die Person hat ein Konto.
link-yes = Ja, ich habe ein Konto
    .text = Melden Sie sich so an wie bisher. Danach fragen wir, ob beide Anmeldungen dieses Konto öffnen sollen.

# Überschrift über einer Schaltfläche: die Person hat kein Konto.
link-no = Nein, ich bin neu hier
    .text = Sie bekommen ein eigenes Konto, das diese Anmeldung öffnet.
    .button = Neues Konto anlegen

# Schaltfläche: beim Anbieter ist jemand anderes angemeldet.
link-not-me = Das bin ich nicht

# Hinweis: die zweite Anmeldung gelang, aber auch sie hat noch kein Konto verwendet.
link-notice-no-account = Auch diese Anmeldung hat hier noch kein Konto verwendet. Versuchen Sie eine andere, oder legen Sie ein neues Konto an.

# Hinweis: der Anbieter hat die Person zurückgeschickt, ohne dass sie sich neu anmelden musste.
link-notice-not-fresh = Sie mussten sich dort nicht neu anmelden. Wir wissen deshalb nicht, ob Sie es gerade sind. Melden Sie sich dort zuerst ab, oder verwenden Sie eine andere Anmeldung.

# Hinweis: das Konto der zweiten Anmeldung ist abgeschaltet.
link-notice-account-disabled = Dieses Konto kann hier zurzeit nicht verwendet werden. Wenn Sie es verwenden können sollten, fragen Sie die Betreiber dieser Seite.

# Hinweis: das Konto hat sich seit der zweiten Anmeldung geändert.
link-notice-proof-lost = Ihr Konto hat sich inzwischen geändert. Bitte melden Sie sich noch einmal dort an.

# Überschrift der Seite, die um die Entscheidung bittet. $account ist der Name des Kontos.
link-confirmation = { $account } auch mit { $provider } öffnen?
    .title = Auch mit { $provider } öffnen?
    .text = Künftig öffnen beide Anmeldungen das Konto { $account }. Überall sonst werden Sie davon abgemeldet.
    .button = Mit beiden öffnen

# Überschrift über der Liste von allem, was das Konto schon öffnet.
link-methods = Was { $account } bisher öffnet
    .text = Wenn Sie etwas davon nicht kennen, gehen Sie zurück und fragen Sie die Betreiber dieser Seite.

# Seit wann eine Anmeldung das Konto öffnet. $date ist ein Tag.
link-method-since = seit dem { $date }

# Schaltfläche: nichts wird verknüpft.
link-back = Nein, zurück

## Die eigene Seite einer Person

# Überschrift der eigenen Seite einer Person.
account = Ihr Konto
    .title = Ihr Konto

# Beschriftung vor den Gruppen der Person.
account-groups = Gruppen

# Dahinter, wenn die Person in keiner Gruppe ist.
account-no-groups = keine

# Was gerade geschah: Eine Sitzung wurde beendet.
account-done-session-ended = Diese Sitzung ist beendet. Der Browser dort muss sich neu anmelden.

# Was gerade geschah: Alle Sitzungen außer der dieses Browsers wurden beendet.
account-done-others-ended = Sie sind überall sonst abgemeldet.

# Was gerade geschah: Eine Anmeldung wurde entfernt.
account-done-method-removed = Diese Anmeldung öffnet Ihr Konto nicht mehr. Sie sind überall sonst abgemeldet.

# Was gerade geschah: Eine Anmeldung wurde hinzugefügt.
account-done-method-added = Diese Anmeldung öffnet ab jetzt Ihr Konto. Sie sind überall sonst abgemeldet.

# Es geschah nichts: Die Anmeldung war schon da.
account-done-method-known = Diese Anmeldung öffnet Ihr Konto schon.

# Die Person hat sich neu angemeldet, weil ein Knopf es verlangte. Sonst ist noch nichts geschehen.
account-done-signed-in-again = Danke. In den nächsten Minuten können Sie die Knöpfe auf dieser Seite benutzen: Drücken Sie den gewünschten noch einmal.

# Überschrift der Liste der Anmeldungen.
account-methods = Wie Sie sich anmelden

# Neben einem Anbieter, der zurzeit abgeschaltet ist.
method-off = zurzeit abgeschaltet

# Neben einem Anbieter, den es hier nicht mehr gibt.
method-gone = hier nicht mehr angeboten

# Wie eine Anmeldung verknüpft wurde: bei der ersten Anmeldung. $date ist ein Tag.
method-founding = Damit haben Sie dieses Konto am { $date } angelegt.

# Wie eine Anmeldung verknüpft wurde: Die Person hat das Konto nachgewiesen. $date ist ein Tag.
method-proven = Das haben Sie am { $date } verknüpft, nachdem Sie sich bei diesem Konto angemeldet hatten.

# Wie eine Anmeldung verknüpft wurde: durch die Betreiber. $date ist ein Tag.
method-admin = Die Betreiber dieser Seite haben das am { $date } verknüpft.

# Wie eine Anmeldung verknüpft wurde: mit einer Liste von Konten. $date ist ein Tag.
method-import = Das kam am { $date } mit einer Liste von Konten.

# Wie eine Anmeldung verknüpft wurde: durch eine E-Mail-Adresse, die das Konto von den Betreibern hat. $date ist ein Tag.
method-domain = Verknüpft am { $date }: Die Betreiber hatten dieses Konto für Ihre E-Mail-Adresse vorbereitet.

# Eine Anmeldung, die eine ältere Version verknüpft hat. $date ist ein Tag.
method-before = Verknüpft am { $date }, bevor wir aufzeichneten, wie.

# Der Tag der letzten Benutzung einer Anmeldung oder eines Browsers. $date ist ein Tag.
account-last-used = Zuletzt benutzt am { $date }.

# Die Person hat auch ein Passwort. Es folgt ein Link, um es zu ändern.
account-password = Sie haben hier auch ein Passwort.

# Überschrift der Liste der Browser.
account-sessions = Wo Sie angemeldet sind

# Ein Browser und sein System: Firefox auf Linux.
device-on = { $browser } auf { $system }

# Ein Browser, dessen Namen wir nicht kennen.
device-system = Ein Browser auf { $system }

# Wir kennen weder den Browser noch das System.
device-unknown = Ein anderes Gerät

# Neben dem Browser, den die Person jetzt benutzt.
device-this = dieser Browser

# $date ist ein Tag.
device-since = Angemeldet am { $date } mit { $provider }.

# $network ist ein Bereich von Adressen, wie 192.0.2.0/24.
device-network = Netz { $network }.

# Knopf, der alle Sitzungen außer der dieses Browsers beendet.
account-end-others = Überall sonst abmelden

# Link zu der Seite, die diesen Browser abmeldet.
account-sign-out-here = Diesen Browser abmelden

# Überschrift der Liste der Apps.
account-rights = Was Sie benutzen dürfen

# Über dieser Liste.
rights-by = Durch Ihre Anmeldung mit { $provider }. Eine andere Anmeldung kann Ihnen mehr oder weniger geben.

# Statt dieser Liste.
rights-none = Durch Ihre Anmeldung mit { $provider } lässt Sie keine App ein.

# Ein Raum der App oder mehrere: $room ist seminars/*.
right-room = Raum { $room }

# Keine Regel nennt einen Raum.
right-any-room = Alle Räume

# Die Räume, die nicht in der Liste darüber stehen.
right-any-other-room = Alle anderen Räume

# Warum die App die Person einlässt: Ihre Regel hat keine Bedingung.
right-by-everybody = Alle dürfen hinein.

# Warum die App die Person einlässt. $name ist eine Gruppe.
right-by-group = Sie sind in der Gruppe { $name }.

# Warum die App die Person einlässt. $name ist ein Anbieter.
right-by-provider = Sie haben sich mit { $name } angemeldet.

# Warum die App die Person einlässt. $name steht in der E-Mail-Adresse nach dem @.
right-by-domain = Ihre E-Mail-Adresse ist bei { $name }.

# Warum die App die Person einlässt: Ihre Regel nennt dieses Konto.
right-by-account = Die Regel nennt Ihr Konto.

# $names ist eine Liste von Wörtern der App, wie present.
right-permissions = Rechte: { $names }

# Überschrift der Liste dessen, was mit dem Konto geschah.
account-history = Was zuletzt geschah

# Eine Zeile dieser Liste. $app und $provider können fehlen.
history-signed-in = { $app ->
    [0] Sie haben sich angemeldet.
   *[other] { $provider ->
        [0] Sie haben sich bei { $app } angemeldet.
       *[other] Sie haben sich mit { $provider } bei { $app } angemeldet.
    }
}

# Eine Zeile dieser Liste.
history-signed-out = Sie haben sich abgemeldet.

# Eine Zeile dieser Liste: Die Regeln der App lassen die Person nicht ein.
history-not-let-in = { $app ->
    [0] Eine App hat Sie nicht eingelassen.
   *[other] { $app } hat Sie nicht eingelassen.
}

# Eine Zeile dieser Liste: Eine Anmeldung gelang nicht, durch die Person oder jemand anderen.
history-refused = { $app ->
    [0] Jemand wollte sich als Sie anmelden und wurde abgewiesen.
   *[other] Jemand wollte sich als Sie bei { $app } anmelden und wurde abgewiesen.
}

# Eine Zeile dieser Liste.
history-session-ended = Eine Sitzung wurde beendet.

# Eine Zeile dieser Liste.
history-sessions-ended = Mehrere Sitzungen wurden zugleich beendet.

# Eine Zeile dieser Liste.
history-password-changed = Sie haben Ihr Passwort geändert.

# Eine Zeile dieser Liste.
history-password-set = Ihr Passwort wurde von den Betreibern dieser Seite gesetzt.

# Eine Zeile dieser Liste.
history-linked = { $provider ->
    [0] Eine Anmeldung wurde hinzugefügt.
   *[other] Eine Anmeldung wurde hinzugefügt: { $provider }.
}

# Eine Zeile dieser Liste.
history-unlinked = { $provider ->
    [0] Eine Anmeldung wurde entfernt.
   *[other] Eine Anmeldung wurde entfernt: { $provider }.
}

# Eine Zeile dieser Liste.
history-created = Ihr Konto wurde von den Betreibern dieser Seite angelegt.

# Eine Zeile dieser Liste.
history-groups-changed = Ihre Gruppen wurden von den Betreibern dieser Seite geändert.

# Eine Zeile dieser Liste: Die Person hat die Datei mit ihren Daten gespeichert.
history-exported = Sie haben Ihre Daten gespeichert.

# One line of that list: a role of identity admins.
history-role-changed = Ein Admin hat Ihnen eine Rolle gegeben oder genommen.

# Eine Zeile dieser Liste: Etwas anderes wurde geändert, wie der Name.
history-changed = Ihr Konto wurde von den Betreibern dieser Seite geändert.

# Hinter einer solchen Zeile, wenn es mehrmals geschah. $count ist eine Zahl.
history-count = ({ $count }-mal)

# Überschrift über dem Link, der die Daten der Person speichert.
account-export = Ihre Daten
    .text = Alles, was wir über Sie aufbewahren, in einer Datei für Programme (JSON).
    .link = Meine Daten speichern

# Ein Tag. $day, $month und $year sind Zahlen.
date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }

# Eine Uhrzeit. $date ist der Tag, $time ist 14:05.
date-time = { $date }, { $time } UTC

## Eine Anmeldung entfernen

# Link zu der Seite, die eine Anmeldung hinzufügt, und deren Überschrift.
method-add = Anmeldung hinzufügen
    .text = Melden Sie sich damit an. Danach fragen wir noch einmal, bevor sie Ihr Konto öffnet.
    .none = Hier ist keine andere Anmeldung eingerichtet.

# Link neben einer Anmeldung.
method-remove = Entfernen

# Überschrift der Seite, die fragt, bevor eine Anmeldung entfernt wird.
method-removal = { $provider } entfernen?
    .title = { $provider } entfernen?
    .text = Damit öffnet diese Anmeldung Ihr Konto nicht mehr. Überall sonst werden Sie abgemeldet.
    .button = Entfernen

# Link zurück zur eigenen Seite.
method-removal-back = Zurück zu Ihrem Konto

# Überschrift und Titel: Eine Änderung braucht eine Anmeldung der letzten Minuten.
sign-in-again = Bitte melden Sie sich noch einmal an
    .text = Dafür müssen Sie sich in den letzten Minuten angemeldet haben. Noch wurde nichts geändert.
    .button = Noch einmal anmelden

# Überschrift der Seite, die sagt, warum eine Anmeldung nicht entfernt werden kann.
method-stays = { $provider } bleibt vorerst.

# Unter dieser Überschrift: keine andere Anmeldung funktioniert.
method-stays-last = Nur diese Anmeldung öffnet Ihr Konto noch. Ohne sie könnten Sie nicht zurückkommen.

# Unter dieser Überschrift: die Person ist gerade damit angemeldet.
method-stays-in-use = Sie sind gerade damit angemeldet. Melden Sie sich zuerst mit einer anderen an, dann können Sie sie entfernen.
    .button = Mit einer anderen anmelden

## Eine Person ohne Konto bittet um Zugang

# Überschrift über einer Schaltfläche der Frage. Die Person bittet die Betreiber um Zugang.
access-offer = Ich brauche Zugang
    .text = Bitten Sie die Betreiber dieser Seite, Ihnen Zugang zu geben.
    .full = Zurzeit warten zu viele Personen auf eine Antwort. Bitte fragen Sie später, oder schreiben Sie den Betreibern dieser Seite.

# Die Schaltfläche der Frage, und die Überschrift der Seite für die Nachricht.
access-ask = Um Zugang bitten
    .title = Um Zugang bitten
    .text = { $app ->
        [0] Die Betreiber dieser Seite entscheiden, ob Sie hier ein Konto bekommen. Sie sehen, was Sie hier schreiben.
       *[other] Die Betreiber dieser Seite entscheiden, ob Sie { $app } verwenden dürfen. Sie sehen, was Sie hier schreiben.
    }
    .button = Senden
    .back = Zurück

# Beschriftung des Feldes für die Nachricht.
access-message = Ihre Nachricht (freiwillig)
    .hint = Zum Beispiel, wer Sie sind und wer Sie hier kennt. Höchstens { $longest } Zeichen.
    .too-long = Ihre Nachricht ist länger als { $longest } Zeichen. Bitte kürzen Sie sie.

# Überschrift, nachdem die Bitte gesendet wurde.
access-sent = Ihre Bitte wurde gesendet.
    .title = Bitte gesendet
    .text = Die Betreiber dieser Seite werden entscheiden. Um die Entscheidung zu sehen, melden Sie sich wieder mit { $provider } an.

# Überschrift bei einer späteren Anmeldung: noch niemand hat entschieden.
access-waiting = Ihre Bitte wartet noch.
    .title = Bitte wartet
    .text = Die Betreiber dieser Seite haben noch nicht entschieden. Um die Entscheidung zu sehen, melden Sie sich wieder mit { $provider } an.
    .again = Andere Nachricht schreiben

# Überschrift bei einer späteren Anmeldung: die Betreiber haben nein gesagt.
access-refused = Sie haben keinen Zugang erhalten.
    .title = Kein Zugang
    .text = Die Betreiber dieser Seite haben über Ihre Bitte mit { $provider } entschieden. Einen Tag danach können Sie noch einmal fragen.
    .again = Noch einmal fragen

# Überschrift über den Worten der Betreiber.
access-note = Antwort der Betreiber

# Überschrift über dem Tag und der Nachricht der Bitte.
access-yours = Ihre Bitte

# Der Tag, an dem die Person gefragt hat. $date ist ein Tag.
access-asked-on = Gesendet am { $date }.

# Link: zur Frage mit ihren anderen Antworten.
access-question = Anders antworten

# Schaltfläche: mit einem anderen Konto anmelden.
access-other = Andere Anmeldung verwenden

# Über der Kennung der Bitte.
access-reference = Kennung, falls Sie die Betreiber fragen:

## Identitätsverwaltung

# Überschrift und Titel: die Seiten der Leute, die Konten verwalten.
admin = Identitätsverwaltung

# Wer die Seite benutzt. $role ist eine der Rollen unten.
admin-you = Sie sind { $name }, { $role }.

# Die Rollen, mitten im Satz.
admin-role-viewer = Beobachter

# Die Rollen, mitten im Satz.
admin-role-helpdesk = Helpdesk

# Die Rollen, mitten im Satz.
admin-role-admin = Admin

# Beschriftung eines Suchfelds.
admin-find = Anfang eines Namens, Benutzernamens oder einer E-Mail-Adresse; eine Kennung, ein Referenzcode oder Anbieter:Subjekt
    .button = Suchen

# Nach einer Suche ohne Ergebnis.
admin-not-found = Nichts gefunden. Die Suche findet den Anfang eines Namens, keinen Teil aus seiner Mitte.

# Überschrift über den Leuten, die um Zugang bitten.
admin-requests = Zugangsanfragen

# Unter einer Person in dieser Liste. $date ist ein Tag.
admin-request-since = { $provider }, wartet seit dem { $date }

# Wenn diese Liste leer ist.
admin-no-requests = Niemand wartet.

# Überschrift über den Konten mit einer Rolle.
admin-roles = Konten mit einer Rolle

# Unter einem Konto in dieser Liste. $date ist ein Tag.
admin-role-since = { $role } seit dem { $date }

# Wenn diese Liste leer ist: Auch die Konfiguration kann Rollen geben.
admin-no-roles = Die Datenbank gibt keine Rolle. Die Konfiguration kann welche geben.

# Der Zustand eines Kontos.
admin-disabled = gesperrt

# Der Zustand eines Kontos.
admin-enabled = aktiv

# Überschrift und Titel: die Seite eines Kontos. $name ist sein Benutzername.
admin-account = Konto { $name }

# Wörter vor den Angaben eines Kontos.
admin-id = Kennung

# Wörter vor den Angaben eines Kontos.
admin-state = Zustand

# Wörter vor den Angaben eines Kontos.
admin-role = Rolle

# Wörter vor den Angaben eines Kontos.
admin-role-none = keine

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-end-sessions = Alle Sitzungen beenden

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-disable = Sperren

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-enable = Entsperren

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-give-viewer = Zum Beobachter machen

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-give-helpdesk = Zum Helpdesk machen

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-give-admin = Zum Admin machen

# Schaltflächen: was ein Admin mit einem Konto tun kann.
admin-act-take-role = Rolle entziehen

# Wie eine Anmeldung verbunden wurde. $date ist ein Tag.
admin-proof-founding = Das Konto entstand damit am { $date }.

# Wie eine Anmeldung verbunden wurde. $date ist ein Tag.
admin-proof-proven = Die Person hat das Konto nachgewiesen und es am { $date } verbunden.

# Wie eine Anmeldung verbunden wurde. $date ist ein Tag.
admin-proof-admin = Ein Admin hat es am { $date } verbunden.

# Wie eine Anmeldung verbunden wurde. $date ist ein Tag.
admin-proof-import = Es kam mit einer Liste von Konten am { $date }.

# Wie ein Anmeldeweg verknüpft wurde. $date ist ein Tag.
admin-proof-domain = Ein Admin hatte das Konto für diese E-Mail-Adresse vorbereitet: verknüpft am { $date }.

# Wie eine Anmeldung verbunden wurde. $date ist ein Tag.
admin-proof-before = Es wurde am { $date } verbunden, bevor wir festhielten, wie.

# Überschrift über den Identitäten eines Kontos.
admin-methods = Anmeldungen

# Wenn ein Konto keine Anmeldung hat.
admin-no-methods = Keine Identität öffnet dieses Konto.

# Überschrift über den Browsern, in denen die Person angemeldet ist.
admin-sessions = Sitzungen

# Wenn diese Liste leer ist.
admin-no-sessions = Die Person ist nicht angemeldet.

# Überschrift über den neuesten Zeilen des Prüfprotokolls.
admin-audit = Prüfprotokoll

# Link zur ersten Seite der Identitätsverwaltung.
admin-back = Zurück zur Identitätsverwaltung

# Was getan wurde, oder warum nicht.
admin-notice-done = Erledigt.

# Was getan wurde, oder warum nicht.
admin-notice-role-needed = Ihre Rolle darf das nicht. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-holder-of-role = Das Konto hat eine Rolle, daher darf das nur die Kommandozeile. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-own-account = Niemand darf das mit dem eigenen Konto tun. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-last-admin = Das ist der letzte Admin, daher darf das nur die Kommandozeile. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-name-taken = Ein anderes Konto hat diesen Benutzernamen. Lassen Sie die Person nachweisen, dass es ihres ist, oder nehmen Sie auf der Kommandozeile einen anderen Namen. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-no-name = Schreiben Sie der Person, warum Sie ablehnen. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-decided-before = Über diese Anfrage hat schon jemand entschieden.

# Was getan wurde, oder warum nicht.
admin-notice-changed-meanwhile = Dieses Konto wurde inzwischen geändert. Sehen Sie es an und versuchen Sie es noch einmal. Jetzt wurde nichts geändert.

# Was getan wurde, oder warum nicht.
admin-notice-identity-taken = Diese Identität ist mit einem anderen Konto verknüpft. Lösen Sie sie zuerst dort. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-bad-group = So kann keine Gruppe heißen. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-bad-identity = Schreiben Sie die Kennung eines Anbieters, einen Doppelpunkt und das Subject der Person dort. Passwörter, die hier liegen, brauchen keine Verknüpfung. Hat ein Anbieter mehrere Mandanten, nehmen Sie die Kommandozeile. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-bad-name = Das kann hier kein Benutzername sein. Nichts wurde geändert.

# Was getan wurde, oder warum nicht.
admin-notice-no-account = Es gibt kein Konto mit diesem Namen oder dieser Kennung. Nichts wurde geändert.

# Zwei Konten können nicht zusammengeführt werden, oder das kann nicht rückgängig gemacht werden.
admin-notice-same-account = Ein Konto kann nicht mit sich selbst zusammengeführt werden. Nichts wurde geändert.

# Zwei Konten können nicht zusammengeführt werden, oder das kann nicht rückgängig gemacht werden.
admin-notice-merge-disabled = Eines der Konten ist gesperrt. Entsperren Sie es zuerst. Nichts wurde geändert.

# Zwei Konten können nicht zusammengeführt werden, oder das kann nicht rückgängig gemacht werden.
admin-notice-merged = Das Konto wurde mit einem anderen zusammengeführt. Machen Sie das zuerst rückgängig. Nichts wurde geändert.

# Zwei Konten können nicht zusammengeführt werden, oder das kann nicht rückgängig gemacht werden.
admin-notice-undo-over = Diese Zusammenführung wurde schon rückgängig gemacht oder ist zu alt. Nichts wurde geändert.

# Zwei Konten können nicht zusammengeführt werden, oder das kann nicht rückgängig gemacht werden.
admin-notice-undo-later = Das bleibende Konto wurde weiter zusammengeführt. Machen Sie das zuerst rückgängig. Nichts wurde geändert.

# Überschrift, Titel und Link: eine Liste von Identitäten. Beschriftungen des Formulars: Kennung eines Anbieters, wie verknüpft wurde, ein Tag, ein Kästchen; dann der Knopf.
admin-identities = Identitäten
    .provider = Kennung des Anbieters
    .proof = Wie sie verknüpft wurde
    .any = beliebig
    .before = Nicht benutzt seit
    .only = Nur solche, die die einzige Identität ihres Kontos sind
    .button = Auflisten

# Wie eine Identität verknüpft wurde, in einer Auswahlliste.
admin-filter-founding = erste Anmeldung

# Wie eine Identität verknüpft wurde, in einer Auswahlliste.
admin-filter-proven = von der Person nachgewiesen

# Wie eine Identität verknüpft wurde, in einer Auswahlliste.
admin-filter-domain = durch eine E-Mail-Adresse

# Wie eine Identität verknüpft wurde, in einer Auswahlliste.
admin-filter-admin = durch einen Admin

# Wie eine Identität verknüpft wurde, in einer Auswahlliste.
admin-filter-import = eingelesene Liste

# Wie eine Identität verknüpft wurde, in einer Auswahlliste.
admin-filter-before = bevor wir festhielten, wie

# Wenn die Liste leer ist.
admin-identities-none = Hier passt keine Identität.

# Wenn die Liste endet, weil es zu lange dauert, auf einmal weiterzusuchen. Der Knopf ist ein Link.
admin-identities-stopped = Wir haben 2000 Identitäten angesehen. Es gibt mehr.
    .button = Weitersuchen

# Überschrift über den Formularen, die ein Konto ändern.
admin-changes = Dieses Konto ändern

# Link zu einer Seite, die fragt, bevor das Konto eine Gruppe verlässt.
admin-leave = Aus der Gruppe { $group } nehmen

# Link zu einer Seite, die fragt, bevor eine Identität gelöst wird. $provider ist der Anbieter der Identität.
admin-unlink = Verknüpfung mit { $provider } lösen

# Beschriftung eines Feldes und des Knopfes daneben. Eine Seite fragt, bevor etwas geschieht.
admin-join = In diese Gruppe aufnehmen
    .button = Aufnehmen

# Beschriftung eines Feldes und des Knopfes daneben. Eine Seite fragt, bevor etwas geschieht.
admin-link = Diese Identität verknüpfen, als Anbieter:Subject
    .button = Verknüpfen

# Beschriftung eines Feldes und des Knopfes daneben. Eine Seite fragt, bevor etwas geschieht.
admin-rename = Neuer Benutzername
    .button = Umbenennen

# Knopf neben einer Sitzung.
admin-end-session = Diese Sitzung beenden

# Überschrift und Titel einer Seite, die fragt, und ihr Knopf. $name ist ein Benutzername, $value eine Gruppe.
admin-change-join = { $name } in die Gruppe { $value } aufnehmen?
    .button = In die Gruppe aufnehmen

# Überschrift und Titel einer Seite, die fragt, und ihr Knopf. $name ist ein Benutzername, $value eine Gruppe.
admin-change-leave = { $name } aus der Gruppe { $value } nehmen?
    .button = Aus der Gruppe nehmen

# Überschrift und Titel einer Seite, die fragt, und ihr Knopf. $name ist ein Benutzername.
admin-change-link = Eine Identität mit { $name } verknüpfen?
    .button = Verknüpfen

# Überschrift und Titel einer Seite, die fragt, und ihr Knopf. $name ist ein Benutzername.
admin-change-unlink = Eine Identität von { $name } lösen?
    .button = Lösen

# Überschrift und Titel einer Seite, die fragt, und ihr Knopf. $name ist ein Benutzername, $value der neue.
admin-change-rename = { $name } in { $value } umbenennen?
    .button = Umbenennen

# Wort vor den Werten einer Identität.
admin-issuer = Issuer

# Wenn eine Änderung nichts ändern würde.
admin-change-nothing = Das ist schon so. Nichts würde sich ändern.

# Überschrift über dem, was eine Änderung bewirkt.
admin-change-effects = Was geschieht

# Die Wirkung einer Änderung der Gruppen.
admin-change-groups = Sitzungen bleiben. Ab dem nächsten Eintritt sehen die Regeln der Apps die geänderten Gruppen.

# Die Wirkung einer Verknüpfung.
admin-change-opens = Diese Anmeldung öffnet dann das Konto, ohne dass die Person es nachweist. Seien Sie sicher, dass beide dieselbe Person sind.

# Die Wirkung einer Änderung der Identitäten.
admin-change-sessions = { $count ->
    [0] Keine Sitzung endet.
    [one] Eine Sitzung endet.
   *[other] { $count } Sitzungen enden.
}

# Über den anderen Anmeldewegen des Kontos.
admin-change-left = Diese Anmeldewege bleiben:

# Neben einem Anmeldeweg, der abgeschaltet oder nicht mehr da ist.
admin-change-off = geht gerade nicht

# Wenn kein anderer Anmeldeweg geht.
admin-change-last = Kein anderer Anmeldeweg des Kontos geht. Danach kann sich die Person nicht anmelden, bis jemand einen verknüpft.

# Neben einem Kästchen zum Ankreuzen.
admin-change-sure = Trotzdem lösen

# Vor den Namen von Apps.
admin-change-names = Diese Apps kennen Leute beim Namen und sehen dann eine neue Person:

# Wenn es keine solche App gibt.
admin-change-no-names = Keine App kennt Leute beim Namen.

# Link zurück zur Seite des Kontos.
admin-change-back = Zurück zum Konto

# Überschrift und Titel: die Seite fragt, bevor sie zwei Konten einer Person zusammenführt. $from wird geschlossen, $into bleibt.
admin-merge-merge = { $from } mit { $into } zusammenführen?
    .text = { $from } wird geschlossen und behält seinen Namen. Diese Anmeldewege öffnen dann { $into }. Seien Sie sicher, dass beide Konten derselben Person gehören.
    .button = Zusammenführen

# Überschrift und Titel: die Seite fragt, bevor sie eine Zusammenführung rückgängig macht. $from wird wieder geöffnet.
admin-merge-undo = Die Zusammenführung von { $from } mit { $into } rückgängig machen?
    .text = { $from } wird wieder geöffnet. Diese Anmeldewege kommen von { $into } zurück.
    .button = Rückgängig machen

# Anstelle der Liste der Anmeldewege, die das Konto wechseln.
admin-merge-no-methods = Kein Anmeldeweg wechselt das Konto.

# Über den Anmeldewegen, die jemand nach der Zusammenführung gelöst oder verschoben hat.
admin-merge-left = Diese bleiben, wie sie sind, weil jemand sie nach der Zusammenführung gelöst oder verschoben hat:

# Vor einer Liste von Gruppen. $into ist das Konto, das bleibt.
admin-merge-groups-merge = { $into } bekommt auch diese Gruppen und die Rechte durch sie:

# Vor einer Liste von Gruppen. $into ist das Konto, das bleibt.
admin-merge-groups-undo = { $into } verliert diese Gruppen:

# Vor einer Liste von E-Mail-Adressen. $into ist das Konto, das bleibt.
admin-merge-addresses-merge = { $into } bekommt auch diese Adressen:

# Vor einer Liste von E-Mail-Adressen. $into ist das Konto, das bleibt.
admin-merge-addresses-undo = { $into } verliert diese Adressen:

# Wenn das Konto, das geschlossen wird, ein Passwort hat.
admin-merge-password = Das Passwort von { $from } öffnet nichts mehr.

# Was Apps nach einer Zusammenführung sehen.
admin-merge-apps = Apps, die die Person als { $from } kannten, treffen dann auf { $into }.

# Bis wann eine Zusammenführung rückgängig gemacht werden kann. $date ist ein Tag.
admin-merge-until = Bis zum { $date } kann ein Admin das rückgängig machen. Danach wird { $from } gelöscht.

# Neben einem Kästchen, das vor einer Zusammenführung angekreuzt werden muss.
admin-merge-sure = Beide Konten gehören derselben Person

# Überschrift über den Zusammenführungen eines Kontos.
admin-merges = Zusammenführungen

# Vor dem Namen eines anderen Kontos, mit dem dieses zusammengeführt wurde. $date ist ein Tag.
admin-merged-into = Am { $date } zusammengeführt mit

# Vor dem Namen eines anderen Kontos, das in dieses überging. $date ist ein Tag.
admin-merged-from = Seit dem { $date } auch mit den Anmeldewegen von

# Neben einer Zusammenführung, die rückgängig gemacht wurde. $date ist ein Tag.
admin-merge-undone = am { $date } rückgängig gemacht

# Link zur Seite, die eine Zusammenführung rückgängig macht. $name ist das andere Konto.
admin-merge-undo-link = Zusammenführung mit { $name } rückgängig machen

# Beschriftung eines Felds für den Namen eines anderen Kontos, mit dem dieses zusammengeführt wird.
admin-merge-into = Zusammenführen mit dem Konto (Benutzername oder Kennung)
    .button = Zeigen, was passiert

# Überschrift, Titel und Link: die Liste der Anbieter.
admin-providers = Anbieter

# Neben einem Anbieter, mit dem sich zurzeit niemand anmelden kann, weil ein Admin ihn angehalten hat.
admin-suspended = ausgesetzt

# Was an einem Anbieter hängt: wie viele Identitäten verbunden und wie viele Sitzungen offen sind.
admin-provider-uses = Verbundene Identitäten: { $links }. Offene Sitzungen: { $sessions }.

# Überschrift und Titel: die Seite eines Anbieters. $name ist sein Name.
admin-of-provider = Anbieter { $name }

# Vor dem Namen eines Admins und einem Grund. $date ist ein Tag.
admin-suspended-since = Niemand kann sich hier anmelden. Ausgesetzt seit dem { $date }:

# Wie viele Konten ohne diesen Anbieter nicht geöffnet werden könnten.
admin-provider-without-other = Konten ohne anderen Anmeldeweg: { $count }.

# Überschrift über dem Knopf, der einen Anbieter anhält.
admin-suspend-provider = Diesen Anbieter aussetzen
    .text = Niemand meldet sich mehr damit an, er weist kein Konto nach, und seine Sitzungen enden sofort. Tokens, die Apps schon haben, gelten noch etwa eine Minute. Verbindungen und Gruppen bleiben.
    .why = Grund, für andere Admins
    .button = Aussetzen

# Vor dem Knopf, der einen Anbieter anhält: die Person vor dem Bildschirm hat sich mit diesem angemeldet.
admin-suspend-own = Sie haben sich mit diesem Anbieter angemeldet, daher endet auch Ihre eigene Sitzung. Seien Sie sicher, dass Sie sich mit einem anderen anmelden können oder dass jemand die Kommandozeile benutzen kann.

# Überschrift über dem Knopf, der einen Anbieter wieder zulässt.
admin-resume-provider = Diesen Anbieter wieder zulassen
    .text = Die Leute können sich wieder damit anmelden. Die beendeten Sitzungen bleiben beendet.
    .button = Wieder zulassen

# Link zur Liste der Anbieter.
admin-providers-back = Alle Anbieter

# Überschrift über Links, die die Ursache einer Ablehnung beheben.
admin-mends = Was hilft

# Link: die Regeln der App lassen die Mitglieder einer Gruppe ein. $name ist ein Benutzername.
admin-mend-join = { $name } in die Gruppe { $group } aufnehmen

# Link zur Seite eines gesperrten Kontos. $name ist sein Benutzername.
admin-mend-enable = Das Konto { $name } auf seiner Seite entsperren

# Link zur Seite eines ausgesetzten Anbieters. $name ist sein Name.
admin-mend-resume = Den Anbieter { $name } auf seiner Seite wieder zulassen

# Überschrift und Titel: eine Person, die um Zugang bittet.
admin-request = Zugangsanfrage

# Über dem, was Anbieter und Person sagen.
admin-request-says = Das sagen der Anbieter und die Person. Ob die Person schon ein Konto hat, kann nur sie nachweisen.

# Wörter vor den Angaben einer Anfrage.
admin-provider = Anbieter

# Wörter vor den Angaben einer Anfrage.
admin-subject = Subjekt

# Wörter vor den Angaben einer Anfrage.
admin-name = Name

# Wörter vor den Angaben einer Anfrage.
admin-email = E-Mail-Adresse

# Wörter vor den Angaben einer Anfrage.
admin-app = Möchte zu

# Wörter vor den Angaben einer Anfrage.
admin-asked = Fragt seit

# Wenn eine Anfrage nicht wartet.
admin-request-decided = Diese Anfrage wartet nicht mehr.

# Die drei Entscheidungen. $name ist ein Benutzername.
admin-let-prove = Wenn die Person schon ein Konto hat: Bei der nächsten Anmeldung weist sie es nach, und beide Anmeldungen öffnen es.
    .button = Nachweisen lassen

# Die drei Entscheidungen. $name ist ein Benutzername.
admin-let-in = Wenn die Person neu ist: Sie bekommt das Konto { $name }.
    .button = Als neu einlassen

# Die drei Entscheidungen. $name ist ein Benutzername.
admin-refuse = Nachricht an die Person, wenn Sie ablehnen
    .button = Ablehnen

# Beschriftung eines Feldes und des Knopfes daneben. Eine Seite fragt, bevor etwas geschieht.
admin-request-account = Wenn Sie wissen, wer die Person ist, und nicht auf ihren Nachweis warten können: Name oder Kennung ihres Kontos
    .button = Mit diesem Konto verknüpfen

# Überschrift und Titel einer Seite, die fragt. $name ist der Benutzername eines Kontos.
admin-request-link = Diese Person mit dem Konto { $name } verknüpfen?
    .text = Die Person hat nicht nachgewiesen, dass das Konto ihres ist. Fragen Sie sie auf einem anderen Weg als über diese Anfrage. Wenn es Zeit hat, lassen Sie sie es nachweisen.
    .person = Diese Person
    .button = Ohne Nachweis verknüpfen
    .back = Zurück zur Anfrage

# Überschrift und Titel: eine Einladung, Konten zu verwalten. $name ist der Benutzername der Person.
admin-invitation = Admin werden
    .text = Sie sind als { $name } angemeldet. Mit der Schaltfläche wird dieses Konto Admin. Die Einladung gilt einmal.
    .button = Admin werden
    .gone = Diese Einladung wurde benutzt oder ist abgelaufen. Der Betreiber kann mit vestibule admin invite eine neue machen.

# Überschrift und Titel: was eine Suche fand. $query ist der eingegebene Text.
admin-search = Suche nach „{ $query }“

# Wenn einer Suche Konten fehlen können.
admin-search-incomplete = Der Server bereitet die Suche noch vor. Einige Konten können fehlen.

# Link zur nächsten Seite einer Suche.
admin-search-next = Weitere

# Überschrift über einer abgelehnten Anmeldung. $code ist ihr Referenzcode.
admin-refusal = Ablehnung { $code }

# Wörter vor den Angaben einer abgelehnten Anmeldung.
admin-refusal-at = Zeit

# Wörter vor den Angaben einer abgelehnten Anmeldung.
admin-refusal-cause = Ursache
