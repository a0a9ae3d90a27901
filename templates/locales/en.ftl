# Every text that Vestibule shows to people, in English. Other languages have the same ids and the same arguments.
#
# For translators: "we" is the site, "you" is the person. Write short sentences without blame, and use none of the
# words error, invalid, failed, unauthorised. A variant [0] is the text for a name that is not known. Show names
# unchanged. Headings of refusals are whole sentences with a full stop. Titles are a few words, the state first.
# $app is the app that the person wants to reach ("Conference"). $provider is where they sign in ("Example University").

## On every page

# For screen readers, before the links that change the language.
languages = Language

# Link to the operator's help page.
help = Help

# Before the operator's mail address.
help-mail = Help:

## Signing in

# Heading of the page where a person chooses how to sign in. Without an app, $app is the name of this site.
sign-in = { $app ->
    [0] Sign in
   *[other] Sign in to { $app }
}

# The room that the person will enter. $room is its name.
sign-in-room = Room: { $room }

# A link to one provider. No full stop.
choice-continue-with = Continue with { $provider }

# The same, for a provider that prescribes these words.
choice-sign-in-with = Sign in with { $provider }

# Below the name: who has an account there.
choice-work-or-school = work or school account

# Beside the provider that the person used last.
choice-used-last = used last time

# Replaces the link's usual words if the provider can't be reached.
choice-not-answering = { $provider } is not answering.

# Second line of that link, which still leads to the provider.
choice-try-again = Try again

# For screen readers, before the list of providers.
choices = Ways to sign in

# Above the sign-in choices if the app, or this site, wants the person to sign in again.
prompt-reason-again = { $app ->
    [0] Please sign in once more.
   *[other] { $app } asks you to sign in once more.
}

# Above the sign-in choices if the person wants to use another account. $account is the one they use now.
prompt-reason-another-account = { $account ->
    [0] Sign in with the account you want to use.
   *[other] You are signed in as { $account }. Sign in with the account you want to use instead.
}

# Label of the field that filters a long list of providers.
search = Search by name

# Button beside that field.
search-button = Search

# If no provider's name contains the typed text. $query is that text.
search-nothing = No name here contains “{ $query }”.

# Link back to the whole list.
search-all = Show all

# Between the providers and the fields below.
form-or = or with a password

# Above both fields: which password to type. Here: that of an account of this site.
form-source-local = Use the name and password of your account on this site.

# The same, for accounts at $provider. $others are the names of further providers, with commas between them.
form-source-external = Use the name and password you have at { $others ->
    [0] { $provider }
   *[other] { $others } or { $provider }
}.

# The same, for accounts of this site and for accounts at these providers.
form-source-local-or-external = Use the name and password of your account on this site, or those you have at { $others ->
    [0] { $provider }
   *[other] { $others } or { $provider }
}.

# Label of the field for the name.
form-name = Name

# Label of the field for the password.
form-password = Password

# The button below both fields.
form-button = Sign in

# After too many attempts: how long to wait. $seconds is at least 1.
form-wait = { $seconds ->
    [one] Wait one second.
   *[other] Wait { $seconds } seconds.
}

# The same, for a long wait. $minutes is at least 3.
form-wait-minutes = Wait { $minutes } minutes.

# Link beside it: shows the page again, with the time that is left.
form-look-again = How much longer?

# Heading if the operator has set up no provider.
none = No way to sign in is set up here.
    .title = { $app ->
        [0] No way to sign in
       *[other] No way to sign in: { $app }
    }
    .text = The people who run this site must set one up first. Ask them if you expected to sign in here.

## Refusals: heading, .title of the browser tab, .text below the heading

# The sign-in took more than ten minutes.
refused-login-expired = This sign-in took too long.
    .title = Took too long
    .text = { $app ->
        [0] You have ten minutes to finish it. Nothing was lost.
       *[other] You have ten minutes to finish signing in to { $app }. Nothing was lost.
    }

# The browser began later sign-ins. Its cookies hold only the newest.
refused-login-evicted = Newer sign-ins replaced this one.
    .title = Replaced by newer sign-ins
    .text = { $app ->
        [0] You began several sign-ins in this browser, and only the newest are kept. Nothing was lost.
       *[other] You began several sign-ins in this browser, and only the newest are kept. You can start the one to { $app } again.
    }

# The config now gives the provider another issuer than when the sign-in began.
refused-provider-changed = This sign-in has to be started again.
    .title = Start again
    .text = The settings for signing in have changed since you began. Nothing was lost.

# The back button or a reload after a successful sign-in. The person is still signed in.
refused-already-signed-in = You are already signed in.
    .title = Already signed in
    .text = { $app ->
        [0] This sign-in is finished. You can simply continue.
       *[other] Your sign-in to { $app } is finished. You can simply continue.
    }

# The back button or a reload after a successful sign-in. The person is signed out by now.
refused-already-finished = This sign-in is already finished.
    .title = Already finished
    .text = { $app ->
        [0] Each sign-in works only once. Start again to sign in.
       *[other] Each sign-in to { $app } works only once. Start again to sign in.
    }

# Another browser, a private window, or blocked cookies.
refused-login-missing = This sign-in began in another browser, or cookies are blocked.
    .title = Begun in another browser
    .text = { $app ->
        [0] We can finish it only in the browser where it began. You can start again here.
       *[other] We can finish signing in to { $app } only in the browser where it began. You can start again here.
    }

# The person refused at the provider, or the provider refused the person.
refused-provider-denied = { $provider ->
    [0] You did not finish signing in.
   *[other] You did not finish signing in with { $provider }.
}
    .title = { $provider ->
        [0] Not finished
       *[other] Not finished: { $provider }
    }
    .text = It was stopped there, and we received nothing about you.

