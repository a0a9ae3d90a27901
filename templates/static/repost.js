// Posts the form at once. The browser sends our cookies with it, because this page is ours.
// Uses the prototype, because a field named "submit" would hide the form's own method.
HTMLFormElement.prototype.submit.call(document.getElementById("repost"));
