# Tous les textes que Vestibule affiche, en français. Les identifiants et les arguments sont ceux de en.ftl, où se trouvent les consignes.
# On vouvoie. [0] est le texte pour le cas où le nom n’est pas connu. Une espace insécable précède les signes doubles
# (deux-points, point-virgule, point d’interrogation ou d’exclamation) et se trouve dans les guillemets.

## Sur chaque page

# Pour les lecteurs d’écran, devant les liens qui changent la langue.
languages = Langue

# Lien vers la page d’aide de l’exploitant.
help = Aide

# Devant l’adresse électronique de l’exploitant.
help-mail = Aide :

## Se connecter

# Titre de la page où l’on choisit comment se connecter. Sans application, $app est le nom de ce site.
sign-in = { $app ->
    [0] Se connecter
   *[other] Se connecter à { $app }
}

# Où l’on arrivera dans l’application. $room est le nom de la salle.
sign-in-room = Salle : { $room }

# Lien vers un service où l’on peut se connecter. Sans point.
choice-continue-with = Continuer avec { $provider }

# La même chose pour un service qui impose ces mots.
choice-sign-in-with = Se connecter avec { $provider }

# Sous le nom : qui a un compte là-bas.
choice-work-or-school = compte professionnel ou scolaire

# À côté du service utilisé la dernière fois.
choice-used-last = utilisé la dernière fois

# À la place des mots habituels quand un service est injoignable.
choice-not-answering = { $provider } ne répond pas.

# Deuxième ligne de ce lien : il y mène quand même.
choice-try-again = Réessayer

# Pour les lecteurs d’écran, devant la liste des services.
choices = Moyens de connexion

# Au-dessus du choix quand l’application, ou ce site, demande une nouvelle connexion.
prompt-reason-again = { $app ->
    [0] Veuillez vous connecter à nouveau.
   *[other] { $app } vous demande de vous connecter à nouveau.
}

# Au-dessus du choix quand on veut utiliser un autre compte. $account est le compte actuel.
prompt-reason-another-account = { $account ->
    [0] Connectez-vous avec le compte que vous voulez utiliser.
   *[other] Vous êtes connecté en tant que { $account }. Connectez-vous avec le compte que vous voulez utiliser à sa place.
}

# Étiquette du champ qui raccourcit une longue liste.
search = Chercher par nom

# Bouton à côté de ce champ.
search-button = Chercher

# Quand aucun nom ne contient ce qui a été tapé. $query est ce qui a été tapé.
search-nothing = Aucun nom ici ne contient « { $query } ».

# Lien qui ramène à la liste entière.
search-all = Tout afficher

# Entre les services et les champs qui suivent.
form-or = ou avec un mot de passe

# Au-dessus des deux champs : de quel mot de passe il s’agit. Ici : les comptes du site lui-même.
form-source-local = Utilisez le nom et le mot de passe de votre compte sur ce site.

# De même, pour les comptes chez $provider. $others contient les noms d’autres services, séparés par des virgules.
form-source-external = Utilisez le nom et le mot de passe que vous avez chez { $others ->
    [0] { $provider }
   *[other] { $others } ou { $provider }
}.

# De même, pour les comptes du site lui-même et pour les comptes chez ces services.
form-source-local-or-external = Utilisez le nom et le mot de passe de votre compte sur ce site, ou ceux que vous avez chez { $others ->
    [0] { $provider }
   *[other] { $others } ou { $provider }
}.

# Étiquette du champ du nom.
form-name = Nom

# Étiquette du champ du mot de passe.
form-password = Mot de passe

# Le bouton sous les deux champs.
form-button = Se connecter

# Après trop de tentatives : le temps à attendre. $seconds vaut au moins 1.
form-wait = { $seconds ->
    [one] Attendez une seconde.
   *[other] Attendez { $seconds } secondes.
}

# La même chose, s’il faut attendre longtemps. $minutes vaut au moins 3.
form-wait-minutes = Attendez { $minutes } minutes.

# Lien à côté : montre la page à nouveau, avec le temps qui reste.
form-look-again = Combien de temps encore ?

# Titre quand l’exploitant n’a prévu aucun moyen de se connecter.
none = Aucun moyen de connexion n’est configuré ici.
    .title = { $app ->
        [0] Aucun moyen de connexion
       *[other] Aucun moyen de connexion : { $app }
    }
    .text = Les responsables de ce site doivent d’abord en configurer un. Adressez-vous à eux si vous pensiez pouvoir vous connecter ici.

## Refus : titre, .title de l’onglet, .text sous le titre

# Plus de dix minutes se sont écoulées.
refused-login-expired = Cette connexion a pris trop de temps.
    .title = Délai dépassé
    .text = { $app ->
        [0] Elle doit être terminée en dix minutes. Rien n’a été perdu.
       *[other] La connexion à { $app } doit être terminée en dix minutes. Rien n’a été perdu.
    }

# Huit autres connexions ont commencé dans ce navigateur : on n’en garde pas plus.
refused-login-evicted = Cette connexion a été remplacée par de plus récentes.
    .title = Remplacée par de plus récentes
    .text = { $app ->
        [0] Vous avez commencé plusieurs connexions dans ce navigateur, et seules les plus récentes sont conservées. Rien n’a été perdu.
       *[other] Vous avez commencé plusieurs connexions dans ce navigateur, et seules les plus récentes sont conservées. Vous pouvez recommencer celle à { $app }.
    }

# Le fournisseur a dans la configuration un autre émetteur qu’au début de la connexion.
refused-provider-changed = Cette connexion doit être recommencée.
    .title = À recommencer
    .text = Les réglages de la connexion ont changé entre-temps. Rien n’a été perdu.

# Retour arrière ou rechargement après que tout s’est bien passé ; toujours connecté.
refused-already-signed-in = Vous êtes déjà connecté.
    .title = Déjà connecté
    .text = { $app ->
        [0] Cette connexion est terminée ; vous pouvez simplement continuer.
       *[other] Votre connexion à { $app } est terminée ; vous pouvez simplement continuer.
    }

# Retour arrière ou rechargement après que tout s’est bien passé ; déconnecté depuis.
refused-already-finished = Cette connexion est déjà terminée.
    .title = Déjà terminée
    .text = { $app ->
        [0] Chaque connexion ne sert qu’une fois. Recommencez pour vous connecter à nouveau.
       *[other] Chaque connexion à { $app } ne sert qu’une fois. Recommencez pour vous connecter à nouveau.
    }

# Autre navigateur, fenêtre privée ou cookies bloqués.
refused-login-missing = Cette connexion a commencé dans un autre navigateur, ou les cookies sont bloqués.
    .title = Commencée dans un autre navigateur
    .text = { $app ->
        [0] Nous ne pouvons la terminer que dans le navigateur où elle a commencé. Vous pouvez recommencer ici.
       *[other] Nous ne pouvons terminer la connexion à { $app } que dans le navigateur où elle a commencé. Vous pouvez recommencer ici.
    }

# La personne a refusé chez le fournisseur, ou le fournisseur l’a refusée.
refused-provider-denied = { $provider ->
    [0] Vous n’avez pas terminé la connexion.
   *[other] Vous n’avez pas terminé la connexion avec { $provider }.
}
    .title = { $provider ->
        [0] Connexion non terminée
       *[other] Connexion non terminée : { $provider }
    }
    .text = Elle a été interrompue là-bas, et nous n’avons rien reçu à votre sujet.

# Le fournisseur ne peut être joint.
refused-provider-unreachable = { $provider ->
    [0] Le service où vous vous connectez ne répond pas.
   *[other] { $provider } ne répond pas.
}
    .title = { $provider ->
        [0] Pas de réponse
       *[other] Pas de réponse : { $provider }
    }
    .text = Vous n’y êtes pour rien, et cela passe souvent tout seul. Réessayez plus tard.

