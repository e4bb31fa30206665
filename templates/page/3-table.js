// The table: a real one, a page of rows at a time. What strangers wrote goes into text nodes alone.
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const PER_PAGE = 50;
// An estimate looks like one wherever its class stands: ≈ and a broken edge, as on the label.
function letter(value, open, none, row) {
  const about = Boolean(value && row && row.provenance === "estimated");
  const told = [about ? "estimated, not measured" : "", open ? `the interval touches ${open}` : ""].filter(Boolean).join("; ");
  return make("span", {class: `letter ${value || ""}${about ? " about" : ""}`, title: told || null}, `${about ? "≈" : ""}${value || none}`);
}
const sub = (...text) => make("span", {class: "sub"}, ...text);

const COLUMNS = [
  {title: "Model", by: "name", hint: "Name; below it the family and the number of parameters", cell: (row) => [
    make("button", {type: "button", class: "name", "data-key": row.key}, row.name),
    sub(`${row.family} · ${quantity(row.parameters)}`),
    row.protocol === "quick" ? make("span", {class: "warn"}, "quick look") : null,
  ]},
  {title: "Workload", by: "workload", hint: "By workload, hardware, provenance, then energy index", cell: (row) => [titleOf(row) || row.workload, titleOf(row) ? sub(row.workload) : null, sub([row.language || "language unknown", row.asked].filter(Boolean).join(" · "))]},
  {title: "Hardware", by: "hardware", cell: (row) => [row.hardware, sub([row.dtype, row.setup].filter(Boolean).join(" · "))]},
  {title: "Energy", by: "energy", number: true, hint: "Class, and index: an untrained network of BERT-base’s shape on the same machine is 100", from: source.energy, cell: (row) => [
    letter(row.energy_class, row.energy_open, "?", row), ` ${index(row)}`,
    sub(row.energy_index === null ? "invalid" : indexInterval(row)),
  ]},
  {title: "Wh per 1,000", by: "wh", number: true, hint: "Energy per 1,000 texts; sorted by the upper end of a range", from: source.wattHours, cell: (row) => [
    wattHours(row), sub(row.wh_per_1000 === null && row.wh_per_1000_high !== null ? "range" : row.components),
  ]},
  {title: "Accuracy", by: "accuracy", number: true, from: source.accuracy, cell: (row) => [
    letter(row.accuracy_class, row.accuracy_open, row.error_index === null ? MISSING : "?"), ` ${accuracyOf(row)} %`,
    sub(between(row.accuracy_low, row.accuracy_high, percentage)),
  ]},
  {title: "p95", by: "p95", number: true, hint: "Latency that 95 of 100 texts keep, one at a time", from: source.latency, cell: (row) => [p95Of(row)]},
  {title: "Memory", by: "memory", number: true, from: source.memory, cell: (row) => [memoryOf(row)]},
  {title: "Front", by: "front", hint: "Whether nothing that is shown, of the same workload, hardware and provenance, dominates it", from: (row) => row.dominators === null ? "a quick look or an invalid measurement is compared with nothing" : "as energylabel compare finds: by the intervals of energy and of paired accuracy", cell: (row, on) => [frontWord(row, on)]},
  {title: "Source", by: "date", hint: "Provenance of the energy; sorted by date", cell: (row) => [row.provenance, sub(day(row.issued_at))]},
];

const SORTS = {name: "model", workload: "workload, hardware, energy", hardware: "hardware", energy: "energy index", wh: "Wh per 1,000", accuracy: "accuracy", p95: "p95 latency", memory: "memory", parameters: "parameters", front: "front", date: "date"};

function drawHead(head, state, act) {
  const [by, down] = orderOf(state);
  const cells = COLUMNS.map((column) => make("th", {
    scope: "col", role: "columnheader", class: column.number ? "number" : null,
    "aria-sort": column.by === by ? (down ? "descending" : "ascending") : null,
  }, make("button", {
    type: "button", title: column.hint, "data-by": column.by,
    "data-order": column.by === by ? (down ? -1 : 1) : null,
    onclick: () => act.sort(column.by),
  }, column.title)));
  const kept = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.by : null;
  head.replaceChildren(make("tr", {role: "row"}, make("th", {scope: "col", role: "columnheader"}, make("span", {class: "sub"}, "Pick")), ...cells));
  if (kept) { const again = head.querySelector(`[data-by="${kept}"]`); if (again) again.focus(); }
}

function drawBody(body, rows, on, chosen, act) {
  body.replaceChildren(...rows.map((row) => {
    const pick = make("input", {type: "checkbox", "aria-label": `Pick ${row.name} on ${row.workload}, ${place(row)}, for side by side`, onchange: (event) => act.pick(row, event.target)});
    pick.checked = chosen.includes(row.key);
    const cells = COLUMNS.map((column, at) => make(at ? "td" : "th", {
      role: at ? "cell" : "rowheader", scope: at ? null : "row", class: column.number ? "number" : null,
      "data-label": column.title, title: column.from ? column.from(row) : null,
    }, ...column.cell(row, on)));
    return make("tr", {role: "row"}, make("td", {role: "cell", "data-label": "Pick"}, pick), ...cells);
  }));
}

// Downloads: what is shown, with the front of what is shown.
function exported(rows, names, on) {
  const kept = names.filter((name) => name !== "comparable" && name !== "history");
  return rows.map((row) => {
    const values = Object.fromEntries(kept.map((name) => [name, row[name]]));
    return {...values, evidence: row.address, front: frontWord(row, on)};
  });
}

function csvCell(value) {
  if (value === null) return "";
  let text = Array.isArray(value) ? value.join("; ") : String(value);
  if (typeof value !== "number" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;  // no spreadsheet takes it for a formula
  return /[",\n\r;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toCsv(plain) {
  const names = Object.keys(plain[0] || {id: ""});
  return [names, ...plain.map((row) => names.map((name) => row[name]))].map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  make("a", {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
