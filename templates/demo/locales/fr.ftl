# Les textes des services où l’on se connecte dans la démonstration, en français.
#
# $provider est le nom d’un tel service (« Example University »), $service l’adresse de celui qui l’interroge.

# Au pied de chaque page. $site dit de quel service il s’agit.
about = { $site ->
    [university] Une université inventée pour la démonstration. Personne ici n’est réel, et rien ne quitte cette machine.
   *[social] Un réseau social inventé pour la démonstration. Personne ici n’est réel, et rien ne quitte cette machine.
}

## Choisir une personne

# Titre et en-tête.
choose = Qui êtes-vous ?
asks = Le service à l’adresse { $service } voudrait le savoir.

# Avant la liste de ce que le service reçoit. Les deux derniers sont joints par « et ».
learns = Il recevra
learns-name = votre nom
learns-email = votre adresse e‑mail
learns-groups = vos groupes
and = et

# À côté de la personne connectée ici.
signed-in = connecté ici

# Le bouton de qui ne veut pas se connecter.
refuse = Non, revenir

# À côté d’une personne : ce qu’elle peut faire dans les salles de la démonstration.
note-staff = Personnel : peut modérer
note-student = Aux études : peut parler dans toutes les salles
note-guest = En visite : une salle reste fermée
note-verified = Adresse e‑mail vérifiée : peut parler dans toutes les salles
note-unverified = Adresse e‑mail non vérifiée : une salle reste fermée
note-both = Aussi aux études à Example University

## Qui est connecté

# Titres.
front-signed-in = Connecté
front-signed-out = Déconnecté

signed-in-as = Vous êtes connecté en tant que { $name }
signed-in-next = Les services peuvent demander à { $provider } qui vous êtes, sans que vous ayez à vous reconnecter.
sign-out = Se déconnecter
nobody = Personne n’est connecté
nobody-next = Pour vous connecter, commencez par le service que vous voulez utiliser.

## Un formulaire qui s’envoie lui-même

# Titre et en-tête.
moment = Un instant
moment-next = Vous retournez à { $service }. Si rien ne se passe, appuyez sur le bouton.
continue = Continuer

## Demandes sans réponse

# Titre.
trouble = Impossible de continuer
trouble-heading = Impossible de continuer d’ici
trouble-next = Retournez au service et recommencez là-bas. Si cette page revient, dites-le à ceux qui gèrent ce service.
trouble-client = Le service qui vous a envoyé ici n’est pas enregistré chez { $provider }.
trouble-address = Le service qui vous a envoyé ici a demandé une réponse à une adresse qu’il n’a jamais enregistrée.
trouble-form = Ce choix n’a pas été fait sur notre propre page.