# Le serveur du fournisseur refuse tous ceux qui se connectent d’ici, parce que trop de gens se sont connectés, ou que trop
# de mots de passe étaient faux.
refused-address-banned = { $provider ->
    [0] Le service où vous vous connectez n’accepte pour le moment aucune connexion d’ici.
   *[other] { $provider } n’accepte pour le moment aucune connexion d’ici.
}
    .title = { $provider ->
        [0] Aucune connexion acceptée
       *[other] Aucune connexion acceptée : { $provider }
    }
    .text = Cela arrive pendant un certain temps après trop de connexions ou de mots de passe faux, même d’autres personnes. Vous n’y êtes pour rien. Réessayez plus tard.

# La réponse du fournisseur a enfreint une règle de sécurité.
refused-answer-refused = { $provider ->
    [0] Nous n’avons pas pu nous fier à la réponse reçue.
   *[other] Nous n’avons pas pu nous fier à la réponse de { $provider }.
}
    .title = { $provider ->
        [0] Réponse non fiable
       *[other] Réponse non fiable : { $provider }
    }
    .text = Nous ne vous avons donc pas connecté. Vous n’y êtes pour rien ; un second essai suffit souvent.

# La personne s’est connectée chez le fournisseur avec le compte d’une organisation qui n’est pas admise ici.
refused-other-organization = { $provider ->
    [0] Vous vous êtes connecté avec le compte d’une autre organisation.
   *[other] Vous vous êtes connecté à { $provider } avec le compte d’une autre organisation.
}
    .title = { $provider ->
        [0] Un autre compte est nécessaire
       *[other] Un autre compte est nécessaire : { $provider }
    }
    .text = Seuls les membres de certaines organisations peuvent se connecter ici de cette façon. Utilisez le compte que votre propre organisation vous a donné.

# Le fournisseur ne dit pas quand la personne s’y est connectée, alors que ce doit être à l’instant.
refused-proof-unknown = { $provider ->
    [0] Le service où vous vous connectez ne dit pas quand vous vous y êtes connecté pour la dernière fois.
   *[other] { $provider } ne dit pas quand vous vous y êtes connecté pour la dernière fois.
}
    .title = { $provider ->
        [0] Déconnectez-vous d’abord là-bas
       *[other] Déconnectez-vous d’abord là-bas : { $provider }
    }
    .text = Nous ne pouvons donc pas savoir si c’était à l’instant. Déconnectez-vous là-bas, puis recommencez.

# Le fournisseur dit que la personne s’y est connectée plus tôt, alors que ce doit être à l’instant.
refused-proof-too-old = { $provider ->
    [0] Le service où vous vous connectez n’a pas demandé de nouvelle connexion.
   *[other] { $provider } n’a pas demandé de nouvelle connexion.
}
    .title = { $provider ->
        [0] Déconnectez-vous d’abord là-bas
       *[other] Déconnectez-vous d’abord là-bas : { $provider }
    }
    .text = Vous vous y êtes connecté plus tôt. Nous ne pouvons donc pas savoir si c’est bien vous, à l’instant. Déconnectez-vous là-bas, puis recommencez.

# La personne s’est connectée chez le fournisseur par un autre moyen que celui exigé ici, par exemple sans second facteur.
refused-method-refused = { $provider ->
    [0] La façon dont vous vous êtes connecté ne suffit pas ici.
   *[other] La façon dont vous vous êtes connecté avec { $provider } ne suffit pas ici.
}
    .title = { $provider ->
        [0] Un autre moyen est nécessaire
       *[other] Un autre moyen est nécessaire : { $provider }
    }
    .text = Ce site demande un moyen plus sûr, par exemple un second facteur. Réessayez, et choisissez-en un là-bas.

# Le fournisseur a connecté la personne, mais n’indique pas ses groupes, dont dépend ce qu’elle peut faire ici.
refused-groups-unknown = { $provider ->
    [0] Le service où vous vous connectez n’indique pas vos groupes.
   *[other] { $provider } n’indique pas vos groupes.
}
    .title = { $provider ->
        [0] Groupes inconnus
       *[other] Groupes inconnus : { $provider }
    }
    .text = Ce que vous pouvez faire ici en dépend. Nous ne vous avons donc pas connecté. Vous n’y êtes pour rien. Réessayez plus tard ; les responsables de ce site peuvent voir pourquoi.

# Notre propre accès au fournisseur a expiré ou est mal réglé.
refused-client-rejected = { $provider ->
    [0] Le service où vous vous connectez n’est pas utilisable en ce moment.
   *[other] { $provider } n’est pas utilisable en ce moment.
}
    .title = { $provider ->
        [0] Inutilisable en ce moment
       *[other] Inutilisable en ce moment : { $provider }
    }
    .text = Vous n’y êtes pour rien. Les responsables de ce site peuvent voir pourquoi.

# Le nom ou le mot de passe est faux, peu importe lequel, et quoi qu’il en soit du compte.
refused-wrong-password = Le nom ou le mot de passe n’est pas le bon.
    .title = Nom ou mot de passe à vérifier
    .text = Vérifiez que vous êtes au bon endroit, puis réessayez.

# Trop de tentatives sous ce nom ou depuis ce réseau.
refused-too-many-attempts = Veuillez patienter avant de réessayer.
    .title = Veuillez patienter
    .text = Il y a eu trop de tentatives, ou trop de personnes se connectent en ce moment.

# Le compte a été suspendu par l’exploitant.
refused-account-disabled = Ce compte n’est pas utilisable ici pour le moment.
    .title = Compte inutilisable
    .text = Si vous pensez qu’il devrait l’être, adressez-vous aux responsables de ce site.

# Le fournisseur a été suspendu par l’exploitant.
refused-provider-disabled = { $provider ->
    [0] Ce moyen de connexion n’est pas utilisable ici pour le moment.
   *[other] { $provider } n’est pas utilisable ici pour le moment.
}
    .title = { $provider ->
        [0] Inutilisable ici
       *[other] Inutilisable ici : { $provider }
    }
    .text = Les responsables de ce site ont désactivé ce moyen de connexion.

# L’application a été suspendue par l’exploitant.
refused-app-disabled = { $app ->
    [0] Cette application n’est pas utilisable pour le moment.
   *[other] { $app } n’est pas utilisable pour le moment.
}
    .title = { $app ->
        [0] Inutilisable
       *[other] Inutilisable : { $app }
    }
    .text = Les responsables de ce site ont désactivé cette application.

# Connecté, mais aucune règle ne laisse entrer. $account est le nom de la personne, $room la salle voulue.
refused-not-permitted = { $account ->
    [0] Vous êtes connecté
   *[other] Vous êtes connecté en tant que { $account }
}, mais vous n’êtes pas attendu { $room ->
    [0] { $app ->
        [0] ici
       *[other] dans { $app }
    }
   *[other] dans { $room }
}.
    .title = Pas attendu { $room ->
        [0] { $app ->
            [0] ici
           *[other] dans { $app }
        }
       *[other] dans { $room }
    }
    .text = Un autre de vos comptes est peut-être attendu. Si vous pensez que vous devriez avoir accès, adressez-vous aux personnes qui vous ont invité.

# Les comptes sont créés à la main ici, et cette personne n’en a pas encore. Un code figure plus bas. $help est l’adresse de l’exploitant.
refused-identity-unknown = Vous n’avez pas encore accès à ce site.
    .title = Pas encore d’accès
    .text = { $help ->
        [0] Envoyez le code ci-dessous aux responsables de ce site. Ils peuvent vous donner accès.
       *[other] Envoyez le code ci-dessous à { $help }, où l’on peut vous donner accès.
    }

