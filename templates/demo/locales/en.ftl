# The texts of the demo's providers, in English. Other languages have the same ids and the same arguments.
#
# $provider is the provider's name ("Example University"), and $service the address of the service that asks it.

# At the foot of every page. $site is which provider it is.
about = { $site ->
    [university] An invented university for the demo. Nobody here is real, and nothing leaves this machine.
   *[social] An invented social network for the demo. Nobody here is real, and nothing leaves this machine.
}

## Choosing a person

# Title and heading.
choose = Who are you?
asks = The service at { $service } would like to know.

# Before the list of what the service gets. The last two are joined by "and".
learns = It will learn
learns-name = your name
learns-email = your e‑mail address
learns-groups = your groups
and = and

# Beside the person who is signed in here.
signed-in = signed in

# The button of somebody who does not want to sign in.
refuse = No, go back

# Beside a person: what they may do in the demo's rooms.
note-staff = Staff: may moderate
note-student = Student: may speak in every room
note-guest = Guest student: one room stays closed
note-verified = Verified e‑mail address: may speak in every room
note-unverified = Unverified e‑mail address: one room stays closed
note-both = Also a student of Example University

## Who is signed in

# Titles.
front-signed-in = Signed in
front-signed-out = Signed out

signed-in-as = You are signed in as { $name }
signed-in-next = Services can ask { $provider } who you are, and you need not sign in again.
sign-out = Sign out
nobody = Nobody is signed in
nobody-next = To sign in, begin at the service that you want to use.

## A form that posts itself

# Title and heading.
moment = One moment
moment-next = You are going back to { $service }. If nothing happens, press the button.
continue = Continue

## Requests without an answer

# Title.
trouble = We can’t go on
trouble-heading = We can’t go on from here
trouble-next = Go back to the service and begin again there. If this page returns, tell the people who run that service.
trouble-client = The service that sent you here is not registered at { $provider }.
trouble-address = The service that sent you here asked us to answer to an address it never registered.
trouble-form = This choice was not made on our own page.
