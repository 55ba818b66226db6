/* Passkeys: asks the browser for one and sends its answer as an ordinary form. Decides nothing.

   A page brings one element for each ceremony:

     <div data-passkey="get" data-options="{…}" data-conditional hidden>  …a form with a field "credential"…
     [data-passkey-missing]   shown until we know that this browser can do it
     [data-passkey-failed]    shown when the person or the browser stopped it

   Without this script the element stays hidden, and the page's other ways are there. */
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => {
    const padded = text.replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(padded), (one) => one.charCodeAt(0));
  };

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const creation = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  });

  const request = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: described(options.allowCredentials),
  });

  const plain = (credential) => {
    const answer = credential.response;
    const response = { clientDataJSON: text(answer.clientDataJSON) };
    if (answer.attestationObject) {
      response.attestationObject = text(answer.attestationObject);
      response.transports = answer.getTransports ? answer.getTransports() : [];
    } else {
      response.authenticatorData = text(answer.authenticatorData);
      response.signature = text(answer.signature);
      if (answer.userHandle) response.userHandle = text(answer.userHandle);
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  };

  let waiting = null; // the conditional request that a click has to end first

  const begin = (part) => {
    const form = part.querySelector("form");
    const failed = part.querySelector("[data-passkey-failed]");
    const options = JSON.parse(part.dataset.options);
    const making = part.dataset.passkey === "create";

    const run = async (extra) => {
      const credential = making
        ? await navigator.credentials.create({ publicKey: creation(options), ...extra })
        : await navigator.credentials.get({ publicKey: request(options), ...extra });
      form.elements.credential.value = JSON.stringify(plain(credential));
      form.submit();
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (waiting) waiting.abort();
      waiting = null;
      if (failed) failed.hidden = true;
      try {
        await run({});
      } catch {
        if (failed) failed.hidden = false;
      }
    });
    part.hidden = false;

    if (!("conditional" in part.dataset) || !PublicKeyCredential.isConditionalMediationAvailable) return;
    PublicKeyCredential.isConditionalMediationAvailable().then((available) => {
      if (!available) return;
      waiting = new AbortController();
      run({ mediation: "conditional", signal: waiting.signal }).catch(() => {});
    });
  };

  document.querySelectorAll("[data-passkey]").forEach(begin);
  document.querySelectorAll("[data-passkey-missing]").forEach((part) => { part.hidden = true; });
})();
