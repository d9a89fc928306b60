// A page whose session is gone, because the service was started anew, leads to the sign-in; one whose connection was
// away for long is drawn anew. What was typed stays in this tab of the browser meanwhile, and is put back where it stood.
(() => {
  const KEY = "roarbase_typed";
  const PAUSE_MS = 500;
  const LOOKS = 60;
  const CATCHING_UP_MS = 5000;

  const user = () => document.querySelector("[data-user]")?.dataset.user;
  const fields = () =>
    [...document.querySelectorAll("main input, main textarea")].filter(
      (one) => !["password", "file", "checkbox", "radio", "search"].includes(one.type) && !one.readOnly && one.getAttribute("role") !== "combobox",
    );
  const nameOf = (field) => field.getAttribute("aria-label") || field.labels?.[0]?.innerText || "";
  const editors = () => [...document.querySelectorAll("main .nicegui-codemirror")].map((one) => [one, window.getElement(Number(one.id.slice(1)))?.editor]).filter(([, editor]) => editor);
  const editorName = (element) => element.querySelector(".cm-content")?.getAttribute("aria-label") || "";

  function keep() {
    const typed = { user: user(), path: location.pathname, fields: {}, editors: {} };
    for (const field of fields()) if (field.value && nameOf(field)) typed.fields[nameOf(field)] = field.value;
    for (const [element, editor] of editors()) typed.editors[editorName(element)] = editor.state.doc.toString();
    sessionStorage.setItem(KEY, JSON.stringify(typed));
  }

  function putBack(typed, left) {
    for (const field of fields()) {
      const value = typed.fields[nameOf(field)];
      if (value === undefined) continue;
      delete typed.fields[nameOf(field)];
      if (field.value === value) continue;
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    for (const [element, editor] of editors()) {
      const text = typed.editors[editorName(element)];
      if (text === undefined) continue;
      delete typed.editors[editorName(element)];
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
    }
    const isAll = !Object.keys(typed.fields).length && !Object.keys(typed.editors).length;
    if (!isAll && left > 0) setTimeout(() => putBack(typed, left - 1), PAUSE_MS);
  }

  async function leaveIfSignedOut() {
    const answer = await fetch(location.href, { redirect: "manual", credentials: "same-origin" }).catch(() => null);
    if (answer?.type !== "opaqueredirect") return;
    keep();
    location.href = `/console/sign-in?next=${encodeURIComponent(location.pathname)}`;
  }

  // NiceGUI loads the page again where the service has forgotten it, and where a connection hangs: no other leaving of
  // a page comes without a connection, or just after it is back.
  function keepWhileAway() {
    let awayUntil = window.socket.connected ? 0 : Infinity;
    window.socket.on("disconnect", () => (awayUntil = Infinity));
    window.socket.on("connect", () => (awayUntil = performance.now() + CATCHING_UP_MS));
    window.addEventListener("pagehide", () => performance.now() < awayUntil && keep());
  }

  function watch() {
    if (!window.socket || !window.did_handshake) return setTimeout(watch, PAUSE_MS);
    window.socket.on("connect_error", leaveIfSignedOut);
    keepWhileAway();
    const typed = JSON.parse(sessionStorage.getItem(KEY) || "null");
    if (!typed || typed.path !== location.pathname) return undefined;
    sessionStorage.removeItem(KEY);
    if (typed.user !== user()) return undefined; // it is nobody else's
    return putBack(typed, LOOKS);
  }

  // A file that is dropped on an editor is taken as the button beside it takes one; elsewhere it would replace the page.
  const isFile = (event) => event.dataTransfer?.types.includes("Files");

  function takeDropped(event) {
    if (!isFile(event)) return;
    const button = event.target.closest?.(".card")?.querySelector(".file input");
    if (!button && event.target.closest?.(".cm-editor")) return; // editors without such a button insert it themselves
    event.preventDefault();
    event.stopPropagation();
    if (!button) return;
    button.files = event.dataTransfer.files;
    button.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("dragover", (event) => isFile(event) && event.preventDefault());
  document.addEventListener("drop", takeDropped, true);
  watch();
})();
