// Sends the page's one form at once; without this the person presses its button.
document.querySelector("main form[method=post]").submit();