# The provider cannot be reached.
refused-provider-unreachable = { $provider ->
    [0] The place where you sign in is not answering.
   *[other] { $provider } is not answering.
}
    .title = { $provider ->
        [0] Not answering
       *[other] Not answering: { $provider }
    }
    .text = You did nothing wrong, and it often passes by itself. Try again later.

# The provider's server rejects everybody who signs in from here, because too many people signed in, or too many
# passwords were wrong.
refused-address-banned = { $provider ->
    [0] The place where you sign in accepts no sign-ins from here at the moment.
   *[other] { $provider } accepts no sign-ins from here at the moment.
}
    .title = { $provider ->
        [0] Accepts no sign-ins
       *[other] Accepts no sign-ins: { $provider }
    }
    .text = That happens for a while after too many sign-ins or wrong passwords, also those of other people. You did nothing wrong. Try again later.

# The provider's answer broke a security rule.
refused-answer-refused = { $provider ->
    [0] The answer that we got could not be trusted.
   *[other] { $provider }’s answer could not be trusted.
}
    .title = { $provider ->
        [0] Not trusted
       *[other] Not trusted: { $provider }
    }
    .text = So we did not sign you in. You did nothing wrong, and trying again often helps.

# The person signed in at the provider with an account of an organization that this site does not let in.
refused-other-organization = { $provider ->
    [0] You signed in with an account of another organisation.
   *[other] You signed in with an account of another organisation at { $provider }.
}
    .title = { $provider ->
        [0] Another account is needed
       *[other] Another account is needed: { $provider }
    }
    .text = Only people of certain organisations can sign in here this way. Use the account that your own organisation gave you.

# The provider does not say when the person signed in there, and the sign-in demands that it was just now.
refused-proof-unknown = { $provider ->
    [0] The place where you sign in does not say when you last signed in there.
   *[other] { $provider } does not say when you last signed in there.
}
    .title = { $provider ->
        [0] Sign out there first
       *[other] Sign out there first: { $provider }
    }
    .text = So we can’t tell that it was you, just now. Sign out there, then start again.

# The provider says that the person signed in there some time ago, and the sign-in demands that it was just now.
refused-proof-too-old = { $provider ->
    [0] The place where you sign in did not ask you to sign in again.
   *[other] { $provider } did not ask you to sign in again.
}
    .title = { $provider ->
        [0] Sign out there first
       *[other] Sign out there first: { $provider }
    }
    .text = It says that you signed in there earlier. So we can’t tell that it was you, just now. Sign out there, then start again.

# The person signed in at the provider by another way than this site demands, such as without a second factor.
refused-method-refused = { $provider ->
    [0] The way in which you signed in is not enough here.
   *[other] The way in which you signed in with { $provider } is not enough here.
}
    .title = { $provider ->
        [0] Another way is needed
       *[other] Another way is needed: { $provider }
    }
    .text = This site asks for a stronger way, such as a second factor. Try again, and choose such a way there.

# The provider signed the person in, but does not say in which groups they are. Groups decide what a person may do here.
refused-groups-unknown = { $provider ->
    [0] The place where you sign in does not say in which groups you are.
   *[other] { $provider } does not say in which groups you are.
}
    .title = { $provider ->
        [0] Groups not known
       *[other] Groups not known: { $provider }
    }
    .text = What you may do here depends on them, so we did not sign you in. You did nothing wrong. Try again later; the people who run this site can see the cause.

# Our own access to the provider has expired or is misconfigured.
refused-client-rejected = { $provider ->
    [0] The place where you sign in can’t be used right now.
   *[other] { $provider } can’t be used right now.
}
    .title = { $provider ->
        [0] Can’t be used right now
       *[other] Can’t be used right now: { $provider }
    }
    .text = You did nothing wrong. The people who run this site can see the cause.

# The name or the password is wrong. The text is the same whatever is wrong with the account.
refused-wrong-password = Name or password is not right.
    .title = Name or password not right
    .text = Check that you are signing in at the right place, and try again.

# Too many attempts with this name or from this network.
refused-too-many-attempts = Please wait before you try again.
    .title = Please wait
    .text = There were too many tries, or too many people are signing in at this moment.

# The operator switched the person's account off.
refused-account-disabled = This account can’t be used here at the moment.
    .title = Account can’t be used
    .text = If you think that you should be able to use it, ask the people who run this site.

# The operator switched the provider off.
refused-provider-disabled = { $provider ->
    [0] This way to sign in can’t be used here at the moment.
   *[other] { $provider } can’t be used here at the moment.
}
    .title = { $provider ->
        [0] Can’t be used here
       *[other] Can’t be used here: { $provider }
    }
    .text = The people who run this site have switched it off.

# The operator switched the app off.
refused-app-disabled = { $app ->
    [0] This app can’t be used at the moment.
   *[other] { $app } can’t be used at the moment.
}
    .title = { $app ->
        [0] Can’t be used
       *[other] Can’t be used: { $app }
    }
    .text = The people who run this site have switched it off.

# Signed in, but no rule lets the person in. $account is their name, $room the room that they wanted.
refused-not-permitted = { $account ->
    [0] You are signed in
   *[other] You are signed in as { $account }
}, but not expected { $room ->
    [0] { $app ->
        [0] here
       *[other] in { $app }
    }
   *[other] in { $room }
}.
    .title = Not expected { $room ->
        [0] { $app ->
            [0] here
           *[other] in { $app }
        }
       *[other] in { $room }
    }
    .text = Perhaps another account of yours is expected. If you think that you should have access, ask the people who invited you.

# Admins make the accounts here, and this person has none yet. A code is shown below. $help is the operator's mail address.
refused-identity-unknown = You have no access here yet.
    .title = No access yet
    .text = { $help ->
        [0] Send the code below to the people who run this site. They can give you access.
       *[other] Send the code below to { $help }. The people there can give you access.
    }