# La réponse à la première connexion est arrivée trop tard, ou a déjà été donnée.
refused-link-request-over = Cette question a déjà reçu une réponse, ou elle a trop attendu.
    .title = Répondu, ou trop tard
    .text = Vous avez quinze minutes pour y répondre. Si vous l’avez fait, vous pouvez simplement continuer. Rien n’a été perdu.

# À la première connexion : la nouvelle connexion appartient entre-temps à un autre compte. Ne jamais dire lequel.
refused-link-taken = { $provider ->
    [0] Cette connexion appartient maintenant à un autre compte.
   *[other] Votre connexion avec { $provider } appartient maintenant à un autre compte.
}
    .title = Appartient à un autre compte
    .text = Elle n’a donc pas été ajoutée au compte que vous avez choisi. Si cela vous surprend, envoyez le code ci-dessous aux responsables du site.

# À la première connexion : la personne s’est connectée à son compte, mais cela ne compte plus.
refused-link-proof-refused = Connectez-vous encore une fois à votre compte.
    .title = Se connecter encore une fois
    .text = Plus de cinq minutes ont passé depuis, ou votre compte a changé entre-temps. Rien n’a été lié.

# Le fournisseur n’a donné aucun nom utilisable.
refused-username-missing = { $provider ->
    [0] Nous n’avons reçu aucun nom pour vous.
   *[other] { $provider } ne nous a transmis aucun nom pour vous.
}
    .title = { $provider ->
        [0] Aucun nom
       *[other] Aucun nom : { $provider }
    }
    .text = Il nous faut un nom pour votre compte ici. Si l’on vous a demandé quelles informations partager, réessayez et partagez votre nom.

# Le fournisseur a donné un nom qui ne peut pas être un nom d’utilisateur ici, trop long, ou avec des caractères interdits.
refused-username-invalid = { $provider ->
    [0] Le nom que nous avons reçu ne peut pas être un nom d’utilisateur ici.
   *[other] Le nom que { $provider } nous a transmis ne peut pas être un nom d’utilisateur ici.
}
    .title = { $provider ->
        [0] Nom inutilisable
       *[other] Nom inutilisable : { $provider }
    }
    .text = Il est trop long, ou contient des caractères que les noms d’utilisateur ne peuvent pas avoir ici. Envoyez le code ci-dessous aux responsables de ce site.

# Le lien nomme une application, une adresse ou une salle inconnue.
refused-invalid-link = Ce lien n’est pas correct.
    .title = Lien à corriger
    .text = { $app ->
        [0] Il mène à une adresse que nous ne connaissons pas. Retournez à la page d’où vous venez et connectez-vous à partir de là.
       *[other] Il mène à une adresse que nous ne connaissons pas. Retournez à { $app } et connectez-vous à partir de là.
    }

# Il manque quelque chose au lien, ou il demande ce que nous ne pouvons faire : c’est à l’application de le corriger.
refused-unusable-link = Ce lien n’est pas correct.
    .title = Lien à corriger
    .text = { $app ->
        [0] Il lui manque quelque chose, ou il demande quelque chose que nous ne pouvons pas faire. Retournez à la page d’où vous venez et réessayez. Si cela n’aide pas, signalez-le aux personnes qui ont fait ce lien.
       *[other] Il lui manque quelque chose, ou il demande quelque chose que nous ne pouvons pas faire. Retournez à { $app } et réessayez. Si cela n’aide pas, signalez-le aux responsables de { $app }.
    }

# Notre base de données est absente, verrouillée ou pleine.
refused-service-unavailable = Nous ne pouvons connecter personne en ce moment.
    .title = Indisponible en ce moment
    .text = Rien n’a été perdu. Veuillez réessayer dans une minute.

# La base de données fait défaut à la déconnexion. La session est toujours ouverte.
refused-still-signed-in = Votre session est toujours ouverte.
    .title = Session toujours ouverte
    .text = Nous ne pouvons pas vous déconnecter pour le moment. Réessayez dans une minute, avant de quitter cet ordinateur.

# La base de données fait défaut pendant qu’une personne change son mot de passe.
refused-password-unchanged = Votre mot de passe n’a pas été changé.
    .title = Mot de passe inchangé
    .text = Nous ne pouvons pas en enregistrer un nouveau pour le moment. Réessayez dans une minute.

# Cette page n’existe pas.
refused-not-found = Il n’y a rien à cette adresse.
    .title = Rien ici
    .text = Elle contient peut-être une faute de frappe, ou la page a été déplacée.

# Un retour du fournisseur sans nos données : tronqué, inventé ou jamais commencé.
refused-invalid-callback = Cette connexion ne peut pas être terminée.
    .title = Impossible à terminer
    .text = Elle n’a pas commencé ici, ou une partie s’est perdue en route. Retournez à l’application que vous vouliez utiliser et connectez-vous à partir de là.

# Un bouton a été pressé, mais pas sur notre page ; rien n’a été fait.
refused-cross-site-request = Veuillez appuyer sur le bouton de notre propre page.
    .title = Bouton d’une autre page
    .text = Nous ne pouvons pas savoir si c’est vous qui avez appuyé ; rien n’a donc été modifié.

# Une demande qu’aucune de nos pages n’envoie.
refused-bad-request = Ce n’est pas possible de cette façon.
    .title = Pas possible ainsi
    .text = Nous n’avons pas compris la demande ; rien n’a donc été modifié. Revenez en arrière et essayez encore une fois.

# Devant le code, sur une ligne à part.
code = Si vous demandez de l’aide, indiquez ce code

# Au-dessus d’un message pour les développeurs de l’application, ou d’un lien ; ce message est en anglais.
developer = { $app ->
    [0] Pour les développeurs
   *[other] Pour les développeurs de l’application
}

# Ouvre les conseils sur les cookies.
cookies = Comment autoriser les cookies

# Premier conseil : les réglages du navigateur.
cookies-settings = Dans les réglages de votre navigateur, autorisez les cookies pour ce site. Nous n’en déposons que quelques-uns, uniquement les nôtres.

# Deuxième conseil : les fenêtres privées.
cookies-window = S’il s’agit d’une fenêtre privée, commencez et terminez la connexion dans la même fenêtre.

# Troisième conseil : Safari ne garde pas de cookies sûrs en simple http.
cookies-https = Si l’adresse ci-dessus commence par http:// et non par https://, certains navigateurs, dont Safari, ne conservent pas nos cookies. Demandez l’adresse en https://, ou utilisez un autre navigateur.

## Pour continuer : mots des boutons et des liens. Sans point.

# Recommencer la même connexion.
next-step-start-again = Recommencer

# Recommencer la même connexion, dans le navigateur ouvert maintenant.
next-step-start-again-here = Recommencer ici

# Recommencer la même connexion, après la déconnexion chez le fournisseur.
next-step-start-again-signed-out = Recommencer

# Aller à l’application, connecté.
next-step-continue = { $app ->
    [0] Continuer
   *[other] Continuer vers { $app }
}

# La même chose encore une fois.
next-step-try-again = Réessayer

# Choisir un autre service.
next-step-choose-provider = Se connecter autrement

# Se connecter sous un autre nom.
next-step-use-another-account = Utiliser un autre compte

# Retour à l’application, sans connexion.
next-step-return = { $app ->
    [0] Retourner à l’application
   *[other] Retourner à { $app }
}

# Vers la page où l’on se connecte.
next-step-sign-in = { $app ->
    [0] Se connecter
   *[other] Se connecter à { $app }
}

# Vers la page où l’on se connecte à ce site lui-même.
next-step-sign-in-here = Se connecter

