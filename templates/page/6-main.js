// State lives in the address: every view has a permanent link.
const get = (id) => document.getElementById(id);
const orderOf = (state) => [(state.sort || "workload").replace(/^-/, ""), (state.sort || "").startsWith("-")];

function readState() {
  const state = {};
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) state[name] = value;
  return state;
}

function start(whole) {
  const rows = rowsOf(whole), byKey = new Map(rows.map((row) => [row.key, row]));
  const form = get("form"), view = get("view");
  scales = whole.scales;
  let state = readState(), kept = [], shown = [], on = new Map(), spots = [], page = 0, chosen = [];

  const options = (name, field) => {
    const counts = new Map();
    for (const row of rows) { const value = row[field] === null ? "unknown" : row[field]; counts.set(value, (counts.get(value) || 0) + 1); }
    form.elements[name].replaceChildren(make("option", {value: ""}, "any"), ...[...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([value, count]) => make("option", {value}, `${value} (${grouped(count)})`)));
  };
  for (const [name, field] of Object.entries(SAME)) options(name, field);
  for (const name of ["energy", "accuracy"]) form.elements[name].replaceChildren(make("option", {value: ""}, "any"), ...[...LETTERS].map((each) => make("option", {value: each}, each === "A" ? "A" : `${each} or better`)));
  get("sort").replaceChildren(...Object.entries(SORTS).flatMap(([by, words]) => [make("option", {value: by}, `${words}, ascending`), make("option", {value: `-${by}`}, `${words}, descending`)]));

  function write(changes, {replace = true} = {}) {
    state = {...state, ...changes};
    const parts = Object.entries(state).filter(([, value]) => value !== "" && value !== undefined && value !== null);
    const hash = parts.length ? `#${new URLSearchParams(parts)}` : "#";
    history[replace ? "replaceState" : "pushState"](null, "", hash);
  }

  function fill() {
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") field.checked = state[field.name] !== "0";
      else field.value = state[field.name] || "";
    }
    get("sort").value = state.sort || "workload";
    chosen = (state.pick || "").split(",").filter((key) => byKey.has(key)).slice(0, 4);
  }

  function order() {
    const [by, down] = orderOf(state);
    shown = sorted(kept, Object.hasOwn(SORTS, by) ? by : "workload", down, on);
    table();
  }

  function refresh() {
    for (const name of LIMITS) limits[name] = number(state[name]);
    kept = filtered(rows, state);
    const groups = groupsOf(kept);
    on = fronts(groups, rows.length);
    order();
    const hidden = state.estimates === "0" ? "; estimates are hidden" : "";
    get("status").textContent = `${grouped(shown.length)} of ${grouped(rows.length)} labels${hidden}`;
    const active = [...Object.keys(SAME), "q", "energy", "accuracy", "from", "to", ...LIMITS].filter((name) => state[name]).length + (hidden ? 1 : 0);
    get("active").textContent = active ? `(${active} set)` : "";
    best(groups);
    pictures(groups);
  }

  function best(groups) {
    get("best").hidden = !LIMITS.some((name) => number(state[name]) !== null);
    if (get("best").hidden) return;
    const leaders = [...groups.values()].map((group) => stepsOf(group)[0]).sort((a, b) => a.workload < b.workload ? -1 : a.workload > b.workload ? 1 : a.energy_index - b.energy_index);
    get("best-list").replaceChildren(...leaders.slice(0, 12).map((row) => make("li", {}, link(row, row.name), ` on ${calledOf(row)}, ${place(row)} (${row.provenance}): index ${index(row)}, ${wattHours(row)} per 1,000, ${accuracyOf(row)} %, p95 ${p95Of(row)}, ${memoryOf(row)}`)),
      ...(leaders.length > 12 ? [make("li", {}, `and ${leaders.length - 12} more workloads and machines: choose one above`)] : []),
      ...(leaders.length ? [] : [make("li", {}, "None is within these limits.")]));
  }

  function pictures(groups) {
    const ordered = [...groups].sort(([, a], [, b]) => b.length - a.length).slice(0, 200);
    const titles = ordered.map(([, group]) => groupName(group[0], false));
    get("group").replaceChildren(...ordered.map(([key, group], at) => make("option", {value: key}, `${groupName(group[0], titles.indexOf(titles[at]) !== titles.lastIndexOf(titles[at]))} (${grouped(group.length)})`)));
    const key = groups.has(state.group) ? state.group : ordered.length ? ordered[0][0] : "";
    get("group").value = key;
    const group = groups.get(key) || [], unsure = group.filter((row) => on.get(row) === "?").length;
    const front = group.filter((row) => on.get(row) === "yes").sort((a, b) => a.energy_index - b.energy_index || b.accuracy - a.accuracy);
    const bounds = group.length && whole.scales[group[0].standard] ? whole.scales[group[0].standard].energy : null;
    spots = drawPicture(get("picture"), group, front, bounds);
    get("picture").setAttribute("aria-label", group.length ? `Scatter plot of ${group.length} labels of ${groupName(group[0])}: energy index against accuracy. The front is listed below.` : "No labels to draw");
    get("picture-words").textContent = group.length ? `${group[0].provenance === "estimated" ? "Hollow points are estimates. " : ""}Large points are the front of what is shown: no label here dominates them, which would take less energy with its whole interval and surely no more than half a point of accuracy lost. The line goes through the best figures among them.${front.length && front.length <= CROWDED ? " Bars are their intervals." : ""}${unsure ? ` Of ${grouped(unsure)} it cannot be told here: energylabel compare does.` : ""}` : "Nothing that is shown can be drawn.";
    get("front-words").replaceChildren(...(front.length ? ["On the front: "] : []), ...front.slice(0, 12).flatMap((row, at) => [at ? "; " : "", link(row, row.name), ` (index ${index(row)}, ${accuracyOf(row)} %)`]), front.length > 12 ? ` and ${front.length - 12} more.` : front.length ? "." : "");
  }

  function table() {
    const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    page = Math.min(page, pages - 1);
    drawHead(get("labels").tHead, state, act);
    drawBody(get("labels").tBodies[0], shown.slice(page * PER_PAGE, (page + 1) * PER_PAGE), on, chosen, act);
    const first = page * PER_PAGE + 1, last = Math.min(shown.length, (page + 1) * PER_PAGE);
    get("where").textContent = shown.length ? `${grouped(first)}–${grouped(last)} of ${grouped(shown.length)}` : "no label fits";
    get("previous").disabled = page === 0;
    get("next").disabled = page >= pages - 1;
    tray();
  }

  function tray() {
    get("tray").hidden = !chosen.length;
    get("chosen").textContent = `${chosen.length} picked${chosen.length < 2 ? ", pick 2 to 4" : ""}`;
    get("compare").disabled = chosen.length < 2;
  }

  const act = {
    sort(by) {
      const [old, down] = orderOf(state);
      write({sort: by === old && !down ? `-${by}` : by});
      page = 0;
      get("sort").value = state.sort;
      order();
    },
    pick(row, box) {
      if (box.checked && chosen.length === 4) { box.checked = false; get("chosen").textContent = "four at most"; return; }
      chosen = box.checked ? [...chosen, row.key] : chosen.filter((key) => key !== row.key);
      write({pick: chosen.join(",")});
      tray();
    },
  };

  function views() {
    const row = state.label ? byKey.get(state.label) : null;
    const side = (state.side || "").split(",").map((key) => byKey.get(key)).filter(Boolean).slice(0, 4);
    if (!row && side.length < 2) { if (view.open) view.close(); return; }
    get("view-body").replaceChildren(...(row ? showLabel(row, rows, whole.scales) : showSide(side)).filter(Boolean));
    if (!view.open) view.showModal();
    view.scrollTop = 0;
    get("view-title").focus();
  }

  function open(changes) {
    write({label: "", side: "", ...changes}, {replace: false});
    views();
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    write({[field.name]: field.type === "checkbox" ? (field.checked ? "" : "0") : field.value});
    page = 0;
    refresh();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { state = {sort: state.sort, pick: state.pick}; write({}); fill(); page = 0; refresh(); }));
  get("sort").addEventListener("change", (event) => { write({sort: event.target.value}); page = 0; order(); });
  get("group").addEventListener("change", (event) => { write({group: event.target.value}); refresh(); });
  get("previous").addEventListener("click", () => { page -= 1; table(); get("labels").focus(); });
  get("next").addEventListener("click", () => { page += 1; table(); get("labels").focus(); });
  get("csv").addEventListener("click", () => save("labels.csv", "text/csv", toCsv(exported(shown, Object.keys(whole.columns), on))));
  get("json").addEventListener("click", () => save("labels-shown.json", "application/json", JSON.stringify(exported(shown, Object.keys(whole.columns), on))));
  get("compare").addEventListener("click", () => open({side: chosen.join(",")}));
  get("clear").addEventListener("click", () => { chosen = []; write({pick: ""}); table(); });
  document.addEventListener("click", (event) => {
    const target = event.target.closest ? event.target : null;
    if (!target) return;
    if (target.dataset.key) open({label: target.dataset.key});
    else if (target.dataset.close !== undefined || target === view) view.close();
    const anchor = target.closest("a[href^='#label=']");
    if (anchor) { event.preventDefault(); open({label: anchor.getAttribute("href").slice(7)}); }
    if (target.closest(".skip")) { event.preventDefault(); get("labels").focus(); }
  });
  view.addEventListener("close", () => { if (state.label || state.side) write({label: "", side: ""}); });
  window.addEventListener("popstate", () => { state = readState(); fill(); refresh(); views(); });

  const canvas = get("picture"), tip = get("tip");
  const nearest = (event) => {
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    let found = null, least = 14 * 14;
    for (const spot of spots) { const away = (spot.x - x) ** 2 + (spot.y - y) ** 2; if (away < least) { least = away; found = spot; } }
    return found;
  };
  canvas.addEventListener("mousemove", (event) => {
    const spot = nearest(event);
    tip.hidden = !spot;
    canvas.style.cursor = spot ? "pointer" : "";
    if (!spot) return;
    tip.textContent = `${spot.row.name}: index ${index(spot.row)}, ${accuracyOf(spot.row)} %, ${wattHours(spot.row)} per 1,000`;
    tip.style.left = `${Math.min(spot.x + 12, Math.max(0, canvas.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, spot.y - tip.offsetHeight - 8)}px`;
  });
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => { const spot = nearest(event); if (spot) open({label: spot.row.key}); });
  let width = 0;
  new ResizeObserver(() => { if (canvas.clientWidth !== width) { width = canvas.clientWidth; pictures(groupsOf(shown)); } }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => pictures(groupsOf(shown)));

  get("app").hidden = false;
  if (matchMedia("(max-width: 1000px)").matches) get("filters").open = false;
  fill();
  refresh();
  views();
  document.documentElement.dataset.ready = "yes";
}

unpack().then(start).catch((error) => {
  get("trouble").hidden = false;
  get("trouble").textContent = `This browser cannot open the page's data (${error}). The same labels are in labels.json beside it; with JavaScript off they stand here as a table.`;
});