# The answer at a first login came too late, or was given already.
refused-link-request-over = This question was answered already, or it waited too long.
    .title = Answered, or too late
    .text = You have fifteen minutes to answer it. If you did, you can simply continue. Nothing was lost.

# At a first login: the new sign-in belongs to another account meanwhile. Never say whose.
refused-link-taken = { $provider ->
    [0] This sign-in belongs to another account by now.
   *[other] Your sign-in with { $provider } belongs to another account by now.
}
    .title = Belongs to another account
    .text = So it was not added to the account that you chose. If that surprises you, send the code below to the people who run this site.

# At a first login: the person signed in to their account, but that does not count any more.
refused-link-proof-refused = Please sign in to your account once more.
    .title = Sign in once more
    .text = More than five minutes have passed since you did, or your account has changed meanwhile. Nothing was linked.

# The provider gave no usable name for the account.
refused-username-missing = { $provider ->
    [0] We got no name to use.
   *[other] { $provider } did not give us a name to use.
}
    .title = { $provider ->
        [0] No name to use
       *[other] No name to use: { $provider }
    }
    .text = We need a name for your account here. If you were asked what to share, try again and share your name.

# The provider gave a name that can't be a username here: too long, or with characters that no username may have.
refused-username-invalid = { $provider ->
    [0] The name that we got can’t be a username here.
   *[other] The name that { $provider } gave us can’t be a username here.
}
    .title = { $provider ->
        [0] Name can’t be used
       *[other] Name can’t be used: { $provider }
    }
    .text = It is too long, or it contains characters that usernames can’t have here. Send the code below to the people who run this site.

# The link that brought the person here names an unknown app, address or room.
refused-invalid-link = This link is not right.
    .title = Link not right
    .text = { $app ->
        [0] It leads to an address that we don’t know. Go back to where you came from and sign in from there.
       *[other] It leads to an address that we don’t know. Go back to { $app } and sign in from there.
    }

# The link lacks something, or asks for something that we can't do. The app must fix it.
refused-unusable-link = This link is not right.
    .title = Link not right
    .text = { $app ->
        [0] It lacks something, or asks for something that we can’t do. Go back to where you came from and try once more. If that does not help, tell the people who made the link.
       *[other] It lacks something, or asks for something that we can’t do. Go back to { $app } and try once more. If that does not help, tell the people who run { $app }.
    }

# Our database is missing, locked or full.
refused-service-unavailable = We can’t sign anyone in right now.
    .title = Not available right now
    .text = Nothing was lost. Please try again in a minute.

# The database fails at a sign-out. The person is still signed in.
refused-still-signed-in = You are still signed in.
    .title = Still signed in
    .text = We can’t sign you out right now. Please try again in a minute, before you leave this computer.

# The database fails at a change of the person's own password.
refused-password-unchanged = Your password was not changed.
    .title = Password not changed
    .text = We can’t store a new one right now. Please try again in a minute.

# No such page.
refused-not-found = There is nothing at this address.
    .title = Nothing here
    .text = Perhaps it was mistyped, or the page has moved.

# A callback from a provider without our data: it was cut off, forged, or never begun.
refused-invalid-callback = This sign-in can’t be finished.
    .title = Can’t be finished
    .text = It did not begin here, or a part of it got lost on the way. Go back to the app that you want to use, and sign in from there.

# The person pressed a button on a page that is not ours, so nothing was done.
refused-cross-site-request = Please press the button on our own page.
    .title = Not pressed on our page
    .text = We can’t tell whether you pressed it yourself, so nothing has changed.

# A request that none of our pages sends.
refused-bad-request = This can’t be done this way.
    .title = Can’t be done this way
    .text = We did not understand the request, so nothing has changed. Go back and try once more.

# Before the reference code, on a line of its own.
code = If you ask for help, mention this code

# Above a message for the developer of the app, or of a link. That message is in English.
developer = { $app ->
    [0] For the developer
   *[other] For the app’s developer
}

# Opens the advice on cookies.
cookies = How to allow cookies

# First advice: the browser's settings.
cookies-settings = In your browser’s settings, allow cookies for this site. We set only a few, all of them our own.

# Second advice: private windows.
cookies-window = If this is a private window, begin and finish in the same one.

# Third advice: Safari keeps no secure cookies on plain http.
cookies-https = If the address above begins with http:// and not https://, some browsers, such as Safari, don’t keep our cookies. Ask for the https:// address, or use another browser.

## Next steps: words of buttons and links. No full stop.

# Start the same sign-in again.
next-step-start-again = Start again

# Start the same sign-in again, in the browser that is open now.
next-step-start-again-here = Start again here

# Start the same sign-in again, after signing out at the provider.
next-step-start-again-signed-out = Start again

# Go on to the app, signed in.
next-step-continue = { $app ->
    [0] Continue
   *[other] Continue to { $app }
}

# Try the same once more.
next-step-try-again = Try again

# Choose another provider.
next-step-choose-provider = Another way to sign in

# Sign in with another account.
next-step-use-another-account = Use another account

# Back to the app, not signed in.
next-step-return = { $app ->
    [0] Return to the app
   *[other] Return to { $app }
}

# To the sign-in page.
next-step-sign-in = { $app ->
    [0] Sign in
   *[other] Sign in to { $app }
}

# To the page where people sign in to this site itself.
next-step-sign-in-here = Sign in

# To the sign-out page.
next-step-sign-out = Sign out

## Signing out

# Heading of the question. The button below has the same words without the question mark.
sign-out = Sign out?
    .title = Sign out

# Below that heading. $account is the person's name.
sign-out-account = You are signed in as { $account }.