# Vers la page où l’on se déconnecte.
next-step-sign-out = Se déconnecter

## Se déconnecter

# Titre de la question ; le bouton dessous dit la même chose sans point d’interrogation.
sign-out = Se déconnecter ?
    .title = Se déconnecter

# Sous ce titre. $account est le nom de la personne.
sign-out-account = Vous êtes connecté en tant que { $account }.

# Bouton qui déconnecte.
sign-out-button = Se déconnecter

# Titre si personne n’est connecté.
nobody = Vous n’êtes pas connecté.
    .title = Non connecté
    .text = Vous n’avez pas besoin de vous déconnecter.

# Titre après la déconnexion.
signed-out = Vous êtes déconnecté.
    .title = Déconnecté
    .text = Vous êtes peut-être encore connecté dans les applications ouvertes et auprès du service où vous vous êtes connecté. Sur un ordinateur partagé, fermez aussi le navigateur.

## Changer son propre mot de passe

# Titre.
password-change = Changer de mot de passe
    .title = Changer de mot de passe

# Sous le titre.
password-change-text = Partout ailleurs où vous êtes connecté avec ce compte, vous devrez vous connecter à nouveau.

# En dessous : quels mots de passe se changent ici, et lesquels non.
password-change-whose = Cette page concerne les comptes gérés par ce site. Si vous vous connectez avec un compte que vous avez ailleurs, changez son mot de passe là-bas.

# Lien sous les deux champs, vers la page où les gens de ce site changent leur mot de passe.
password-change-link = Changer le mot de passe d’un compte de ce site

# Libellé du champ pour le mot de passe actuel.
password-change-old = Mot de passe actuel

# Le mot de passe actuel est faux. Le nom est connu : quelqu’un est connecté.
password-change-not-right = Le mot de passe actuel n’est pas le bon.

# Libellé du champ pour le nouveau.
password-change-new = Nouveau mot de passe

# Sous ce libellé. $shortest est un nombre.
password-change-hint = Au moins { $shortest } caractères. Quelques mots sans rapport entre eux font un bon mot de passe.

# Libellé du champ où il est saisi de nouveau.
password-change-again = Nouveau mot de passe, encore une fois

# Bouton.
password-change-button = Changer le mot de passe

## Près du nouveau mot de passe : pourquoi il a été refusé. Rien n’a changé.

# Moins de caractères que n’en a un mot de passe.
new-password-too-short = Il est trop court.

# Plus de caractères qu’un mot de passe ne peut en avoir, ou un qu’aucun ne peut contenir.
new-password-too-long = Il est trop long, ou contient un caractère qui ne peut pas être saisi partout.

# Il figure sur des listes de mots de passe.
new-password-common = C’est l’un des mots de passe que l’on essaie en premier.

# Le nom, ou presque.
new-password-based-on-name = Il est formé de votre nom, que l’on essaie en premier.

# Les deux saisies diffèrent.
new-password-mismatch = Les deux saisies ne sont pas identiques.

# Le nouveau est l’ancien.
new-password-same-as-old = C’est le mot de passe actuel.

# Titre après le changement.
password-changed = Votre mot de passe a été changé.
    .title = Mot de passe changé
    .text = Connectez-vous désormais avec le nouveau.

## Au retour d’un fournisseur

# Titre d’une page qui continue d’elle-même aussitôt.
repost = Un instant, s’il vous plaît.
    .title = Un instant
    .text = Votre connexion se poursuit d’elle-même. Sinon, appuyez sur le bouton.

# Bouton de cette page.
repost-button = Continuer

## Un nom déjà pris

# Titre après une première connexion. $given est le nom que porte la personne ici.
username-suffixed = Votre nom ici est { $given }.
    .title = Votre nom ici : { $given }
    .text = Vous êtes connecté. Le nom { $wished } était déjà pris ; vous avez donc reçu le nom libre suivant.

## À la première connexion : la personne a-t-elle déjà un compte ?

# Titre de la page. La personne s’est connectée chez un fournisseur que personne n’a encore utilisé ici.
link-question = Avez-vous déjà un compte ici ?
    .title = Déjà un compte ? { $provider }
    .text = { $app ->
        [0] Vous vous êtes connecté avec { $provider }. Aucun compte ici n’a encore utilisé cette connexion.
       *[other] Vous vous êtes connecté avec { $provider } pour accéder à { $app }. Aucun compte ici n’a encore utilisé cette connexion.
    }

# Avant le nom et l’adresse que $provider indique. Ils suivent sur la même ligne.
link-says = D’après { $provider }, vous êtes

# Titre au-dessus des moyens de connexion : la personne a un compte.
link-yes = Oui, j’ai un compte
    .text = Connectez-vous comme avant. Nous demanderons ensuite si les deux connexions doivent ouvrir ce compte.

# Titre au-dessus d’un bouton : la personne n’a pas de compte.
link-no = Non, je suis nouveau ici
    .text = Vous recevez un compte à vous, que cette connexion ouvre.
    .button = Créer un compte

# Bouton : quelqu’un d’autre est connecté chez le fournisseur.
link-not-me = Ce n’est pas moi

# Avis : la deuxième connexion a réussi, mais aucun compte ne l’a utilisée non plus.
link-notice-no-account = Aucun compte ici n’a utilisé cette connexion non plus. Essayez-en une autre, ou créez un compte.

# Avis : le fournisseur a renvoyé la personne sans lui demander de se reconnecter.
link-notice-not-fresh = On ne vous a pas demandé de vous y reconnecter ; nous ne savons donc pas si c’est bien vous, maintenant. Déconnectez-vous là-bas d’abord, ou utilisez une autre connexion.

# Avis : le compte de la deuxième connexion est désactivé.
link-notice-account-disabled = Ce compte n’est pas utilisable ici en ce moment. Si vous pensez devoir y accéder, adressez-vous aux responsables du site.

# Avis : le compte a changé depuis la deuxième connexion.
link-notice-proof-lost = Votre compte a changé entre-temps. Connectez-vous-y encore une fois.

# Titre de la page qui demande la décision. $account est le nom du compte de la personne.
link-confirmation = Ouvrir { $account } aussi avec { $provider } ?
    .title = Ouvrir aussi avec { $provider } ?
    .text = Désormais, les deux connexions ouvrent le compte { $account }. Partout ailleurs, vous en êtes déconnecté.
    .button = Ouvrir avec les deux

# Titre au-dessus de la liste de tout ce qui ouvre déjà le compte.
link-methods = Ce qui ouvre { $account } aujourd’hui
    .text = Si vous ne reconnaissez pas l’une de ces connexions, revenez en arrière et adressez-vous aux responsables du site.

# Depuis quand une connexion ouvre le compte. $date est un jour.
link-method-since = depuis le { $date }

# Bouton : rien n’est lié.
link-back = Non, revenir

## La page personnelle

# Titre de la page personnelle.
account = Votre compte
    .title = Votre compte

# Libellé, avant les groupes de la personne.
account-groups = Groupes

# Après ce libellé, si la personne n’est dans aucun groupe.
account-no-groups = aucun

# Ce qui vient d’être fait : une session est terminée.
account-done-session-ended = Cette session est terminée. Le navigateur concerné devra se reconnecter.

# Ce qui vient d’être fait : toutes les sessions sauf celle de ce navigateur sont terminées.
account-done-others-ended = Vous êtes déconnecté partout ailleurs.

# Ce qui vient de se passer : une méthode de connexion a été retirée.
account-done-method-removed = Cette connexion n’ouvre plus votre compte. Vous êtes déconnecté partout ailleurs.

