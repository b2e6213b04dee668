// The console's script. Everything works without it; with it pages change in place, ask in dialogs and stay live.
"use strict";
(() => {
  const root = document;
  const find = (selector, within = root) => within.querySelector(selector);
  const all = (selector, within = root) => [...within.querySelectorAll(selector)];
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const isPlain = (event) => !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  let under_way = null;

  // Fetching a page and taking a part of it over ---------------------------------------------------

  async function load(url) {
    if (under_way) under_way.abort();
    const mine = (under_way = new AbortController());
    const answer = await fetch(url, { signal: mine.signal, headers: { accept: "text/html" } });
    return { url: answer.url, page: parse(await answer.text()) };
  }

  function take(selector, page) {
    const old = find(selector), fresh = find(selector, page);
    if (!old || !fresh) return null;
    const taken = root.importNode(fresh, true);
    old.replaceWith(taken);
    root.title = page.title;
    const header = find("#head"), newer = find("#head", page);
    if (header && newer) header.replaceWith(root.importNode(newer, true));
    const foot = find("footer.foot"), under = find("footer.foot", page);
    if (foot && under) foot.replaceWith(root.importNode(under, true));
    begin(taken);
    return taken;
  }

  async function swap(url, selector, { push = true, focus = "" } = {}) {
    const old = find(selector);
    if (!old) return location.assign(url);
    const dim = setTimeout(() => old.setAttribute("aria-busy", "true"), 300);
    try {
      const found = await load(url);
      if (push) history.pushState({ selector }, "", found.url);
      const taken = take(selector, found.page);
      if (!taken) return location.assign(found.url);
      const target = (focus && find(focus, taken)) || find("[data-focus]", taken) || find("h1", taken) || taken;
      if (!target.hasAttribute("tabindex") && !target.matches("a, button, input")) target.tabIndex = -1;
      target.focus({ preventScroll: Boolean(focus) });
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    } finally {
      clearTimeout(dim);
      old.removeAttribute("aria-busy");
    }
  }

  function submit(form) {
    const url = new URL(form.action);
    url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
    const active = root.activeElement && form.contains(root.activeElement) ? root.activeElement.name : "";
    return swap(url.href, form.dataset.swap, { focus: active ? `[name="${CSS.escape(active)}"]` : "" });
  }

  // Dialogs ----------------------------------------------------------------------------------------

  function show(dialog) {
    dialog.showModal();
    const heading = find("h1, h2", dialog);
    if (heading) { heading.tabIndex = -1; heading.focus(); }
  }

  async function ask(url) {
    try {
      const found = await load(url), main = find("main", found.page);
      if (!main) return location.assign(url);
      const dialog = root.createElement("dialog");
      dialog.className = "dlg asked";
      dialog.append(...[...main.childNodes].map((node) => root.importNode(node, true)));
      const heading = find("h1, h2", dialog);
      if (heading) { heading.id = heading.id || "asked-title"; dialog.setAttribute("aria-labelledby", heading.id); }
      dialog.addEventListener("close", () => dialog.remove());
      root.body.append(dialog);
      begin(dialog);
      show(dialog);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  }

  // Live regions -----------------------------------------------------------------------------------

  const nameOf = (element) => element.id || element.getAttribute("href") || element.dataset.copy;

  function renew(old, fresh) { // whoever stands on a link or button of the old element, stands on the same one of the new
    const at = old.contains(root.activeElement) && nameOf(root.activeElement);
    const taken = root.importNode(fresh, true);
    old.replaceWith(taken);
    begin(taken);
    const same = at && all("a, button, [id]", taken).find((element) => nameOf(element) === at);
    if (same) same.focus({ preventScroll: true });
  }

  function live(element) {
    const lost = element.dataset.liveLost && find(element.dataset.liveLost);
    const source = new EventSource(element.dataset.live);
    source.onopen = () => { if (lost) lost.hidden = true; };
    source.onerror = () => { if (lost) lost.hidden = false; };
    source.onmessage = (message) => {
      if (!element.isConnected) return source.close();
      for (const fresh of all("[id]", parse(message.data))) {
        const old = root.getElementById(fresh.id);
        if (!old || fresh.parentElement.closest("[id]")) continue; // it comes with the one around it
        if (old.outerHTML !== fresh.outerHTML) renew(old, fresh);
      }
    };
    addEventListener("pagehide", () => source.close());
  }

  // What elements ask for --------------------------------------------------------------------------

  root.addEventListener("click", (event) => {
    const at = event.target.closest("a, button");
    if (!at || !isPlain(event)) return;
    const { copy, open, close, swap: selector, refocus, dialog } = at.dataset;
    if (copy) {
      const text = find(copy).innerText.trim();
      navigator.clipboard.writeText(text).then(() => { at.dataset.was ??= at.textContent; at.textContent = at.dataset.copied || "✓"; setTimeout(() => { at.textContent = at.dataset.was; }, 2000); });
    } else if (open) show(root.getElementById(open));
    else if (close !== undefined && at.closest("dialog")) { event.preventDefault(); at.closest("dialog").close(); }
    else if (at.href && dialog !== undefined) { event.preventDefault(); ask(at.href); }
    else if (at.href && selector) { event.preventDefault(); swap(at.href, selector, { focus: refocus }); }
  });

  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.swap && form.method === "get") { event.preventDefault(); submit(form); }
    else if (form.dataset.once !== undefined && form.method === "post") {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "1"; // a second click sends nothing; coming back to the page lets it be sent again
    }
  });

  let slid = 0;
  root.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.type !== "range" || !form || form.dataset.slide === undefined) return;
    clearTimeout(slid);
    slid = setTimeout(() => submit(form), 150);
  });
  root.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.dataset.auto !== undefined && event.target.matches("select, [type=radio], [type=checkbox]")) form.requestSubmit();
  });
  addEventListener("popstate", (event) => swap(location.href, (event.state && event.state.selector) || "#page", { push: false }));
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // Keys: by place on the keyboard, for the layout is usually ЙЦУКЕН -------------------------------

  const SECTIONS = { KeyS: "search", KeyD: "dashboard", KeyO: "parked", KeyR: "decisions", KeyP: "rebuilds" };
  let went = 0;
  const isField = (element) => element && element.matches("input:not([type=range]), textarea, select, [contenteditable]");
  const keysAreOff = () => root.body.dataset.keys === "off";

  function move(by) {
    const rows = all("[data-row]"), at = rows.indexOf(root.activeElement.closest("[data-row]"));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) { if (!next.matches("a, button")) next.tabIndex = -1; next.focus(); }
  }

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(root.activeElement) || keysAreOff()) {
      if (event.key === "Escape" && isField(root.activeElement) && !root.activeElement.closest("dialog")) root.activeElement.blur();
      return;
    }
    const asked = find("dialog[open]");
    if (asked) { const within = find(`[data-key="${event.code}"]`, asked); if (within) within.click(); return; }
    const isAfterG = Date.now() - went < 1000;
    went = 0;
    const keyed = find(`[data-key="${event.code}"]`);
    if (isAfterG && SECTIONS[event.code]) { const to = find(`.nav [data-section="${SECTIONS[event.code]}"]`); if (to) to.click(); }
    else if (event.code === "Slash" && event.shiftKey) ask("/console/keys");
    else if (event.code === "Slash" || event.key === "/") { const field = find("main .find input[type=search]") || find(".find input[type=search]"); if (field) field.select(); }
    else if (event.code === "KeyG") { went = Date.now(); return; }
    else if (event.code === "KeyJ") move(1);
    else if (event.code === "KeyK") move(-1);
    else if (event.code === "Enter" && root.activeElement.matches("[data-row]:not(a):not(button)")) { const link = all("a", root.activeElement).find((one) => !one.closest("details")) || find("summary", root.activeElement); if (link) link.click(); }
    else if (keyed) keyed.click();
    else return;
    event.preventDefault();
  });

  function begin(within) {
    for (const element of all("[data-live]", within)) live(element);
    if (within.matches && within.matches("[data-live]")) live(within);
    for (const element of all("[data-script]", within)) element.hidden = false; // what only works with the script
  }

  history.replaceState({ selector: "#page" }, "");
  begin(root);
  const alert = find("main [role=alert]");
  if (alert) { alert.tabIndex = -1; alert.focus(); }
})();