# Button that signs out.
sign-out-button = Sign out

# Heading if nobody is signed in.
nobody = You are not signed in.
    .title = Not signed in
    .text = You don’t need to sign out.

# Heading after signing out.
signed-out = You are signed out.
    .title = Signed out
    .text = You may still be signed in to apps that are open, and at the place where you signed in. On a shared computer, close the browser too.

## Changing one's own password

# Heading.
password-change = Change your password
    .title = Change your password

# Below the heading.
password-change-text = Wherever else you are signed in with this account, you will have to sign in again.

# Below that heading: whose passwords can be changed here, and whose can't.
password-change-whose = This page is for accounts of this site. If you sign in with an account that you have elsewhere, change its password there.

# Link below both fields, to the page where people with an account of this site change their password.
password-change-link = Change the password of an account on this site

# Label of the field for the old password.
password-change-old = Current password

# The old password is wrong. The name is known, because the person is signed in.
password-change-not-right = The current password is not right.

# Label of the field for the new one.
password-change-new = New password

# Below that label. $shortest is a number.
password-change-hint = At least { $shortest } characters. A few words that don’t belong together make a good password.

# Label of the field where the new one is typed again.
password-change-again = Repeat the new password

# Button.
password-change-button = Change password

## Beside the new password: why it was rejected. Nothing was changed.

# Fewer characters than a password must have.
new-password-too-short = It is too short.

# More characters than a password may have, or a character that no password may have.
new-password-too-long = It is too long, or contains a character that can’t be typed everywhere.

# The password is on lists of common passwords.
new-password-common = It is one of the passwords that people guess first.

# The password is the name, or almost.
new-password-based-on-name = It is made of your own name, which people guess first.

# The two fields for the new password differ.
new-password-mismatch = The two new passwords are not the same.

# The new password is the old one.
new-password-same-as-old = It is your current password.

# Heading after the change.
password-changed = Your password has been changed.
    .title = Password changed
    .text = Sign in with the new one from now on.

## On the way back from a provider

# Heading of a page that moves on by itself at once.
repost = One moment, please.
    .title = One moment
    .text = Your sign-in goes on by itself. If it does not, press the button.

# Button of that page.
repost-button = Continue

## A name that was taken

# Heading after a first sign-in. $given is the name the person has here.
username-suffixed = Your name here is { $given }.
    .title = Your name here: { $given }
    .text = You are signed in. The name { $wished } was already taken, so you got the next free one.

## At a first login: has the person an account already?

# Heading of the page. The person has signed in with a provider that nobody has used for an account here.
link-question = Are you already here?
    .title = Are you already here? { $provider }
    .text = { $app ->
        [0] You signed in with { $provider }. No account here has used this sign-in before.
       *[other] You signed in with { $provider } to reach { $app }. No account here has used this sign-in before.
    }

# Before the name and the e-mail address that $provider says. They follow on the same line.
link-says = { $provider } says that you are

# Heading above the ways to sign in: the person has an account.
link-yes = Yes, I have an account
    .text = Sign in as you did before. Then we ask whether both sign-ins shall open that account.

# Heading above a button: the person has no account.
link-no = No, I am new here
    .text = You get an account of your own, which this sign-in opens.
    .button = Make a new account

# Button: somebody else is signed in at the provider.
link-not-me = That is not me

# Notice: the second sign-in worked, but no account has used it either.
link-notice-no-account = No account here has used that sign-in either. Try another one, or make a new account.

# Notice: the provider sent the person back without asking them to sign in again.
link-notice-not-fresh = You were not asked to sign in again there, so we can’t tell that it was you, just now. Sign out there first, or use another sign-in.

# Notice: the account of the second sign-in is switched off.
link-notice-account-disabled = That account can’t be used here at the moment. If you think that you should be able to use it, ask the people who run this site.

# Notice: the account has changed since the second sign-in.
link-notice-proof-lost = Your account has changed meanwhile. Please sign in to it once more.

# Heading of the page that asks for the decision. $account is the name of the person's account.
link-confirmation = Open { $account } with { $provider } too?
    .title = Open with { $provider } too?
    .text = From then on, both sign-ins open the account { $account }. Everywhere else, you are signed out of it.
    .button = Open with both

# Heading above the list of everything that opens the account already.
link-methods = What opens { $account } now
    .text = If you don’t know one of these, go back and ask the people who run this site.

# Since when a sign-in opens the account. $date is a day.
link-method-since = since { $date }

# Button: nothing is linked.
link-back = No, go back

## A person's own page

# Heading of a person's own page.
account = Your account
    .title = Your account

# Label, before the groups of the person.
account-groups = Groups

# Below that label, if the person is in no group.
account-no-groups = none

# What was just done: one session ended.
account-done-session-ended = That session has ended. The browser there has to sign in again.

# What was just done: all sessions but this browser's ended.
account-done-others-ended = You are signed out everywhere else.

# What has just happened: a sign-in method was removed.
account-done-method-removed = That sign-in no longer opens your account. You are signed out everywhere else.

# What has just happened: a sign-in method was added.
account-done-method-added = That sign-in opens your account from now on. You are signed out everywhere else.

# Nothing happened: the sign-in method was there before.
account-done-method-known = That sign-in opens your account already.

# The person signed in again, because a button asked for it. Nothing else was done yet.
account-done-signed-in-again = Thank you. For the next few minutes you can use the buttons on this page: press the one you wanted once more.

# Heading of the list of sign-in methods.
account-methods = How you sign in

# Beside a provider that is switched off for now.
method-off = switched off for now

# Beside a provider that this site no longer has.
method-gone = no longer offered here

# How a sign-in method was linked: by the first sign-in. $date is a day.
method-founding = You made this account with it on { $date }.

