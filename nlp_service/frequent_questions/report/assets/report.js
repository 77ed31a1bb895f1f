(() => {
  "use strict";
  const root = document.documentElement;
  const THEME = "frequent-questions-theme";
  const FIRST = 100; // clusters that are shown before more are asked for

  // --- light and dark: before anything is drawn

  const wear = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const remembered = () => {
    try {
      return localStorage.getItem(THEME);
    } catch {
      return null; // a file may have no storage
    }
  };
  const remember = (theme) => {
    try {
      localStorage.setItem(THEME, theme);
    } catch {
      return;
    }
  };
  wear(remembered());

  const appearance = () => {
    const buttons = [...document.querySelectorAll("button[data-theme]")];
    const press = (theme) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        wear(button.dataset.theme);
        remember(button.dataset.theme);
        press(button.dataset.theme);
      });
    }
    press(root.dataset.theme ?? "auto");
  };

  // --- tables stay tables for a screen reader where a phone's style makes blocks of their parts

  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  const roleOf = (part) => ROLES[part.tagName] ?? (part.scope === "col" ? "columnheader" : "rowheader");
  const assign = (top) => {
    for (const part of [top, ...top.querySelectorAll("thead, tbody, tr, th, td")]) part.setAttribute("role", roleOf(part));
  };

  // --- the list: what is shown, in which order; the address keeps it, so that a view can be shared

  const folded = (text) => text.normalize("NFKC").toLowerCase();

  const list = () => {
    const table = document.getElementById("clusters");
    if (!table) return { go: () => undefined };
    const controls = document.getElementById("controls");
    const texts = JSON.parse(document.getElementById("texts").textContent);
    const number = new Intl.NumberFormat("en");
    const fill = (text, values) => {
      const forms = text.split("|"); // of one, of several
      return forms[values.n === 1 ? 0 : forms.length - 1].replace(/\{(\w+)\}/g, (_, name) => number.format(values[name]));
    };
    const more = document.getElementById("more");
    const heads = [...table.querySelectorAll("thead th")];
    const names = new Intl.Collator(root.lang);
    const rows = [...table.tBodies].map((body, rank) => ({
      body,
      rank,
      name: body.querySelector(".name").textContent.trim(),
      size: Number(body.dataset.size),
      change: Number(body.dataset.change ?? 0),
      trend: Number(body.dataset.trend ?? 0),
      kind: body.dataset.kind,
      theme: body.dataset.theme ?? "",
      event: body.dataset.event ?? "",
      missing: body.dataset.missing ?? "",
      circle: document.querySelector(`#map a[href="#${body.id}"]`),
    }));
    const kinds = [...(controls.elements.kind?.options ?? [])].map((option) => option.value);
    const orders = {
      size: () => 0,
      rise: (a, b) => b.change - a.change,
      fall: (a, b) => a.change - b.change,
      recent: (a, b) => b.trend - a.trend,
      early: (a, b) => a.trend - b.trend,
      name: (a, b) => names.compare(a.name, b.name),
      kind: (a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind),
      faq: (a, b) => b.missing.localeCompare(a.missing),
    };
    const descending = new Set(["size", "rise", "recent", "faq"]);
    let limit = FIRST;

    const state = () => {
      const given = Object.fromEntries(new FormData(controls));
      if (given.sort === "size") delete given.sort;
      return Object.fromEntries(Object.entries(given).filter(([, value]) => value));
    };

    const matches = (wanted) => {
      const tokens = folded(wanted.q ?? "").split(/\s+/).filter(Boolean);
      return (row) => {
        for (const key of ["kind", "theme", "event", "missing"]) {
          if (wanted[key] !== undefined && row[key] !== wanted[key]) return false;
        }
        if (tokens.length) row.text ??= folded(row.body.textContent);
        return tokens.every((token) => row.text.includes(token));
      };
    };

    const heading = (theme, members) => {
      const body = document.createElement("tbody");
      const cell = document.createElement("th");
      const small = document.createElement("small");
      const option = [...controls.elements.theme.options].find((each) => each.value === theme && theme !== "");
      body.className = "group";
      cell.colSpan = heads.length;
      cell.scope = "rowgroup";
      const dot = members[0].body.querySelector(".dot");
      if (dot) cell.append(dot.cloneNode());
      cell.append(option ? option.text : texts.no_theme);
      const questions = members.reduce((sum, row) => sum + row.size, 0);
      small.textContent = fill(texts.group, { n: members.length, questions });
      cell.append(small);
      const line = document.createElement("tr");
      line.append(cell);
      body.append(line);
      assign(body);
      return body;
    };

    const show = () => {
      const wanted = state();
      const order = orders[wanted.sort] ? wanted.sort : "size";
      const found = rows.filter(matches(wanted));
      found.sort((a, b) => orders[order](a, b) || a.rank - b.rank);
      const grouped = wanted.group !== undefined;
      if (grouped) {
        const place = (row) => (row.theme === "" ? Infinity : Number(row.theme));
        const compare = (a, b) => (place(a) === place(b) ? 0 : place(a) - place(b));
        found.sort(compare);
      }
      const visible = new Set(found.slice(0, limit));
      for (const old of table.querySelectorAll(".group")) old.remove();
      const matched = new Set(found);
      for (const row of rows) {
        row.body.hidden = !visible.has(row);
        row.circle?.classList.toggle("dim", !matched.has(row));
      }
      const lines = document.createDocumentFragment();
      let last = null;
      for (const row of found) {
        if (grouped && visible.has(row) && row.theme !== last) {
          last = row.theme;
          lines.append(heading(last, found.filter((each) => each.theme === last)));
        }
        lines.append(row.body);
      }
      table.append(lines);
      const questions = found.reduce((sum, row) => sum + row.size, 0);
      document.getElementById("shown").textContent = fill(texts.shown, { n: found.length, of: rows.length, questions });
      document.getElementById("nothing").hidden = found.length > 0;
      more.hidden = found.length <= limit;
      more.textContent = fill(texts.more, { n: Math.min(2 * FIRST, found.length - limit) });
      for (const head of heads) {
        const sorts = head.firstElementChild.dataset.sort.split(" ").includes(order) && head.className !== "share";
        if (sorts) head.setAttribute("aria-sort", descending.has(order) ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      }
    };

    const keep = () => {
      const address = new URLSearchParams(state()).toString();
      try {
        history.replaceState(null, "", address ? `#${address}` : "#list");
      } catch {
        return; // where the address can't be changed, the view can't be shared
      }
    };

    const change = () => {
      limit = FIRST;
      show();
      keep();
    };

    const take = (given) => {
      controls.reset();
      for (const [name, value] of given) {
        const control = controls.elements[name];
        if (!control) continue;
        if (control.type === "checkbox") control.checked = value === "1";
        else control.value = value;
        if (control.tagName === "SELECT" && control.selectedIndex < 0) control.selectedIndex = 0;
      }
      limit = FIRST;
      show();
    };

    const reveal = (body) => {
      const row = rows.find((each) => each.body === body);
      if (body.hidden && !matches(state())(row)) {
        controls.reset();
        show();
      }
      if (body.hidden) {
        limit = rows.length;
        show();
      }
      for (const each of table.querySelectorAll(".found")) each.classList.remove("found");
      body.classList.add("found");
      body.querySelector("details").open = true;
      body.scrollIntoView({ block: "start" });
      body.querySelector("summary").focus({ preventScroll: true });
    };

    const go = () => {
      const body = /^#c\d+$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
      if (body) {
        reveal(body);
      } else if (location.hash.includes("=")) {
        take(new URLSearchParams(location.hash.slice(1)));
        document.getElementById("list").scrollIntoView({ block: "start" });
      }
    };

    let waiting = 0;
    controls.addEventListener("submit", (event) => event.preventDefault());
    controls.addEventListener("input", (event) => {
      clearTimeout(waiting);
      if (event.target.name === "q") waiting = setTimeout(change, 120);
      else change();
    });
    document.getElementById("clear").addEventListener("click", () => {
      controls.reset();
      change();
    });
    more.addEventListener("click", () => {
      limit += 2 * FIRST;
      show();
    });
    for (const head of heads) {
      head.firstElementChild.addEventListener("click", (event) => {
        const both = event.currentTarget.dataset.sort.split(" ");
        const now = controls.elements.sort.value;
        controls.elements.sort.value = now === both[0] && both[1] ? both[1] : both[0];
        change();
      });
    }
    table.addEventListener("click", (event) => {
      if (event.target.closest("a, button, details, thead") || String(getSelection())) return;
      const details = event.target.closest(".cluster")?.querySelector("details");
      if (details) details.open = !details.open;
    });
    show();
    return { go };
  };

  // --- the map: a name at the pointer, one stop of the tabulator, arrows from there

  const map = () => {
    const figure = document.getElementById("map");
    if (!figure) return;
    const tip = document.getElementById("tip");
    const links = [...figure.querySelectorAll("a")];
    const tell = (link) => {
      const title = document.createElement("b");
      const [name, about] = link.getAttribute("aria-label").split("\n");
      title.textContent = name;
      title.dir = "auto";
      tip.replaceChildren(title, about);
      tip.hidden = false;
      const box = link.getBoundingClientRect();
      const frame = figure.getBoundingClientRect();
      const half = tip.offsetWidth / 2;
      const middle = box.left + box.width / 2 - frame.left;
      tip.style.left = `${Math.max(half, Math.min(frame.width - half, middle))}px`;
      tip.style.top = `${box.top - frame.top}px`;
    };
    const middle = (link) => {
      const circle = link.querySelector("circle");
      return [circle.cx.baseVal.value, circle.cy.baseVal.value];
    };
    const towards = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const next = (from, [right, down]) => {
      const [x, y] = middle(from);
      let best = null;
      let least = Infinity;
      for (const link of links) {
        const [dx, dy] = [middle(link)[0] - x, middle(link)[1] - y];
        const ahead = dx * right + dy * down;
        const aside = Math.abs(dx * down) + Math.abs(dy * right);
        if (ahead > 1 && ahead + 2 * aside < least) [best, least] = [link, ahead + 2 * aside];
      }
      return best;
    };
    const stop = (link) => {
      for (const each of links) each.setAttribute("tabindex", each === link ? "0" : "-1");
    };
    for (const link of links) {
      const title = link.querySelector("title"); // the tooltip where there is no script
      link.setAttribute("aria-label", title.textContent);
      title.remove();
      link.addEventListener("pointerenter", () => tell(link));
      link.addEventListener("pointerleave", () => (tip.hidden = true));
      link.addEventListener("blur", () => (tip.hidden = true));
      link.addEventListener("focus", () => {
        stop(link);
        tell(link);
      });
      link.addEventListener("keydown", (event) => {
        const found = towards[event.key] && next(link, towards[event.key]);
        if (!towards[event.key]) return;
        event.preventDefault();
        found?.focus();
      });
    }
    stop(links[0]);
  };

  document.addEventListener("DOMContentLoaded", () => {
    appearance();
    for (const table of document.querySelectorAll("table")) assign(table);
    map();
    const { go } = list();
    addEventListener("hashchange", go);
    root.dataset.script = "ready"; // what only a script can do is shown from here on
    go();
  });
})();