# Ce qui vient de se passer : une méthode de connexion a été ajoutée.
account-done-method-added = Cette connexion ouvre désormais votre compte. Vous êtes déconnecté partout ailleurs.

# Rien ne s’est passé : la méthode était déjà là.
account-done-method-known = Cette connexion ouvre déjà votre compte.

# La personne s’est reconnectée, car un bouton le demandait. Rien d’autre n’a encore été fait.
account-done-signed-in-again = Merci. Pendant les prochaines minutes, vous pouvez utiliser les boutons de cette page : appuyez à nouveau sur celui que vous vouliez.

# Titre de la liste des méthodes de connexion.
account-methods = Comment vous vous connectez

# À côté d’un fournisseur désactivé pour l’instant.
method-off = désactivé pour l’instant

# À côté d’un fournisseur que ce site n’a plus.
method-gone = n’est plus proposé ici

# Comment une méthode a été liée : à la première connexion. $date est un jour.
method-founding = Vous avez créé ce compte avec lui le { $date }.

# Comment une méthode a été liée : la personne a prouvé le compte. $date est un jour.
method-proven = Vous l’avez lié le { $date }, après vous être connecté à ce compte.

# Comment une méthode a été liée : par un administrateur. $date est un jour.
method-admin = Les responsables de ce site l’ont lié le { $date }.

# Comment une méthode a été liée : avec une liste de comptes. $date est un jour.
method-import = Il est venu avec une liste de comptes le { $date }.

# Comment une méthode a été liée : par une adresse e-mail que les responsables ont donnée au compte. $date est un jour.
method-domain = Lié le { $date } : les responsables de ce site avaient préparé ce compte pour votre adresse e-mail.

# Une méthode liée par une version plus ancienne. $date est un jour.
method-before = Lié le { $date }, avant que nous notions comment.

# Le jour de la dernière utilisation d’une méthode ou d’un navigateur. $date est un jour.
account-last-used = Dernière utilisation le { $date }.

# La personne a aussi un mot de passe. Un lien pour le changer suit.
account-password = Vous avez aussi un mot de passe ici.

# Titre de la liste des navigateurs.
account-sessions = Où vous êtes connecté

# Un navigateur et son système : Firefox sur Linux.
device-on = { $browser } sur { $system }

# Un navigateur dont nous ne connaissons pas le nom.
device-system = Un navigateur sur { $system }

# Nous ne connaissons ni le navigateur ni le système.
device-unknown = Un autre appareil

# À côté du navigateur que la personne utilise.
device-this = ce navigateur

# $date est un jour.
device-since = Connecté le { $date } avec { $provider }.

# $network est une plage d’adresses, comme 192.0.2.0/24.
device-network = Réseau { $network }.

# Bouton qui termine toutes les sessions sauf celle de ce navigateur.
account-end-others = Se déconnecter partout ailleurs

# Lien vers la page qui déconnecte ce navigateur.
account-sign-out-here = Se déconnecter de ce navigateur

# Titre de la liste des applications.
account-rights = Ce que vous pouvez utiliser

# Au-dessus de cette liste.
rights-by = Par votre connexion avec { $provider }. Une autre connexion peut vous donner plus ou moins.

# À la place de cette liste.
rights-none = Par votre connexion avec { $provider }, aucune application ne vous laisse entrer.

# Une salle de l’application, ou plusieurs : $room est seminars/*.
right-room = Salle { $room }

# Aucune règle ne nomme de salle.
right-any-room = Toutes les salles

# Les salles qui ne sont pas dans la liste au-dessus.
right-any-other-room = Toutes les autres salles

# Pourquoi l’application laisse entrer : sa règle n’a pas de condition.
right-by-everybody = Tout le monde peut entrer.

# Pourquoi l’application laisse entrer. $name est un groupe.
right-by-group = Vous êtes dans le groupe { $name }.

# Pourquoi l’application laisse entrer. $name est un fournisseur.
right-by-provider = Vous vous êtes connecté avec { $name }.

# Pourquoi l’application laisse entrer. $name suit le @ de l’adresse électronique.
right-by-domain = Votre adresse électronique est chez { $name }.

# Pourquoi l’application laisse entrer : sa règle nomme ce compte.
right-by-account = La règle nomme votre compte.

# $names est une liste de mots de l’application, comme present.
right-permissions = Droits : { $names }

# Titre de la liste de ce qui est arrivé au compte.
account-history = Ce qui s’est passé récemment

# Une ligne de cette liste. $app et $provider peuvent manquer.
history-signed-in = { $app ->
    [0] Vous vous êtes connecté.
   *[other] { $provider ->
        [0] Vous vous êtes connecté à { $app }.
       *[other] Vous vous êtes connecté à { $app } avec { $provider }.
    }
}

# Une ligne de cette liste.
history-signed-out = Vous vous êtes déconnecté.

# Une ligne de cette liste : les règles de l’application ne laissent pas entrer la personne.
history-not-let-in = { $app ->
    [0] Une application ne vous a pas laissé entrer.
   *[other] { $app } ne vous a pas laissé entrer.
}

# Une ligne de cette liste : une connexion n’a pas abouti, de la personne ou de quelqu’un d’autre.
history-refused = { $app ->
    [0] Quelqu’un a voulu se connecter à votre place et a été refusé.
   *[other] Quelqu’un a voulu se connecter à { $app } à votre place et a été refusé.
}

# Une ligne de cette liste.
history-session-ended = Une session a été terminée.

# Une ligne de cette liste.
history-sessions-ended = Plusieurs sessions ont été terminées en même temps.

# Une ligne de cette liste.
history-password-changed = Vous avez changé votre mot de passe.

# Une ligne de cette liste.
history-password-set = Les responsables de ce site ont défini votre mot de passe.

# Une ligne de cette liste.
history-linked = { $provider ->
    [0] Une méthode de connexion a été ajoutée.
   *[other] Une méthode de connexion a été ajoutée : { $provider }.
}

# Une ligne de cette liste.
history-unlinked = { $provider ->
    [0] Une méthode de connexion a été retirée.
   *[other] Une méthode de connexion a été retirée : { $provider }.
}

# Une ligne de cette liste.
history-created = Les responsables de ce site ont créé votre compte.

# Une ligne de cette liste.
history-groups-changed = Les responsables de ce site ont changé vos groupes.

# Une ligne de cette liste : la personne a enregistré le fichier de ses données.
history-exported = Vous avez enregistré vos données.

# One line of that list: a role of identity admins.
history-role-changed = Un administrateur vous a donné ou retiré un rôle.

# Une ligne de cette liste : autre chose a été modifié, comme le nom.
history-changed = Les responsables de ce site ont modifié votre compte.

# Après une telle ligne, si c’est arrivé plusieurs fois. $count est un nombre.
history-count = ({ $count } fois)

# Titre au-dessus du lien qui enregistre les données de la personne.
account-export = Vos données
    .text = Tout ce que nous conservons sur vous, dans un fichier pour programmes (JSON).
    .link = Enregistrer mes données

# Un jour. $day, $month et $year sont des nombres.
date = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }

# Une heure. $date est le jour, $time est 14:05.
date-time = { $date }, { $time } UTC

## Retirer une méthode de connexion

# Lien vers la page qui ajoute une méthode de connexion, et son titre.
method-add = Ajouter une connexion
    .text = Connectez-vous avec elle. Ensuite, nous demandons encore une fois avant qu’elle ouvre votre compte.
    .none = Aucune autre connexion n’est proposée ici.

# Lien à côté d’une méthode de connexion.
method-remove = Retirer

# Titre de la page qui demande avant de retirer une méthode de connexion.
method-removal = Retirer { $provider } ?
    .title = Retirer { $provider } ?
    .text = Cette connexion n’ouvrira plus votre compte. Partout ailleurs, vous serez déconnecté.
    .button = Retirer