# How a sign-in method was linked: the person proved the account. $date is a day.
method-proven = You linked it on { $date }, after you had signed in to this account.

# How a sign-in method was linked: by an admin. $date is a day.
method-admin = An admin linked it on { $date }.

# How a sign-in method was linked: an admin imported a list of accounts. $date is a day.
method-import = It came with a list of accounts on { $date }.

# How a sign-in method was linked: by an e-mail address that an admin had given the account. $date is a day.
method-domain = Linked on { $date }: an admin had prepared this account for your e-mail address.

# A sign-in method that was linked by an older version. $date is a day.
method-before = Linked on { $date }, before we recorded how.

# The day of the last use of a sign-in method or a browser. $date is a day.
account-last-used = Last used on { $date }.

# The person also has a password. A link to change it follows.
account-password = You also have a password here.

# Heading of the list of browsers.
account-sessions = Where you are signed in

# A browser and its system: Firefox on Linux.
device-on = { $browser } on { $system }

# A browser whose name we don't know.
device-system = A browser on { $system }

# We know neither the browser nor the system.
device-unknown = Another device

# Beside the browser that the person uses now.
device-this = this browser

# $date is a day.
device-since = Signed in on { $date } with { $provider }.

# $network is a range of addresses, such as 192.0.2.0/24.
device-network = Network { $network }.

# Button that ends all sessions but this browser's.
account-end-others = Sign out everywhere else

# Link to the page that signs this browser out.
account-sign-out-here = Sign out of this browser

# Heading of the list of apps.
account-rights = What you may use

# Above that list.
rights-by = By your sign-in with { $provider }. Another sign-in method may give you more or less.

# Instead of that list.
rights-none = By your sign-in with { $provider }, no app lets you in.

# A room of the app, or several: $room is seminars/*.
right-room = Room { $room }

# No rule names a room.
right-any-room = All rooms

# The rooms that are not in the list above.
right-any-other-room = All other rooms

# Why the app lets the person in: its rule has no condition.
right-by-everybody = Everybody may enter.

# Why the app lets the person in. $name is a group.
right-by-group = You are in the group { $name }.

# Why the app lets the person in. $name is a provider.
right-by-provider = You signed in with { $name }.

# Why the app lets the person in. $name is what follows the @ in an e-mail address.
right-by-domain = Your e-mail address is at { $name }.

# Why the app lets the person in: its rule names this account.
right-by-account = The rule names your account.

# $names is a list of the app's own words, such as present.
right-permissions = Permissions: { $names }

# Heading of the list of what happened to the account.
account-history = What happened lately

# One line of that list. $app and $provider may be missing.
history-signed-in = { $app ->
    [0] You signed in.
   *[other] { $provider ->
        [0] You signed in to { $app }.
       *[other] You signed in to { $app } with { $provider }.
    }
}

# One line of that list.
history-signed-out = You signed out.

# One line of that list: the rules of the app don't let the person in.
history-not-let-in = { $app ->
    [0] An app did not let you in.
   *[other] { $app } did not let you in.
}

# One line of that list: a sign-in did not work, by the person or by somebody else.
history-refused = { $app ->
    [0] Somebody tried to sign in as you, and was refused.
   *[other] Somebody tried to sign in to { $app } as you, and was refused.
}

# One line of that list.
history-session-ended = A session was ended.

# One line of that list.
history-sessions-ended = Several sessions were ended at once.

# One line of that list.
history-password-changed = You changed your password.

# One line of that list.
history-password-set = An admin set your password.

# One line of that list.
history-linked = { $provider ->
    [0] A sign-in method was added.
   *[other] A sign-in method was added: { $provider }.
}

# One line of that list.
history-unlinked = { $provider ->
    [0] A sign-in method was removed.
   *[other] A sign-in method was removed: { $provider }.
}

# One line of that list.
history-created = An admin created your account.

# One line of that list.
history-groups-changed = An admin changed your groups.

# One line of that list: the person saved the file with their data.
history-exported = You saved your data.

# One line of that list: a role of identity admins.
history-role-changed = An admin gave you a role, or took it away.

# One line of that list: something else was changed, such as the name.
history-changed = An admin changed your account.

# After such a line, if it happened several times. $count is a number.
history-count = ({ $count } times)

# Heading above the link that saves the person's data.
account-export = Your data
    .text = Everything that we keep about you, in one file for programs (JSON).
    .link = Save my data

# A day. $day, $month and $year are numbers.
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }

# A time of a day. $date is the day, $time is 14:05.
date-time = { $date }, { $time } UTC

## Removing a sign-in method

# Link to the page that adds a sign-in method, and its heading.
method-add = Add a way to sign in
    .text = Sign in with it. Then we ask once more before it opens your account.
    .none = No other way to sign in is set up here.

# Link beside a sign-in method.
method-remove = Remove

# Heading of the page that asks before a sign-in method is removed.
method-removal = Remove { $provider }?
    .title = Remove { $provider }?
    .text = It no longer opens your account then. Everywhere else, you are signed out.
    .button = Remove

# Link back to the person's own page.
method-removal-back = Back to your account

# Heading and title: a change needs a sign-in of the last minutes.
sign-in-again = Please sign in again
    .text = For this, you have to have signed in during the last minutes. Nothing was changed yet.
    .button = Sign in again

# Heading of the page that says why a sign-in method can't be removed.
method-stays = { $provider } stays for now.

# Below that heading: no other sign-in method works.
method-stays-last = It is the only way left to sign in to your account. Without it, you could not come back.

# Below that heading: the person is signed in with it.
method-stays-in-use = You are signed in with it now. Sign in with another one first, then you can remove it.
    .button = Sign in with another one

## A person without an account asks to be let in

