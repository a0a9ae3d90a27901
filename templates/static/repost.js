// Sends on, from our own page, what another site posted to us: so our cookies come along.
// By the prototype, because a field named "submit" would hide the form's own.
HTMLFormElement.prototype.submit.call(document.getElementById("repost"));
