// Posts the form at once. From our own page, the browser sends our cookies with it.
// By the prototype, because a field named "submit" would hide the form's own method.
HTMLFormElement.prototype.submit.call(document.getElementById("repost"));