# Heading above a button of the question. The person asks the people who run the site for access.
access-offer = I need access
    .text = Ask the people who run this site to let you in.
    .full = At the moment, too many people are waiting for an answer. Please ask later, or write to the people who run this site.

# The button of the question, and the heading of the page for the message.
access-ask = Ask to be let in
    .title = Ask to be let in
    .text = { $app ->
        [0] The people who run this site decide whether you get an account here. They see what you write here.
       *[other] The people who run this site decide whether you may use { $app }. They see what you write here.
    }
    .button = Send
    .back = Back

# Label of the field for the message.
access-message = Your message (optional)
    .hint = For example, who you are and who knows you here. At most { $longest } characters.
    .too-long = Your message is longer than { $longest } characters. Please shorten it.

# Heading after the request was sent.
access-sent = Your request was sent.
    .title = Request sent
    .text = The people who run this site will decide. To see what they decided, sign in again with { $provider }.

# Heading at a later sign-in: nobody has decided yet.
access-waiting = Your request is waiting.
    .title = Request waiting
    .text = The people who run this site have not decided yet. To see what they decided, sign in again with { $provider }.
    .again = Write another message

# Heading at a later sign-in: the people who run the site said no.
access-refused = You were not let in.
    .title = Not let in
    .text = The people who run this site decided about your request with { $provider }. A day after their decision, you can ask again.
    .again = Ask again

# Heading above the words of the people who run the site.
access-note = Their answer

# Heading above the day and the message of the request.
access-yours = Your request

# The day on which the person asked. $date is a day.
access-asked-on = Sent on { $date }.

# Link: to the question with its other answers.
access-question = Give another answer

# Button: to sign in with another account.
access-other = Use another sign-in

# Above the id of the request.
access-reference = Reference, if you ask the people who run this site:

## Identity administration

# Heading and title: the pages of people who manage accounts.
admin = Identity administration

# Who uses the page. $role is one of the roles below.
admin-you = You are { $name }, { $role }.

# The roles, within a sentence.
admin-role-viewer = viewer

# The roles, within a sentence.
admin-role-helpdesk = helpdesk

# The roles, within a sentence.
admin-role-admin = admin

# Label of a search field.
admin-find = Beginning of a name, a username or an e-mail address; an id, a reference code, or provider:subject
    .button = Search

# After a search without a result.
admin-not-found = Nothing was found. A search finds the beginning of a name, not a part in its middle.

# Heading above the people who ask to be let in.
admin-requests = Access requests

# Below a person in that list. $date is a day.
admin-request-since = { $provider }, waiting since { $date }

# If that list is empty.
admin-no-requests = Nobody is waiting.

# Heading above the accounts with a role.
admin-roles = Accounts with a role

# Below an account in that list. $date is a day.
admin-role-since = { $role } since { $date }

# If that list is empty: the config may give roles, too.
admin-no-roles = The database gives no role. The config may give some.

# The state of an account.
admin-disabled = disabled

# The state of an account.
admin-enabled = enabled

# Heading and title: the page of one account. $name is its username.
admin-account = Account { $name }

# Words before the values of an account.
admin-id = Id

# Words before the values of an account.
admin-state = State

# Words before the values of an account.
admin-role = Role

# Words before the values of an account.
admin-role-none = none

# Buttons: what an admin can do to an account.
admin-act-end-sessions = End all sessions

# Buttons: what an admin can do to an account.
admin-act-disable = Disable

# Buttons: what an admin can do to an account.
admin-act-enable = Enable

# Buttons: what an admin can do to an account.
admin-act-give-viewer = Make viewer

# Buttons: what an admin can do to an account.
admin-act-give-helpdesk = Make helpdesk

# Buttons: what an admin can do to an account.
admin-act-give-admin = Make admin

# Buttons: what an admin can do to an account.
admin-act-take-role = Take the role away

# How a sign-in method was linked. $date is a day.
admin-proof-founding = The account was made with it on { $date }.

# How a sign-in method was linked. $date is a day.
admin-proof-proven = The person proved the account and linked it on { $date }.

# How a sign-in method was linked. $date is a day.
admin-proof-admin = An admin linked it on { $date }.

# How a sign-in method was linked. $date is a day.
admin-proof-import = It came with a list of accounts on { $date }.

# How a sign-in method was linked. $date is a day.
admin-proof-domain = An admin had prepared the account for this e-mail address: linked on { $date }.

# How a sign-in method was linked. $date is a day.
admin-proof-before = It was linked on { $date }, before we recorded how.

# Heading above the identities of an account.
admin-methods = Sign-in methods

# If an account has no sign-in method.
admin-no-methods = No identity opens this account.

# Heading above the browsers in which the person is signed in.
admin-sessions = Sessions

# If that list is empty.
admin-no-sessions = The person is not signed in.

# Heading above the newest rows of the audit log.
admin-audit = Audit log

# Link to the first page of the identity administration.
admin-back = Back to the identity administration

# What was done, or why it was not.
admin-notice-done = Done.

# What was done, or why it was not.
admin-notice-role-needed = Your role may not do this. Nothing was changed.

# What was done, or why it was not.
admin-notice-holder-of-role = The account has a role, so only the command line may do this. Nothing was changed.

# What was done, or why it was not.
admin-notice-own-account = Nobody may do this to their own account. Nothing was changed.

# What was done, or why it was not.
admin-notice-last-admin = This is the last admin, so only the command line may do this. Nothing was changed.

# What was done, or why it was not.
admin-notice-name-taken = Another account has this username. Let the person prove that it is theirs, or use the command line with another name. Nothing was changed.

# What was done, or why it was not.
admin-notice-no-name = Write to the person why you refuse. Nothing was changed.

