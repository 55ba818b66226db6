// Finds people while somebody types: the very page that the button asks for, of which only the hits are taken.
const form = document.querySelector("form[role=search]");
const input = form.querySelector("input[type=search]");
const found = document.getElementById("found");
const WAIT = 120;
let timer = 0;
let latest = 0;

async function ask() {
  const number = ++latest;
  const query = new URLSearchParams(new FormData(form));
  const url = `${form.action}?${query}`;
  let text = "";
  try {
    // Whoever has to sign in again is not sent there in the middle of a word: the button does that.
    const answer = await fetch(url, { redirect: "error" });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return;
  }
  if (number !== latest) return;
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("found");
  if (fresh) found.replaceChildren(...fresh.childNodes);
  history.replaceState(null, "", url);
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
});