# Lien de retour à la page personnelle.
method-removal-back = Retour à votre compte

# Titre : une modification demande une connexion des dernières minutes.
sign-in-again = Veuillez vous reconnecter
    .text = Pour cela, vous devez vous être connecté dans les dernières minutes. Rien n’a encore été modifié.
    .button = Se reconnecter

# Titre de la page qui dit pourquoi une méthode ne peut pas être retirée.
method-stays = { $provider } reste pour le moment.

# Sous ce titre : aucune autre méthode ne fonctionne.
method-stays-last = C’est la seule connexion qui ouvre encore votre compte. Sans elle, vous ne pourriez pas revenir.

# Sous ce titre : la personne est connectée avec elle.
method-stays-in-use = Vous êtes connecté avec elle en ce moment. Connectez-vous d’abord avec une autre, puis vous pourrez la retirer.
    .button = Se connecter avec une autre

## Une personne sans compte demande un accès

# Titre au-dessus d’un bouton de la question. La personne demande un accès aux responsables du site.
access-offer = J’ai besoin d’un accès
    .text = Demandez aux responsables du site de vous laisser entrer.
    .full = Trop de personnes attendent une réponse en ce moment. Demandez plus tard, ou écrivez aux responsables du site.

# Le bouton de la question, et le titre de la page du message.
access-ask = Demander un accès
    .title = Demander un accès
    .text = { $app ->
        [0] Les responsables du site décident si vous recevez un compte ici. Ils voient ce que vous écrivez ici.
       *[other] Les responsables du site décident si vous pouvez utiliser { $app }. Ils voient ce que vous écrivez ici.
    }
    .button = Envoyer
    .back = Retour

# Libellé du champ du message.
access-message = Votre message (facultatif)
    .hint = Par exemple, qui vous êtes et qui vous connaît ici. { $longest } caractères au plus.
    .too-long = Votre message dépasse { $longest } caractères. Veuillez le raccourcir.

# Titre après l’envoi de la demande.
access-sent = Votre demande est envoyée.
    .title = Demande envoyée
    .text = Les responsables du site décideront. Pour connaître leur décision, connectez-vous de nouveau avec { $provider }.

# Titre à une connexion ultérieure : personne n’a encore décidé.
access-waiting = Votre demande est en attente.
    .title = Demande en attente
    .text = Les responsables du site n’ont pas encore décidé. Pour connaître leur décision, connectez-vous de nouveau avec { $provider }.
    .again = Écrire un autre message

# Titre à une connexion ultérieure : les responsables ont dit non.
access-refused = Vous n’avez pas reçu d’accès.
    .title = Accès refusé
    .text = Les responsables du site ont décidé de votre demande avec { $provider }. Un jour après leur décision, vous pouvez redemander.
    .again = Redemander

# Titre au-dessus des mots des responsables.
access-note = Réponse des responsables

# Titre au-dessus du jour et du message de la demande.
access-yours = Votre demande

# Le jour de la demande. $date est un jour.
access-asked-on = Envoyée le { $date }.

# Lien : vers la question et ses autres réponses.
access-question = Donner une autre réponse

# Bouton : se connecter avec un autre compte.
access-other = Utiliser une autre connexion

# Au-dessus de l’identifiant de la demande.
access-reference = Référence, si vous vous adressez aux responsables du site :

## Administration des identités

# Titre : les pages des personnes qui gèrent les comptes.
admin = Administration des identités

# Qui utilise la page. $role est un des rôles ci-dessous.
admin-you = Vous êtes { $name }, { $role }.

# Les rôles, dans une phrase.
admin-role-viewer = observateur

# Les rôles, dans une phrase.
admin-role-helpdesk = assistance

# Les rôles, dans une phrase.
admin-role-admin = administrateur

# Étiquette d’un champ de recherche.
admin-find = Début d’un nom, d’un nom d’utilisateur ou d’une adresse e-mail ; un identifiant, un code de référence ou fournisseur:sujet
    .button = Chercher

# Après une recherche sans résultat.
admin-not-found = Rien n’a été trouvé. La recherche trouve le début d’un nom, pas une partie de son milieu.

# Titre au-dessus des personnes qui demandent l’accès.
admin-requests = Demandes d’accès

# Sous une personne de cette liste. $date est un jour.
admin-request-since = { $provider }, en attente depuis le { $date }

# Si cette liste est vide.
admin-no-requests = Personne n’attend.

# Titre au-dessus des comptes avec un rôle.
admin-roles = Comptes avec un rôle

# Sous un compte de cette liste. $date est un jour.
admin-role-since = { $role } depuis le { $date }

# Si cette liste est vide : la configuration peut aussi donner des rôles.
admin-no-roles = La base de données ne donne aucun rôle. La configuration peut en donner.

# L’état d’un compte.
admin-disabled = désactivé

# L’état d’un compte.
admin-enabled = activé

# Titre : la page d’un compte. $name est son nom d’utilisateur.
admin-account = Compte { $name }

# Mots avant les valeurs d’un compte.
admin-id = Identifiant

# Mots avant les valeurs d’un compte.
admin-state = État

# Mots avant les valeurs d’un compte.
admin-role = Rôle

# Mots avant les valeurs d’un compte.
admin-role-none = aucun

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-end-sessions = Terminer toutes les sessions

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-disable = Désactiver

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-enable = Activer

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-give-viewer = Rendre observateur

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-give-helpdesk = Rendre assistance

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-give-admin = Rendre administrateur

# Boutons : ce qu’un administrateur peut faire à un compte.
admin-act-take-role = Retirer le rôle

# Comment une méthode de connexion a été liée. $date est un jour.
admin-proof-founding = Le compte a été créé avec elle le { $date }.

# Comment une méthode de connexion a été liée. $date est un jour.
admin-proof-proven = La personne a prouvé le compte et l’a liée le { $date }.

# Comment une méthode de connexion a été liée. $date est un jour.
admin-proof-admin = Un administrateur l’a liée le { $date }.

# Comment une méthode de connexion a été liée. $date est un jour.
admin-proof-import = Elle est venue avec une liste de comptes le { $date }.

# Comment une méthode de connexion a été liée. $date est un jour.
admin-proof-domain = Un administrateur avait préparé le compte pour cette adresse e-mail : liée le { $date }.

# Comment une méthode de connexion a été liée. $date est un jour.
admin-proof-before = Elle a été liée le { $date }, avant que nous notions comment.

# Titre au-dessus des identités d’un compte.
admin-methods = Méthodes de connexion

# Si un compte n’a aucune méthode de connexion.
admin-no-methods = Aucune identité n’ouvre ce compte.

# Titre au-dessus des navigateurs où la personne est connectée.
admin-sessions = Sessions

# Si cette liste est vide.
admin-no-sessions = La personne n’est pas connectée.

# Titre au-dessus des dernières lignes du journal d’audit.
admin-audit = Journal d’audit

# Lien vers la première page de l’administration.
admin-back = Retour à l’administration des identités

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-done = C’est fait.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-role-needed = Votre rôle ne le permet pas. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-holder-of-role = Le compte a un rôle, donc seule la ligne de commande le permet. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-own-account = Personne ne peut faire cela à son propre compte. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-last-admin = C’est le dernier administrateur, donc seule la ligne de commande le permet. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-name-taken = Un autre compte a ce nom d’utilisateur. Laissez la personne prouver qu’il est à elle, ou choisissez un autre nom sur la ligne de commande. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-no-name = Écrivez à la personne pourquoi vous refusez. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-decided-before = Quelqu’un a déjà décidé de cette demande.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-changed-meanwhile = Ce compte a été modifié entre-temps. Regardez-le, puis recommencez. Rien n’a été modifié maintenant.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-identity-taken = Cette identité est liée à un autre compte. Déliez-la d’abord là-bas. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-bad-group = Ce ne peut pas être le nom d’un groupe. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-bad-identity = Écrivez l’identifiant d’un fournisseur, deux-points, puis le subject de la personne chez lui. Les mots de passe gardés ici n’ont pas besoin de lien. Si un fournisseur a plusieurs locataires, utilisez la ligne de commande. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-bad-name = Ce ne peut pas être un nom d’utilisateur ici. Rien n’a été modifié.