# What was done, or why it was not.
admin-notice-decided-before = Somebody has decided about this request before.

# What was done, or why it was not.
admin-notice-changed-meanwhile = This account was changed meanwhile. Look at it, and try again. Nothing was changed now.

# What was done, or why it was not.
admin-notice-identity-taken = This identity is linked to another account. Unlink it there first. Nothing was changed.

# What was done, or why it was not.
admin-notice-bad-group = This can’t be the name of a group. Nothing was changed.

# What was done, or why it was not.
admin-notice-bad-identity = Write the id of a provider, a colon, and the person’s subject there. Passwords that are kept here need no link. If a provider has several tenants, use the command line. Nothing was changed.

# What was done, or why it was not.
admin-notice-bad-name = This can’t be a username here. Nothing was changed.

# What was done, or why it was not.
admin-notice-no-account = There is no account with this name or id. Nothing was changed.

# Two accounts can't be merged, or a merge can't be undone.
admin-notice-same-account = An account can’t be merged into itself. Nothing was changed.

# Two accounts can't be merged, or a merge can't be undone.
admin-notice-merge-disabled = One of the accounts is disabled. Enable it first. Nothing was changed.

# Two accounts can't be merged, or a merge can't be undone.
admin-notice-merged = The account was merged into another one. Undo the merge first. Nothing was changed.

# Two accounts can't be merged, or a merge can't be undone.
admin-notice-undo-over = This merge was undone before, or it is too old. Nothing was changed.

# Two accounts can't be merged, or a merge can't be undone.
admin-notice-undo-later = The account that stayed was merged on. Undo that merge first. Nothing was changed.

# Heading, title and link: a list of identities. Labels of its form: a provider's id, how an identity was linked, a day, a box to tick; then its button.
admin-identities = Identities
    .provider = Id of the provider
    .proof = How it was linked
    .any = any
    .before = Not used since
    .only = Only those that are the only identity of their account
    .button = List

# How an identity was linked, in a list to choose from.
admin-filter-founding = first sign-in

# How an identity was linked, in a list to choose from.
admin-filter-proven = proved by the person

# How an identity was linked, in a list to choose from.
admin-filter-domain = by an e-mail address

# How an identity was linked, in a list to choose from.
admin-filter-admin = by an admin

# How an identity was linked, in a list to choose from.
admin-filter-import = imported list

# How an identity was linked, in a list to choose from.
admin-filter-before = before we recorded how

# If the list is empty.
admin-identities-none = No identity here fits.

# If the list stops because it takes too long to look further at once. Its button is a link.
admin-identities-stopped = We looked at 2,000 identities. There are more.
    .button = Go on

# Heading above the forms that change an account.
admin-changes = Change this account

# Link to a page that asks before the account leaves a group.
admin-leave = Remove from the group { $group }

# Link to a page that asks before an identity is unlinked. $provider is the provider of the identity.
admin-unlink = Unlink from { $provider }

# Label of a field, and the button beside it. A page asks before anything is done.
admin-join = Add to the group
    .button = Add

# Label of a field, and the button beside it. A page asks before anything is done.
admin-link = Link the identity, as provider:subject
    .button = Link

# Label of a field, and the button beside it. A page asks before anything is done.
admin-rename = New username
    .button = Rename

# Button beside one session.
admin-end-session = End this session

# Heading and title of a page that asks, and its button. $name is a username, $value a group.
admin-change-join = Add { $name } to the group { $value }?
    .button = Add to the group

# Heading and title of a page that asks, and its button. $name is a username, $value a group.
admin-change-leave = Remove { $name } from the group { $value }?
    .button = Remove from the group

# Heading and title of a page that asks, and its button. $name is a username.
admin-change-link = Link an identity to { $name }?
    .button = Link

# Heading and title of a page that asks, and its button. $name is a username.
admin-change-unlink = Unlink an identity from { $name }?
    .button = Unlink

# Heading and title of a page that asks, and its button. $name is a username, $value the new one.
admin-change-rename = Rename { $name } to { $value }?
    .button = Rename

# Words before the values of an identity.
admin-issuer = Issuer

# If a change would change nothing.
admin-change-nothing = It is so already. Nothing would change.

# Heading above what a change would do.
admin-change-effects = What happens

# The effect of a change of groups.
admin-change-groups = Sessions stay. From the next entry on, the rules of the apps look at the changed groups.

# The effect of a link.
admin-change-opens = This sign-in then opens the account, and the person does not have to prove it. Be sure that both are the same person.

# The effect of a change of identities.
admin-change-sessions = { $count ->
    [0] No session ends.
    [one] One session ends.
   *[other] { $count } sessions end.
}

# Above the other sign-in methods of the account.
admin-change-left = These sign-in methods are left:

# Beside a sign-in method that is switched off or gone.
admin-change-off = does not work now

# If no other sign-in method works.
admin-change-last = No other sign-in method of the account works. After this, the person can’t sign in until somebody links one.

# Beside a box to tick.
admin-change-sure = Unlink it all the same

# Before the names of apps.
admin-change-names = These apps know people by their name, and then see a new person:

# If there is no such app.
admin-change-no-names = No app knows people by their name.

# Link back to the page of the account.
admin-change-back = Back to the account

# Heading and title: the page asks before it merges two accounts of one person. $from is closed, $into stays.
admin-merge-merge = Merge { $from } into { $into }?
    .text = { $from } is closed and keeps its name. These sign-in methods then open { $into }. Be sure that both accounts belong to the same person.
    .button = Merge

# Heading and title: the page asks before it undoes a merge. $from opens again.
admin-merge-undo = Undo the merge of { $from } into { $into }?
    .text = { $from } opens again. These sign-in methods move back to it from { $into }.
    .button = Undo the merge

