/* Passkeys: a form that asks the browser for one before it is sent. Nothing else signs in here. */
"use strict";
(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const FIELDS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const packed = (credential) => JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: Object.fromEntries(
      FIELDS.filter((name) => credential.response[name])
        .map((name) => [name, text(credential.response[name])])
    ),
  });

  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const ask = {
    create: (options) => navigator.credentials.create({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    } }),
    get: (options) => navigator.credentials.get({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: named(options.allowCredentials),
    } }),
  };

  const AGAIN = "That did not work. Reload this page and try again.";
  const why = (error, form) => ({
    NotAllowedError: "No passkey came: it was cancelled, or took too long. Try again.",
    InvalidStateError: "This device holds a passkey of this account already.",
    SecurityError: `Passkeys work at ${form.dataset.at} alone. Open this page there.`,
  })[error.name] || AGAIN;

  /* The question is asked for when it is needed, so that it is never an old one. */
  const question = async (form) => {
    const answer = await fetch(form.dataset.offer, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) return null;
    return answer.json();
  };

  const send = async (form) => {
    const said = form.querySelector("[data-said]");
    const button = form.querySelector("button");
    button.disabled = true;
    said.textContent = "Your browser asks you now.";
    try {
      const asked = await question(form);
      if (asked && asked.options) {
        const credential = await ask[form.dataset.passkey](asked.options);
        form.elements.credential.value = packed(credential);
        form.submit();
        return;
      }
      said.textContent = (asked && asked.detail) || AGAIN;
    } catch (error) {
      said.textContent = why(error, form);
    }
    button.disabled = false;
  };

  /* A sentence in place of noscript: it also stands where this file did not arrive. */
  for (const one of document.querySelectorAll("[data-without-script]")) one.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential || !navigator.credentials) {
      form.querySelector("[data-said]").textContent = "This browser knows no passkeys.";
      form.querySelector("button").disabled = true;
    }
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
})();