# Ce qui a été fait, ou pourquoi rien n’a été fait.
admin-notice-no-account = Aucun compte n’a ce nom ni cet identifiant. Rien n’a été modifié.

# Deux comptes ne peuvent pas être fusionnés, ou une fusion ne peut pas être annulée.
admin-notice-same-account = Un compte ne peut pas être fusionné avec lui-même. Rien n’a été modifié.

# Deux comptes ne peuvent pas être fusionnés, ou une fusion ne peut pas être annulée.
admin-notice-merge-disabled = L’un des comptes est désactivé. Activez-le d’abord. Rien n’a été modifié.

# Deux comptes ne peuvent pas être fusionnés, ou une fusion ne peut pas être annulée.
admin-notice-merged = Le compte a été fusionné avec un autre. Annulez d’abord la fusion. Rien n’a été modifié.

# Deux comptes ne peuvent pas être fusionnés, ou une fusion ne peut pas être annulée.
admin-notice-undo-over = Cette fusion a déjà été annulée, ou elle est trop ancienne. Rien n’a été modifié.

# Deux comptes ne peuvent pas être fusionnés, ou une fusion ne peut pas être annulée.
admin-notice-undo-later = Le compte restant a été fusionné à son tour. Annulez d’abord cette fusion. Rien n’a été modifié.

# Titre et lien : une liste d’identités. Étiquettes de son formulaire : l’identifiant d’un fournisseur, comment elle a été liée, un jour, une case ; puis son bouton.
admin-identities = Identités
    .provider = Identifiant du fournisseur
    .proof = Comment elle a été liée
    .any = peu importe
    .before = Pas utilisée depuis
    .only = Seulement celles qui sont la seule identité de leur compte
    .button = Lister

# Comment une identité a été liée, dans une liste de choix.
admin-filter-founding = première connexion

# Comment une identité a été liée, dans une liste de choix.
admin-filter-proven = prouvée par la personne

# Comment une identité a été liée, dans une liste de choix.
admin-filter-domain = par une adresse e-mail

# Comment une identité a été liée, dans une liste de choix.
admin-filter-admin = par un administrateur

# Comment une identité a été liée, dans une liste de choix.
admin-filter-import = liste importée

# Comment une identité a été liée, dans une liste de choix.
admin-filter-before = avant que nous notions comment

# Si la liste est vide.
admin-identities-none = Aucune identité ne correspond ici.

# Si la liste s’arrête parce qu’il faut trop de temps pour chercher plus loin d’un coup. Son bouton est un lien.
admin-identities-stopped = Nous avons regardé 2000 identités. Il y en a d’autres.
    .button = Continuer

# Titre au-dessus des formulaires qui modifient un compte.
admin-changes = Modifier ce compte

# Lien vers une page qui demande avant que le compte quitte un groupe.
admin-leave = Retirer du groupe { $group }

# Lien vers une page qui demande avant qu’une identité soit déliée. $provider est le fournisseur de l’identité.
admin-unlink = Délier de { $provider }

# Étiquette d’un champ, et le bouton à côté. Une page demande avant que quelque chose soit fait.
admin-join = Ajouter au groupe
    .button = Ajouter

# Étiquette d’un champ, et le bouton à côté. Une page demande avant que quelque chose soit fait.
admin-link = Lier l’identité, écrite fournisseur:subject
    .button = Lier

# Étiquette d’un champ, et le bouton à côté. Une page demande avant que quelque chose soit fait.
admin-rename = Nouveau nom d’utilisateur
    .button = Renommer

# Bouton à côté d’une session.
admin-end-session = Terminer cette session

# Titre d’une page qui demande, et son bouton. $name est un nom d’utilisateur, $value un groupe.
admin-change-join = Ajouter { $name } au groupe { $value } ?
    .button = Ajouter au groupe

# Titre d’une page qui demande, et son bouton. $name est un nom d’utilisateur, $value un groupe.
admin-change-leave = Retirer { $name } du groupe { $value } ?
    .button = Retirer du groupe

# Titre d’une page qui demande, et son bouton. $name est un nom d’utilisateur.
admin-change-link = Lier une identité à { $name } ?
    .button = Lier

# Titre d’une page qui demande, et son bouton. $name est un nom d’utilisateur.
admin-change-unlink = Délier une identité de { $name } ?
    .button = Délier

# Titre d’une page qui demande, et son bouton. $name est un nom d’utilisateur, $value le nouveau.
admin-change-rename = Renommer { $name } en { $value } ?
    .button = Renommer

# Mot devant les valeurs d’une identité.
admin-issuer = Issuer

# Si une modification ne changerait rien.
admin-change-nothing = C’est déjà le cas. Rien ne changerait.

# Titre au-dessus de ce qu’une modification ferait.
admin-change-effects = Ce qui se passe

# L’effet d’une modification des groupes.
admin-change-groups = Les sessions restent. Dès la prochaine entrée, les règles des applications voient les groupes modifiés.

# L’effet d’un lien.
admin-change-opens = Cette connexion ouvre alors le compte, sans que la personne le prouve. Soyez sûr qu’il s’agit de la même personne.

# L’effet d’une modification des identités.
admin-change-sessions = { $count ->
    [0] Aucune session ne se termine.
    [one] Une session se termine.
   *[other] { $count } sessions se terminent.
}

# Au-dessus des autres méthodes de connexion du compte.
admin-change-left = Ces méthodes de connexion restent :

# À côté d’une méthode de connexion qui est désactivée ou qui n’existe plus.
admin-change-off = ne fonctionne pas maintenant

# Si aucune autre méthode de connexion ne fonctionne.
admin-change-last = Aucune autre méthode de connexion du compte ne fonctionne. Ensuite, la personne ne peut plus se connecter jusqu’à ce que quelqu’un en lie une.

# À côté d’une case à cocher.
admin-change-sure = Délier quand même

# Devant les noms d’applications.
admin-change-names = Ces applications connaissent les gens par leur nom, et voient alors une nouvelle personne :

# S’il n’y a pas de telle application.
admin-change-no-names = Aucune application ne connaît les gens par leur nom.

# Lien vers la page du compte.
admin-change-back = Retour au compte

# Titre : la page demande avant de fusionner deux comptes d’une personne. $from est fermé, $into reste.
admin-merge-merge = Fusionner { $from } avec { $into } ?
    .text = { $from } est fermé et garde son nom. Ces moyens de connexion ouvrent ensuite { $into }. Assurez-vous que les deux comptes appartiennent à la même personne.
    .button = Fusionner

# Titre : la page demande avant d’annuler une fusion. $from s’ouvre de nouveau.
admin-merge-undo = Annuler la fusion de { $from } avec { $into } ?
    .text = { $from } s’ouvre de nouveau. Ces moyens de connexion y reviennent depuis { $into }.
    .button = Annuler la fusion

# À la place de la liste des moyens de connexion qui changent de compte.
admin-merge-no-methods = Aucun moyen de connexion ne change de compte.

# Au-dessus des moyens de connexion que quelqu’un a détachés ou déplacés après la fusion.
admin-merge-left = Ceux-ci restent tels quels, car quelqu’un les a détachés ou déplacés après la fusion :