# Instead of the list of the sign-in methods that move.
admin-merge-no-methods = No sign-in method moves.

# Above the sign-in methods that somebody unlinked or moved after the merge.
admin-merge-left = These stay as they are, because somebody unlinked or moved them after the merge:

# Before a list of groups. $into is the account that stays.
admin-merge-groups-merge = { $into } also gets these groups, and the rights by them:

# Before a list of groups. $into is the account that stays.
admin-merge-groups-undo = { $into } loses these groups:

# Before a list of e-mail addresses. $into is the account that stays.
admin-merge-addresses-merge = { $into } also gets these addresses:

# Before a list of e-mail addresses. $into is the account that stays.
admin-merge-addresses-undo = { $into } loses these addresses:

# If the account that is closed has a password.
admin-merge-password = The password of { $from } opens nothing any more.

# What apps see after a merge.
admin-merge-apps = Apps that knew the person as { $from } meet { $into } from then on.

# Until when a merge can be undone. $date is a day.
admin-merge-until = An admin can undo this until { $date }. After that, { $from } is erased.

# Beside a box that has to be ticked before a merge.
admin-merge-sure = Both accounts belong to the same person

# Heading above the merges of an account.
admin-merges = Merges

# Before the name of another account: this account was merged into it. $date is a day.
admin-merged-into = Merged on { $date } into

# Before the name of another account, which was merged into this one. $date is a day.
admin-merged-from = Since { $date } also with the sign-in methods of

# Beside a merge that was undone. $date is a day.
admin-merge-undone = undone on { $date }

# Link to the page that undoes a merge. $name is the other account.
admin-merge-undo-link = Undo the merge with { $name }

# Label of a field for the name of another account, into which this one is merged.
admin-merge-into = Merge into the account (its username or id)
    .button = Show what happens

# Heading, title and link: the list of the providers.
admin-providers = Providers

# Beside a provider at which nobody can sign in for now, because an admin stopped it.
admin-suspended = suspended

# What depends on a provider: how many identities are linked, and how many sessions are open.
admin-provider-uses = Linked identities: { $links }. Open sessions: { $sessions }.

# Heading and title: the page of one provider. $name is its name.
admin-of-provider = Provider { $name }

# Before the name of an admin and a reason. $date is a day.
admin-suspended-since = Nobody can sign in here. Suspended since { $date }:

# How many accounts could not be opened without this provider.
admin-provider-without-other = Accounts without another way to sign in: { $count }.

# Heading above the button that stops a provider.
admin-suspend-provider = Suspend this provider
    .text = Nobody signs in with it any more, it proves no account, and its sessions end at once. Tokens that apps have already last for about a minute. Links and groups stay.
    .why = Reason, for other admins
    .button = Suspend

# Before the button that stops a provider: the viewer signed in with this one.
admin-suspend-own = You signed in with this provider, so your own session ends, too. Be sure that you can sign in with another one, or that somebody can use the command line.

# Heading above the button that lets people sign in at a provider again.
admin-resume-provider = Resume this provider
    .text = People can sign in with it again. The sessions that ended stay ended.
    .button = Resume

# Link to the list of the providers.
admin-providers-back = All providers

# Heading above links that mend the cause of a refusal.
admin-mends = What helps

# Link: the rules of the app let the members of a group in. $name is a username.
admin-mend-join = Add { $name } to the group { $group }

# Link to the page of a disabled account. $name is its username.
admin-mend-enable = Enable the account { $name } on its page

# Link to the page of a suspended provider. $name is its name.
admin-mend-resume = Resume the provider { $name } on its page

# Heading and title: one person who asks to be let in.
admin-request = Access request

# Above what the provider and the person say.
admin-request-says = The provider and the person say this. Whether the person has an account already, only they can prove.

# Words before the values of a request.
admin-provider = Provider

# Words before the values of a request.
admin-subject = Subject

# Words before the values of a request.
admin-name = Name

# Words before the values of a request.
admin-email = E-mail address

# Words before the values of a request.
admin-app = Wants to enter

# Words before the values of a request.
admin-asked = Asked since

# If a request does not wait.
admin-request-decided = This request does not wait any more.

# The three decisions. $name is a username.
admin-let-prove = If the person has an account already: at their next sign-in they prove it, and both sign-ins open it.
    .button = Let them prove it

# The three decisions. $name is a username.
admin-let-in = If the person is new: they get the account { $name }.
    .button = Let in as new

# The three decisions. $name is a username.
admin-refuse = Note to the person, if you refuse
    .button = Refuse

# Label of a field, and the button beside it. A page asks before anything is done.
admin-request-account = If you know who the person is, and can’t wait for their proof: name or id of their account
    .button = Link to this account

# Heading and title of a page that asks. $name is the username of an account.
admin-request-link = Link this person to the account { $name }?
    .text = The person has not proved that the account is theirs. Ask them by another way than this request. If it can wait, let them prove it.
    .person = This person
    .button = Link without a proof
    .back = Back to the request

# Heading and title: an invitation to manage accounts. $name is the person's username.
admin-invitation = Become an admin
    .text = You are signed in as { $name }. With the button, this account becomes an admin. The invitation works once.
    .button = Become an admin
    .gone = This invitation was used or has expired. The operator can make another one with vestibule admin invite.

# Heading and title: what a search found. $query is what was typed.
admin-search = Search for “{ $query }”

# If a search may miss some accounts.
admin-search-incomplete = The server is still preparing the search. Some accounts may be missing.

# Link to the next page of a search.
admin-search-next = More

# Heading above a refused sign-in. $code is its reference code.
admin-refusal = Refusal { $code }

# Words before the values of a refused sign-in.
admin-refusal-at = Time

# Words before the values of a refused sign-in.
admin-refusal-cause = Cause