# Avant une liste de groupes. $into est le compte qui reste.
admin-merge-groups-merge = { $into } reçoit aussi ces groupes, et les droits qu’ils donnent :

# Avant une liste de groupes. $into est le compte qui reste.
admin-merge-groups-undo = { $into } perd ces groupes :

# Avant une liste d’adresses e-mail. $into est le compte qui reste.
admin-merge-addresses-merge = { $into } reçoit aussi ces adresses :

# Avant une liste d’adresses e-mail. $into est le compte qui reste.
admin-merge-addresses-undo = { $into } perd ces adresses :

# Si le compte qui est fermé a un mot de passe.
admin-merge-password = Le mot de passe de { $from } n’ouvre plus rien.

# Ce que voient les applications après une fusion.
admin-merge-apps = Les applications qui connaissaient la personne comme { $from } voient ensuite { $into }.

# Jusqu’à quand une fusion peut être annulée. $date est un jour.
admin-merge-until = Un administrateur peut annuler cela jusqu’au { $date }. Ensuite, { $from } est effacé.

# À côté d’une case qu’il faut cocher avant une fusion.
admin-merge-sure = Les deux comptes appartiennent à la même personne

# Titre au-dessus des fusions d’un compte.
admin-merges = Fusions

# Avant le nom d’un autre compte, avec lequel celui-ci a été fusionné. $date est un jour.
admin-merged-into = Fusionné le { $date } avec

# Avant le nom d’un autre compte, qui a été fusionné avec celui-ci. $date est un jour.
admin-merged-from = Depuis le { $date } aussi avec les moyens de connexion de

# À côté d’une fusion qui a été annulée. $date est un jour.
admin-merge-undone = annulée le { $date }

# Lien vers la page qui annule une fusion. $name est l’autre compte.
admin-merge-undo-link = Annuler la fusion avec { $name }

# Étiquette d’un champ pour le nom d’un autre compte, avec lequel celui-ci est fusionné.
admin-merge-into = Fusionner avec le compte (nom d’utilisateur ou identifiant)
    .button = Montrer l’effet

# Titre et lien : la liste des fournisseurs.
admin-providers = Fournisseurs

# À côté d’un fournisseur avec lequel personne ne peut se connecter pour l’instant, car un administrateur l’a arrêté.
admin-suspended = suspendu

# Ce qui dépend d’un fournisseur : combien d’identités sont liées et combien de sessions sont ouvertes.
admin-provider-uses = Identités liées : { $links }. Sessions ouvertes : { $sessions }.

# Titre : la page d’un fournisseur. $name est son nom.
admin-of-provider = Fournisseur { $name }

# Avant le nom d’un administrateur et une raison. $date est un jour.
admin-suspended-since = Personne ne peut se connecter ici. Suspendu depuis le { $date } :

# Combien de comptes ne pourraient pas être ouverts sans ce fournisseur.
admin-provider-without-other = Comptes sans autre moyen de connexion : { $count }.

# Titre au-dessus du bouton qui arrête un fournisseur.
admin-suspend-provider = Suspendre ce fournisseur
    .text = Plus personne ne se connecte avec lui, il ne prouve aucun compte, et ses sessions se terminent tout de suite. Les jetons que les applications ont déjà durent environ une minute. Les liens et les groupes restent.
    .why = Raison, pour les autres administrateurs
    .button = Suspendre

# Avant le bouton qui arrête un fournisseur : la personne devant l’écran s’est connectée avec celui-ci.
admin-suspend-own = Vous vous êtes connecté avec ce fournisseur, donc votre propre session se termine aussi. Assurez-vous de pouvoir vous connecter avec un autre, ou que quelqu’un peut utiliser la ligne de commande.

# Titre au-dessus du bouton qui rétablit un fournisseur.
admin-resume-provider = Rétablir ce fournisseur
    .text = On peut de nouveau se connecter avec lui. Les sessions terminées le restent.
    .button = Rétablir

# Lien vers la liste des fournisseurs.
admin-providers-back = Tous les fournisseurs

# Titre au-dessus de liens qui corrigent la cause d’un refus.
admin-mends = Ce qui aide

# Lien : les règles de l’application admettent les membres d’un groupe. $name est un nom d’utilisateur.
admin-mend-join = Ajouter { $name } au groupe { $group }

# Lien vers la page d’un compte désactivé. $name est son nom d’utilisateur.
admin-mend-enable = Activer le compte { $name } sur sa page

# Lien vers la page d’un fournisseur suspendu. $name est son nom.
admin-mend-resume = Rétablir le fournisseur { $name } sur sa page

# Titre : une personne qui demande l’accès.
admin-request = Demande d’accès

# Au-dessus de ce que disent le fournisseur et la personne.
admin-request-says = Voici ce que disent le fournisseur et la personne. Elle seule peut prouver qu’elle a déjà un compte.

# Mots avant les valeurs d’une demande.
admin-provider = Fournisseur

# Mots avant les valeurs d’une demande.
admin-subject = Sujet

# Mots avant les valeurs d’une demande.
admin-name = Nom

# Mots avant les valeurs d’une demande.
admin-email = Adresse e-mail

# Mots avant les valeurs d’une demande.
admin-app = Veut entrer dans

# Mots avant les valeurs d’une demande.
admin-asked = Demande depuis

# Si une demande n’attend plus.
admin-request-decided = Cette demande n’attend plus.

# Les trois décisions. $name est un nom d’utilisateur.
admin-let-prove = Si la personne a déjà un compte : à sa prochaine connexion, elle le prouve, et les deux connexions l’ouvrent.
    .button = Laisser prouver

# Les trois décisions. $name est un nom d’utilisateur.
admin-let-in = Si la personne est nouvelle : elle reçoit le compte { $name }.
    .button = Admettre comme nouveau

# Les trois décisions. $name est un nom d’utilisateur.
admin-refuse = Note à la personne, si vous refusez
    .button = Refuser

# Étiquette d’un champ, et le bouton à côté. Une page demande avant que quelque chose soit fait.
admin-request-account = Si vous savez qui est la personne et ne pouvez pas attendre sa preuve : nom ou identifiant de son compte
    .button = Lier à ce compte

# Titre d’une page qui demande. $name est le nom d’utilisateur d’un compte.
admin-request-link = Lier cette personne au compte { $name } ?
    .text = La personne n’a pas prouvé que le compte est à elle. Demandez-lui par un autre chemin que cette demande. Si cela peut attendre, laissez-la le prouver.
    .person = Cette personne
    .button = Lier sans preuve
    .back = Retour à la demande

# Titre : une invitation à gérer les comptes. $name est le nom d’utilisateur de la personne.
admin-invitation = Devenir administrateur
    .text = Vous êtes connecté en tant que { $name }. Avec le bouton, ce compte devient administrateur. L’invitation sert une fois.
    .button = Devenir administrateur
    .gone = Cette invitation a été utilisée ou a expiré. L’exploitant peut en créer une autre avec vestibule admin invite.

# Titre : ce qu’une recherche a trouvé. $query est le texte saisi.
admin-search = Recherche de « { $query } »

# Si des comptes peuvent manquer.
admin-search-incomplete = Le serveur prépare encore la recherche. Des comptes peuvent manquer.

# Lien vers la page suivante d’une recherche.
admin-search-next = Suite

# Titre au-dessus d’une connexion refusée. $code est son code de référence.
admin-refusal = Refus { $code }

# Mots avant les valeurs d’une connexion refusée.
admin-refusal-at = Heure

# Mots avant les valeurs d’une connexion refusée.
admin-refusal-cause = Cause
